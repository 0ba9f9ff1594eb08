"""What the connector to WeChat Pay believes: answers and notices that hold in every part, and nothing else."""

import asyncio
import gzip
import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.model import Notice, QrShown, RailAnswer
from highstreet.rooms.tenders.rails import wechat_bill
from highstreet.rooms.tenders.rails import wechat_wire as wire
from highstreet.rooms.tenders.rails.port import PayOrder, RefundOrder
from highstreet.rooms.tenders.rails.wechat import WechatRail
from highstreet_simulator.wechat import signing
from tests.rooms.says import Says
from tests.wechat_merchant import APPID, MERCHANT_KEY, MERCHANT_SERIAL

Json = dict[str, Any]
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY_ID = "PUB_KEY_ID_0119000001092026112200111111111111"
SECRET = b"0123456789abcdef0123456789abcdef"
MCHID = "1900000109"
NOW = datetime.now(UTC)
ORDER = PayOrder("tnd_1", 1230, "CNY", "Tea", NOW)
REFUND_ORDER = RefundOrder("tnd_2", 230, ORDER)
PAID: Json = {
    "appid": APPID,
    "mchid": MCHID,
    "out_trade_no": "tnd_1",
    "transaction_id": "4200000925202101284997714292",
    "trade_type": "MICROPAY",
    "trade_state": "SUCCESS",
    "payer": {"openid": "secret-openid"},
    "amount": {"total": 1230, "payer_total": 1000, "currency": "CNY", "payer_currency": "CNY"},
}
REFUNDED: Json = {
    "refund_id": "50300807052021012801",
    "out_refund_no": "tnd_2",
    "out_trade_no": "tnd_1",
    "transaction_id": PAID["transaction_id"],
    "user_received_account": "招商银行信用卡0403",
    "status": "SUCCESS",
    "amount": {"total": 1230, "refund": 230, "currency": "CNY"},
}


def rail_of(*answers: tuple[int, object], age_s: int = 0, key: rsa.RSAPrivateKey = KEY) -> WechatRail:
    """A connector that hears these answers one after the other, well signed."""
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "wechat"  # Nobody else gets a request that we signed.
        status, content = waiting.pop(0)
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = signing.answer_headers(key, KEY_ID, int(time.time()) - age_s, raw)
        return httpx.Response(status, headers=headers, content=raw)

    return WechatRail(
        "http://wechat",
        MCHID,
        APPID,
        MERCHANT_SERIAL,
        MERCHANT_KEY,
        SECRET,
        "https://shop.example/hooks",
        (KEY_ID, KEY.public_key()),
        client=Says(answer),
    )


def charged(*answers: tuple[int, object], **more: Any) -> RailAnswer:
    return asyncio.run(rail_of(*answers, **more).pay_by_code(ORDER, "134567890123456789"))


def queried(content: object, status: int = 200) -> RailAnswer:
    return asyncio.run(rail_of((status, content)).query(ORDER))


def given_back(*answers: tuple[int, object]) -> RailAnswer:
    return asyncio.run(rail_of(*answers).refund(REFUND_ORDER))


def test_paid_and_nothing_of_the_payer_is_kept() -> None:
    answer = charged((200, PAID))
    assert (answer.outcome, answer.provider_ref) == ("paid", PAID["transaction_id"])
    assert answer.evidence == {
        "call": "pay_code",
        "status": 200,
        "trade_state": "SUCCESS",
        "trade_type": "MICROPAY",
        "amount_minor": 1230,
        "currency": "CNY",
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (PAID | {"mchid": "1900000110"}, "answer_differs"),
        (PAID | {"out_trade_no": "tnd_9"}, "answer_differs"),
        (PAID | {"trade_state": "WONDERFUL"}, "answer_malformed"),
        (PAID | {"trade_state": None}, "answer_malformed"),
        (PAID | {"transaction_id": None}, "answer_malformed"),
        (PAID | {"transaction_id": "a b"}, "answer_malformed"),
        (PAID | {"amount": {"total": 1230}}, "answer_malformed"),
        (PAID | {"amount": {"total": True, "currency": "CNY"}}, "answer_malformed"),
        (PAID | {"amount": {"total": 12.3, "currency": "CNY"}}, "answer_malformed"),
        (PAID | {"amount": {"total": 1229, "currency": "CNY"}}, "amount_differs"),
        (PAID | {"amount": {"total": 1230, "currency": "USD"}}, "amount_differs"),
        ([PAID], "answer_malformed"),
        (b"", "answer_malformed"),
        (b'{"trade_state":', "answer_malformed"),
    ],
)
def test_an_answer_that_does_not_hold_is_unknown(content: object, reason: str) -> None:
    answer = charged((200, content))
    assert (answer.outcome, answer.reason) == ("unknown", reason)


@pytest.mark.parametrize("age_s", [301, -301])
def test_an_old_answer_or_a_stranger_s_is_none(age_s: int) -> None:
    assert charged((200, PAID), age_s=age_s).reason == "signature_wrong"
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert charged((200, PAID), key=other).reason == "signature_wrong"


def test_the_payer_is_asked_for_a_password() -> None:
    for said in ({"trade_state": "USERPAYING"}, {"code": "USERPAYING", "message": "需要用户输入支付密码"}):
        for status in (200, 202):
            assert charged((status, said)).outcome == "paying"
    assert queried({"trade_state": "USERPAYING"}).reason == "answer_differs"
    assert queried(PAID | {"trade_state": "USERPAYING"}).outcome == "paying"


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("NOTPAY", "paying"),
        ("ACCEPT", "paying"),
        ("CLOSED", "declined"),
        ("PAYERROR", "declined"),
        ("REVOKED", "reversed"),
    ],
)
def test_states(state: str, outcome: str) -> None:
    unpaid = PAID | {"trade_state": state, "amount": {"total": 1230, "payer_currency": "CNY"}}
    del unpaid["transaction_id"]
    assert queried(unpaid).outcome == outcome


NONE = (404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"})
OPEN = (200, PAID | {"trade_state": "NOTPAY"})


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (403, "NOT_ENOUGH", "insufficient_balance"),
        (403, "NOTENOUGH", "insufficient_balance"),
        (400, "AUTH_CODE_INVALID", "code_invalid"),
        (403, "AUTH_CODE_EXPIRE", "code_expired"),
        (403, "AUTHCODEEXPIRE", "code_expired"),
        (403, "RULE_LIMIT", "limit_exceeded"),
        (403, "TRADE_ERROR", "risk"),
        (400, "PARAM_ERROR", "rail_refused"),
        (429, "FREQUENCY_LIMITED", "rail_refused"),
        (403, "NO_AUTH", "rail_refused"),
    ],
)
def test_a_refusal_is_believed_when_nothing_stands_behind_it(status: int, code: str, reason: str) -> None:
    refusal = (status, {"code": code, "message": "…"})
    answer = charged(refusal, NONE)
    assert (answer.outcome, answer.reason, answer.evidence["code"]) == ("declined", reason, code)
    assert charged(refusal, (200, PAID)).outcome == "paid"
    assert charged(refusal, (200, PAID | {"trade_state": "USERPAYING"})).outcome == "paying"
    assert charged(refusal, (500, {"code": "SYSTEM_ERROR"})).outcome == "unknown"
    closed = charged(refusal, (200, PAID | {"trade_state": "CLOSED"}))
    assert (closed.outcome, closed.reason) == ("declined", "closed" if reason == "rail_refused" else reason)
    # An order that is open without anyone paying is over only if the failure was said to be final.
    assert charged(refusal, OPEN).outcome == ("paying" if reason == "rail_refused" else "declined")


@pytest.mark.parametrize("status", [401, 500, 502, 503])
def test_errors_that_say_nothing(status: int) -> None:
    for answer in (
        charged((status, {"code": "SYSTEM_ERROR", "message": "系统繁忙"})),
        queried({"code": "ORDER_NOT_EXIST"}, status),
        given_back((status, {"code": "INVALID_REQUEST"})),
    ):
        assert answer.outcome == "unknown"


def test_an_unsigned_answer_is_heard_only_if_it_says_nothing() -> None:
    """401 and server errors come unsigned: their code is kept, nothing is believed."""

    def unsigned(status: int, content: Json) -> WechatRail:
        rail = rail_of()
        answer = httpx.Response(status, json=content)
        rail._client = Says(lambda _: answer)
        return rail

    answer = asyncio.run(unsigned(401, {"code": "SIGN_ERROR"}).query(ORDER))
    assert (answer.outcome, answer.reason) == ("unknown", "sign_error")
    for status in (200, 404, 400):
        answer = asyncio.run(unsigned(status, PAID | {"code": "ORDER_NOT_EXIST"}).query(ORDER))
        assert (answer.outcome, answer.reason) == ("unknown", "signature_wrong")
    for status in (400, 401, 404, 500):
        rail = unsigned(status, {"code": "NO_STATEMENT_EXIST"})
        with pytest.raises(Refusal, match=r"tenders\.rail_down"):
            asyncio.run(rail.fetch_bill(date(2026, 1, 1)))


def test_not_found() -> None:
    for code in ("ORDER_NOT_EXIST", "ORDERNOTEXIST"):
        assert queried({"code": code}, 404).outcome == "not_found"
    assert queried({"code": "NO_AUTH"}, 404).outcome == "unknown"
    refund = asyncio.run(rail_of((404, {"code": "RESOURCE_NOT_EXISTS"})).query_refund(REFUND_ORDER))
    assert refund.outcome == "not_found"


@pytest.mark.parametrize(
    ("change", "outcome", "reason"),
    [
        ({}, "refunded", None),
        ({"status": "PROCESSING"}, "paying", None),
        ({"status": "CLOSED"}, "declined", "refund_closed"),
        ({"status": "ABNORMAL"}, "unknown", "refund_abnormal"),
        ({"status": "?"}, "unknown", "answer_malformed"),
        ({"refund_id": None}, "unknown", "answer_malformed"),
        ({"amount": {"total": 1230, "refund": 229, "currency": "CNY"}}, "unknown", "amount_differs"),
        ({"amount": {"total": 1230, "refund": 230}}, "unknown", "amount_differs"),
        ({"amount": None}, "unknown", "answer_malformed"),
        ({"out_refund_no": "tnd_9"}, "unknown", "answer_differs"),
        ({"out_trade_no": "tnd_9"}, "unknown", "answer_differs"),
    ],
)
def test_refunds(change: Json, outcome: str, reason: str | None) -> None:
    answer = given_back((200, REFUNDED | change))
    assert (answer.outcome, answer.reason) == (outcome, reason)
    assert "user_received_account" not in json.dumps(answer.evidence)


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "INVALID_REQUEST", "declined"),
        (403, "TRADE_OVERDUE", "declined"),
        (403, "NOT_ENOUGH", "unknown"),
        (404, "RESOURCE_NOT_EXISTS", "unknown"),
        (429, "FREQUENCY_LIMITED", "unknown"),
    ],
)
def test_noes_to_a_refund(status: int, code: str, outcome: str) -> None:
    refusal = (status, {"code": code, "message": "…"})
    none = (404, {"code": "RESOURCE_NOT_EXISTS"})
    assert given_back(refusal, none).outcome == outcome
    if outcome == "declined":
        assert given_back(refusal, (200, REFUNDED)).outcome == "refunded"
        assert given_back(refusal, (500, {})).outcome == "unknown"


def test_a_reversal_is_confirmed_by_our_own_number_alone() -> None:
    def reversed_by(*answers: tuple[int, object]) -> RailAnswer:
        return asyncio.run(rail_of(*answers).reverse(ORDER))

    ours = {"appid": APPID, "mchid": MCHID, "out_trade_no": "tnd_1"}
    assert reversed_by((200, ours)).outcome == "reversed"
    for said in (ours | {"out_trade_no": "tnd_9"}, ours | {"mchid": "1"}, {}, b""):
        assert reversed_by((200, said)).outcome == "unknown"
    for status in (401, 429, 500):
        assert reversed_by((status, {"code": "SYSTEM_ERROR"})).outcome == "unknown"
    # The payer is typing the password: not now, ask again.
    typing = (200, PAID | {"trade_state": "USERPAYING"})
    assert reversed_by((400, {"code": "INVALID_REQUEST"}), typing).outcome == "unknown"
    # 204 to a close says nothing by itself: the number may be unknown there.
    assert reversed_by((400, {"code": "INVALID_REQUEST"}), OPEN, (204, b""), OPEN).outcome == "unknown"


def test_a_qr_needs_an_address() -> None:
    def shown(*answers: tuple[int, object]) -> QrShown | RailAnswer:
        return asyncio.run(rail_of(*answers).show_qr(ORDER))

    assert shown((200, {"code_url": "weixin://x"})) == QrShown("weixin://x", NOW + timedelta(minutes=5))
    for said in ({}, {"code_url": ""}, {"code_url": "x" * 513}, {"code_url": 1}):
        answer = shown((200, said))
        assert isinstance(answer, RailAnswer)
        assert (answer.outcome, answer.reason) == ("unknown", "answer_malformed")
    paid = shown((400, {"code": "ORDER_PAID"}), (200, PAID))
    assert isinstance(paid, RailAnswer)
    assert paid.outcome == "paid"


def billed(file: bytes, **change: object) -> bytes:
    """What the connector makes of a bill's address and this file behind it."""
    plain = wechat_bill.EMPTY
    address = {
        "download_url": "https://elsewhere.example/v3/billdownload/file?token=t",
        "hash_type": "SHA1",
        "hash_value": hashlib.sha1(plain).hexdigest(),
    } | change
    return asyncio.run(rail_of((200, address), (200, file)).fetch_bill(date(2026, 1, 1)))


def test_a_bill_is_fetched_from_where_it_was_asked_for_and_held_against_its_hash() -> None:
    good = gzip.compress(wechat_bill.EMPTY)
    assert billed(good) == wechat_bill.EMPTY
    for wrong in (
        {"hash_value": "0" * 40},
        {"hash_type": "MD5"},
        {"download_url": "https://a.example/x"},
        {"download_url": None},
    ):
        with pytest.raises(Refusal, match=r"tenders\.rail_down"):
            billed(good, **wrong)
    for code, status in (("NO_STATEMENT_EXIST", 400), ("NO_STATEMENT_EXIST", 404)):
        rail = rail_of((status, {"code": code}))
        assert asyncio.run(rail.fetch_bill(date(2026, 1, 1))) == wechat_bill.EMPTY
    with pytest.raises(Refusal, match=r"tenders\.bill_not_ready"):
        asyncio.run(rail_of((400, {"code": "STATEMENT_CREATING"})).fetch_bill(date(2026, 1, 1)))


def test_a_bill_that_unpacks_to_too_much_is_malformed() -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed"):
        billed(gzip.compress(bytes(wechat_bill.MAX_BILL_BYTES + 1)))


# Notices ----------------------------------------------------------------------------------------------


def noticed(
    told: object, kind: str = "TRANSACTION.SUCCESS", secret: bytes = SECRET, age_s: int = 0, **more: Any
) -> Notice | None:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    sealed = signing.seal_member(secret, raw, "transaction")
    body = json.dumps(
        {"id": "EV-1", "event_type": kind, "resource_type": "encrypt-resource", "resource": sealed | more}
    ).encode()
    headers = signing.answer_headers(KEY, KEY_ID, int(time.time()) - age_s, body)
    return rail_of().read_notice(headers, body, datetime.now(UTC))


def test_notices() -> None:
    trade = noticed(PAID)
    assert trade is not None
    assert (trade.tender_id, trade.kind, trade.answer.outcome) == ("tnd_1", "trade", "paid")
    assert "openid" not in json.dumps(trade.answer.evidence)
    assert noticed(PAID, "PARKING.PARKING") is None


REFUND_TOLD: Json = {
    name: value for name, value in REFUNDED.items() if name not in ("status", "user_received_account")
} | {"mchid": MCHID, "refund_status": "SUCCESS", "amount": {"total": 1230, "refund": 230}}


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        ("SUCCESS", "REFUND.SUCCESS", "refunded"),
        ("CLOSED", "REFUND.CLOSED", "declined"),
        ("ABNORMAL", "REFUND.ABNORMAL", "unknown"),
    ],
)
def test_refund_notices(status: str, kind: str, outcome: str) -> None:
    told = REFUND_TOLD | {"refund_status": status}
    notice = noticed(told, kind)
    assert notice is not None
    assert (notice.tender_id, notice.kind, notice.answer.outcome) == ("tnd_2", "refund", outcome)
    assert notice.answer.evidence["amount_minor"] == 230
    ours = noticed(told | {"out_refund_no": wire.reversal_no("tnd_1")}, kind)
    assert ours is not None
    # Of the refund by which we took a payment back, it is about the payment.
    assert (ours.tender_id, ours.kind) == ("tnd_1", "trade")
    assert ours.answer.outcome == ("reversed" if status == "SUCCESS" else "unknown")


def test_forged_notices() -> None:
    attempts: list[Callable[[], object]] = [
        lambda: noticed(PAID, age_s=301),
        lambda: noticed(PAID, secret=b"x" * 32),
        lambda: noticed(PAID | {"mchid": "1900000110"}),
        lambda: noticed(PAID, nonce="other-nonce-"),
        lambda: noticed(PAID, algorithm="AES"),
        lambda: noticed(PAID, ciphertext="?"),
        lambda: noticed(PAID, associated_data="refund"),
    ]
    for forged in attempts:
        with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
            forged()
    body = b"{}"
    headers = signing.answer_headers(KEY, KEY_ID, int(time.time()), body)
    probe = headers | {"Wechatpay-Signature": "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"]}
    wrongs: list[dict[str, str]] = [
        probe,
        {},
        headers | {"Wechatpay-Serial": "00AB"},
        headers | {"Wechatpay-Timestamp": "x"},
    ]
    for wrong in wrongs:
        with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
            rail_of().read_notice(wrong, body, datetime.now(UTC))


def test_malformed_notices_come_again() -> None:
    attempts: list[Callable[[], object]] = [
        lambda: noticed(PAID | {"trade_state": "WONDERFUL"}),
        lambda: noticed(PAID | {"out_trade_no": "a b"}),
        lambda: noticed(PAID | {"amount": None}),
        lambda: noticed(REFUND_TOLD | {"out_refund_no": None}, "REFUND.SUCCESS"),
        lambda: noticed(REFUND_TOLD | {"refund_status": "?"}, "REFUND.SUCCESS"),
    ]
    for malformed in attempts:
        with pytest.raises(Refusal, match=r"tenders\.notice_malformed"):
            malformed()


# Whatever comes -----------------------------------------------------------------------------------------

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(PAID)), JSON_VALUES, st.sampled_from([200, 202, 400, 404, 500]))
def test_no_answer_breaks_the_reader(member: str, value: Any, status: int) -> None:
    """Nothing is raised; paid is said of our order and its amount alone."""
    said = PAID | {member: value}
    answer = wire.trade_answer("query", status, said, mchid=MCHID, tender_id="tnd_1", asked=(1230, "CNY"))
    if answer.outcome == "paid":
        assert (said["mchid"], said["out_trade_no"], said["amount"]["total"]) == (MCHID, "tnd_1", 1230)
    refund = wire.refund_answer("refund", status, REFUNDED | {member: value}, refund_tender_id="tnd_2")
    assert refund.outcome in ("refunded", "unknown")


def test_a_key_of_another_length_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        WechatRail("http://w", MCHID, APPID, "1", MERCHANT_KEY, b"short", "https://shop.example")
