"""The simulated WeChat Pay seen by somebody else's SDK (wechatpayv3), with certificates and with the public key."""

import csv
import gzip
import hashlib
import io
import json
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpayv3 import WeChatPay as Sdk
from wechatpayv3 import WeChatPayType

from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.wallet.peers import Inbox, Payer
from highstreet_simulator.wechat import bills
from highstreet_simulator.wechat.face import WeChatPay
from highstreet_simulator.wechat.keys import private_text
from tests.rails.kinds import connect_wechat
from tests.rails.stand import Kind, Stand
from tests.wechat_merchant import APPID, MERCHANT_CERTIFICATE, MERCHANT_KEY, MERCHANT_SERIAL

Json = dict[str, Any]
DAY_S = 86_400


@pytest.fixture(scope="module")
def running() -> Iterator[Stand]:
    inbox = Inbox()
    stand = Stand(Kind("wechat", WeChatPay, connect_wechat), inbox)
    yield stand
    stand.close()
    inbox.close()


@pytest.fixture
def stand(running: Stand) -> Iterator[Stand]:
    yield running
    running.sim("DELETE", "/sim/faults")
    running.sim("POST", "/sim/clock", {"offset_s": 0})
    assert running.sim("GET", "/sim/state")["is_conserved"] is True


class Shop:
    """A merchant that asks through the SDK."""

    def __init__(self, stand: Stand, *, by_key: bool) -> None:
        self.stand, self.mchid, secret = stand, f"19{secrets.randbelow(10**8):08d}", secrets.token_hex(16)
        self.inbox = Inbox()  # Late notices of another test's merchant must not come in here.
        merchant = {"merchant_id": self.mchid, "public_key": MERCHANT_CERTIFICATE, "secret": secret}
        stand.sim("POST", "/sim/merchants", merchant | {"notify_url": self.inbox.url})
        told = stand.sim("GET", "/sim/platform")
        self.sdk = Sdk(
            WeChatPayType.NATIVE,
            self.mchid,
            private_text(MERCHANT_KEY),
            MERCHANT_SERIAL,
            APPID,
            secret,
            notify_url=self.inbox.url,
            public_key=told["public_key"],
            public_key_id=told["public_key_id"],
        )
        # The SDK knows one address only, and fetches certificates while it is made.
        core = self.sdk._core
        core._gate_way = stand.url
        if not by_key:
            core._public_key = core._public_key_id = None
            core._init_certificates()

    def ask(self, call: Callable[..., tuple[int, str]], *words: Any, **named: Any) -> tuple[int, Json]:
        """The status and content of what the SDK believed."""
        status, text = call(*words, **named)
        return status, json.loads(text) if text else {}

    def code(self, auth_code: str, number: str | None = None, total: int = 1230) -> tuple[str, int, Json]:
        """Charge a payment code; the number comes back with the answer."""
        number = number or new_number()
        status, said = self.ask(
            self.sdk.pay,
            "Tea, green",
            number,
            {"total": total, "currency": "CNY"},
            payer={"auth_code": auth_code},
            scene_info={"store_info": {"out_id": "s1"}},
            pay_type=WeChatPayType.CODEPAY,
        )
        return number, status, said

    def native(self, number: str | None = None, **more: Any) -> tuple[str, int, Json]:
        """Open a QR order."""
        number = number or new_number()
        status, said = self.ask(self.sdk.pay, "Tea", number, {"total": 500, "currency": "CNY"}, None, **more)
        return number, status, said

    def state(self, number: str) -> str:
        """What a query says."""
        status, said = self.ask(self.sdk.query, out_trade_no=number)
        assert status == 200
        assert (said["mchid"], said["appid"], said["out_trade_no"]) == (self.mchid, APPID, number)
        return str(said["trade_state"])

    def give_back(self, number: str, refund_no: str, amount: int, total: int = 1230) -> tuple[int, Json]:
        """Refund a part."""
        amounts = {"refund": amount, "total": total, "currency": "CNY"}
        return self.ask(self.sdk.refund, refund_no, amounts, out_trade_no=number, reason="returned")

    def told(self, count: int = 1) -> list[Json]:
        """The notices, each verified and opened by the SDK."""
        return [self.sdk.callback(headers, body) for headers, body in self.inbox.wait(count)]


def new_number() -> str:
    return f"T{secrets.token_hex(10)}"


@pytest.fixture
def open_shop(stand: Stand) -> Iterator[Callable[..., Shop]]:
    opened: list[Shop] = []

    def open_one(*, by_key: bool) -> Shop:
        opened.append(Shop(stand, by_key=by_key))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.inbox.close()


@pytest.fixture(params=[False, True], ids=["certificates", "public_key"])
def shop(open_shop: Callable[..., Shop], request: pytest.FixtureRequest) -> Shop:
    return open_shop(by_key=request.param)


@pytest.fixture
def payer(stand: Stand) -> Payer:
    return stand.payer(100_000)


# Payment codes ----------------------------------------------------------------------------------------


def test_a_code_is_charged_once_and_nobody_is_told(shop: Shop, payer: Payer) -> None:
    auth_code = payer.code()
    assert (len(auth_code), auth_code[:2]) == (18, "13")
    number, status, said = shop.code(auth_code)
    assert (status, said["trade_state"], said["trade_type"]) == (200, "SUCCESS", "MICROPAY")
    assert said["amount"] == {"total": 1230, "payer_total": 1230, "currency": "CNY", "payer_currency": "CNY"}
    assert said["success_time"].endswith("+08:00")
    assert shop.ask(shop.sdk.query, out_trade_no=number) == (200, said)
    assert shop.ask(shop.sdk.query, transaction_id=said["transaction_id"]) == (200, said)
    assert shop.code(payer.code(), number)[1:] == (400, {"code": "ORDER_PAID", "message": "订单已支付"})
    assert payer.balance() == 100_000 - 1230
    notices = shop.stand.sim("GET", "/sim/notices")["notices"]
    assert shop.mchid not in {notice["merchant_id"] for notice in notices}


def test_a_payer_who_must_confirm(shop: Shop) -> None:
    asker = shop.stand.payer(100_000, confirm_mode="ask")
    yes, status, said = shop.code(asker.code())
    assert (status, said) == (202, {"trade_state": "USERPAYING"})
    assert shop.state(yes) == "USERPAYING"
    asker.confirm(yes)
    assert shop.state(yes) == "SUCCESS"
    no, _, _ = shop.code(asker.code())
    asker.post("/refuse", {"out_trade_no": no})
    assert shop.state(no) == "PAYERROR"
    late, _, _ = shop.code(asker.code())
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 46})
    assert shop.state(late) == "REVOKED"


def test_why_a_code_is_refused(shop: Shop, payer: Payer) -> None:
    def refused(auth_code: str, total: int = 1230) -> tuple[int, str]:
        number, status, said = shop.code(auth_code, total=total)
        assert said.keys() >= {"code", "message"}
        assert shop.state(number) == "PAYERROR"
        return status, said["code"]

    assert refused("280000000000000000") == (400, "AUTH_CODE_INVALID")
    used = payer.code()
    shop.code(used)
    assert refused(used) == (400, "AUTH_CODE_INVALID")
    assert refused(payer.code(), 1_000_000) == (403, "NOT_ENOUGH")
    old = payer.code()
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 61})
    assert refused(old) == (403, "AUTH_CODE_EXPIRE")
    shop.stand.next_fault("pay", "decline_risk")
    assert refused(payer.code()) == (403, "TRADE_ERROR")


def test_reversals(shop: Shop, payer: Payer) -> None:
    asker = shop.stand.payer(100_000, confirm_mode="ask")
    waiting, paid = shop.code(asker.code())[0], shop.code(payer.code())[0]
    for number in (waiting, paid, paid):
        status, said = shop.ask(shop.sdk.codepay_reverse, number)
        assert (status, said) == (200, {"appid": APPID, "mchid": shop.mchid, "out_trade_no": number})
        assert shop.state(number) == "REVOKED"
    assert payer.balance() == asker.balance() == 100_000
    assert shop.code(asker.code(), waiting)[2]["code"] == "ORDER_REVERSED"
    status, said = shop.ask(shop.sdk.codepay_reverse, new_number())
    assert (status, said["code"]) == (404, "ORDER_NOT_EXIST")


def test_malformed_orders_name_their_member(shop: Shop, payer: Payer) -> None:
    _, status, said = shop.code(payer.code(), "short")
    assert (status, said["code"], said["detail"]["field"]) == (400, "PARAM_ERROR", "/out_trade_no")
    amount = {"total": 1, "currency": "USD"}
    status, said = shop.ask(shop.sdk.pay, "Tea", new_number(), amount)
    assert (status, said["detail"]["field"]) == (400, "/amount/currency")
    status, said = shop.ask(shop.sdk.query, out_trade_no=new_number(), mchid="1900000000")
    assert (status, said["code"]) == (400, "PARAM_ERROR")
    status, said = shop.ask(shop.sdk.query, out_trade_no=new_number())
    assert (status, said["code"]) == (404, "ORDER_NOT_EXIST")


# QR codes, refunds and notices ------------------------------------------------------------------------


def test_a_qr_is_shown_paid_and_told(shop: Shop, payer: Payer) -> None:
    number, status, said = shop.native()
    assert (status, said["code_url"][:28]) == (200, "weixin://wxpay/bizpayurl?pr=")
    assert shop.native(number)[2] == said
    status, unpaid = shop.ask(shop.sdk.query, out_trade_no=number)
    assert (status, unpaid["trade_state"]) == (200, "NOTPAY")
    assert unpaid["amount"] == {"payer_currency": "CNY", "total": 500}
    assert "trade_type" not in unpaid
    payer.post("/scan", {"code_url": said["code_url"]})
    (notice,) = shop.told()
    assert (notice["event_type"], notice["resource_type"]) == ("TRANSACTION.SUCCESS", "encrypt-resource")
    assert notice["resource"] == {
        name: value
        for name, value in shop.ask(shop.sdk.query, out_trade_no=number)[1].items()
        if name != "scene_info"
    }
    assert shop.native(number)[2]["code"] == "ORDER_PAID"
    assert shop.ask(shop.sdk.close, number)[1]["code"] == "ORDER_PAID"
    assert shop.ask(shop.sdk.codepay_reverse, number)[0] == 400


def test_a_qr_expires_or_is_closed(shop: Shop, payer: Payer) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=70)).isoformat(timespec="seconds")
    expired, closed = shop.native(time_expire=soon)[0], shop.native()[0]
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 90})
    assert shop.state(expired) == "NOTPAY"
    for number in (expired, closed, new_number()):
        assert shop.ask(shop.sdk.close, number) == (204, {})
    assert shop.state(expired) == shop.state(closed) == "CLOSED"
    assert shop.native(closed)[2]["code"] == "ORDER_CLOSED"
    assert shop.code(payer.code(), closed)[1:] == (
        403,
        {"code": "OUT_TRADE_NO_USED", "message": "this out_trade_no stands for another order"},
    )


def test_refunds(shop: Shop, payer: Payer) -> None:
    number = shop.code(payer.code())[0]
    status, said = shop.give_back(number, "R-1", 230)
    assert (status, said["status"], said["amount"]["refund"], said["amount"]["total"]) == (
        200,
        "SUCCESS",
        230,
        1230,
    )
    assert shop.give_back(number, "R-1", 230) == (200, said)
    assert shop.ask(shop.sdk.query_refund, "R-1") == (200, said)
    assert shop.state(number) == "REFUND"
    (notice,) = shop.told()
    assert notice["event_type"] == "REFUND.SUCCESS"
    told = notice["resource"]
    assert (told["mchid"], told["out_refund_no"], told["refund_status"]) == (shop.mchid, "R-1", "SUCCESS")
    assert told["amount"] == {"total": 1230, "refund": 230, "payer_total": 1230, "payer_refund": 230}
    for refund_no, amount, total in (("R-1", 231, 1230), ("R-2", 1001, 1230), ("R-3", 1, 999)):
        status, said = shop.give_back(number, refund_no, amount, total)
        assert (status, said["code"]) == (400, "INVALID_REQUEST")
    for unpaid, total in ((new_number(), 1230), (shop.native()[0], 500)):
        assert shop.give_back(unpaid, "R-4", 1, total)[1]["code"] == "RESOURCE_NOT_EXISTS"
    assert shop.ask(shop.sdk.query_refund, "R-5")[0] == 404
    assert payer.balance() == 100_000 - 1000


def test_a_refund_may_take_its_time(shop: Shop, payer: Payer) -> None:
    number = shop.code(payer.code())[0]
    shop.stand.next_fault("refund", "late_success", seconds=30)
    _, said = shop.give_back(number, "R-1", 1230)
    assert (said["status"], "success_time" in said) == ("PROCESSING", False)
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 31})
    assert shop.ask(shop.sdk.query_refund, "R-1")[1]["status"] == "SUCCESS"


@pytest.mark.parametrize(("status", "again"), [("ABNORMAL", 400), ("CLOSED", 200)])
def test_a_refund_may_not_succeed(shop: Shop, payer: Payer, status: str, again: int) -> None:
    number = shop.code(payer.code())[0]
    shop.stand.next_fault("refund", "late_success", seconds=30)
    shop.give_back(number, "R-1", 1230)
    ending = {"merchant_id": shop.mchid, "out_refund_no": "R-1", "status": status}
    shop.stand.sim("POST", "/sim/platform/refund-ends", ending)
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 31})
    assert shop.ask(shop.sdk.query_refund, "R-1")[1]["status"] == status
    (notice,) = shop.told()
    assert notice["event_type"] == f"REFUND.{status}"
    assert (notice["resource"]["refund_status"], "success_time" in notice["resource"]) == (status, False)
    assert shop.give_back(number, "R-2", 1230)[0] == again


def test_too_many_calls(shop: Shop, payer: Payer) -> None:
    shop.stand.sim("POST", "/sim/platform/limit", {"times": 2})
    number, status, said = shop.code(payer.code())
    assert (status, said["code"]) == (429, "FREQUENCY_LIMITED")
    assert shop.ask(shop.sdk.query, out_trade_no=number)[0] == 429
    assert shop.ask(shop.sdk.query, out_trade_no=number)[0] == 404


def test_a_notice_comes_again_until_it_is_taken(shop: Shop, payer: Payer) -> None:
    shop.inbox.refusals = 1
    _, _, said = shop.native()
    payer.post("/scan", {"code_url": said["code_url"]})
    first, second = shop.told(2)
    assert first == second


@pytest.mark.parametrize("fault", ["malformed_body", "bad_signature"])
def test_a_spoilt_notice_is_not_opened(shop: Shop, payer: Payer, fault: str) -> None:
    shop.stand.next_fault("notice", fault)
    shop.inbox.refusals = 1
    _, _, said = shop.native()
    payer.post("/scan", {"code_url": said["code_url"]})
    first, second = shop.inbox.wait(2)
    if fault == "bad_signature":
        assert shop.sdk.callback(*first) is None
    else:
        with pytest.raises(json.JSONDecodeError):
            shop.sdk.callback(*first)
    assert shop.sdk.callback(*second)["event_type"] == "TRANSACTION.SUCCESS"


# Keys -------------------------------------------------------------------------------------------------


def test_a_new_certificate_is_found_while_running(
    stand: Stand, open_shop: Callable[..., Shop], payer: Payer
) -> None:
    shop = open_shop(by_key=False)
    number = shop.code(payer.code())[0]
    before = stand.sim("GET", "/sim/platform")["certificate_serial_no"]
    after = stand.sim("POST", "/sim/platform/rotate")["serial_no"]
    assert before != after
    assert shop.state(number) == "SUCCESS"
    assert {f"{one.serial_number:X}" for one in shop.sdk._core._certificates} == {before, after}
    _, _, said = shop.native()
    payer.post("/scan", {"code_url": said["code_url"]})
    assert shop.told()[0]["resource"]["trade_state"] == "SUCCESS"


def test_only_the_merchant_s_own_key_counts(shop: Shop) -> None:
    core = shop.sdk._core
    core._cert_serial_no = "00FF"
    assert shop.ask(shop.sdk.query, out_trade_no=new_number())[1]["code"] == "SIGN_ERROR"
    core._cert_serial_no = MERCHANT_SERIAL
    core._private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    status, said = shop.ask(shop.sdk.query, out_trade_no=new_number())
    assert (status, said["code"]) == (401, "SIGN_ERROR")
    unsigned = shop.stand.http.get("/v3/certificates")
    assert unsigned.json()["code"] == "SIGN_ERROR"
    assert not [name for name in unsigned.headers if name.startswith("wechatpay")]
    nameless = shop.stand.http.get("/v3/certificates", headers={"User-Agent": ""})
    assert (nameless.status_code, nameless.json()["code"]) == (400, "INVALID_REQUEST")


def test_answers_are_spoilt_as_the_dial_says(shop: Shop, payer: Payer) -> None:
    number = shop.code(payer.code())[0]
    shop.stand.next_fault("query", "bad_signature")
    with pytest.raises(Exception, match="verify the signature"):
        shop.sdk.query(out_trade_no=number)
    shop.stand.next_fault("query", "answer_unknown")
    assert shop.ask(shop.sdk.query, out_trade_no=number)[1]["code"] == "SYSTEM_ERROR"
    shop.stand.next_fault("query", "malformed_body")
    with pytest.raises(json.JSONDecodeError):
        shop.ask(shop.sdk.query, out_trade_no=number)


def test_credentials_that_cannot_be_read_are_refused(stand: Stand) -> None:
    for words in (
        {"public_key": "?", "secret": "s" * 32},
        {"public_key": MERCHANT_CERTIFICATE, "secret": "short"},
    ):
        merchant = {"merchant_id": "m_odd", **words}
        assert stand.http.post("/sim/merchants", json=merchant).status_code == 400


def test_keys_and_trades_outlive_the_process(tmp_path: Path) -> None:
    settings = ProviderSettings(db=str(tmp_path / "wechat.db"))
    first = WeChatPay(settings)
    serial = first.rotate()["serial_no"]
    told = first.tell_platform()
    first.store.close()
    second = WeChatPay(settings)
    assert second.tell_platform() == told
    assert told["certificate_serial_no"] == serial
    assert len(second.platform.certificates) == 2
    second.store.close()


# Bills ------------------------------------------------------------------------------------------------


def fetch(shop: Shop, day: str, tar_type: str = "GZIP") -> str:
    status, said = shop.ask(shop.sdk.trade_bill, day, tar_type=tar_type)
    assert (status, said["hash_type"]) == (200, "SHA1")
    status, content = shop.sdk.download_bill(said["download_url"])
    assert status == 200
    plain = gzip.decompress(content)
    assert hashlib.sha1(plain).hexdigest() == said["hash_value"]
    return plain.decode()


def test_the_bill_of_a_day(shop: Shop, payer: Payer) -> None:
    day = shop.stand.sim("GET", "/sim/state")["day"]
    assert shop.ask(shop.sdk.trade_bill, day)[1]["code"] == "STATEMENT_CREATING"
    kept, undone = shop.code(payer.code())[0], shop.code(payer.code())[0]
    shop.give_back(kept, "R-1", 230)
    shop.sdk.codepay_reverse(undone)
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 2 * DAY_S})
    text = fetch(shop, day)
    rows = list(csv.reader(io.StringIO(text)))
    assert ",".join(rows[0]) == bills.COLUMNS
    # The product's name has a comma, which nothing quotes: the real files cannot be read as CSV either.
    moved = [line[1:].split(",`") for line in text.splitlines()[1:-2]]
    assert [(row[6], row[9], row[12], row[15], row[16], row[24], row[25]) for row in moved] == [
        (kept, "SUCCESS", "12.30", "0", "0.00", "12.30", "0.00"),
        (undone, "SUCCESS", "12.30", "0", "0.00", "12.30", "0.00"),
        (kept, "REFUND", "0.00", "R-1", "2.30", "0.00", "2.30"),
        (undone, "REVOKED", "0.00", "0", "12.30", "0.00", "12.30"),
    ]
    assert text.splitlines()[-1] == "`4,`24.60,`14.60,`0.00,`0.00000,`24.60,`14.60"
    assert shop.ask(shop.sdk.trade_bill, "2020-01-01")[1]["code"] == "NO_STATEMENT_EXIST"
    assert shop.ask(shop.sdk.trade_bill, "yesterday")[1]["code"] == "PARAM_ERROR"


def test_a_bill_s_address_is_its_merchant_s(shop: Shop, open_shop: Callable[..., Shop], payer: Payer) -> None:
    day = shop.stand.sim("GET", "/sim/state")["day"]
    shop.code(payer.code())
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 2 * DAY_S})
    url = shop.ask(shop.sdk.trade_bill, day)[1]["download_url"]
    assert json.loads(open_shop(by_key=True).sdk.download_bill(url)[1])["code"] == "NO_AUTH"
    assert (
        json.loads(shop.sdk.download_bill(url.replace("token=", "token=x"))[1])["code"] == "INVALID_REQUEST"
    )


def test_rows_are_left_out_and_added_as_the_dial_says(shop: Shop, payer: Payer) -> None:
    day = shop.stand.sim("GET", "/sim/state")["day"]
    numbers = [shop.code(payer.code())[0] for _ in range(3)]
    shop.stand.sim("POST", "/sim/clock", {"offset_s": 2 * DAY_S})

    def billed() -> list[str]:
        return [line[1:].split(",`")[6] for line in fetch(shop, day).splitlines()[1:-2]]

    assert billed() == numbers
    shop.stand.next_fault("bill", "missing_rows")
    assert billed() == numbers[1:2]
    shop.stand.next_fault("bill", "extra_rows")
    assert billed()[:3] == numbers
    assert len(billed()) == 3
