"""A period is settled: every party's statement, in one pass over all share lines, held against the ledger (P2, M1)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from highstreet.flows import lists
from highstreet.flows.lists import AmountsOf, SharesPage
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
PAGE = 2_000
TELL_EVERY = 20_000
PASSES = 3
"""A sale may come in while we add up: only what differs each time differs."""
EARNED, PAID = "earned", "paid_out"
FAR = datetime(9000, 1, 1, tzinfo=UTC)

Query = Callable[[Reader, SharesPage], Sequence[AmountsOf]]
_Key = tuple[str, str, str, str]  # party, role, collector, currency


@dataclass(slots=True)
class Sums:
    """What share lines add up to, and the sales and returns in which each party had a part."""

    minor: Counter[_Key] = field(default_factory=Counter)
    lines: Counter[_Key] = field(default_factory=Counter)
    sales: Counter[str] = field(default_factory=Counter)
    returns: Counter[str] = field(default_factory=Counter)
    read: int = 0

    def add(self, found: Sequence[AmountsOf], counts: Counter[str], sign: int) -> None:
        """The share lines of some sales (`sign` 1) or returns (-1)."""
        minor, lines = self.minor, self.lines
        self.read += len(found)
        for one in found:
            collector, currency = one.collector_party_id, one.currency
            parties = set()
            for line in one.lines:
                for share in line["shares"]:
                    party_id = share["party_id"]
                    key = (party_id, share["role"], collector, currency)
                    minor[key] += sign * share["amount_minor"]
                    lines[key] += 1
                    parties.add(party_id)
            counts.update(parties)

    def held(self) -> dict[Held, int]:
        """By party, collector and currency: what the ledger has to say too."""
        found: Counter[Held] = Counter()
        for (party_id, _, collector, currency), amount in self.minor.items():
            found[party_id, collector, currency] += amount
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
        done = replace(
            settlement, made_at=now, read=sums.read, differs=differences(sums.held(), moved.earned)
        )
        if not done.differs:
            await db.write(keep_statements, MadeStatements(done, _statements(done, sums, moved)))
            return
    await db.write(keep_differences, done)


async def _add_up(db: Database, settlement: Settlement) -> Sums:
    sums, told = Sums(), 0
    kinds = ((lists.amounts_of_sales, sums.sales, 1), (lists.amounts_of_returns, sums.returns, -1))
    for query, counts, sign in kinds:
        page = SharesPage(settlement.brand_id, settlement.since, settlement.until, None, PAGE)
        while True:
            last = await db.read(_add_page, sums, query, page, counts, sign)
            if sums.read - told >= TELL_EVERY:
                told = sums.read
                await db.write(tell_progress, replace(settlement, read=told))
            if last is None:
                break
            page = replace(page, after=last)
    return sums


def _add_page(
    reader: Reader, sums: Sums, query: Query, page: SharesPage, counts: Counter[str], sign: int
) -> tuple[datetime, str] | None:
    found = query(reader, page)
    sums.add(found, counts, sign)
    return (found[-1].at, found[-1].ref_id) if len(found) == page.limit else None


@dataclass(frozen=True, slots=True)
class _Moved:
    """Of one moment: what each party earned and was paid in the time, and what was held for it at the end."""

    earned: dict[Held, int]
    paid: dict[Held, int]
    after: dict[Held, int]
    before_by_statement: dict[Held, int] | None


def _moved(reader: Reader, settlement: Settlement) -> _Moved:
    brand_id, since, until = settlement.brand_id, settlement.since, settlement.until
    kept = _held(balances(reader, brand_id, kind=EARNED))
    later = _held(moved_between(reader, brand_id, EARNED, until, FAR))
    within = _held(moved_between(reader, brand_id, EARNED, since, until))
    paid = {
        (one.counterparty_id, one.owner_id, one.currency): one.amount_minor
        for one in moved_between(reader, brand_id, PAID, since, until)
    }
    return _Moved(
        earned=_sum(within, paid),
        paid=paid,
        after=_sum(kept, {key: -amount for key, amount in later.items()}),
        before_by_statement=_before(reader, settlement),
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


def _sum(one: Mapping[Held, int], other: Mapping[Held, int]) -> dict[Held, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one.keys() | other.keys()}


def _statements(settlement: Settlement, sums: Sums, moved: _Moved) -> list[Statement]:
    totals: dict[str, list[Total]] = {}
    for (party_id, role, collector, currency), amount in sorted(sums.minor.items()):
        lines = sums.lines[party_id, role, collector, currency]
        totals.setdefault(party_id, []).append(Total(role, collector, currency, lines, amount))
    found: dict[str, list[StatementBalance]] = {}
    for key in sorted(moved.after.keys() | moved.earned.keys() | moved.paid.keys()):
        party_id, collector, currency = key
        after, earned, paid = (one.get(key, 0) for one in (moved.after, moved.earned, moved.paid))
        was = after + paid - earned
        before = was if moved.before_by_statement is None else moved.before_by_statement.get(key, 0)
        if any((before, was, earned, paid, after)):
            balance = StatementBalance(collector, currency, before, was - before, earned, paid, after)
            found.setdefault(party_id, []).append(balance)
    return [
        Statement(
            settlement.brand_id,
            settlement.id,
            party_id,
            sums.sales[party_id],
            sums.returns[party_id],
            tuple(totals.get(party_id, ())),
            tuple(found.get(party_id, ())),
        )
        for party_id in sorted(totals.keys() | found.keys())
    ]
