"""What their own parties earned, under which contracts, and every share line behind it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from highstreet.flows.earnings import Earnings, StatementAsked, earnings_of_parties, statement_csv
from highstreet.fronts.dealer.asking import Instant, Told, brand_of, dealer, own_party_ids, period, program_of
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.channel import Contract, contracts_of_brand

router = APIRouter(tags=["dealer: money"], responses=PROBLEMS)
EarningsReader = Annotated[Actor, dealer(Permission.EARNINGS_READ)]
ContractsReader = Annotated[Actor, dealer(Permission.CONTRACTS_READ)]


class PartyTold(Told):
    """Their own company, or one that money goes to or comes from."""

    id: str
    kind: str
    name_en: str
    name_zh: str


class BalanceTold(Told):
    """An account's balance: credits less debits."""

    owner_id: str
    kind: str = Field(description="earned, clearing_<rail>, payable or receivable.")
    counterparty_id: str = Field(description="For earned: who collected the money.")
    currency: str
    amount_minor: int


class EarningsTold(Told):
    """Own balances, and what others earned out of money that was collected here."""

    parties: list[PartyTold]
    earned: list[BalanceTold]
    clearing: list[BalanceTold] = Field(
        description="What rails took here, below zero: held by the collector."
    )
    claims: list[BalanceTold]


class RoleShareTold(Told):
    """A role's part in basis points of a line's net."""

    role: str
    bp: int


class TermsTold(Told):
    """Terms of a contract."""

    collector: str
    shares: list[RoleShareTold]
    leftover_to: str


class ContractTold(Told):
    """One version of a contract that binds them."""

    id: str
    version: int
    operator_party_id: str
    place_id: str | None = Field(description="Only this place; None: all that the operator runs.")
    terms: TermsTold
    effective_from: datetime
    effective_to: datetime | None


@router.get(
    "/earnings",
    operation_id="dealer_read_earnings",
    summary="Dealer or landlord reads own earnings",
    response_model=EarningsTold,
)
async def read_earnings(request: Request, actor: EarningsReader) -> Earnings:
    """What they earned and from whom, and what they hold of others' money."""
    parties = own_party_ids(actor, Permission.EARNINGS_READ)
    return await program_of(request).db.read(earnings_of_parties, brand_of(actor), parties)


@router.get(
    "/contracts", operation_id="dealer_list_contracts", summary="Dealer or landlord lists own contracts"
)
async def list_contracts(request: Request, actor: ContractsReader) -> list[ContractTold]:
    """All versions of the contracts that bind them, the oldest first."""
    parties = own_party_ids(actor, Permission.CONTRACTS_READ)
    found = await program_of(request).db.read(_contracts, brand_of(actor), parties)
    return [
        ContractTold(
            id=contract.id,
            version=contract.version,
            operator_party_id=contract.operator_party_id,
            place_id=contract.place_id,
            terms=TermsTold.model_validate(contract.terms.as_document()),
            effective_from=contract.effective_from,
            effective_to=contract.effective_to,
        )
        for contract in found
    ]


def _contracts(reader: Reader, brand_id: str, party_ids: frozenset[str]) -> list[Contract]:
    found = contracts_of_brand(reader, brand_id)
    return [contract for contract in found if contract.operator_party_id in party_ids]


@router.get(
    "/statement.csv",
    operation_id="dealer_export_statement",
    summary="Dealer or landlord downloads a statement",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "The lines"}},
)
async def export_statement(
    request: Request,
    actor: EarningsReader,
    since: Annotated[Instant | None, Query(description="Default: 30 days before until.")] = None,
    until: Annotated[Instant | None, Query(description="Default: now. At most 370 days later.")] = None,
) -> StreamingResponse:
    """Each of their share lines as CSV: sales by time, then returns by time with negative amounts."""
    program = program_of(request)
    start, end = period(since, until, program.clock.now())
    parties = own_party_ids(actor, Permission.EARNINGS_READ)
    lines = statement_csv(program.db, StatementAsked(brand_of(actor), parties, start, end))
    headers = {"Content-Disposition": 'attachment; filename="statement.csv"'}
    return StreamingResponse(lines, headers=headers, media_type="text/csv; charset=utf-8")
