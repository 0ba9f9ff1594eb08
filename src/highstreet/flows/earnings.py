"""What each party earned and from whom, what it holds and owes, and every share line behind it."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from highstreet.flows import lists
from highstreet.flows.lists import SharesOf, SharesPage
from highstreet.kernel.db import Database
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import Contract, Terms, contracts_of_brand, reason_of
from highstreet.rooms.ledger import Balance, balances, summed_balances
from highstreet.rooms.parties import Party, parties_of_brand
from highstreet.rooms.sales import SaleLine, sales_for

PAGE = 500
CLAIMS = ("payable", "receivable")


@dataclass(frozen=True, slots=True)
class Earnings:
    """Balances of a brand's ledger by what they mean, and who its parties are."""

    parties: tuple[Party, ...]
    earned: tuple[Balance, ...]
    clearing: tuple[Balance, ...]
    claims: tuple[Balance, ...]


def earnings_of_brand(reader: Reader, brand_id: str) -> Earnings:
    """All of a brand's parties. Clearing accounts hold what a rail took: debits, so below zero."""
    found = balances(reader, brand_id)
    return Earnings(
        parties=tuple(parties_of_brand(reader, brand_id)),
        earned=tuple(b for b in found if b.kind == "earned"),
        clearing=tuple(b for b in found if b.kind.startswith("clearing_")),
        claims=tuple(b for b in found if b.kind in CLAIMS),
    )


def earnings_of_parties(reader: Reader, brand_id: str, party_ids: frozenset[str]) -> Earnings:
    """Only these parties' accounts, and what others earned out of money that they collected."""
    whole = earnings_of_brand(reader, brand_id)
    shown = party_ids | {
        id_ for b in (*whole.earned, *whole.claims) if _is_of(b, party_ids) for id_ in _both(b)
    }
    return Earnings(
        parties=tuple(p for p in whole.parties if p.id in shown),
        earned=tuple(b for b in whole.earned if _is_of(b, party_ids)),
        clearing=tuple(b for b in whole.clearing if b.owner_id in party_ids),
        claims=tuple(b for b in whole.claims if b.owner_id in party_ids),
    )


def _both(balance: Balance) -> tuple[str, str]:
    return balance.owner_id, balance.counterparty_id


def _is_of(balance: Balance, party_ids: frozenset[str]) -> bool:
    return not party_ids.isdisjoint(_both(balance))


@dataclass(frozen=True, slots=True)
class LedgerCheck:
    """Sum over all accounts by currency (zero, M1), how many transfers there are, and how many balances drifted.

    A balance drifted when what is kept is not what its transfers add up to: never, or there is a mistake of ours.
    """

    sums: dict[str, int]
    transfers: int
    drifted: int


def check_ledger(reader: Reader, brand_id: str) -> LedgerCheck:
    """A brand's ledger, added up from its rows."""
    sums: dict[str, int] = {}
    summed = summed_balances(reader, brand_id)
    drifted = 0
    for kept in balances(reader, brand_id):
        amount_minor = summed.get(kept.account_id, 0)
        sums[kept.currency] = sums.get(kept.currency, 0) + amount_minor
        drifted += kept.amount_minor != amount_minor
    return LedgerCheck(dict(sorted(sums.items())), lists.count_transfers(reader, brand_id), drifted)


COLUMNS = (
    "at",
    "kind",
    "sale_id",
    "return_id",
    "place_id",
    "line_no",
    "gtin",
    "name",
    "base_minor",
    "role",
    "basis_points",
    "rule",
    "amount_minor",
    "currency",
    "party_id",
    "collector_party_id",
    "contract_id",
    "contract_version",
)
"""Amounts of returns are negative. `rule`: percent (of so many basis points), piece, tiers, funder or rest."""


@dataclass(frozen=True, slots=True)
class StatementAsked:
    """The share lines of some parties in a time; `until` is not in it."""

    brand_id: str
    party_ids: frozenset[str]
    since: datetime
    until: datetime


async def statement_csv(db: Database, asked: StatementAsked) -> AsyncIterator[str]:
    """The statement as CSV text, page by page: sales by time, then returns by time."""
    yield _csv([COLUMNS])
    for kind, query in (("sale", lists.shares_of_sales), ("return", lists.shares_of_returns)):
        page = SharesPage(asked.brand_id, asked.since, asked.until, None, PAGE)
        while True:
            rows, last = await db.read(statement_page, asked, kind, query, page)
            if rows:
                yield _csv(rows)
            if last is None:
                break
            page = replace(page, after=last)


Row = tuple[str | int, ...]
Shares = Callable[[Reader, SharesPage], list[SharesOf]]


def statement_page(
    reader: Reader, asked: StatementAsked, kind: str, query: Shares, page: SharesPage
) -> tuple[list[Row], tuple[datetime, str] | None]:
    """The lines of one page, and where the next begins (None: there is none)."""
    found = query(reader, page)
    own = [s for s in found if has_part(s, asked.party_ids)]
    keys = [(asked.brand_id, s.sale_id) for s in own]
    sold = {key[1]: {n.line_no: n for n in sale.lines} for key, sale in sales_for(reader, keys).items()}
    contracts = {(c.id, c.version): c for c in contracts_of_brand(reader, asked.brand_id)} if own else {}
    rows = [
        row
        for shares in own
        for row in _rows_of(shares, kind, asked.party_ids, sold[shares.sale_id], contracts)
    ]
    return rows, (found[-1].at, found[-1].ref_id) if len(found) == page.limit else None


def has_part(shares: SharesOf, party_ids: frozenset[str]) -> bool:
    """Whether some of these parties get something of it."""
    return any(share["party_id"] in party_ids for line in shares.lines for share in line["shares"])


def _rows_of(
    shares: SharesOf,
    kind: str,
    party_ids: frozenset[str],
    sold: dict[int, SaleLine],
    contracts: dict[tuple[str, int], Contract],
) -> list[Row]:
    sign = 1 if kind == "sale" else -1
    terms = contracts[shares.contract_id, shares.contract_version].terms
    return [
        (
            format_utc(shares.at),
            kind,
            shares.sale_id,
            "" if kind == "sale" else shares.ref_id,
            shares.place_id,
            line["line_no"],
            sold[line["line_no"]].gtin or "",
            cell(sold[line["line_no"]].name_en),
            sign * line["base_minor"],
            share["role"],
            *_reason(terms, share),
            sign * share["amount_minor"],
            shares.currency,
            share["party_id"],
            shares.collector_party_id,
            shares.contract_id,
            shares.contract_version,
        )
        for line in shares.lines
        for share in line["shares"]
        if share["party_id"] in party_ids
    ]


def _reason(terms: Terms, share: Mapping[str, Any]) -> tuple[int | str, str]:
    reason = reason_of(terms, share["role"], share.get("rule"))
    return "" if reason.bp is None else reason.bp, reason.kind


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(rows: Sequence[Row]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()
