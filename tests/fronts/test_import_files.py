"""Files become records: delimiters, encodings, broken rows, streaming; nothing is guessed."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.fronts.office.imports import read_json as json_reader
from highstreet.fronts.office.imports.read_csv import normalize, read_csv
from highstreet.fronts.office.imports.read_feed import read_feed
from highstreet.fronts.office.imports.read_json import read_geojson, read_json, read_json_lines
from highstreet.fronts.office.imports.read_parquet import read_parquet
from highstreet.fronts.office.imports.read_text import check_file, find_encoding, open_text
from highstreet.fronts.office.imports.records import RECORD_LIMIT, Record
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.errors import Refusal
from highstreet.kernel.time import to_micros

NAMES = {"ref", "name", "price"}


def csv_of(text: str, *, has_header: bool = True) -> list[Record]:
    return list(read_csv(StringIO(text, newline=""), NAMES, has_header=has_header))


def codes(records: Sequence[Record]) -> list[tuple[int, str | None]]:
    return [(one.line, one.refusal.code if one.refusal else None) for one in records]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_finds_the_delimiter_by_the_header(delimiter: str, end: str) -> None:
    rows = [["Ref", "name ", "PRICE"], ["1", "a, b; c", "2.50"], ["2", "", "3"]]
    text = end.join(delimiter.join(f'"{cell}"' for cell in row) for row in rows) + end
    records = csv_of(text)
    assert [r.values for r in records] == [
        {"Ref": "1", "name ": "a, b; c", "PRICE": "2.50"},
        {"Ref": "2", "name ": "", "PRICE": "3"},
    ]
    assert [r.line for r in records] == [2, 3]


def test_csv_lines_count_what_stands_in_quotes_and_pass_over_empty_ones() -> None:
    assert codes(csv_of('ref,name\n1,"two\nlines"\n\n,\n2,x\n')) == [(2, None), (6, None)]


def test_csv_without_a_known_name_is_refused() -> None:
    with pytest.raises(Refusal) as caught:
        csv_of("a,b\n1,2\n")
    assert caught.value.code == "import.header_missing"
    assert csv_of("a,b\n", has_header=False)[0].values == {"1": "a", "2": "b"}
    assert csv_of("") == []


def test_csv_bad_rows_leave_the_others() -> None:
    records = csv_of("ref,name\n1,a,b\n2\n3,c,\n4,d\n")
    assert codes(records) == [
        (2, "import.columns_differ"),
        (3, "import.columns_differ"),
        (4, None),
        (5, None),
    ]
    # What can be told of a broken row still tells whose group is incomplete.
    assert records[0].values["ref"] == "1"


def test_csv_huge_fields_and_lines_are_bad_rows() -> None:
    long_field = "x" * 131_073
    long_line = "y" * (RECORD_LIMIT + 5)
    records = csv_of(f"ref,name\n1,{long_field}\n2,ok\n3,{long_line}\n4,ok\n")
    assert codes(records) == [
        (2, "import.value_too_long"),
        (3, None),
        (4, "import.value_too_long"),
        (5, None),
    ]


def test_csv_a_cut_line_of_short_fields_is_bad() -> None:
    records = csv_of("ref,name\n1," + "," * RECORD_LIMIT + "\n2,ok\n")
    assert codes(records) == [(2, "import.value_too_long"), (3, None)]


def test_csv_a_quote_never_closed_is_one_bad_row() -> None:
    records = csv_of('ref,name\n1,"open\n' + "2,line of text\n" * 20_000)
    assert records[0].line == 2
    assert records[0].refusal is not None
    assert records[-1].values == {"ref": "2", "name": "line of text"}


def test_normalize() -> None:
    assert [normalize(n) for n in (" g:Item-Group  ID", "item_group_id", "货号 ")] == [
        "item_group_id",
        "item_group_id",
        "货号",
    ]


@pytest.mark.parametrize(
    ("encoding", "told", "found"),
    [
        ("utf-8", None, "utf-8"),
        ("utf-8-sig", None, "utf-8-sig"),
        ("utf-16", None, "utf-16"),
        ("utf-32", None, "utf-32"),
        ("gb18030", "GB18030", "gb18030"),
        ("utf-8-sig", "utf-8", "utf-8-sig"),
        ("utf-16", "utf-16-le", "utf-16"),
        ("utf-16-le", "utf-16-le", "utf-16-le"),
        ("big5", "big5", "big5"),
    ],
)
def test_encodings(tmp_path: Path, encoding: str, told: str | None, found: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("ref,name\n1,上海\n".encode(encoding))
    assert find_encoding(path, told) == found
    check_file(path, found)
    with open_text(path, found) as stream:
        assert stream.read() == "ref,name\n1,上海\n"


@pytest.mark.parametrize("told", ["no-such", "hex", "rot13", "base64"])
def test_unknown_encodings(tmp_path: Path, told: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x")
    with pytest.raises(Refusal) as caught:
        find_encoding(path, told)
    assert caught.value.code == "import.encoding_unknown"


@pytest.mark.parametrize("padding", [0, 1 << 20, (1 << 20) - 12])
def test_a_wrong_encoding_names_line_and_byte(tmp_path: Path, padding: int) -> None:
    path = tmp_path / "a.csv"
    before = b"ref,name\n" + "1,上\n".encode() + b"p" * padding + b"\n2,"
    path.write_bytes(before + "店".encode("gb18030") + b"\n")
    with pytest.raises(Refusal) as caught:
        check_file(path, find_encoding(path, None))
    assert caught.value.code == "import.encoding_wrong"
    assert caught.value.facts == {"encoding": "utf-8", "line": 4, "byte": len(before), "value": "0xB5"}


def test_a_file_that_ends_within_a_character(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("ref\n店".encode()[:-1])
    with pytest.raises(Refusal) as caught:
        check_file(path, "utf-8")
    assert (caught.value.facts["line"], caught.value.facts["byte"]) == (2, 4)


def test_a_wrong_byte_in_utf_16_of_either_order(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xfe\xff" + "a\nb\n".encode("utf-16-be") + b"\xdc\x00\x00a")
    with pytest.raises(Refusal) as caught:
        check_file(path, "utf-16")
    assert (caught.value.facts["line"], caught.value.facts["byte"]) == (3, 10)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.text(), json_values, max_size=4), max_size=6),
    st.sampled_from([None, 1]),
    st.integers(1, 40),
)
def test_json_is_read_as_the_standard_library_reads_it(
    items: list[dict[str, Any]], indent: int | None, chunk: int
) -> None:
    """At whatever place the buffer ends."""
    text = json.dumps({"meta": [1, {"data": 2}], "data": items}, indent=indent)
    before, json_reader._CHUNK = json_reader._CHUNK, chunk
    try:
        assert [dict(r.values) for r in read_json(StringIO(text), "data")] == items
    finally:
        json_reader._CHUNK = before


def test_json_lines_of_records_and_what_is_none() -> None:
    text = '{"a": {"b": [\n{"x": 1},\n 5,\n\n{"x": 2}]}}'
    assert codes(list(read_json(StringIO(text), "a.b"))) == [
        (2, None),
        (3, "import.record_malformed"),
        (5, None),
    ]


@pytest.mark.parametrize(
    "text", ["", "{}", "[{]", '[{"a": NaN}]', '[{"a": 1}', '[{"a": 1} {"b": 2}]', "[" * 100_000]
)
def test_json_malformed(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        list(read_json(StringIO(text), ""))
    assert caught.value.code == "import.file_malformed"


def test_json_lines_refuse_one_line_alone() -> None:
    text = '{"a": 1}\n\n{"a": \n[1]\n{"a": 2}\n' + '"' + "x" * (RECORD_LIMIT + 1) + '"\n{"a": 3}\n'
    assert codes(list(read_json_lines(StringIO(text, newline="")))) == [
        (1, None),
        (3, "import.record_malformed"),
        (4, "import.record_malformed"),
        (5, None),
        (6, "import.value_too_long"),
        (7, None),
    ]


def test_geojson_points() -> None:
    features = [
        {
            "type": "Feature",
            "id": "n1",
            "properties": {"name": "A"},
            "geometry": {"type": "Point", "coordinates": [24.9, 60.1, 3]},
        },
        {
            "type": "Feature",
            "properties": {"id": "n2"},
            "geometry": {"type": "LineString", "coordinates": []},
        },
        {"type": "Feature", "properties": None, "geometry": None},
    ]
    found = list(read_geojson(StringIO(json.dumps({"type": "FeatureCollection", "features": features}))))
    assert found[0].values == {"name": "A", "id": "n1", "lon": 24.9, "lat": 60.1}
    assert [one.refusal.code if one.refusal else None for one in found] == [
        None,
        "import.not_a_point",
        "import.not_a_point",
    ]


RSS = """<?xml version="1.0" encoding="GB2312"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Feed</title>
<item>
 <title>Plain</title><g:title>Dress &amp; <![CDATA[<b>]]></g:title><g:id>A1</g:id><g:price>12.30 EUR</g:price>
 <g:shipping><g:price>4 EUR</g:price><g:country>FI</g:country></g:shipping>
</item>
<item><g:id>A2</g:id></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><id>f</id>
<entry><g:id>B1</g:id><id>tag:x</id><title>Shoe</title></entry></feed>"""


def test_feeds_of_both_kinds() -> None:
    first, second = read_feed(StringIO(RSS))
    assert (first.line, second.line) == (3, 7)
    assert first.values["title"] == "Dress & <b>"
    assert first.values["price"] == "12.30 EUR"
    assert second.values == {"id": "A2"}
    assert [dict(one.values) for one in read_feed(StringIO(ATOM))] == [{"id": "B1", "title": "Shoe"}]


@pytest.mark.parametrize(
    "text",
    [
        "<rss><item></rss>",
        "not xml",
        '<!DOCTYPE a [<!ENTITY e "x">]><a><item><id>&e;</id></item></a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    ],
)
def test_feeds_malformed_or_with_a_dtd(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        list(read_feed(StringIO(text)))
    assert caught.value.code == "import.file_malformed"


def test_a_feed_item_too_long_is_refused_alone() -> None:
    text = f"<a><item><id>1</id><d>{'x' * (RECORD_LIMIT + 1)}</d></item><item><id>2</id></item></a>"
    assert codes(list(read_feed(StringIO(text)))) == [(1, "import.value_too_long"), (1, None)]


def test_parquet_by_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    at = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001
    table = pa.table(
        {
            "id": pa.array([1, 2, None], pa.int64()),
            "at": pa.array([at, None, at], pa.timestamp("ns")),
            "word": pa.array(["x", "y", "x"]).dictionary_encode(),
            "unused": [1, 2, 3],
        }
    )
    pq.write_table(table, path, row_group_size=2)
    found = list(read_parquet(path, {"id", "at", "word"}))
    assert [one.line for one in found] == [1, 2, 3]
    assert found[0].values == {"id": 1, "at": at, "word": "x"}
    path.write_bytes(b"PAR1 no")
    with pytest.raises(Refusal) as caught:
        list(read_parquet(path, None))
    assert caught.value.code == "import.file_malformed"


def refused(value: Any, method: str, *args: Any) -> str | None:
    try:
        getattr(Fields({"f": value}), method)("f", *args)
    except Refusal as refusal:
        if refusal.facts["field"] != "f":
            return str(refusal)
        return refusal.code.removeprefix("import.")
    return None


def test_money_is_exact_or_refused() -> None:
    ok = {
        "12.30": 1230,
        "12.30 EUR": 1230,
        "EUR 12.3": 1230,
        "-0.05": -5,
        "5.000": 500,
        12: 1200,
        0.29: 29,
        1234567.89: 123456789,
        Decimal("7.10"): 710,
    }
    assert {value: Fields({"f": value}).money("f", "EUR") for value in ok} == ok
    assert Fields({"f": [0.1, 0.2, None, ""]}).money("f", "EUR") == 30
    assert Fields({"f": ""}).money("f", "EUR") is None
    assert Fields({"f": "1200"}).money("f", "JPY") == 1200
    bad = ["12,30", "1 200", "1.234", "x", 0.123, float("nan"), float("inf"), 1e300, True, "9" * 30, "1e3"]
    assert [refused(value, "money", "EUR") for value in bad] == ["money_malformed"] * len(bad)
    assert refused("3 USD", "money", "EUR") == "currency_differs"


@given(st.integers(-(10**10), 10**10))
def test_doubles_of_cents_are_those_cents(cents: int) -> None:
    assert Fields({"f": cents / 100}).money("f", "EUR") == cents


def test_times_with_and_without_offset() -> None:
    expected = to_micros(datetime(2026, 7, 1, 9, 30, tzinfo=UTC))
    for value in (
        "2026-07-01T12:30:00+03:00",
        "2026-07-01 12:30",
        datetime(2026, 7, 1, 12, 30),  # noqa: DTZ001
        datetime(2026, 7, 1, 9, 30, tzinfo=UTC),
    ):
        assert Fields({"f": value}).time("f", "Europe/Helsinki") == expected
    bad = ["01.07.2026", "2026-13-01", 5, "2026-07-01T25:00:00Z"]
    assert [refused(value, "time", "UTC") for value in bad] == ["time_malformed"] * len(bad)


def test_texts_and_numbers() -> None:
    assert Fields({"f": " a\u3000b\n c "}).text("f", 9) == "a b c"
    assert Fields({"f": 12.0}).text("f", 9) == "12"
    assert Fields({"f": 31.233866}).number("f", -90, 90) == 31.233866
    assert refused("x" * 10, "text", 9) == "value_too_long"
    assert refused("a\x00b", "text", 9) == "control_character"
    assert refused({"a": 1}, "text", 9) == "record_malformed"
    assert refused("", "need_text", 9) == "value_missing"
    assert refused("1.5", "whole", 0, 9) == "number_malformed"
    assert refused("-1", "whole", 0, 9) == "out_of_range"
    assert refused("abc", "number", -90, 90) == "number_malformed"
    assert refused("maybe", "flag", True) == "choice_unknown"
