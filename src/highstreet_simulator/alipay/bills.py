"""The bill of a day: a zip with two CSV files in GBK, details (业务明细) and summary (业务明细(汇总)).

Columns, header, footer and the tabs behind some values are those of real bills quoted in public repositories
(QuantumNous/new-api's tests, a 2019 bill in a test of a Java gateway); the summary's from entity classes named after them.
"""

import io
import zipfile
from datetime import date, timedelta

from highstreet_simulator.alipay.views import show_time, show_yuan, trade_no
from highstreet_simulator.provider.clock import bill_ready_at
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx

DETAIL_COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
SUMMARY_COLUMNS = (
    "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,"
    "卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
)
DETAIL_BEGINS = f"#{'-' * 41}业务明细列表{'-' * 40}"
DETAIL_ENDS = f"#{'-' * 41}业务明细列表结束{'-' * 36}"
SUMMARY_BEGINS = f"#{'-' * 41}业务汇总列表{'-' * 40}"
SUMMARY_ENDS = f"#{'-' * 40}业务汇总列表结束{'-' * 37}"


class GbkName(zipfile.ZipInfo):
    """A file name in GBK without the flag for UTF-8, as in the real zips."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def read_day(text: object) -> date:
    """A bill_date; monthly bills are not made here."""
    try:
        return date.fromisoformat(str(text))
    except ValueError as exc:
        raise ProviderRefusal(400, "invalid_request", "bill_date: YYYY-MM-DD is wanted") from exc


def check_ready(moment: Moment, day: date) -> None:
    """Raises `bill_not_ready` before the bill is there, unless the provider was started to give it early.

    Alipay says 9:00 of the next day "as a rule"; the provider core's 10:00 is within that.
    """
    if moment.at < bill_ready_at(day) and not moment.settings.allow_early_bill:
        raise ProviderRefusal(409, "bill_not_ready", "no bill yet")


def write_bill(tx: Tx, moment: Moment, app_id: str, day: date, fault: str | None) -> bytes:
    """The zip. `fault`: `missing_rows` leaves every second row out, `extra_rows` adds one of nobody's."""
    rows = tx.execute(
        """SELECT m.*, m.amount_minor AS moved_minor, t.*, m.at AS moved_at, m.kind AS moved_kind, r.out_refund_no
           FROM movements m JOIN trades t USING (trade_id) LEFT JOIN refunds r ON r.refund_id = m.refund_id
           WHERE m.merchant_id = ? AND m.day = ? ORDER BY m.movement_id""",
        (app_id, day.isoformat()),
    ).fetchall()
    if fault == "missing_rows":
        rows = rows[1::2]
    lines = [_detail(row) for row in rows]
    sums = {True: [0, 0], False: [0, 0]}
    for row in rows:
        of_kind = sums[row["moved_kind"] == "paid"]
        of_kind[0] += 1
        of_kind[1] += row["moved_minor"]
    if fault == "extra_rows":
        lines.append(
            _line("2000010122001400000000000001", "NOBODYS_1", "交易", "?", moment.at, moment.at, 100, "")
        )
        sums[True] = [sums[True][0] + 1, sums[True][1] + 100]
    (count, paid), (refund_count, refunded) = sums[True], sums[False]
    start, end = (f"{d:%Y年%m月%d日} 00:00:00" for d in (day, day + timedelta(days=1)))
    head = [f"#账号：[{app_id}]", f"#起始日期：[{start}]   终止日期：[{end}]"]
    foot = f"#导出时间：[{show_time(moment.at)}]"
    detail = [
        "#支付宝业务明细查询",
        *head,
        DETAIL_BEGINS,
        DETAIL_COLUMNS,
        *lines,
        DETAIL_ENDS,
        f"#交易合计：{count}笔，商家实收共{show_yuan(paid)}元，商家优惠共0.00元",
        f"#退款合计：{refund_count}笔，商家实收退款共{show_yuan(-refunded)}元，商家优惠退款共0.00元",
        foot,
    ]
    net = show_yuan(paid - refunded)
    total = f"合计\t,\t,{count},{refund_count},{net},{net},0.00,0.00,0.00,0.00,0.00,{net}"
    summary = ["#支付宝业务汇总查询", *head, SUMMARY_BEGINS, SUMMARY_COLUMNS, total, SUMMARY_ENDS, foot]
    name = f"{app_id}_{day:%Y%m%d}_业务明细"
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(GbkName(f"{name}.csv"), _encode(detail))
        archive.writestr(GbkName(f"{name}(汇总).csv"), _encode(summary))
    return content.getvalue()


def _detail(row: Row) -> str:
    is_paid = row["moved_kind"] == "paid"
    # A cancel's refund has no request number of the merchant's: the trade's number stands for it (opendocs 02ekft).
    request_no = "" if is_paid else row["out_refund_no"] or row["out_trade_no"]
    return _line(
        trade_no(row),
        row["out_trade_no"],
        "交易" if is_paid else "退款",
        row["subject"],
        row["created_at"],
        row["moved_at"],
        row["moved_minor"] if is_paid else -row["moved_minor"],
        request_no,
    )


def _line(
    number: str,
    our_no: str,
    kind: str,
    subject: str,
    begun: float,
    done: float,
    amount_minor: int,
    request_no: str,
) -> str:
    amount = show_yuan(amount_minor)
    text = f'"{subject}"' if "," in subject else subject
    return (
        f"{number}\t,{our_no}\t,{kind}\t,{text},{show_time(begun)},{show_time(done)},\t,\t,\t,\t,*(sim***)\t,"
        f"{amount},{amount},0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,{request_no}\t,0.00,0.00,"
    )


def _encode(lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("gb18030")
