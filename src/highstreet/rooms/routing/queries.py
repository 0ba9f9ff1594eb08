"""Reads of rules and decisions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from highstreet.kernel.tx import Reader
from highstreet.rooms.routing.model import (
    DEFAULT_RULES,
    Decision,
    Facts,
    KeptRules,
    parse_rules,
    read_facts,
    read_routed,
)
from highstreet.rooms.routing.tables import route_decision, route_facts, route_rules

_r, _d, _f = route_rules.c, route_decision.c, route_facts.c


@dataclass(frozen=True, slots=True)
class PastOrders:
    """A brand's decisions since a moment whose facts are not forgotten, the newest first, at most so many."""

    brand_id: str
    since: datetime
    limit: int = 1_000


def rules_in_force(reader: Reader, brand_id: str) -> KeptRules:
    """The newest rules; version 0, as every brand begins, when none were set."""
    return next(iter(rules_history(reader, brand_id, limit=1)), None) or KeptRules(
        brand_id=brand_id, version=0, rules=DEFAULT_RULES
    )


def rules_history(reader: Reader, brand_id: str, limit: int = 100) -> list[KeptRules]:
    """What was set, the newest first."""
    query = select(route_rules).where(_r.brand_id == brand_id).order_by(_r.version.desc()).limit(limit)
    return [
        KeptRules(
            brand_id=row.brand_id,
            version=row.version,
            rules=parse_rules(row.rules),
            note=row.note,
            by_id=row.by_id,
            at=row.at,
        )
        for row in reader.rows(query)
    ]


def decisions_of(reader: Reader, brand_id: str, order_id: str) -> list[Decision]:
    """All that was decided about an order, in order."""
    query = select(route_decision).where(_d.brand_id == brand_id, _d.order_id == order_id).order_by(_d.no)
    return [_decision(row) for row in reader.rows(query)]


def newest_decisions(reader: Reader, brand_id: str, limit: int) -> list[Decision]:
    """The newest first."""
    query = (
        select(route_decision)
        .where(_d.brand_id == brand_id)
        .order_by(_d.at.desc(), _d.order_id, _d.no.desc())
        .limit(limit)
    )
    return [_decision(row) for row in reader.rows(query)]


def facts_of(reader: Reader, brand_id: str, order_id: str, no: int) -> Facts | None:
    """What a decision was made from; None when it is forgotten."""
    query = select(_f.facts).where(_f.brand_id == brand_id, _f.order_id == order_id, _f.no == no)
    document = reader.value(query)
    return None if document is None else read_facts(brand_id, order_id, document)


def past_orders(reader: Reader, ask: PastOrders) -> list[tuple[Decision, Facts]]:
    """Decisions with their facts, for trying other rules on them."""
    query = (
        select(route_decision, _f.facts)
        .join(route_facts, (_f.brand_id == _d.brand_id) & (_f.order_id == _d.order_id) & (_f.no == _d.no))
        .where(_d.brand_id == ask.brand_id, _d.at >= ask.since)
        .order_by(_d.at.desc(), _d.order_id, _d.no)
        .limit(ask.limit)
    )
    return [(_decision(row), read_facts(row.brand_id, row.order_id, row.facts)) for row in reader.rows(query)]


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        brand_id=row.brand_id,
        order_id=row.order_id,
        no=row.no,
        channel=row.channel,
        rules_version=row.rules_version,
        routed=read_routed(row.order_id, row.routed),
        at=row.at,
    )
