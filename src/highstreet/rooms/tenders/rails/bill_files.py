"""Bills that people upload: read without the account they came from, which may be closed by now."""

from collections.abc import Sequence
from datetime import date

from highstreet.rooms.tenders.errors import (
    BILL_FILE_UNKNOWN,
    BILL_OTHER_DAY,
    FILE_PACKED,
)
from highstreet.rooms.tenders.model import BILL_ZONE, BillLine, parse_wallet_bill
from highstreet.rooms.tenders.rails.alipay_bill import EMPTY_BILL, is_details, parse_alipay_bill
from highstreet.rooms.tenders.rails.packed import is_zip, unpack_files
from highstreet.rooms.tenders.rails.stripe_report import parse_report
from highstreet.rooms.tenders.rails.wechat_bill import parse as parse_wechat_bill

_READERS = {
    "wallet": parse_wallet_bill,
    "alipay": parse_alipay_bill,
    "wechat": lambda content: parse_wechat_bill(content, None),
    "stripe": parse_report,
}


def _one_file(rail: str, content: bytes) -> bytes:
    """The bill in a packed file; Alipay's own zip has several files, of which its reader knows the right one."""
    if content == EMPTY_BILL:
        return content
    files = unpack_files(content)
    if rail == "alipay" and is_zip(content):
        return next((file for file in files if is_details(file)), files[0])
    if len(files) > 1:
        raise FILE_PACKED(reason="many")
    return files[0]


def read_bill_file(rail: str, content: bytes, day: date | None) -> tuple[date, Sequence[BillLine]]:
    """The lines of a rail's bill, and the day that all of them are of; `day` is what the uploader says it is.

    Errors: Refusal tenders.bill_file_unknown for a rail without bills; tenders.file_packed as `unpack_files`, and
    `many` for more than one file; tenders.bill_malformed; tenders.bill_other_day when a line is of another day, or there
    is none and nobody said which day it is.
    """
    if rail not in _READERS:
        raise BILL_FILE_UNKNOWN(rail=rail)
    lines = _READERS[rail](_one_file(rail, content))
    days = {line.moved_at.astimezone(BILL_ZONE).date() for line in lines}
    found = days or ({day} if day else set())
    if len(found) != 1 or (day is not None and found != {day}):
        raise BILL_OTHER_DAY(days=", ".join(sorted(one.isoformat() for one in found if one)) or "-")
    return min(one for one in found if one), lines
