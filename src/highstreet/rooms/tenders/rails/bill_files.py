"""Bills that people upload: read without the account they came from, which may be closed by now."""

from collections.abc import Sequence
from datetime import date

from highstreet.rooms.tenders.errors import BILL_FILE_UNKNOWN, BILL_MALFORMED, BILL_OTHER_DAY
from highstreet.rooms.tenders.model import BILL_ZONE, BillLine, parse_wallet_bill
from highstreet.rooms.tenders.rails.alipay_bill import parse_alipay_bill
from highstreet.rooms.tenders.rails.stripe_report import parse_report
from highstreet.rooms.tenders.rails.wechat_bill import parse as parse_wechat_bill


def _wallet(content: bytes) -> list[BillLine]:
    try:
        return parse_wallet_bill(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BILL_MALFORMED(line=1) from None


_READERS = {
    "wallet": _wallet,
    "alipay": parse_alipay_bill,
    "wechat": lambda content: parse_wechat_bill(content, None),
    "stripe": parse_report,
}


def read_bill_file(rail: str, content: bytes, day: date | None) -> tuple[date, Sequence[BillLine]]:
    """The lines of a rail's bill, and the day that all of them are of; `day` is what the uploader says it is.

    Errors: Refusal tenders.bill_file_unknown for a rail without bills; tenders.bill_malformed; tenders.bill_other_day
    when a line is of another day, or there is none and nobody said which day it is.
    """
    if rail not in _READERS:
        raise BILL_FILE_UNKNOWN(rail=rail)
    lines = _READERS[rail](content)
    days = {line.moved_at.astimezone(BILL_ZONE).date() for line in lines}
    found = days or ({day} if day else set())
    if len(found) != 1 or (day is not None and found != {day}):
        raise BILL_OTHER_DAY(days=", ".join(sorted(one.isoformat() for one in found if one)) or "-")
    return min(one for one in found if one), lines
