"""The simulated Alipay misbehaving, its notices and its bills, seen through python-alipay-sdk."""

# ruff: noqa: F811, F401

import csv
import io
import zipfile
from urllib.parse import parse_qsl

import httpx
import pytest
from alipay.exceptions import AliPayValidationError

from highstreet_simulator.alipay import Alipay
from highstreet_simulator.provider.server import ThreadedProvider
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.wallet.peers import Inbox, Payer
from tests.patience import until
from tests.simulator.alipay_shop import Json, Shop, alipay_http, alipay_inbox, notices_of, shop

# Faults and notices -------------------------------------------------------------------------------------


def test_unknown_is_code_20000_and_of_a_cancel_retry_flag_y(shop: Shop) -> None:
    payer, number = Payer(shop.http), shop.number()
    shop.next_fault("pay", "answer_unknown")
    assert shop.pay(payer, number=number)["code"] == "20000"
    assert shop.status(number) == "TRADE_SUCCESS"
    shop.next_fault("reverse", "answer_unknown", effect=False)
    node = shop.sdk.api_alipay_trade_cancel(number)
    assert (node["code"], node["retry_flag"], "action" in node) == ("20000", "Y", False)
    assert shop.sdk.api_alipay_trade_cancel(number)["action"] == "refund"
    shop.next_fault("query", "error_500")
    with pytest.raises(OSError, match="500"):
        shop.status(number)
    shop.next_fault("query", "bad_signature")
    with pytest.raises(AliPayValidationError):
        shop.status(number)
    shop.next_fault("query", "malformed_body")
    with pytest.raises(ValueError, match=r".+"):
        shop.status(number)
    shop.next_fault("query", "timeout_before_effect", seconds=0)
    with pytest.raises(OSError, match=r".+"):
        shop.status(number)


def test_late_successes(shop: Shop) -> None:
    payer, late, undone = Payer(shop.http), shop.number(), shop.number()
    shop.next_fault("pay", "late_success", seconds=20)
    assert shop.pay(payer, number=late)["code"] == "10003"
    shop.sim("POST", "/sim/clock", {"offset_s": 21})
    assert shop.status(late) == "TRADE_SUCCESS"
    shop.next_fault("refund", "late_success", seconds=30)
    node = shop.sdk.api_alipay_trade_refund("1.00", late, out_request_no="R1")
    assert node["fund_change"] == "N"
    assert "refund_status" not in shop.sdk.api_alipay_trade_fastpay_refund_query("R1", out_trade_no=late)
    shop.sim("POST", "/sim/clock", {"offset_s": 55})
    asked = shop.sdk.api_alipay_trade_fastpay_refund_query("R1", out_trade_no=late)
    assert asked["refund_status"] == "REFUND_SUCCESS"
    shop.next_fault("pay", "decline_risk")
    assert shop.pay(payer, number=undone)["sub_code"] == "ACQ.PAYMENT_REQUEST_HAS_RISK"


def test_notices_come_until_success_is_answered(shop: Shop) -> None:
    payer, number = Payer(shop.http, confirm_mode="ask"), shop.number()
    shop.inbox.answer = (200, b"ok")
    shop.pay(payer, number=number)
    payer.confirm(number)
    until(lambda: len(notices_of(shop, number)) >= 2)
    shop.inbox.answer = (200, b"success")

    def states() -> list[str]:
        listed = shop.sim("GET", "/sim/notices")["notices"]
        return [notice["state"] for notice in listed if notice["merchant_id"] == shop.app_id]

    shop.sim("POST", "/sim/notices/retry")
    until(lambda: states() == ["delivered"])
    assert len({notice["notify_id"] for notice in notices_of(shop, number)}) == 1


def test_badly_signed_cut_and_duplicated_notices(shop: Shop) -> None:
    payer = Payer(shop.http, confirm_mode="ask")

    def told(fault: str) -> dict[str, str]:
        number = shop.number()
        shop.inbox.got.clear()
        shop.pay(payer, number=number)
        shop.next_fault("notice", fault)
        payer.confirm(number)
        until(lambda: len(shop.inbox.got) >= 1)
        return dict(parse_qsl(shop.inbox.got[0][1].decode()))

    values = told("bad_signature")
    signature = values.pop("sign")
    assert not shop.sdk.verify(values, signature)
    assert "sign" not in told("malformed_body")
    told("duplicate_notice")
    until(lambda: len(shop.inbox.got) == 2)


# Bills --------------------------------------------------------------------------------------------------


def address(shop: Shop, day: str) -> Json:
    node: Json = shop.sdk.server_api(
        "alipay.data.dataservice.bill.downloadurl.query", {"bill_type": "trade", "bill_date": day}
    )
    return node


def table(shop: Shop, day: str) -> tuple[list[dict[str, str]], list[str]]:
    answer = shop.http.get(address(shop, day)["bill_download_url"])
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        detail, summary = archive.infolist()
        name = detail.filename.encode("cp437").decode("gbk")
        assert (name, detail.flag_bits & 0x800) == (f"{shop.app_id}_{day.replace('-', '')}_业务明细.csv", 0)
        lines = archive.read(detail).decode("gbk").split("\r\n")
        assert archive.read(summary).decode("gbk").startswith("#支付宝业务汇总查询")
    assert lines[0] == "#支付宝业务明细查询"
    begin = next(i for i, line in enumerate(lines) if "业务明细列表-" in line)
    end = next(i for i, line in enumerate(lines) if "业务明细列表结束" in line)
    return list(csv.DictReader(lines[begin + 1 : end])), lines[end + 1 :]


def test_the_bill_has_every_movement(shop: Shop) -> None:
    day = shop.sim("GET", "/sim/state")["day"]
    assert address(shop, day)["sub_code"] == "NO_BILL_DATA"
    payer, kept, undone = Payer(shop.http), shop.number(), shop.number()
    trade_no = shop.pay(payer, number=kept)["trade_no"]
    shop.pay(payer, "5.00", number=undone)
    shop.sdk.api_alipay_trade_refund("2.30", kept, out_request_no="R1")
    shop.sdk.api_alipay_trade_cancel(undone)
    rows, foot = table(shop, day)
    shown = [
        tuple(row[name].strip() for name in ("商户订单号", "业务类型", "订单金额（元）", "退款批次号/请求号"))
        for row in rows
    ]
    assert shown == [
        (kept, "交易", "12.30", ""),
        (undone, "交易", "5.00", ""),
        (kept, "退款", "-2.30", "R1"),
        (undone, "退款", "-5.00", undone),
    ]
    assert rows[0]["支付宝交易号"] == f"{trade_no}\t"
    assert rows[0]["商品名称"] == "Tea, green"
    assert foot[0] == "#交易合计：2笔，商家实收共17.30元，商家优惠共0.00元"
    assert foot[1] == "#退款合计：2笔，商家实收退款共-7.30元，商家优惠退款共0.00元"
    shop.next_fault("bill", "missing_rows")
    assert len(table(shop, day)[0]) == 2
    shop.next_fault("bill", "extra_rows")
    assert len(table(shop, day)[0]) == 5


def test_a_bill_is_there_the_next_day_and_its_address_is_secret(alipay_inbox: Inbox) -> None:
    with ThreadedProvider(Alipay(ProviderSettings())) as strict, httpx.Client(base_url=strict.url) as own:
        mine = Shop(own, alipay_inbox)
        day = mine.sim("GET", "/sim/state")["day"]
        mine.pay(Payer(own))
        assert address(mine, day)["sub_code"] == "BILL_NOT_EXIST"
        mine.sim("POST", "/sim/clock", {"offset_s": 34 * 3600 + 60})
        url = address(mine, day)["bill_download_url"]
        assert own.get(url).status_code == 200
        assert own.get(url.replace("fileId=", "fileId=x")).status_code == 403
        assert address(mine, "2026-13-01")["sub_code"] == "ACQ.INVALID_PARAMETER"
