"""Goods from our CSV and from Google's feed: whole products or none."""

from highstreet.rooms.goods.tables import price, price_list, product, variant
from tests.flows.import_desk import Desk, bad_of, counts_of, desk

__all__ = ["desk"]

TSV = (
    "id\ttitle\tgtin\tprice\tsale_price\titem group id\tcolor\tsize\tproduct_type\n"
    "D-1\tWrap Dress, navy\t4006381333931\t49.90 EUR\t39.90 EUR\tDRESS\tnavy\tS\tApparel > Dresses\n"
    "B-1\tBelt\t\t12.30 EUR\t\t\t\t\t\n"
    "D-2\tWrap Dress, red\t\t49.90 EUR\t\tDRESS\tred\tM\tApparel > Dresses\n"
)


def goods_of(desk: Desk) -> list[tuple[object, ...]]:
    return [row for row in desk.rows(variant.c.sku, variant.c.gtin) if not str(row[0]).startswith("S-")]


def test_googles_feed_as_tsv(desk: Desk) -> None:
    report = desk.take("goods", TSV, name="feed.tsv")
    assert counts_of(report) == (3, 3, 0, 0)
    assert [(note.code, note.rows) for note in report.notes] == [("import.note_sale_price", 1)]
    assert "offer" in report.notes[0].text
    assert goods_of(desk) == [("B-1", None), ("D-1", "04006381333931"), ("D-2", None)]
    # The product takes its name from the first of its rows, wherever the others stand.
    assert desk.rows(product.c.name_en, product.c.category) == [
        ("Belt", "other"),
        ("Shell", "jackets"),
        ("Wrap Dress, navy", "Apparel > Dresses"),
    ]
    attributes = dict(desk.rows(variant.c.sku, variant.c.attributes))
    assert attributes["D-2"] == {"color": "red", "size": "M"}
    # A sale price is nobody's price list.
    kinds = dict(desk.rows(price_list.c.id, price_list.c.kind))
    member_prices = [
        row for row in desk.rows(price.c.price_list_id, price.c.amount_minor) if kinds[row[0]] == "member"
    ]
    assert [amount for _, amount in member_prices] == [9000]


def test_googles_feed_as_xml_says_the_same(desk: Desk) -> None:
    desk.take("goods", TSV, name="feed.tsv")
    lines = [line.split("\t") for line in TSV.splitlines()]
    names = [name.replace(" ", "_") for name in lines[0]]
    items = "".join(
        "<item>"
        + "".join(f"<g:{n}>{v.replace('>', '&gt;')}</g:{n}>" for n, v in zip(names, row, strict=True))
        + "</item>"
        for row in lines[1:]
    )
    xml = f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>'
    assert counts_of(desk.take("goods", xml, name="feed.xml")) == (3, 0, 3, 0)


def test_twice_and_changed(desk: Desk) -> None:
    text = "sku,name_en,name_zh,price,member_price\nA,Cup,杯,5.00,4.50\nB,Pot,壶,9.00,\n"
    assert counts_of(desk.take("goods", text)) == (2, 2, 0, 0)
    assert counts_of(desk.take("goods", text)) == (2, 0, 2, 0)
    assert counts_of(desk.take("goods", text.replace("4.50", "4.00"))) == (2, 1, 1, 0)
    assert 400 in [amount for _, amount in desk.rows(price.c.variant_id, price.c.amount_minor)]


def test_a_bad_row_leaves_its_whole_product_out(desk: Desk) -> None:
    text = (
        "sku,product_ref,name,price,gtin\n"
        "A1,A,Shirt,10,\n"
        "B1,B,Hat,5,\n"
        "A2,A,Shirt,ten,\n"
        "A3,A,Shirt,10,\n"
        "C1,C,Sock,3,4006381333932\n"
        "D1,D,Shoe,3 USD,\n"
        "E1,E,Tie,1.005,\n"
        "F1,F,Bag,-1,\n"
        "G1,G,Cap,2,\n"
        "G1,G,Cap,3,\n"
        "H1,H,Two,columns\n"
        "H2,H,Two,2,\n"
    )
    report = desk.take("goods", text)
    assert counts_of(report) == (12, 1, 0, 11)
    assert sorted(bad_of(report)) == [
        (2, "", "import.group_incomplete"),
        (4, "price", "import.money_malformed"),
        (6, "gtin", "goods.gtin_malformed"),
        (7, "price", "import.currency_differs"),
        (8, "price", "import.money_malformed"),
        (9, "price", "import.money_malformed"),
        (11, "sku", "import.repeated"),
        (12, "", "import.columns_differ"),
        (13, "", "import.group_incomplete"),
    ]
    assert goods_of(desk) == [("B1", None)]
    assert next(bad.text for bad in report.bad if bad.line == 2).count("2 good rows") == 1


def test_what_is_taken_by_other_goods_is_refused_alone(desk: Desk) -> None:
    rows = "".join(f"N{n},Thing {n},1.00,\n" for n in range(400))
    report = desk.take(
        "goods", f"sku,name,price,gtin\n{rows}S-0,Seeded,1.00,\nX,Other,1.00,{desk.seed.gtins[1]}\n"
    )
    assert counts_of(report) == (402, 400, 0, 2)
    assert sorted(bad_of(report)) == [(402, "", "goods.sku_taken"), (403, "", "goods.gtin_taken")]
    assert len(goods_of(desk)) == 400
