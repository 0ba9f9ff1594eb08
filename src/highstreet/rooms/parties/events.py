"""The facts `parties` announces."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandAdded(Event):
    name: ClassVar[str] = "parties.brand_added.v1"
    party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnDaysSet(Event):
    name: ClassVar[str] = "parties.return_days_set.v1"
    return_days: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAdded(Event):
    name: ClassVar[str] = "parties.party_added.v1"
    party_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceAdded(Event):
    name: ClassVar[str] = "parties.place_added.v1"
    operator_party_id: str
    landlord_party_id: str | None
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceChanged(Event):
    name: ClassVar[str] = "parties.place_changed.v1"
    operator_party_id: str
    landlord_party_id: str | None
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAdded(Event):
    name: ClassVar[str] = "parties.register_added.v1"
    register_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet(Event):
    name: ClassVar[str] = "parties.training_set.v1"
    register_id: str
    is_training: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerLinesSet(Event):
    name: ClassVar[str] = "parties.seller_lines_set.v1"
    party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGiven(Event):
    name: ClassVar[str] = "parties.role_given.v1"
    staff_id: str
    role: str
    scope_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleTaken(Event):
    name: ClassVar[str] = "parties.role_taken.v1"
    staff_id: str
    role: str
    scope_id: str
