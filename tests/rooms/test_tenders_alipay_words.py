"""What the Alipay connector believes: signed text, its own numbers and amounts, and nothing else."""

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.tenders.model import QrShown, RailAnswer
from highstreet.rooms.tenders.rails import alipay_wire as wire
from highstreet.rooms.tenders.rails.alipay import AlipayRail
from highstreet.rooms.tenders.rails.port import PayOrder, RefundOrder
from highstreet_simulator.alipay import signing
from tests.rooms.says import Says

KEY, PLATFORM = signing.new_key(), signing.new_key()
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORDER = PayOrder("tnd_1", 1230, "CNY", "a/b=c&d", NOW)
REFUND = RefundOrder("tnd_2", 230, ORDER)
Json = dict[str, Any]
PAID: Json = {
    "code": "10000",
    "out_trade_no": "tnd_1",
    "trade_no": "2026112222001",
    "total_amount": "12.30",
    "trade_status": "TRADE_SUCCESS",
    "buyer_logon_id": "159****5620",
}


def sealed(method: str, node: object, *, signed: bool = True) -> bytes:
    text = json.dumps(node, ensure_ascii=False).replace("/", "\\/")
    signature = signing.sign(PLATFORM, (text if signed else text + " ").encode())
    return f'{{"{method.replace(".", "_")}_response":{text},"sign":"{signature}"}}'.encode()


def a_rail(answer: Callable[[httpx.Request], httpx.Response]) -> AlipayRail:
    return AlipayRail(
        "http://gateway", "2021", KEY, PLATFORM.public_key(), "https://x/n", client=Says(answer)
    )


def rail_with(*nodes: Json, signed: bool = True) -> tuple[AlipayRail, list[dict[str, str]]]:
    """A connector that is answered with these nodes in turn (the last one for ever), and what it asked."""
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        values = dict(parse_qsl(request.url.query.decode())) | dict(parse_qsl(request.content.decode()))
        asked.append(values)
        node = nodes[min(len(asked), len(nodes)) - 1]
        return httpx.Response(200, content=sealed(values["method"], node, signed=signed))

    return a_rail(answer), asked


def said(call: str, *nodes: Json, signed: bool = True) -> RailAnswer:
    rail, _ = rail_with(*nodes, signed=signed)
    calls = {
        "pay": lambda: rail.pay_by_code(ORDER, "28"),
        "query": lambda: rail.query(ORDER),
        "reverse": lambda: rail.reverse(ORDER),
        "refund": lambda: rail.refund(REFUND),
        "query_refund": lambda: rail.query_refund(REFUND),
    }
    return asyncio.run(calls[call]())


# Amounts and keys ---------------------------------------------------------------------------------------


@given(st.integers(0, MAX_AMOUNT_MINOR))
def test_amounts_there_and_back(minor: int) -> None:
    assert wire.to_minor(wire.to_yuan(minor)) == minor


@pytest.mark.parametrize(
    "text", [None, 12.3, 1230, "", "1,00", "-1.00", "1.001", "1e2", "１２", " 1.00", "NaN", "9" * 30]
)
def test_what_is_no_amount(text: object) -> None:
    assert wire.to_minor(text) is None


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=8), st.text(st.characters(codec="utf-8"), max_size=8)
    )
)
def test_both_sides_sign_the_same_text(values: dict[str, str]) -> None:
    assert wire.text_to_sign(values, "sign").decode() == signing.text_to_sign(values, "sign")


def test_keys_as_the_tools_write_them() -> None:
    private = [
        KEY.private_bytes(encoding, form, NoEncryption())
        for encoding in (Encoding.PEM, Encoding.DER)
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    ]
    texts = [
        private[0].decode(),
        private[1].decode(),
        *(base64.b64encode(der).decode() for der in private[2:]),
    ]
    assert all(wire.read_private_key(text).private_numbers() == KEY.private_numbers() for text in texts)
    public = KEY.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for text in (pem, signing.public_key_text(public)):
        assert wire.read_public_key(text).public_numbers() == public.public_numbers()


def test_a_bad_key_is_not_quoted() -> None:
    for text in ("c2VjcmV0", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----", "secret!"):
        for read in (wire.read_private_key, wire.read_public_key):
            with pytest.raises(ValueError, match="key") as caught:
                read(text)
            assert "secret" not in str(caught.value)
            assert caught.value.__cause__ is None


# The text of an answer ----------------------------------------------------------------------------------


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_the_signed_text_is_found_whatever_is_in_it(value: object) -> None:
    node = {"x": value, "}": '{"sign":"'}
    found = wire.read_node(PLATFORM.public_key(), "a.b", sealed("a.b", node))
    assert found is not None
    assert (found.content, found.is_signed) == (node, True)


def test_members_in_any_order_and_spaces_around_them() -> None:
    text = '{ "code" : "10000" }'
    signature = signing.sign(PLATFORM, text.encode())
    body = f' {{ "sign" : "{signature}" , "alipay_cert_sn":"1", "a_b_response" :  {text}  }} '.encode()
    found = wire.read_node(PLATFORM.public_key(), "a.b", body)
    assert found is not None
    assert found.is_signed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"a_b_response":1,"sign":""}',
        b'{"a_b_response":{"code":"1"},"a_b_response":{"code":"2"}}',
        b'{"a_b_response":{"code":"1"}}x',
        b'{"a_b_response":{"code":"1"',
        b'{"a_b_response":{"code":"1"} "sign":""}',
        b"\xff\xfe",
        b'{"other_response":{"code":"1"}}',
        b'{"a_b_response":' + b"[" * 60_000,
        b'{"a_b_response":{"n":' + b"9" * 6000 + b"}}",
    ],
)
def test_bodies_that_are_no_answer(body: bytes) -> None:
    assert wire.read_node(PLATFORM.public_key(), "a.b", body) is None


def test_an_unsigned_error_is_told_and_not_believed() -> None:
    body = b'{"alipay_trade_pay_response":{"code":"40002","sub_code":"isv.invalid-signature"}}'
    rail = a_rail(lambda _: httpx.Response(200, content=body))
    answer = asyncio.run(rail.pay_by_code(ORDER, "28"))
    assert (answer.outcome, answer.reason) == ("unknown", "signature_wrong")
    assert answer.evidence["sub_code"] == "isv.invalid-signature"


# What answers mean --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "outcome", "reason"),
    [
        ({}, "paid", None),
        ({"trade_status": "TRADE_FINISHED"}, "paid", None),
        ({"trade_status": "WAIT_BUYER_PAY"}, "paying", None),
        ({"trade_status": "TRADE_CLOSED"}, "declined", "closed"),
        ({"trade_status": "TRADE_CLOSED", "send_pay_date": "2026-11-22 20:00:00"}, "reversed", "closed"),
        ({"trade_status": "SOMETHING_NEW"}, "unknown", "answer_malformed"),
        ({"trade_status": None}, "unknown", "answer_malformed"),
        ({"total_amount": "12.31"}, "unknown", "amount_differs"),
        ({"total_amount": 12.30}, "unknown", "answer_malformed"),
        ({"total_amount": None}, "unknown", "answer_malformed"),
        ({"trade_no": None}, "unknown", "answer_malformed"),
        ({"trade_no": "x" * 65}, "unknown", "answer_malformed"),
        ({"out_trade_no": "tnd_9"}, "unknown", "answer_differs"),
        ({"out_trade_no": None}, "unknown", "answer_differs"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}, "not_found", "ACQ.TRADE_NOT_EXIST"),
        ({"code": "40004", "sub_code": "ACQ.SYSTEM_ERROR"}, "unknown", "ACQ.SYSTEM_ERROR"),
        (
            {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST", "out_trade_no": "tnd_9"},
            "unknown",
            "answer_differs",
        ),
        ({"code": "20000", "sub_code": "isp.unknow-error"}, "unknown", "isp.unknow-error"),
        ({"code": 10000}, "unknown", "provider_error"),
    ],
)
def test_queries(node: Json, outcome: str, reason: str | None) -> None:
    answer = said("query", PAID | node)
    assert (answer.outcome, answer.reason) == (outcome, reason)
    assert "159" not in json.dumps(answer.evidence)


@pytest.mark.parametrize(
    ("nodes", "outcome", "reason"),
    [
        # 10000 to a payment is a question, not an answer (opendocs open/00f7ns).
        (({}, {}), "paid", None),
        (({}, {"trade_status": "WAIT_BUYER_PAY"}), "paying", None),
        (({}, {"trade_status": "TRADE_CLOSED"}), "declined", "closed"),
        (({}, {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}), "unknown", "payment_unconfirmed"),
        (({}, {"code": "20000", "sub_code": "isp.unknow-error"}), "unknown", "isp.unknow-error"),
        (({"total_amount": "1.00"},), "unknown", "amount_differs"),
        (({"out_trade_no": "tnd_9"},), "unknown", "answer_differs"),
        (({"code": "10003"},), "paying", None),
        (
            ({"code": "40004", "sub_code": "ACQ.PAYMENT_AUTH_CODE_INVALID"},),
            "declined",
            "ACQ.PAYMENT_AUTH_CODE_INVALID",
        ),
        (({"code": "40004", "sub_code": "ACQ.INVALID_PARAMETER"},), "declined", "rail_refused"),
        (({"code": "40006", "sub_code": "isv.insufficient-isv-permissions"},), "declined", "rail_refused"),
        (
            ({"code": "40004", "sub_code": "aop.ACQ.BUYER_BALANCE_NOT_ENOUGH"},),
            "declined",
            "ACQ.BUYER_BALANCE_NOT_ENOUGH",
        ),
        (({"code": "20000", "sub_code": "aop.ACQ.SYSTEM_ERROR"},), "unknown", "ACQ.SYSTEM_ERROR"),
        (({"code": "40004", "sub_code": "ACQ.TRADE_HAS_SUCCESS"},), "unknown", "ACQ.TRADE_HAS_SUCCESS"),
        (({"code": "40004", "sub_code": "ACQ.CONTEXT_INCONSISTENT"},), "unknown", "ACQ.CONTEXT_INCONSISTENT"),
        (({"code": "40004", "sub_code": "ACQ.SOMETHING_NEW"},), "unknown", "ACQ.SOMETHING_NEW"),
        (({"code": "40005", "sub_code": "isv.app-call-limited"},), "unknown", "isv.app-call-limited"),
    ],
)
def test_payments(nodes: tuple[Json, ...], outcome: str, reason: str | None) -> None:
    answer = said("pay", *(PAID | node for node in nodes))
    assert (answer.outcome, answer.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("node", "outcome", "reason"),
    [
        ({"retry_flag": "N", "action": "close"}, "reversed", "close"),
        ({"retry_flag": "N", "action": "refund"}, "reversed", "refund"),
        ({"retry_flag": "N"}, "reversed", "no_trade"),
        ({"retry_flag": "Y", "action": "close"}, "unknown", "reversal_unconfirmed"),
        ({"action": "close"}, "unknown", "reversal_unconfirmed"),
        ({"retry_flag": "N", "out_trade_no": "tnd_9"}, "unknown", "answer_differs"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_CANCEL_TIME_OUT"}, "unknown", "ACQ.TRADE_CANCEL_TIME_OUT"),
        ({"code": "20000", "sub_code": "isp.unknow-error", "retry_flag": "N"}, "unknown", "isp.unknow-error"),
    ],
)
def test_cancels(node: Json, outcome: str, reason: str) -> None:
    answer = said("reverse", {"code": "10000", "out_trade_no": "tnd_1"} | node)
    assert (answer.outcome, answer.reason) == (outcome, reason)


TOO_LATE = {"code": "40004", "sub_code": "ACQ.TRADE_CANCEL_TIME_OUT", "out_trade_no": "tnd_1"}


@pytest.mark.parametrize(
    ("nodes", "outcome"),
    [
        (({"fund_change": "Y"},), "reversed"),
        (({"fund_change": "N"}, {"refund_status": "REFUND_SUCCESS", "refund_amount": "12.30"}), "reversed"),
        (({"fund_change": "N"}, {"refund_status": "REFUND_SUCCESS", "refund_amount": "2.30"}), "unknown"),
        (({"code": "40004", "sub_code": "ACQ.TRADE_STATUS_ERROR"},), "unknown"),
        (({"code": "20000"},), "unknown"),
    ],
)
def test_too_late_to_cancel_is_refunded_under_the_orders_own_number(
    nodes: tuple[Json, ...], outcome: str
) -> None:
    found = REFUNDED | {"out_request_no": "tnd_1"}
    rail, asked = rail_with(TOO_LATE, *(found | node for node in nodes))
    answer = asyncio.run(rail.reverse(ORDER))
    assert answer.outcome == outcome
    assert answer.provider_ref == ("2026112222001" if outcome == "reversed" else None)
    sent = json.loads(asked[1]["biz_content"])
    assert sent == {"out_trade_no": "tnd_1", "out_request_no": "tnd_1", "refund_amount": "12.30"}


REFUNDED = {"code": "10000", "out_trade_no": "tnd_1", "trade_no": "2026112222001", "out_request_no": "tnd_2"}
FOUND = REFUNDED | {"refund_status": "REFUND_SUCCESS", "refund_amount": "2.30"}


@pytest.mark.parametrize(
    ("nodes", "outcome", "reason"),
    [
        (({"fund_change": "Y"},), "refunded", None),
        (({"fund_change": "N"}, FOUND), "refunded", None),
        (({}, FOUND), "refunded", None),
        (({"fund_change": "N"}, REFUNDED), "unknown", "fund_change_n"),
        (({"fund_change": "N"}, FOUND | {"refund_amount": "2.31"}), "unknown", "amount_differs"),
        (({"fund_change": "N"}, FOUND | {"out_request_no": "tnd_3"}), "unknown", "answer_differs"),
        (({"fund_change": "Y", "out_trade_no": "tnd_9"},), "unknown", "answer_differs"),
        (({"fund_change": "Y", "trade_no": None},), "unknown", "answer_malformed"),
        (
            ({"code": "40004", "sub_code": "ACQ.REASON_TRADE_REFUND_FEE_ERR"},),
            "declined",
            "ACQ.REASON_TRADE_REFUND_FEE_ERR",
        ),
        (
            ({"code": "40004", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"},),
            "unknown",
            "ACQ.SELLER_BALANCE_NOT_ENOUGH",
        ),
        (
            ({"code": "40004", "sub_code": "ACQ.DISCORDANT_REPEAT_REQUEST"},),
            "unknown",
            "ACQ.DISCORDANT_REPEAT_REQUEST",
        ),
        (({"code": "20000"},), "unknown", "provider_error"),
    ],
)
def test_refunds(nodes: tuple[Json, ...], outcome: str, reason: str | None) -> None:
    answer = said("refund", *(REFUNDED | node for node in nodes))
    assert (answer.outcome, answer.reason) == (outcome, reason)
    if outcome == "refunded":
        assert answer.provider_ref == "2026112222001/tnd_2"


@pytest.mark.parametrize(
    ("node", "outcome"),
    [
        ({}, "refunded"),
        ({"refund_status": None}, "not_found"),
        ({"refund_status": "REFUND_PROCESSING"}, "unknown"),
        ({"refund_amount": "x"}, "unknown"),
        ({"trade_no": None}, "unknown"),
        ({"out_trade_no": "tnd_9"}, "unknown"),
        ({"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}, "not_found"),
        ({"code": "20000"}, "unknown"),
    ],
)
def test_refund_queries(node: Json, outcome: str) -> None:
    assert said("query_refund", FOUND | node).outcome == outcome


@pytest.mark.parametrize("call", ["pay", "query", "reverse", "refund", "query_refund"])
def test_nothing_wrongly_signed_is_believed(call: str) -> None:
    node = FOUND | PAID | {"fund_change": "Y", "retry_flag": "N"}
    answer = said(call, node, signed=False)
    assert (answer.outcome, answer.reason) == ("unknown", "signature_wrong")


@pytest.mark.parametrize(
    "node",
    [
        {"qr_code": "https://qr.alipay.com/x"},
        {"qr_code": ""},
        {"qr_code": "x" * 513},
        {"out_trade_no": "tnd_9"},
    ],
)
def test_a_qr_to_show(node: Json) -> None:
    rail, asked = rail_with({"code": "10000", "out_trade_no": "tnd_1", "qr_code": "https://q/1"} | node)
    shown = asyncio.run(rail.show_qr(ORDER))
    content = json.loads(asked[0]["biz_content"])
    assert (content["time_expire"], content["qr_code_timeout_express"]) == ("2026-11-22 20:05:00", "5m")
    if node == {"qr_code": "https://qr.alipay.com/x"}:
        assert shown == QrShown("https://qr.alipay.com/x", NOW + timedelta(minutes=5))
    else:
        assert isinstance(shown, RailAnswer)
        assert shown.outcome == "unknown"


def test_a_qr_of_an_unsigned_answer_is_not_shown() -> None:
    rail, _ = rail_with({"code": "10000", "out_trade_no": "tnd_1", "qr_code": "https://q/1"}, signed=False)
    shown = asyncio.run(rail.show_qr(ORDER))
    assert isinstance(shown, RailAnswer)
    assert shown.reason == "signature_wrong"


def test_what_is_asked_for() -> None:
    rail, asked = rail_with({"code": "10003", "out_trade_no": "tnd_1"})
    asyncio.run(rail.pay_by_code(ORDER, "281234"))
    values = asked[0]
    content = json.loads(values["biz_content"])
    assert content == {
        "out_trade_no": "tnd_1",
        "total_amount": "12.30",
        "subject": "a b c d",
        "scene": "bar_code",
        "auth_code": "281234",
        "product_code": "FACE_TO_FACE_PAYMENT",
        "timeout_express": "5m",
    }
    assert (values["notify_url"], values["app_id"], values["version"]) == ("https://x/n", "2021", "1.0")
    message = signing.text_to_sign(values, "sign").encode()
    assert signing.holds(KEY.public_key(), message, values["sign"])


def test_an_order_in_another_time_zone_is_the_same_order() -> None:
    rail, asked = rail_with({"code": "10000", "out_trade_no": "tnd_1", "qr_code": "https://q/1"})
    moved = replace(
        ORDER, created_at=NOW.astimezone(datetime.fromisoformat("2026-01-01T00:00:00-05:00").tzinfo)
    )
    asyncio.run(rail.show_qr(ORDER))
    asyncio.run(rail.show_qr(moved))
    assert asked[0]["biz_content"] == asked[1]["biz_content"]
