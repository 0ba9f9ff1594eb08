"""What a draft would have given: past sales, with the facts frozen then, shared once more under other terms."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from highstreet.flows.lists import SharesOf, SharesPage, shares_under
from highstreet.kernel.db import Database
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    LineShares,
    ShareBase,
    Terms,
    compute_shares,
    contracts_of_brand,
    read_sheet,
    reverse_shares,
)
from highstreet.rooms.goods import variants_for
from highstreet.rooms.sales import Sale, sales_for

PAGE = 500
MOST = 20_000
"""So many sales are tried at most, the first of the time: it takes some seconds."""
EXAMPLES = 5
KEPT_WHERE_NAMED = ("home_store", "introducer")
"""Roles whose party is frozen with a sale only where its own contract named them."""


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
    """What a party got of these sales, and would have got, in minor units; of how many sales it has a part."""

    party_id: str
    currency: str
    was_minor: int
    would_be_minor: int
    sales: int = 0


@dataclass(frozen=True, slots=True)
class SaleChange:
    """A sale with what each party got and would have got of it; `moved_minor`: how much goes to others than before."""

    sale_id: str
    at: datetime
    place_id: str
    currency: str
    was: Mapping[str, int]
    would_be: Mapping[str, int]

    @property
    def moved_minor(self) -> int:
        """Half of all differences: what one gets more another gets less."""
        parties = self.was.keys() | self.would_be.keys()
        return sum(abs(self.would_be.get(p, 0) - self.was.get(p, 0)) for p in parties) // 2

    def moved_for(self, party_id: str) -> int:
        """What one party gets more, or, below zero, less."""
        return self.would_be.get(party_id, 0) - self.was.get(party_id, 0)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it. `below_zero`: lines on which who takes the rest would have had to pay.

    `unknown`: sales of which it was not kept whose home store or introducer they were, though the draft names one.
    `is_all`: False when there were more sales than were tried. `examples`: those that change most; by party, too.
    """

    sales: int
    lines: int
    below_zero: int
    unknown: int
    is_all: bool
    parties: tuple[PartyChange, ...]
    examples: tuple[SaleChange, ...]
    examples_of: Mapping[str, tuple[SaleChange, ...]]


Sums = Counter[tuple[str, str]]


@dataclass(slots=True)
class _Largest:
    """The few that change most; of equals the first that came."""

    kept: list[tuple[int, int, SaleChange]] = field(default_factory=list)

    def offer(self, weight: int, number: int, sale: SaleChange) -> None:
        if weight:
            heapq.heappush(self.kept, (weight, -number, sale))
            if len(self.kept) > EXAMPLES:
                heapq.heappop(self.kept)

    def told(self) -> tuple[SaleChange, ...]:
        return tuple(sale for _, _, sale in sorted(self.kept, key=lambda one: (-one[0], -one[1])))


@dataclass(slots=True)
class _Count:
    was: Sums = field(default_factory=Counter)
    would_be: Sums = field(default_factory=Counter)
    part_in: Sums = field(default_factory=Counter)
    sales: int = 0
    lines: int = 0
    below_zero: int = 0
    unknown: int = 0
    largest: _Largest = field(default_factory=_Largest)
    largest_of: dict[str, _Largest] = field(default_factory=dict)


async def try_contract(db: Database, tried: TryTerms) -> Tried:
    """Nothing is changed. What came back by now is taken off both. Errors: Refusal channel.terms_malformed."""
    count = _Count()
    page = SharesPage(tried.brand_id, tried.since, tried.until, None, PAGE)
    is_all = False
    while count.sales < MOST and not is_all:
        after = await db.read(_try_page, tried, page, count)
        is_all, page = after is None, replace(page, after=after)
    return Tried(
        count.sales,
        count.lines,
        count.below_zero,
        count.unknown,
        is_all,
        tuple(
            PartyChange(*key, count.was[key], count.would_be[key], count.part_in[key])
            for key in sorted(count.was.keys() | count.would_be.keys())
        ),
        count.largest.told(),
        {party_id: largest.told() for party_id, largest in count.largest_of.items()},
    )


def _try_page(
    reader: Reader, tried: TryTerms, page: SharesPage, count: _Count
) -> tuple[datetime, str] | None:
    contracts = {one.id for one in contracts_of_brand(reader, tried.brand_id, tried.operator_party_id)}
    found = shares_under(reader, page, contracts, tried.place_id)
    sold = sales_for(reader, [(tried.brand_id, one.sale_id) for one in found])
    products = _products(reader, tried, sold)
    for one in found:
        _try_sale(tried, one, sold[tried.brand_id, one.sale_id], products, count)
    return (found[-1].at, found[-1].ref_id) if len(found) == page.limit else None


def _products(
    reader: Reader, tried: TryTerms, sold: Mapping[tuple[str, str], Sale]
) -> dict[tuple[str, str], str]:
    """Products of the variants sold, where the draft asks for them: sales keep them only where their contract did."""
    if not any(rule.product_ids for rule in tried.terms.shares):
        return {}
    wanted = {(sale.brand_id, line.variant_id) for sale in sold.values() for line in sale.lines}
    return {key: one.product_id for key, one in variants_for(reader, wanted).items()} if wanted else {}


def _try_sale(
    tried: TryTerms, one: SharesOf, sale: Sale, products: Mapping[tuple[str, str], str], count: _Count
) -> None:
    lines = read_sheet(one.lines)
    variants = {line.line_no: line.variant_id for line in sale.lines}
    bases = [
        _with_product(line.of, products.get((tried.brand_id, variants[line.line_no])))
        for line in lines
        if line.of is not None
    ]
    drafted = compute_shares(tried.terms, one.roles, bases, one.channel)
    change = SaleChange(
        sale.id, one.at, sale.place_id, sale.currency, _sums(sale, lines), _sums(sale, drafted)
    )
    for party_id in change.was.keys() | change.would_be.keys():
        key = (party_id, sale.currency)
        was, would_be = change.was.get(party_id, 0), change.would_be.get(party_id, 0)
        count.was[key] += was
        count.would_be[key] += would_be
        count.part_in[key] += bool(was or would_be)
        largest = count.largest_of.setdefault(party_id, _Largest())
        largest.offer(abs(would_be - was), count.sales, change)
    count.largest.offer(change.moved_minor, count.sales, change)
    count.sales += 1
    count.lines += len(drafted)
    count.below_zero += sum(line.shares[-1].amount_minor < 0 for line in drafted)
    count.unknown += any(tried.terms.names(role) and role not in one.roles for role in KEPT_WHERE_NAMED)


def _with_product(base: ShareBase, product_id: str | None) -> ShareBase:
    return base if product_id is None or base.product_id else replace(base, product_id=product_id)


def _sums(sale: Sale, lines: Sequence[LineShares]) -> dict[str, int]:
    """By party, less what came back by now."""
    sold = {line.line_no: line for line in sale.lines}
    sums: Counter[str] = Counter()
    for line in lines:
        back = sold[line.line_no]
        gone = reverse_shares(line, 0, back.returned_minor, (0, back.returned_quantity))
        for got, lost in zip(line.shares, gone.shares, strict=True):
            sums[got.party_id] += got.amount_minor - lost.amount_minor
    return dict(sums)
