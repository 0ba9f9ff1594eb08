"""Sales by day, place, rail and state, and each with everything that was computed for it and why."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from highstreet.flows.explain_sale import ExplainedSale, explain_sale
from highstreet.flows.lists import ListedSale, SalesAsked, sales_listed, usual_time_zone
from highstreet.flows.office_day import DAY_STARTS_HOUR
from highstreet.fronts.office.pages.shell import SalesReader, page_router, show
from highstreet.fronts.staff import SaleId, brand_of, program_of
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.offers import OfferFacts, offers_of_brand
from highstreet.rooms.parties import (
    Party,
    PlaceOfBusiness,
    parties_of_brand,
    places_of_brand,
    registers_of_places,
)
from highstreet.rooms.sales import sales_for

router = page_router()

PAGE = 50
STATES = ("paid", "returned", "open", "abandoned")
RAILS = ("cash", "wallet", "alipay", "wechat", "stripe", "transfer")
Short = Annotated[str, Query(max_length=80)]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is asked for, as it stands in the address."""

    state: str
    place: str
    rail: str
    day: str

    def href(self, **more: str) -> str:
        """The same list, with more in the address."""
        asked = {
            "state": self.state if self.state != "paid" else "",
            "place": self.place,
            "rail": self.rail,
            "day": self.day,
        }
        named = {name: value for name, value in {**asked, **more}.items() if value}
        return "/office/sales" + (f"?{urlencode(named)}" if named else "")


@router.get("/sales")
async def sales_page(
    request: Request,
    actor: SalesReader,
    state: Short = "paid",
    place: Short = "",
    rail: Short = "",
    day: Short = "",
    code: Short = "",
    before: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Sales, the newest first; a receipt's code leads to its sale."""
    program, brand_id = program_of(request), brand_of(actor)
    filters = Filters(state if state in STATES else "paid", place, rail if rail in RAILS else "", day)
    wanted = code.strip().lower()
    if wanted:
        key = (brand_id, wanted if wanted.startswith("sal_") else f"sal_{wanted}")
        if await program.db.read(lambda reader: key in sales_for(reader, [key])):
            return _go(request, f"/office/sales/{key[1]}")

    def read(reader: Reader) -> tuple[list[ListedSale], list[PlaceOfBusiness]]:
        since, until = _day_of(day, usual_time_zone(reader, brand_id))
        asked = SalesAsked(
            brand_id,
            filters.state,
            place or None,
            filters.rail or None,
            since,
            until,
            _before(before),
            PAGE + 1,
        )
        found = [] if wanted else sales_listed(reader, asked)
        return found, places_of_brand(reader, brand_id)

    found, places = await program.db.read(read)
    shown = found[:PAGE]
    last = shown[-1] if len(found) > PAGE else None
    older = filters.href(before=f"{last.at.isoformat()}~{last.sale_id}") if last else ""
    return await show(
        request,
        actor,
        "sales_list.html" if request.headers.get("hx-request") == "true" else "sales.html",
        sales=shown,
        places=sorted(places, key=lambda p: p.name_en),
        filters=filters,
        states=STATES,
        rails=RAILS,
        code=code,
        older=older,
        first=filters.href() if before else "",
        newest_day=max((s.at for s in shown), default=None),
    )


@router.get("/sales/{sale_id}")
async def sale_page(request: Request, actor: SalesReader, sale_id: SaleId) -> Response:
    """One sale: price, money, shares, ledger, stock, points, coupons, credit, returns."""
    brand_id = brand_of(actor)

    def read(reader: Reader) -> tuple[ExplainedSale, dict[str, Any]]:
        explained = explain_sale(reader, brand_id, sale_id)
        parties: dict[str, Party] = {p.id: p for p in parties_of_brand(reader, brand_id)}
        offers: dict[str, OfferFacts] = {o.offer_id: o for o in offers_of_brand(reader, brand_id, None)}
        place_id = explained.sale.place_id
        registers = {r.id: r.name for r in registers_of_places(reader, brand_id, [place_id])}
        staff = {s.id: s.name for s in staff_of_brand(reader, brand_id)} if explained.return_approvals else {}
        return explained, {"parties": parties, "offers": offers, "registers": registers, "staff": staff}

    explained, names = await program_of(request).db.read(read)
    return await show(request, actor, "sale.html", it=explained, shares=_shares(explained), **names)


def _shares(explained: ExplainedSale) -> list[dict[str, Any]]:
    """What each party got of the whole sale, most first, with where its part of the bar begins (of 1,000)."""
    if explained.sheet is None:
        return []
    totals: dict[tuple[str, str], int] = {}
    for line in explained.sheet.lines:
        for share in line.shares:
            key = (share.role, share.party_id)
            totals[key] = totals.get(key, 0) + share.amount_minor
    whole, begins, found = sum(totals.values()), 0, []
    for (role, party_id), amount in sorted(totals.items(), key=lambda item: -item[1]):
        width = amount * 1000 // whole if whole else 0
        found.append(
            {
                "role": role,
                "party_id": party_id,
                "amount_minor": amount,
                "x": begins,
                "width": width,
                "bp": amount * 10_000 // whole if whole else 0,
            }
        )
        begins += width
    return found


def _day_of(day: str, zone: str) -> tuple[datetime | None, datetime | None]:
    try:
        first = datetime.combine(date.fromisoformat(day), datetime.min.time(), ZoneInfo(zone))
    except ValueError:
        return None, None
    if not 2000 <= first.year <= 2199:
        return None, None
    first = first.replace(hour=DAY_STARTS_HOUR)
    return first, (first + timedelta(days=1))


def _before(text: str) -> tuple[datetime, str] | None:
    at, _, sale_id = text.partition("~")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (found, sale_id[:40]) if found.tzinfo is not None else None


def _go(request: Request, href: str) -> Response:
    if request.headers.get("hx-request") == "true":
        return Response(None, 204, {"HX-Redirect": href})
    return Response(None, 303, {"Location": href})
