"""Stripe's own corners: words and forms against the official SDK, keys that are forgotten, the report's lines."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
import stripe
from hypothesis import given, settings
from hypothesis import strategies as st
from stripe._encode import _api_encode

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.model import QrShown, RailAnswer
from highstreet.rooms.tenders.rails import stripe_wire
from highstreet.rooms.tenders.rails.stripe import StripeRail
from highstreet_simulator.stripe.forms import read_form
from tests.rails.stand import Stand
from tests.rails.test_contract import agrees

SECRET = "whsec_" + "0123456789abcdef" * 2
NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

# Forms and signatures, against the SDK ------------------------------------------------------------

names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
# Values of what we send; a list or dict that is empty is nothing on the wire.
values = st.recursive(
    st.text(min_size=1, max_size=20) | st.integers(-(10**9), 10**9),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def spelt(value: Any) -> Any:
    """As it arrives: numbers are text."""
    if isinstance(value, dict):
        return {name: spelt(inner) for name, inner in value.items()}
    return [spelt(inner) for inner in value] if isinstance(value, list) else str(value)


@given(st.dictionaries(names, values, max_size=4))
@settings(max_examples=200)
def test_forms_are_the_sdk_s_and_are_read_back(params: dict[str, Any]) -> None:
    ours = stripe_wire.encode(params)
    theirs = [(name, str(value)) for name, value in _api_encode(params)]
    assert parse_qsl(ours.decode(), keep_blank_values=True) == theirs
    if all(name.count("[") < 6 for name, _ in theirs):
        assert read_form(ours.decode()) == spelt(params)


@given(st.dictionaries(names, st.text(max_size=20), max_size=3), st.integers(0, 10**10))
def test_signatures_are_the_sdk_s(words: dict[str, str], at: int) -> None:
    body = json.dumps(words)
    header = stripe.WebhookSignature.generate_signature_header(body, SECRET, at)
    assert stripe_wire.signed_at(SECRET, {"STRIPE-signature": header}, body.encode()) == at
    assert stripe_wire.signed_at(SECRET, {"stripe-signature": header}, body.encode() + b" ") is None
    assert stripe_wire.signed_at(SECRET + "x", {"stripe-signature": header}, body.encode()) is None
    rolled = f"{header},v1={'0' * 64},v0=x"
    assert stripe_wire.signed_at(SECRET, {"stripe-signature": rolled}, body.encode()) == at


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=00", "t=x,v1=00", "t=1,t=2,v1=00", "t=1;v1=00", "t=1,v1=é"]
)
def test_no_signature_at_all(header: str) -> None:
    assert stripe_wire.signed_at(SECRET, {"Stripe-Signature": header}, b"{}") is None


def rail(account: str | None = None, currency: str = "EUR") -> StripeRail:
    return StripeRail("http://127.0.0.1:9", "sk_test_" + "k" * 32, SECRET, account, currency)


def event(type_: str, found: dict[str, Any], **more: Any) -> tuple[dict[str, str], bytes]:
    body = json.dumps({"object": "event", "type": type_, "data": {"object": found}, **more})
    at = int(NOW.timestamp())
    return {
        "Stripe-Signature": stripe.WebhookSignature.generate_signature_header(body, SECRET, at)
    }, body.encode()


def intent(status: str = "succeeded", **more: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 1230,
        "amount_received": 1230 if status == "succeeded" else 0,
        "currency": "eur",
        "metadata": {"tender_id": "tnd_1", "email": "li@example.com"},
        "status": status,
        **more,
    }


def refund(status: str = "succeeded", **words: str) -> dict[str, Any]:
    found = {"id": "re_1", "object": "refund", "amount": 230, "currency": "eur", "payment_intent": "pi_1"}
    return found | {"status": status, "metadata": words}


def test_events_in_our_words() -> None:
    told = rail().read_notice(*event("payment_intent.succeeded", intent()), NOW)
    assert told is not None
    assert (told.tender_id, told.kind, told.answer.outcome) == ("tnd_1", "trade", "paid")
    assert told.answer.provider_ref == "pi_1"
    assert "example.com" not in str(told.answer.evidence)
    for type_, found, kind, outcome in (
        ("payment_intent.canceled", intent("canceled"), "trade", "declined"),
        ("payment_intent.payment_failed", intent("requires_payment_method"), "trade", "paying"),
        ("refund.updated", refund(tender_id="tnd_2"), "refund", "refunded"),
        ("refund.failed", refund("failed", tender_id="tnd_2"), "refund", "declined"),
        ("refund.created", refund("pending", tender_id="tnd_2"), "refund", "paying"),
        ("refund.updated", refund(reverses="tnd_1"), "trade", "reversed"),
    ):
        told = rail().read_notice(*event(type_, found), NOW)
        assert told is not None
        assert (told.kind, told.answer.outcome) == (kind, outcome)
    for type_, found in (
        ("payment_intent.succeeded", intent(metadata={})),
        ("refund.updated", refund()),
        ("refund.updated", refund("pending", reverses="tnd_1")),
        ("charge.refunded", {"id": "ch_1"}),
        ("customer.created", {}),
    ):
        assert rail().read_notice(*event(type_, found), NOW) is None


def test_events_that_are_not_believed() -> None:
    headers, body = event("payment_intent.succeeded", intent())
    for late_s in (-301, 301):
        with pytest.raises(Refusal, match="notice_forged"):
            rail().read_notice(headers, body, NOW + timedelta(seconds=late_s))
    # An endpoint hears of all connected accounts: what is another's is passed over, or it would come again and again.
    of_acct_1 = event("payment_intent.succeeded", intent(), account="acct_1")
    assert rail("acct_1").read_notice(*of_acct_1, NOW)
    for asked, told in (("acct_1", (headers, body)), (None, of_acct_1), ("acct_2", of_acct_1)):
        assert rail(asked).read_notice(*told, NOW) is None
    taken_back = rail().read_notice(*event("refund.updated", refund(reverses="tnd_1") | {"amount": 1}), NOW)
    assert taken_back is not None
    assert (taken_back.answer.outcome, taken_back.answer.evidence["amount_minor"]) == ("reversed", 1)
    for found in (
        intent(amount="1230"),
        intent(currency=None),
        intent(status="odd"),
        intent(amount_received=1),
    ):
        with pytest.raises(Refusal, match="notice_malformed"):
            rail().read_notice(*event("payment_intent.succeeded", found), NOW)
    with pytest.raises(Refusal, match="notice_malformed"):
        rail().read_notice(*event("payment_intent.succeeded", intent(), object="page"), NOW)


# Answers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "outcome", "reason"),
    [
        (intent(), "paid", None),
        (intent("processing"), "paying", None),
        (intent("requires_capture"), "paying", "requires_capture"),
        (intent("canceled", cancellation_reason="abandoned"), "declined", "abandoned"),
        (intent(object="charge"), "unknown", "answer_differs"),
        (intent(metadata={"tender_id": "tnd_2"}), "unknown", "answer_differs"),
        (intent(amount=1231), "unknown", "amount_differs"),
        (intent(currency="jpy"), "unknown", "amount_differs"),
        (intent(amount_received=1), "unknown", "amount_differs"),
        (intent(amount=True), "unknown", "answer_malformed"),
        (intent(id="pi 1"), "unknown", "answer_malformed"),
        (intent("gone"), "unknown", "answer_malformed"),
    ],
)
def test_an_intent_in_our_words(found: dict[str, Any], outcome: str, reason: str | None) -> None:
    answer = stripe_wire.intent_answer("query", found, "tnd_1", (1230, "EUR"))
    assert (answer.outcome, answer.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("refunds", "outcome"),
    [
        ([], "paid"),
        ([refund(tender_id="tnd_2")], "paid"),
        ([refund(reverses="tnd_2")], "paid"),
        ([refund("failed", reverses="tnd_1")], "paid"),
        ([refund("pending", reverses="tnd_1")], "unknown"),
        ([refund("failed", reverses="tnd_1"), refund(reverses="tnd_1")], "reversed"),
    ],
)
def test_a_reversal_is_what_stripe_says_has_succeeded(refunds: list[dict[str, Any]], outcome: str) -> None:
    found = intent(latest_charge={"object": "charge", "refunds": {"object": "list", "data": refunds}})
    assert stripe_wire.intent_answer("query", found, "tnd_1").outcome == outcome


@pytest.mark.parametrize(
    ("call", "status", "error", "outcome"),
    [
        ("pay_qr", 400, {"type": "invalid_request_error", "param": "amount"}, "declined"),
        ("pay_qr", 401, {"type": "invalid_request_error"}, "declined"),
        ("pay_qr", 400, {"type": "idempotency_error"}, "unknown"),
        ("pay_qr", 409, {"type": "invalid_request_error", "code": "idempotency_key_in_use"}, "unknown"),
        ("pay_qr", 429, {"type": "invalid_request_error", "code": "rate_limit"}, "unknown"),
        ("query", 404, {"type": "invalid_request_error", "code": "resource_missing"}, "not_found"),
        ("query", 401, {"type": "invalid_request_error"}, "unknown"),
        ("refund", 400, {"type": "invalid_request_error", "code": "charge_already_refunded"}, "declined"),
        ("refund", 400, {"type": "invalid_request_error", "param": "amount"}, "declined"),
        ("refund", 400, {"type": "invalid_request_error", "code": "balance_insufficient"}, "unknown"),
        ("refund", 401, {"type": "invalid_request_error"}, "unknown"),
        ("reverse", 400, {"type": "invalid_request_error"}, "unknown"),
        ("refund", 400, "no", "unknown"),
    ],
)
def test_errors_in_our_words(call: str, status: int, error: Any, outcome: str) -> None:
    answer = stripe_wire.refused(call, status, {"error": error})
    assert answer.outcome == outcome
    assert set(answer.evidence) <= {"call", "status", "type", "code", "decline_code", "param"}


@pytest.mark.parametrize("currency", ["ISK", "UGX", "MGA", "KWD", "BHD"])
def test_currencies_that_stripe_counts_otherwise_are_not_taken(currency: str) -> None:
    with pytest.raises(ValueError, match=currency):
        rail(currency=currency)


@pytest.mark.parametrize(
    ("key", "account"), [("sk_test_\n", None), ("sk_test_é", None), ("", None), ("sk_test_x", "a b")]
)
def test_a_key_that_cannot_stand_in_a_header_is_refused_and_not_said(key: str, account: str | None) -> None:
    with pytest.raises(ValueError, match="malformed") as refused:
        StripeRail("http://127.0.0.1:9", key, SECRET, account, "EUR")
    assert not key or key not in str(refused.value)


# Against the simulator ----------------------------------------------------------------------------


@pytest.fixture
def at_stripe(stand: Stand) -> Stand:
    if not isinstance(stand.rail, StripeRail):
        pytest.skip("Stripe's alone")
    return stand


def test_a_refund_is_given_once_even_when_its_key_is_forgotten(at_stripe: Stand) -> None:
    payer, order = at_stripe.payer(), at_stripe.order()
    ref = at_stripe.pay(order, payer).provider_ref
    back = at_stripe.refund_of(order, 230, ref)
    at_stripe.next_fault("refund", "timeout_after_effect", seconds=0)
    assert at_stripe.run(at_stripe.rail.refund(back)).outcome == "unknown"
    at_stripe.sim("POST", "/sim/clock", {"offset_s": 25 * 3600})
    assert at_stripe.run(at_stripe.rail.refund(back)).outcome == "refunded"
    assert at_stripe.moved(order) == 1000


def test_a_500_that_its_key_keeps_does_not_hide_what_happened(at_stripe: Stand) -> None:
    payer, order = at_stripe.payer(), at_stripe.order()
    at_stripe.next_fault("pay", "error_500", effect=True)
    for _ in range(2):
        shown = at_stripe.run(at_stripe.rail.show_qr(order))
        assert not isinstance(shown, QrShown)
        assert shown.outcome == "unknown"
    asked = at_stripe.query(order)
    assert asked.outcome == "paying"
    assert str(asked.provider_ref).startswith("cs_")
    assert at_stripe.reverse(order).outcome == "reversed"
    paid = at_stripe.order()
    ref = at_stripe.pay(paid, payer).provider_ref
    back = at_stripe.refund_of(paid, 230, ref)
    at_stripe.next_fault("refund", "error_500", effect=True)
    assert at_stripe.run(at_stripe.rail.refund(back)).outcome == "unknown"
    assert at_stripe.run(at_stripe.rail.refund(back)).outcome == "refunded"
    at_stripe.next_fault("reverse", "error_500", effect=True)
    assert at_stripe.reverse(paid).outcome == "unknown"
    assert at_stripe.reverse(paid).outcome == "reversed"
    assert at_stripe.moved(paid) == 0


def test_a_page_that_was_paid_or_closed_is_not_shown_again(at_stripe: Stand) -> None:
    payer, paid, closed = at_stripe.payer(), at_stripe.order(), at_stripe.order()
    assert at_stripe.pay(paid, payer).outcome == "paid"
    again = at_stripe.run(at_stripe.rail.show_qr(paid))
    assert not isinstance(again, QrShown)
    assert again.outcome == "paid"
    assert isinstance(at_stripe.run(at_stripe.rail.show_qr(closed)), QrShown)
    assert at_stripe.reverse(closed).outcome == "reversed"
    again = at_stripe.run(at_stripe.rail.show_qr(closed))
    assert not isinstance(again, QrShown)
    assert again.outcome == "declined"


def test_a_reversal_burns_what_was_never_heard_of(at_stripe: Stand) -> None:
    """The request is still under way when we call it back: what comes of it cannot be paid."""
    order = at_stripe.order()
    assert at_stripe.reverse(order).outcome == "reversed"
    late = at_stripe.run(at_stripe.rail.show_qr(order))
    assert not isinstance(late, QrShown)
    old = replace(at_stripe.order(), created_at=datetime.now(UTC) - timedelta(days=2))
    assert at_stripe.reverse(old).outcome == "declined"


def test_another_amount_under_the_same_number_is_not_ours(at_stripe: Stand) -> None:
    order = at_stripe.order()
    assert isinstance(at_stripe.run(at_stripe.rail.show_qr(order)), QrShown)
    other = replace(order, amount_minor=999)
    assert not isinstance(at_stripe.run(at_stripe.rail.show_qr(other)), QrShown)
    assert at_stripe.query(other).reason == "amount_differs"


def test_a_code_is_no_way_to_pay_here(at_stripe: Stand) -> None:
    answer = at_stripe.run(at_stripe.rail.pay_by_code(at_stripe.order(), "280000000000000000"))
    assert (answer.outcome, answer.reason) == ("declined", "rail_refused")


def test_a_bill_is_there_when_stripe_has_all_of_the_day(at_stripe: Stand) -> None:
    with pytest.raises(Refusal, match="bill_not_ready"):
        at_stripe.run(at_stripe.rail.fetch_bill(datetime.now(UTC).date() + timedelta(days=1)))
    with pytest.raises(Refusal, match="bill_not_ready"):
        at_stripe.run(at_stripe.rail.fetch_bill(datetime.now(UTC).date() + timedelta(days=3), is_early=True))
    empty = at_stripe.run(at_stripe.rail.fetch_bill(date(2026, 1, 1)))
    assert at_stripe.rail.parse_bill(empty) == []


@pytest.mark.parametrize("fault", ["missing_rows", "extra_rows"])
def test_a_bill_with_a_row_too_few_or_too_many_reads_as_it_is(at_stripe: Stand, fault: str) -> None:
    at_stripe.pay(at_stripe.order(), at_stripe.payer())
    day = datetime.fromisoformat(at_stripe.sim("GET", "/sim/state")["day"]).date()
    whole = at_stripe.rail.parse_bill(at_stripe.run(at_stripe.rail.fetch_bill(day, is_early=True)))
    at_stripe.next_fault("bill", fault)
    spoilt = at_stripe.rail.parse_bill(at_stripe.run(at_stripe.rail.fetch_bill(day, is_early=True)))
    assert len(spoilt) == len(whole) + (1 if fault == "extra_rows" else -1)


def test_nothing_secret_is_said(at_stripe: Stand) -> None:
    key = at_stripe.kept[at_stripe.merchant_id]
    payer, order = at_stripe.payer(), at_stripe.order()
    answers = [at_stripe.pay(order, payer), at_stripe.query(order), at_stripe.reverse(order)]
    for fault in ("error_500", "malformed_body", "timeout_before_effect", "answer_unknown"):
        at_stripe.next_fault("query", fault, seconds=0)
        answers.append(at_stripe.query(order))
    assert key not in str(answers) + repr(at_stripe.rail)


def test_all_faults_at_once_and_still_every_cent_is_accounted_for(at_stripe: Stand) -> None:
    """Asking and calling back again and again ends every payment as the provider knows it."""
    calls = ("timeout_before_effect", "timeout_after_effect", "answer_twice", "error_500", "malformed_body")
    chances = dict.fromkeys((*calls, "bad_signature", "clock_skew", "answer_unknown"), 0.05)
    dial = dict.fromkeys(("pay", "query", "reverse", "refund"), chances)
    at_stripe.sim("PUT", "/sim/faults", {"seed": 11, "hang_s": 0, **dial})
    payer, kept = at_stripe.payer(), 0
    for at in range(24):
        order = at_stripe.order()
        shown = at_stripe.run(at_stripe.rail.show_qr(order))
        if isinstance(shown, QrShown) and at % 4:
            payer.post("/scan", {"code_url": shown.code_url})
        said = insist(lambda order=order: at_stripe.query(order), "paid", "paying", "not_found")  # type: ignore[misc]
        assert agrees(at_stripe, order, said.outcome)
        if at % 4 == 3 and said.outcome == "paid":
            back = at_stripe.refund_of(order, 230, said.provider_ref)
            insist(lambda back=back: at_stripe.run(at_stripe.rail.refund(back)), "refunded")  # type: ignore[misc]
            kept += 1000
            assert at_stripe.moved(order) == 1000
        else:
            insist(lambda order=order: at_stripe.reverse(order), "reversed", "declined")  # type: ignore[misc]
            assert at_stripe.moved(order) == 0
    assert kept
    assert payer.balance() == 1_000_000 - kept


def insist(ask: Callable[[], RailAnswer], *ends: str) -> RailAnswer:
    """Ask until one of these is the answer; until then it may only be unknown."""
    for _ in range(20):
        answer = ask()
        if answer.outcome in ends:
            return answer
        assert answer.outcome == "unknown"
    raise AssertionError(f"still {answer}")
