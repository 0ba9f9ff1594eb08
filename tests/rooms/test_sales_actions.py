"""Sales on both databases: opened once, paid once, returned at most; history taken in once."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.outbox import read_events
from highstreet.rooms.sales import (
    AbandonSale,
    RegisterTotal,
    ReturnLine,
    Sale,
    SaleLine,
    SaleRef,
    SaleReturn,
    abandon_sale,
    import_history,
    mark_paid,
    open_sales,
    record_return,
    returns_of,
    sales_for,
    sales_of_brand,
    sales_of_person,
    totals_by_register,
)
from tests.seeds import NOW, Seed, seed_brand

LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def basket(seed: Seed) -> Sale:
    """Two lines, not written yet: 3 x 100 for 299, 1 x 4990."""
    lines = (
        SaleLine(1, seed.variants[2], seed.gtins[2], "Wax", "蜡", seed.dealer, 3, 100, 1, 299),
        SaleLine(2, seed.variants[1], None, "Shell", "冲锋衣", None, 1, 4990, 0, 4990),
    )
    return Sale(
        brand_id=seed.brand_id,
        id="s1",
        place_id=seed.place_id,
        register_id=seed.register_id,
        member_id=seed.member_id,
        person_id=seed.person_id,
        origin="register",
        currency="EUR",
        list_minor=5290,
        discount_minor=1,
        total_minor=5289,
        proof={"rules": [{"code": "p", "amount_minor": 1}]},
        business_day="2026-11-20",
        opened_at=NOW,
        lines=lines,
    )


def get(db: Database, sale: Sale) -> Sale:
    key = (sale.brand_id, sale.id)
    return db.read_now(sales_for, [key])[key]


def as_paid(sale: Sale, sale_id: str, **changes: Any) -> Sale:
    return replace(sale, id=sale_id, **{"state": "paid", "paid_at": LATER, **changes})


def at_once(count: int, work: Callable[[int], None]) -> list[str]:
    """What came of the same thing done by many threads: done, or a refusal's code."""
    outcomes: list[str] = []

    def one(no: int) -> None:
        try:
            work(no)
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=one, args=(no,)) for no in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


# Open, paid, abandoned --------------------------------------------------------------------------------


def test_opened_and_read_back(db: Database, basket: Sale) -> None:
    paid = as_paid(basket, "s2", register_id=None, member_id=None, person_id=None)
    db.write_now(open_sales, [basket, paid])
    keys = [(basket.brand_id, "s1"), (basket.brand_id, "s2"), (basket.brand_id, "s9"), ("brd_x", "s1")]
    assert db.read_now(sales_for, keys) == {keys[0]: basket, keys[1]: paid}
    assert db.read_now(sales_for, []) == {}


def test_a_sale_id_is_used_once(db: Database, basket: Sale) -> None:
    db.write_now(open_sales, [basket])
    other = replace(basket, total_minor=0, list_minor=1, lines=())
    for again in ([basket], [other], [replace(basket, id="s2"), basket]):
        with pytest.raises(Refusal, match=r"sales\.id_taken") as caught:
            db.write_now(open_sales, again)
        assert caught.value.status == 409
    key = (basket.brand_id, "s1")
    assert db.read_now(sales_for, [key, (basket.brand_id, "s2")]) == {key: basket}


def test_sums_that_do_not_hold_are_refused_by_the_database(db: Database, basket: Sale) -> None:
    cases: list[dict[str, Any]] = [
        {"total_minor": 5288},
        {"total_minor": -1, "discount_minor": 5291},
        {"state": "gone"},
        {"returned_minor": 5290},
        {"place_id": "plc_x"},
        {"lines": (SaleLine(1, "v", None, "a", "b", None, 0, 100, 0, 0),)},
        {"lines": (SaleLine(1, "v", None, "a", "b", None, 1, 100, 0, 99),)},
        {"lines": (SaleLine(1, "v", None, "a", "b", None, 1, 100, 101, -1),)},
        {"lines": (SaleLine(1, "v", None, "a", "b", None, 1, 5, 0, 5),) * 2},
    ]
    for changes in cases:
        with pytest.raises(Refusal, match=r"request\.conflict"):
            db.write_now(open_sales, [replace(basket, **changes)])
        assert db.read_now(sales_for, [(basket.brand_id, "s1")]) == {}


def test_paid_once(db: Database, basket: Sale) -> None:
    db.write_now(open_sales, [basket, replace(basket, id="s2")])
    refs = [SaleRef(basket.brand_id, sale_id, LATER) for sale_id in ("s1", "s2")]
    db.write_now(mark_paid, refs[:1])
    assert get(db, basket) == replace(basket, state="paid", paid_at=LATER)
    for wrong in (refs, refs[:1], [replace(refs[0], sale_id="s9")], [replace(refs[1], brand_id="brd_x")]):
        with pytest.raises(Refusal, match=r"sales\.not_open"):
            db.write_now(mark_paid, wrong)
    assert get(db, replace(basket, id="s2")).state == "open"


def test_paid_and_abandoned_at_once_ends_in_one(db: Database, seed: Seed, basket: Sale) -> None:
    db.write_now(open_sales, [basket])
    give_up = AbandonSale(seed.brand_id, "s1", seed.place_id, seed.register_id, "declined", LATER)
    pay = [SaleRef(seed.brand_id, "s1", LATER)]
    outcomes = at_once(
        8, lambda no: db.write_now(abandon_sale, give_up) if no % 2 else db.write_now(mark_paid, pay)
    )
    assert outcomes == ["done"] + ["sales.not_open"] * 7
    state = get(db, basket).state
    events = db.read_now(read_events, after=0)
    assert [e.name for e in events] == (["sales.sale_abandoned.v1"] if state == "abandoned" else [])


def test_abandoned_and_announced(db: Database, seed: Seed, basket: Sale) -> None:
    db.write_now(open_sales, [basket])
    give_up = AbandonSale(seed.brand_id, "s1", seed.place_id, seed.register_id, "declined", LATER)
    db.write_now(abandon_sale, give_up)
    assert get(db, basket) == replace(basket, state="abandoned")
    (event,) = db.read_now(read_events, after=0)
    assert (event.name, event.place_id) == ("sales.sale_abandoned.v1", seed.place_id)
    assert (event.body["sale_id"], event.body["reason"]) == ("s1", "declined")
    with pytest.raises(Refusal, match=r"sales\.not_open"):
        db.write_now(mark_paid, [SaleRef(seed.brand_id, "s1", LATER)])


# Returns ----------------------------------------------------------------------------------------------


@pytest.fixture
def sold(db: Database, basket: Sale) -> Sale:
    one = as_paid(basket, "s1")
    db.write_now(open_sales, [one])
    return one


def back(sold: Sale, no: int, *lines: tuple[int, int, int], **changes: Any) -> SaleReturn:
    return replace(
        SaleReturn(
            brand_id=sold.brand_id,
            id=f"r{no}",
            sale_id=sold.id,
            place_id=sold.place_id,
            register_id=sold.register_id,
            currency="EUR",
            refund_minor=sum(refund for _, _, refund in lines),
            reason="too small",
            at=LATER + timedelta(minutes=no),
            lines=tuple(ReturnLine(*line) for line in lines),
        ),
        **changes,
    )


def test_returned_in_parts_until_nothing_is_left(db: Database, sold: Sale) -> None:
    first, second = back(sold, 1, (1, 2, 199)), back(sold, 2, (1, 1, 100), (2, 1, 4990))
    db.write_now(record_return, first)
    half = get(db, sold)
    assert half.returned_minor == 199
    assert [(n.returned_quantity, n.returned_minor) for n in half.lines] == [(2, 199), (0, 0)]
    db.write_now(record_return, second)
    whole = get(db, sold)
    assert whole.returned_minor == whole.total_minor == 5289
    assert [(n.returned_quantity, n.returned_minor) for n in whole.lines] == [(3, 299), (1, 4990)]
    assert db.read_now(returns_of, sold.brand_id, "s1") == [first, second]
    assert db.read_now(returns_of, sold.brand_id, "s9") == []
    with pytest.raises(Refusal, match=r"sales\.return_too_much"):
        db.write_now(record_return, back(sold, 3, (2, 1, 0)))
    assert get(db, sold) == whole


def test_what_is_too_much_changes_nothing(db: Database, sold: Sale) -> None:
    cases: list[tuple[list[tuple[int, int, int]], dict[str, Any], str]] = [
        ([(1, 4, 1)], {}, "sales.return_too_much"),
        ([(1, 1, 300)], {}, "sales.return_too_much"),
        ([(1, 1, 1), (2, 2, 1)], {}, "sales.return_too_much"),
        ([(3, 1, 1)], {}, "sales.return_too_much"),
        ([(1, 1, 1)], {"sale_id": "s9"}, "sales.return_too_much"),
        ([(1, 1, 1)], {"brand_id": "brd_x"}, "sales.return_too_much"),
        ([(1, 1, 1)], {"refund_minor": 5290}, "sales.not_paid"),
    ]
    for lines, changes, code in cases:
        with pytest.raises(Refusal) as caught:
            db.write_now(record_return, back(sold, 1, *lines, **changes))
        assert (caught.value.code, caught.value.status) == (code, 409)
        assert get(db, sold) == sold
        assert db.read_now(returns_of, sold.brand_id, "s1") == []


def test_only_paid_sales_come_back(db: Database, basket: Sale) -> None:
    db.write_now(open_sales, [basket, replace(basket, id="s2", state="abandoned")])
    for sale_id in ("s1", "s2"):
        with pytest.raises(Refusal, match=r"sales\.not_paid"):
            db.write_now(record_return, back(replace(basket, id=sale_id), 1, (1, 1, 1)))
    assert get(db, basket) == basket


def test_a_return_id_is_used_once(db: Database, sold: Sale) -> None:
    db.write_now(record_return, back(sold, 1, (1, 1, 1)))
    before = get(db, sold)
    with pytest.raises(Refusal, match=r"sales\.id_taken"):
        db.write_now(record_return, back(sold, 1, (1, 1, 1)))
    assert get(db, sold) == before


def test_many_returns_at_once_never_take_back_more(db: Database, sold: Sale) -> None:
    outcomes = at_once(9, lambda no: db.write_now(record_return, back(sold, no, (1, 1, 99))))
    assert outcomes == ["done"] * 3 + ["sales.return_too_much"] * 6
    after = get(db, sold)
    assert (after.returned_minor, after.lines[0].returned_quantity) == (297, 3)
    assert len(db.read_now(returns_of, sold.brand_id, "s1")) == 3


# History ----------------------------------------------------------------------------------------------


def test_history_is_taken_in_once(db: Database, basket: Sale) -> None:
    old = [as_paid(basket, f"s{no}", origin="import") for no in range(3)]
    assert db.write_now(import_history, old[:2]) == 2
    assert db.write_now(import_history, old) == 1
    assert db.write_now(import_history, old) == 0
    assert db.write_now(import_history, [*old, as_paid(basket, "s7"), as_paid(basket, "s7")]) == 1
    assert db.write_now(import_history, []) == 0
    assert [get(db, sale) for sale in old] == old


def test_history_never_changes_a_sale_that_is_there(db: Database, sold: Sale) -> None:
    more = replace(sold.lines[0], line_no=3)
    longer = replace(sold, list_minor=1, discount_minor=0, total_minor=1, lines=(*sold.lines, more))
    assert db.write_now(import_history, [longer]) == 0
    assert get(db, sold) == sold


# Reading ----------------------------------------------------------------------------------------------


def ids(sales: list[Sale]) -> list[str]:
    return [sale.id for sale in sales]


def test_lists_newest_first_and_apart(db: Database, seed: Seed, basket: Sale) -> None:
    other = db.write_now(seed_brand, "other")
    theirs = as_paid(basket, "t1", brand_id=other.brand_id, place_id=other.place_id)
    mine = [as_paid(basket, f"s{no}", paid_at=NOW + timedelta(minutes=no)) for no in range(4)]
    mine[3] = replace(mine[3], person_id=None)
    db.write_now(open_sales, [*mine, basket_open(basket), theirs])
    assert ids(db.read_now(sales_of_brand, seed.brand_id)) == ["s3", "s2", "s1", "s0"]
    assert ids(db.read_now(sales_of_brand, seed.brand_id, limit=2)) == ["s3", "s2"]
    assert ids(db.read_now(sales_of_brand, seed.brand_id, before=(mine[2].paid_at, ""))) == ["s1", "s0"]
    assert ids(db.read_now(sales_of_brand, seed.brand_id, place_ids=[other.place_id])) == []
    assert ids(db.read_now(sales_of_brand, seed.brand_id, place_ids=[])) == []
    assert len(db.read_now(sales_of_brand, seed.brand_id, place_ids=[seed.place_id])) == 4
    assert sorted(ids(db.read_now(sales_of_person, seed.person_id))) == ["s0", "s1", "s2", "t1"]
    assert db.read_now(sales_of_person, "psn_x") == []
    assert db.read_now(sales_of_brand, seed.brand_id, limit=1)[0].lines == basket.lines


def basket_open(basket: Sale) -> Sale:
    return replace(basket, id="s_open")


def test_totals_by_register(db: Database, seed: Seed, basket: Sale) -> None:
    early = NOW - timedelta(days=1)
    sales = [
        as_paid(basket, "s1"),
        as_paid(basket, "s2", returned_minor=289),
        as_paid(basket, "s3", register_id=None),
        as_paid(basket, "s4", paid_at=early),
        basket_open(basket),
    ]
    db.write_now(open_sales, sales)

    def totals(since: datetime) -> list[RegisterTotal]:
        return db.read_now(totals_by_register, seed.brand_id, since)

    assert totals(NOW) == [
        RegisterTotal(seed.place_id, seed.register_id, "EUR", 2, 10578, 289),
        RegisterTotal(seed.place_id, None, "EUR", 1, 5289, 0),
    ]
    assert totals(early)[0].sales == 3
    assert totals(LATER + timedelta(microseconds=1)) == []
