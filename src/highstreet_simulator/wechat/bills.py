"""The trade bill of a day (bill_type ALL): columns, rows and sums as WeChat Pay has them.

Source: pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html (交易账单详细说明); sample rows in
wechatpay-go's tests. Every value but the column names stands behind a back-tick; nothing is quoted; amounts are
yuan; the lines end with CR LF.
"""

import secrets
from datetime import date, datetime

from highstreet_simulator.provider.clock import WALLET_ZONE, bill_ready_at
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx
from highstreet_simulator.wechat.views import TRADE_TYPES

COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY_COLUMNS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
_STATES = {"paid": "SUCCESS", "refund": "REFUND", "reversed": "REVOKED"}


def write_bill(
    tx: Tx, moment: Moment, merchant_id: str, day_text: str, appid: str, *, is_forced: bool
) -> bytes:
    """A merchant's bill of one day: what moved on it, in order, then the sums.

    Raises `PARAM_ERROR`, `STATEMENT_CREATING` before 10:00 of the next day, `NO_STATEMENT_EXIST` when nothing moved.
    The faults `missing_rows` and `extra_rows` leave out every other row, or add one of a stranger's.
    """
    try:
        day = date.fromisoformat(day_text)
    except ValueError as exc:
        raise ProviderRefusal(400, "PARAM_ERROR", "bill_date: YYYY-MM-DD is wanted") from exc
    is_ready = moment.at >= bill_ready_at(day) or (is_forced and moment.settings.allow_early_bill)
    if not is_ready:
        raise ProviderRefusal(400, "STATEMENT_CREATING", "账单生成中")
    moved = tx.execute(
        """SELECT m.*, t.out_trade_no, t.transaction_id, t.method, t.currency, t.subject, r.out_refund_no
           FROM movements m JOIN trades t USING (trade_id) LEFT JOIN refunds r ON r.refund_id = m.refund_id
           WHERE m.merchant_id = ? AND m.day = ? ORDER BY m.movement_id""",
        (merchant_id, day.isoformat()),
    ).fetchall()
    rows = [(_row(row, appid), row["kind"], row["amount_minor"]) for row in moved]
    match moment.effect.bill_fault:
        case "missing_rows":
            rows = rows[1::2]
        case "extra_rows":
            rows.append((_strange(day, appid, merchant_id), "paid", 1))
    if not rows:
        raise ProviderRefusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    paid = show_yuan(sum(amount for _, kind, amount in rows if kind == "paid"))
    returned = show_yuan(sum(amount for _, kind, amount in rows if kind != "paid"))
    sums = (str(len(rows)), paid, returned, "0.00", "0.00000", paid, returned)
    lines = [COLUMNS, *(line for line, _, _ in rows), SUMMARY_COLUMNS, _ticked(sums)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def show_yuan(amount_minor: int) -> str:
    """Fen as yuan with two decimals: 1230 → 12.30."""
    return f"{amount_minor // 100}.{amount_minor % 100:02d}"


def _row(row: Row, appid: str) -> str:
    amount = show_yuan(row["amount_minor"])
    is_paid = row["kind"] == "paid"
    # A reversal has no refund number of the merchant's; the real column then holds 0.
    refund_numbers = ("0", "0") if row["kind"] != "refund" else (row["refund_id"], row["out_refund_no"])
    return _ticked(
        (
            datetime.fromtimestamp(row["at"], WALLET_ZONE).strftime("%Y-%m-%d %H:%M:%S"),
            appid,
            row["merchant_id"],
            "0",
            "",
            row["transaction_id"],
            row["out_trade_no"],
            row["account_id"],
            TRADE_TYPES[row["method"]],
            _STATES[row["kind"]],
            "OTHERS",
            row["currency"],
            amount if is_paid else "0.00",
            "0.00",
            *refund_numbers,
            "0.00" if is_paid else amount,
            "0.00",
            "" if is_paid else "ORIGINAL",
            "" if is_paid else "SUCCESS",
            row["subject"],
            "",
            "0.00000",
            "0.00%",
            amount if is_paid else "0.00",
            "0.00" if is_paid else amount,
            "",
        )
    )


def _strange(day: date, appid: str, merchant_id: str) -> str:
    """One fen that nobody here has been paid."""
    return _ticked(
        (
            f"{day.isoformat()} 12:00:00",
            appid,
            merchant_id,
            *("0", "", f"4200{secrets.randbelow(10**24):024d}", f"strange{secrets.token_hex(8)}", "stranger"),
            *("MICROPAY", "SUCCESS", "OTHERS", "CNY", "0.01", "0.00", "0", "0", "0.00", "0.00", "", ""),
            *("?", "", "0.00000", "0.00%", "0.01", "0.00", ""),
        )
    )


def _ticked(values: tuple[str, ...]) -> str:
    return ",".join(f"`{value}" for value in values)
