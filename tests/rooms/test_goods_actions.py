"""Lists of goods in bulk, prices, search: on both databases."""

from dataclasses import replace

import pytest
from sqlalchemy import event, func, select

from highstreet.kernel.errors import Refusal
from highstreet.kernel.tables import outbox
from highstreet.rooms.goods import (
    GoodsRow,
    PutGoods,
    SetPrice,
    find_variants,
    prices_for,
    put_goods,
    set_price,
    variant_by_id,
    variants_for,
)
from highstreet.rooms.goods.tables import price, price_list, product, variant
from tests.seeds import NOW, seed_brand


def row(n=1, **other):
    made = GoodsRow(
        f"dress-{n}",
        f"Wrap Dress {n}",
        f"裹身裙{n}",
        "Dresses",
        f"WD-{n}",
        None,
        {"colour": {"en": "navy", "zh": "藏青"}, "size": "M"},
        1000 + n,
        None,
    )
    return replace(made, **other)


def gtin_of(n):
    body = f"29{n:010d}"
    return body + str(-sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body)) % 10)


def counts(db):
    return db.read_now(
        lambda r: [
            r.value(select(func.count()).select_from(t))
            for t in (product, variant, price_list, price, outbox)
        ]
    )


def refused(db, seed, *rows):
    before = counts(db)
    with pytest.raises(Refusal) as caught:
        db.write_now(put_goods, PutGoods(seed.brand_id, rows, "EUR"))
    assert counts(db) == before
    return caught.value


def statements(db, call, *args):
    """How many statements a call sends."""
    sent = []
    for engine in (db.engine, db._read_engine):
        event.listen(engine, "before_cursor_execute", lambda *a: sent.append(a[2]))
    result = call(*args)
    return result, [s for s in sent if not s.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]


def test_prices_for_many(db, seed):
    other = db.write_now(seed_brand, "other")
    wanted = [(s.brand_id, g) for s in (seed, other) for g in s.gtins] + [(seed.brand_id, "09506000134352")]
    found, sent = statements(db, db.read_now, prices_for, wanted)
    assert len(sent) == 1
    assert list(found) == wanted[:-1]
    first = found[seed.brand_id, seed.gtins[0]]
    assert (first.variant_id, first.list_minor, first.member_minor) == (seed.variants[0], 10000, 9000)
    assert (first.name_en, first.name_zh, first.currency, first.sku) == ("Shell, S", "冲锋衣 S", "EUR", "S-0")
    second = found[other.brand_id, other.gtins[1]]
    assert (second.variant_id, second.list_minor, second.member_minor) == (other.variants[1], 4990, None)
    assert db.read_now(prices_for, []) == {}


def test_a_brand_sees_its_own(db, seed):
    other = db.write_now(seed_brand, "other")
    assert db.read_now(variant_by_id, other.brand_id, seed.variants[0]) is None
    assert db.read_now(variants_for, [(other.brand_id, seed.variants[0])]) == {}
    assert db.read_now(variant_by_id, seed.brand_id, seed.variants[0]).sku == "S-0"


def test_put_goods_once_and_again(db, seed):
    rows = [row(1, gtin=gtin_of(1), member_minor=900), row(2, product_ref="dress-1", gtin=gtin_of(2)), row(3)]
    put = db.write_now(put_goods, PutGoods(seed.brand_id, rows, "EUR"))
    assert (put.new_products, put.new_variants, len(set(put.variant_ids))) == (2, 3, 3)
    first = db.read_now(variant_by_id, seed.brand_id, put.variant_ids[0])
    assert (first.gtin, first.list_minor, first.member_minor) == ("0" + gtin_of(1), 1001, 900)
    assert first.name_en == "Wrap Dress 2, navy, M"
    assert db.read_now(variant_by_id, seed.brand_id, put.variant_ids[2]).gtin is None
    after = counts(db)
    again = db.write_now(put_goods, PutGoods(seed.brand_id, rows, "EUR"))
    assert (again.new_products, again.new_variants, again.variant_ids) == (0, 0, put.variant_ids)
    assert counts(db) == after

    changed = [
        row(1, gtin=gtin_of(9), list_minor=5, attributes={"size": "XL"}, product_name_en="Dress"),
        row(4),
    ]
    put = db.write_now(put_goods, PutGoods(seed.brand_id, changed, "EUR"))
    assert (put.new_products, put.new_variants) == (1, 1)
    first = db.read_now(variant_by_id, seed.brand_id, put.variant_ids[0])
    assert (first.name_en, first.gtin, first.list_minor, first.member_minor) == (
        "Dress, XL",
        "0" + gtin_of(9),
        5,
        None,
    )
    assert first.attributes == {"size": "XL"}


def test_another_currency_is_another_list(db, seed):
    rows = [row(1)]
    put = db.write_now(put_goods, PutGoods(seed.brand_id, rows, "EUR"))
    db.write_now(put_goods, PutGoods(seed.brand_id, [row(1, list_minor=7)], "SEK"))
    found = db.read_now(variant_by_id, seed.brand_id, put.variant_ids[0])
    assert (found.currency, found.list_minor) == ("EUR", 1001)


def test_bulk_takes_few_statements(db, seed):
    rows = [row(n, gtin=gtin_of(n), member_minor=1) for n in range(510)]
    command = PutGoods(seed.brand_id, rows, "EUR")
    put, sent = statements(db, db.write_now, put_goods, command)
    assert put.new_variants == 510
    assert len(sent) <= 2 + 2 * 7
    assert len(db.read_now(prices_for, [(seed.brand_id, "0" + gtin_of(n)) for n in range(510)])) == 510
    assert db.write_now(put_goods, command).new_variants == 0


def test_numbers_of_other_goods_are_refused(db, seed):
    refusal = refused(db, seed, row(1), row(2, sku="S-1"))
    assert (refusal.code, refusal.status) == ("goods.sku_taken", 409)
    assert refusal.facts == {"row_no": 2, "sku": "S-1", "gtin": None}
    refusal = refused(db, seed, row(1, gtin=seed.gtins[0]))
    assert (refusal.code, refusal.facts["gtin"]) == ("goods.gtin_taken", seed.gtins[0])
    other = db.write_now(seed_brand, "other")
    assert (
        db.write_now(put_goods, PutGoods(other.brand_id, [row(1, gtin=gtin_of(1))], "EUR")).new_variants == 1
    )


MALFORMED = [
    ([row(1), row(2, sku="WD-1")], "goods.row_repeated", {"row_no": 2, "field": "sku"}),
    (
        [row(1, gtin=gtin_of(1)), row(2, gtin=gtin_of(1))],
        "goods.row_repeated",
        {"row_no": 2, "field": "gtin"},
    ),
    ([row(1, sku=" ")], "goods.row_malformed", {"row_no": 1, "field": "sku"}),
    ([row(1, sku="x" * 81)], "goods.row_malformed", {"row_no": 1, "field": "sku"}),
    ([row(1, gtin="123")], "goods.row_malformed", {"row_no": 1, "field": "gtin"}),
    ([row(1, list_minor=-1)], "goods.row_malformed", {"row_no": 1, "field": "list_minor"}),
    ([row(1, list_minor=1.5)], "goods.row_malformed", {"row_no": 1, "field": "list_minor"}),
    ([row(1, member_minor=-1)], "goods.row_malformed", {"row_no": 1, "field": "member_minor"}),
    ([row(1, attributes={"size": 1})], "goods.row_malformed", {"row_no": 1, "field": "attributes"}),
    (
        [row(1, attributes={"size": {"en": "S"}})],
        "goods.row_malformed",
        {"row_no": 1, "field": "attributes"},
    ),
]


def test_malformed_rows(db, seed):
    for rows, code, facts in MALFORMED:
        refusal = refused(db, seed, *rows)
        assert (refusal.code, refusal.facts) == (code, facts)


def test_set_price(db, seed):
    command = SetPrice(seed.brand_id, seed.variants[0], "EUR", 8000, None, NOW)
    db.write_now(set_price, command)
    found = db.read_now(variant_by_id, seed.brand_id, seed.variants[0])
    assert (found.list_minor, found.member_minor) == (8000, None)
    db.write_now(set_price, replace(command, member_minor=7000))
    assert db.read_now(variant_by_id, seed.brand_id, seed.variants[0]).member_minor == 7000
    events = db.read_now(lambda r: r.rows(select(outbox.c.name, outbox.c.body).order_by(outbox.c.seq)))
    assert [e.name for e in events] == ["goods.price_changed.v1"] * 2
    assert [e.body["member_minor"] for e in events] == [None, 7000]

    other = db.write_now(seed_brand, "other")
    for wrong, code in (
        (replace(command, brand_id=other.brand_id), "goods.variant_not_found"),
        (replace(command, list_minor=-1), "goods.amount_out_of_range"),
        (replace(command, currency="euro"), "money.currency_malformed"),
    ):
        before = counts(db)
        with pytest.raises(Refusal) as caught:
            db.write_now(set_price, wrong)
        assert (caught.value.code, counts(db)) == (code, before)


FOUND = [
    ("shell", ["S-0", "S-1", "S-2"]),
    ("SHELL s-1", ["S-1"]),
    ("冲锋", ["S-0", "S-1", "S-2"]),
    ("0000000022", ["S-1"]),
    ("s-2", ["S-2"]),
    ("", ["100%_OFF", "S-0", "S-1", "S-2"]),
    ("%", ["100%_OFF"]),
    ("_", ["100%_OFF"]),
    ("\\", []),
    ("dress shell", []),
    ("' OR 1=1 --", []),
]


def test_find_variants(db, seed):
    db.write_now(put_goods, PutGoods(seed.brand_id, [row(1, product_name_en="Dress", sku="100%_OFF")], "EUR"))
    other = db.write_now(seed_brand, "other")
    everywhere = db.read_now(find_variants, None, "s-1", 9)
    assert {one.brand_id for one in everywhere} == {seed.brand_id, other.brand_id}
    for text, found in FOUND:
        assert [one.sku for one in db.read_now(find_variants, seed.brand_id, text, 9)] == found
        assert [one.sku for one in db.read_now(find_variants, seed.brand_id, text, 1)] == found[:1]


def test_goods_are_found_by_the_name_that_is_shown(db, seed):
    attributes = {"Colour": {"en": "sand", "zh": "沙色"}, "Size": "42"}
    made = row(1, product_name_en="Leather Belt", product_name_zh="皮带", sku="belt", attributes=attributes)
    db.write_now(put_goods, PutGoods(seed.brand_id, [made, row(2, sku="plain")], "EUR"))
    (shown,) = db.read_now(find_variants, seed.brand_id, "Leather Belt", 9)
    for text in (shown.name_en, shown.name_zh, "belt sand", "沙色", "皮带，沙色", "SAND, leather 42"):
        assert [one.sku for one in db.read_now(find_variants, seed.brand_id, text, 9)] == ["belt"], text
    for text in ("belt grey", "belt zh", "belt en:"):
        assert db.read_now(find_variants, seed.brand_id, text, 9) == [], text
