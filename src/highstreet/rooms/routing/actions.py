"""Writes of routing: rules by version, and decisions with their facts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from highstreet.kernel.tx import Tx
from highstreet.rooms.routing.errors import DECIDED_MEANWHILE, RULES_CHANGED
from highstreet.rooms.routing.model import (
    Decision,
    Facts,
    KeptRules,
    Routed,
    RouteRules,
    facts_document,
    parse_rules,
    routed_document,
)
from highstreet.rooms.routing.queries import rules_in_force
from highstreet.rooms.routing.tables import route_decision, route_facts, route_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRouteRules:
    """Rules that somebody made from version `based_on`, which they saw."""

    brand_id: str
    based_on: int
    rules: RouteRules
    note: str
    by_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDecision:
    """A choice, what it was made from, and by which rules."""

    facts: Facts
    rules_version: int
    routed: Routed
    at: datetime


@dataclass(frozen=True, slots=True)
class ForgetFacts:
    """A brand's facts before a moment, or of one order."""

    brand_id: str
    before: datetime | None = None
    order_id: str | None = None


def set_route_rules(tx: Tx, command: SetRouteRules) -> KeptRules:
    """Write the next version, in force from now on.

    Errors: Refusal routing.rules_malformed (field); routing.rules_changed (version) when somebody else was faster.
    """
    document = command.rules.as_document()
    rules = parse_rules(document)
    newest = rules_in_force(tx, command.brand_id).version
    row = {
        "brand_id": command.brand_id,
        "version": command.based_on + 1,
        "rules": document,
        "note": command.note,
        "by_id": command.by_id,
        "at": command.at,
    }
    if newest != command.based_on or tx.insert_many(route_rules, [row], ignore_existing=True) != 1:
        raise RULES_CHANGED(version=newest)
    return KeptRules(
        brand_id=command.brand_id,
        version=command.based_on + 1,
        rules=rules,
        note=command.note,
        by_id=command.by_id,
        at=command.at,
    )


def keep_decision(tx: Tx, command: KeepDecision) -> Decision:
    """Write a decision as the order's next one. Errors: Refusal routing.decided_meanwhile."""
    order, d = command.facts.order, route_decision.c
    newest = select(func.coalesce(func.max(d.no), 0))
    no = int(tx.value(newest.where(d.brand_id == order.brand_id, d.order_id == order.id))) + 1
    key = {"brand_id": order.brand_id, "order_id": order.id, "no": no}
    row = {
        **key,
        "channel": order.channel,
        "rules_version": command.rules_version,
        "cost_minor": command.routed.cost.total,
        "routed": routed_document(command.routed),
        "at": command.at,
    }
    if tx.insert_many(route_decision, [row], ignore_existing=True) != 1:
        raise DECIDED_MEANWHILE()
    tx.insert_many(route_facts, [{**key, "facts": facts_document(command.facts), "at": command.at}])
    return Decision(
        brand_id=order.brand_id,
        order_id=order.id,
        no=no,
        channel=order.channel,
        rules_version=command.rules_version,
        routed=command.routed,
        at=command.at,
    )


def forget_facts(tx: Tx, command: ForgetFacts) -> int:
    """Take facts away; the decisions stay. How many is what comes back.

    Errors: ValueError when neither a moment nor an order is given: nobody means all.
    """
    f = route_facts.c
    statement = delete(route_facts).where(f.brand_id == command.brand_id)
    if command.before is None and command.order_id is None:
        raise ValueError("forget before when, or of which order?")
    if command.before is not None:
        statement = statement.where(f.at < command.before)
    if command.order_id is not None:
        statement = statement.where(f.order_id == command.order_id)
    return tx.run(statement).rowcount
