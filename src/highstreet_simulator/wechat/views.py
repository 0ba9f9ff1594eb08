"""How trades and refunds look in WeChat Pay v3.

Members and states: pay.weixin.qq.com/doc/v3/merchant/4013070356 (商户订单号查询订单) and /4012382150 (付款码支付).
An unpaid order has neither transaction_id nor trade_type nor amount.currency: so in answers quoted by
several public repositories ("trade_state":"NOTPAY" beside "amount":{"payer_currency":"CNY","total":1}).
"""

from typing import Any

from highstreet_simulator.provider.clock import show_time
from highstreet_simulator.provider.store import Row

TRADE_TYPES = {"code": "MICROPAY", "qr": "NATIVE"}
_DESCRIBED = {
    "SUCCESS": "支付成功",
    "REFUND": "转入退款",
    "NOTPAY": "订单未支付",
    "CLOSED": "订单已关闭",
    "REVOKED": "订单已撤销",
    "USERPAYING": "需要用户输入支付密码",
    "PAYERROR": "支付失败，请撤销订单",
}


def trade_state(trade: Row) -> str:
    """Our state in WeChat Pay's words."""
    is_code = trade["method"] == "code"
    match trade["trade_state"]:
        case "paid":
            return "REFUND" if trade["refunded_minor"] else "SUCCESS"
        case "paying":
            return "USERPAYING" if is_code else "NOTPAY"
        case "declined":
            return "PAYERROR"
        case "closed" if not is_code and trade["reason"] == "expired":
            # time_expire ends paying, it does not close the order (Native下单, /doc/v3/merchant/4012791877).
            return "NOTPAY"
    return "REVOKED" if is_code else "CLOSED"


def show_transaction(trade: Row, appid: str) -> dict[str, Any]:
    """An order as it stands."""
    state = trade_state(trade)
    shown: dict[str, Any] = {
        "appid": appid,
        "mchid": trade["merchant_id"],
        "out_trade_no": trade["out_trade_no"],
        "promotion_detail": [],
        "scene_info": {"device_id": ""},
        "trade_state": state,
        "trade_state_desc": _DESCRIBED[state],
        "amount": {"payer_currency": trade["currency"], "total": trade["total_minor"]},
    }
    if trade["paid_at"] is None:
        return shown
    return shown | _paid(
        trade["method"],
        trade["transaction_id"],
        show_time(trade["paid_at"]),
        trade["account_id"],
        trade["total_minor"],
        trade["currency"],
    )


def show_noticed_trade(resource: dict[str, Any], appid: str) -> dict[str, Any]:
    """The sealed resource of TRANSACTION.SUCCESS (支付通知): the order as it was when it was paid."""
    amount = resource["amount"]
    return {
        "appid": appid,
        "mchid": resource["merchant_id"],
        "out_trade_no": resource["out_trade_no"],
        "promotion_detail": [],
        "trade_state": "SUCCESS",
        "trade_state_desc": _DESCRIBED["SUCCESS"],
    } | _paid(
        resource["method"],
        resource["transaction_id"],
        resource["paid_at"],
        resource["payer_id"],
        amount["total"],
        amount["currency"],
    )


def show_refund(refund: Row, total_minor: int, ended: str | None) -> dict[str, Any]:
    """A refund (joined with its trade), whose payment was of `total_minor` (/doc/v3/partner/4012709253).

    `ended`: ABNORMAL or CLOSED, if it did not succeed.
    """
    done = refund["refund_state"] == "done"
    amount = refund["amount_minor"]
    shown = {
        "refund_id": refund["refund_id"],
        "out_refund_no": refund["out_refund_no"],
        "transaction_id": refund["transaction_id"],
        "out_trade_no": refund["out_trade_no"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": _to_second(show_time(refund["created_at"])),
        "status": ended or ("SUCCESS" if done else "PROCESSING"),
        "funds_account": "UNSETTLED",
        "amount": {
            "total": total_minor,
            "refund": amount,
            "payer_total": total_minor,
            "payer_refund": amount,
            "settlement_total": total_minor,
            "settlement_refund": amount,
            "discount_refund": 0,
            "currency": refund["currency"],
        },
        "promotion_detail": [],
    }
    return shown | ({"success_time": _to_second(show_time(refund["done_at"]))} if done else {})


def show_noticed_refund(resource: dict[str, Any], total_minor: int, status: str) -> dict[str, Any]:
    """The sealed resource of REFUND.SUCCESS, .ABNORMAL and .CLOSED (退款结果通知): its amount names no currency."""
    amount = resource["amount"]["total"]
    shown = {
        "mchid": resource["merchant_id"],
        "out_trade_no": resource["out_trade_no"],
        "transaction_id": resource["transaction_id"],
        "out_refund_no": resource["out_refund_no"],
        "refund_id": resource["refund_id"],
        "refund_status": status,
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": total_minor,
            "refund": amount,
            "payer_total": total_minor,
            "payer_refund": amount,
        },
    }
    return shown | ({"success_time": _to_second(resource["done_at"])} if status == "SUCCESS" else {})


def _paid(
    method: str, transaction_id: str, paid_at: str | None, payer: str, total: int, currency: str
) -> dict[str, Any]:
    return {
        "transaction_id": transaction_id,
        "trade_type": TRADE_TYPES[method],
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": _to_second(paid_at),
        "payer": {"openid": payer},
        "amount": {
            "total": total,
            "payer_total": total,
            "currency": currency,
            "payer_currency": currency,
        },
    }


def _to_second(text: str | None) -> str | None:
    """2026-01-01T09:30:00.123+08:00 without its fraction."""
    return None if text is None else text[:19] + text[-6:]
