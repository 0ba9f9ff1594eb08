"""What the channel announces."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractProposed(Event):
    """A contract version waits for those whom it would bind."""

    name = "channel.contract_proposed.v1"
    contract_id: str
    version: int
    operator_party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned(Event):
    """All have accepted a contract version; it holds from its day on."""

    name = "channel.contract_signed.v1"
    contract_id: str
    version: int
    operator_party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractClosed(Event):
    """A proposed version was declined or withdrawn."""

    name = "channel.contract_closed.v1"
    contract_id: str
    version: int
    operator_party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractEnded(Event):
    """The version in force got an end, and no version follows it."""

    name = "channel.contract_ended.v1"
    contract_id: str
    version: int
    operator_party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityBroken(Event):
    """A price or offer breaks a contract's parity: it waits, was refused, was paid for, or is told."""

    name = "channel.parity_broken.v1"
    case_id: str
    change_id: str
    operator_party_id: str
    state: str
    currency: str
    paid_minor: int
