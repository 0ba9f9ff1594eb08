"""Which rails can take an amount at a register now, from this person: the facts for `tenders.pick`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.errors import MEMBER_UNKNOWN, NOTHING_DUE, REGISTER_UNKNOWN
from highstreet.flows.program import Program
from highstreet.flows.take_own_rails import trading_day
from highstreet.kernel.tx import Reader
from highstreet.rooms.members import MemberFacts, PointsRule, members_for, points_rule_of
from highstreet.rooms.parties import RegisterFacts, registers_for
from highstreet.rooms.sales import NOT_OPEN, SALE_UNKNOWN, Sale, sales_for
from highstreet.rooms.tenders import (
    RAIL_KINDS,
    RAILS,
    BrandRules,
    GiftCard,
    Picked,
    RailNow,
    day_use,
    pick,
)
from highstreet.rooms.tenders.rails.port import Rail


@dataclass(frozen=True, slots=True)
class AskRails:
    """What a register wants to take. `amount_minor` None: all that is due of the sale."""

    brand_id: str
    register_id: str
    amount_minor: int | None
    currency: str
    sale_id: str | None
    member_id: str | None
    card: GiftCard | None
    is_offline: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class _Facts:
    register: RegisterFacts
    sale: Sale | None
    member: MemberFacts | None
    points: PointsRule | None
    used: Mapping[tuple[str, str], int]


async def pick_rail(program: Program, ask: AskRails) -> tuple[int, Picked]:
    """The amount, and the rails for it, best first.

    Errors: Refusal sale.register_unknown, sales.sale_unknown, sales.not_open, sale.nothing_due, sale.member_unknown.
    """
    facts = await program.db.read(_facts, ask)
    rules = await program.rail_rules.of(program.db, ask.brand_id)
    due = 0 if facts.sale is None else facts.sale.total_minor - facts.sale.tendered_minor
    amount = due if ask.amount_minor is None else ask.amount_minor
    if amount <= 0:
        raise NOTHING_DUE()
    rails = [now for name in RAILS if (now := _rail_now(program, name, ask, facts, rules)) is not None]
    return amount, pick(amount, rails, is_held=facts.sale is not None)


def _facts(reader: Reader, ask: AskRails) -> _Facts:
    register_key = (ask.brand_id, ask.register_id)
    register = registers_for(reader, {register_key}).get(register_key)
    if register is None or not register.is_active:
        raise REGISTER_UNKNOWN()
    sale, member_id = None, ask.member_id
    if ask.sale_id is not None:
        sale = sales_for(reader, [(ask.brand_id, ask.sale_id)]).get((ask.brand_id, ask.sale_id))
        if sale is None or not sale.is_in_parts:
            raise SALE_UNKNOWN()
        if sale.state != "open":
            raise NOT_OPEN()
        member_id = sale.member_id
    member = None
    if member_id is not None:
        member = members_for(reader, {(ask.brand_id, member_id)}).get((ask.brand_id, member_id))
        if sale is None and (member is None or not member.is_served):
            raise MEMBER_UNKNOWN()
    day = trading_day(reader, ask.brand_id, register.place_id, ask.at)
    used = {} if member is None else day_use(reader, ask.brand_id, member.member_id, day)
    return _Facts(register, sale, member, points_rule_of(reader, ask.brand_id), used)


def _rail_now(program: Program, name: str, ask: AskRails, facts: _Facts, rules: BrandRules) -> RailNow | None:
    """None for a rail that the brand does not have at all."""
    kind, rule = RAIL_KINDS[name], rules.of(name)
    rail = program.rails.find(ask.brand_id, name) if kind.has_provider else None
    if (kind.has_provider and rail is None) or (name == "points" and facts.points is None):
        return None
    ways = tuple(sorted(rail.ways & {"code", "qr"})) if rail is not None else ()
    most: int | None = rule.max_minor
    limited_by = "payment_limit"
    if facts.member is not None:
        # The same for each way that a register can begin with, or the one that leaves most.
        lefts = [_left_of_day(rules, name, way, facts.used) for way in ways or (None,)]
        left = None if None in lefts else max(one for one in lefts if one is not None)
        if left is not None and (most is None or left < most):
            most, limited_by = left, "day_limit"
    promised, lacking = _promised(name, ask, facts)
    if promised is not None and (most is None or promised < most):
        most, limited_by = promised, lacking
    blocked_by = _blocked_by(program, name, ask, facts, rules, rail)
    if blocked_by is None and most is not None and most <= 0:
        blocked_by = limited_by
    return RailNow(
        rail=name,
        ways=ways,
        blocked_by=blocked_by,
        min_minor=max(1, rule.min_minor or 1),
        max_minor=most,
        limited_by=limited_by,
        fee_bp=rule.fee_bp,
        rank=rule.rank,
        is_later=not kind.has_provider and not kind.is_at_once,
    )


def _left_of_day(
    rules: BrandRules, name: str, way: str | None, used: Mapping[tuple[str, str], int]
) -> int | None:
    lefts = [most - used.get((name, limit), 0) for limit, most in rules.of(name).day_limits(way)]
    return max(0, min(lefts)) if lefts else None


def _promised(name: str, ask: AskRails, facts: _Facts) -> tuple[int | None, str]:
    """What is on the card, or what the points are worth; None for money."""
    if name == "gift_card" and ask.card is not None:
        return ask.card.left_at(ask.at), "card_too_little"
    if name == "points" and facts.points is not None and facts.member is not None:
        return facts.points.worth_of(facts.member.points_available), "points_too_few"
    return None, ""


def _blocked_by(
    program: Program, name: str, ask: AskRails, facts: _Facts, rules: BrandRules, rail: Rail | None
) -> str | None:
    kind = RAIL_KINDS[name]
    off = rules.why_off(name, facts.register.place_id)
    is_other_card = kind.currency == "card" and ask.card is not None and ask.card.currency != ask.currency
    takes = rail is None or rail.currencies is None or ask.currency in rail.currencies
    if off is not None:
        return off
    if ask.is_offline and not kind.works_offline:
        return "offline"
    if ask.currency != facts.register.currency or not takes or is_other_card:
        return "currency"
    if name == "gift_card" and ask.card is None:
        return "no_card"
    if kind.needs_member and facts.member is None:
        return "no_member"
    is_elsewhere = facts.sale is not None and facts.sale.place_id != facts.register.place_id
    if kind.is_at_place and is_elsewhere:
        return "off_here"
    return "provider_down" if rail is not None and program.rails.is_down(ask.brand_id, name, ask.at) else None
