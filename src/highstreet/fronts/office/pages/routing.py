"""Where orders are served from: what things weigh, what other weights would have done, and the newest choices."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.flows.try_rules import TryRules, try_rules
from highstreet.fronts.office.pages.changes import Read, change, decimal_text, problem_of, say
from highstreet.fronts.office.pages.shell import page_router, pages, show
from highstreet.fronts.office.routing import USUAL_DAYS, RoutingReader, RoutingWriter
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parties import places_of_brand
from highstreet.rooms.routing import (
    TERMS,
    RouteRules,
    SetRouteRules,
    newest_decisions,
    rules_history,
    rules_in_force,
    set_route_rules,
)

router = page_router()
NEWEST = 20
MONEY = ("parcel", "km", "late_hour", "reject", "load", "split")
WHOLE = {"handling": ("handling_min", 0, 10_080), "minutes": ("km_min", 0, 1_000)}
WHOLE |= {"capacity": ("capacity", 1, 100_000), "latest": ("latest_h", 0, 8_760)}
GROUPS = (
    ("cost", ("parcel", "km", "split", "load")),
    ("risk", ("late_hour", "reject", "income")),
    ("limits", ("reach", "capacity", "handling", "minutes", "latest")),
)
FIELDS = tuple(name for _, names in GROUPS for name in names)


def _said(rules: RouteRules, currency: str) -> dict[str, str]:
    """Rules as they stand in the form's fields."""
    said = {name: decimal_text(getattr(rules, f"{name}_minor"), currency) for name in MONEY}
    said |= {name: str(getattr(rules, field)) for name, (field, _, _) in WHOLE.items()}
    said["income"] = decimal_text(rules.income_bp, "EUR")
    said["reach"] = "" if rules.reach_m is None else str(rules.reach_m // 1_000)
    return said


def _read(typed: dict[str, str], currency: str, zone: str) -> tuple[Read, RouteRules | None]:
    read = Read(typed, currency, zone)
    values: dict[str, int | None] = {f"{name}_minor": read.money(name) for name in MONEY}
    values |= {field: read.whole(name, least, most) for name, (field, least, most) in WHOLE.items()}
    values["income_bp"] = read.basis_points("income", 0)
    reach = read.whole("reach", 1, 20_000, is_needed=False)
    values["reach_m"] = None if reach is None else reach * 1_000
    assert values.keys() == {one.name for one in fields(RouteRules)}
    needed = {name: value for name, value in values.items() if value is not None}
    return read, None if read.wrong else RouteRules(**needed)


@router.get("/routing")
async def routing_page(request: Request, actor: RoutingReader) -> Response:
    """The rules, what always holds, and the newest choices."""
    db, brand_id = program_of(request).db, brand_of(actor)
    desk = await db.read(desk_of, brand_id, actor.id)
    kept = await db.read(rules_in_force, brand_id)
    found = await db.read(_around, brand_id)
    form = _form(actor, _said(kept.rules, desk.brand.currency), kept.version)
    return await show(request, actor, "routing.html", **form, **found)


def _around(reader: Reader, brand_id: str) -> dict[str, Any]:
    return {
        "history": rules_history(reader, brand_id) or [rules_in_force(reader, brand_id)],
        "newest": newest_decisions(reader, brand_id, NEWEST),
        "places": {one.id: one for one in places_of_brand(reader, brand_id)},
        "staff": {one.id: one.name for one in staff_of_brand(reader, brand_id)},
    }


def _form(actor: Actor, said: dict[str, str], based_on: int, **more: Any) -> dict[str, Any]:
    may_change = actor.may(Permission.CONTRACTS_WRITE, brand_id=brand_of(actor))
    usual: dict[str, Any] = {"groups": GROUPS, "wrong": {}, "problem": None}
    return {**usual, "said": said, "based_on": based_on, "may_change": may_change, **more}


async def _typed(request: Request) -> dict[str, str]:
    form = await request.form(max_files=0, max_fields=30)
    return {name: str(form.get(name, ""))[:200] for name in (*FIELDS, "note", "based_on")}


@router.post("/routing/try")
async def try_them(request: Request, actor: RoutingReader) -> Response:
    """What these rules would have done with the orders of the last 90 days."""
    program, brand_id, typed = program_of(request), brand_of(actor), await _typed(request)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    read, rules = _read(typed, desk.brand.currency, desk.zone)
    if rules is None:
        form = _form(actor, typed, _version(typed), wrong=read.wrong)
        headers = {"HX-Retarget": "#rules", "HX-Reswap": "outerHTML"}
        return pages.answer(request, "routing_form.html", 422, headers, desk=desk, **form)
    since = program.clock.now() - timedelta(days=USUAL_DAYS)
    tried = await program.db.read(try_rules, TryRules(brand_id, rules, since))
    names = (*TERMS, "total")
    terms = [(name, getattr(tried.was, name), getattr(tried.would_be, name)) for name in names]
    most = max(1, tried.was.total, tried.would_be.total)
    places = {one.id: one for one in await program.db.read(places_of_brand, brand_id)}
    told: dict[str, Any] = {"tried": tried, "terms": terms, "most": most, "places": places}
    return pages.answer(request, "routing_tried.html", desk=desk, **told)


@router.post("/routing")
async def set_rules(request: Request, actor: RoutingWriter) -> Response:
    """The next version, in force from now on."""
    program, brand_id, typed = program_of(request), brand_of(actor), await _typed(request)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    read, rules = _read(typed, desk.brand.currency, desk.zone)
    note, version = read.text("note", is_needed=False), _version(typed)
    if rules is None or read.wrong:
        form = _form(actor, typed, version, wrong=read.wrong)
        return pages.answer(request, "routing_form.html", 422, desk=desk, **form)
    command = SetRouteRules(
        brand_id=brand_id, based_on=version, rules=rules, note=note, by_id=actor.id, at=program.clock.now()
    )
    facts = {"version": version + 1, "note": note}
    try:
        kept = await change(
            request, actor, "office.set_route_rules", brand_id, set_route_rules, command, **facts
        )
    except Refusal as refusal:
        form = _form(actor, typed, version, problem=problem_of(request, refusal))
        return pages.answer(request, "routing_form.html", refusal.status, desk=desk, **form)
    form = _form(actor, _said(kept.rules, desk.brand.currency), kept.version)
    return pages.answer(request, "routing_form.html", 200, say(request, "route-kept"), desk=desk, **form)


def _version(typed: dict[str, str]) -> int:
    found = typed["based_on"]
    return int(found) if found.isascii() and found.isdigit() and len(found) < 8 else 0
