"""The last ten pieces of two owners, 64 buyers, half at registers and half on phones; over HTTP on both databases."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx

from highstreet.app import open_program
from highstreet.kernel.ids import new_id
from highstreet.rooms.stock import AdjustStock, CountRow, CountStock, Reason, adjust_stock, count_stock
from tests.stories.acts import at_once, ledger_is_balanced, one, register, rows
from tests.stories.conftest import ServerThread, Stage
from tests.stories.test_loop import follow_and_claim, ok

SHOPPERS = 16
DEALERS, BRANDS = 6, 4
"""Pieces of the dealer, whose place it is, and of the brand."""


@contextmanager
def four_writers(stage: Stage) -> Iterator[None]:
    """The server again, as a busy one runs: several writers on PostgreSQL (SQLite has one)."""
    stage.server.stop()
    before, port = stage.program, int(stage.url.rpartition(":")[2])
    before.db.close()
    settings = before.settings.model_copy(update={"writers": 4})
    stage.program = open_program(settings, clock=stage.clock, sender=stage.sender)
    stage.server = ServerThread(stage.program, port)
    try:
        yield
    finally:
        stage.server.stop()
        stage.program.db.close()


def put_shared_stock(stage: Stage) -> None:
    """Ten pieces of two owners; of the dealer's one is on display and one kept back from online channels."""
    seed, at, db = stage.seed, stage.clock.now(), stage.program.db
    cell = one(stage, "SELECT cell FROM site")
    held = [
        CountRow(seed.variants[0], cell, seed.place_id, owner, n)
        for owner, n in ((seed.dealer, DEALERS), (seed.brand_party, BRANDS))
    ]
    db.write_now(count_stock, CountStock(seed.brand_id, at, "cnt_1", held))
    key = (seed.brand_id, seed.variants[0], cell, seed.place_id, seed.dealer)
    for reason in (Reason.DISPLAY, Reason.SAFETY):
        db.write_now(adjust_stock, AdjustStock(key, reason, 1, "cnt_2", at))


def shoppers(stage: Stage) -> list[tuple[httpx.Client, list[str]]]:
    """Members, each with a coupon of either offer, where the brand takes orders."""
    policy = {"deposit_bp": 2000, "minimum_minor": 100, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    found = []
    for n in range(SHOPPERS):
        phone = stage.shopper(f"+35840123{5500 + n}")
        found.append((phone, follow_and_claim(stage, phone)[0]))
    return found


def on_the_phone(stage: Stage, phone: httpx.Client, coupons: list[str]) -> Callable[[], httpx.Response]:
    seed = stage.seed
    asked: dict[str, Any] = {"brand_id": seed.brand_id, "place_id": seed.place_id, "coupons": coupons}
    asked["items"] = [{"gtin": seed.gtins[0]}]
    priced = ok(phone.post("/shop/v1/orders/prices", json=asked))
    asked |= {"id": new_id("sal"), "currency": "EUR", "expected_total_minor": priced["total_minor"]}
    return partial(phone.post, "/shop/v1/orders", json=asked)


def at_the_till(
    stage: Stage, till: httpx.Client, phone: httpx.Client, coupons: list[str]
) -> Callable[[], httpx.Response]:
    body = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": stage.seed.gtins[0]}],
        "tenders": [{"id": new_id("tnd"), "rail": "cash"}],
        "member_code": ok(phone.get(f"/shop/v1/memberships/{stage.seed.brand_id}/code"))["code"],
        "coupons": coupons,
    }
    return partial(till.post, "/register/v1/sales", json=body)


def test_64_buyers_for_the_last_ten_pieces_of_two_owners(stage: Stage) -> None:
    """Exactly ten are sold, each owner's own, nothing is below zero, and no coupon is used twice."""
    put_shared_stock(stage)
    with four_writers(stage):
        till = register(stage)
        asks: list[Callable[[], httpx.Response]] = []
        for phone, coupons in shoppers(stage):  # each tries four times with the same two coupons
            asks += [on_the_phone(stage, phone, coupons) for _ in range(2)]
            asks += [at_the_till(stage, till, phone, coupons) for _ in range(2)]
        assert len(asks) == 64
        answers = at_once(asks[::2] + asks[1::2])
        stage.drain()
        told = Counter(a.json().get("code") if a.status_code >= 400 else "sold" for a in answers)
        assert told.pop("sold") == DEALERS + BRANDS, told
        assert set(told) <= {"sale.out_of_stock", "sale.coupon_unusable", "offers.coupon_used_up"}, told
        check_sold_exactly(stage)
        assert ledger_is_balanced(stage)


def check_sold_exactly(stage: Stage) -> None:
    seed, variant = stage.seed, stage.seed.variants[0]
    sold = dict(
        rows(stage, "SELECT l.owner_party_id, sum(l.quantity) FROM sale_line l GROUP BY l.owner_party_id")
    )
    assert sold == {seed.dealer: DEALERS, seed.brand_party: BRANDS}
    by = """SELECT l.owner_party_id, s.origin, count(*) FROM sale_line l
            JOIN sale s ON s.brand_id = l.brand_id AND s.id = l.sale_id GROUP BY l.owner_party_id, s.origin"""
    counted = {(owner, origin): n for owner, origin, n in rows(stage, by)}
    # Neither the dealer's display piece nor the one it keeps back was promised to a phone.
    assert counted.get((seed.dealer, "shop"), 0) <= DEALERS - 2
    left = (
        """SELECT owner_party_id, on_hand, reserved, display, safety FROM stock_item WHERE variant_id = :v"""
    )
    for owner, on_hand, reserved, display, safety in rows(stage, left, v=variant):
        assert on_hand == reserved == counted.get((owner, "shop"), 0)
        assert 0 <= display <= on_hand
        assert safety == (1 if owner == seed.dealer else 0)
    moved = (
        "SELECT owner_party_id, -sum(quantity) FROM stock_move WHERE reason = 'sold' GROUP BY owner_party_id"
    )
    taken = {owner: n for (owner, origin), n in counted.items() if origin == "register"}
    assert dict(rows(stage, moved)) == taken
    # Each sale used the five percent (90.00 is too little for the other coupon), nobody's was used twice, and what was
    # refused gave its coupon back.
    assert rows(stage, "SELECT count(*), sum(used + reserved), max(used + reserved) FROM coupon") == [
        (2 * SHOPPERS, DEALERS + BRANDS, 1)
    ]
    assert one(stage, "SELECT count(*) FROM redemption") == DEALERS + BRANDS
    persons = "SELECT max(n) FROM (SELECT count(*) AS n FROM sale GROUP BY person_id) t"
    assert one(stage, persons) == 1
