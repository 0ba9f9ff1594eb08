"""Stripe's report as lines of a bill: our columns, amounts in major units, what is cut or odd."""

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.rails import stripe_report
from highstreet.rooms.tenders.rails.stripe_report import parse_report


def row(**changes: str) -> dict[str, str]:
    usual = {
        "balance_transaction_id": "txn_1",
        "created_utc": "2026-11-02 09:30:00",
        "reporting_category": "charge",
        "source_id": "ch_1",
        "payment_intent_id": "pi_1",
        "payment_metadata[tender_id]": "tnd_1",
        "refund_metadata[tender_id]": "",
        "refund_metadata[reverses]": "",
        "customer_facing_amount": "12.30",
        "customer_facing_currency": "eur",
        "gross": "12.30",
        "fee": "0.44",
        "net": "11.86",
        "currency": "eur",
    }
    return usual | {name.replace("__", "[") + "]" if "__" in name else name: v for name, v in changes.items()}


def back(**changes: str) -> dict[str, str]:
    usual = {
        "balance_transaction_id": "txn_2",
        "reporting_category": "refund",
        "source_id": "re_1",
        "refund_metadata__tender_id": "tnd_2",
        "customer_facing_amount": "-2.30",
        "gross": "-2.30",
        "fee": "0.00",
        "net": "-2.30",
    }
    return row(**usual | changes)


def written(*rows: dict[str, str]) -> bytes:
    text = io.StringIO(newline="")
    file = csv.DictWriter(text, stripe_report.COLUMNS, lineterminator="\n")
    file.writeheader()
    file.writerows(rows)
    return text.getvalue().encode()


def test_lines_of_a_report() -> None:
    lines = parse_report(
        written(
            row(),
            back(),
            back(balance_transaction_id="txn_3", source_id="re_2", refund_metadata__reverses="tnd_1"),
            row(
                reporting_category="fee",
                payment_intent_id="",
                gross="-1.00",
                fee="0.00",
                net="-1.00",
                source_id="fee_1",
            ),
            row(reporting_category="payout", payment_intent_id="", gross="-9.00", fee="0", net="-9.00"),
        )
    )
    assert [(line.kind, line.our_ref, line.provider_ref, line.amount_minor) for line in lines] == [
        ("paid", "tnd_1", "pi_1", 1230),
        ("refund", "tnd_2", "re_1", 230),
        ("reversed", "tnd_1", "pi_1", 230),
    ]
    assert {line.currency for line in lines} == {"EUR"}
    assert lines[0].moved_at == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def test_what_is_about_a_payment_but_not_ours_is_left_for_a_person() -> None:
    lines = parse_report(
        written(
            row(payment_metadata__tender_id=""),
            back(refund_metadata__tender_id=""),
            row(
                balance_transaction_id="txn_4",
                reporting_category="dispute",
                source_id="du_1",
                gross="-12.30",
                fee="15.00",
                net="-27.30",
                customer_facing_amount="-12.30",
            ),
            back(
                balance_transaction_id="txn_5",
                reporting_category="refund_failure",
                gross="2.30",
                net="2.30",
                customer_facing_amount="2.30",
            ),
        )
    )
    assert [(line.kind, line.our_ref) for line in lines] == [
        ("paid", "ch_1"),
        ("refund", "re_1"),
        ("refund", "du_1"),
        ("paid", "re_1"),
    ]


def test_what_the_payer_saw_counts_where_it_was_settled_in_another_currency() -> None:
    (line,) = parse_report(written(row(gross="13.37", fee="0.50", net="12.87", currency="usd")))
    assert (line.amount_minor, line.currency) == (1230, "EUR")


@given(
    st.sampled_from(["EUR", "JPY", "KRW"]),
    st.lists(st.tuples(st.integers(1, 10**11), st.integers(0, 10**6)), max_size=5),
)
def test_amounts_come_back_exactly(currency: str, amounts: list[tuple[int, int]]) -> None:
    def text(minor: int) -> str:
        return Money(minor, currency).to_decimal_text()

    rows = [
        row(
            balance_transaction_id=f"txn_{at}",
            payment_intent_id=f"pi_{at}",
            gross=text(gross),
            fee=text(fee),
            net=text(gross - fee),
            customer_facing_amount=text(gross),
            customer_facing_currency=currency.lower(),
            currency=currency.lower(),
        )
        for at, (gross, fee) in enumerate(amounts)
    ]
    lines = parse_report(written(*rows))
    assert [line.amount_minor for line in lines] == [gross for gross, _ in amounts]


@pytest.mark.parametrize(
    "change",
    [
        {"gross": "12.3x"},
        {"gross": "1e3"},
        {"gross": "12.305", "net": "11.865"},
        {"net": "11.87"},
        {"gross": ""},
        {"currency": "EUR"},
        {"currency": "eu"},
        {"created_utc": "2026-11-02T09:30:00Z"},
        {"created_utc": "2026-13-02 09:30:00"},
        {"payment_metadata__tender_id": "a b"},
        {"payment_intent_id": "pi 1"},
        {"customer_facing_amount": "1,230"},
    ],
)
def test_a_report_that_cannot_be_read_is_refused_with_its_line(change: dict[str, str]) -> None:
    good = row(balance_transaction_id="txn_0", payment_intent_id="pi_0")
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed") as refused:
        parse_report(written(good, row(**change)))
    assert refused.value.facts == {"line": 3}


@pytest.mark.parametrize("content", [b"", b"\xff", b"a,b\n", b'"', written()[:-5], written(row(), row())])
def test_no_report_at_all(content: bytes) -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        parse_report(content)


@given(st.data())
@settings(max_examples=100)
def test_a_report_that_was_cut_is_refused_or_ends_between_two_rows(data: st.DataObject) -> None:
    """The rest is for fetch_bill, which knows how long the file must be."""
    whole = written(row(), back())
    cut = whole[: data.draw(st.integers(0, len(whole) - 2))]
    try:
        lines = parse_report(cut)
    except Refusal:
        return
    assert whole[len(cut) :].startswith(b"\n") or cut.endswith(b"\n")
    assert lines == parse_report(whole)[: len(lines)]
