"""A statement on the screen: totals of a time, and its lines page by page, as the CSV has them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from highstreet.flows import lists
from highstreet.flows.earnings import COLUMNS, StatementAsked, statement_page
from highstreet.flows.lists import SharesPage
from highstreet.kernel.db import Database
from highstreet.kernel.tx import Reader

Kind = Literal["sale", "return"]
QUERIES = {"sale": lists.shares_of_sales, "return": lists.shares_of_returns}
Key = tuple[str, str, str, str]
PAGE = 500


@dataclass(frozen=True, slots=True)
class StatementTotal:
    """What one party got in one role of the money that one party collected. Returns are taken off."""

    party_id: str
    role: str
    collector_party_id: str
    currency: str
    lines: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class StatementLines:
    """Lines by the names of the CSV's columns, and where the next page begins; None: that was all."""

    lines: tuple[dict[str, Any], ...]
    next_after: tuple[datetime, str] | None


def statement_lines(
    reader: Reader, asked: StatementAsked, kind: Kind, after: tuple[datetime, str] | None, limit: int
) -> StatementLines:
    """The lines of the next `limit` sales or returns of the brand in which they may have a part."""
    page = SharesPage(asked.brand_id, asked.since, asked.until, after, limit)
    rows, last = statement_page(reader, asked, kind, QUERIES[kind], page)
    return StatementLines(tuple(dict(zip(COLUMNS, row, strict=True)) for row in rows), last)


async def statement_totals(db: Database, asked: StatementAsked) -> list[StatementTotal]:
    """All lines of the time added up, page by page, so that no other question waits for it."""
    amounts, counts = Counter[Key](), Counter[Key]()
    for kind in _kinds():
        after = None
        while True:
            found: StatementLines = await db.read(statement_lines, asked, kind, after, PAGE)
            for line in found.lines:
                key = (line["party_id"], line["role"], line["collector_party_id"], line["currency"])
                amounts[key] += line["amount_minor"]
                counts[key] += 1
            after = found.next_after
            if after is None:
                break
    return [
        StatementTotal(party_id, role, collector, currency, counts[key], amounts[key])
        for key in sorted(counts)
        for party_id, role, collector, currency in (key,)
    ]


def _kinds() -> Iterator[Kind]:
    yield "sale"
    yield "return"
