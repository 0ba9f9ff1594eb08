"""What the channel announces."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractSigned(Event):
    """A contract version came into being."""

    name = "channel.contract_signed.v1"
    contract_id: str
    version: int
    operator_party_id: str
