"""The first page: own places as they stand, the newest sales, and what the day gave so far."""

from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from highstreet.flows.earnings import StatementAsked
from highstreet.flows.office_desk import desk_of
from highstreet.flows.own_sales import reach_of
from highstreet.flows.show_place import PlaceOpen, places_as_open
from highstreet.flows.show_statement import statement_totals
from highstreet.fronts.dealer import own
from highstreet.fronts.dealer.asking import brand_of, own_party_ids, own_place_ids, program_of
from highstreet.fronts.dealer.pages.shell import (
    EarningsReader,
    SalesReader,
    names_of,
    page_router,
    pages,
    show,
)
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import places_of_brand
from highstreet.rooms.sales import RegisterTotal, given_back_since, totals_by_register

router = page_router()
SHOWN = 8


@router.get("/")
async def today_page(request: Request, actor: SalesReader) -> Response:
    """Own places with their state and takings, and the newest sales."""
    program = program_of(request)
    now = program.clock.now()
    places, zone = await program.db.read(_places, actor, now)
    since = _midnight(now, zone)
    takings = await program.db.read(_takings, actor, since)
    given_back = await program.db.read(_given_back, actor, since)
    sales = await own.list_sales(request, actor, limit=SHOWN)
    names = await names_of(
        request,
        actor,
        {p.place.landlord_party_id for p in places} | {p.place.operator_party_id for p in places},
    )
    return await show(
        request,
        actor,
        "today.html",
        places=places,
        takings=takings,
        given_back=given_back,
        names=names,
        sales=sales,
        place_names={p.place.id: p.place for p in places},
        has_earnings=bool(actor.scopes(Permission.EARNINGS_READ)),
    )


@router.get("/today/share")
async def share_of_today(request: Request, actor: EarningsReader) -> Response:
    """The part of the first page that has to add up the day: it comes by itself."""
    program = program_of(request)
    now = program.clock.now()
    _, zone = await program.db.read(_places, actor, now)
    parties = own_party_ids(actor, Permission.EARNINGS_READ)
    asked = StatementAsked(brand_of(actor), parties, _midnight(now, zone), now)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    totals = await statement_totals(program.db, asked)
    return pages.answer(
        request,
        "today_share.html",
        amount_minor=sum(total.amount_minor for total in totals),
        lines=sum(total.lines for total in totals),
        currency=desk.brand.currency,
    )


def _places(reader: Reader, actor: Actor, now: datetime) -> tuple[list[PlaceOpen], str]:
    """Own places, the open ones first, and the time zone of the first."""
    mine = own_place_ids(reader, actor, Permission.SALES_READ)
    found = [place for place in places_of_brand(reader, brand_of(actor)) if place.id in mine]
    places = sorted(
        places_as_open(reader, found, now),
        key=lambda p: (not p.place.is_active, not p.is_open, p.place.name_en),
    )
    return places, next((p.site.time_zone for p in places if p.site), "UTC")


def _takings(reader: Reader, actor: Actor, since: datetime) -> dict[str, RegisterTotal]:
    """What the places that they run took; of those in their building a landlord sees only its own share."""
    scopes = actor.scopes(Permission.SALES_READ)
    run = reach_of(reader, brand_of(actor), scopes, frozenset()).run
    sums: dict[str, RegisterTotal] = {}
    for one in totals_by_register(reader, brand_of(actor), since):
        if one.place_id in run:
            other = sums.get(one.place_id)
            sums[one.place_id] = one if other is None else _added(one, other)
    return sums


def _given_back(reader: Reader, actor: Actor, since: datetime) -> int:
    """Of what those places sold, also on days before: their share of today has lost its part of it."""
    run = reach_of(reader, brand_of(actor), actor.scopes(Permission.SALES_READ), frozenset()).run
    found = given_back_since(reader, brand_of(actor), since)
    return sum(minor for place_id, minor in found.items() if place_id in run)


def _added(one: RegisterTotal, other: RegisterTotal) -> RegisterTotal:
    return RegisterTotal(
        one.place_id,
        None,
        one.currency,
        one.sales + other.sales,
        one.total_minor + other.total_minor,
        one.returned_minor + other.returned_minor,
    )


def _midnight(now: datetime, zone: str) -> datetime:
    local = now.astimezone(ZoneInfo(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
