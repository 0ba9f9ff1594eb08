"""What differs between the kinds of import: their fields, their checks, and the flow that writes them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import Brand

Given = tuple[int, Fields]
"""A record's line and its fields."""


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom is imported, and what holds where a record says nothing."""

    brand: Brand
    time_zone: str | None
    country: str | None
    datum: str
    keeps_zero_quantity: bool
    now: datetime
    locale: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A record that is a row of the group `key`, or why it is not. `note`: what of it was left out."""

    line: int
    key: str | None
    row: tuple[Any, ...] | None
    refusal: Refusal | None = None
    note: str | None = None


class Kind(ABC):
    """One kind of import, for one run."""

    names: ClassVar[Mapping[str, str]]
    """Names of columns (normalized) → field."""
    prefix: ClassVar[str] = ""
    """Columns that begin with it are fields by themselves."""
    batch_rows: ClassVar[int] = 300
    """Rows written in one transaction: about 20 ms."""
    is_grouped: ClassVar[bool] = False
    """Whether several rows make one thing; else a second row of the same key is refused."""
    write_flow: ClassVar[Any]
    """The flow that writes a batch: `flow(tx, batch) -> ImportState`."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.brand_id = setting.brand.id

    @classmethod
    def fields(cls) -> set[str]:
        """Every field."""
        return set(cls.names.values())

    @classmethod
    def own_names(cls) -> list[str]:
        """The columns that are called as their fields are, the important ones first."""
        return [name for name, field in cls.names.items() if name == field]

    @abstractmethod
    def prepare(self, reader: Reader) -> None:
        """Read what all rows need."""

    def look_up(self, reader: Reader, given: Sequence[Given]) -> None:  # noqa: B027 (most need none)
        """Read what these records need."""

    @abstractmethod
    def key(self, fields: Fields) -> str:
        """The key of the record's group. Errors: Refusal."""

    @abstractmethod
    def row(self, fields: Fields) -> tuple[tuple[Any, ...], str | None]:
        """The row, and a note. Errors: Refusal."""

    @abstractmethod
    def group(self, rows: Sequence[tuple[Any, ...]]) -> Any:
        """What the flow takes as one group. Errors: Refusal (row_no, field) when the rows do not fit together."""

    def before_batch(self, reader: Reader, rows: Sequence[Sequence[Any]]) -> None:  # noqa: B027
        """Read what `group` needs for these rows."""

    def key_of_broken(self, fields: Fields) -> str | None:
        """The key of a record that cannot be a row, as far as it can be told: its group is incomplete."""
        try:
            return self.key(fields)
        except Refusal:
            return None

    def check(self, reader: Reader, given: Sequence[Given]) -> list[Checked]:
        """Check each record alone."""
        self.look_up(reader, given)
        return [self._check(line, fields) for line, fields in given]

    def _check(self, line: int, fields: Fields) -> Checked:
        key = None
        try:
            key = self.key(fields)
            row, note = self.row(fields)
            return Checked(line, key, row, None, note)
        except Refusal as refusal:
            return Checked(line, key, None, refusal)
