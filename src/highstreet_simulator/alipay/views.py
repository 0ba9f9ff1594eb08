"""How trades and refunds look in Alipay's words. Amounts are yuan with two decimals, times are UTC+8.

Names and meanings: opendocs open/02ekfp (pay), 05osv9 (precreate), 02ekfq (query), 02ekfr (cancel), 02ekfs (refund),
02o6e8 (close), 02ekft (refund query), as their public copies and SDKs' comments give them; see PROTOCOL.md.
"""

from datetime import datetime
from typing import Any

from highstreet_simulator.provider.clock import WALLET_ZONE
from highstreet_simulator.provider.store import Row

Node = dict[str, Any]

SUCCESS: Node = {"code": "10000", "msg": "Success"}
WAITING: Node = {"code": "10003", "msg": "order success pay inprocess"}
UNKNOWN: Node = {
    "code": "20000",
    "msg": "Service Currently Unavailable",
    "sub_code": "isp.unknow-error",
    "sub_msg": "系统繁忙",
}

# Why a payment by code was declined, and what else the provider refuses: its sub_code and sub_msg.
DECLINES = {
    "code_invalid": (
        "ACQ.PAYMENT_AUTH_CODE_INVALID",
        "支付失败,获取顾客账户信息失败,请顾客刷新付款码后重新收款",
    ),
    "code_expired": (
        "ACQ.PAYMENT_AUTH_CODE_INVALID",
        "支付失败,获取顾客账户信息失败,请顾客刷新付款码后重新收款",
    ),
    "code_used": (
        "ACQ.PAYMENT_AUTH_CODE_INVALID",
        "支付失败,获取顾客账户信息失败,请顾客刷新付款码后重新收款",
    ),
    "insufficient_balance": ("ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足"),
    "limit_exceeded": ("ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR", "买家付款日限额超限"),
    "risk": ("ACQ.PAYMENT_REQUEST_HAS_RISK", "支付有风险"),
}
REFUSALS = {
    "invalid_request": ("ACQ.INVALID_PARAMETER", "参数无效"),
    "trade_not_found": ("ACQ.TRADE_NOT_EXIST", "交易不存在"),
    "order_mismatch": ("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改"),
    "refund_mismatch": ("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致"),
    "trade_not_paid": ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    "trade_status_error": ("ACQ.TRADE_STATUS_ERROR", "交易状态不合法"),
    "refund_exceeds_paid": ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
    # Beyond the window a trade is TRADE_FINISHED (help centre 201602456511).
    "refund_window_passed": ("ACQ.TRADE_HAS_FINISHED", "交易已完结"),
    "trade_has_refunds": ("ACQ.REASON_TRADE_REFUND_FEE_ERR", "退款金额无效"),
    "reverse_window_passed": ("ACQ.TRADE_CANCEL_TIME_OUT", "超过撤销时间范围"),
    "trade_has_success": ("ACQ.TRADE_HAS_SUCCESS", "交易已被支付"),
    "trade_has_close": ("ACQ.TRADE_HAS_CLOSE", "交易已经关闭"),
    "merchant_balance_too_low": ("ACQ.SELLER_BALANCE_NOT_ENOUGH", "卖家余额不足"),
    "bill_not_ready": ("BILL_NOT_EXIST", "账单不存在"),
    "system_error": ("ACQ.SYSTEM_ERROR", "系统异常"),
}


def show_yuan(amount_minor: int) -> str:
    """Fen as yuan with two decimals: 1230 → 12.30."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"


def show_time(at: float) -> str:
    """Wallet time without a zone, as everywhere at Alipay: it is UTC+8."""
    return datetime.fromtimestamp(at, WALLET_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def exists(trade: Row) -> bool:
    """Whether Alipay knows the trade. A precreated one begins when the payer scans it (developer.aliyun.com
    article 707649; fzlee/alipay issue 9), and one that was declined in the answer was never made."""
    if trade["method"] == "code":
        return trade["account_id"] is not None and (
            trade["trade_state"] != "declined" or bool(trade["has_waited"])
        )
    return trade["method"] == "qr" and trade["account_id"] is not None


def trade_no(trade: Row) -> str:
    """Alipay's number of a trade: 28 digits, the same from its first to its last day."""
    return f"{show_time(trade['created_at'])[:10].replace('-', '')}2200{trade['trade_id']:016d}"


def trade_id(number: str) -> int | None:
    """The trade behind such a number, or None for one that we never gave."""
    return int(number[-16:]) if len(number) == 28 and number.isascii() and number.isdigit() else None


def trade_status(trade: Row) -> str:
    """WAIT_BUYER_PAY, TRADE_SUCCESS, or TRADE_CLOSED: never paid, or wholly given back."""
    if trade["trade_state"] == "paying":
        return "WAIT_BUYER_PAY"
    is_kept = trade["trade_state"] == "paid" and trade["refunded_minor"] < trade["total_minor"]
    return "TRADE_SUCCESS" if is_kept else "TRADE_CLOSED"


def name_trade(trade: Row) -> Node:
    """Both numbers."""
    return {"trade_no": trade_no(trade), "out_trade_no": trade["out_trade_no"]}


def show_amounts(trade: Row) -> Node:
    """What was asked for and what was had; nothing is given away here, so all are the same."""
    total = show_yuan(trade["total_minor"])
    had = total if trade["paid_at"] is not None else "0.00"
    return {
        "total_amount": total,
        "receipt_amount": had,
        "buyer_pay_amount": had,
        "point_amount": "0.00",
        "invoice_amount": had,
    }


def show_payer(trade: Row) -> Node:
    """Who pays, masked as Alipay does."""
    account = trade["account_id"] or ""
    return {"buyer_logon_id": f"{account[4:7]}***@sim.invalid", "buyer_user_id": f"2088{account[-12:]}"}


def show_payment(trade: Row) -> Node:
    """alipay.trade.pay, paid or waiting."""
    node = name_trade(trade) | show_payer(trade) | show_amounts(trade)
    if trade["trade_state"] == "paying":
        return WAITING | node
    return (
        SUCCESS
        | node
        | {
            "gmt_payment": show_time(trade["paid_at"]),
            "fund_bill_list": [{"fund_channel": "ALIPAYACCOUNT", "amount": show_yuan(trade["total_minor"])}],
        }
    )


def show_query(trade: Row) -> Node:
    """alipay.trade.query. `send_pay_date`: when money came to the merchant; absent when none did."""
    node = SUCCESS | name_trade(trade) | show_payer(trade) | show_amounts(trade)
    node["trade_status"] = trade_status(trade)
    if trade["paid_at"] is not None:
        node["send_pay_date"] = show_time(trade["paid_at"])
        node["fund_bill_list"] = [
            {"fund_channel": "ALIPAYACCOUNT", "amount": show_yuan(trade["total_minor"])}
        ]
    return node


def show_refund(trade: Row, *, is_new: bool) -> Node:
    """alipay.trade.refund. `refund_fee` is what was given back of this trade in all, not by this request."""
    return (
        SUCCESS
        | name_trade(trade)
        | show_payer(trade)
        | {"fund_change": "Y" if is_new else "N", "refund_fee": show_yuan(trade["refunded_minor"])}
    )


def show_refund_query(trade: Row, refund: Row) -> Node:
    """alipay.trade.fastpay.refund.query of a refund that was done."""
    return (
        SUCCESS
        | name_trade(trade)
        | {
            "out_request_no": refund["out_refund_no"],
            "total_amount": show_yuan(trade["total_minor"]),
            "refund_amount": show_yuan(refund["amount_minor"]),
            "refund_status": "REFUND_SUCCESS",
            "gmt_refund_pay": show_time(refund["done_at"]),
        }
    )
