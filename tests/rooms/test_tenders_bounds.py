"""Uploaded files within bounds: what is refused by count, what memory reading takes, days that are none of ours."""

import gzip
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.flows.match_statement import read_statement
from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders import is_creditor_reference, parse_wallet_bill
from highstreet.rooms.tenders.errors import FILE_TOO_LONG
from highstreet.rooms.tenders.model.bounded import FIRST_DAY, LAST_DAY, LIMITS, MAX_ROW
from highstreet.rooms.tenders.rails import packed
from highstreet.rooms.tenders.rails.alipay_bill import parse_alipay_bill
from highstreet.rooms.tenders.rails.statement import MAX_DEPTH, read_camt, references_in
from highstreet.rooms.tenders.rails.statement_csv import read_statement_csv
from highstreet.rooms.tenders.rails.stripe_report import parse_report
from highstreet.rooms.tenders.rails.wechat_bill import parse
from tests.rails.test_stripe_report import row as stripe_row
from tests.rails.test_stripe_report import written
from tests.rooms.test_tenders_alipay_bill import PAID as ALIPAY_PAID
from tests.rooms.test_tenders_alipay_bill import text_of
from tests.rooms.test_tenders_model import PAID, bill
from tests.rooms.test_tenders_packed import zipped
from tests.rooms.test_tenders_statements import RF, camt, entry, paid
from tests.rooms.test_tenders_wechat_bill import PAID as WECHAT_PAID
from tests.rooms.test_tenders_wechat_bill import sums, whole

FAR = ("9999-12-31", "0001-01-01", "0001-01-02", "1999-12-31", "2199-12-31")


def refused(read: Callable[..., object], *given: object) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refusal) as caught:
        read(*given)
    return caught.value.code, dict(caught.value.facts)


def too_long(reason: str) -> tuple[str, dict[str, Any]]:
    return FILE_TOO_LONG.code, {"reason": reason, "limit": LIMITS[reason]}


def peak(read: Callable[..., object], *given: object) -> int:
    """Bytes that reading took at most, beside the file itself."""
    tracemalloc.start()
    try:
        read(*given)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# Counted as they are read.


@pytest.mark.parametrize(
    "read",
    [
        lambda rows: read_statement_csv(b"date;amount\n" + b"2026-11-20;1\n" * rows, "EUR"),
        lambda rows: read_statement_csv(b"date;amount\n" + b";\n" * rows, "EUR"),
        lambda rows: read_camt(camt(entry() * rows)),
        lambda rows: parse_alipay_bill(("\n" * rows + text_of([], [])).encode("gb18030")),
        lambda rows: parse(
            whole(*[WECHAT_PAID.replace("tnd_1", f"t{n}") for n in range(rows)], told=""), None
        ),
        lambda rows: parse_report(written(*[stripe_row(reporting_category="fee")] * rows)),
        lambda rows: parse_wallet_bill(bill(*[PAID.replace("w1", f"w{n}") for n in range(rows)]).encode()),
    ],
    ids=["csv", "csv_empty", "camt", "alipay", "wechat", "stripe", "wallet"],
)
def test_rows_are_counted(read: Callable[[int], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "rows", 12)
    assert refused(read, 13) == too_long("rows")


def test_a_million_lines_are_refused_long_before_their_end() -> None:
    content = b"date;amount\n" + b";\n" * 1_000_000
    assert peak(refused, read_statement_csv, content, "EUR") < 2_000_000
    assert refused(read_statement_csv, content, "EUR") == too_long("rows")


def test_empty_rows_and_foreign_elements_are_not_kept() -> None:
    content = b"date;amount\n" + b";\n" * 50_000 + b"2026-11-20;1\n"
    found = read_statement_csv(content, "EUR")
    assert [(one.line_no, one.amount_minor) for one in found] == [(50_002, 100)]
    assert peak(read_statement_csv, content, "EUR") < 500_000
    assert peak(read_camt, camt("<a/>" * 50_000, entry())) < 500_000
    assert len(read_camt(camt("<a/>" * 50_000, entry()))) == 1


def test_entries_that_were_read_are_not_kept() -> None:
    """A statement takes what its rows take, whatever else its entries hold."""
    entries = camt(*[entry(details="<a/>" * 500, side="NONE")] * 100)
    assert peak(read_camt, entries) < 1_000_000


def test_elements_are_counted_with_their_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "elements", 100)
    assert refused(read_camt, camt("<a/>" * 100)) == too_long("elements")
    attributes = " ".join(f'a{no}=""' for no in range(100))
    assert refused(read_camt, camt(f"<a {attributes}/>")) == too_long("elements")
    assert refused(read_camt, camt("<!-- -->" * 400)) == too_long("elements")
    monkeypatch.setitem(LIMITS, "elements", 1_000)
    monkeypatch.setitem(LIMITS, "entry", 50)
    assert len(read_camt(camt(*[entry()] * 20))) == 20  # of one entry
    assert refused(read_camt, camt(entry(details="<a/>" * 50))) == too_long("entry")
    assert refused(read_camt, camt(entry(details=f"<a>{'x' * 5_000}</a>"))) == too_long("entry")


def test_elements_within_elements_and_long_tags_are_refused() -> None:
    deep = "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH
    assert refused(read_camt, camt(deep)) == ("tenders.statement_malformed", {"line": 1})
    assert refused(read_camt, camt(f"<a b='{'x' * MAX_ROW}'/>")) == (
        "tenders.statement_malformed",
        {"line": 1},
    )


def test_a_row_is_bounded_over_its_lines_too() -> None:
    for cells in (b"a," * MAX_ROW, b'"\n",' * MAX_ROW):
        content = b"date,amount\n" + cells
        code, facts = refused(read_statement_csv, content, "EUR")
        assert code == "tenders.statement_malformed"
        assert 2 <= facts["line"] <= MAX_ROW


def test_words_that_may_be_references_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "references", 10)
    text = " ".join(f"word{no}" for no in range(11))
    csv = f"date,amount,text\n2026-11-20,1,{text}\n".encode()
    assert refused(read_statement_csv, csv, "EUR") == too_long("references")
    assert refused(read_camt, camt(entry(details=paid(text)))) == too_long("references")


def test_only_the_beginning_of_a_text_is_looked_at() -> None:
    csv = f"date,amount,text\n2026-11-20,1,{'word ' * 400}{RF}\n".encode()
    (one,) = read_statement_csv(csv, "EUR")
    assert one.references == ("WORD",)


@given(st.from_regex(r"RF[0-9]{2}[0-9A-Z]{1,21}", fullmatch=True))
def test_beginnings_that_are_references_are_just_those_whose_digits_hold(text: str) -> None:
    held = [text[:length] for length in range(5, len(text) + 1) if is_creditor_reference(text[:length])]
    assert references_in(f"{text}") == tuple(dict.fromkeys([text, *held]))


# An upload of several files has the bounds of one.


def test_the_files_of_a_zip_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "rows", 5)
    csv = b"date,amount\n2026-11-20,0\n2026-11-20,0\n"
    assert read_statement(zipped(a=csv), "EUR") == []
    assert refused(read_statement, zipped(a=csv, b=csv), "EUR") == too_long("rows")
    monkeypatch.setitem(LIMITS, "rows", 100)
    monkeypatch.setitem(LIMITS, "elements", 30)
    xml = camt(entry())
    assert len(read_statement(gzip.compress(xml), "EUR")) == 1
    assert refused(read_statement, zipped(a=xml, b=xml), "EUR") == too_long("elements")


def test_days_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "days", 2)
    rows = [f"2026-11-{day},1\n2026-11-{day},2\n" for day in range(20, 23)]
    assert len(read_statement("".join(["date,amount\n", *rows[:2]]).encode(), "EUR")) == 4
    content = "".join(["date,amount\n", *rows]).encode()
    assert refused(read_statement, content, "EUR") == too_long("days")


@pytest.fixture
def many() -> bytes:
    return zipped(**{f"f{no}": b"" for no in range(40_000)})


def test_a_zip_of_many_files_is_refused_before_their_names_are_read(
    many: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the list of files was read")

    at = len(many) - 22
    lying = many[: at + 8] + b"\1\0\1\0" + many[at + 12 :]
    behind = many[:-2] + b"\4\0PK\5\6"  # a comment, which is found by its last beginning
    of_64_bits = many[:at] + b"PK\6\7" + bytes(16) + lying[at:]
    monkeypatch.setattr(zipfile, "ZipFile", never)
    reason = {"reason": "too_many"}
    assert refused(packed.unpack_files, many) == ("tenders.file_packed", reason)
    assert refused(packed.unpack_files, lying) == ("tenders.file_packed", reason)
    for content in (behind, of_64_bits):
        assert refused(packed.unpack_files, content) == ("tenders.file_packed", {"reason": "broken"})


def test_a_zip_with_a_comment_is_read() -> None:
    out = io.BytesIO(zipped(a=b"one"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"said"
    assert packed.unpack_files(out.getvalue()) == [b"one"]


# Days.


@pytest.mark.parametrize("day", FAR)
def test_a_day_that_cannot_be_reckoned_with_is_a_bad_row(day: str) -> None:
    xml = camt(entry(), entry().replace("2026-11-20", day))
    assert refused(read_camt, xml) == ("tenders.statement_malformed", {"line": 2})
    csv = f"date,amount,text\n2026-11-20,1.00,\n{day},1.00,STRIPE\n"
    assert refused(read_statement_csv, csv.encode(), "EUR") == ("tenders.statement_malformed", {"line": 3})
    year, month, of_month = day.split("-")
    european = csv.replace(day, f"{of_month}.{month}.{year}")
    assert refused(read_statement_csv, european.encode(), "EUR")[1] == {"line": 3}
    told = {"line": 2}
    wallet = bill(PAID).replace("2026-01-01", day).encode()
    assert refused(parse_wallet_bill, wallet) == ("tenders.bill_malformed", told)
    wechat = WECHAT_PAID.replace(WECHAT_PAID[1:11], day)
    assert refused(parse, whole(wechat, told=sums(1, "1", "0")), None) == ("tenders.bill_malformed", told)
    stripe = written(stripe_row(created_utc=f"{day} 23:00:00"))
    assert refused(parse_report, stripe) == ("tenders.bill_malformed", told)
    alipay = text_of(
        [ALIPAY_PAID.format(amount="12.30").replace("2019-09-16 10:55:23", f"{day} 10:55:23")], []
    )
    assert refused(parse_alipay_bill, alipay.encode("gb18030")) == ("tenders.bill_malformed", {"line": 6})


def test_the_first_and_the_last_day_are_taken() -> None:
    csv = f"date,amount\n{FIRST_DAY},1\n{LAST_DAY},1\n".encode()
    assert [one.booked_on for one in read_statement_csv(csv, "EUR")] == [FIRST_DAY, LAST_DAY]
