"""Offers: what runs, what it costs, what came of it; a new one by its kind's own questions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.change_offers import (
    ChangeCoupon,
    ChangeOffer,
    StopOrResume,
    publish_offer,
    publish_shared_coupon,
    set_offer_active,
)
from highstreet.flows.offer_results import offer_result, offer_results
from highstreet.flows.office_desk import Desk, desk_of
from highstreet.fronts.office.asking import office
from highstreet.fronts.office.pages.changes import (
    Read,
    Typed,
    change,
    day_at,
    go_to,
    last_whole_day,
    problem_of,
    say,
)
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import OfferId, brand_of, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.rooms.offers import (
    PublishOffer,
    PublishSharedCoupon,
    SetOfferActive,
)
from highstreet.rooms.parties import parties_of_brand

router = page_router()
OffersReader = Annotated[Actor, office(Permission.OFFERS_READ)]
OffersWriter = Annotated[Actor, office(Permission.OFFERS_WRITE)]


@dataclass(frozen=True, slots=True)
class Argument:
    """A number that a kind of offer needs. `sort`: money or percent."""

    name: str
    sort: str
    is_needed: bool = True


KINDS: dict[str, tuple[Argument, ...]] = {
    "spend_get": (Argument("spend_minor", "money"), Argument("off_minor", "money")),
    "percent": (Argument("percent_bp", "percent"), Argument("max_off_minor", "money", is_needed=False)),
    "member_price": (),
}
"""What the form asks for each kind. Member prices need no coupon, so nothing of them is counted or limited."""
KindName = Annotated[str, Query(pattern="^(spend_get|percent|member_price)$")]


@router.get("/offers")
async def offers_page(request: Request, actor: OffersReader) -> Response:
    """All offers: those that run, then the others."""
    program = program_of(request)
    found = await program.db.read(offer_results, brand_of(actor))
    now = program.clock.now()
    groups: dict[str, list[Any]] = {"now": [], "soon": [], "past": []}
    for result in found:
        state = result.state(now)
        groups["soon" if state == "soon" else "past" if state == "over" else "now"].append((result, state))
    shown: dict[str, Any] = {"groups": groups, "last_whole_day": last_whole_day}
    return await show(request, actor, "offers.html", may_write=_may_write(actor), **shown)


@router.get("/offers/new")
async def new_offer_page(
    request: Request, actor: OffersWriter, kind: KindName = "spend_get", like: OfferId | None = None
) -> Response:
    """The form for a new offer; `like`: filled in as another one."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    today = day_at(program.clock.now(), desk.zone)
    typed = {"starts": f"{today}", "ends": f"{today + timedelta(days=30)}", "valid_days": "30"}
    if like is not None:
        result = await program.db.read(offer_result, brand_id, like, program.clock.now())
        kind, offer = result.offer.kind, result.offer
        typed |= {"title_en": offer.title_en, "title_zh": offer.title_zh, "funder": offer.funder_party_id}
        typed["valid_days"] = str(max(1, offer.coupon_valid_s // 86_400))
    return await _form(request, actor, "offer_new.html", kind, typed, {}, None)


@router.post("/offers")
async def publish(request: Request, actor: OffersWriter, kind: Typed = "") -> Response:
    """Publish what the form says, and go to it; the form again with what is wrong."""
    program = program_of(request)
    typed = {name: str(value) for name, value in (await request.form()).items()}
    kind = kind if kind in KINDS else "spend_get"
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    read, offer_id = Read(typed, desk.brand.currency, desk.zone), new_id("ofr")
    command = _read_offer(read, desk, kind, offer_id, program.clock.now())
    if command is None or read.wrong:
        return await _form(request, actor, "offer_form.html", kind, typed, read.wrong, None, 422)
    facts = {
        "kind": kind,
        "title_en": command.title_en or command.title_zh,
        "budget_minor": command.budget_minor,
    }
    try:
        asked = ChangeOffer(command, actor.id)
        done = await change(request, actor, "office.publish_offer", offer_id, publish_offer, asked, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _form(request, actor, "offer_form.html", kind, typed, {}, problem, refusal.status)
    if done.waiting is not None:
        return go_to(f"/office/conflicts#{done.waiting.id}")
    return go_to(f"/office/offers/{offer_id}")


@router.get("/offers/{offer_id}")
async def offer_page(request: Request, actor: OffersReader, offer_id: OfferId) -> Response:
    """One offer: promise, budget, funnel, coupons for everybody."""
    return await _offer(request, actor, "offer.html", offer_id)


@router.post("/offers/{offer_id}/active")
async def set_active(
    request: Request, actor: OffersWriter, offer_id: OfferId, is_active: Typed = ""
) -> Response:
    """Pause an offer, or let it go on."""
    goes_on = is_active == "true"
    new = SetOfferActive(brand_of(actor), offer_id, goes_on)
    command = StopOrResume(new, actor.id, program_of(request).clock.now())
    done = await change(
        request, actor, "office.set_offer_active", offer_id, set_offer_active, command, is_active=goes_on
    )
    if done.waiting is not None:
        return go_to(f"/office/conflicts#{done.waiting.id}")
    told = say(request, "office-more_offer_goes_on" if goes_on else "office-more_offer_is_paused")
    return await _offer(request, actor, "offer_body.html", offer_id, headers=told)


@router.post("/offers/{offer_id}/shared")
async def share(request: Request, actor: OffersWriter, offer_id: OfferId) -> Response:
    """A coupon for everybody, by a code that is printed."""
    program, brand_id = program_of(request), brand_of(actor)
    typed = {name: str(value) for name, value in (await request.form()).items()}
    desk = await program.db.read(desk_of, brand_id, actor.id)
    read = Read(typed, desk.brand.currency, desk.zone)
    code, cap = read.text("public_code").upper(), read.whole("cap", 1, 1_000_000_000)
    until = read.day("until", is_end=True)
    if not (3 <= len(code) <= 20 and code.isascii() and code.replace("-", "").isalnum()):
        read.wrong["public_code"] = "office-more_wrong_code"
    if cap is None or until is None or read.wrong:
        return await _offer(request, actor, "offer_share.html", offer_id, 422, typed=typed, wrong=read.wrong)
    command = PublishSharedCoupon(brand_id, offer_id, new_id("cpn"), code, cap, program.clock.now(), until)
    try:
        action, facts = "office.publish_shared_coupon", {"public_code": code, "cap": cap}
        asked = ChangeCoupon(command, actor.id, program.clock.now())
        done = await change(request, actor, action, offer_id, publish_shared_coupon, asked, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _offer(
            request, actor, "offer_share.html", offer_id, refusal.status, typed=typed, problem=problem
        )
    if done.waiting is not None:
        return go_to(f"/office/conflicts#{done.waiting.id}")
    return go_to(f"/office/offers/{offer_id}")


def _read_offer(read: Read, desk: Desk, kind: str, offer_id: str, now: datetime) -> PublishOffer | None:
    """What was typed as a command; None when something of it is wrong."""
    terms = {}
    for argument in KINDS[kind]:
        as_typed = read.money if argument.sort == "money" else read.basis_points
        value = as_typed(argument.name, is_needed=argument.is_needed)
        if value == 0:
            read.wrong[argument.name] = "office-more_wrong_zero"
        if value is not None:
            terms[argument.name] = value
    is_limited = kind != "member_price"
    starts, ends = read.day("starts"), read.day("ends", is_end=True)
    days = read.whole("valid_days", 1, 3650) if is_limited else 30
    if starts and ends and ends <= starts:
        read.wrong["ends"] = "office-more_wrong_order"
    title_zh = read.text("title_zh", is_needed=False)
    title_en = read.text("title_en", is_needed=not title_zh)
    limits = {
        "limit_total": read.whole("limit_total", 1, 1_000_000_000, is_needed=False),
        "limit_per_person": read.whole("limit_per_person", 1, 1_000_000_000, is_needed=False),
        "budget_minor": read.money("budget_minor", is_needed=False),
    }
    if read.wrong or starts is None or ends is None or days is None:
        return None
    return PublishOffer(
        brand_id=desk.brand.id,
        offer_id=offer_id,
        kind=kind,
        terms=terms,
        title_en=title_en[:160],
        title_zh=title_zh[:160],
        funder_party_id=read.typed.get("funder", ""),
        is_stackable=read.typed.get("is_stackable") == "true",
        is_offline=read.typed.get("is_offline") == "true",
        starts_at=starts,
        ends_at=ends,
        coupon_valid_s=days * 86_400,
        at=now,
        **(limits if is_limited else {}),
    )


async def _form(
    request: Request,
    actor: Actor,
    template: str,
    kind: str,
    typed: dict[str, str],
    wrong: dict[str, str],
    problem: tuple[str, str] | None,
    status: int = 200,
) -> Response:
    parties = await program_of(request).db.read(parties_of_brand, brand_of(actor))
    return await show(
        request,
        actor,
        template,
        status,
        kind=kind,
        kinds=list(KINDS),
        arguments=KINDS[kind],
        is_limited=kind != "member_price",
        parties=sorted(parties, key=lambda party: (party.kind != "brand", party.name_en)),
        typed=typed,
        wrong=wrong,
        problem=problem,
    )


async def _offer(
    request: Request,
    actor: Actor,
    template: str,
    offer_id: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    program = program_of(request)
    result = await program.db.read(offer_result, brand_of(actor), offer_id, program.clock.now())
    shown = {"typed": {}, "wrong": {}, "problem": None, "last_whole_day": last_whole_day, **more}
    state = result.state(program.clock.now())
    may_write = _may_write(actor)
    return await show(
        request, actor, template, status, headers, result=result, state=state, may_write=may_write, **shown
    )


def _may_write(actor: Actor) -> bool:
    return actor.may(Permission.OFFERS_WRITE, brand_id=brand_of(actor))
