"""What is kept is what the rows add up to: balances of accounts, paid sales by the hour; on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Reader
from highstreet.rooms.ledger import (
    AccountKey,
    Posting,
    Transfer,
    balances,
    post_transfers,
    summed_balances,
)
from highstreet.rooms.sales import (
    HourTotal,
    ReturnLine,
    Sale,
    SaleLine,
    SaleRef,
    SaleReturn,
    import_history,
    mark_paid,
    open_sales,
    record_return,
    totals_by_hour,
    totals_by_register,
)
from highstreet.rooms.sales.tables import sale, sale_hour
from tests.seeds import Seed

NINE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


# Balances ---------------------------------------------------------------------------------------------


def test_a_balance_is_what_its_transfers_add_up_to(db: Database) -> None:
    cash, sales, earned = (AccountKey("brd", "pty", kind, "EUR") for kind in ("cash", "sales", "earned"))
    for n, amount in enumerate((1000, 5, 1), start=1):
        moves = (Transfer(cash, sales, amount, "tender"), Transfer(sales, earned, amount, "share"))
        same_again = Posting("brd", f"s{n}b", NINE, (Transfer(cash, sales, 7, "tender"),))
        db.write_now(post_transfers, [Posting("brd", f"s{n}", NINE, moves), same_again])
    kept = {b.kind: b.amount_minor for b in db.read_now(balances, "brd")}
    assert kept == {"cash": -1027, "sales": 21, "earned": 1006}
    summed = db.read_now(summed_balances, "brd")
    assert {b.account_id: b.amount_minor for b in db.read_now(balances, "brd")} == summed
    assert db.read_now(summed_balances, "brd_2") == {}


def test_a_posting_that_fails_leaves_the_balance(db: Database) -> None:
    cash, sales = (AccountKey("brd", "pty", kind, "EUR") for kind in ("cash", "sales"))
    posting = Posting("brd", "s1", NINE, (Transfer(cash, sales, 10, "tender"),))
    db.write_now(post_transfers, [posting])
    with pytest.raises(Refusal, match=r"request\.conflict"):
        db.write_now(post_transfers, [posting])
    assert [b.amount_minor for b in db.read_now(balances, "brd")] == [10, -10]


# Hours ------------------------------------------------------------------------------------------------


def sale_of(seed: Seed, at: datetime, total: int, *, register: str | None, state: str = "paid") -> Sale:
    line = SaleLine(1, seed.variants[0], None, "A", "A", seed.dealer, 1, total + 10, 10, total)
    return Sale(
        brand_id=seed.brand_id,
        id=new_id("sal"),
        place_id=seed.place_id,
        register_id=register,
        member_id=seed.member_id if total % 2 else None,
        person_id=None,
        origin="register",
        currency="EUR",
        list_minor=total + 10,
        discount_minor=10,
        total_minor=total,
        proof={},
        business_day="2026-11-20",
        opened_at=at,
        lines=(line,),
        state=state,
        paid_at=at if state == "paid" else None,
    )


def kept_and_summed(reader: Reader) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    h, s = sale_hour.c, sale.c
    sums = (func.sum(c) for c in (s.total_minor, s.discount_minor, s.returned_minor))
    rows = select(s.place_id, func.coalesce(s.register_id, ""), func.count(), func.count(s.member_id), *sums)
    rows = rows.where(s.state == "paid").group_by(s.place_id, s.register_id)
    columns = (h.sales, h.member_sales, h.total_minor, h.discount_minor, h.returned_minor)
    kept = select(h.place_id, h.register_id, *map(func.sum, columns)).group_by(h.place_id, h.register_id)
    return tuple([tuple(row) for row in reader.rows(q.order_by(q.selected_columns[1]))] for q in (kept, rows))  # type: ignore[return-value]


def test_hours_are_what_the_sales_add_up_to(db: Database, seed: Seed) -> None:
    here = seed.register_id
    times = (0, 0.5, 59.9, 60, 61, 180)
    sales = [sale_of(seed, NINE + minutes(n), 100 + i, register=here) for i, n in enumerate(times)]
    db.write_now(open_sales, sales[:4])
    db.write_now(open_sales, sales[4:])
    later = [sale_of(seed, NINE, n, register=here, state="open") for n in (5000, 17)]
    db.write_now(open_sales, later)
    db.write_now(mark_paid, [SaleRef(seed.brand_id, later[1].id, NINE + minutes(400))])
    history = [sale_of(seed, NINE, 30, register=None), sale_of(seed, NINE, 31, register=None)]
    db.write_now(import_history, [*history, history[0]])
    db.write_now(import_history, history)
    back = SaleReturn(
        seed.brand_id,
        new_id("rtn"),
        sales[2].id,
        seed.place_id,
        here,
        "EUR",
        102,
        "x",
        NINE + minutes(300),
        (ReturnLine(1, 1, 102),),
    )
    db.write_now(record_return, back)
    kept, summed = db.read_now(kept_and_summed)
    assert kept == summed
    assert kept == [(seed.place_id, "", 2, 1, 61, 20, 0), (seed.place_id, here, 7, 4, 632, 70, 102)]


def test_a_time_is_exact_at_both_of_its_edges(db: Database, seed: Seed) -> None:
    sales = [sale_of(seed, NINE + minutes(20 * n), 1 << n, register=seed.register_id) for n in range(12)]
    db.write_now(open_sales, sales)
    for first in range(12):
        for last in range(first, 12):
            since, until = NINE + minutes(20 * first), NINE + minutes(20 * last)
            expected = sum(1 << n for n in range(first, last))
            by_hour = db.read_now(totals_by_hour, seed.brand_id, since, until)
            assert sum(t.total_minor for t in by_hour) == expected
            by_register = db.read_now(totals_by_register, seed.brand_id, since, until)
            assert sum(t.total_minor for t in by_register) == expected
            assert [t.hour for t in by_hour] == sorted({t.hour for t in by_hour})
    whole = db.read_now(totals_by_hour, seed.brand_id, NINE + minutes(30), NINE + minutes(90))
    assert whole == [HourTotal(NINE, 1, 0, 4, 10, 0), HourTotal(NINE + minutes(60), 2, 0, 24, 20, 0)]
    assert db.read_now(totals_by_hour, seed.brand_id, NINE, NINE + minutes(60), "plc_x") == []
    assert db.read_now(totals_by_hour, "brd_x", NINE, NINE + minutes(60)) == []
