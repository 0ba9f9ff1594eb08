"""WeChat Pay's trade bill (bill_type ALL) as lines: pure, and strict about its sums.

Columns: pay.weixin.qq.com/docs/merchant/products/bill-download/format-trade.html. Values are behind back-ticks and
not quoted, so a comma alone does not part them. Amounts are yuan: 订单金额 is what was charged, 申请退款金额 what was
given back (应结订单金额 and 退款金额 are what is settled after coupons).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import BILL_MALFORMED
from highstreet.rooms.tenders.model import BillLine
from highstreet.rooms.tenders.model.bounded import Bounds, day_within, text_lines
from highstreet.rooms.tenders.rails.packed import gunzip
from highstreet.rooms.tenders.rails.wechat_wire import reversal_no

MAX_BILL_BYTES = 64 * 1024 * 1024
BILL_ZONE = timezone(timedelta(hours=8))
COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMMARY_COLUMNS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)
EMPTY = f"{COLUMNS}\r\n{SUMMARY_COLUMNS}\r\n`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\r\n".encode()
"""The bill of a day without movements, of which WeChat Pay has none (NO_STATEMENT_EXIST)."""
_NAMES = COLUMNS.split(",")
# A column and the member of the summary that is its sum.
_SUMMED = ((12, 1), (16, 2), (24, 5), (25, 6))
_KINDS = {"SUCCESS": "paid", "REFUND": "refund", "REVOKED": "reversed"}
# Other programs may sell under the same merchant, with numbers that we would not make.
_OUR_REF = re.compile(r"[A-Za-z0-9_\-|*@]{1,64}")
_PROVIDER_REF = re.compile(r"[!-~]{1,80}")
_TICK = "`"


def unpack(content: bytes, max_bytes: int = MAX_BILL_BYTES) -> bytes:
    """A gzip file's content, or what is not gzip as it is. Errors: Refusal tenders.bill_malformed, if too large."""
    if not content.startswith(b"\x1f\x8b"):
        return content
    try:
        return gunzip(content, max_bytes)
    except Refusal:
        raise BILL_MALFORMED(line=1) from None


def parse(content: bytes, mchid: str | None) -> list[BillLine]:
    """The lines of a day's bill, packed or not, of this merchant; None: of whichever one it is all about.

    Errors: Refusal tenders.bill_malformed with the line, tenders.file_too_long.
    """
    rows = _rows(content)
    if next(rows, (1, ""))[1] != COLUMNS:
        raise BILL_MALFORMED(line=1)
    lines: list[BillLine] = []
    seen = set()
    count, line_no = 0, 1
    totals = dict.fromkeys((member for _, member in _SUMMED), 0)
    for line_no, row in rows:
        if row == SUMMARY_COLUMNS:
            break
        values = _values(line_no, row, len(_NAMES))
        mchid = mchid or values[_NAMES.index("商户号")]
        count += 1
        for column, member in _SUMMED:
            totals[member] += _minor(line_no, values[column])
        line = _line(line_no, dict(zip(_NAMES, values, strict=True)), mchid)
        if line is None:
            continue
        if (line.kind, line.our_ref, line.provider_ref) in seen:
            raise BILL_MALFORMED(line=line_no)
        seen.add((line.kind, line.our_ref, line.provider_ref))
        lines.append(line)
    line_no, row = next(rows, (line_no, ""))
    if (more := next(rows, None)) is not None:
        raise BILL_MALFORMED(line=more[0])
    told = _values(line_no, row, len(SUMMARY_COLUMNS.split(",")))
    if told[0] != str(count) or any(
        _minor(line_no, told[member]) != total for member, total in totals.items()
    ):
        raise BILL_MALFORMED(line=line_no)
    return lines


def _rows(content: bytes) -> Iterator[tuple[int, str]]:
    lines = text_lines(unpack(content), "utf-8", BILL_MALFORMED, Bounds())
    return ((no, line.removesuffix("\n").removesuffix("\r")) for no, line in enumerate(lines, 1))


def _values(line_no: int, row: str, count: int) -> list[str]:
    if not row.startswith(_TICK):
        raise BILL_MALFORMED(line=line_no)
    values = row[1:].split(",`")
    if len(values) != count:
        raise BILL_MALFORMED(line=line_no)
    return values


def _minor(line_no: int, text: str, currency: str = "CNY") -> int:
    try:
        return Money.from_decimal_text(text, currency).amount_minor
    except Refusal:
        raise BILL_MALFORMED(line=line_no) from None


def _line(line_no: int, value: dict[str, str], mchid: str) -> BillLine | None:
    """One movement; None for a refund that failed, which moved nothing."""
    kind, number, currency = _KINDS.get(value["交易状态"]), value["商户订单号"], value["货币种类"]
    paid = _minor(line_no, value["订单金额"], currency)
    returned = _minor(line_no, value["申请退款金额"], currency)
    amount, other = (paid, returned) if kind == "paid" else (returned, paid)
    our_ref, provider_ref = number, value["微信订单号"]
    if kind == "refund" and value["商户退款单号"] == reversal_no(number):
        kind = "reversed"  # How we take back a payment that WeChat Pay does not reverse.
    elif kind == "refund":
        our_ref, provider_ref = value["商户退款单号"], value["微信退款单号"]
    try:
        local = datetime.strptime(value["交易时间"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        day_within(local.date())
    except ValueError:
        raise BILL_MALFORMED(line=line_no) from None
    if (
        kind is None
        or value["商户号"] != mchid
        or amount <= 0
        or other != 0
        or not _OUR_REF.fullmatch(our_ref)
        or not _PROVIDER_REF.fullmatch(provider_ref)
    ):
        raise BILL_MALFORMED(line=line_no)
    if value["退款状态"] == "FAIL":
        return None
    moved_at = local.replace(tzinfo=BILL_ZONE).astimezone(UTC)
    fee = _fee_minor(line_no, value["手续费"], currency)
    return BillLine(line_no, kind, our_ref, provider_ref, currency, amount, moved_at, fee)


def _fee_minor(line_no: int, text: str, currency: str) -> int:
    """手续费 has five decimals (0.06000); what is settled is whole fen. Negative where some of it comes back."""
    try:
        fen = Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)
    except InvalidOperation:
        raise BILL_MALFORMED(line=line_no) from None
    return _minor(line_no, str(fen), currency)
