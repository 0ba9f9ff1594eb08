"""What a draft would have given: past sales, with the facts frozen then, shared once more under other terms."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.lists import SharesPage, shares_of_sales
from highstreet.kernel.db import Database
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    LineShares,
    Terms,
    compute_shares,
    reverse_shares,
    share_sheets_for,
)
from highstreet.rooms.sales import Sale, sales_for

PAGE = 500


@dataclass(frozen=True, slots=True)
class TryTerms:
    """Terms for an operator's places, or one of them, and the time whose sales they are tried on."""

    brand_id: str
    operator_party_id: str
    place_id: str | None
    terms: Terms
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class PartyChange:
    """What a party got of these sales, and would have got. Minor units."""

    party_id: str
    currency: str
    was_minor: int
    would_be_minor: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `below_zero`: lines on which who takes the rest would have had to pay."""

    sales: int
    lines: int
    below_zero: int
    parties: tuple[PartyChange, ...]


Sums = Counter[tuple[str, str]]


@dataclass(slots=True)
class _Count:
    was: Sums
    would_be: Sums
    sales: int = 0
    lines: int = 0
    below_zero: int = 0


async def try_contract(db: Database, tried: TryTerms) -> Tried:
    """Nothing is changed. What came back by now is taken off both. Errors: Refusal channel.terms_malformed."""
    count = _Count(Counter(), Counter())
    page = SharesPage(tried.brand_id, tried.since, tried.until, None, PAGE)
    while (after := await db.read(_try_page, tried, page, count)) is not None:
        page = SharesPage(tried.brand_id, tried.since, tried.until, after, PAGE)
    return Tried(
        count.sales,
        count.lines,
        count.below_zero,
        tuple(
            PartyChange(*key, count.was[key], count.would_be[key])
            for key in sorted(count.was.keys() | count.would_be.keys())
        ),
    )


def _try_page(
    reader: Reader, tried: TryTerms, page: SharesPage, count: _Count
) -> tuple[datetime, str] | None:
    found = shares_of_sales(reader, page)
    keys = [(tried.brand_id, s.sale_id) for s in found if tried.place_id in (None, s.place_id)]
    sheets = share_sheets_for(reader, keys) if keys else {}
    theirs = [key for key, sheet in sheets.items() if sheet.roles.get("operator") == tried.operator_party_id]
    sold = sales_for(reader, theirs)
    for key in theirs:
        sheet, sale = sheets[key], sold[key]
        bases = [line.of for line in sheet.lines if line.of is not None]
        drafted = compute_shares(tried.terms, sheet.roles, bases, sheet.channel)
        _add(count.was, sale, sheet.lines)
        _add(count.would_be, sale, drafted)
        count.sales += 1
        count.lines += len(drafted)
        count.below_zero += sum(line.shares[-1].amount_minor < 0 for line in drafted)
    return (found[-1].at, found[-1].ref_id) if len(found) == page.limit else None


def _add(sums: Sums, sale: Sale, lines: Sequence[LineShares]) -> None:
    sold = {line.line_no: line for line in sale.lines}
    for line in lines:
        back = sold[line.line_no]
        gone = reverse_shares(line, 0, back.returned_minor, (0, back.returned_quantity))
        for got, lost in zip(line.shares, gone.shares, strict=True):
            sums[got.party_id, sale.currency] += got.amount_minor - lost.amount_minor
