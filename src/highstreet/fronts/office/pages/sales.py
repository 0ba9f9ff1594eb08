"""Sales by day, place, rail and state, and each with everything that was computed for it and why."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from highstreet.flows.explain_sale import ExplainedSale, explain_sale
from highstreet.flows.lists import ListedSale, SalesAsked, sales_listed, usual_time_zone
from highstreet.flows.match_statement import look_again
from highstreet.flows.office_day import DAY_STARTS_HOUR
from highstreet.fronts.office.pages.changes import Typed, change, go_to, problem_of
from highstreet.fronts.office.pages.sale_refunds import sale_refunds
from highstreet.fronts.office.pages.shell import SalesReader, page_router, show
from highstreet.fronts.office.returns import ReturnsApprover, TenderId
from highstreet.fronts.staff import SaleId, brand_of, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import variants_for
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.offers import OfferFacts, offers_of_brand
from highstreet.rooms.parties import (
    Party,
    PlaceOfBusiness,
    parties_of_brand,
    places_of_brand,
    registers_of_places,
)
from highstreet.rooms.routing import TERMS, decisions_of
from highstreet.rooms.sales import sales_for
from highstreet.rooms.tenders import RAILS, ReplaceRefund, plain_reference, replace_refund

router = page_router()

PAGE = 50
STATES = ("paid", "returned", "open", "abandoned")
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
    program, brand_id = program_of(request), brand_of(actor)
    now, usual_days = program.clock.now(), program.settings.return_days

    def read(reader: Reader) -> tuple[ExplainedSale, dict[str, Any]]:
        explained = explain_sale(reader, brand_id, sale_id)
        parties: dict[str, Party] = {p.id: p for p in parties_of_brand(reader, brand_id)}
        offers: dict[str, OfferFacts] = {o.offer_id: o for o in offers_of_brand(reader, brand_id, None)}
        place_id = explained.sale.place_id
        registers = {r.id: r.name for r in registers_of_places(reader, brand_id, [place_id])}
        has_names = explained.return_approvals or explained.clerks or explained.register_approvals
        staff = {s.id: s.name for s in staff_of_brand(reader, brand_id)} if has_names else {}
        named = {"parties": parties, "offers": offers, "registers": registers, "staff": staff}
        named |= _route(reader, explained)
        return explained, {**named, "refunds": sale_refunds(reader, explained, now, usual_days)}

    explained, names = await program.db.read(read)
    may_refund = actor.may(Permission.SALES_REFUND, brand_id=brand_id)
    more: dict[str, Any] = {"may_refund": may_refund, "problem": None, "typed": {}, "wrong": ""}
    return await show(request, actor, "sale.html", it=explained, shares=_shares(explained), **more, **names)


def _route(reader: Reader, explained: ExplainedSale) -> dict[str, Any]:
    """Why an order was served from there; nothing of what was never routed."""
    sale = explained.sale
    routes = decisions_of(reader, sale.brand_id, sale.id) if sale.is_in_parts else []
    if not routes:
        return {"routes": ()}
    goods = variants_for(reader, {(sale.brand_id, line.variant_id) for line in sale.lines})
    return {
        "routes": routes,
        "route_terms": TERMS,
        "goods": {variant_id: one for (_, variant_id), one in goods.items()},
        "places": {one.id: one for one in places_of_brand(reader, sale.brand_id)},
    }


@router.post("/sales/{sale_id}/refunds/{tender_id}/otherwise")
async def otherwise(
    request: Request,
    actor: ReturnsApprover,
    sale_id: SaleId,
    tender_id: TenderId,
    rail: Typed = "transfer",
    reference: Typed = "",
    reason: Typed = "",
) -> Response:
    """A refund that its provider refused for good goes in cash or by bank transfer."""
    program, brand_id = program_of(request), brand_of(actor)
    typed = {"rail": rail, "reference": reference, "reason": reason}
    own, why = plain_reference(reference), reason.strip()[:160]
    is_reference_odd = bool(own) and (rail != "transfer" or not 4 <= len(own) <= 40)
    if rail not in ("cash", "transfer") or not why or not why.isprintable() or is_reference_odd:
        wrong = "office-refund_otherwise_wrong"
        return await _refund_form(request, actor, sale_id, tender_id, 422, typed=typed, wrong=wrong)
    command = ReplaceRefund(
        brand_id, tender_id, new_id("tnd"), rail, own or None, actor.id, why, program.clock.now()
    )
    facts = {"rail": rail, "reason": why}
    try:
        made = await change(
            request, actor, "office.refund_otherwise", tender_id, replace_refund, command, **facts
        )
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _refund_form(
            request, actor, sale_id, tender_id, refusal.status, typed=typed, problem=problem
        )
    await look_again(program, made)
    return go_to(f"/office/sales/{sale_id}")


async def _refund_form(
    request: Request, actor: Actor, sale_id: str, tender_id: str, status: int, **more: Any
) -> Response:
    shown = {"problem": None, "typed": {}, "wrong": "", **more}
    return await show(
        request, actor, "refund_otherwise.html", status, sale_id=sale_id, tender_id=tender_id, **shown
    )


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
