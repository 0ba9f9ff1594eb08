"""What merchants send to WeChat Pay, and its errors.

Members: pay.weixin.qq.com/doc/v3/merchant/4012382150 (付款码支付), /4012791877 (Native下单), /doc/v3/partner/4012709253
(申请退款). Real order numbers may also hold | and *; ours may not.
"""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.orders import AmountMinor, Body

OutTradeNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-]{6,32}$")]
OutRefundNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*@]{1,64}$")]
Text127 = Annotated[str, StringConstraints(min_length=1, max_length=127)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^?]+$", max_length=255)]


class OrderAmount(Body):
    """In fen."""

    total: AmountMinor
    currency: str = "CNY"


class CodePayer(Body):
    """The payment code on the payer's phone."""

    auth_code: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class StoreInfo(Body):
    """The store, by WeChat's number or the merchant's."""

    id: str = ""
    out_id: str = ""


class SceneInfo(Body):
    """Where."""

    store_info: StoreInfo


class CodePay(Body):
    """POST /v3/pay/transactions/codepay"""

    appid: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    mchid: str
    description: Text127
    out_trade_no: OutTradeNo
    amount: OrderAmount
    payer: CodePayer
    scene_info: SceneInfo


class NativePay(Body):
    """POST /v3/pay/transactions/native"""

    appid: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    mchid: str
    description: Text127
    out_trade_no: OutTradeNo
    notify_url: Url
    amount: OrderAmount
    time_expire: AwareDatetime | None = None


class Undo(Body):
    """POST .../close and .../reverse"""

    mchid: str
    appid: str = ""


class RefundAmount(Body):
    """In fen; `total` is the payment's."""

    refund: AmountMinor
    total: AmountMinor
    currency: str


class RefundAsked(Body):
    """POST /v3/refund/domestic/refunds: the payment by one of its two numbers."""

    out_refund_no: OutRefundNo
    transaction_id: str | None = None
    out_trade_no: str | None = None
    reason: Annotated[str, StringConstraints(max_length=80)] = ""
    notify_url: Annotated[str, Field(max_length=256)] | None = None
    amount: RefundAmount


# The shared core's refusals in WeChat Pay's words. Codes and statuses: the common error codes of API v3
# (公共错误码, as quoted in full by lemonwind's WeChatStatusCode.java); which of them a reversal or a refund gives for
# what is not told anywhere: PROTOCOL.md lists what was assumed.
WORDS: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "PARAM_ERROR"),
    "unknown_merchant": (401, "SIGN_ERROR"),
    "signature_wrong": (401, "SIGN_ERROR"),
    "clock_skew": (401, "SIGN_ERROR"),
    "system_error": (500, "SYSTEM_ERROR"),
    "order_mismatch": (403, "OUT_TRADE_NO_USED"),
    "trade_not_found": (404, "ORDER_NOT_EXIST"),
    "refund_not_found": (404, "RESOURCE_NOT_EXISTS"),
    "refund_mismatch": (400, "INVALID_REQUEST"),
    "trade_not_paid": (404, "RESOURCE_NOT_EXISTS"),
    "refund_exceeds_paid": (400, "INVALID_REQUEST"),
    "refund_window_passed": (400, "INVALID_REQUEST"),
    "trade_has_refunds": (400, "INVALID_REQUEST"),
    "reverse_window_passed": (400, "INVALID_REQUEST"),
    "merchant_balance_too_low": (403, "NOT_ENOUGH"),
    # Why a payment by code was declined.
    "code_invalid": (400, "AUTH_CODE_INVALID"),
    "code_used": (400, "AUTH_CODE_INVALID"),
    "code_expired": (403, "AUTH_CODE_EXPIRE"),
    "insufficient_balance": (403, "NOT_ENOUGH"),
    "limit_exceeded": (403, "RULE_LIMIT"),
    "risk": (403, "TRADE_ERROR"),
    "payer_refused": (403, "TRADE_ERROR"),
    "expired": (400, "ORDER_REVERSED"),
}


def say_refusal(refusal: ProviderRefusal) -> tuple[int, dict[str, object]]:
    """The status and body `{code, message, detail?}` of an error."""
    status, code = WORDS.get(refusal.code, (refusal.status, refusal.code))
    body: dict[str, object] = {"code": code, "message": refusal.message}
    if code == "PARAM_ERROR":
        where, _, issue = refusal.message.partition(": ")
        body["detail"] = {
            "location": "body",
            "field": f"/{where.replace('.', '/')}",
            "issue": issue or refusal.message,
        }
    return status, body
