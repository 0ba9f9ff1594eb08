"""A dealer's or landlord's own statements, as they were made and stay."""

from typing import Annotated

from fastapi import APIRouter, Request

from highstreet.fronts.dealer.asking import brand_of, dealer, own_party_ids, program_of
from highstreet.fronts.settlements_told import KeptStatementTold, PaymentTold, payment_told, statement_told
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.settlements import (
    Settlement,
    Statement,
    payments_of_parties,
    settlements_of,
    statements_of,
)

router = APIRouter(tags=["dealer: money"], responses=PROBLEMS)
EarningsReader = Annotated[Actor, dealer(Permission.EARNINGS_READ)]


@router.get(
    "/statements",
    operation_id="dealer_list_kept_statements",
    summary="Dealer or landlord lists statements that stay",
)
async def list_kept_statements(request: Request, actor: EarningsReader) -> list[KeptStatementTold]:
    """Of the periods that the brand has settled, the newest first."""
    own = own_party_ids(actor, Permission.EARNINGS_READ)
    found = await program_of(request).db.read(own_statements, brand_of(actor), own)
    return [statement_told(settlement, statement) for settlement, statement in found]


@router.get(
    "/payments",
    operation_id="dealer_list_payments",
    summary="Dealer or landlord lists payments by statements",
)
async def list_payments(request: Request, actor: EarningsReader) -> list[PaymentTold]:
    """That they make or get, the newest hundred first."""
    own = own_party_ids(actor, Permission.EARNINGS_READ)
    found = await program_of(request).db.read(payments_of_parties, brand_of(actor), own)
    return [payment_told(one) for one in found]


def own_statements(reader: Reader, brand_id: str, own: frozenset[str]) -> list[tuple[Settlement, Statement]]:
    """Of these parties, the newest settlement first."""
    return [
        (settlement, statement)
        for settlement in settlements_of(reader, brand_id)
        for statement in statements_of(reader, brand_id, settlement.id, own)
    ]
