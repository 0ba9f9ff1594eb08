"""Contracts as head office, dealers and landlords are told of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field

from highstreet.fronts.staff import Asked, Told
from highstreet.rooms.channel import Acceptance, Contract, terms_hash

Role = Literal["brand", "operator", "stock_owner", "fulfiller", "landlord", "home_store", "introducer"]
Channel = Literal["register", "shop"]
ShareKind = Annotated[
    Literal["percent", "piece", "tiers", "funder", "rest"],
    Field(description="funder: a discount charged to them; rest: what the others leave."),
]
Version = Annotated[int, Path(ge=1, le=100_000)]
Collector = Literal["operator", "brand", "landlord"]


class TierTold(Asked):
    """From this amount of the line's base on, this part."""

    from_minor: int = Field(ge=0, description="Minor units.")
    bp: int = Field(ge=0, le=10_000, description="Basis points: 3000 is 30 %.")


class RoleShareTold(Asked):
    """What a role gets of a line: one of `bp`, `piece_minor` and `tiers`."""

    role: Role
    bp: int | None = Field(None, ge=0, le=10_000, description="Basis points of the base: 3000 is 30 %.")
    piece_minor: int | None = Field(None, gt=0, description="Minor units for each piece.")
    tiers: list[TierTold] | None = Field(None, min_length=1, max_length=10)
    of: Literal["net", "list", "net_ex_tax"] = Field("net", description="The base.")
    floor_minor: int | None = Field(None, ge=0, description="At least so much of a line.")
    cap_minor: int | None = Field(None, ge=0, description="At most so much of a line.")
    channels: list[Channel] = Field(
        default_factory=list, max_length=2, description="Only there; none: everywhere."
    )
    product_ids: list[str] = Field(default_factory=list, max_length=500, description="Only these; none: all.")


class StockUseTold(Asked):
    """Whose pieces may be sold by another, by channel."""

    operator_for: list[Channel] = Field(
        ["shop"], max_length=2, description="Others may promise the operator's pieces there."
    )
    brand_for: list[Channel] = Field(
        ["register", "shop"], max_length=2, description="The operator may sell the brand's pieces there."
    )


class ParityTold(Asked):
    """How far any price of the brand may fall below the operator's shelf price, and what follows where it falls deeper."""

    on_breach: Literal["refuse", "acknowledge", "compensate"] = Field(
        description="It is refused; waits for the operator's word; or is made and paid for."
    )
    tolerance_bp: int = Field(0, ge=0, le=10_000, description="So much below breaks nothing.")
    compensate_bp: int | None = Field(
        None, ge=0, le=10_000, description="So much of the difference is paid for each own piece on hand."
    )
    floor_bp: int | None = Field(
        None, ge=0, le=10_000, description="Below so much of the shelf price: always refused."
    )
    product_ids: list[str] = Field(default_factory=list, max_length=500, description="Only these; none: all.")
    online: bool = Field(
        False, description="Who compensates does so for other sellers' lower online prices, too."
    )


class TermsTold(Asked):
    """Terms of a contract."""

    collector: Collector
    collectors: dict[Channel, Collector] = Field(default_factory=dict, description="Where another collects.")
    shares: list[RoleShareTold] = Field(max_length=20)
    leftover_to: Literal["brand", "operator", "stock_owner", "landlord"]
    funding: Literal["all", "funder"] = Field(
        "all", description="Discounts make everybody's base smaller, or are charged to who funds them."
    )
    tax_bp: int = Field(0, ge=0, le=10_000, description="Tax in the prices, for shares of `net_ex_tax`.")
    stock: StockUseTold = Field(default_factory=StockUseTold)
    parity: ParityTold | None = Field(None, description="None: nothing is promised, and nothing is checked.")

    def as_document(self) -> dict[str, Any]:
        """As the contract keeps them; what says nothing is left out."""
        return self.model_dump(exclude_none=True)


class AcceptanceTold(Told):
    """Who was asked to accept, and when they did."""

    party_id: str
    accepted_at: datetime | None
    is_on_paper: bool


class ContractTold(Told):
    """One version of a contract."""

    id: str
    version: int
    operator_party_id: str
    place_id: str | None = Field(description="Only this place; None: all that the operator runs.")
    terms: TermsTold
    terms_hash: str = Field(description="What a party accepts: SHA-256 of the terms as sorted JSON.")
    effective_from: datetime
    in_force_from: datetime | None = Field(description="None: not all have accepted.")
    effective_to: datetime | None
    closed_at: datetime | None = Field(description="Declined or withdrawn.")
    acceptances: list[AcceptanceTold]


def contract_told(contract: Contract, acceptances: Sequence[Acceptance]) -> ContractTold:
    """A version, with who accepted it."""
    return ContractTold(
        id=contract.id,
        version=contract.version,
        operator_party_id=contract.operator_party_id,
        place_id=contract.place_id,
        terms=TermsTold.model_validate(contract.terms.as_document()),
        terms_hash=terms_hash(contract.terms),
        effective_from=contract.effective_from,
        in_force_from=contract.in_force_from,
        effective_to=contract.effective_to,
        closed_at=contract.closed_at,
        acceptances=[
            AcceptanceTold(party_id=a.party_id, accepted_at=a.accepted_at, is_on_paper=a.is_on_paper)
            for a in acceptances
            if (a.contract_id, a.version) == (contract.id, contract.version)
        ],
    )
