"""Alipay's bills: real rows read right, everything that is not a whole bill refused with its line."""

import io
import random
import struct
import zipfile
import zlib
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.model import BillLine
from highstreet.rooms.tenders.rails import alipay_bill
from highstreet.rooms.tenders.rails.alipay_bill import EMPTY_BILL, parse_alipay_bill
from highstreet.rooms.tenders.rails.alipay_wire import to_yuan

# Columns and tabs as in a bill of 2019 that a public repository quotes; people and numbers are made up.
COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
PAID = (
    "2019091622001400000000000001\t,tnd_1\t,交易\t,茶,2019-09-16 10:55:16,2019-09-16 10:55:23,store\t,store\t,\t,\t,"
    "*某(600***@x)\t,{amount},{amount},0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00,\t,0.00,0.00,"
)
REFUND = PAID.replace("交易\t", "退款\t").replace("{amount}", "-{amount}").replace("0.00,\t,", "0.00,{no}\t,")


def text_of(
    paid: list[str], refunds: list[str], *, sums: tuple[str, str] | None = None, columns: str = COLUMNS
) -> str:
    sums = sums or (
        f"#交易合计：{len(paid)}笔，商家实收共{_sum(paid)}元，商家优惠共0.00元",
        f"#退款合计：{len(refunds)}笔，商家实收退款共{_sum(refunds)}元，商家优惠退款共0.00元",
    )
    lines = [
        "#支付宝业务明细查询",
        "#账号：[20881000000000000156]",
        "#起始日期：[2019年09月16日 00:00:00]   终止日期：[2019年09月17日 00:00:00]",
        f"#{'-' * 41}业务明细列表{'-' * 40}",
        columns,
        *paid,
        *refunds,
        f"#{'-' * 41}业务明细列表结束{'-' * 36}",
        *sums,
        "#导出时间：[2019年09月17日 05:46:49]",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _sum(rows: list[str]) -> str:
    cents = sum(int(row.split(",")[12].replace(".", "")) for row in rows)
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def zip_of(*texts: str | bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, text in enumerate(texts):
            raw = text.encode("gbk") if isinstance(text, str) else text
            archive.writestr(f"{number}.csv", raw)
    return content.getvalue()


def refused(content: bytes, line: int | None = None) -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_malformed") as caught:
        parse_alipay_bill(content)
    if line is not None:
        assert caught.value.facts["line"] == line


GOOD = text_of([PAID.format(amount="12.30")], [REFUND.format(amount="2.30", no="tnd_2")])


def test_a_bill_read() -> None:
    moved_at = datetime(2019, 9, 16, 2, 55, 23, tzinfo=UTC)
    number = "2019091622001400000000000001"
    assert parse_alipay_bill(zip_of("#支付宝业务汇总查询\r\n", GOOD)) == [
        BillLine(6, "paid", "tnd_1", number, "CNY", 1230, moved_at),
        BillLine(7, "refund", "tnd_2", f"{number}/tnd_2", "CNY", 230, moved_at),
    ]


@pytest.mark.parametrize("no", ["", "tnd_1"])
def test_a_refund_without_a_number_of_its_own_is_a_cancel(no: str) -> None:
    text = text_of([PAID.format(amount="12.30")], [REFUND.format(amount="12.30", no=no)])
    lines = parse_alipay_bill(zip_of(text))
    assert [(line.kind, line.our_ref, line.provider_ref) for line in lines] == [
        ("paid", "tnd_1", "2019091622001400000000000001"),
        ("reversed", "tnd_1", "2019091622001400000000000001"),
    ]


def test_a_day_without_business() -> None:
    assert parse_alipay_bill(EMPTY_BILL) == []
    assert parse_alipay_bill(zip_of(text_of([], []))) == []


def test_columns_that_were_added_do_not_matter() -> None:
    paid = PAID.format(amount="12.30")
    text = text_of([f"{paid},new"], [], columns=f"{COLUMNS},新列").replace("（元）", "(元)")
    assert len(parse_alipay_bill(zip_of(text))) == 1


@given(st.lists(st.integers(1, 10**13), max_size=8), st.lists(st.integers(1, 10**13), max_size=8))
def test_all_amounts_survive(paid: list[int], refunds: list[int]) -> None:
    rows = [
        PAID.format(amount=to_yuan(minor)).replace("0001\t", f"{number:04d}\t").replace("tnd_1", f"t{number}")
        for number, minor in enumerate(paid)
    ]
    back = [REFUND.format(amount=to_yuan(minor), no=f"r{number}") for number, minor in enumerate(refunds)]
    lines = parse_alipay_bill(zip_of(text_of(rows, back)))
    assert [line.amount_minor for line in lines] == paid + refunds


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("交易\t", "转账\t", 6),
        ("12.30,12.30", "12.301,12.30", 6),
        ("12.30,12.30", "-12.30,12.30", 6),
        ("12.30,12.30", ",12.30", 6),
        ("2019-09-16 10:55:23", "yesterday", 6),
        ("tnd_1\t,交易", "\t,交易", 6),
        ("2019091622001400000000000001\t,tnd_1\t,交易", "\t,tnd_1\t,交易", 6),
        ("-2.30,-2.30", "2.30,2.30", 7),
        ("0.00,0.00,\r\n20", "0.00,\r\n20", 6),
        ("商户订单号", "别的", 5),
        ("支付宝交易号", "商户订单号", 5),
        ("交易合计：1笔", "交易合计：2笔", None),
        ("退款合计：1笔", "退款合计：0笔", None),
        ("实收共12.30", "实收共12.31", None),
        ("退款共-2.30", "退款共-2.3a", None),
        ("#交易合计", "#合计", None),
        ("业务明细列表结束", "业务明细", None),
        ("#支付宝业务明细查询", "#支付宝账务明细查询", 0),
        ("茶", '"茶', None),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(old: str, new: str, line: int | None) -> None:
    assert old in GOOD
    refused(zip_of(GOOD.replace(old, new, 1)), line)


def test_a_row_twice_is_refused() -> None:
    paid = PAID.format(amount="12.30")
    refused(zip_of(text_of([paid, paid], [])), 7)


def test_zips_that_are_none() -> None:
    good = zip_of(GOOD)
    for content in (
        b"",
        b"PK",
        GOOD.encode("gbk")[:-200],
        good[:-1],
        good[: len(good) // 2],
        EMPTY_BILL[:-1],
        zip_of()[:-2],
    ):
        refused(content)
    refused(zip_of("#支付宝业务汇总查询\r\n"), 0)
    refused(zip_of(GOOD.encode("utf-8") + b"\xff\xff"), 0)


def test_spoilt_bytes_are_noticed_or_harmless() -> None:
    """Whatever byte is wrong, the rows are right or the file is refused; no other exception."""
    good, chance = zip_of(GOOD), random.Random(7)
    right = parse_alipay_bill(good)
    for at in range(len(good)):
        content = bytearray(good)
        content[at] ^= 1 << chance.randrange(8)
        with suppress(Refusal):
            assert parse_alipay_bill(bytes(content)) == right


def test_a_bomb_is_refused_by_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alipay_bill, "MAX_CSV_BYTES", 1_000_000)
    refused(zip_of(b"0" * 1_000_001), 0)
    refused(zip_of(b"0" * 600_000, b"0" * 600_000), 0)
    refused(zip_of(*[b""] * 17), 0)
    assert parse_alipay_bill(zip_of(b"0" * 900_000, GOOD))


def test_a_bomb_that_lies_about_its_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alipay_bill, "MAX_CSV_BYTES", 1_000_000)
    content = bytearray(zip_of(b"0" * 5_000_000))
    at = content.rindex(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 10)  # what the directory says of the size
    refused(bytes(content), 0)


def test_encrypted_and_oddly_packed_files_are_refused() -> None:
    encrypted = bytearray(zip_of(GOOD))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(mark) + offset] |= 1
    refused(bytes(encrypted), 0)
    odd = bytearray(zip_of(GOOD))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        odd[odd.index(mark) + offset] = 97
    refused(bytes(odd), 0)
    raw = zlib.compress(b"x")
    refused(raw)


def test_a_bill_that_was_unpacked_is_the_same_bill() -> None:
    assert parse_alipay_bill(GOOD.encode("gbk")) == parse_alipay_bill(zip_of(GOOD))


def test_what_alipay_keeps_and_gives_back() -> None:
    paid = PAID.format(amount="10.00").removesuffix("0.00,0.00,") + "-0.06,0.00,"
    back = REFUND.format(amount="10.00", no="r1").removesuffix("0.00,0.00,") + "0.06,0.00,"
    lines = parse_alipay_bill(text_of([paid], [back]).encode("gbk"))
    assert [(line.kind, line.fee_minor) for line in lines] == [("paid", 6), ("refund", -6)]
