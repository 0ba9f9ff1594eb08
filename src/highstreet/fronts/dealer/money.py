"""What their own parties earned, under which contracts, and every share line behind it."""

from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import Field

from highstreet.flows.earnings import Earnings, StatementAsked, earnings_of_parties, statement_csv
from highstreet.flows.export_statement import statement_json
from highstreet.flows.show_statement import statement_lines, statement_totals
from highstreet.fronts.contracts_told import ShareKind
from highstreet.fronts.dealer.asking import Instant, Told, brand_of, dealer, own_party_ids, period, program_of
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS

router = APIRouter(tags=["dealer: money"], responses=PROBLEMS)
EarningsReader = Annotated[Actor, dealer(Permission.EARNINGS_READ)]


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


class StatementTotalTold(Told):
    """What one of their parties got in one role, of the money that one party collected."""

    party_id: str
    role: str
    collector_party_id: str
    currency: str
    lines: int
    amount_minor: int = Field(description="Sales less returns.")


class StatementTotalsTold(Told):
    """A statement in sums."""

    since: datetime
    until: datetime = Field(description="Not in it.")
    totals: list[StatementTotalTold]


class StatementLineTold(Told):
    """One of their share lines, as in the CSV; amounts of returns are negative."""

    at: datetime
    kind: Literal["sale", "return"]
    sale_id: str
    return_id: str
    place_id: str
    line_no: int
    gtin: str
    name: str
    base_minor: int
    role: str
    basis_points: int | str = Field(description="Empty where it is no percentage.")
    rule: ShareKind
    amount_minor: int
    currency: str
    party_id: str
    collector_party_id: str
    contract_id: str
    contract_version: int


class StatementLinesTold(Told):
    """A page of lines."""

    lines: list[StatementLineTold] = Field(description="May be none, though there are more pages.")
    next_after: datetime | None = Field(
        description="Ask again with `after` and `after_id`; null: that was all."
    )
    next_after_id: str | None


@router.get(
    "/statement",
    operation_id="dealer_read_statement",
    summary="Dealer or landlord reads a statement in sums",
)
async def read_statement(
    request: Request,
    actor: EarningsReader,
    since: Annotated[Instant | None, Query(description="Default: 30 days before until.")] = None,
    until: Annotated[Instant | None, Query(description="Default: now. At most 370 days later.")] = None,
) -> StatementTotalsTold:
    """Their shares of a time, added up by role and by who collected the money."""
    program = program_of(request)
    start, end = period(since, until, program.clock.now())
    asked = StatementAsked(brand_of(actor), own_party_ids(actor, Permission.EARNINGS_READ), start, end)
    totals = await statement_totals(program.db, asked)
    told = [StatementTotalTold.model_validate(total) for total in totals]
    return StatementTotalsTold(since=start, until=end, totals=told)


@router.get(
    "/statement/lines",
    operation_id="dealer_list_statement",
    summary="Dealer or landlord lists the lines of a statement",
)
async def list_statement(
    request: Request,
    actor: EarningsReader,
    kind: Annotated[Literal["sale", "return"], Query(description="Of sales, or of returns.")] = "sale",
    since: Annotated[Instant | None, Query(description="Default: 30 days before until.")] = None,
    until: Annotated[Instant | None, Query(description="Default: now. At most 370 days later.")] = None,
    after: Annotated[Instant | None, Query(description="`next_after` of the page before.")] = None,
    after_id: Annotated[
        str, Query(pattern="^((sal|rtn)_[0-9a-z]{26})?$", description="Its other half.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=500, description="Sales or returns to look through.")] = 100,
) -> StatementLinesTold:
    """Each of their share lines by time."""
    program = program_of(request)
    start, end = period(since, until, program.clock.now())
    asked = StatementAsked(brand_of(actor), own_party_ids(actor, Permission.EARNINGS_READ), start, end)
    last = None if after is None else (after, after_id)
    found = await program.db.read(statement_lines, asked, kind, last, limit)
    return StatementLinesTold(
        lines=[StatementLineTold.model_validate(line) for line in found.lines],
        next_after=found.next_after[0] if found.next_after else None,
        next_after_id=found.next_after[1] if found.next_after else None,
    )


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


@router.get(
    "/statement.json",
    operation_id="dealer_export_statement_whole",
    summary="Dealer or landlord downloads a statement that can be recomputed",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "It"}},
)
async def export_whole_statement(
    request: Request,
    actor: EarningsReader,
    since: Annotated[Instant | None, Query(description="Default: 30 days before until.")] = None,
    until: Annotated[Instant | None, Query(description="Default: now. At most 370 days later.")] = None,
) -> StreamingResponse:
    """Each of their share lines with all that decided it, the terms, totals and balances: for `highstreet recompute`."""
    program = program_of(request)
    now = program.clock.now()
    start, end = period(since, min(until or now, now), now)  # what is still to come cannot be added up
    asked = StatementAsked(brand_of(actor), own_party_ids(actor, Permission.EARNINGS_READ), start, end)
    headers = {"Content-Disposition": 'attachment; filename="statement.json"'}
    pieces = statement_json(program.db, asked, now)
    return StreamingResponse(pieces, headers=headers, media_type="application/json")


class PythonFile(Response):
    media_type = "text/x-python"


@router.get(
    "/recompute.py",
    operation_id="dealer_download_recompute",
    summary="Dealer or landlord downloads the program that recomputes statements",
    response_class=PythonFile,
)
async def download_recompute(_: EarningsReader) -> PythonFile:
    """One file of Python that needs nothing else: `python recompute.py statement.json`."""
    return PythonFile(_recompute(), headers={"Content-Disposition": 'attachment; filename="recompute.py"'})


@cache
def _recompute() -> str:
    return files("highstreet_recompute").joinpath("program.py").read_text(encoding="utf-8")
