"""Which of Alipay's notices the connector believes, and from where it fetches bills."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.rails.alipay import MAX_NOTICE_AGE
from highstreet_simulator.alipay import signing
from tests.rooms.test_tenders_alipay_words import NOW, PLATFORM, Json, a_rail, rail_with, sealed

# Notices ------------------------------------------------------------------------------------------------

NOTICE = {
    "notify_time": "2026-11-22 20:00:00",
    "notify_type": "trade_status_sync",
    "notify_id": "n1",
    "app_id": "2021",
    "out_trade_no": "tnd_1",
    "trade_no": "2026112222001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "12.30",
    "subject": "茶 + tea",
    "empty": "",
}


def posted(changes: dict[str, str] | None = None, *, sign_type: str = "RSA2") -> bytes:
    values = NOTICE | (changes or {})
    signature = signing.sign(PLATFORM, signing.text_to_sign(values).encode())
    return urlencode(values | {"sign_type": sign_type, "sign": signature}).encode()


def read(body: bytes, now: datetime = NOW) -> Any:
    rail, _ = rail_with({})
    return rail.read_notice({}, body, now)


@pytest.mark.parametrize(
    ("changes", "kind", "tender_id", "outcome"),
    [
        ({}, "trade", "tnd_1", "paid"),
        ({"trade_status": "TRADE_FINISHED"}, "trade", "tnd_1", "paid"),
        ({"trade_status": "WAIT_BUYER_PAY"}, "trade", "tnd_1", "paying"),
        ({"trade_status": "TRADE_CLOSED"}, "trade", "tnd_1", "declined"),
        (
            {"trade_status": "TRADE_CLOSED", "gmt_payment": "2026-11-22 19:59:00"},
            "trade",
            "tnd_1",
            "reversed",
        ),
        (
            {"out_biz_no": "tnd_2", "gmt_refund": "2026-11-22 20:00:00", "refund_fee": "2.30"},
            "refund",
            "tnd_2",
            "refunded",
        ),
        (
            {"out_biz_no": "tnd_1", "gmt_refund": "x", "trade_status": "TRADE_CLOSED", "gmt_payment": "x"},
            "trade",
            "tnd_1",
            "reversed",
        ),
    ],
)
def test_notices(changes: dict[str, str], kind: str, tender_id: str, outcome: str) -> None:
    notice = read(posted(changes))
    assert (notice.kind, notice.tender_id, notice.answer.outcome) == (kind, tender_id, outcome)


def test_a_notice_of_something_else_tells_nothing() -> None:
    assert read(posted({"notify_type": "fund_auth_freeze"})) is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (posted({"app_id": "2022"}), "notice_forged"),
        (posted(sign_type="RSA"), "notice_forged"),
        (posted().replace(b"12.30", b"12.31"), "notice_forged"),
        (posted() + b"&total_amount=0.01", "notice_forged"),
        (posted() + b"&total_amount=12.30", "notice_forged"),
        (b"", "notice_forged"),
        (b"{}", "notice_forged"),
        (b"\xff=1", "notice_forged"),
        (b"a=%ff", "notice_forged"),
        (b"a=1&" * 40_000, "notice_forged"),
        (b"&".join(b"a%d=1" % i for i in range(101)), "notice_forged"),
        (posted({"notify_time": "now"}), "notice_malformed"),
        (posted({"trade_status": "SOMETHING_NEW"}), "notice_malformed"),
        (posted({"total_amount": "lots"}), "notice_malformed"),
        (posted({"trade_no": "?"}), "notice_malformed"),
        (posted({"out_biz_no": "tnd_2", "gmt_refund": "x", "trade_no": "?"}), "notice_malformed"),
    ],
)
def test_notices_that_are_refused(body: bytes, refusal: str) -> None:
    with pytest.raises(Refusal, match=rf"tenders\.{refusal}"):
        read(body)


def test_a_notice_grows_old() -> None:
    assert read(posted(), NOW + MAX_NOTICE_AGE) is not None
    for now in (NOW + MAX_NOTICE_AGE + timedelta(seconds=1), NOW - MAX_NOTICE_AGE - timedelta(seconds=1)):
        with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
            read(posted(), now)


# Bills that cannot be fetched ---------------------------------------------------------------------------


def fetched(node: Json, status: int = 200) -> tuple[bytes, list[str]]:
    urls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        urls.append(str(request.url).partition("?")[0])
        if request.url.path == "/gateway.do":
            method = dict(parse_qsl(request.url.query.decode()))["method"]
            return httpx.Response(200, content=sealed(method, node))
        return httpx.Response(status, content=b"zip")

    content = asyncio.run(a_rail(answer).fetch_bill(NOW.date()))
    return content, urls


@pytest.mark.parametrize(
    "url",
    ["http://dwbillcenter.alipay.com/d?x=1", "https://dwbillcenter.alipaydev.com/d", "http://gateway/d"],
)
def test_a_bill_is_fetched_from_alipay(url: str) -> None:
    content, urls = fetched({"code": "10000", "bill_download_url": url})
    assert (content, urls[1]) == (b"zip", url.partition("?")[0])


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/d",
        "http://alipay.com.evil.example/d",
        "http://evilalipay.com/d",
        "http://x.alipay.com:22/d",
        "http://gateway:81/d",
        "file:///etc/passwd",
        "http://[",
        "http://x.alipay.com:port/",
        "http://x.alipay.com@evil.example/",
        "http://evil.example\\.alipay.com/",
        "http://evil.example#.alipay.com/",
        "http://evil.example?.alipay.com/",
        "http://x.alipay.com/\x00",
        "http://x.alipay.com/" + "x" * 70_000,
        7,
        None,
    ],
)
def test_a_bill_is_fetched_from_nowhere_else(url: object) -> None:
    with pytest.raises(Refusal, match=r"tenders\.rail_down"):
        fetched({"code": "10000", "bill_download_url": url})


def test_no_bill_yet_none_at_all_or_none_to_have() -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_not_ready"):
        fetched({"code": "40004", "sub_code": "BILL_NOT_EXIST"})
    empty, _ = fetched({"code": "40004", "sub_code": "NO_BILL_DATA"})
    rail, _ = rail_with({})
    assert rail.parse_bill(empty) == []
    with pytest.raises(Refusal, match=r"tenders\.rail_down"):
        fetched({"code": "10000", "bill_download_url": "http://gateway/d"}, 403)
