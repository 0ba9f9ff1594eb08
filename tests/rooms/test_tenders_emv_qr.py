"""EMV QR codes: the specification's own examples, and everything written is read again."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.emv_qr import (
    OUR_GUID,
    ConsumerQr,
    Field,
    MerchantQr,
    Tlv,
    bytes_of,
    crc16,
    fields_of,
    read_consumer_qr,
    read_merchant_qr,
    register_qr,
    text_of,
    tlvs_of,
    write_consumer_qr,
    write_merchant_qr,
)

# EMVCo's own example of the merchant-presented mode (annex of the specification).
EXAMPLE = (
    "00020101021229300012D156000000000510A93FO3230Q31280012D15600000001030812345678520441115802CN"
    "5914BEST TRANSPORT6007BEIJING64200002ZH0104最佳运输0202北京540523.7253031565502016233"
    "030412340603***0708A60086670902ME91320016A0112233449988770708123456786304A13A"
)
# EMVCo's own example of the consumer-presented mode.
CONSUMER = (
    "hQVDUFYwMWETTwegAAAAVVVVUAhQcm9kdWN0MWETTwegAAAAZmZmUAhQcm9kdWN0MmJJWggSNFZ4kBI0WF8gDkNBUkRI"
    "T0xERVIvRU1WXy0IcnVlc2RlZW5kIZ8QBwYBCgMAAACfJghYT9OF+iNLzJ82AgABnzcEbRHvPw=="
)


def test_the_specifications_example_is_read() -> None:
    qr = read_merchant_qr(EXAMPLE)
    assert (qr.is_static, qr.category, qr.currency, qr.country) == (False, "4111", "CNY", "CN")
    assert (qr.name, qr.city) == ("BEST TRANSPORT", "BEIJING")
    assert qr.amount == Money(2372, "CNY")
    assert qr.account("d15600000000") == {"00": "D15600000000", "05": "A93FO3230Q"}
    assert qr.account("D15600000001") == {"00": "D15600000001", "03": "12345678"}
    assert qr.account("nobody") is None
    assert qr.additional == (
        Field("03", "1234"),
        Field("06", "***"),
        Field("07", "A6008667"),
        Field("09", "ME"),
    )
    # Lengths count characters; what has no name here is kept.
    assert {field.tag for field in qr.other} == {"55", "64", "91"}
    assert fields_of(next(f.value for f in qr.other if f.tag == "64"))[1] == Field("01", "最佳运输")


def test_what_was_read_is_written_again_with_everything_in_it() -> None:
    qr = read_merchant_qr(EXAMPLE)
    again = read_merchant_qr(write_merchant_qr(qr))
    assert replace(again, other=()) == replace(qr, other=())
    assert sorted(again.other, key=lambda f: f.tag) == sorted(qr.other, key=lambda f: f.tag)


def spoilt(text: str, old: str, new: str) -> str:
    """The text with another part and a checksum that fits."""
    assert old in text
    body = text[:-4].replace(old, new)
    return body + crc16(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        EXAMPLE[:-1] + "B",
        EXAMPLE[:-8],
        EXAMPLE[4:],
        spoilt(EXAMPLE, "5303156", "5303001"),
        spoilt(EXAMPLE, "540523.72", "540523,72"),
        spoilt(EXAMPLE, "540523.72", "540523.7２"),
        spoilt(EXAMPLE, "5802CN", ""),
        spoilt(EXAMPLE, "5802CN", "5802CN5802CN"),
        spoilt(EXAMPLE, "29300012D15600000000", "29300099D15600000000"),
        spoilt(EXAMPLE, "010212", "010213"),
        spoilt(EXAMPLE, "5802CN", "5８02CN"),
        EXAMPLE + "0" * 600,
        EXAMPLE.replace("BEIJING", "BEIJIN\ud800"),
    ],
)
def test_what_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"tenders\.qr_malformed"):
        read_merchant_qr(text)


def test_a_register_has_a_printed_code_and_one_for_each_payment() -> None:
    printed = register_qr(
        register_id="reg_1",
        tender_id=None,
        amount=None,
        currency="CNY",
        country="CN",
        name="北方灯塔百货商场旗舰店",
        city="SHANGHAI",
        register_name="收银台 1",
    )
    qr = read_merchant_qr(printed)
    assert (qr.is_static, qr.amount) == (True, None)
    assert qr.account(OUR_GUID) == {"00": OUR_GUID, "01": "reg_1"}
    assert qr.additional == (Field("07", "收银台 1"),)
    shown = register_qr(
        register_id="reg_1",
        tender_id="tnd_2",
        amount=Money(1200, "JPY"),
        currency="JPY",
        country="JP",
        name="Nordlys",
        city="TOKYO",
        register_name="",
    )
    qr = read_merchant_qr(shown)
    assert (qr.is_static, qr.amount, qr.currency) == (False, Money(1200, "JPY"), "JPY")
    assert qr.account(OUR_GUID) == {"00": OUR_GUID, "01": "reg_1", "02": "tnd_2"}


VALUE = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
ACCOUNT = st.builds(
    lambda tag, guid, rest: Field(f"{tag:02d}", text_of([Field("00", guid), Field("05", rest)])),
    st.integers(26, 51),
    VALUE,
    VALUE,
)


@given(
    st.builds(
        MerchantQr,
        is_static=st.booleans(),
        accounts=st.lists(ACCOUNT, min_size=1, max_size=3, unique_by=lambda f: f.tag).map(
            lambda found: tuple(sorted(found, key=lambda f: f.tag))
        ),
        category=st.from_regex(r"[0-9]{4}", fullmatch=True).map(lambda t: t[:4]),
        currency=st.just("EUR"),
        amount=st.none() | st.integers(0, 10**11).map(lambda minor: Money(minor, "EUR")),
        country=st.sampled_from(["CN", "FI"]),
        name=VALUE.map(lambda t: t[:25]),
        city=VALUE.map(lambda t: t[:15]),
        postal=st.none() | VALUE.map(lambda t: t[:10]),
        additional=st.just(()) | st.builds(lambda v: (Field("07", v),), VALUE),
        other=st.just(()) | st.builds(lambda v: (Field("65", v),), VALUE),
    )
)
def test_all_that_is_written_is_read_again(qr: MerchantQr) -> None:
    assert read_merchant_qr(write_merchant_qr(qr)) == qr


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text: str) -> None:
    for candidate in (text, text + "6304" + crc16(text + "6304")):
        with pytest.raises(Refusal):
            read_merchant_qr(candidate)


def test_the_checksum_is_over_utf8_bytes() -> None:
    assert crc16("123456789") == "29B1"  # the check value of CRC-16/CCITT-FALSE
    assert crc16("最佳") != crc16("??")


def test_the_consumers_example_is_read() -> None:
    qr = read_consumer_qr(CONSUMER)
    assert qr.application_ids == ("A0000000555555", "A0000000666666")
    assert qr.applications[0][1] == Tlv(0x50, b"Product1")
    common = {one.tag: one.value for one in qr.common}
    assert common[0x5F20] == b"CARDHOLDER/EMV"
    assert write_consumer_qr(qr) == CONSUMER


@pytest.mark.parametrize(
    "text",
    ["", "#", "hQ==", base64.b64encode(b"\x85\x05CPV02").decode(), CONSUMER[:40], "hQVDUFYwMQ=="],
)
def test_a_wrong_consumers_code_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match=r"tenders\.qr_malformed"):
        read_consumer_qr(text)


OBJECTS = st.lists(
    st.builds(Tlv, st.sampled_from([0x50, 0x57, 0x5F20, 0x9F26, 0x9F36]), st.binary(max_size=150)), max_size=4
)


@given(OBJECTS, OBJECTS)
def test_consumers_codes_come_back_whole(application: list[Tlv], common: list[Tlv]) -> None:
    assert tlvs_of(bytes_of(application)) == tuple(application)
    app = (Tlv(0x4F, bytes.fromhex("A0000000031010")), *application[:1])
    qr = ConsumerQr((app,), tuple(common[:1]))
    assert read_consumer_qr(write_consumer_qr(qr)) == qr


@given(st.binary(max_size=60))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    try:
        objects = tlvs_of(content)
    except Refusal:
        return
    assert sum(len(bytes_of([one])) for one in objects) <= len(content) + 2 * len(objects)
