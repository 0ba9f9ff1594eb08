"""Files that people upload, read a row at a time and within bounds: what is kept of one never exceeds them. Pure."""

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from datetime import date

from highstreet.kernel.errors import RefusalKind
from highstreet.rooms.tenders.errors import FILE_TOO_LONG

LIMITS = {"rows": 100_000, "references": 1_000_000, "elements": 500_000, "entry": 200_000, "days": 800}
"""Of one upload, all its files together; `entry`: elements, attributes and text of one entry of a camt.053."""
MAX_ROW = 65_536
"""Bytes of a line, characters of a row, and bytes between two ends of tags."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 30)
"""Days that money may move on: those before and after cannot be turned into another zone, or have no neighbours."""


class Bounds:
    """What may still be read of an upload."""

    def __init__(self) -> None:
        self._left = dict(LIMITS)

    def take(self, what: str, count: int = 1) -> None:
        """Count. Errors: Refusal tenders.file_too_long with the `reason` and the `limit`."""
        self._left[what] -= count
        if self._left[what] < 0:
            raise FILE_TOO_LONG(reason=what, limit=LIMITS[what])

    def renew(self, what: str) -> None:
        """Count this from the start again."""
        self._left[what] = LIMITS[what]


def day_within(day: date) -> date:
    """The day. Errors: ValueError before FIRST_DAY and after LAST_DAY."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise ValueError(f"{day} is not from {FIRST_DAY} to {LAST_DAY}")
    return day


def text_lines(
    content: bytes, encoding: str, refusal: RefusalKind, bounds: Bounds | None = None, errors: str = "strict"
) -> Iterator[str]:
    """The lines with their ends, decoded one by one; in no encoding taken here a line's end is part of a character.

    Errors: what `bounds` refuse; `refusal` with the line that is longer than MAX_ROW, or not in the encoding.
    """
    end = b"\n" if b"\n" in content else b"\r"
    at, no = len(BOM_UTF8) if content.startswith(BOM_UTF8) else 0, 0
    while at < len(content):
        no += 1
        if bounds is not None:
            bounds.take("rows")
        until = content.find(end, at) + 1 or len(content)
        if until - at > MAX_ROW:
            raise refusal(line=no)
        try:
            yield content[at:until].decode(encoding, errors)
        except UnicodeDecodeError:
            raise refusal(line=no) from None
        at = until


def csv_rows(
    lines: Iterable[str], refusal: RefusalKind, *, delimiter: str = ",", strict: bool = True, above: int = 0
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the number of its last line, of `above` more. Errors: `refusal` with the line that is no CSV."""
    length = 0

    def counted() -> Iterator[str]:
        nonlocal length
        for line in lines:
            length += len(line)
            if length > MAX_ROW:
                raise csv.Error
            yield line

    reader = csv.reader(counted(), delimiter=delimiter, strict=strict)
    try:
        for row in reader:
            length = 0
            yield above + reader.line_num, row
    except csv.Error:
        raise refusal(line=above + reader.line_num) from None
