"""Reads of settlements."""

from typing import Any

from sqlalchemy import Row, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.settlements.model import (
    Settlement,
    SettlementState,
    Statement,
    StatementBalance,
    Total,
)
from highstreet.rooms.settlements.tables import settlement, statement

_SETTLEMENT = (
    *(settlement.c.brand_id, settlement.c.id, settlement.c.first_day, settlement.c.last_day),
    *(settlement.c.since, settlement.c.until, settlement.c.state, settlement.c.asked_at),
    *(settlement.c.made_at, settlement.c.read_until, settlement.c.differs),
)


def settlements_of(reader: Reader, brand_id: str, limit: int = 36) -> list[Settlement]:
    """The newest first."""
    query = select(*_SETTLEMENT).where(settlement.c.brand_id == brand_id)
    return [_settlement(row) for row in reader.rows(query.order_by(settlement.c.no.desc()).limit(limit))]


def settlement_by_id(reader: Reader, brand_id: str, settlement_id: str) -> Settlement | None:
    """One, or none."""
    query = select(*_SETTLEMENT).where(settlement.c.brand_id == brand_id, settlement.c.id == settlement_id)
    row = reader.first(query)
    return None if row is None else _settlement(row)


def statements_of(
    reader: Reader, brand_id: str, settlement_id: str, party_ids: frozenset[str] | None = None
) -> list[Statement]:
    """Of one settlement; of these parties only, where they are given."""
    s = statement.c
    query = (
        select(s.brand_id, s.settlement_id, s.party_id, s.totals, s.balances)
        .where(s.brand_id == brand_id, s.settlement_id == settlement_id)
        .order_by(s.party_id)
    )
    if party_ids is not None:
        query = query.where(s.party_id.in_(sorted(party_ids)))
    return [_statement(row) for row in reader.rows(query)]


def _settlement(row: Row[Any]) -> Settlement:
    told = dict(row._mapping)
    return Settlement(**told | {"state": SettlementState(told["state"])})


def _statement(row: Row[Any]) -> Statement:
    told = dict(row._mapping)
    totals = tuple(Total(**one) for one in told["totals"])
    return Statement(
        **told | {"totals": totals, "balances": tuple(StatementBalance(**one) for one in told["balances"])}
    )
