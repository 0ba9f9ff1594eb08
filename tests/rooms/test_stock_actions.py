"""Stock never goes below zero, and its moves explain it."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from highstreet.kernel.db import Database, batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tables import outbox
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.stock import (
    CountRow,
    CountStock,
    MoveCell,
    OwnerStock,
    TakeStock,
    announce_low,
    count_stock,
    move_cell,
    owners_for,
    put_back,
    release_reserved,
    reserve_stock,
    stock_at_place,
    take_reserved,
    take_stock,
    total_by_owner,
)
from highstreet.rooms.stock.tables import stock_item, stock_move
from tests.seeds import NOW, Seed

Action = Callable[[Tx, Sequence[TakeStock]], None]


def take(seed: Seed, quantity: int = 1, variant: int = 0, **other: Any) -> TakeStock:
    """So many pieces of a seeded variant, owned by the dealer."""
    usual = TakeStock(
        seed.brand_id,
        seed.variants[variant],
        seed.cell,
        seed.place_id,
        seed.dealer,
        quantity,
        "sal_1",
        1,
        NOW,
    )
    return replace(usual, **other)


def state(db: Database) -> list[tuple[Any, ...]]:
    """Everything the room holds."""

    def look(reader: Reader) -> list[tuple[Any, ...]]:
        items = reader.rows(select(stock_item).order_by(*stock_item.primary_key))
        return [tuple(row) for row in [*items, *reader.rows(select(stock_move).order_by(stock_move.c.seq))]]

    return db.read_now(look)


def moves(db: Database) -> list[tuple[Any, ...]]:
    """Variant, place, owner, quantity, reason, reference, line of each move."""
    c = stock_move.c
    columns = (c.variant_id, c.place_id, c.owner_party_id, c.quantity, c.reason, c.ref_id, c.line_no)
    found = db.read_now(Reader.rows, select(*columns).order_by(c.seq))
    return [tuple(row) for row in found]


def owner(db: Database, key: tuple[str, str, int, str]) -> tuple[OwnerStock, ...]:
    return db.read_now(owners_for, [key])[key]


def key_of(one: TakeStock) -> tuple[str, str, int, str]:
    return one.key[:4]


def test_take_adds_up_per_key(db: Database, seed: Seed) -> None:
    """Three lines over two keys, written in one call, each with its own move."""
    lines = [take(seed, 3), take(seed, 2, variant=1, line_no=2), take(seed, 7, ref_id="sal_2")]
    db.write_now(take_stock, lines)
    assert owner(db, key_of(lines[0])) == (OwnerStock(seed.dealer, 0, 0),)
    assert owner(db, key_of(lines[1])) == (OwnerStock(seed.dealer, 8, 0),)
    assert moves(db) == [
        (seed.variants[0], seed.place_id, seed.dealer, -3, "sold", "sal_1", 1),
        (seed.variants[1], seed.place_id, seed.dealer, -2, "sold", "sal_1", 2),
        (seed.variants[0], seed.place_id, seed.dealer, -7, "sold", "sal_2", 1),
    ]


def test_empty_lists_are_nothing(db: Database, seed: Seed) -> None:
    before = state(db)
    for action in (take_stock, reserve_stock, take_reserved, release_reserved, put_back):
        db.write_now(action, [])
    assert db.read_now(owners_for, []) == {}
    assert state(db) == before


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (take_stock, "stock.not_enough"),
        (reserve_stock, "stock.not_enough"),
        (take_reserved, "stock.not_reserved"),
        (release_reserved, "stock.not_reserved"),
    ],
)
def test_refusal_changes_nothing(db: Database, seed: Seed, action: Action, code: str) -> None:
    """One guilty line spoils its command: too many, together too many, another's, at another place."""
    before = state(db)
    fine = take(seed, 1, variant=1)
    guilty: list[list[TakeStock]] = [
        [fine, take(seed, 11)],
        [fine, take(seed, 6), take(seed, 5)],
        [fine, take(seed, owner_party_id=seed.brand_party)],
        [fine, take(seed, place_id="plc_other")],
        [fine, take(seed, cell=0)],
        [fine, take(seed, brand_id="brd_other")],
    ]
    for lines in guilty:
        with pytest.raises(Refusal) as refused:
            db.write_now(action, lines)
        assert (refused.value.code, refused.value.status) == (code, 409)
    assert state(db) == before


def test_reserve_then_take_or_release(db: Database, seed: Seed) -> None:
    """Reserved pieces cannot be sold to another; on hand falls only when they are taken."""
    one = take(seed)
    db.write_now(reserve_stock, [replace(one, quantity=8)])
    assert owner(db, key_of(one)) == (OwnerStock(seed.dealer, 10, 8),)
    with pytest.raises(Refusal, match=r"stock\.not_enough"):
        db.write_now(take_stock, [replace(one, quantity=3)])
    db.write_now(release_reserved, [replace(one, quantity=3)])
    db.write_now(take_reserved, [replace(one, quantity=5)])
    assert owner(db, key_of(one)) == (OwnerStock(seed.dealer, 5, 0),)
    assert [m[3:5] for m in moves(db)] == [(-5, "sold")]
    with pytest.raises(Refusal, match=r"stock\.not_reserved"):
        db.write_now(take_reserved, [one])


def test_put_back_cancels_the_sale(db: Database, seed: Seed) -> None:
    """G3: sold and returned, in two parts, sum to nothing."""
    one = take(seed, 3)
    db.write_now(take_stock, [one])
    db.write_now(put_back, [replace(one, quantity=1, ref_id="rtn_1")])
    db.write_now(put_back, [replace(one, quantity=1, ref_id="rtn_2"), replace(one, quantity=1, line_no=2)])
    assert owner(db, key_of(one)) == (OwnerStock(seed.dealer, 10, 0),)
    assert [m[3:] for m in moves(db)] == [
        (-3, "sold", "sal_1", 1),
        (1, "returned", "rtn_1", 1),
        (1, "returned", "rtn_2", 1),
        (1, "returned", "sal_1", 2),
    ]


def test_put_back_elsewhere_and_where_nothing_is_left(db: Database, seed: Seed) -> None:
    """The pieces lie where they came back, whether that place ever had them or not."""
    back = take(seed, 2, place_id="plc_other", cell=0)
    db.write_now(put_back, [back])
    assert owner(db, key_of(back)) == (OwnerStock(seed.dealer, 2, 0),)
    assert owner(db, key_of(take(seed))) == (OwnerStock(seed.dealer, 10, 0),)
    assert moves(db) == [(seed.variants[0], "plc_other", seed.dealer, 2, "returned", "sal_1", 1)]
    db.write_now(lambda tx, _: tx.run(stock_item.delete()).rowcount, None)
    db.write_now(put_back, [take(seed, 1)])
    assert owner(db, key_of(take(seed))) == (OwnerStock(seed.dealer, 1, 0),)


def count_of(seed: Seed, *rows: CountRow, hours: int = 1) -> CountStock:
    return CountStock(seed.brand_id, NOW + timedelta(hours=hours), "imp_1", rows)


def test_count_sets_and_explains(db: Database, seed: Seed) -> None:
    """More, fewer, as many, new: moves hold the differences, and only those."""
    v, c, p, d = seed.variants, seed.cell, seed.place_id, seed.dealer
    rows = [
        CountRow(v[0], c, p, d, 14),
        CountRow(v[1], c, p, d, 1),
        CountRow(v[2], c, p, d, 10),
        CountRow(v[0], c, p, seed.brand_party, 5),
        CountRow(v[1], c, p, seed.brand_party, 0),
    ]
    assert db.write_now(count_stock, count_of(seed, *rows)) == 3
    found = db.read_now(stock_at_place, seed.brand_id, seed.place_id)
    assert {(s.variant_id, s.owner_party_id): s.on_hand for s in found} == {
        (row.variant_id, row.owner_party_id): row.on_hand for row in rows
    }
    assert {s.counted_at for s in found} == {NOW + timedelta(hours=1)}
    assert sorted(moves(db)) == sorted(
        [
            (v[0], p, d, 4, "counted", "imp_1", 0),
            (v[1], p, d, -9, "counted", "imp_1", 0),
            (v[0], p, seed.brand_party, 5, "counted", "imp_1", 0),
        ]
    )
    # Counting the same again changes nothing but the hour.
    assert db.write_now(count_stock, count_of(seed, *rows, hours=2)) == 0
    assert len(moves(db)) == 3
    assert db.read_now(total_by_owner, seed.brand_id) == {
        d: OwnerStock(d, 25, 0),
        seed.brand_party: OwnerStock(seed.brand_party, 5, 0),
    }
    assert db.read_now(total_by_owner, seed.brand_id, [v[1]])[d] == OwnerStock(d, 1, 0)


def test_count_refuses_below_reserved_and_twice(db: Database, seed: Seed) -> None:
    db.write_now(reserve_stock, [take(seed, 4)])
    before = state(db)
    row = CountRow(seed.variants[0], seed.cell, seed.place_id, seed.dealer, 3)
    fine = replace(row, variant_id=seed.variants[1])
    with pytest.raises(Refusal) as refused:
        db.write_now(count_stock, count_of(seed, fine, row))
    assert (refused.value.code, refused.value.status) == ("stock.count_below_reserved", 409)
    with pytest.raises(Refusal) as refused:
        db.write_now(count_stock, count_of(seed, fine, replace(fine, on_hand=2)))
    assert (refused.value.code, refused.value.status) == ("stock.counted_twice", 422)
    assert state(db) == before
    assert db.write_now(count_stock, count_of(seed, replace(row, on_hand=4))) == 1


def test_many_keys_in_one_question(db: Database, seed: Seed) -> None:
    """More keys than one statement holds; keys nobody has are there, empty; another brand's stay out."""
    rows = [
        CountRow(f"var_{n:05}", 7, seed.place_id, o, n % 3) for n in range(2500) for o in ("pty_x", "pty_a")
    ]
    db.write_now(count_stock, count_of(seed, *rows))
    wanted = [(seed.brand_id, f"var_{n:05}", 7, seed.place_id) for n in range(5000)]
    found = db.read_now(owners_for, [*wanted, wanted[0], ("brd_other", *wanted[1][1:])])
    assert len(found) == 5001
    assert all(
        found[key] == (OwnerStock("pty_a", n % 3, 0), OwnerStock("pty_x", n % 3, 0))
        for n, key in enumerate(wanted[:2500])
    )
    assert not any(found[key] for key in list(found)[2500:])


def test_low_is_announced_once_per_emptied_key(db: Database, seed: Seed) -> None:
    lines = [take(seed, 4), take(seed, 6, ref_id="sal_2"), take(seed, 9, variant=1)]

    def sell(tx: Tx, takes: list[TakeStock]) -> None:
        owners = owners_for(tx, [key_of(one) for one in takes])
        take_stock(tx, takes)
        announce_low(tx, takes, owners)

    db.write_now(sell, lines)
    (row,) = db.read_now(Reader.rows, select(outbox.c.name, outbox.c.place_id, outbox.c.body))
    assert (row.name, row.place_id, row.body["variant_id"]) == (
        "stock.stock_low.v1",
        seed.place_id,
        seed.variants[0],
    )


def test_stock_follows_a_place_that_moved(db: Database, seed: Seed) -> None:
    """Also onto pieces that a late return has already put into the new cell; other places stay."""
    db.write_now(reserve_stock, [take(seed, 2)])
    db.write_now(put_back, [take(seed, 1, cell=5), take(seed, 3, place_id="plc_other")])
    move = MoveCell(seed.brand_id, seed.place_id, 5)
    assert db.write_now(move_cell, [move]) == 3
    assert owner(db, (seed.brand_id, seed.variants[0], 5, seed.place_id)) == (OwnerStock(seed.dealer, 11, 2),)
    assert owner(db, (seed.brand_id, seed.variants[1], 5, seed.place_id)) == (OwnerStock(seed.dealer, 10, 0),)
    assert owner(db, (seed.brand_id, seed.variants[0], seed.cell, "plc_other"))[0].on_hand == 3
    assert {s.cell for s in db.read_now(stock_at_place, seed.brand_id, seed.place_id)} == {5}
    assert db.write_now(move_cell, [move]) == 0


@pytest.mark.parametrize("is_batched", [False, True])
def test_the_last_ten_pieces_sold_to_64(db: Database, seed: Seed, is_batched: bool) -> None:
    """Exactly ten sold, 54 refused, zero left, whatever the batching."""

    def sell_one(tx: Tx, one: TakeStock) -> str:
        take_stock(tx, [one])
        return "sold"

    @batched
    def sell_many(tx: Tx, commands: Sequence[TakeStock]) -> list[str | Refusal]:
        take_stock(tx, commands)
        return ["sold"] * len(commands)

    start = threading.Barrier(64)
    answers: list[str] = []

    def buy(n: int) -> None:
        start.wait()
        try:
            answers.append(db.write_now(sell_many if is_batched else sell_one, take(seed, ref_id=f"sal_{n}")))
        except Refusal as refused:
            answers.append(refused.code)

    threads = [threading.Thread(target=buy, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(answers) == {"sold": 10, "stock.not_enough": 54}
    assert owner(db, key_of(take(seed))) == (OwnerStock(seed.dealer, 0, 0),)
    assert sum(m[3] for m in moves(db)) == -10


def test_moves_sum_to_on_hand(db: Database, seed: Seed) -> None:
    """From the first count on, through sales, reservations, returns and recounts."""
    v, c, p = "var_counted", seed.cell, seed.place_id
    one = take(seed, 2, variant_id=v)
    db.write_now(count_stock, count_of(seed, CountRow(v, c, p, seed.dealer, 20)))
    db.write_now(take_stock, [one, replace(one, quantity=5)])
    db.write_now(reserve_stock, [replace(one, quantity=4)])
    db.write_now(take_reserved, [replace(one, quantity=3)])
    db.write_now(put_back, [one])
    db.write_now(count_stock, count_of(seed, CountRow(v, c, p, seed.dealer, 11)))
    db.write_now(take_stock, [one])
    total = db.read_now(
        Reader.value, select(func.sum(stock_move.c.quantity)).where(stock_move.c.variant_id == v)
    )
    assert total == 9
    assert owner(db, key_of(one)) == (OwnerStock(seed.dealer, 9, 1),)
