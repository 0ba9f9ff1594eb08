"""WeChat Pay's trade bill, read strictly: rows, kinds, sums, packed files."""

import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.rails import wechat_bill as bill
from highstreet.rooms.tenders.rails.wechat_wire import reversal_no

MCHID = "1900000109"
# As WeChat Pay's own Go SDK has it in its tests, with another merchant and number.
PAID = (
    "`2021-01-28 17:07:11,`wx81be3101902f7cb2,`1900000109,`0,`,`4200000925202101284997714292,`tnd_1,"
    "`ofyak5qR_1wYsC99CsWA6R9MJazA,`NATIVE,`SUCCESS,`OTHERS,`CNY,`12.30,`0.00,`0,`0,`0.00,`0.00,`,`,"
    "`Tea, green,`cipher code,`0.07000,`0.60%,`12.30,`0.00,`"
)
REFUND = (
    "`2021-01-28 18:00:00,`wx81be3101902f7cb2,`1900000109,`0,`,`4200000925202101284997714292,`tnd_1,"
    "`ofyak5qR_1wYsC99CsWA6R9MJazA,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`50300807052021012801,`tnd_2,"
    "`2.30,`0.00,`ORIGINAL,`PROCESSING,`Tea,`,`-0.01000,`0.60%,`0.00,`2.30,`"
)
REVOKED = (
    "`2021-01-28 19:00:00,`wx81be3101902f7cb2,`1900000109,`0,`,`4200000925202101284997714293,`tnd_3,"
    "`ofyak5qR_1wYsC99CsWA6R9MJazA,`MICROPAY,`REVOKED,`OTHERS,`CNY,`0.00,`0.00,`0,`0,"
    "`5.00,`0.00,`ORIGINAL,`SUCCESS,`Tea,`,`0.00000,`0.60%,`0.00,`5.00,`"
)


def sums(count: int, paid: str, returned: str) -> str:
    return f"`{count},`{paid},`{returned},`0.00,`0.06000,`{paid},`{returned}"


def whole(*rows: str, told: str, end: str = "\r\n") -> bytes:
    return end.join((bill.COLUMNS, *rows, bill.SUMMARY_COLUMNS, told, "")).encode()


ALL = whole(PAID, REFUND, REVOKED, told=sums(3, "12.30", "7.30"))


def test_rows_become_lines() -> None:
    lines = bill.parse(ALL, MCHID)
    assert [(line.line_no, line.kind, line.our_ref, line.amount_minor) for line in lines] == [
        (2, "paid", "tnd_1", 1230),
        (3, "refund", "tnd_2", 230),
        (4, "reversed", "tnd_3", 500),
    ]
    assert [line.provider_ref[-4:] for line in lines] == ["4292", "2801", "4293"]
    assert [line.fee_minor for line in lines] == [7, -1, 0]
    assert bill.parse(ALL, None) == lines  # whose account it was need not be known
    assert {line.currency for line in lines} == {"CNY"}
    assert lines[0].moved_at == datetime(2021, 1, 28, 9, 7, 11, tzinfo=UTC)
    for same in (
        b"\xef\xbb\xbf" + ALL,
        gzip.compress(ALL),
        whole(PAID, REFUND, REVOKED, told=sums(3, "12.30", "7.30"), end="\n"),
    ):
        assert bill.parse(same, MCHID) == lines
    assert bill.parse(bill.EMPTY, MCHID) == []


def test_what_we_took_back_by_a_refund_is_a_reversal() -> None:
    back = REFUND.replace("`tnd_2", f"`{reversal_no('tnd_1')}").replace("2.30", "12.30")
    paid, taken = bill.parse(whole(PAID, back, told=sums(2, "12.30", "12.30")), MCHID)
    assert (taken.kind, taken.our_ref, taken.provider_ref) == ("reversed", "tnd_1", paid.provider_ref)


def test_a_refund_that_failed_moved_nothing() -> None:
    failed = REFUND.replace("PROCESSING", "FAIL")
    lines = bill.parse(whole(PAID, failed, told=sums(2, "12.30", "2.30")), MCHID)
    assert [line.kind for line in lines] == ["paid"]


def test_what_is_charged_counts_not_what_is_settled_after_coupons() -> None:
    with_coupon = PAID.replace("`CNY,`12.30,`0.00", "`CNY,`10.30,`2.00")
    told = "`1,`10.30,`0.00,`0.00,`0.06000,`12.30,`0.00"
    assert [line.amount_minor for line in bill.parse(whole(with_coupon, told=told), MCHID)] == [1230]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\xff\xfe", 1),
        (b'{"code":"SYSTEM_ERROR"}', 1),
        (ALL[: len(ALL) // 2], None),
        (ALL.replace(b"`CNY,`12.30", b"`CNY,`12.31"), 6),
        (ALL.replace(b"12.30,`0.00,`\r\n", b"12.31,`0.00,`\r\n"), 6),
        (whole(PAID, told=sums(2, "12.30", "0.00")), 4),
        (whole(PAID, PAID, told=sums(2, "24.60", "0.00")), 3),
        (whole(PAID.replace("SUCCESS", "STRANGE"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID.replace("1900000109", "1900000110"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID.replace("17:07:11", "25:07:11"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID.replace("12.30", "12.3x"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID.replace("12.30", "12.301"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID.replace("12.30", "-12.30"), told=sums(1, "-12.30", "0.00")), 2),
        (whole(PAID.replace("`CNY", "`cny"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID.replace("tnd_1", "tnd 1"), told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID[1:], told=sums(1, "12.30", "0.00")), 2),
        (whole(f"{PAID},`", told=sums(1, "12.30", "0.00")), 2),
        (whole(PAID, told="1,12.30"), 4),
    ],
)
def test_malformed_bills_say_where(content: bytes, line: int | None) -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed") as refused:
        bill.parse(content, MCHID)
    assert line in (None, refused.value.facts["line"])


def test_a_file_that_unpacks_to_too_much_is_refused_before_it_does() -> None:
    bomb = gzip.compress(bytes(bill.MAX_BILL_BYTES + 1))
    assert len(bomb) < 100_000
    for content in (bomb, gzip.compress(ALL)[:-9], gzip.compress(ALL) + b"more", b"\x1f\x8b?"):
        with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
            bill.unpack(content)
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        bill.unpack(gzip.compress(b"12345"), 4)
    assert bill.unpack(gzip.compress(b"1234"), 4) == b"1234"


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        bill.parse(content, MCHID)


@given(st.integers(0, len(ALL) - 1), st.integers(0, 255))
def test_one_wrong_byte_never_changes_an_amount(position: int, value: int) -> None:
    spoilt = ALL[:position] + bytes([value]) + ALL[position + 1 :]
    try:
        lines = bill.parse(spoilt, MCHID)
    except Refusal:
        return
    assert [line.amount_minor for line in lines] == [1230, 230, 500]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 10**9)), max_size=8))
def test_amounts_are_exact(moves: list[tuple[bool, int]]) -> None:
    def yuan(minor: int) -> str:
        return f"{minor // 100}.{minor % 100:02d}"

    rows = []
    for number, (is_paid, minor) in enumerate(moves):
        row = PAID if is_paid else REFUND
        row = row.replace("12.30", yuan(minor)).replace("2.30", yuan(minor)) if not is_paid else row
        row = row.replace("12.30", yuan(minor)) if is_paid else row
        rows.append(row.replace("tnd_1", f"tnd_a{number}").replace("tnd_2", f"tnd_b{number}"))
    paid = sum(minor for is_paid, minor in moves if is_paid)
    returned = sum(minor for is_paid, minor in moves if not is_paid)
    lines = bill.parse(whole(*rows, told=sums(len(rows), yuan(paid), yuan(returned))), MCHID)
    assert [(line.kind == "paid", line.amount_minor) for line in lines] == moves


def test_without_an_account_a_file_is_of_one_merchant() -> None:
    strange = PAID.replace("1900000109", "1900000110").replace("4292", "4294")
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        bill.parse(whole(PAID, strange, told=sums(2, "24.60", "0.00")), None)
