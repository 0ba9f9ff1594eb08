"""What the connector believes: answers and notices that hold in every part, and nothing else."""

# ruff: noqa: F811, F401

import asyncio
import base64
import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import RailAnswer
from highstreet.rooms.tenders.rails import wallet_wire
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet import signing
from highstreet_simulator.wallet.peers import Inbox, Merchant, Payer
from tests.rooms.says import Says
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

# Answers that a provider should never give ------------------------------------------------------------

KEY = Ed25519PrivateKey.generate()
TRADE: dict[str, Any] = {
    "merchant_id": "m1",
    "out_trade_no": "t1",
    "trade_state": "paid",
    "transaction_id": "w1",
    "amount": {"total": 1230, "currency": "CNY"},
}


def answered(content: object, status: int = 200, age_s: int = 0, body: bytes | None = None) -> RailAnswer:
    """What the connector makes of this answer to a payment, well signed."""
    raw = json.dumps(content).encode() if body is None else body
    headers = signing.sign_answer(KEY, "k", int(time.time()) - age_s, "nonce-12", raw)
    client = Says(lambda _: httpx.Response(status, headers=headers, content=raw))
    rail = WalletRail("http://wallet", "m1", KEY, KEY.public_key().public_bytes_raw(), client)
    return asyncio.run(rail.pay_by_code(order("t1", 1230, "CNY", "Tea"), "28"))


def test_the_plain_answer_is_paid() -> None:
    assert answered(TRADE).outcome == "paid"
    assert answered({**TRADE, "new_member": [1, {"x": None}]}).outcome == "paid"


@pytest.mark.parametrize(
    "changes",
    [
        {"merchant_id": "m2"},
        {"out_trade_no": "t2"},
        {"out_trade_no": None},
        {"trade_state": "PAID"},
        {"trade_state": None},
        {"trade_state": ["paid"]},
        {"transaction_id": None},
        {"transaction_id": "w\x00"},
        {"transaction_id": "w" * 81},
        {"transaction_id": 4200},
        {"amount": None},
        {"amount": {}},
        {"amount": {"total": 1231, "currency": "CNY"}},
        {"amount": {"total": 1230, "currency": "USD"}},
        {"amount": {"total": "1230", "currency": "CNY"}},
        {"amount": {"total": 1230.0, "currency": "CNY"}},
        {"amount": {"total": True, "currency": "CNY"}},
        {"amount": {"total": -1230, "currency": "CNY"}},
        {"amount": {"total": 10**30, "currency": "CNY"}},
        {"amount": {"total": 1230, "currency": None}},
    ],
)
def test_paid_in_any_other_words_is_unknown(changes: dict[str, Any]) -> None:
    answer = answered({**TRADE, **changes})
    assert answer.outcome == "unknown"
    assert len(json.dumps(answer.evidence)) < 300


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"paid"', b"{", b"\xff\xfe", b"{}", b"[" * 5000, b" " * 70_000],
)
def test_bodies_that_are_no_trade_are_unknown(body: bytes) -> None:
    assert answered(None, body=body).outcome == "unknown"


@pytest.mark.parametrize("status", [201, 204, 302, 404, 409, 418, 429, 500, 502, 503])
def test_no_other_status_is_paid_or_declined(status: int) -> None:
    for content in (TRADE, {**TRADE, "trade_state": "declined"}, {"code": "x"}):
        assert answered(content, status).outcome == "unknown"


# A 401 names no merchant and no number: whoever can reach the wallet can have one signed and play it to us.
@pytest.mark.parametrize(
    "code", ["clock_skew", "signature_wrong", "unknown_merchant", "nonce_replayed", "something_new"]
)
def test_refused_sign_in(code: str) -> None:
    assert answered({"code": code, "message": ""}, 401).outcome == "unknown"


def test_old_answers_are_not_believed() -> None:
    assert answered(TRADE, age_s=295).outcome == "paid"
    assert answered(TRADE, age_s=310).outcome == "unknown"
    assert answered(TRADE, age_s=-310).outcome == "unknown"


def test_reasons_are_words_or_nothing() -> None:
    declined = {**TRADE, "trade_state": "declined", "transaction_id": None}
    assert answered({**declined, "reason": "risk"}).reason == "risk"
    for reason in (None, 5, {}, "a b", "\x00", "x" * 5000):
        assert answered({**declined, "reason": reason}).reason == "declined"


# Notices ----------------------------------------------------------------------------------------------


def reader(merchant: Merchant) -> WalletRail:
    return WalletRail("http://unused", merchant.merchant_id, merchant.key, raw_key(merchant), None)


def test_notices_are_read(merchant: Merchant, asker: Payer, payer: Payer, inbox: Inbox) -> None:
    one, two, refund_id = new_id("tnd"), new_id("tnd"), new_id("tnd")
    pay(merchant, asker, one)
    asker.confirm(one)
    inbox.wait(1)
    pay(merchant, asker, two)
    run(merchant, lambda rail: rail.reverse(order(two)))
    inbox.wait(2)
    run(merchant, lambda rail: rail.refund(refund_order(refund_id, one, 30, "CNY")))
    got = inbox.wait(3)
    notices = [reader(merchant).read_notice(headers, body, datetime.now(UTC)) for headers, body in got]
    assert [(n.tender_id, n.kind, n.answer.outcome) for n in notices] == [
        (one, "trade", "paid"),
        (two, "trade", "reversed"),
        (refund_id, "refund", "refunded"),
    ]
    assert notices[0].answer.evidence["amount_minor"] == 1230
    assert notices[2].answer.evidence["amount_minor"] == 30


@pytest.mark.parametrize(
    ("fault", "refusals"),
    [
        ("malformed_body", ["tenders.notice_malformed"]),
        ("bad_signature", ["tenders.notice_forged"]),
        ("duplicate_notice", []),
    ],
)
def test_faults_on_notices(
    merchant: Merchant, asker: Payer, inbox: Inbox, fault: str, refusals: list[str]
) -> None:
    """What cannot be believed is refused; it comes again, whole."""
    tender_id = new_id("tnd")
    pay(merchant, asker, tender_id)
    merchant.next_fault("notice", fault)
    if refusals:
        inbox.refusals = 1
    asker.confirm(tender_id)
    read, refused = [], []
    for headers, body in inbox.wait(2):
        try:
            read.append(reader(merchant).read_notice(headers, body, datetime.now(UTC)))
        except Refusal as refusal:
            refused.append(refusal.code)
    assert refused == refusals
    assert len(read) == 2 - len(refusals)
    assert {(n.tender_id, n.answer.outcome) for n in read} == {(tender_id, "paid")}


def test_forged_and_stale_notices_are_refused(merchant: Merchant, asker: Payer, inbox: Inbox) -> None:
    tender_id = new_id("tnd")
    pay(merchant, asker, tender_id)
    asker.confirm(tender_id)
    headers, body = inbox.wait(1)[0]
    rail, now = reader(merchant), datetime.now(UTC)
    assert rail.read_notice(headers, body, now).answer.outcome == "paid"
    assert rail.read_notice({k.upper(): v for k, v in headers.items()}, body, now).tender_id == tender_id
    stamp = int({k.lower(): v for k, v in headers.items()}["wallet-timestamp"])
    at = datetime.fromtimestamp(stamp, UTC)
    assert rail.read_notice(headers, body, at + timedelta(seconds=300)).tender_id == tender_id
    spoilt: list[tuple[dict[str, str], bytes, datetime]] = [
        (headers, body, at + timedelta(seconds=301)),
        (headers, body, at - timedelta(seconds=301)),
        (headers, body + b" ", now),
        (headers, body.replace(b"1230", b"9230"), now),
        ({}, body, now),
    ]
    for name, value in [
        ("Wallet-Timestamp", "9" * 13),
        ("Wallet-Timestamp", "-1"),
        ("Wallet-Timestamp", ""),
        ("Wallet-Timestamp", "²"),
        ("Wallet-Signature", "????"),
        ("Wallet-Signature", "é"),
        ("Wallet-Signature", base64.b64encode(b"x" * 64).decode()),
        ("Wallet-Signature", ""),
        ("Wallet-Nonce", "\udcff"),
    ]:
        lower = {k.lower(): v for k, v in headers.items()}
        spoilt.append(({**lower, name.lower(): value}, body, now))
    for bad_headers, bad_body, when in spoilt:
        with pytest.raises(Refusal) as caught:
            rail.read_notice(bad_headers, bad_body, when)
        assert (caught.value.code, caught.value.status) == ("tenders.notice_forged", 401)
    other = WalletRail("http://unused", "m_other", merchant.key, raw_key(merchant), None)
    for one in (other, WalletRail("http://unused", merchant.merchant_id, merchant.key, None, None)):
        with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
            one.read_notice(headers, body, now)


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        {},
        {"type": "trade.paid"},
        {"type": "trade.paid", "resource": []},
        {"type": "trade.paid", "resource": {**TRADE, "out_trade_no": "t 1"}},
        {"type": "trade.paid", "resource": {**TRADE, "out_trade_no": 5}},
        {"type": "trade.paid", "resource": {**TRADE, "transaction_id": None}},
        {"type": "trade.paid", "resource": {**TRADE, "amount": None}},
        {"type": "trade.paid", "resource": {**TRADE, "trade_state": "odd"}},
        {"type": "coupon.sent", "resource": TRADE},
        {"type": {}, "resource": TRADE},
    ],
)
def test_signed_nonsense_is_malformed(content: object) -> None:
    body = json.dumps(content).encode()
    rail = WalletRail("http://unused", "m1", KEY, KEY.public_key().public_bytes_raw(), None)
    headers = signing.sign_answer(KEY, "k", int(time.time()), "nonce-12", body)
    with pytest.raises(Refusal) as caught:
        rail.read_notice(headers, body, datetime.now(UTC))
    assert (caught.value.code, caught.value.status) == ("tenders.notice_malformed", 422)


# Signatures and secrets -------------------------------------------------------------------------------


def test_the_protocols_test_vector() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    header = wallet_wire.authorization(
        key, "m1", "POST", "/v1/pay/code", 1767225600, "nonce-0001", b'{"a":1}'
    )
    expected = "V6xCMW7zWugkp6wB1pKpGFc/OSEoNv4hl+r8+lqTFBd1IBMNne7x6pVY0BSfm+fSI2+hTJ8tHT+34qtGGd1cDA=="
    assert f'signature="{expected}"' in header


def test_no_code_and_no_key_is_printed(
    merchant: Merchant, payer: Payer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    code = payer.code()
    rail = reader(merchant)
    answer = run(merchant, lambda r: r.pay_by_code(order(new_id("tnd"), 5, "CNY", "Tea"), code))
    with suppress(Refusal):
        run(merchant, lambda r: r.fetch_bill(datetime.now(UTC).date()))
    shown = capsys.readouterr()
    said = repr((rail, answer)) + caplog.text + shown.out + shown.err
    secret = base64.b64encode(merchant.key.private_bytes_raw()).decode()
    assert code not in said
    assert secret not in said
    assert "signature=" not in said
