"""The brand's rules: how people pay, what needs a manager, how long goods are taken back, how orders are paid."""

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import Form, Path, Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.fronts.office.orders import DELIVERY_HOURS_LIMIT, HOLD_DAYS_LIMIT
from highstreet.fronts.office.pages.changes import Read, Typed, change, decimal_text, problem_of, say
from highstreet.fronts.office.pages.shell import SalesReader, page_router, show
from highstreet.fronts.office.rails import RANK_LIMIT, RailsWriter
from highstreet.fronts.office.returns import ReturnsApprover
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.members import PointsRule, SetPointsRule, points_rule_of, set_points_rule
from highstreet.rooms.parties import RETURN_DAYS_LIMIT, SetReturnDays, brand_by_id, set_return_days
from highstreet.rooms.registers import ApprovalRule, approval_rule_of, state_approvals
from highstreet.rooms.sales import OrderRule, order_rule_of, set_order_rule
from highstreet.rooms.tenders import RAIL_KINDS, RAILS, RailRule, StateRail, rules_of_brand, state_rail

router = page_router()
APPROVALS = ("return_from", "no_receipt_from", "give_up_from")
POINTS_LIMIT = 10**9
LIMITS = ("min", "max", "day", "fee_fixed")


def _said(reader: Reader, brand_id: str) -> dict[str, str]:
    """What holds now, as it stands in the forms' fields."""
    brand = brand_by_id(reader, brand_id)
    currency = "" if brand is None else brand.currency
    approvals, orders = approval_rule_of(reader, brand_id), order_rule_of(reader, brand_id)
    said = {name: decimal_text(getattr(approvals, f"{name}_minor"), currency) for name in APPROVALS}
    points = points_rule_of(reader, brand_id)
    said["points"] = "" if points is None else str(points.points)
    said["worth"] = "" if points is None else decimal_text(points.worth_minor, currency)
    said["days"] = "" if brand is None or brand.return_days is None else str(brand.return_days)
    if orders is not None:
        said["deposit"] = decimal_text(orders.deposit_bp, "EUR")
        said["minimum"] = decimal_text(orders.minimum_minor, currency)
        said["hold_days"] = str(orders.hold_days)
        said["delivery_hours"] = "" if orders.delivery_hours is None else str(orders.delivery_hours)
    return said


def _rails(reader: Reader, brand_id: str, connected: Collection[str]) -> list[dict[str, Any]]:
    """The rules of the rails that can be taken, liked best first, as they stand in the forms' fields."""
    brand, rules = brand_by_id(reader, brand_id), rules_of_brand(reader, brand_id)
    currency = "" if brand is None else brand.currency
    known = sorted((rules.of(rail) for rail in _taken(connected)), key=lambda rule: rule.rank)
    return [_fields(rule, currency) for rule in known]


def _taken(connected: Collection[str]) -> list[str]:
    """The rails that can be taken: those of the connected providers, and all that need none."""
    return [rail for rail in RAILS if rail in connected or not RAIL_KINDS[rail].has_provider]


def _fields(rule: RailRule, currency: str) -> dict[str, Any]:
    amounts = {name: decimal_text(getattr(rule, f"{name}_minor") or None, currency) for name in LIMITS}
    fee = decimal_text(rule.fee_bp or None, "EUR")
    return {"rail": rule.rail, "is_on": rule.is_on, "rank": str(rule.rank), "fee": fee, **amounts}


async def _page(
    request: Request, actor: Actor, template: str, status: int = 200, more: Any = None, **shown: Any
) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    said = await program.db.read(_said, brand_id)
    rails = await program.db.read(_rails, brand_id, program.rails.names(brand_id))
    return await show(
        request,
        actor,
        template,
        status,
        more,
        may_change=actor.may(Permission.SALES_REFUND, brand_id=brand_id),
        usual_days=program.settings.return_days,
        said={**said, **shown.get("typed", {})},
        rails=rails,
        one=next((one | shown.get("typed", {}) for one in rails if one["rail"] == shown.get("rail")), None),
        problem=shown.get("problem"),
        takes_orders="deposit" in said,
        wrong=shown.get("wrong", {}),
    )


async def _kept(request: Request, actor: Actor, template: str, **shown: Any) -> Response:
    return await _page(request, actor, template, more=say(request, "office-rules_kept"), **shown)


async def _reading(request: Request, actor: Actor, typed: dict[str, str]) -> Read:
    desk = await program_of(request).db.read(desk_of, brand_of(actor), actor.id)
    return Read(typed, desk.brand.currency, desk.zone)


@router.get("/rules")
async def rules_page(request: Request, actor: SalesReader) -> Response:
    """All rules, each in a form of its own."""
    return await _page(request, actor, "rules.html")


@router.post("/rules/approvals")
async def set_approvals(
    request: Request,
    actor: ReturnsApprover,
    return_from: Typed = "",
    no_receipt_from: Typed = "",
    give_up_from: Typed = "",
) -> Response:
    """From what amount on a manager is asked."""
    typed = {"return_from": return_from, "no_receipt_from": no_receipt_from, "give_up_from": give_up_from}
    read = await _reading(request, actor, typed)
    said = {f"{name}_minor": read.money(name, is_needed=False) for name in APPROVALS}
    if read.wrong:
        return await _page(request, actor, "rules_approvals.html", 422, typed=typed, wrong=read.wrong)
    rule = ApprovalRule(brand_of(actor), **said)
    await change(request, actor, "office.set_approval_policy", rule.brand_id, state_approvals, rule, **said)
    return await _kept(request, actor, "rules_approvals.html")


@router.post("/rules/returns")
async def set_returns(request: Request, actor: ReturnsApprover, days: Typed = "") -> Response:
    """How long goods are taken back; left empty, as the installation says."""
    read = await _reading(request, actor, {"days": days})
    own = read.whole("days", 0, RETURN_DAYS_LIMIT, is_needed=False)
    if read.wrong:
        return await _page(request, actor, "rules_returns.html", 422, typed=read.typed, wrong=read.wrong)
    command = SetReturnDays(brand_of(actor), own, program_of(request).clock.now())
    await change(
        request, actor, "office.set_return_policy", command.brand_id, set_return_days, command, days=own
    )
    return await _kept(request, actor, "rules_returns.html")


@router.post("/rules/orders")
async def set_orders(
    request: Request,
    actor: ReturnsApprover,
    deposit: Typed = "",
    minimum: Typed = "",
    hold_days: Annotated[str, Form(max_length=4)] = "",
    delivery_hours: Annotated[str, Form(max_length=4)] = "",
) -> Response:
    """The deposit of an order for pickup, how long it keeps the goods, and whether orders are delivered."""
    typed = {"deposit": deposit, "minimum": minimum, "hold_days": hold_days, "delivery_hours": delivery_hours}
    read = await _reading(request, actor, typed)
    part = read.basis_points("deposit", 0, is_needed=False) or 0
    least = read.money("minimum", is_needed=False) or 0
    days = read.whole("hold_days", 1, HOLD_DAYS_LIMIT)
    hours = read.whole("delivery_hours", 1, DELIVERY_HOURS_LIMIT, is_needed=False)
    if not read.wrong and not part + least:
        read.wrong["deposit"] = "office-rules_no_deposit"
    if read.wrong or days is None:
        return await _page(request, actor, "rules_orders.html", 422, typed=read.typed, wrong=read.wrong)
    rule = OrderRule(brand_of(actor), part, least, days, hours)
    facts = {"deposit_bp": part, "minimum_minor": least, "hold_days": days, "delivery_hours": hours}
    await change(request, actor, "office.set_order_policy", rule.brand_id, set_order_rule, rule, **facts)
    return await _kept(request, actor, "rules_orders.html")


@router.post("/rules/points")
async def set_points(request: Request, actor: RailsWriter, points: Typed = "", worth: Typed = "") -> Response:
    """What so many points pay; both left empty: they pay nothing. Whether paying by points earns some stays."""
    program, brand_id = program_of(request), brand_of(actor)
    read = await _reading(request, actor, {"points": points, "worth": worth})
    is_said = bool(points.strip() or worth.strip())
    count = read.whole("points", 1, POINTS_LIMIT, is_needed=is_said)
    minor = read.money("worth", is_needed=is_said)
    if is_said and minor is not None and not 0 < minor <= POINTS_LIMIT:
        read.wrong["worth"] = "office-more_wrong_money"
    if read.wrong:
        return await _page(request, actor, "rules_points.html", 422, typed=read.typed, wrong=read.wrong)
    before = await program.db.read(points_rule_of, brand_id)
    earns = before is not None and before.earns_on_points
    rule = None if count is None or minor is None else PointsRule(count, minor, earns)
    facts = {} if rule is None else {"points": [{"points": count, "worth_minor": minor}]}
    command = SetPointsRule(brand_id, rule, program.clock.now())
    await change(request, actor, "office.state_rails", brand_id, set_points_rule, command, **facts)
    program.rail_rules.forget()
    return await _kept(request, actor, "rules_points.html")


@router.post("/rules/rails/{rail}")
async def set_rail(
    request: Request, actor: RailsWriter, rail: Annotated[str, Path(max_length=20)]
) -> Response:
    """Whether a way to pay is taken, from and to what amount, and what it costs."""
    program, brand_id = program_of(request), brand_of(actor)
    if rail not in _taken(program.rails.names(brand_id)):
        raise REQUEST_NOT_FOUND()
    async with request.form(max_files=0, max_fields=10) as form:
        typed = {name: str(form.get(name, ""))[:20] for name in (*LIMITS, "fee", "rank")}
        is_on = form.get("is_on") == "true"
    read = await _reading(request, actor, typed)
    said: dict[str, Any] = {f"{name}_minor": read.money(name, is_needed=False) for name in LIMITS}
    said["fee_fixed_minor"] = said["fee_fixed_minor"] or 0
    said["fee_bp"] = read.basis_points("fee", 0, is_needed=False) or 0
    said["rank"] = read.whole("rank", 0, RANK_LIMIT, is_needed=False) or 0
    said["is_on"] = is_on
    shown = {"rail": rail, "typed": {**typed, "is_on": is_on}}
    if read.wrong:
        return await _page(request, actor, "rules_rail.html", 422, wrong=read.wrong, **shown)
    command = StateRail(brand_id, rail, said, program.clock.now())
    try:
        facts = {"rails": [{"rail": rail, **said}]}
        await change(request, actor, "office.state_rails", brand_id, state_rail, command, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _page(request, actor, "rules_rail.html", refusal.status, problem=problem, **shown)
    program.rail_rules.forget()
    return await _kept(request, actor, "rules_rail.html", rail=rail)
