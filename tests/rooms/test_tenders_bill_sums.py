"""What bills come to: nets, the payouts they explain, fees against the agreed rate. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from highstreet.rooms.tenders import BillLine
from highstreet.rooms.tenders.model import DayNet, Finding, Payout, explain_payouts, fee_findings, nets_of

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
FIRST = date(2026, 11, 1)


def line(kind: str, amount: int, fee: int = 0, **more: object) -> BillLine:
    return replace(BillLine(2, kind, "t", "p", "CNY", amount, AT, fee), **more)  # type: ignore[arg-type]


def day(no: int) -> str:
    return (FIRST + timedelta(days=no)).isoformat()


def nets(*amounts: int) -> list[DayNet]:
    return [DayNet(day(no), "CNY", amount) for no, amount in enumerate(amounts)]


def payout(no: int, amount: int, ref: str = "b1") -> Payout:
    return Payout(day(no), ref, "CNY", amount)


def test_the_net_of_a_bill() -> None:
    lines = [line("paid", 1000, 6), line("refund", 400, -2), line("paid", 300, 2), line("reversed", 300, -2)]
    assert nets_of(lines) == {"CNY": 1000 - 6 - 400 + 2 - 2 + 2}
    # What was settled in another currency is what the provider says it brought.
    abroad = line("paid", 1000, 5, currency="USD", fee_currency="EUR", net_minor=915)
    assert nets_of([abroad]) == {"EUR": 915}
    assert nets_of([line("paid", 1000, 5, fee_currency="EUR")]) == {"CNY": 1000, "EUR": -5}


def test_a_payout_is_of_one_day_or_of_a_weekend() -> None:
    found = explain_payouts([payout(1, 100, "b1"), payout(4, 950, "b2")], nets(100, 200, 700, 50))
    assert found == {(day(1), "b1"): {day(0)}, (day(4), "b2"): {day(1), day(2), day(3)}}


def test_a_day_is_paid_out_once_and_never_before_it_was() -> None:
    assert explain_payouts([payout(1, 100, "b1"), payout(1, 100, "b2")], nets(100)) == {
        (day(1), "b1"): {day(0)}
    }
    assert explain_payouts([payout(0, 200)], nets(100, 200)) == {}
    assert explain_payouts([payout(2, 101)], nets(100, 200)) == {}
    other = [DayNet(day(0), "USD", 100)]
    assert explain_payouts([payout(1, 100)], other) == {}
    assert explain_payouts([payout(45, 100)], nets(100)) == {}  # so long nobody waits


def test_what_holds_stays_and_what_does_not_is_looked_at_again() -> None:
    key = (day(2), "b1")
    held = [DayNet(day(0), "CNY", 100), DayNet(day(1), "CNY", 100, key)]
    assert explain_payouts([payout(2, 100)], held) == {key: {day(1)}}
    changed = [held[0], replace(held[1], net_minor=90)]  # the bill was read anew
    assert explain_payouts([payout(2, 100)], changed) == {key: {day(0)}}
    # Another payout's day is not free.
    strange = [DayNet(day(0), "CNY", 100, ("2026-10-01", "old"))]
    assert explain_payouts([payout(2, 100)], strange) == {}


@given(
    st.lists(st.integers(-50, 50), max_size=8),
    st.lists(st.tuples(st.integers(0, 9), st.integers(-80, 80)), max_size=5),
)
def test_every_payout_is_what_its_days_come_to(amounts: list[int], wanted: list[tuple[int, int]]) -> None:
    payouts = [payout(no, amount, f"b{n}") for n, (no, amount) in enumerate(wanted)]
    days = nets(*amounts)
    found = explain_payouts(payouts, days)
    by_day = {net.day: net.net_minor for net in days}
    of = {one.key: one for one in payouts}
    taken = [on for on_days in found.values() for on in on_days]
    assert len(taken) == len(set(taken))
    for key, on_days in found.items():
        assert sum(by_day[on] for on in on_days) == of[key].amount_minor
        assert max(on_days) <= key[0]
    again = [
        replace(net, payout=next((key for key, on_days in found.items() if net.day in on_days), None))
        for net in days
    ]
    assert explain_payouts(payouts, again) == found


def finding(amount: int, fee: int, **more: object) -> Finding:
    usual = Finding(
        line_no=2,
        kind="paid",
        our_ref="t1",
        provider_ref="p1",
        currency="CNY",
        amount_minor=amount,
        tender_id="t1",
        finding="matched",
        cure="",
        fee_minor=fee,
        fee_currency="CNY",
    )
    return replace(usual, **more)  # type: ignore[arg-type]


def test_fees_other_than_agreed_are_one_finding() -> None:
    as_agreed = [finding(1000, 6), finding(1050, 6), finding(1050, 7), finding(40, 0)]
    assert fee_findings(as_agreed, 60, 0, AT) == []
    assert fee_findings([finding(1000, 900)], 0, 0, AT) == []  # nothing was agreed
    (found,) = fee_findings([*as_agreed, finding(1000, 9, our_ref="t9"), finding(2000, 20)], 60, 0, AT)
    assert (found.finding, found.cure, found.our_ref, found.amount_minor, found.line_no) == (
        "fee_differs",
        "check_rate",
        "t9",
        3 + 8,
        0,
    )
    assert fee_findings([finding(1000, 40)], 150, 25, AT) == []
    (less,) = fee_findings([finding(1000, 20)], 150, 25, AT)
    assert less.amount_minor == -20


def test_what_has_no_agreed_fee_is_passed_over() -> None:
    others = [
        finding(1000, 0, kind="refund"),
        finding(1000, 900, tender_id=None),
        finding(1000, 900, fee_currency="EUR"),
        finding(1000, 0, line_no=0, finding="missing_there"),
    ]
    assert fee_findings(others, 60, 0, AT) == []
