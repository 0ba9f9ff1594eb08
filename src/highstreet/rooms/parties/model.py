"""Brands, parties, places of business, registers and roles; what their texts and rows must look like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from highstreet.rooms.parties.errors import (
    CURRENCY_MALFORMED,
    KIND_UNKNOWN,
    ROWS_MALFORMED,
    TEXT_MALFORMED,
)

NAME_LIMIT = 120
PLACE_NAME_LIMIT = 160
REGISTER_NAME_LIMIT = 80
CATEGORY_LIMIT = 40
REF_LIMIT = 80
LEGAL_NAME_LIMIT = 160
TAX_NUMBER_LIMIT = 40
RETURN_DAYS_LIMIT = 3650
# What one command may carry, so that it stays short; an import sends several.
ROWS_LIMIT = 2000

_CURRENCY = re.compile(r"[A-Z]{3}")


class PartyKind(StrEnum):
    """What a party is to the brand."""

    BRAND = "brand"
    DEALER = "dealer"
    LANDLORD = "landlord"


OPERATORS = frozenset({PartyKind.BRAND, PartyKind.DEALER})


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand; `party_id` is its own party."""

    id: str
    party_id: str
    name_en: str
    name_zh: str
    category: str
    currency: str
    created_at: datetime
    return_days: int | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """The brand itself, a dealer or a landlord."""

    brand_id: str
    id: str
    kind: PartyKind
    name_en: str
    name_zh: str
    legal_name: str | None = None
    tax_number: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceOfBusiness:
    """Who operates a place and in whose building; where it is belongs to the room `places`."""

    brand_id: str
    id: str
    operator_party_id: str
    landlord_party_id: str | None
    name_en: str
    name_zh: str
    external_ref: str | None
    is_active: bool

    @property
    def party_ids(self) -> tuple[str, str | None]:
        """Operator and landlord: what `Actor.may` takes as `party_id`."""
        return (self.operator_party_id, self.landlord_party_id)


@dataclass(frozen=True, slots=True)
class RegisterRecord:
    """A register as it stands in the list."""

    brand_id: str
    id: str
    place_id: str
    name: str
    is_active: bool
    is_training: bool = False


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """All that a sale needs to know of its register. Active only when its place is, too."""

    brand_id: str
    register_id: str
    place_id: str
    operator_party_id: str
    landlord_party_id: str | None
    place_name_en: str
    place_name_zh: str
    currency: str
    brand_party_id: str
    is_active: bool
    return_days: int | None = None
    is_training: bool = False
    brand_name_en: str = ""


@dataclass(frozen=True, slots=True)
class StaffRole:
    """A role of one member of staff; `scope_id` is a brand, a party or a place (kernel/permissions.py)."""

    brand_id: str
    staff_id: str
    role: str
    scope_id: str


@dataclass(frozen=True, slots=True)
class AddBrand:
    """A brand together with its own party."""

    brand_id: str
    party_id: str
    name_en: str
    name_zh: str
    category: str
    currency: str
    now: datetime


@dataclass(frozen=True, slots=True)
class SetReturnDays:
    """Until how many days after the payment goods are taken back; None: as the installation says."""

    brand_id: str
    days: int | None
    now: datetime


@dataclass(frozen=True, slots=True)
class AddParty:
    """A dealer or a landlord."""

    brand_id: str
    party_id: str
    kind: str
    name_en: str
    name_zh: str
    now: datetime


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A place to add or to change. A known `external_ref` finds it before `id` does."""

    id: str
    operator_party_id: str
    name_en: str
    name_zh: str
    landlord_party_id: str | None = None
    external_ref: str | None = None
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class PutPlaces:
    """Places of one brand, added or replaced."""

    brand_id: str
    rows: Sequence[PlaceRow]
    now: datetime


@dataclass(frozen=True, slots=True)
class PlacePut:
    """Which place a row became; the id differs from the row's when its `external_ref` was known."""

    id: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class AddRegisters:
    """Registers, of one brand or of several."""

    rows: Sequence[RegisterRecord]
    now: datetime


@dataclass(frozen=True, slots=True)
class SetTraining:
    """Put registers into training, or out of it."""

    brand_id: str
    register_ids: Sequence[str]
    is_training: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class SetSellerLines:
    """What receipts say of a party by law; None: nothing is printed."""

    brand_id: str
    party_id: str
    legal_name: str | None
    tax_number: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class GiveRole:
    """A role within a scope, for one member of staff."""

    brand_id: str
    staff_id: str
    role: str
    scope_id: str
    now: datetime


@dataclass(frozen=True, slots=True)
class TakeRole:
    """The same role and scope, taken back."""

    brand_id: str
    staff_id: str
    role: str
    scope_id: str
    now: datetime


def check_text(field: str, text: str, limit: int) -> None:
    """Errors: Refusal parties.text_malformed (field, limit) when blank, padded, too long or with controls."""
    if not text or text != text.strip() or len(text) > limit or not text.isprintable():
        raise TEXT_MALFORMED(field=field, limit=limit)


def check_currency(currency: str) -> None:
    """Errors: Refusal parties.currency_malformed unless three capital letters."""
    if not _CURRENCY.fullmatch(currency):
        raise CURRENCY_MALFORMED()


def added_kind(kind: str) -> PartyKind:
    """The kind of a party that joins a brand: dealer or landlord, as the brand's own comes with the brand.

    Errors: Refusal parties.kind_unknown.
    """
    if kind not in (PartyKind.DEALER, PartyKind.LANDLORD):
        raise KIND_UNKNOWN()
    return PartyKind(kind)


def check_places(rows: Sequence[PlaceRow]) -> None:
    """Texts, the count, and that none stands twice. Errors: parties.text_malformed, rows_malformed."""
    for row in rows:
        check_text("name_en", row.name_en, PLACE_NAME_LIMIT)
        check_text("name_zh", row.name_zh, PLACE_NAME_LIMIT)
        if row.external_ref is not None:
            check_text("external_ref", row.external_ref, REF_LIMIT)
    refs = [row.external_ref for row in rows if row.external_ref is not None]
    check_distinct([row.id for row in rows])
    check_distinct(refs)


def check_registers(rows: Sequence[RegisterRecord]) -> None:
    """The same for registers."""
    for row in rows:
        check_text("name", row.name, REGISTER_NAME_LIMIT)
    check_distinct([(row.brand_id, row.id) for row in rows])


def check_distinct(keys: Sequence[object]) -> None:
    """Errors: Refusal parties.rows_malformed (limit) when too many, or one key stands twice."""
    if len(keys) > ROWS_LIMIT or len(set(keys)) != len(keys):
        raise ROWS_MALFORMED(limit=ROWS_LIMIT)
