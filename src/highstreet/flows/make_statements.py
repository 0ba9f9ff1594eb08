"""A period is settled: every party's statement, in one pass over all share lines, held against the ledger (P2, M1)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows import lists
from highstreet.flows.pay_parties import EARNED, FAR, paid_between
from highstreet.kernel import jobs
from highstreet.kernel.db import Database
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.ledger import Balance, balances, moved_between
from highstreet.rooms.settlements import (
    NOT_OVER,
    Held,
    MadeStatements,
    Settlement,
    SettlementState,
    Statement,
    StatementBalance,
    Total,
    begin_settlement,
    differences,
    keep_differences,
    keep_statements,
    settlement_by_id,
    settlements_of,
    statements_of,
    tell_progress,
)

STATEMENTS_JOB = "settlements.make_statements"
SLICE = timedelta(days=1)
PASSES = 3
"""A sale may come in while we add up: only what differs each time differs."""

_Key = tuple[str, str, str, str]  # party, role, collector, currency


@dataclass(slots=True)
class Sums:
    """What share lines of sales and of returns add up to."""

    sold: Counter[_Key] = field(default_factory=Counter)
    returned: Counter[_Key] = field(default_factory=Counter)
    lines: Counter[_Key] = field(default_factory=Counter)
    returned_lines: Counter[_Key] = field(default_factory=Counter)

    def held(self) -> dict[Held, int]:
        """By party, collector and currency: what the ledger has to say too."""
        found: Counter[Held] = Counter()
        for sign, minor in ((1, self.sold), (-1, self.returned)):
            for (party_id, _, collector, currency), amount in minor.items():
                found[party_id, collector, currency] += sign * amount
        return found


def ask_for_statements(tx: Tx, asked: Settlement) -> None:
    """Begin to settle a time that is over; a job makes the statements.

    Errors: Refusal settlements.not_over, settlements.not_next.
    """
    if asked.until > asked.asked_at:
        raise NOT_OVER(last_day=asked.last_day)
    begin_settlement(tx, asked)
    jobs.enqueue(
        tx,
        STATEMENTS_JOB,
        {"brand_id": asked.brand_id, "settlement_id": asked.id},
        run_at=asked.asked_at,
        now=asked.asked_at,
        once_key=f"{STATEMENTS_JOB}:{asked.id}",
    )


async def make_statements(db: Database, payload: dict[str, Any], now: datetime) -> None:
    """Job: make and keep the statements of a settlement. Run twice, the second finds it done."""
    settlement = await db.read(settlement_by_id, payload["brand_id"], payload["settlement_id"])
    if settlement is None or settlement.state is not SettlementState.MAKING:
        return
    for _ in range(PASSES):
        sums = await _add_up(db, settlement)
        moved = await db.read(_moved, settlement)
        done = replace(settlement, made_at=now, differs=differences(sums.held(), moved.earned))
        if not done.differs:
            await db.write(keep_statements, MadeStatements(done, _statements(done, sums, moved)))
            return
    await db.write(keep_differences, done)


async def _add_up(db: Database, settlement: Settlement) -> Sums:
    sums, since = Sums(), settlement.since
    while since < settlement.until:
        until = min(since + SLICE, settlement.until)
        await db.read(_add_slice, sums, settlement.brand_id, since, until)
        await db.write(tell_progress, replace(settlement, read_until=until))
        since = until
    return sums


def _add_slice(reader: Reader, sums: Sums, brand_id: str, since: datetime, until: datetime) -> None:
    sold = lists.sums_of_sales(reader, brand_id, since, until)
    back = lists.sums_of_returns(reader, brand_id, since, until)
    for found, minor, lines in ((sold, sums.sold, sums.lines), (back, sums.returned, sums.returned_lines)):
        for one in found:
            key = one[:4]
            minor[key] += one.amount_minor
            lines[key] += one.lines


@dataclass(frozen=True, slots=True)
class _Moved:
    """Of one moment: what each party earned in the time, what it was paid, what was held at the end, what it was told."""

    earned: dict[Held, int]
    paid: dict[Held, int]
    after: dict[Held, int]
    told_before: dict[Held, int] | None


def _moved(reader: Reader, settlement: Settlement) -> _Moved:
    brand_id, since, until = settlement.brand_id, settlement.since, settlement.until
    kept = _held(balances(reader, brand_id, kind=EARNED))
    later = _held(moved_between(reader, brand_id, EARNED, until, FAR))
    paid = paid_between(reader, brand_id, since, until)
    moved = _held(moved_between(reader, brand_id, EARNED, since, until))
    return _Moved(
        earned={key: amount + paid.get(key, 0) for key, amount in moved.items()},
        paid=paid,
        after={key: amount - later.get(key, 0) for key, amount in kept.items()},
        told_before=_before(reader, settlement),
    )


def _before(reader: Reader, settlement: Settlement) -> dict[Held, int] | None:
    """What the statements of the period before said in the end; None: there was none."""
    before = [one for one in settlements_of(reader, settlement.brand_id) if one.until == settlement.since]
    if not before:
        return None
    return {
        (statement.party_id, one.collector_party_id, one.currency): one.after_minor
        for statement in statements_of(reader, settlement.brand_id, before[0].id)
        for one in statement.balances
    }


def _held(found: Iterable[Balance]) -> dict[Held, int]:
    return {(one.owner_id, one.counterparty_id, one.currency): one.amount_minor for one in found}


def _statements(settlement: Settlement, sums: Sums, moved: _Moved) -> list[Statement]:
    totals: dict[str, list[Total]] = {}
    for key in sorted(sums.lines.keys() | sums.returned_lines.keys()):
        counts = (sums.lines[key], sums.sold[key], sums.returned_lines[key], sums.returned[key])
        totals.setdefault(key[0], []).append(Total(*key[1:], *counts))
    found: dict[str, list[StatementBalance]] = {}
    for held, after in sorted(moved.after.items()):
        party_id, collector, currency = held
        earned = moved.earned.get(held, 0)
        paid = moved.paid.get(held, 0)
        was = after - earned + paid
        before = was if moved.told_before is None else moved.told_before.get(held, 0)
        if any((before, was, earned, paid, after)):
            balance = StatementBalance(collector, currency, before, was - before, earned, paid, after)
            found.setdefault(party_id, []).append(balance)
    return [
        Statement(
            settlement.brand_id,
            settlement.id,
            party_id,
            tuple(totals.get(party_id, ())),
            tuple(found.get(party_id, ())),
        )
        for party_id in sorted(totals.keys() | found.keys())
    ]
