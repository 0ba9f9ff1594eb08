"""The facts `identity` announces. None holds a phone, a name, a token or a hash."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonJoined(Event):
    name: ClassVar[str] = "identity.person_joined.v1"
    locale: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLinked(Event):
    name: ClassVar[str] = "identity.device_linked.v1"
    device_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    name: ClassVar[str] = "identity.person_erased.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffAdded(Event):
    name: ClassVar[str] = "identity.staff_added.v1"
    staff_id: str
    party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffDeactivated(Event):
    name: ClassVar[str] = "identity.staff_deactivated.v1"
    staff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRevoked(Event):
    """`person_id` or `staff_id` says whose."""

    name: ClassVar[str] = "identity.session_revoked.v1"
    session_id: str
    staff_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingStarted(Event):
    """`staff_id` asked for a code to pair the register with."""

    name: ClassVar[str] = "identity.pairing_started.v1"
    register_id: str
    staff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterKeyIssued(Event):
    name: ClassVar[str] = "identity.register_key_issued.v1"
    key_id: str
    register_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterKeyRevoked(Event):
    name: ClassVar[str] = "identity.register_key_revoked.v1"
    key_id: str
    register_id: str
