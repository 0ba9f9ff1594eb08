"""Alipay's bill of a day (业务账单, bill_type trade): a zip with the details and a summary, CSV in GBK.

What it looks like is taken from real bills quoted in public repositories: comment lines with #, a table between
业务明细列表 and 业务明细列表结束, tabs behind some values, then the counts and sums. Refunds are negative. A row 退款
without a request number of its own, or with the order's, is taken for a cancel's refund; 服务费 for negative where it is
kept and positive where it comes back, as a part of the net (neither is confirmed by Alipay).
"""

import re
from datetime import UTC, datetime

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import BILL_MALFORMED
from highstreet.rooms.tenders.model import BILL_ZONE, BillLine
from highstreet.rooms.tenders.model.bounded import Bounds, csv_rows, day_within, text_lines
from highstreet.rooms.tenders.rails.alipay_wire import CURRENCY, refund_ref
from highstreet.rooms.tenders.rails.packed import unpack_files

EMPTY_BILL = b"PK\x05\x06" + b"\0" * 18
"""A zip without files: the bill of a day without business, of which Alipay makes none."""
MAX_FILES = 16
MAX_CSV_BYTES = 64 * 1024 * 1024
_TITLE = "#支付宝业务明细查询"
_BEGINS, _ENDS = "业务明细列表", "业务明细列表结束"
_COLUMNS = (
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "完成时间",
    "订单金额（元）",
    "商家实收（元）",
    "退款批次号/请求号",
    "服务费（元）",
)
_KINDS = {"交易": "paid", "退款": "refund"}
_OUR_REF = re.compile(r"[!-~]{1,64}")
_TRADE_NO = re.compile(r"[0-9A-Za-z]{1,64}")
_PAID_SUM = re.compile(r"#交易合计：([0-9]{1,12})笔，商家实收共(-?[0-9.]{1,20})元")
_REFUND_SUM = re.compile(r"#退款合计：([0-9]{1,12})笔，商家实收退款共(-?[0-9.]{1,20})元")


def parse_alipay_bill(content: bytes) -> list[BillLine]:
    """The movements of a day. Errors: Refusal tenders.bill_malformed with the `line` (0: the zip itself)."""
    if content == EMPTY_BILL:
        return []
    if content.startswith(b"PK"):
        return _read_details(_unpack(content))
    return _read_details(content)  # somebody unpacked it before they uploaded it


def is_details(content: bytes) -> bool:
    """Whether this file of Alipay's zip is the one with the details, by its first line.

    Names are in GBK and zip readers disagree about them.
    """
    return content.startswith(_TITLE.encode("gb18030"))


def _unpack(content: bytes) -> bytes:
    try:
        files = unpack_files(content, max_files=MAX_FILES, max_bytes=MAX_CSV_BYTES)
        return next(file for file in files if is_details(file))
    except (Refusal, StopIteration):
        raise BILL_MALFORMED(line=0) from None


def _read_details(content: bytes) -> list[BillLine]:
    rows = csv_rows(text_lines(content, "gb18030", BILL_MALFORMED, Bounds()), BILL_MALFORMED)
    line_no = 0
    columns: dict[str, int] | None = None
    lines: list[BillLine] = []
    received: dict[bool, list[int]] = {True: [], False: []}
    seen: set[tuple[str, str]] = set()
    foot: list[str] | None = None
    is_begun = False
    for line_no, row in rows:
        first = row[0].strip() if row else ""
        if foot is not None:
            foot.append(",".join(row))
        elif not is_begun:
            is_begun = _BEGINS in first
        elif columns is None:
            columns = _find_columns(line_no, row)
        elif _ENDS in first:
            foot = []
        else:
            line, minor = _read_line(line_no, row, columns)
            if (line.kind, line.provider_ref) in seen:
                raise BILL_MALFORMED(line=line_no)
            seen.add((line.kind, line.provider_ref))
            received[line.kind == "paid"].append(minor)
            lines.append(line)
    if foot is None:
        raise BILL_MALFORMED(line=line_no)
    _check_sums(line_no, "\n".join(foot), received)
    return lines


def _find_columns(line_no: int, row: list[str]) -> dict[str, int]:
    """Where the columns stand that we need: Alipay has added some over the years."""
    names = [name.strip().replace("(", "（").replace(")", "）") for name in row]
    if any(names.count(name) != 1 for name in _COLUMNS):
        raise BILL_MALFORMED(line=line_no)
    return {name: names.index(name) for name in _COLUMNS} | {"": len(names)}


def _read_line(line_no: int, row: list[str], columns: dict[str, int]) -> tuple[BillLine, int]:
    """A row, and what the merchant received by it."""
    if len(row) != columns[""]:
        raise BILL_MALFORMED(line=line_no)
    trade_no, order_no, said, done_at, amount, received, request_no, fee = (
        row[columns[name]].strip() for name in _COLUMNS
    )
    kind = _KINDS.get(said)
    minor, received_minor = _minor(line_no, amount), _minor(line_no, received)
    try:
        moved_at = datetime.strptime(done_at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BILL_ZONE)
        day_within(moved_at.date())
    except ValueError:
        raise BILL_MALFORMED(line=line_no) from None
    our_ref = order_no
    if kind == "refund":
        minor = -minor
        if request_no in ("", order_no):
            kind = "reversed"
        else:
            our_ref = request_no
    if kind is None or minor <= 0 or not _OUR_REF.fullmatch(our_ref) or not _TRADE_NO.fullmatch(trade_no):
        raise BILL_MALFORMED(line=line_no)
    provider_ref = refund_ref(trade_no, our_ref) if kind == "refund" else trade_no
    # What it keeps is negative, what it gives back of it positive.
    fee_minor = -_minor(line_no, fee)
    line = BillLine(
        line_no, kind, our_ref, provider_ref, CURRENCY, minor, moved_at.astimezone(UTC), fee_minor
    )
    return line, received_minor


def _check_sums(line_no: int, foot: str, received: dict[bool, list[int]]) -> None:
    for pattern, parts in ((_PAID_SUM, received[True]), (_REFUND_SUM, received[False])):
        match = pattern.search(foot)
        if match is None or int(match[1]) != len(parts) or _minor(line_no, match[2]) != sum(parts):
            raise BILL_MALFORMED(line=line_no)


def _minor(line_no: int, text: str) -> int:
    try:
        return Money.from_decimal_text(text, CURRENCY).amount_minor
    except Refusal:
        raise BILL_MALFORMED(line=line_no) from None
