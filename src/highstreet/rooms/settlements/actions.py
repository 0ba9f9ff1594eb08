"""Writes of settlements."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Text, select, update

from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.settlements.errors import ALREADY_PAID, NOT_NEXT, NOT_OPEN
from highstreet.rooms.settlements.events import PaymentEnded, PaymentsOpened, StatementsMade
from highstreet.rooms.settlements.model import (
    Payment,
    PaymentState,
    Settlement,
    SettlementState,
    Statement,
    claim_document,
)
from highstreet.rooms.settlements.tables import payment, settlement, statement

_s = settlement.c
_SETTLEMENT, _PAYMENT = (tuple(f.name for f in fields(one)) for one in (Settlement, Payment))
_NUMBERED = {"brand_id": Text, "id": Text}
_PROGRESS = Change(
    {**_NUMBERED, "read_until": Instant},
    lambda v: (
        update(settlement)
        .where(_s.brand_id == v.brand_id, _s.id == v.id, _s.state == "making", _s.read_until < v.read_until)
        .values(read_until=v.read_until)
    ),
)
_MADE = Change(
    {**_NUMBERED, "made_at": Instant, "read_until": Instant},
    lambda v: (
        update(settlement)
        .where(_s.brand_id == v.brand_id, _s.id == v.id, _s.state == "making")
        .values(state="made", made_at=v.made_at, read_until=v.read_until)
    ),
)
_ENDED = Change(
    {**_NUMBERED, "state": Text, "ended_at": Instant, "bank_ref": Text},
    lambda v: (
        update(payment)
        .where(payment.c.brand_id == v.brand_id, payment.c.id == v.id, payment.c.state == "open")
        .values(state=v.state, ended_at=v.ended_at, bank_ref=v.bank_ref)
    ),
)
_PAYS = Change(
    {**_NUMBERED, "payments_at": Instant},
    lambda v: (
        update(settlement)
        .where(_s.brand_id == v.brand_id, _s.id == v.id, _s.state == "made", _s.payments_at.is_(None))
        .values(payments_at=v.payments_at)
    ),
)


def begin_settlement(tx: Tx, begun: Settlement) -> None:
    """Write down that a time is being settled: the one after the last, without gap or overlap.

    One that differed is begun anew. Errors: Refusal settlements.not_next.
    """
    last = tx.first(
        select(_s.id, _s.no, _s.since, _s.until, _s.last_day, _s.state)
        .where(_s.brand_id == begun.brand_id)
        .order_by(_s.no.desc())
        .limit(1)
    )
    if last is not None and last.state == SettlementState.DIFFERS and last.since == begun.since:
        again = {"state": SettlementState.MAKING, "differs": None}
        tx.run(
            update(settlement)
            .where(_s.brand_id == begun.brand_id, _s.id == last.id, _s.state == SettlementState.DIFFERS)
            .values(
                **again,
                id=begun.id,
                asked_at=begun.asked_at,
                read_until=begun.since,
                until=begun.until,
                last_day=begun.last_day,
            )
        )
        return
    if last is not None and (last.state != SettlementState.MADE or last.until != begun.since):
        raise NOT_NEXT(last_day=last.last_day)
    row = {name: getattr(begun, name) for name in _SETTLEMENT}
    row["no"] = 1 if last is None else last.no + 1
    if tx.insert_many(settlement, [row], ignore_existing=True) != 1:
        raise NOT_NEXT(last_day=begun.last_day)


def tell_progress(tx: Tx, done: Settlement) -> None:
    """How far it is added up; it only grows."""
    tx.change(_PROGRESS, [{"brand_id": done.brand_id, "id": done.id, "read_until": done.read_until}])


@dataclass(frozen=True, slots=True)
class MadeStatements:
    """All statements of a settlement."""

    settlement: Settlement
    statements: Sequence[Statement]


def keep_statements(tx: Tx, command: MadeStatements) -> bool:
    """Keep the statements of a settlement; False where somebody else made it meanwhile, or it is no longer wanted."""
    made = command.settlement
    key = {"brand_id": made.brand_id, "id": made.id}
    if not tx.change(_MADE, [key | {"made_at": made.made_at, "read_until": made.until}]):
        return False
    tx.insert_many(statement, [_statement_row(one) for one in command.statements])
    assert made.made_at is not None
    tx.announce(
        StatementsMade(
            brand_id=made.brand_id,
            at=made.made_at,
            settlement_id=made.id,
            first_day=made.first_day,
            last_day=made.last_day,
        )
    )
    return True


def keep_differences(tx: Tx, seen: Settlement) -> None:
    """Say where lines and ledger differ; nobody gets a statement."""
    tx.run(
        update(settlement)
        .where(_s.brand_id == seen.brand_id, _s.id == seen.id, _s.state == SettlementState.MAKING)
        .values(state=SettlementState.DIFFERS, differs=seen.differs, read_until=seen.until)
    )


@dataclass(frozen=True, slots=True)
class OpenPayments:
    """All payments of a settlement."""

    brand_id: str
    settlement_id: str
    payments: tuple[Payment, ...]
    at: datetime


def begin_payments(tx: Tx, of: Settlement, at: datetime) -> None:
    """Of all who open a settlement's payments, the first. Errors: Refusal settlements.already_paid."""
    if not tx.change(_PAYS, [{"brand_id": of.brand_id, "id": of.id, "payments_at": at}]):
        raise ALREADY_PAID()


def open_payments(tx: Tx, command: OpenPayments) -> None:
    """Write them, after `begin_payments`."""
    rows = [_payment_row(one) for one in command.payments]
    tx.insert_many(payment, rows)
    tx.announce(
        PaymentsOpened(
            brand_id=command.brand_id,
            at=command.at,
            settlement_id=command.settlement_id,
            payments=len(rows),
        )
    )


def end_payment(tx: Tx, ended: Payment) -> None:
    """An open payment was made, or came back. Errors: Refusal settlements.not_open."""
    row = {
        "brand_id": ended.brand_id,
        "id": ended.id,
        "state": ended.state,
        "ended_at": ended.ended_at,
        "bank_ref": ended.bank_ref,
    }
    if not tx.change(_ENDED, [row]):
        raise NOT_OPEN()
    if ended.ended_at is not None:
        tx.announce(
            PaymentEnded(
                brand_id=ended.brand_id,
                at=ended.ended_at,
                payment_id=ended.id,
                payer_id=ended.payer_id,
                payee_id=ended.payee_id,
                state=ended.state,
            )
        )


def _statement_row(one: Statement) -> dict[str, Any]:
    return {
        "brand_id": one.brand_id,
        "settlement_id": one.settlement_id,
        "party_id": one.party_id,
        "totals": [asdict(total) for total in one.totals],
        "balances": [asdict(balance) for balance in one.balances],
    }


def _payment_row(one: Payment) -> dict[str, Any]:
    row = {name: getattr(one, name) for name in _PAYMENT}
    return row | {"parts": [claim_document(part) for part in one.parts], "state": PaymentState(one.state)}
