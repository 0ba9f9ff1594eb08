"""Tenders' rules: every move, every answer, and the provider's bill with all that can be wrong in it."""

import itertools
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders import (
    BillLine,
    Notice,
    RailAnswer,
    Tender,
    change_minor,
    cover_exactly,
    parse_wallet_bill,
)
from highstreet.rooms.tenders.model import (
    MOVES,
    OUTCOMES,
    STATES,
    bill_day,
    check_amount,
    match_lines,
    state_after,
    states_before,
)

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def tender(**changes: object) -> Tender:
    base = Tender(
        brand_id="brd",
        id="t1",
        sale_id="sal",
        place_id="plc",
        direction="in",
        rail="wallet",
        state="captured",
        currency="CNY",
        amount_minor=1230,
        provider_ref="w1",
        created_at=AT,
        settled_at=AT,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_every_pair_of_states_is_a_move_or_is_not() -> None:
    after = {
        "planned": {"pending", "captured", "failed"},
        "pending": {"captured", "failed", "reversed", "unknown"},
        "unknown": {"pending", "captured", "failed", "reversed"},
        "captured": set(),
        "failed": set(),
        "reversed": set(),
    }
    for a, b in itertools.product(STATES, STATES):
        assert ((a, b) in MOVES) == (b in after[a]), (a, b)
        assert (a in states_before(b)) == ((a, b) in MOVES)


def test_what_each_answer_says_to_each_direction() -> None:
    said = {
        "paid": ("captured", None),
        "paying": ("pending", "pending"),
        "unknown": ("unknown", "unknown"),
        "not_found": ("unknown", "unknown"),
        "declined": ("failed", "failed"),
        "reversed": ("reversed", None),
        "refunded": (None, "captured"),
    }
    assert set(said) == set(OUTCOMES)
    for outcome, (for_in, for_out) in said.items():
        assert state_after("in", RailAnswer(outcome)) == for_in
        assert state_after("out", RailAnswer(outcome)) == for_out


@pytest.mark.parametrize("evidence", [{"amount_minor": 1229}, {"currency": "EUR"}, {"amount_minor": None}])
def test_another_amount_or_currency_is_unknown(evidence: dict[str, object]) -> None:
    for outcome in ("paid", "refunded"):
        checked = check_amount(tender(), RailAnswer(outcome, "w1", None, evidence))
        assert (checked.outcome, checked.reason, checked.evidence) == ("unknown", "amount_differs", evidence)
    declined = RailAnswer("declined", None, "risk", evidence)
    assert check_amount(tender(), declined) is declined


def test_a_part_that_went_back_reverses_nothing() -> None:
    for amount, outcome in (
        (1229, "unknown"),
        (1, "unknown"),
        (1230, "reversed"),
        (0, "reversed"),
        (None, "reversed"),
    ):
        said = RailAnswer("reversed", "w1", None, {"amount_minor": amount})
        assert check_amount(tender(), said).outcome == outcome


def test_what_a_notice_can_be_about() -> None:
    """A provider's own signature is no reason to take a payment's news for a refund's, or another payment's."""
    answer = RailAnswer("refunded", "w1")
    refund = tender(direction="out", refunds_tender_id="t0", state="pending")
    assert Notice("t1", "trade", answer).is_about(tender())
    assert Notice("t1", "refund", answer).is_about(refund)
    assert Notice("t1", "refund", answer, "t0", 1230).is_about(refund)
    assert Notice("t1", "refund", answer, "t0", 5000).is_about(refund)  # what all refunds gave back together
    for notice, about in (
        (Notice("t1", "trade", answer), refund),
        (Notice("t1", "refund", answer), tender()),
        (Notice("t1", "refund", answer, "t9", 1230), refund),
        (Notice("t1", "refund", answer, "t0", 1229), refund),
    ):
        assert not notice.is_about(about)


def test_change_and_cover() -> None:
    assert [change_minor(1230, given) for given in (1230, 1231, 2000)] == [0, 1, 770]
    with pytest.raises(Refusal, match=r"tenders\.cash_too_little") as caught:
        change_minor(1230, 1229)
    assert (caught.value.status, caught.value.facts) == (422, {"short_minor": 1})
    cover_exactly(0, [])
    cover_exactly(300, [100, 200])
    for total, amounts in [(300, [300, 0]), (300, [400, -100]), (300, [299]), (300, []), (0, [0])]:
        with pytest.raises(Refusal, match=r"tenders\.sum_differs"):
            cover_exactly(total, amounts)


# Bills ------------------------------------------------------------------------------------------------

HEAD = (
    "trade_time,merchant_id,transaction_id,out_trade_no,method,row_type,currency,amount,refund_id,"
    "out_refund_no,refund_amount,subject"
)
SUMMARY = "row_count,paid_total,refund_total,reversed_total,net_total"
PAID = "`2026-01-01 07:30:00,`m1,`w1,`t1,`code,`paid,`CNY,`12.30,`,`,`0.00,`Tea"
BACK = "`2026-01-01 09:31:00,`m1,`w1,`t1,`code,`refund,`CNY,`0.00,`r1,`t2,`5.00,`Tea"
UNDONE = "`2026-01-01 23:59:59,`m1,`w3,`t3,`code,`reversed,`CNY,`0.00,`,`,`0.01,`Tea"


def bill(*rows: str, totals: str = "`3,`12.30,`5.00,`0.01,`7.29") -> str:
    return "\r\n".join([HEAD, *rows, SUMMARY, totals, ""])


def test_a_bill_is_read() -> None:
    lines = parse_wallet_bill(bill(PAID, BACK, UNDONE).encode())
    assert lines == [
        BillLine(2, "paid", "t1", "w1", "CNY", 1230, datetime(2025, 12, 31, 23, 30, tzinfo=UTC)),
        BillLine(3, "refund", "t2", "r1", "CNY", 500, datetime(2026, 1, 1, 1, 31, tzinfo=UTC)),
        BillLine(4, "reversed", "t3", "w3", "CNY", 1, datetime(2026, 1, 1, 15, 59, 59, tzinfo=UTC)),
    ]
    assert parse_wallet_bill(bill(totals="`0,`0.00,`0.00,`0.00,`0.00").encode()) == []
    euros = parse_wallet_bill(bill(PAID, BACK, UNDONE).replace("CNY", "EUR").encode())
    assert euros == [replace(line, currency="EUR") for line in lines]
    start, end = bill_day(date(2026, 1, 1))
    assert (start, end) == (
        datetime(2025, 12, 31, 16, tzinfo=UTC),
        datetime(2026, 1, 1, 16, tzinfo=UTC),
    )


@given(st.text(max_size=20), st.integers(1, 10**9))
def test_any_subject_and_amount_are_read(subject: str, amount_minor: int) -> None:
    text = Money(amount_minor, "CNY").to_decimal_text()
    subject = subject.replace('"', '""')
    row = f'`2026-01-01 07:30:00,`m1,`w1,`t1,`code,`paid,`CNY,`{text},`,`,`0.00,"`{subject}"'
    (line,) = parse_wallet_bill(bill(row, totals=f"`1,`{text},`0.00,`0.00,`{text}").encode())
    assert line.amount_minor == amount_minor


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (PAID.replace("`12.30", "12.30"), "no back-tick"),
        (PAID.replace("12.30", "12.3O"), "not a number"),
        (PAID.replace("12.30", "12.301"), "more decimals than the currency"),
        (PAID.replace("12.30", "-12.30"), "negative"),
        (PAID.replace("12.30", "0.00"), "nothing paid"),
        (PAID.replace("12.30", "9" * 30), "too large"),
        (PAID.replace("`0.00", "`1.00"), "paid and returned in one row"),
        (PAID.replace("CNY", "EUR"), "another currency than the row before"),
        (PAID.replace("CNY", "yuan"), "no currency"),
        (PAID.replace("`paid", "`gift"), "another kind"),
        (PAID.replace("`t1", "`"), "no number of ours"),
        (PAID.replace("`t1", "`t 1"), "not a number of ours"),
        (PAID.replace("`w1", "`"), "no number of theirs"),
        (PAID.replace("`w1", "`w\x00"), "a NUL"),
        (PAID.replace("2026-01-01", "2026-02-30"), "no such day"),
        (PAID + ",`more", "too many values"),
        (PAID.rpartition(",")[0], "too few values"),
        (PAID + '"x', "a stray quote"),
        ("", "an empty row"),
    ],
)
def test_a_bad_row_is_named(row: str, reason: str) -> None:
    if reason == "a stray quote":
        row = PAID.replace("`Tea", '"`Tea"x')
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed") as caught:
        parse_wallet_bill(bill(UNDONE, row).encode())
    assert (caught.value.status, caught.value.facts) == (422, {"line": 3})


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("\x00", 1),
        ("<html>502</html>", 1),
        (HEAD, 1),
        (bill(PAID, BACK, UNDONE).replace("subject", "subjects"), 1),
        (bill(PAID, BACK, UNDONE).replace("net_total", "total"), 5),
        (bill(PAID, BACK), 5),
        (bill(PAID, BACK, UNDONE, totals="`3,`12.30,`5.00,`0.01,`7.30"), 6),
        (bill(PAID, BACK, UNDONE, totals="`03,`12.30,`5.00,`0.01,`7.29"), 6),
        (bill(PAID, BACK, UNDONE, totals="`3,`12.30"), 6),
        (bill(PAID, PAID, totals="`2,`24.60,`0.00,`0.00,`24.60"), 3),
        (bill(PAID, BACK, UNDONE)[:200], 2),
        (bill(PAID) + '"', 5),
    ],
)
def test_a_broken_bill_is_refused(text: str, line: int) -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed") as caught:
        parse_wallet_bill(text.encode())
    assert caught.value.facts == {"line": line}


@given(st.data())
def test_no_cut_or_changed_bill_is_believed(data: st.DataObject) -> None:
    """Any text either reads as the same lines or is refused as malformed; nothing else is raised."""
    whole = bill(PAID, BACK, UNDONE)
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = whole[:at] + data.draw(st.sampled_from(["", "`", '"', ",", "0", "\n", "\x00"])) + whole[at + 1 :]
    with suppress(Refusal):
        assert sum(line.amount_minor for line in parse_wallet_bill(spoilt.encode())) == 1731


# Matching ---------------------------------------------------------------------------------------------


def line(kind: str = "paid", our_ref: str = "t1", provider_ref: str = "w1", amount: int = 1230) -> BillLine:
    return BillLine(2, kind, our_ref, provider_ref, "CNY", amount, AT)


@pytest.mark.parametrize(
    ("state", "there", "finding", "cure", "outcome"),
    [
        ("captured", "paid", "matched", "", None),
        ("pending", "paid", "state_differs", "settle", "paid"),
        ("unknown", "paid", "state_differs", "settle", "paid"),
        ("planned", "paid", "state_differs", "settle", "paid"),
        ("failed", "paid", "state_differs", "return_money", None),
        ("reversed", "paid", "state_differs", "return_money", None),
        ("captured", "reversed", "state_differs", "clear", None),
        ("pending", "reversed", "state_differs", "settle", "reversed"),
        ("unknown", "reversed", "state_differs", "settle", "reversed"),
        ("failed", "reversed", "matched", "", None),
        ("reversed", "reversed", "matched", "", None),
    ],
)
def test_a_row_against_each_state(
    state: str, there: str, finding: str, cure: str, outcome: str | None
) -> None:
    (found,) = match_lines("wallet", [line(there)], {"t1": tender(state=state)}, ())
    assert (found.finding, found.cure, found.tender_id) == (finding, cure, "t1")
    assert (found.answer and found.answer.outcome) == outcome


@pytest.mark.parametrize(
    ("state", "finding", "cure"),
    [
        ("captured", "matched", ""),
        ("pending", "state_differs", "settle"),
        ("unknown", "state_differs", "settle"),
        ("failed", "state_differs", "clear"),
    ],
)
def test_a_refund_row_against_each_state(state: str, finding: str, cure: str) -> None:
    refund = tender(id="t2", direction="out", state=state)
    (found,) = match_lines("wallet", [line("refund", "t2", "r1")], {"t2": refund}, ())
    assert (found.finding, found.cure) == (finding, cure)


def test_a_payment_that_came_back_is_matched_on_both_rows() -> None:
    rows = [line("paid"), line("reversed")]
    for state in ("reversed", "failed"):
        found = match_lines("wallet", rows, {"t1": tender(state=state)}, ())
        assert [f.finding for f in found] == ["matched", "matched"]
    found = match_lines("wallet", [line("paid")], {"t1": tender(state="reversed")}, {("reversed", "t1")})
    assert [f.finding for f in found] == ["matched"]
    found = match_lines("wallet", rows, {"t1": tender(state="unknown")}, ())
    assert [f.answer and f.answer.outcome for f in found] == ["reversed", "reversed"]


def test_a_tender_being_reversed_is_not_captured_by_the_bill() -> None:
    (found,) = match_lines("wallet", [line()], {"t1": tender(state="unknown", reason="reversing")}, ())
    assert (found.finding, found.cure) == ("state_differs", "return_money")


def test_one_tender_takes_one_row() -> None:
    """Charged twice under one number: the row we know of is matched, the other stands out."""
    rows = [line(provider_ref="w0"), line(provider_ref="w1")]
    found = {f.provider_ref: f for f in match_lines("wallet", rows, {"t1": tender()}, ())}
    assert (found["w1"].finding, found["w0"].finding, found["w0"].tender_id) == (
        "matched",
        "missing_here",
        None,
    )
    (again,) = match_lines("wallet", [line(provider_ref="w9")], {"t1": tender()}, {("paid", "t1")})
    assert again.finding == "missing_here"


def test_rows_of_others_and_other_amounts() -> None:
    assert match_lines("wallet", [line()], {}, ())[0].finding == "missing_here"
    for other in (tender(direction="out"), tender(rail="cash")):
        assert match_lines("wallet", [line()], {"t1": other}, ())[0].finding == "missing_here"
    for other in (tender(amount_minor=1231), tender(currency="EUR")):
        assert match_lines("wallet", [line()], {"t1": other}, ())[0].finding == "amount_differs"
