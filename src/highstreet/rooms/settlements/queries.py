"""Reads of settlements."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.settlements.model import (
    Payment,
    PaymentState,
    Settlement,
    SettlementState,
    Statement,
    StatementBalance,
    Total,
    claim_of,
)
from highstreet.rooms.settlements.tables import payment, settlement, statement

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


def payments_of(
    reader: Reader, brand_id: str, settlement_id: str, party_ids: frozenset[str] | None = None
) -> list[Payment]:
    """Of one settlement, the largest first; only those that one of these parties makes or gets."""
    p = payment.c
    query = select(payment).where(p.brand_id == brand_id, p.settlement_id == settlement_id)
    if party_ids is not None:
        own = sorted(party_ids)
        query = query.where(p.payer_id.in_(own) | p.payee_id.in_(own))
    return [_payment(row) for row in reader.rows(query.order_by(p.amount_minor.desc(), p.id))]


def payments_of_parties(
    reader: Reader, brand_id: str, party_ids: frozenset[str], limit: int = 100
) -> list[Payment]:
    """That one of these parties makes or gets, the newest first."""
    p, own = payment.c, sorted(party_ids)
    query = (
        select(payment)
        .where(p.brand_id == brand_id, p.payer_id.in_(own) | p.payee_id.in_(own))
        .order_by(p.at.desc(), p.id.desc())
    )
    return [_payment(row) for row in reader.rows(query.limit(limit))]


def payment_by_id(reader: Reader, brand_id: str, payment_id: str) -> Payment | None:
    """One, or none."""
    query = select(payment).where(payment.c.brand_id == brand_id, payment.c.id == payment_id)
    row = reader.first(query)
    return None if row is None else _payment(row)


def payments_named(reader: Reader, brand_id: str, payment_ids: Collection[str]) -> dict[str, Payment]:
    """Those of these ids that are payments."""
    p, wanted = payment.c, sorted(set(payment_ids))
    found: dict[str, Payment] = {}
    for start in range(0, len(wanted), 500):
        query = select(payment).where(p.brand_id == brand_id, p.id.in_(wanted[start : start + 500]))
        found |= {row.id: _payment(row) for row in reader.rows(query)}
    return found


def _settlement(row: Row[Any]) -> Settlement:
    told = dict(row._mapping)
    return Settlement(**told | {"state": SettlementState(told["state"])})


def _statement(row: Row[Any]) -> Statement:
    told = dict(row._mapping)
    totals = tuple(Total(**one) for one in told["totals"])
    return Statement(
        **told | {"totals": totals, "balances": tuple(StatementBalance(**one) for one in told["balances"])}
    )


def _payment(row: Row[Any]) -> Payment:
    told = dict(row._mapping)
    parts = tuple(claim_of(one, told["currency"]) for one in told["parts"])
    return Payment(**told | {"state": PaymentState(told["state"]), "parts": parts})
