"""What a brand says about its rails, and how much of a day's limit its members have used."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, delete, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.tenders.events import RailsStated
from highstreet.rooms.tenders.queries import day_use, rules_of_brand
from highstreet.rooms.tenders.rails.rules import RailRule, check_rules, over_day
from highstreet.rooms.tenders.tables import rail_day, rail_day_use, rail_off, rail_rule


@dataclass(frozen=True, slots=True)
class StateRails:
    """All that a brand says about its rails, in place of what it said before. `off`: (rail, place id)."""

    brand_id: str
    rules: Sequence[RailRule]
    off: Sequence[tuple[str, str]]
    at: datetime


def state_rails(tx: Tx, command: StateRails) -> None:
    """From now on. Errors: Refusal tenders.rules_malformed."""
    check_rules(command.rules)
    brand_id = command.brand_id
    tx.run(delete(rail_rule).where(rail_rule.c.brand_id == brand_id))
    tx.run(delete(rail_off).where(rail_off.c.brand_id == brand_id))
    tx.insert_many(rail_rule, [{"brand_id": brand_id, **asdict(rule)} for rule in command.rules])
    tx.insert_many(
        rail_off,
        [
            {"brand_id": brand_id, "rail": rail, "place_id": place_id}
            for rail, place_id in sorted(set(command.off))
        ],
    )
    tx.announce(RailsStated(at=command.at, brand_id=brand_id))


@dataclass(frozen=True, slots=True)
class StateRail:
    """What a brand says about one rail: these fields of its rule; the others stay as they are."""

    brand_id: str
    rail: str
    said: Mapping[str, Any]
    at: datetime


def state_rail(tx: Tx, command: StateRail) -> None:
    """From now on. Errors: Refusal tenders.rules_malformed."""
    brand_id = command.brand_id
    rule = replace(rules_of_brand(tx, brand_id).of(command.rail), **command.said)
    check_rules([rule])
    tx.run(delete(rail_rule).where(rail_rule.c.brand_id == brand_id, rail_rule.c.rail == command.rail))
    tx.insert_many(rail_rule, [{"brand_id": brand_id, **asdict(rule)}])
    tx.announce(RailsStated(at=command.at, brand_id=brand_id))


@dataclass(frozen=True, slots=True)
class UseOfDay:
    """A member's payment that counts towards a limit of the day. `limits`: (name, minor units)."""

    brand_id: str
    tender_id: str
    member_id: str
    rail: str
    day: str
    amount_minor: int
    limits: tuple[tuple[str, int], ...]


_KEY = {"brand_id": Text, "member_id": Text, "rail": Text, "limit_kind": Text, "day": Text}
_d = rail_day.c
USE_DAY = Change(
    {**_KEY, "amount": BigInteger, "most": BigInteger},
    lambda v: (
        update(rail_day)
        .where(_d.brand_id == v.brand_id, _d.member_id == v.member_id, _d.rail == v.rail)
        .where(_d.limit_kind == v.limit_kind, _d.day == v.day, _d.used_minor + v.amount <= v.most)
        .values(used_minor=_d.used_minor + v.amount)
    ),
)
FREE_DAY = Change(
    {**_KEY, "amount": BigInteger},
    lambda v: (
        update(rail_day)
        .where(_d.brand_id == v.brand_id, _d.member_id == v.member_id, _d.rail == v.rail)
        .where(_d.limit_kind == v.limit_kind, _d.day == v.day)
        .values(used_minor=_d.used_minor - v.amount)
    ),
)


def use_days(tx: Tx, uses: Sequence[UseOfDay]) -> None:
    """Count payments towards their limits. Errors: Refusal tenders.over_limit, which says what is left."""
    for use in sorted(uses, key=lambda use: (use.brand_id, use.member_id, use.rail)):
        for limit, most in use.limits:
            key = {
                "brand_id": use.brand_id,
                "member_id": use.member_id,
                "rail": use.rail,
                "limit_kind": limit,
                "day": use.day,
            }
            tx.insert_many(rail_day, [{**key, "used_minor": 0}], ignore_existing=True)
            if tx.change(USE_DAY, [{**key, "amount": use.amount_minor, "most": most}]) != 1:
                used = day_use(tx, use.brand_id, use.member_id, use.day).get((use.rail, limit), 0)
                raise over_day(use.rail, limit, most, used)
            tx.insert_many(
                rail_day_use, [{**key, "tender_id": use.tender_id, "amount_minor": use.amount_minor}]
            )


def free_days(tx: Tx, brand_id: str, tender_ids: Sequence[str]) -> None:
    """Payments that came to nothing do not count. A refund gives nothing back of a day."""
    if not tender_ids:
        return
    u = rail_day_use.c
    freed = tx.run(
        delete(rail_day_use)
        .where(u.brand_id == brand_id, u.tender_id.in_(tender_ids))
        .returning(rail_day_use)
    ).all()
    amounts: dict[tuple[str, ...], int] = defaultdict(int)
    for row in freed:
        amounts[row.brand_id, row.member_id, row.rail, row.limit_kind, row.day] += row.amount_minor
    tx.change(
        FREE_DAY,
        [dict(zip(_KEY, key, strict=True), amount=amount) for key, amount in sorted(amounts.items())],
    )
