"""Pure rules: what a statement says. Amounts are minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class SettlementState(StrEnum):
    """`differs`: lines and ledger do not say the same, so nobody gets a statement."""

    MAKING = "making"
    MADE = "made"
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A time that was settled: every party has a statement of it. `until` is not in it; `read_until`: added up so far."""

    brand_id: str
    id: str
    first_day: str
    last_day: str
    since: datetime
    until: datetime
    state: SettlementState
    asked_at: datetime
    made_at: datetime | None
    read_until: datetime
    differs: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Total:
    """What a party got in one role, of the money that one party collected: share lines of sales, less those of returns."""

    role: str
    collector_party_id: str
    currency: str
    lines: int
    sold_minor: int
    returned_lines: int
    returned_minor: int

    @property
    def amount_minor(self) -> int:
        """What is left."""
        return self.sold_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class StatementBalance:
    """What a collector held for a party: before + late + earned = after (ValueError where it is not).

    `late_minor` came to an earlier period after its statement was made: a register that had been offline.
    """

    collector_party_id: str
    currency: str
    before_minor: int
    late_minor: int
    earned_minor: int
    after_minor: int

    def __post_init__(self) -> None:
        if self.before_minor + self.late_minor + self.earned_minor != self.after_minor:
            raise ValueError(self)


@dataclass(frozen=True, slots=True)
class Statement:
    """One party's statement of a settlement."""

    brand_id: str
    settlement_id: str
    party_id: str
    totals: tuple[Total, ...]
    balances: tuple[StatementBalance, ...]


Held = tuple[str, str, str]
"""(party, who collected, currency)"""


def differences(lines: Mapping[Held, int], ledger: Mapping[Held, int]) -> list[dict[str, Any]]:
    """Where what share lines add up to is not what the ledger moved."""
    return [
        {
            "party_id": key[0],
            "collector_party_id": key[1],
            "currency": key[2],
            "lines_minor": lines.get(key, 0),
            "ledger_minor": ledger.get(key, 0),
        }
        for key in sorted(lines.keys() | ledger.keys())
        if lines.get(key, 0) != ledger.get(key, 0)
    ]
