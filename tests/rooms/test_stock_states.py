"""On hand, reserved, on display, kept back: what may be promised where, and that no number ever lies below zero."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tables import outbox
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.stock import (
    AdjustStock,
    CountRow,
    CountStock,
    MoveCell,
    OwnerStock,
    PlaceStock,
    Reason,
    TakeStock,
    adjust_stock,
    choose_owner,
    count_stock,
    move_cell,
    moves_beside_sales,
    online_pieces,
    owners_for,
    put_back,
    reject_picks,
    release_reserved,
    reserve_stock,
    stock_at_place,
    take_gone,
    take_reserved,
    take_stock,
)
from highstreet.rooms.stock.tables import stock_item, stock_move
from tests.rooms.test_stock_actions import state, take
from tests.seeds import NOW, Seed


def adjust(seed: Seed, reason: Reason, quantity: int, variant: int = 0) -> AdjustStock:
    key = take(seed, variant=variant).key
    return AdjustStock(key, reason, quantity, "cnt_1", NOW + timedelta(hours=1))


def item(db: Database, seed: Seed, variant: int = 0) -> PlaceStock:
    found = db.read_now(stock_at_place, seed.brand_id, seed.place_id)
    (one,) = (s for s in found if s.variant_id == seed.variants[variant] and s.owner_party_id == seed.dealer)
    return one


def numbers(db: Database, seed: Seed) -> tuple[int, int, int, int]:
    one = item(db, seed)
    return one.on_hand, one.reserved, one.display, one.safety


def test_a_register_sells_what_is_kept_from_online(db: Database, seed: Seed) -> None:
    """Of ten pieces one stands on display and two are kept back: seven may be promised online, ten sold here."""
    db.write_now(adjust_stock, adjust(seed, Reason.DISPLAY, 1))
    db.write_now(adjust_stock, adjust(seed, Reason.SAFETY, 2))
    assert (item(db, seed).available, item(db, seed).available_online) == (10, 7)
    online = take(seed, 8, is_online=True)
    before = state(db)
    with pytest.raises(Refusal, match=r"stock\.not_enough"):
        db.write_now(reserve_stock, [online])
    assert state(db) == before
    db.write_now(reserve_stock, [replace(online, quantity=7)])
    with pytest.raises(Refusal, match=r"stock\.not_enough"):
        db.write_now(reserve_stock, [replace(online, quantity=1)])
    db.write_now(reserve_stock, [take(seed, 1)])  # a wallet is asked at the register
    db.write_now(take_stock, [take(seed, 2)])
    # The last one left was the one on display, and it is gone, too.
    assert numbers(db, seed) == (8, 8, 1, 2)
    db.write_now(take_reserved, [take(seed, 8)])
    assert numbers(db, seed) == (0, 0, 0, 2)
    assert item(db, seed).sold == 10


def test_a_register_and_the_shop_reserve_together(db: Database, seed: Seed) -> None:
    """One command with both: online pieces by the tighter limit, all together by the wider one."""
    db.write_now(adjust_stock, adjust(seed, Reason.SAFETY, 4))
    here, online = take(seed, 4), take(seed, 6, is_online=True, ref_id="sal_2")
    for lines in (
        [replace(here, quantity=1), replace(online, quantity=7)],
        [replace(here, quantity=5), online],
    ):
        with pytest.raises(Refusal, match=r"stock\.not_enough"):
            db.write_now(reserve_stock, lines)
    db.write_now(reserve_stock, [here, online])
    assert numbers(db, seed) == (10, 10, 0, 4)
    # What is kept back beyond what is there stops nobody at the register.
    db.write_now(release_reserved, [take(seed, 10)])
    db.write_now(adjust_stock, adjust(seed, Reason.SAFETY, 96))
    assert item(db, seed).available_online == 0
    db.write_now(reserve_stock, [take(seed, 10)])


def test_available_online_every_small_case() -> None:
    """Never below zero, never more than the register has; an owner is chosen by the figure of the channel."""
    for on_hand, reserved, display, safety, missed in product(
        range(4), range(4), range(3), range(3), range(2)
    ):
        if reserved > on_hand or display > on_hand:
            continue
        one = OwnerStock("a", on_hand, reserved, display, safety, missed)
        left = on_hand - reserved
        assert one.available == left
        assert one.available_online == max(0, left - display - safety - missed)
        assert one.available_online == online_pieces(on_hand, reserved, display, safety, missed)
        for quantity in (1, 2):
            assert choose_owner([one], quantity, None) == ("a" if left >= quantity else None)
            chosen = choose_owner([one], quantity, None, is_online=True)
            assert chosen == ("a" if one.available_online >= quantity else None)


def test_an_adjustment_says_why_and_keeps_promises(db: Database, seed: Seed) -> None:
    db.write_now(reserve_stock, [take(seed, 4)])
    for reason, quantity in (
        (Reason.DAMAGED, -2),
        (Reason.FOUND, 1),
        (Reason.STOLEN, -1),
        (Reason.LOST, -1),
        (Reason.CORRECTION, -1),
        (Reason.CORRECTION, 1),
        (Reason.DISPLAY, 3),
        (Reason.SAFETY, 1),
    ):
        db.write_now(adjust_stock, adjust(seed, reason, quantity))
    assert numbers(db, seed) == (7, 4, 3, 1)
    moves = db.read_now(moves_beside_sales, seed.brand_id, seed.place_id, seed.variants[0], 20)
    assert [(m.reason, m.quantity, m.level_change) for m in moves] == [
        ("safety", 0, 1),
        ("display", 0, 3),
        ("correction", 1, None),
        ("correction", -1, None),
        ("lost", -1, None),
        ("stolen", -1, None),
        ("found", 1, None),
        ("damaged", -2, None),
    ]
    before = state(db)
    refused = {
        "stock.below_reserved": [(Reason.DAMAGED, -4), (Reason.CORRECTION, -100)],
        "stock.level_impossible": [(Reason.DISPLAY, 1), (Reason.DISPLAY, -4), (Reason.SAFETY, -2)],
        "stock.reason_unfit": [
            (Reason.DAMAGED, 1),
            (Reason.LOST, 0),
            (Reason.STOLEN, 1),
            (Reason.FOUND, -1),
            (Reason.CORRECTION, 0),
            (Reason.SAFETY, 0),
        ],
    }
    for code, asked in refused.items():
        for reason, quantity in asked:
            with pytest.raises(Refusal) as problem:
                db.write_now(adjust_stock, adjust(seed, reason, quantity))
            assert problem.value.code == code, (reason, quantity)
    assert state(db) == before


def test_found_where_nobody_had_any(db: Database, seed: Seed) -> None:
    key = (seed.brand_id, seed.variants[0], seed.cell, "plc_other", seed.brand_party)
    with pytest.raises(Refusal, match=r"stock\.below_reserved"):
        db.write_now(adjust_stock, AdjustStock(key, Reason.LOST, -1, "cnt_1", NOW))
    db.write_now(adjust_stock, AdjustStock(key, Reason.FOUND, 2, "cnt_1", NOW))
    (found,) = db.read_now(stock_at_place, seed.brand_id, "plc_other")
    assert (found.owner_party_id, found.on_hand) == (seed.brand_party, 2)


def test_a_count_starts_the_signs_anew(db: Database, seed: Seed) -> None:
    """Sold, missed and display are as of the count; fewer counted than on display leaves those counted."""
    db.write_now(adjust_stock, adjust(seed, Reason.DISPLAY, 5))
    db.write_now(take_stock, [take(seed, 3)])
    db.write_now(reserve_stock, [take(seed, 2)])
    db.write_now(reject_picks, [take(seed, 1)])
    assert (item(db, seed).sold, item(db, seed).missed, item(db, seed).display) == (3, 1, 5)
    row = CountRow(seed.variants[0], seed.cell, seed.place_id, seed.dealer, 4)
    db.write_now(count_stock, CountStock(seed.brand_id, NOW + timedelta(hours=2), "cnt_2", [row]))
    one = item(db, seed)
    assert (one.on_hand, one.reserved, one.display, one.sold, one.missed) == (4, 1, 4, 0, 0)


def test_a_rejected_pick_ends_the_promise_and_asks_for_a_count(db: Database, seed: Seed) -> None:
    """What was looked for in vain is not promised online again before somebody counts; a register may sell it."""
    db.write_now(reserve_stock, [take(seed, 3, is_online=True)])
    with pytest.raises(Refusal, match=r"stock\.not_reserved"):
        db.write_now(reject_picks, [take(seed, 4)])
    db.write_now(reject_picks, [take(seed, 1), take(seed, 1, line_no=2)])
    one = item(db, seed)
    assert (one.on_hand, one.reserved, one.missed) == (10, 1, 2)
    assert (one.available, one.available_online) == (9, 7)
    (row,) = db.read_now(Reader.rows, select(outbox.c.name, outbox.c.body))
    assert (row.name, row.body["missing"], row.body["ref_id"]) == ("stock.count_wanted.v1", 2, "sal_1")
    with pytest.raises(Refusal, match=r"stock\.not_enough"):
        db.write_now(reserve_stock, [take(seed, 8, is_online=True)])
    db.write_now(take_stock, [take(seed, 9)])


def test_states_follow_a_place_that_moved(db: Database, seed: Seed) -> None:
    """Sums where pieces lie already, the higher of the two limits."""
    db.write_now(adjust_stock, adjust(seed, Reason.DISPLAY, 2))
    db.write_now(adjust_stock, adjust(seed, Reason.SAFETY, 3))
    db.write_now(take_stock, [take(seed, 1)])
    there = replace(take(seed, 4), cell=5)
    db.write_now(put_back, [there])
    for reason, quantity in ((Reason.DISPLAY, 1), (Reason.SAFETY, 1)):
        db.write_now(adjust_stock, replace(adjust(seed, reason, quantity), key=there.key))
    db.write_now(move_cell, [MoveCell(seed.brand_id, seed.place_id, 5)])
    one = item(db, seed)
    assert (one.cell, one.on_hand, one.display, one.safety, one.sold) == (5, 13, 3, 3, 1)


def test_the_database_itself_refuses_what_cannot_be(db: Database, seed: Seed) -> None:
    before = state(db)
    impossible: list[dict[str, Any]] = [
        {"display": 11},
        {"display": -1},
        {"safety": -1},
        {"in_transit": -1},
        {"sold_since": -1},
        {"missed_since": -1},
        {"reserved": 11},
        {"on_hand": -1},
    ]
    for values in impossible:
        wrong = update(stock_item).where(stock_item.c.variant_id == seed.variants[0]).values(**values)
        with pytest.raises(Refusal, match=r"request\.conflict"):
            db.write_now(lambda tx, change: tx.run(change).rowcount, wrong)
    assert state(db) == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["take", "here", "online", "pick", "let go", "miss", "gone", "back", "count", *Reason]
        ),
        st.integers(-4, 8),
    ),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(steps=STEPS)
def test_any_order_of_changes_keeps_the_numbers_whole(db: Database, seed: Seed, steps: list[Any]) -> None:
    """Against the same rules in plain Python; moves sum to on hand from the first count on."""

    def again(tx: Tx, _: None) -> None:
        tx.run(delete(stock_item))

    db.write_now(again, None)
    row = CountRow(seed.variants[0], seed.cell, seed.place_id, seed.dealer, 10)
    db.write_now(count_stock, CountStock(seed.brand_id, NOW, "cnt_0", [row]))
    sum_before = _sum_of_moves(db) - 10
    model = {"on_hand": 10, "reserved": 0, "display": 0, "safety": 0, "missed": 0, "sold": 0}
    for name, n in steps:
        try:
            _do(db, seed, name, n)
        except Refusal:
            is_done = False
        except ValueError:  # nobody takes or counts fewer than none
            assert n < 1
            continue
        else:
            is_done = True
        assert is_done == _may(model, name, n), (name, n, model)
        if is_done:
            _apply(model, name, n)
        one = item(db, seed)
        assert {name: getattr(one, name) for name in model} == model
        assert _sum_of_moves(db) - sum_before == one.on_hand


def _sum_of_moves(db: Database) -> int:
    return int(db.read_now(Reader.value, select(func.sum(stock_move.c.quantity))) or 0)


def _do(db: Database, seed: Seed, name: str, n: int) -> None:
    if isinstance(name, Reason):
        db.write_now(adjust_stock, adjust(seed, name, n))
    elif name == "count":
        row = CountRow(seed.variants[0], seed.cell, seed.place_id, seed.dealer, n)
        db.write_now(count_stock, CountStock(seed.brand_id, NOW, "cnt_1", [row]))
    else:
        actions: dict[str, Any] = {
            "take": take_stock,
            "here": reserve_stock,
            "online": reserve_stock,
            "pick": take_reserved,
            "let go": release_reserved,
            "miss": reject_picks,
            "gone": take_gone,
            "back": put_back,
        }
        lines: list[TakeStock] = [take(seed, n, is_online=name == "online")]
        db.write_now(actions[name], lines)


def _may(model: dict[str, int], name: str, n: int) -> bool:
    left = model["on_hand"] - model["reserved"]
    if name in ("take", "here"):
        return n <= left
    if name == "online":
        return n <= left - model["display"] - model["safety"] - model["missed"]
    if name in ("pick", "let go", "miss"):
        return n <= model["reserved"]
    if name == "count":
        return n >= model["reserved"]
    if name == Reason.DISPLAY:
        return n != 0 and model["display"] + n >= 0 and (n < 0 or model["display"] + n <= left)
    if name == Reason.SAFETY:
        return n != 0 and model["safety"] + n >= 0
    if isinstance(name, Reason):
        return name.allows(n) and left + n >= 0
    return True


def _apply(model: dict[str, int], name: str, n: int) -> None:
    if name in ("take", "pick"):
        model["on_hand"] -= n
        model["sold"] += n
    elif name == "gone":
        model["on_hand"] = max(model["on_hand"] - n, model["reserved"])
        model["sold"] += n
    elif name == "back" or name in (
        Reason.DAMAGED,
        Reason.LOST,
        Reason.STOLEN,
        Reason.FOUND,
        Reason.CORRECTION,
    ):
        model["on_hand"] += n
    elif name == "count":
        model |= {"on_hand": n, "sold": 0, "missed": 0}
    elif name in (Reason.DISPLAY, Reason.SAFETY):
        model[str(name)] += n
    if name in ("here", "online"):
        model["reserved"] += n
    if name in ("pick", "let go", "miss"):
        model["reserved"] -= n
    if name == "miss":
        model["missed"] += n
    model["display"] = min(model["display"], model["on_hand"])


def test_whoever_was_outrun_takes_another_owners_pieces(migrated_url: str, seed: Seed) -> None:
    """64 buyers, four writers, two owners of six and four: all choose by what they read, and exactly ten are sold."""
    db = Database(migrated_url, writers=4)
    rows = [
        CountRow(seed.variants[0], seed.cell, seed.place_id, owner, n)
        for owner, n in ((seed.dealer, 6), (seed.brand_party, 4))
    ]
    db.write_now(count_stock, CountStock(seed.brand_id, NOW, "cnt_1", rows))
    start = threading.Barrier(64)
    answers: list[str] = []

    def sell_one(tx: Tx, ref_id: str) -> str:
        one = take(seed, ref_id=ref_id)
        owner = choose_owner(owners_for(tx, [one.key[:4]])[one.key[:4]], 1, seed.dealer)
        if owner is None:
            return "none left"
        take_stock(tx, [replace(one, owner_party_id=owner)])
        return owner

    def buy(n: int) -> None:
        start.wait()
        try:
            answers.append(db.write_now(sell_one, f"sal_{n}"))
        except Refusal as refused:
            answers.append(refused.code)

    threads = [threading.Thread(target=buy, args=(n,)) for n in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.close()
    assert Counter(answers) == {seed.dealer: 6, seed.brand_party: 4, "none left": 54}
