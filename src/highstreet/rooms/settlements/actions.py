"""Writes of settlements."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Text, select, update

from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.settlements.errors import NOT_NEXT
from highstreet.rooms.settlements.events import StatementsMade
from highstreet.rooms.settlements.model import (
    Settlement,
    SettlementState,
    Statement,
)
from highstreet.rooms.settlements.tables import settlement, statement

_s = settlement.c
_SETTLEMENT = tuple(f.name for f in fields(Settlement))
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


def _statement_row(one: Statement) -> dict[str, Any]:
    return {
        "brand_id": one.brand_id,
        "settlement_id": one.settlement_id,
        "party_id": one.party_id,
        "totals": [asdict(total) for total in one.totals],
        "balances": [asdict(balance) for balance in one.balances],
    }
