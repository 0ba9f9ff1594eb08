"""What each party earned, of the money that each collected, in a time or in all; what rails hold; the statement."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from highstreet.flows.earnings import StatementAsked, earnings_of_brand, statement_csv
from highstreet.flows.export_statement import LEDGER_BEGAN, statement_json
from highstreet.flows.office_desk import desk_of
from highstreet.flows.pay_parties import FAR, paid_between, with_paid
from highstreet.fronts.office.asking import office
from highstreet.fronts.office.pages.changes import Read, day_at, day_begins
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import PartyId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.ledger import Balance, moved_between
from highstreet.rooms.parties import Party, parties_of_brand

router = page_router()
EarningsReader = Annotated[Actor, office(Permission.EARNINGS_READ)]
PERIODS = {"today": 1, "week": 7, "month": 30}
"""Whole days up to now; `all` and `days` (from, until) besides."""
LONGEST = timedelta(days=370)
Day = Annotated[str, Query(pattern="^(20[0-9]{2}-[01][0-9]-[0-3][0-9])?$")]


@dataclass(frozen=True, slots=True)
class Earned:
    """What one party earned, and of it from whom: (who collected, amount), the most first."""

    party: Party
    amount_minor: int
    sources: tuple[tuple[Party | None, int], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A time; without one, everything."""

    name: str
    since: datetime | None
    until: datetime | None
    first_day: str
    last_day: str


async def _span(request: Request, actor: Actor, period: str, first: str, last: str) -> Span:
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    now = program.clock.now()
    today = day_at(now, desk.zone)
    if period == "all":
        return Span("all", None, None, "", "")
    if period == "days":
        read = Read({"first": first, "last": last}, desk.brand.currency, desk.zone)
        since, until = read.day("first"), read.day("last", is_end=True)
        if since is not None and until is not None and since < until:
            return Span("days", since, until, first, last)
    name = period if period in PERIODS else "month"
    start = today - timedelta(days=PERIODS[name] - 1)
    since, until = day_begins(start, desk.zone), day_begins(today + timedelta(days=1), desk.zone)
    return Span(name, since, until, f"{start}", f"{today}")


def _earnings(reader: Reader, brand_id: str, span: Span) -> dict[str, Any]:
    whole = earnings_of_brand(reader, brand_id)
    parties = {party.id: party for party in whole.parties}
    paid = paid_between(reader, brand_id, span.since or LEDGER_BEGAN, span.until or FAR)
    earned: tuple[Balance, ...] = whole.earned
    if span.since is not None and span.until is not None:
        earned = tuple(moved_between(reader, brand_id, "earned", span.since, span.until))
    earned = tuple(with_paid(earned, paid))
    lines = []
    for party in whole.parties:
        own = [one for one in earned if one.owner_id == party.id]
        sources = sorted(
            ((parties.get(one.counterparty_id), one.amount_minor) for one in own), key=lambda one: -one[1]
        )
        lines.append(Earned(party, sum(one.amount_minor for one in own), tuple(sources)))
    lines.sort(key=lambda line: (-line.amount_minor, line.party.name_en))
    return {
        "lines": lines,
        "parties": parties,
        "clearing": [one for one in whole.clearing if one.amount_minor],
        "claims": [one for one in whole.claims if one.amount_minor],
    }


@router.get("/earnings")
async def earnings_page(
    request: Request,
    actor: EarningsReader,
    period: Annotated[str, Query(pattern="^[a-z]{1,8}$")] = "month",
    first: Day = "",
    last: Day = "",
) -> Response:
    """Each party's earnings as a table and bars."""
    span = await _span(request, actor, period, first, last)
    found = await program_of(request).db.read(_earnings, brand_of(actor), span)
    return await show(request, actor, "earnings.html", **found, span=span, periods=[*PERIODS, "all"])


@router.get("/earnings/statement.csv")
async def statement(
    request: Request,
    actor: EarningsReader,
    party: PartyId,
    period: Annotated[str, Query(pattern="^[a-z]{1,8}$")] = "month",
    first: Day = "",
    last: Day = "",
) -> Response:
    """Every share line of a party in a time, as CSV; `all` is the last 370 days."""
    asked, headers = await _statement(request, actor, party, period, first, last, "csv")
    lines = statement_csv(program_of(request).db, asked)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/earnings/statement.json")
async def whole_statement(
    request: Request,
    actor: EarningsReader,
    party: PartyId,
    period: Annotated[str, Query(pattern="^[a-z]{1,8}$")] = "month",
    first: Day = "",
    last: Day = "",
) -> Response:
    """The same with all that decided each line, as the party itself can download it: for `highstreet recompute`."""
    asked, headers = await _statement(request, actor, party, period, first, last, "json")
    program = program_of(request)
    now = program.clock.now()
    pieces = statement_json(program.db, replace(asked, until=min(asked.until, now)), now)
    return StreamingResponse(pieces, media_type="application/json", headers=headers)


async def _statement(
    request: Request, actor: Actor, party: str, period: str, first: str, last: str, ending: str
) -> tuple[StatementAsked, dict[str, str]]:
    program, brand_id = program_of(request), brand_of(actor)
    if party not in {one.id for one in await program.db.read(parties_of_brand, brand_id)}:
        raise REQUEST_NOT_FOUND()
    span = await _span(request, actor, period, first, last)
    until = span.until or program.clock.now()
    since = max(span.since or until - LONGEST, until - LONGEST)
    name = f"statement-{span.first_day or 'all'}-{span.last_day or 'now'}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StatementAsked(brand_id, frozenset({party}), since, until), headers
