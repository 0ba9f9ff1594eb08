"""Counted stock from files."""

import pytest

from highstreet.rooms.stock.tables import stock_item, stock_move
from tests.flows.import_desk import Desk, bad_of, counts_of, desk

__all__ = ["desk"]


@pytest.fixture(autouse=True)
def places(desk: Desk) -> None:
    """A place with a reference, without a position."""
    desk.take("places", "ref,name,operator\nP1,Shop,dealer\n", name="places.csv")


def on_hand(desk: Desk) -> list[tuple[object, ...]]:
    s = stock_item.c
    return [
        row[1:]
        for row in desk.rows(s.place_id, s.variant_id, s.owner_party_id, s.on_hand)
        if row[0] != desk.seed.place_id
    ]


def test_counts_by_sku_or_gtin_for_any_owner(desk: Desk) -> None:
    seed = desk.seed
    text = f"门店编号,sku,gtin,数量,货主\nP1,S-0,,4,\nP1,,{seed.gtins[1]},5,brand\nP1,S-2,,0,{seed.dealer}\n"
    assert counts_of(desk.take("stock", text)) == (3, 2, 1, 0)
    expected = [
        (seed.variants[0], seed.dealer, 4),
        (seed.variants[1], seed.brand_party, 5),
        (seed.variants[2], seed.dealer, 0),
    ]
    assert sorted(on_hand(desk)) == sorted(expected)
    moves = desk.count(stock_move)
    assert counts_of(desk.take("stock", text)) == (3, 0, 3, 0)
    assert desk.count(stock_move) == moves
    assert counts_of(desk.take("stock", text.replace(",4,", ",6,"))) == (3, 1, 2, 0)
    assert desk.count(stock_move) == moves + 1


def test_bad_rows(desk: Desk) -> None:
    seed = desk.seed
    text = (
        "place_ref,sku,gtin,quantity,owner\n"
        "P1,S-0,,4,\n"
        "P2,S-0,,4,\n"
        "P1,none,,4,\n"
        "P1,,4006381333931,4,\n"
        "P1,,,4,\n"
        "P1,S-1,,-1,\n"
        "P1,S-1,,1.5,\n"
        "P1,S-1,,,\n"
        "P1,S-1,,4,nobody\n"
        f"P1,,{seed.gtins[0]},9,\n"
    )
    report = desk.take("stock", text)
    assert counts_of(report) == (10, 1, 0, 9)
    assert sorted(bad_of(report)) == [
        (3, "place_ref", "import.place_unknown"),
        (4, "sku", "import.goods_unknown"),
        (5, "gtin", "import.goods_unknown"),
        (6, "sku", "import.value_missing"),
        (7, "quantity", "import.out_of_range"),
        (8, "quantity", "import.number_malformed"),
        (9, "quantity", "import.value_missing"),
        (10, "owner", "import.party_unknown"),
        (11, "", "import.repeated"),
    ]
    assert on_hand(desk) == [(seed.variants[0], seed.dealer, 4)]


def test_a_count_below_what_orders_hold_is_refused_alone(desk: Desk) -> None:
    desk.take("stock", "place_ref,sku,quantity\nP1,S-0,4\nP1,S-1,4\n")
    with desk.db.engine.begin() as connection:
        connection.execute(
            stock_item.update().where(stock_item.c.variant_id == desk.seed.variants[0]).values(reserved=3)
        )
    report = desk.take("stock", "place_ref,sku,quantity\nP1,S-0,2\nP1,S-1,2\n")
    assert counts_of(report) == (2, 1, 0, 1)
    assert bad_of(report) == [(2, "", "stock.count_below_reserved")]
