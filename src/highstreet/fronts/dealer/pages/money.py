"""What they earned in a period, and the statement with every line behind it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.fronts.dealer import money, own
from highstreet.fronts.dealer.asking import Instant, brand_of, own_party_ids, program_of
from highstreet.fronts.dealer.pages.shell import EarningsReader, names_of, page_router, pages, show
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.time import format_utc

router = page_router()
LINES = 60
FIRST_DAY, LAST_DAY, LONGEST = date(2000, 1, 1), date(2199, 1, 1), timedelta(days=366)
Day = Annotated[date | None, Query()]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, the last one included, in the brand's usual time zone."""

    first: date
    last: date
    since: datetime
    until: datetime

    @property
    def query(self) -> str:
        """As it stands in an address of ours."""
        return f"first={self.first}&last={self.last}"

    @property
    def instants(self) -> str:
        """As it stands in an address of the API."""
        return f"since={format_utc(self.since)}&until={format_utc(self.until)}"


async def period_of(
    request: Request, actor: Actor, first: date | None, last: date | None
) -> tuple[Period, date]:
    """The period asked for, this month when none was; and today. Errors: Refusal request.malformed."""
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    zone = ZoneInfo(desk.zone)
    today = program.clock.now().astimezone(zone).date()
    first, last = first or (last or today).replace(day=1), last or today
    if not FIRST_DAY <= first <= last <= LAST_DAY or last - first > LONGEST:
        raise REQUEST_MALFORMED(field="first", reason="not_within_366_days_before_last")
    since, until = (
        datetime.combine(d, time(), zone).astimezone(program.clock.now().tzinfo)
        for d in (first, last + timedelta(days=1))
    )
    return Period(first, last, since, until), today


def choices_of(today: date) -> list[tuple[str, date, date]]:
    """The periods that are one tap away, by the ends of their texts."""
    this_month = today.replace(day=1)
    end_of_last = this_month - timedelta(days=1)
    return [
        ("today", today, today),
        ("week", today - timedelta(days=6), today),
        ("month", this_month, today),
        ("last_month", end_of_last.replace(day=1), end_of_last),
    ]


@router.get("/earnings")
async def earnings_page(
    request: Request, actor: EarningsReader, first: Day = None, last: Day = None
) -> Response:
    """What stands between them and others now; the period's sums come by themselves."""
    chosen, today = await period_of(request, actor, first, last)
    found = await money.read_earnings(request, actor)
    parties = own_party_ids(actor, Permission.EARNINGS_READ)
    return await show(
        request,
        actor,
        "earnings.html",
        period=chosen,
        choices=choices_of(today),
        to_get=[b for b in found.earned if b.owner_id in parties and b.counterparty_id not in parties],
        to_pay=[b for b in found.earned if b.owner_id not in parties],
        kept=[b for b in found.earned if b.owner_id in parties and b.counterparty_id in parties],
        held=list(found.clearing),
        names={party.id: party for party in found.parties},
    )


@router.get("/earnings/period")
async def earnings_of_period(
    request: Request, actor: EarningsReader, first: Day = None, last: Day = None
) -> Response:
    """The sums of a period, by role and by who collected: a part of both pages."""
    chosen, _ = await period_of(request, actor, first, last)
    told = await money.read_statement(request, actor, chosen.since, chosen.until)
    desk = await program_of(request).db.read(desk_of, brand_of(actor), actor.id)
    names = await names_of(
        request, actor, {t.party_id for t in told.totals} | {t.collector_party_id for t in told.totals}
    )
    return pages.answer(
        request,
        "earnings_period.html",
        totals=told.totals,
        currency=desk.brand.currency,
        total_minor=sum(t.amount_minor for t in told.totals),
        lines=sum(t.lines for t in told.totals),
        period=chosen,
        names=names,
    )


@router.get("/statement")
async def statement_page(
    request: Request, actor: EarningsReader, first: Day = None, last: Day = None
) -> Response:
    """Sums and lines of a period, and the same as a file."""
    chosen, today = await period_of(request, actor, first, last)
    return await show(
        request,
        actor,
        "statement.html",
        period=chosen,
        choices=choices_of(today),
        **await _lines(request, actor, chosen),
    )


@router.get("/statement/more")
async def more_of_statement(
    request: Request,
    actor: EarningsReader,
    kind: Annotated[str, Query(pattern="^(sale|return)$")],
    first: Day = None,
    last: Day = None,
    after: Annotated[Instant | None, Query()] = None,
    after_id: Annotated[str, Query(pattern="^((sal|rtn)_[0-9a-z]{26})?$")] = "",
) -> Response:
    """The next lines, sales before returns."""
    chosen, _ = await period_of(request, actor, first, last)
    return await show(
        request,
        actor,
        "statement_lines.html",
        period=chosen,
        **await _lines(request, actor, chosen, kind, after, after_id),
    )


async def _lines(
    request: Request,
    actor: Actor,
    chosen: Period,
    kind: str = "sale",
    after: datetime | None = None,
    after_id: str = "",
) -> dict[str, Any]:
    """The next page that has lines, and the address of the one after it."""
    lines: list[Any] = []
    goes_on = True
    while goes_on and len(lines) < LINES:
        told = await money.list_statement(
            request,
            actor,
            "sale" if kind == "sale" else "return",
            chosen.since,
            chosen.until,
            after,
            after_id,
            100,
        )
        lines += told.lines
        after, after_id = told.next_after, told.next_after_id or ""
        if after is None:
            goes_on, kind = kind == "sale", "return"
    more = ""
    if goes_on:
        at = f"&after={format_utc(after)}&after_id={after_id}" if after else ""
        more = f"/dealer/statement/more?kind={kind}&{chosen.query}{at}"
    places = (
        {p.place_id: p for p in await own.read_places(request, actor)}
        if actor.scopes(Permission.SALES_READ)
        else {}
    )
    return {"lines": lines, "more": more, "place_names": places}
