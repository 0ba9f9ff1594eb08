"""Sales of the past: exact amounts, whole baskets, an import that is cut off and taken up again."""

from datetime import datetime
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

from highstreet.kernel.tables import checkpoint
from highstreet.kernel.time import parse_utc
from highstreet.rooms.members.tables import member
from highstreet.rooms.sales.tables import sale, sale_line
from tests.flows.import_desk import Desk, bad_of, counts_of, desk

__all__ = ["desk"]

HEADER = "sale_ref,at,place_ref,sku,quantity,net,discount,member_ref\n"


@pytest.fixture(autouse=True)
def known(desk: Desk) -> None:
    """A place with a reference and two members."""
    desk.take("places", "ref,name,lat,lon\nP1,Shop,60.17,24.94\n", name="places.csv")
    desk.take("members", "member_ref\nM1\nM2\n", name="members.csv")


def test_lines_become_sales_with_exact_amounts(desk: Desk) -> None:
    text = HEADER + (
        "R1,2025-07-01 01:30,P1,S-0,3,10.00,0.00,M1\n"
        "R2,2025-07-01T12:00:00+03:00,P1,S-1,2,9.00,1.00,\n"
        "R1,2025-07-01 01:30,P1,S-2,1,0.50,0.25,M1\n"
    )
    assert counts_of(desk.take("sales", text)) == (3, 3, 0, 0)
    s, n = sale.c, sale_line.c
    first, second = desk.rows(
        s.list_minor, s.discount_minor, s.total_minor, s.business_day, s.opened_at, s.proof
    )
    assert first[:5] == (1000, 100, 900, "2025-07-01", parse_utc("2025-07-01T09:00:00Z"))
    # 10.00 for three pieces is no whole unit price: the list is 3 × 3.34, and the proof says 2 of it are ours.
    assert second[:5] == (1077, 27, 1050, "2025-06-30", parse_utc("2025-06-30T22:30:00Z"))
    assert second[5] == {"kind": "import", "sale_ref": "R1", "rounding_minor": {"1": 2}}
    lines = desk.rows(
        n.net_minor, n.quantity, n.unit_list_minor, n.discount_minor, n.line_no, n.name_en, n.gtin
    )
    assert lines == [
        (50, 1, 75, 25, 2, "Shell, L", desk.seed.gtins[2]),
        (900, 2, 500, 100, 1, "Shell, M", desk.seed.gtins[1]),
        (1000, 3, 334, 2, 1, "Shell, S", desk.seed.gtins[0]),
    ]
    assert {row[0] for row in desk.rows(s.origin)} == {"import"}
    members = {row[0]: row[1] for row in desk.rows(s.total_minor, s.member_id)}
    assert members[900] is None
    assert members[1050] in [row[0] for row in desk.rows(member.c.id)]


def test_twice_changes_nothing_and_other_amounts_are_refused(desk: Desk) -> None:
    text = HEADER + "R1,2025-07-01 10:00,P1,S-0,1,10.00,,\nR2,2025-07-01 10:00,P1,S-0,1,5.00,,\n"
    desk.take("sales", text)
    assert counts_of(desk.take("sales", text)) == (2, 0, 2, 0)
    report = desk.take("sales", text.replace("5.00", "6.00") + "R3,2025-07-01 10:00,P1,S-0,1,1.00,,\n")
    assert counts_of(report) == (3, 1, 1, 1)
    assert bad_of(report) == [(3, "", "import.sale_differs")]
    assert sorted(row[0] for row in desk.rows(sale.c.total_minor)) == [100, 500, 1000]


def test_a_bad_line_leaves_its_whole_sale_out(desk: Desk) -> None:
    text = HEADER + (
        "A,2025-07-01 10:00,P1,S-0,1,10.00,,\n"
        "B,2025-07-01 10:00,P1,S-0,1,10.00,,\n"
        "A,2025-07-01 10:00,P1,none,1,10.00,,\n"
        "C,2025-07-01 10:00,P1,S-0,0,0.00,,\n"
        "D,2025-07-01 10:00,P1,S-0,1,1.00,,\n"
        "D,2025-07-01 10:01,P1,S-0,1,1.00,,\n"
        "E,2025-07-01 10:00,P1,S-0,1,1.00,,M1\n"
        "E,2025-07-01 10:00,P1,S-0,1,1.00,,M2\n"
        "F,2025-07-01 10:00,P1,S-0,1,-1.00,,\n"
        "G,2025-07-01 10:00,P1,S-0,1,1.00,,M9\n"
        "H,2025-07-01 10:00,P1,S-0,1,1.00,\n"
        "H,2025-07-01 10:00,P1,S-0,1,1.00,,\n"
        "I,soon,P1,S-0,1,1.00,,\n"
        "I,2025-07-01 10:00,P1,S-0,1,1.00,,\n"
        "J,2025-07-01 10:00,P7,S-0,1,1.00,,\n"
    )
    report = desk.take("sales", text)
    assert counts_of(report) == (15, 1, 0, 14)
    assert sorted(bad_of(report)) == [
        (2, "", "import.group_incomplete"),
        (4, "sku", "import.goods_unknown"),
        (5, "quantity", "import.quantity_zero"),
        (7, "at", "import.lines_differ"),
        (9, "member_ref", "import.lines_differ"),
        (10, "net", "import.out_of_range"),
        (11, "member_ref", "import.member_unknown"),
        (12, "", "import.columns_differ"),
        (13, "", "import.group_incomplete"),
        (14, "at", "import.time_malformed"),
        (15, "", "import.group_incomplete"),
        (16, "place_ref", "import.place_unknown"),
    ]
    assert desk.rows(sale.c.total_minor) == [(1000,)]


@pytest.mark.parametrize(
    ("header", "cells", "amounts"),
    [
        ("list,net", "10.00,8.00", (1000, 200, 800)),
        ("list,discount", "10.00,2.00", (1000, 200, 800)),
        ("unit_price,discount", "5.00,2.00", (1000, 200, 800)),
        ("unit_price", "5.00", (1000, 0, 1000)),
        ("net,list,discount", "8.00,10.00,2.00", (1000, 200, 800)),
        ("net,list,discount", "8.00,10.00,1.00", None),
        ("discount", "1.00", None),
        ("list,net", "8.00,10.00", None),
    ],
)
def test_amounts_in_any_two_words(
    desk: Desk, header: str, cells: str, amounts: tuple[int, int, int] | None
) -> None:
    text = f"sale_ref,at,place_ref,sku,quantity,{header}\nR,2025-07-01 10:00,P1,S-0,2,{cells}\n"
    desk.take("sales", text)
    found = desk.rows(sale.c.list_minor, sale.c.discount_minor, sale.c.total_minor)
    assert found == ([amounts] if amounts else [])


def test_parquet_with_a_mapping_keeps_money_without_goods(desk: Desk, tmp_path: Path) -> None:
    at = datetime(2025, 7, 1, 10, 0)  # noqa: DTZ001
    table = pa.table(
        {
            "basket": [7, 7, 8],
            "at": pa.array([at, at, at], pa.timestamp("ns")),
            "store": ["P1"] * 3,
            "sku": ["S-0", "S-1", "S-1"],
            "quantity": [2, 0, 1],
            "net": [3.29, 0.29, 1.0],
            "off": [0.1, 0.0, 0.0],
            "off2": [0.2, 0.0, None],
            "coupon": [0.0, 2.0, 0.0],
        }
    )
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2)
    mapping = """
        [options]
        zero_quantity = "keep"
        [fields]
        sale_ref = "basket"
        at = "at"
        place_ref = "store"
        sku = "sku"
        quantity = "quantity"
        net = "net"
        discount = { sum = ["off", "off2"] }
        other_payer = "coupon"
    """
    content = (tmp_path / "a.parquet").read_bytes()
    report = desk.take("sales", content, name="a.parquet", mapping=mapping)
    assert counts_of(report) == (3, 3, 0, 0)
    assert [(note.code, note.rows) for note in report.notes] == [("import.note_without_goods", 1)]
    assert desk.rows(sale.c.total_minor, sale.c.list_minor, sale.c.proof)[1] == (
        358,
        389,
        {
            "kind": "import",
            "sale_ref": "7",
            "rounding_minor": {"1": 1},
            "other_payer_minor": {"2": 200},
            "without_goods": [2],
        },
    )


def test_measures_are_one_piece_and_remembered(desk: Desk) -> None:
    text = HEADER + (
        "R,2025-07-01 10:00,P1,S-0,11000,25.31,,\n"
        "R,2025-07-01 10:00,P1,S-1,9,0.05,,\n"
        "R,2025-07-01 10:00,P1,S-2,9,0,,\n"
        "R,2025-07-01 10:00,P1,S-2,9,0.09,,\n"
    )
    desk.take("sales", text)
    assert desk.rows(sale.c.list_minor, sale.c.total_minor, sale.c.proof) == [
        (2545, 2545, {"kind": "import", "sale_ref": "R", "measured": {"1": 11000, "2": 9}})
    ]
    n = sale_line.c
    assert desk.rows(n.line_no, n.quantity, n.unit_list_minor, n.net_minor) == [
        (1, 1, 2531, 2531),
        (2, 1, 5, 5),
        (3, 9, 0, 0),
        (4, 9, 1, 9),
    ]


def many_lines(random: Random, baskets: int) -> str:
    """Baskets whose lines stand anywhere in the file, some of them bad."""
    lines = [
        f"R{n},2025-07-{n % 28 + 1:02} 10:00,P1,S-{random.randrange(3)},{random.randrange(1, 4)},"
        f"{random.randrange(1, 999) / 100},,{'M1' if n % 2 else ''}\n"
        for n in range(baskets)
        for _ in range(random.randrange(1, 6))
    ]
    lines += [
        f"R{n},2025-07-{n % 28 + 1:02} 10:00,P1,none,1,1.00,,{'M1' if n % 2 else ''}\n"
        for n in range(0, baskets, 9)
    ]
    random.shuffle(lines)
    return HEADER + "".join(lines)


@pytest.mark.parametrize("kills", [[350], [1, 600], [300, 900, 1200]])
def test_a_killed_import_goes_on_where_it_was(desk: Desk, kills: list[int]) -> None:
    text = many_lines(Random(7), 500)
    events: list[int] = []

    class Killed(Exception):
        """The process is gone."""

    for limit in kills:

        def dying(rows: int, of: int | None, limit: int = limit) -> None:
            if of is not None and rows >= limit:
                raise Killed

        with pytest.raises(Killed):
            desk.take("sales", text, progress=dying)
        events.append(desk.count(sale_line))
    assert events == sorted(events)
    assert events[-1] > 0
    report = desk.take("sales", text)
    assert report.resumed_rows >= events[-1]
    # The same file on its own, in one go, says the same.
    resumed = counts_of(report)
    lines = text.splitlines()[1:]
    spoilt = {line.split(",")[0] for line in lines if ",none," in line}
    good = [line for line in lines if line.split(",")[0] not in spoilt]
    assert resumed == (len(lines), len(good), 0, len(lines) - len(good))
    assert desk.count(sale_line) == len(good)
    assert desk.count(sale) == len({line.split(",")[0] for line in good})
    net = desk.db.read_now(lambda reader: reader.value(select(func.sum(sale_line.c.net_minor))))
    assert int(net) == sum(round(float(line.split(",")[5]) * 100) for line in good)
    assert counts_of(desk.take("sales", text)) == (len(lines), 0, len(good), len(lines) - len(good))
    assert desk.count(checkpoint) == 3  # places, members, sales: one for each file


def test_rows_refused_while_writing_are_still_named_after_a_kill(desk: Desk) -> None:
    text = many_lines(Random(3), 300).replace(",none,", ",S-0,")
    desk.take("sales", text)
    changed = text.replace("R5,", "R5x,", 1)
    first = desk.take("sales", changed)

    def dying(rows: int, of: int | None) -> None:
        if of is not None and rows >= 600:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        desk.take("sales", changed, progress=dying)
    again = desk.take("sales", changed)
    assert bad_of(again) == bad_of(first)
    assert [code for _, _, code in bad_of(again)] == ["import.sale_differs"]
    assert again.resumed_rows > 0


def test_a_database_that_is_busy_is_asked_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.db, "queue_limit", 0)
    from threading import Timer

    Timer(0.15, lambda: monkeypatch.setattr(desk.db, "queue_limit", 2048)).start()
    assert counts_of(desk.take("sales", HEADER + "R1,2025-07-01 10:00,P1,S-0,1,1.00,,\n")) == (1, 1, 0, 0)
