"""The connector against the simulated wallet, over HTTP, under every fault of its dial."""

# ruff: noqa: F811, F401

import asyncio
import base64
import json
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import QrShown, RailAnswer
from highstreet.rooms.tenders.rails import wallet, wallet_wire
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet import ThreadedWallet, WalletSettings, signing
from highstreet_simulator.wallet.peers import Inbox, Merchant, Payer
from tests.wallets import (
    asker,
    inbox,
    merchant,
    order,
    pay,
    payer,
    raw_key,
    refund_order,
    run,
    shared_inbox,
    wallet_http,
)

# When all is well -------------------------------------------------------------------------------------


def test_paid_queried_refunded(merchant: Merchant, payer: Payer) -> None:
    tender_id, refund_id = new_id("tnd"), new_id("tnd")
    paid = pay(merchant, payer, tender_id)
    assert (paid.outcome, paid.reason) == ("paid", None)
    assert paid.provider_ref is not None
    assert paid.provider_ref.startswith("4200")
    assert paid.evidence == {
        "call": "pay_code",
        "status": 200,
        "trade_state": "paid",
        "amount_minor": 1230,
        "currency": "CNY",
    }
    assert pay(merchant, payer, tender_id).provider_ref == paid.provider_ref
    assert payer.balance() == 100_000 - 1230
    queried = run(merchant, lambda rail: rail.query(order(tender_id)))
    assert (queried.outcome, queried.provider_ref) == ("paid", paid.provider_ref)

    refunded = run(merchant, lambda rail: rail.refund(refund_order(refund_id, tender_id, 500, "CNY")))
    assert refunded.outcome == "refunded"
    for story in (
        lambda rail: rail.refund(refund_order(refund_id, tender_id, 500, "CNY")),
        lambda rail: rail.query_refund(refund_order(refund_id)),
    ):
        again = run(merchant, story)
        assert (again.outcome, again.provider_ref) == ("refunded", refunded.provider_ref)
    assert payer.balance() == 100_000 - 730
    # A trade with refunds cannot be reversed: nobody is told that it was.
    answer = run(merchant, lambda rail: rail.reverse(order(tender_id)))
    assert (answer.outcome, answer.reason) == ("unknown", "trade_has_refunds")


def test_waiting_then_confirmed_or_refused(merchant: Merchant, asker: Payer) -> None:
    one, two = new_id("tnd"), new_id("tnd")
    assert pay(merchant, asker, one).outcome == "paying"
    asker.confirm(one)
    assert run(merchant, lambda rail: rail.query(order(one))).outcome == "paid"
    assert pay(merchant, asker, two).outcome == "paying"
    asker.post("/refuse", {"out_trade_no": two})
    answer = run(merchant, lambda rail: rail.query(order(two)))
    assert (answer.outcome, answer.reason) == ("declined", "payer_refused")


def test_waiting_too_long(merchant: Merchant, asker: Payer) -> None:
    tender_id = new_id("tnd")
    pay(merchant, asker, tender_id)
    merchant.move_clock(46)
    answer = run(merchant, lambda rail: rail.query(order(tender_id)))
    assert (answer.outcome, answer.reason) == ("declined", "expired")


def test_declined(merchant: Merchant, payer: Payer) -> None:
    poor = Payer(merchant.http, balance_minor=5)
    answer = pay(merchant, poor, new_id("tnd"))
    assert (answer.outcome, answer.reason, answer.provider_ref) == ("declined", "insufficient_balance", None)
    for code in ("", "nonsense", "280000000000000000", "2" * 500):
        answer = run(
            merchant, lambda rail, code=code: rail.pay_by_code(order(new_id("tnd"), 1, "CNY", "Tea"), code)
        )
        assert answer.outcome == "declined"
        assert code == "" or code not in repr(answer)


def test_another_amount_under_the_same_number_is_unknown(merchant: Merchant, payer: Payer) -> None:
    tender_id = new_id("tnd")
    pay(merchant, payer, tender_id)
    answer = pay(merchant, payer, tender_id, 1231)
    assert (answer.outcome, answer.reason) == ("unknown", "order_mismatch")


def test_another_currency_is_refused(merchant: Merchant, payer: Payer) -> None:
    code = payer.code()
    answer = run(merchant, lambda rail: rail.pay_by_code(order(new_id("tnd"), 5, "EUR", "Tea"), code))
    assert (answer.outcome, answer.reason) == ("declined", "rail_refused")


@pytest.mark.parametrize("subject", ["", " ", "茶" * 500, 'a"\\\n\x00b', "😀"])
def test_any_subject_is_taken(merchant: Merchant, payer: Payer, subject: str) -> None:
    code = payer.code()
    answer = run(merchant, lambda rail: rail.pay_by_code(order(new_id("tnd"), 5, "CNY", subject), code))
    assert answer.outcome == "paid"


def test_qr_shown_and_scanned(merchant: Merchant, payer: Payer) -> None:
    tender_id = new_id("tnd")
    shown = run(merchant, lambda rail: rail.show_qr(order(tender_id, 1230, "CNY", "Tea")))
    assert isinstance(shown, QrShown)
    assert timedelta(seconds=280) < shown.expires_at - datetime.now(UTC) <= timedelta(seconds=301)
    assert run(merchant, lambda rail: rail.show_qr(order(tender_id, 1230, "CNY", "Tea"))) == shown
    assert run(merchant, lambda rail: rail.query(order(tender_id))).outcome == "paying"
    payer.post("/scan", {"code_url": shown.code_url})
    assert run(merchant, lambda rail: rail.query(order(tender_id))).outcome == "paid"
    assert run(merchant, lambda rail: rail.show_qr(order(tender_id, 1230, "CNY", "Tea"))).outcome == "paid"


def test_reversed(merchant: Merchant, payer: Payer, asker: Payer) -> None:
    waiting, taken, never = new_id("tnd"), new_id("tnd"), new_id("tnd")
    pay(merchant, asker, waiting)
    pay(merchant, payer, taken)
    for tender_id, reason in ((waiting, "close"), (taken, "refund"), (never, "close")):
        for _ in range(2):
            answer = run(merchant, lambda rail, one=tender_id: rail.reverse(order(one)))
            assert (answer.outcome, answer.reason) == ("reversed", reason)
    # A burnt number takes nothing, even when the payment arrives after its reversal.
    assert pay(merchant, payer, never).outcome == "reversed"
    assert payer.balance() == 100_000


def test_reversing_a_declined_payment_says_declined(merchant: Merchant) -> None:
    tender_id = new_id("tnd")
    pay(merchant, Payer(merchant.http, balance_minor=5), tender_id)
    assert run(merchant, lambda rail: rail.reverse(order(tender_id))).outcome == "declined"


def test_not_found(merchant: Merchant) -> None:
    for story in (
        lambda rail: rail.query(order(new_id("tnd"))),
        lambda rail: rail.query_refund(refund_order(new_id("tnd"))),
    ):
        assert run(merchant, story).outcome == "not_found"


@pytest.mark.parametrize("whose", ["nobody", "another merchant", "another number"])
def test_an_error_about_another_request_is_not_believed(merchant: Merchant, payer: Payer, whose: str) -> None:
    """A signed error that was not meant for this request (recorded elsewhere, played to us) is unknown."""
    tender_id, refund_id = new_id("tnd"), new_id("tnd")
    ours = {"merchant_id": merchant.merchant_id, "out_trade_no": tender_id, "out_refund_no": refund_id}
    if whose == "nobody":
        ours = {}
    elif whose == "another merchant":
        ours["merchant_id"] = "evil"
    else:
        ours |= {"out_trade_no": "other", "out_refund_no": "other"}
    content = {"code": "invalid_request", "message": "", **ours}
    paid = wallet_wire.trade_answer(
        "pay_code", 400, content, merchant_id=merchant.merchant_id, tender_id=tender_id
    )
    back = wallet_wire.refund_answer(
        "refund", 400, content, merchant_id=merchant.merchant_id, refund_tender_id=refund_id
    )
    assert (paid.outcome, back.outcome) == ("unknown", "unknown")


def test_a_refund_waits_while_our_balance_is_too_low(merchant: Merchant, payer: Payer) -> None:
    refund_id = new_id("tnd")
    content = {
        "code": "merchant_balance_too_low",
        "merchant_id": merchant.merchant_id,
        "out_refund_no": refund_id,
    }
    back = wallet_wire.refund_answer(
        "refund", 409, content, merchant_id=merchant.merchant_id, refund_tender_id=refund_id
    )
    assert back.outcome == "unknown"


def test_refused_refunds(merchant: Merchant, payer: Payer) -> None:
    tender_id, refund_id = new_id("tnd"), new_id("tnd")
    pay(merchant, payer, tender_id)
    cases = [
        (tender_id, 1231, "declined", "refund_exceeds_paid"),
        (new_id("tnd"), 5, "declined", "trade_not_found"),
        (tender_id, 0, "declined", "invalid_request"),
        (tender_id, 5, "refunded", None),
        (tender_id, 6, "unknown", "refund_mismatch"),
    ]
    for paid_id, amount_minor, outcome, reason in cases:
        answer = run(
            merchant,
            lambda rail, p=paid_id, a=amount_minor: rail.refund(refund_order(refund_id, p, a, "CNY")),
        )
        assert (answer.outcome, answer.reason) == (outcome, reason)
    assert payer.balance() == 100_000 - 1225


@pytest.mark.parametrize("tender_id", ["../../sim/state", "a b?c#d", "%2e%2e", "é", "x" * 65])
def test_odd_numbers_reach_no_other_address(merchant: Merchant, payer: Payer, tender_id: str) -> None:
    assert pay(merchant, payer, tender_id).outcome == "declined"
    for story in (
        lambda rail: rail.query(order(tender_id)),
        lambda rail: rail.query_refund(refund_order(tender_id)),
    ):
        assert run(merchant, story).outcome in ("not_found", "unknown")
    assert (
        run(merchant, lambda rail: rail.refund(refund_order("r", tender_id, 5, "CNY"))).outcome == "declined"
    )


# Faults -----------------------------------------------------------------------------------------------

SILENT = ["timeout_before_effect", "timeout_after_effect"]
SPOILT = ["answer_unknown", "error_500", "malformed_body", "bad_signature"]
DONE = {"timeout_after_effect", "malformed_body", "bad_signature"}


@pytest.mark.parametrize("fault", [*SILENT, *SPOILT])
def test_a_payment_with_an_unclear_answer_is_unknown(merchant: Merchant, payer: Payer, fault: str) -> None:
    tender_id = new_id("tnd")
    merchant.next_fault("pay", fault, **({"seconds": 0} if fault in SILENT else {}))
    answer = pay(merchant, payer, tender_id)
    assert (answer.outcome, answer.provider_ref) == ("unknown", None)
    after = run(merchant, lambda rail: rail.query(order(tender_id))).outcome
    assert after == ("paid" if fault in DONE or fault == "answer_unknown" else "not_found")
    assert run(merchant, lambda rail: rail.reverse(order(tender_id))).outcome == "reversed"
    assert payer.balance() == 100_000


@pytest.mark.parametrize("fault", [*SILENT, *SPOILT])
@pytest.mark.parametrize("operation", ["query", "reverse", "refund"])
def test_every_other_call_with_an_unclear_answer_is_unknown(
    merchant: Merchant, payer: Payer, operation: str, fault: str
) -> None:
    tender_id, refund_id = new_id("tnd"), new_id("tnd")
    pay(merchant, payer, tender_id)
    stories: dict[str, Callable[[WalletRail], Any]] = {
        "query": lambda rail: rail.query(order(tender_id)),
        "reverse": lambda rail: rail.reverse(order(tender_id)),
        "refund": lambda rail: rail.refund(refund_order(refund_id, tender_id, 30, "CNY")),
    }
    merchant.next_fault(operation, fault, **({"seconds": 0} if fault in SILENT else {}))
    assert run(merchant, stories[operation]).outcome == "unknown"
    ends = {"query": "paid", "reverse": "reversed", "refund": "refunded"}
    assert run(merchant, stories[operation]).outcome == ends[operation]
    assert payer.balance() == 100_000 - {"query": 1230, "reverse": 0, "refund": 1200}[operation]


@pytest.mark.parametrize("fault", [*SILENT, *SPOILT])
def test_unclear_refund_queries(merchant: Merchant, payer: Payer, fault: str) -> None:
    tender_id, refund_id = new_id("tnd"), new_id("tnd")
    pay(merchant, payer, tender_id)
    run(merchant, lambda rail: rail.refund(refund_order(refund_id, tender_id, 30, "CNY")))
    merchant.next_fault("query", fault, **({"seconds": 0} if fault in SILENT else {}))
    assert run(merchant, lambda rail: rail.query_refund(refund_order(refund_id))).outcome == "unknown"
    assert run(merchant, lambda rail: rail.query_refund(refund_order(refund_id))).outcome == "refunded"


def test_slow_twice_and_risky(merchant: Merchant, payer: Payer) -> None:
    merchant.next_fault("pay", "delay", seconds=0.2)
    assert pay(merchant, payer, new_id("tnd")).outcome == "paid"
    merchant.next_fault("pay", "answer_twice")
    assert pay(merchant, payer, new_id("tnd")).outcome == "paid"
    merchant.next_fault("pay", "decline_risk")
    answer = pay(merchant, payer, new_id("tnd"))
    assert (answer.outcome, answer.reason) == ("declined", "risk")
    assert payer.balance() == 100_000 - 2 * 1230


def test_late_successes(merchant: Merchant, payer: Payer, asker: Payer) -> None:
    late = new_id("tnd")
    merchant.next_fault("pay", "late_success", seconds=0.1)
    assert pay(merchant, payer, late).outcome == "paying"
    raced, haunted = new_id("tnd"), new_id("tnd")
    pay(merchant, asker, raced)
    merchant.next_fault("reverse", "late_success", seconds=0)
    answer = run(merchant, lambda rail: rail.reverse(order(raced)))
    assert (answer.outcome, answer.reason) == ("reversed", "refund")
    pay(merchant, asker, haunted)
    merchant.next_fault("reverse", "late_success", seconds=0.1)
    answer = run(merchant, lambda rail: rail.reverse(order(haunted)))
    assert (answer.outcome, answer.reason) == ("reversed", "close")
    time.sleep(0.3)
    assert [
        run(merchant, lambda rail, one=one: rail.query(order(one))).outcome for one in (late, raced, haunted)
    ] == [
        "paid",
        "reversed",
        "paid",
    ]
    assert run(merchant, lambda rail: rail.reverse(order(haunted))).outcome == "reversed"
    assert asker.balance() == 100_000
    refund_id = new_id("tnd")
    merchant.next_fault("refund", "late_success", seconds=0.1)
    assert (
        run(merchant, lambda rail: rail.refund(refund_order(refund_id, late, 30, "CNY"))).outcome == "paying"
    )
    time.sleep(0.3)
    assert run(merchant, lambda rail: rail.query_refund(refund_order(refund_id))).outcome == "refunded"


def test_a_dial_full_of_faults_never_tells_a_lie(merchant: Merchant) -> None:
    """Whatever the answers were, asking until they are clear ends at the wallet's own truth."""
    call = {"answer_unknown": 0.15, "error_500": 0.15, "malformed_body": 0.1, "bad_signature": 0.1}
    silent = {"timeout_before_effect": 0.1, "timeout_after_effect": 0.1}
    merchant.sim(
        "PUT",
        "/sim/faults",
        {"seed": 11, "hang_s": 0, "pay": call | silent, "query": call | silent, "reverse": call | silent},
    )
    payers = [Payer(merchant.http) for _ in range(30)]
    codes = [(new_id("tnd"), payer.code()) for payer in payers]
    first: dict[str, str] = {}

    async def story(rail: WalletRail) -> dict[str, str]:
        async def one(no: int, tender_id: str, code: str) -> tuple[str, str]:
            answer = await rail.pay_by_code(order(tender_id, 1230, "CNY", "Tea"), code)
            first[tender_id] = answer.outcome
            while answer.outcome in ("unknown", "not_found"):
                answer = await (rail.reverse(order(tender_id)) if no % 2 else rail.query(order(tender_id)))
                if answer.outcome == "not_found":
                    answer = await rail.reverse(order(tender_id))
            return tender_id, answer.outcome

        return dict(await asyncio.gather(*(one(no, *both) for no, both in enumerate(codes))))

    ends = run(merchant, story)
    truth = {trade["out_trade_no"]: trade["trade_state"] for trade in merchant.truth()}
    assert ends == truth
    assert {t for t, outcome in first.items() if outcome == "paid"} <= {t for t in ends if ends[t] == "paid"}
    assert set(first.values()) == {"paid", "unknown"}


# The way there ----------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_connection_declines_a_payment_and_nothing_else(merchant: Merchant, payer: Payer) -> None:
    down = {"base_url": f"http://127.0.0.1:{free_port()}"}
    assert pay(merchant, payer, "t", **down) == RailAnswer(
        "declined", None, "rail_down", {"call": "pay_code", "failure": "ClientConnectorError"}
    )
    shown = run(merchant, lambda rail: rail.show_qr(order("t", 5, "CNY", "Tea")), **down)
    assert (shown.outcome, shown.reason) == ("declined", "rail_down")
    for story in (
        lambda rail: rail.query(order("t")),
        lambda rail: rail.reverse(order("t")),
        lambda rail: rail.refund(refund_order("r", "t", 5, "CNY")),
        lambda rail: rail.query_refund(refund_order("r")),
    ):
        answer = run(merchant, story, **down)
        assert (answer.outcome, answer.reason) == ("unknown", "rail_down")
    day = datetime.now(UTC).date()
    for story in (lambda rail: rail.fetch_bill(day),):
        with pytest.raises(Refusal, match=r"tenders\.rail_down"):
            run(merchant, story, **down)
    with pytest.raises(Refusal, match=r"tenders\.rail_down"):
        run(merchant, lambda rail: rail.fetch_platform_key(), platform_key=None, **down)


@pytest.mark.parametrize("fault", SILENT)
def test_an_answer_that_does_not_come_is_given_up_in_time(
    merchant: Merchant, payer: Payer, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    tender_id = new_id("tnd")
    merchant.next_fault("pay", fault, seconds=20)
    began = time.monotonic()
    with monkeypatch.context() as quick:
        quick.setattr(wallet, "PAY_TIMEOUT_S", 0.4)
        answer = pay(merchant, payer, tender_id)
    assert (answer.outcome, answer.reason) == ("unknown", "no_answer")
    assert time.monotonic() - began < 15
    assert run(merchant, lambda rail: rail.reverse(order(tender_id))).outcome == "reversed"


def test_strangers_are_not_listened_to(merchant: Merchant, payer: Payer) -> None:
    tender_id = new_id("tnd")
    other = Ed25519PrivateKey.generate()
    answer = pay(merchant, payer, tender_id, platform_key=other.public_key().public_bytes_raw())
    assert (answer.outcome, answer.reason) == ("unknown", "signature_wrong")
    assert run(merchant, lambda rail: rail.query(order(tender_id))).outcome == "paid"
    for changes in ({"private_key": other}, {"merchant_id": "nobody"}):
        # A 401 names nobody: whoever can reach the wallet could have had it signed for us to believe.
        answer = pay(merchant, payer, new_id("tnd"), **changes)
        assert (answer.outcome, answer.provider_ref) == ("unknown", None)
        asked = run(merchant, lambda rail: rail.query(order(tender_id)), **changes)
        assert asked.outcome == "unknown"


def test_without_the_providers_key_nothing_is_sent(merchant: Merchant, payer: Payer) -> None:
    before = len(merchant.truth())
    assert pay(merchant, payer, new_id("tnd"), platform_key=None).outcome == "declined"
    assert run(merchant, lambda rail: rail.query(order("t")), platform_key=None).outcome == "unknown"
    assert len(merchant.truth()) == before


def test_the_key_is_trusted_on_first_use_and_pinned(merchant: Merchant, payer: Payer) -> None:
    code = payer.code()

    async def story(rail: WalletRail) -> tuple[bytes, str]:
        key = await rail.fetch_platform_key()
        assert rail.platform_key == key
        return key, (await rail.pay_by_code(order(new_id("tnd"), 5, "CNY", "Tea"), code)).outcome

    assert run(merchant, story, platform_key=None) == (raw_key(merchant), "paid")
    pinned = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert run(merchant, lambda rail: rail.fetch_platform_key(), platform_key=pinned) == pinned
