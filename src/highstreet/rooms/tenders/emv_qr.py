"""EMV QR codes for payment: built, and read with everything kept that is not known.

Merchant-presented mode (MPM): text of tag-length-value fields, two digits of tag, two of length. A length counts
characters, the checksum runs over the UTF-8 bytes. Source: EMVCo, QR Code Specification for Payment Systems,
Merchant-Presented Mode, 1.1. Consumer-presented mode (CPM): BER-TLV in base64. Source: the same, Consumer-Presented
Mode, 1.1. No well-kept library speaks both (docs/dependencies.md).
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pycountry

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import QR_MALFORMED

MAX_MPM = 512
MAX_CPM = 512
STATIC, DYNAMIC = "11", "12"
OUR_GUID = "org.highstreet"
"""Names our template among the merchant accounts: 01 the register, 02 the tender of a dynamic code."""

_DIGITS = re.compile(r"[0-9]{2}")
_ACCOUNTS = range(26, 52)
_TEMPLATES = {f"{no:02d}" for no in (*_ACCOUNTS, 62, 64, *range(80, 100))}
# The specification's bounds in characters, for the fields we write.
_NAME, _CITY, _POSTAL, _LABEL = 25, 15, 10, 25
# Half a character, which has no bytes.
_SURROGATE = re.compile("[\ud800-\udfff]")
_AMOUNT = re.compile(r"[0-9]{1,10}(\.[0-9]{0,3})?")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its tag and its value as it stands; a template's value is read with `fields_of`."""

    tag: str
    value: str


def crc16(text: str) -> str:
    """CRC-16/CCITT-FALSE (polynomial 1021, start FFFF) of the UTF-8 bytes, four hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def fields_of(text: str) -> tuple[Field, ...]:
    """The fields of a text or a template, in order. Errors: Refusal tenders.qr_malformed (at)."""
    found, at = [], 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not _DIGITS.fullmatch(tag) or not _DIGITS.fullmatch(length) or not (tag + length).isascii():
            raise QR_MALFORMED(at=at)
        value = text[at + 4 : at + 4 + int(length)]
        if len(value) != int(length) or not value:
            raise QR_MALFORMED(at=at)
        found.append(Field(tag, value))
        at += 4 + len(value)
    return tuple(found)


def text_of(fields: Iterable[Field]) -> str:
    """Fields as text. Errors: Refusal tenders.qr_malformed when a value has no place in 99 characters."""
    parts: list[str] = []
    for field in fields:
        if not _DIGITS.fullmatch(field.tag) or not 1 <= len(field.value) <= 99:
            raise QR_MALFORMED(at=len("".join(parts)))
        parts.append(f"{field.tag}{len(field.value):02d}{field.value}")
    return "".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class MerchantQr:
    """What a merchant-presented code says.

    `accounts`: tags 02 to 51 as they stand, the networks and schemes that may be paid by. `amount` None: the payer
    types it. `other`: every field that has no name here, kept and written again in its place.
    """

    is_static: bool
    accounts: tuple[Field, ...]
    category: str
    currency: str
    amount: Money | None
    country: str
    name: str
    city: str
    postal: str | None = None
    additional: tuple[Field, ...] = ()
    other: tuple[Field, ...] = ()

    def account(self, guid: str) -> dict[str, str] | None:
        """The fields of the account template with this globally unique identifier (its field 00), or None."""
        for field in self.accounts:
            if field.tag in _TEMPLATES:
                inner = {one.tag: one.value for one in fields_of(field.value)}
                if inner.get("00", "").casefold() == guid.casefold():
                    return inner
        return None


def read_merchant_qr(text: str) -> MerchantQr:
    """Read and check a code. Errors: Refusal tenders.qr_malformed (at, a character, or the tag that is wrong)."""
    if not text or len(text) > MAX_MPM or _SURROGATE.search(text):
        raise QR_MALFORMED(at=0)
    fields = fields_of(text)
    if fields[0] != Field("00", "01"):
        raise QR_MALFORMED(tag="00")
    if fields[-1].tag != "63" or crc16(text[:-4]) != fields[-1].value.upper():
        raise QR_MALFORMED(tag="63")
    by_tag = {field.tag: field.value for field in fields}
    if len(by_tag) != len(fields):
        raise QR_MALFORMED(tag=next(f.tag for f in fields if sum(o.tag == f.tag for o in fields) > 1))
    for field in fields:
        if field.tag in _TEMPLATES:
            fields_of(field.value)
    accounts = tuple(f for f in fields if "02" <= f.tag <= "51")
    for tag in ("52", "53", "58", "59", "60"):
        if tag not in by_tag:
            raise QR_MALFORMED(tag=tag)
    if not accounts or by_tag.get("01", STATIC) not in (STATIC, DYNAMIC):
        raise QR_MALFORMED(tag="02" if not accounts else "01")
    named = {"00", "01", "52", "53", "54", "58", "59", "60", "61", "62", "63"} | {f.tag for f in accounts}
    known = pycountry.currencies.get(numeric=by_tag["53"])
    if known is None:
        raise QR_MALFORMED(tag="53")
    currency = str(known.alpha_3)
    return MerchantQr(
        is_static=by_tag.get("01", STATIC) == STATIC,
        accounts=accounts,
        category=by_tag["52"],
        currency=currency,
        amount=_read_amount(by_tag.get("54"), currency),
        country=by_tag["58"],
        name=by_tag["59"],
        city=by_tag["60"],
        postal=by_tag.get("61"),
        additional=fields_of(by_tag["62"]) if "62" in by_tag else (),
        other=tuple(f for f in fields if f.tag not in named),
    )


def _read_amount(text: str | None, currency: str) -> Money | None:
    if text is None:
        return None
    try:
        if not _AMOUNT.fullmatch(text):
            raise QR_MALFORMED(tag="54")
        return Money.from_decimal_text(text.rstrip("."), currency)
    except Refusal:
        raise QR_MALFORMED(tag="54") from None


def write_merchant_qr(qr: MerchantQr) -> str:
    """The code's text, fields in ascending order, the checksum last.

    Names longer than the specification allows are cut. Errors: Refusal tenders.qr_malformed when it does not fit.
    """
    fields = [
        Field("01", STATIC if qr.is_static else DYNAMIC),
        *qr.accounts,
        Field("52", qr.category),
        Field("53", _numeric(qr.currency)),
        *([] if qr.amount is None else [Field("54", qr.amount.to_decimal_text())]),
        Field("58", qr.country),
        Field("59", qr.name[:_NAME]),
        Field("60", qr.city[:_CITY]),
        *([] if qr.postal is None else [Field("61", qr.postal[:_POSTAL])]),
        *([Field("62", text_of(qr.additional))] if qr.additional else []),
        *qr.other,
    ]
    fields.sort(key=lambda field: field.tag)
    head = text_of([Field("00", "01"), *fields]) + "6304"
    text = head + crc16(head)
    if len(text) > MAX_MPM or read_merchant_qr(text).accounts != tuple(
        sorted(qr.accounts, key=lambda field: field.tag)
    ):
        raise QR_MALFORMED(at=MAX_MPM)
    return text


def _numeric(currency: str) -> str:
    known = pycountry.currencies.get(alpha_3=currency)
    if known is None:
        raise QR_MALFORMED(tag="53")
    return str(known.numeric)


def register_qr(
    *,
    register_id: str,
    tender_id: str | None,
    amount: Money | None,
    currency: str,
    country: str,
    name: str,
    city: str,
    register_name: str,
    category: str = "5999",
) -> str:
    """The code of a register: static (printed, the payer types the amount) or dynamic (one tender, one amount)."""
    account = [Field("00", OUR_GUID), Field("01", register_id)]
    if tender_id is not None:
        account.append(Field("02", tender_id))
    additional = [Field("07", register_name[:_LABEL])] if register_name else []
    return write_merchant_qr(
        MerchantQr(
            is_static=tender_id is None,
            accounts=(Field("26", text_of(account)),),
            category=category,
            currency=currency,
            amount=amount,
            country=country,
            name=name,
            city=city,
            additional=tuple(additional),
        )
    )


# Consumer-presented -----------------------------------------------------------------------------------

_CPM_VERSION = (0x85, b"CPV01")
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class Tlv:
    """A BER-TLV object; `tag` as a number (0x9F26), a constructed one's value is read with `tlvs_of`."""

    tag: int
    value: bytes

    @property
    def is_constructed(self) -> bool:
        """Whether its value is made of objects."""
        first = self.tag.to_bytes((self.tag.bit_length() + 7) // 8 or 1, "big")[0]
        return bool(first & _CONSTRUCTED)


def tlvs_of(content: bytes) -> tuple[Tlv, ...]:
    """The objects of a payload or a template, in order. Errors: Refusal tenders.qr_malformed (at)."""
    return tuple(_tlvs(content))


def _tlvs(content: bytes) -> Iterator[Tlv]:
    at = 0
    while at < len(content):
        start = at
        tag = content[at]
        at += 1
        if tag & 0x1F == 0x1F:
            while True:
                if at >= len(content) or at - start > 3:
                    raise QR_MALFORMED(at=start)
                tag = tag << 8 | content[at]
                at += 1
                if not content[at - 1] & 0x80:
                    break
        if at >= len(content):
            raise QR_MALFORMED(at=start)
        length = content[at]
        at += 1
        if length & 0x80:
            more = length & 0x7F
            if not 1 <= more <= 2 or at + more > len(content):
                raise QR_MALFORMED(at=start)
            length = int.from_bytes(content[at : at + more], "big")
            at += more
        if at + length > len(content):
            raise QR_MALFORMED(at=start)
        yield Tlv(tag, content[at : at + length])
        at += length


def bytes_of(objects: Iterable[Tlv]) -> bytes:
    """Objects as bytes."""
    parts = []
    for one in objects:
        tag = one.tag.to_bytes((one.tag.bit_length() + 7) // 8 or 1, "big")
        size = len(one.value)
        length = (
            bytes([size])
            if size < 0x80
            else (b"\x81" if size < 0x100 else b"\x82") + size.to_bytes(1 if size < 0x100 else 2, "big")
        )
        parts.append(tag + length + one.value)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class ConsumerQr:
    """What a consumer-presented code says: its application templates (61), the common data (62), and all else."""

    applications: tuple[tuple[Tlv, ...], ...]
    common: tuple[Tlv, ...] = ()
    other: tuple[Tlv, ...] = ()

    @property
    def application_ids(self) -> tuple[str, ...]:
        """The application identifiers (4F) in upper-case hexadecimal, in the payer's order of preference."""
        return tuple(one.value.hex().upper() for app in self.applications for one in app if one.tag == 0x4F)


def read_consumer_qr(text: str) -> ConsumerQr:
    """Read a code. Errors: Refusal tenders.qr_malformed."""
    if not text or len(text) > MAX_CPM:
        raise QR_MALFORMED(at=0)
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        raise QR_MALFORMED(at=0) from None
    objects = tlvs_of(content)
    if not objects or (objects[0].tag, objects[0].value) != _CPM_VERSION:
        raise QR_MALFORMED(tag="85")
    applications = tuple(tlvs_of(one.value) for one in objects if one.tag == 0x61)
    if not applications or any(0x4F not in {one.tag for one in app} for app in applications):
        raise QR_MALFORMED(tag="61")
    common = next((tlvs_of(one.value) for one in objects if one.tag == 0x62), ())
    return ConsumerQr(applications, common, tuple(o for o in objects[1:] if o.tag not in (0x61, 0x62)))


def write_consumer_qr(qr: ConsumerQr) -> str:
    """The code's text. Errors: Refusal tenders.qr_malformed when it does not fit."""
    objects = [
        Tlv(*_CPM_VERSION),
        *(Tlv(0x61, bytes_of(app)) for app in qr.applications),
        *([Tlv(0x62, bytes_of(qr.common))] if qr.common else []),
        *qr.other,
    ]
    text = base64.b64encode(bytes_of(objects)).decode()
    if len(text) > MAX_CPM:
        raise QR_MALFORMED(at=MAX_CPM)
    return text
