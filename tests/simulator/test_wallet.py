"""The simulated wallet over real HTTP: signatures, payments, reversals, refunds, bills."""

import base64
import csv
import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet_simulator.wallet import ThreadedWallet, signing
from highstreet_simulator.wallet.peers import Inbox, Json, Merchant, Payer
from tests.patience import PATIENCE_S

DAY_S = 86_400

# Signatures ---------------------------------------------------------------------------------------


def test_signature_test_vector_of_the_protocol_page() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    header = signing.sign_request(key, "m1", "POST", "/v1/pay/code", 1767225600, "nonce-0001", b'{"a":1}')
    signature = header.split('signature="')[1].rstrip('"')
    page = Path(signing.__file__).with_name("PROTOCOL.md").read_text()
    assert signature in page
    text = b'POST\n/v1/pay/code\n1767225600\nnonce-0001\n{"a":1}\n'
    key.public_key().verify(base64.b64decode(signature), text)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"header": ""}, "signature_missing"),
        ({"header": "Bearer x"}, "signature_wrong"),
        ({"header": 'WALLET-ED25519 merchant_id="m",nonce="12345678"'}, "signature_wrong"),
        ({"nonce": "short"}, "signature_wrong"),
        ({"merchant_id": "nobody"}, "unknown_merchant"),
        ({"clock_off_by": -400}, "clock_skew"),
        ({"clock_off_by": 400}, "clock_skew"),
        ({"key": Ed25519PrivateKey.generate()}, "signature_wrong"),
        ({"signed_body": b"{}"}, "signature_wrong"),
        ({"signed_target": "/v1/pay/qr"}, "signature_wrong"),
    ],
)
def test_unsigned_or_wrongly_signed_requests_have_no_effect(
    merchant: Merchant, payer: Payer, changes: Json, code: str
) -> None:
    answer = merchant.send("POST", "/v1/pay/code", merchant.order(payer), **changes)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    signing.verify_answer(merchant.platform_key, answer.headers, answer.content, now=time.time())
    assert merchant.truth() == []


def test_the_query_string_is_signed_too(merchant: Merchant) -> None:
    answer = merchant.send("GET", "/v1/bills/2026-01-01?force=1", signed_target="/v1/bills/2026-01-01")
    assert answer.json()["code"] == "signature_wrong"


def test_a_nonce_works_once_per_merchant(merchant: Merchant) -> None:
    assert merchant.send("GET", "/v1/trades/X", nonce="nonce-once").status_code == 404
    again = merchant.send("GET", "/v1/trades/X", nonce="nonce-once")
    assert (again.status_code, again.json()["code"]) == (401, "nonce_replayed")
    assert Merchant(merchant.http).send("GET", "/v1/trades/X", nonce="nonce-once").status_code == 404


def test_verify_answer_refuses_stale_broken_and_missing() -> None:
    key = Ed25519PrivateKey.generate()
    headers = signing.sign_answer(key, "k", 1000, "n", b"{}")
    signing.verify_answer(
        key.public_key(), {name.lower(): value for name, value in headers.items()}, b"{}", now=1300
    )
    wrong: list[tuple[dict[str, str], bytes, float]] = [
        (headers, b"{} ", 1000),
        (headers, b"{}", 1301),
        ({}, b"{}", 1000),
        (headers | {"Wallet-Signature": "?"}, b"{}", 1000),
    ]
    for given, body, now in wrong:
        with pytest.raises(signing.SignatureWrong):
            signing.verify_answer(key.public_key(), given, body, now=now)


def test_a_merchant_can_change_its_key(merchant: Merchant, payer: Payer) -> None:
    merchant.query("X", 404)
    merchant.key = Ed25519PrivateKey.generate()
    assert merchant.query("X", 401)["code"] == "signature_wrong"
    text = signing.public_key_text(merchant.key.public_key())
    merchant.sim("POST", "/sim/merchants", {"merchant_id": merchant.merchant_id, "public_key": text})
    assert merchant.query("X", 404)["code"] == "trade_not_found"


# Barcode pay --------------------------------------------------------------------------------------


def test_code_payment_is_paid_at_once_moves_the_money_and_sends_no_notice(
    merchant: Merchant, payer: Payer, inbox: Inbox
) -> None:
    order = merchant.order(payer, 1230)
    assert len(order["auth_code"]) == 18
    assert order["auth_code"].startswith("28")
    trade = merchant.call("POST", "/v1/pay/code", order)
    assert trade["trade_state"] == "paid"
    assert trade["amount"] == {"total": 1230, "currency": "CNY", "refunded": 0, "refundable": 1230}
    assert trade["transaction_id"].startswith("4200")
    assert trade["paid_at"].endswith("+08:00")
    assert trade == merchant.query(order["out_trade_no"])
    assert payer.balance() == 98_770
    history = payer.get()["history"]
    assert [(line["kind"], line["amount_minor"]) for line in history] == [("paid", -1230)]
    time.sleep(0.1)
    assert inbox.got == []


def test_the_same_order_again_is_the_same_trade(merchant: Merchant, payer: Payer) -> None:
    order = merchant.order(payer)
    first = merchant.call("POST", "/v1/pay/code", order)
    assert merchant.call("POST", "/v1/pay/code", order) == first
    assert merchant.call("POST", "/v1/pay/code", order | {"auth_code": payer.code()}) == first
    other = merchant.call("POST", "/v1/pay/code", order | {"amount": {"total": 1, "currency": "CNY"}}, 409)
    assert other["code"] == "order_mismatch"
    qr = {name: order[name] for name in ("out_trade_no", "amount", "subject")}
    assert merchant.call("POST", "/v1/pay/qr", qr, 409)["code"] == "order_mismatch"
    assert payer.balance() == 98_770


def test_numbers_of_two_merchants_do_not_meet(merchant: Merchant, payer: Payer) -> None:
    other = Merchant(merchant.http)
    assert (
        merchant.call("POST", "/v1/pay/code", merchant.order(payer, number="SAME"))["trade_state"] == "paid"
    )
    assert other.query("SAME", 404)["trade_state"] == "not_found"
    assert other.call("POST", "/v1/pay/code", other.order(payer, 5, "SAME"))["amount"]["total"] == 5
    other.reverse("SAME")
    assert merchant.query("SAME")["trade_state"] == "paid"


def test_declines(merchant: Merchant, payer: Payer) -> None:
    def reason_of(order: Json) -> str:
        trade = merchant.call("POST", "/v1/pay/code", order)
        assert trade["trade_state"] == "declined"
        # A decline is final: the same number gives the same answer.
        assert merchant.call("POST", "/v1/pay/code", order) == trade
        return str(trade["reason"])

    used = merchant.order(payer)
    merchant.call("POST", "/v1/pay/code", used)
    assert reason_of(used | {"out_trade_no": "D1"}) == "code_used"
    assert reason_of(used | {"out_trade_no": "D2", "auth_code": "280000000000000000"}) == "code_invalid"
    assert reason_of(merchant.order(Payer(merchant.http, 1229))) == "insufficient_balance"
    assert reason_of(merchant.order(Payer(merchant.http, 9999, daily_limit_minor=1229))) == "limit_exceeded"
    merchant.next_fault("pay", "decline_risk")
    assert reason_of(merchant.order(payer)) == "risk"
    old = merchant.order(payer)
    merchant.move_clock(61)
    assert reason_of(old) == "code_expired"
    assert payer.balance() == 98_770


def test_the_daily_limit_is_a_wallet_day_s(merchant: Merchant) -> None:
    limited = Payer(merchant.http, 100_000, daily_limit_minor=1000)
    assert merchant.pay(limited, 600)["trade_state"] == "paid"
    assert merchant.pay(limited, 401)["reason"] == "limit_exceeded"
    assert merchant.pay(limited, 400)["trade_state"] == "paid"
    merchant.move_clock(DAY_S)
    assert merchant.pay(limited, 1000)["trade_state"] == "paid"


def test_malformed_requests(merchant: Merchant, payer: Payer) -> None:
    good = merchant.order(payer)
    for change in (
        {"out_trade_no": "a b"},
        {"amount": {"total": 0, "currency": "CNY"}},
        {"amount": {"total": 1.5, "currency": "CNY"}},
        {"amount": {"total": 5, "currency": "USD"}},
        {"subject": ""},
        {"time_start": "yesterday"},
    ):
        assert merchant.call("POST", "/v1/pay/code", good | change, 400)["code"] == "invalid_request"
    assert merchant.truth() == []
    assert merchant.http.get("/v1/nothing").status_code == 404


def test_codes_rotate_and_need_their_token(merchant: Merchant, payer: Payer) -> None:
    first = payer.code()
    assert payer.code() == first
    merchant.pay(payer)
    second = payer.code()
    assert second != first
    merchant.move_clock(61)
    assert payer.code() not in (first, second)
    stranger = Payer(merchant.http)
    assert merchant.http.get(f"{payer.path}/code", headers=stranger.headers).status_code == 401
    assert merchant.http.get(f"{payer.path}/code").status_code == 401


def test_one_code_pays_once_however_many_try(merchant: Merchant, payer: Payer) -> None:
    code = payer.code()
    orders = [merchant.order(payer) | {"auth_code": code} for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        trades_ = list(pool.map(lambda order: merchant.call("POST", "/v1/pay/code", order), orders))
    states = [(trade["trade_state"], trade["reason"]) for trade in trades_]
    assert states.count(("paid", None)) == 1
    assert states.count(("declined", "code_used")) == 23
    assert payer.balance() == 98_770


def test_one_order_sent_many_times_at_once_is_paid_once(merchant: Merchant, payer: Payer) -> None:
    order = merchant.order(payer)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: merchant.call("POST", "/v1/pay/code", order), range(24)))
    assert all(answer == answers[0] for answer in answers)
    assert len(merchant.truth()) == 1
    assert payer.balance() == 98_770


# Waiting for the payer ----------------------------------------------------------------------------


def test_an_asking_payer_confirms_and_the_merchant_gets_a_signed_notice(
    merchant: Merchant, asker: Payer, inbox: Inbox
) -> None:
    number = merchant.pay(asker)["out_trade_no"]
    assert merchant.query(number)["trade_state"] == "paying"
    assert [trade["out_trade_no"] for trade in asker.get("/pending")["pending"]] == [number]
    asker.confirm(number)
    headers, body = inbox.wait(1)[0]
    signing.verify_answer(merchant.platform_key, headers, body, now=time.time())
    notice = json.loads(body)
    assert notice["type"] == "trade.paid"
    assert notice["resource"] == merchant.query(number)
    assert asker.confirm(number, 409)["code"] == "not_pending"
    assert asker.balance() == 98_770


def test_a_payer_can_refuse_or_lack_the_money_when_confirming(
    merchant: Merchant, asker: Payer, inbox: Inbox
) -> None:
    first = merchant.pay(asker)["out_trade_no"]
    asker.post("/refuse", {"out_trade_no": first})
    assert merchant.query(first)["reason"] == "payer_refused"
    poor = Payer(merchant.http, 10, confirm_mode="ask")
    second = merchant.pay(poor)["out_trade_no"]
    assert poor.confirm(second)["reason"] == "insufficient_balance"
    inbox.wait(2)
    assert sorted((n["type"], n["resource"]["reason"]) for n in inbox.bodies()) == [
        ("trade.closed", "insufficient_balance"),
        ("trade.closed", "payer_refused"),
    ]


def test_the_wallet_closes_an_unpaid_trade_after_45_seconds(
    merchant: Merchant, asker: Payer, inbox: Inbox
) -> None:
    number = merchant.pay(asker)["out_trade_no"]
    merchant.move_clock(44)
    assert merchant.query(number)["trade_state"] == "paying"
    merchant.move_clock(46)
    trade = merchant.query(number)
    assert (trade["trade_state"], trade["reason"]) == ("closed", "expired")
    asker.confirm(number, 409)
    inbox.wait(1)
    assert inbox.bodies()[0]["type"] == "trade.closed"
    reversal = merchant.reverse(number)
    assert (reversal["trade_state"], reversal["action"], reversal["retry_flag"]) == ("closed", "close", "N")


def test_qr_is_paid_by_the_first_who_can(merchant: Merchant, payer: Payer, inbox: Inbox) -> None:
    order = {"out_trade_no": "Q1", "amount": {"total": 700, "currency": "CNY"}, "subject": "Tea"}
    opened = merchant.call("POST", "/v1/pay/qr", order)
    assert opened["trade_state"] == "paying"
    assert merchant.call("POST", "/v1/pay/qr", order)["code_url"] == opened["code_url"]
    scan = {"code_url": opened["code_url"]}
    assert Payer(merchant.http, 699).post("/scan", scan, 409)["code"] == "insufficient_balance"
    assert merchant.query("Q1")["trade_state"] == "paying"
    assert payer.post("/scan", scan)["trade_state"] == "paid"
    assert payer.post("/scan", scan)["trade_state"] == "paid"
    assert Payer(merchant.http).post("/scan", scan, 409)["code"] == "code_used"
    assert payer.post("/scan", {"code_url": "wallet://pay/none"}, 409)["code"] == "code_invalid"
    assert payer.balance() == 99_300
    inbox.wait(1)
    assert [notice["type"] for notice in inbox.bodies()] == ["trade.paid"]


def test_qr_expires(merchant: Merchant, payer: Payer) -> None:
    order = {
        "out_trade_no": "Q1",
        "amount": {"total": 700, "currency": "CNY"},
        "subject": "Tea",
        "expires_in_s": 20,
    }
    scan = {"code_url": merchant.call("POST", "/v1/pay/qr", order)["code_url"]}
    merchant.move_clock(21)
    assert payer.post("/scan", scan, 409)["code"] == "code_expired"
    assert merchant.query("Q1")["trade_state"] == "closed"


# Reversal -----------------------------------------------------------------------------------------


def test_reversing_closes_the_unpaid_and_refunds_the_paid(
    merchant: Merchant, payer: Payer, asker: Payer
) -> None:
    waiting, paid = merchant.pay(asker)["out_trade_no"], merchant.pay(payer)["out_trade_no"]
    closed = merchant.reverse(waiting)
    assert (closed["trade_state"], closed["action"], closed["retry_flag"]) == ("reversed", "close", "N")
    refunded = merchant.reverse(paid)
    assert (refunded["action"], refunded["amount"]["refunded"]) == ("refund", 1230)
    assert merchant.reverse(paid) == refunded
    assert payer.balance() == 100_000
    asker.confirm(waiting, 409)
    assert merchant.refund(paid, "R1", 1, 409)["code"] == "trade_not_paid"


def test_an_unknown_number_is_burnt_so_that_a_late_payment_takes_nothing(
    merchant: Merchant, payer: Payer
) -> None:
    order = merchant.order(payer)
    merchant.next_fault("pay", "delay", seconds=0.3)
    with ThreadPoolExecutor(1) as pool:
        payment = pool.submit(merchant.call, "POST", "/v1/pay/code", order)
        time.sleep(0.1)
        assert merchant.query(order["out_trade_no"], 404)["trade_state"] == "not_found"
        assert merchant.reverse(order["out_trade_no"])["action"] == "close"
        assert payment.result()["trade_state"] == "reversed"
    assert payer.balance() == 100_000


def test_a_trade_with_refunds_or_too_old_is_not_reversed(merchant: Merchant, payer: Payer) -> None:
    first, second = merchant.pay(payer)["out_trade_no"], merchant.pay(payer)["out_trade_no"]
    merchant.refund(first, "R1", 1)
    assert merchant.reverse(first, 409)["code"] == "trade_has_refunds"
    merchant.move_clock(7 * DAY_S + 60)
    assert merchant.reverse(second, 409)["code"] == "reverse_window_passed"
    assert merchant.refund(second, "R2", 1230)["refund_state"] == "done"


# Refunds ------------------------------------------------------------------------------------------


def test_partial_refunds_never_exceed_what_was_paid(merchant: Merchant, payer: Payer, inbox: Inbox) -> None:
    number = merchant.pay(payer, 1000)["out_trade_no"]
    first = merchant.refund(number, "R1", 400)
    assert first["refund_state"] == "done"
    assert merchant.refund(number, "R1", 400) == first
    assert merchant.refund(number, "R1", 401, 409)["code"] == "refund_mismatch"
    too_much = merchant.refund(number, "R2", 601, 409)
    assert (too_much["code"], too_much["refundable"]) == ("refund_exceeds_paid", 600)
    assert merchant.refund(number, "R2", 600)["amount"]["total"] == 600
    assert merchant.call("GET", "/v1/refunds/R1") == first
    assert merchant.call("GET", "/v1/refunds/R9", status=404)["refund_state"] == "not_found"
    assert merchant.refund("NONE", "R3", 1, 404)["code"] == "trade_not_found"
    assert merchant.query(number)["amount"]["refunded"] == 1000
    assert payer.balance() == 100_000
    ends = time.monotonic() + PATIENCE_S  # a slow endpoint is told again: count numbers, not notices
    while {notice["resource"]["out_refund_no"] for notice in inbox.bodies()} != {"R1", "R2"}:
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_refunds_in_a_race_never_exceed_what_was_paid(merchant: Merchant, payer: Payer) -> None:
    number = merchant.pay(payer, 1000)["out_trade_no"]

    def refund(position: int) -> int:
        body = {
            "out_refund_no": f"R{position}",
            "out_trade_no": number,
            "amount": {"total": 300, "currency": "CNY"},
        }
        return merchant.send("POST", "/v1/refunds", body).status_code

    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(refund, range(10)))
    assert statuses.count(200) == 3
    assert payer.balance() == 99_900


# Bills --------------------------------------------------------------------------------------------


def bill_of(merchant: Merchant, target: str) -> tuple[list[Json], Json]:
    answer = merchant.send("GET", target)
    assert answer.status_code == 200, answer.text
    signing.verify_answer(merchant.platform_key, answer.headers, answer.content)
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert all(value.startswith("`") for line in lines[1:-2] for value in line)
    rows = [dict(zip(lines[0], (value[1:] for value in line), strict=True)) for line in lines[1:-2]]
    return rows, dict(zip(lines[-2], (value[1:] for value in lines[-1]), strict=True))


def test_the_bill_is_the_sum_of_the_trades(merchant: Merchant, payer: Payer, asker: Payer) -> None:
    today = merchant.sim("GET", "/sim/state")["day"]
    kept, partly, undone = merchant.pay(payer, 1230), merchant.pay(payer, 1000), merchant.pay(payer, 5)
    merchant.refund(partly["out_trade_no"], "R1", 250)
    merchant.refund(partly["out_trade_no"], "R2", 50)
    merchant.reverse(undone["out_trade_no"])
    merchant.reverse(merchant.pay(asker)["out_trade_no"])
    rows, summary = bill_of(merchant, f"/v1/bills/{today}?force=1")
    assert [(row["row_type"], row["out_trade_no"], row["amount"], row["refund_amount"]) for row in rows] == [
        ("paid", kept["out_trade_no"], "12.30", "0.00"),
        ("paid", partly["out_trade_no"], "10.00", "0.00"),
        ("paid", undone["out_trade_no"], "0.05", "0.00"),
        ("refund", partly["out_trade_no"], "0.00", "2.50"),
        ("refund", partly["out_trade_no"], "0.00", "0.50"),
        ("reversed", undone["out_trade_no"], "0.00", "0.05"),
    ]
    assert rows[0]["transaction_id"] == kept["transaction_id"]
    assert rows[0]["subject"] == "Tea, green"
    assert summary == {
        "row_count": "6",
        "paid_total": "22.35",
        "refund_total": "3.00",
        "reversed_total": "0.05",
        "net_total": "19.30",
    }
    net = sum(
        trade["amount"]["total"] - trade["amount"]["refunded"]
        for trade in merchant.truth()
        if trade["paid_at"]
    )
    assert net == 1930


def test_a_bill_is_ready_at_ten_the_next_day(merchant: Merchant, payer: Payer) -> None:
    state = merchant.sim("GET", "/sim/state")
    merchant.pay(payer)
    target = f"/v1/bills/{state['day']}"
    assert merchant.call("GET", target, status=409)["code"] == "bill_not_ready"
    ready = datetime.fromisoformat(f"{state['day']}T10:00:00+08:00") + timedelta(days=1)
    until_ready_s = (ready - datetime.now(UTC)).total_seconds()
    merchant.move_clock(until_ready_s - 60)
    assert merchant.call("GET", target, status=409)["ready_at"] == ready.isoformat(timespec="milliseconds")
    merchant.move_clock(until_ready_s + 1)
    assert bill_of(merchant, target)[1]["paid_total"] == "12.30"
    merchant.call("GET", "/v1/bills/2026-13-01", status=400)


def test_an_early_bill_must_be_allowed_at_the_start() -> None:
    with ThreadedWallet() as strict, httpx.Client(base_url=strict.url, trust_env=False) as http:
        merchant = Merchant(http)
        today = merchant.sim("GET", "/sim/state")["day"]
        assert merchant.call("GET", f"/v1/bills/{today}?force=1", status=409)["code"] == "bill_not_ready"
