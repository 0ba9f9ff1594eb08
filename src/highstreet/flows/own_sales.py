"""Which sales a dealer, a landlord or a store may see: those they make, and those that give them a part.

A dealer's sales are those made while it ran the place, whoever runs it now: the contract that a sale was settled
under names who did. A sale without one (imported history) is the brand's and the store's alone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from highstreet.flows.lists import SalesUnder, places_under, sales_under
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import Contract, ShareSheet, contracts_of_brand, parties_of, share_sheets_for
from highstreet.rooms.parties import places_of_brand
from highstreet.rooms.sales import Before, Sale, sales_for, sales_of_brand

MONTH, MONTHS = timedelta(days=30), 12


@dataclass(frozen=True, slots=True)
class Reach:
    """Places that the grants reach, and their parties.

    `run`: by them today; `whole`: those of them whose sales of all times they see, as the brand and a store do;
    `housed`: in their building.
    """

    brand_id: str
    run: frozenset[str]
    whole: frozenset[str]
    housed: frozenset[str]
    party_ids: frozenset[str]

    def ran(self, place_id: str | None, operator_id: str | None) -> bool:
        """Whether a sale at this place is theirs to see in full; `operator_id`: who ran the place then."""
        return place_id in self.whole or operator_id in self.party_ids

    def has(self, place_id: str | None, operator_id: str | None, party_ids: Collection[str]) -> bool:
        """Whether a sale at this place is theirs to see; in their building only with a part for them."""
        return self.ran(place_id, operator_id) or (
            place_id in self.housed and not self.party_ids.isdisjoint(party_ids)
        )


def reach_of(reader: Reader, brand_id: str, scopes: Collection[str], party_ids: frozenset[str]) -> Reach:
    """What grants for these scopes reach."""
    places = places_of_brand(reader, brand_id, scopes=scopes)
    whole = frozenset(p.id for p in places if not {brand_id, p.id}.isdisjoint(scopes))
    run = whole | frozenset(p.id for p in places if p.operator_party_id in scopes)
    housed = frozenset(p.id for p in places if p.landlord_party_id in scopes) - whole
    return Reach(brand_id, run, whole, housed, party_ids)


@dataclass(frozen=True, slots=True)
class OwnSale:
    """One of their sales with all its shares; `is_run`: they see it in full."""

    sale: Sale
    sheet: ShareSheet | None
    is_run: bool


def own_sale(reader: Reader, reach: Reach, sale_id: str) -> OwnSale | None:
    """One of their sales; None for any other."""
    key = (reach.brand_id, sale_id)
    sale = sales_for(reader, [key]).get(key)
    if sale is None:
        return None
    sheet = share_sheets_for(reader, [key]).get(key)
    operator = _operator_of(contracts_of_brand(reader, reach.brand_id), sheet) if sheet else None
    if not reach.has(sale.place_id, operator, parties_of(sheet) if sheet else ()):
        return None
    return OwnSale(sale, sheet, reach.ran(sale.place_id, operator))


def _operator_of(contracts: Iterable[Contract], sheet: ShareSheet) -> str | None:
    under = (sheet.contract_id, sheet.contract_version)
    return next((c.operator_party_id for c in contracts if (c.id, c.version) == under), None)


@dataclass(frozen=True, slots=True)
class OwnSales:
    """Which of their paid sales: those at one place where given, before the last one seen."""

    place_id: str | None
    before: Before | None
    limit: int
    now: datetime


def own_sales(reader: Reader, reach: Reach, asked: OwnSales) -> list[Sale] | None:
    """Their paid sales, the newest first; None for a place that is not known as theirs, now or formerly."""
    place_id, before, limit = asked.place_id, asked.before, asked.limit
    contracts = contracts_of_brand(reader, reach.brand_id)
    theirs = [c for c in contracts if c.operator_party_id in reach.party_ids]
    former = _former_places(reader, reach, theirs, asked.now)
    if place_id is not None and place_id not in reach.run | reach.housed | former:
        return None
    whole, operated, housed = (
        sorted(places if place_id is None else places & {place_id})
        for places in (reach.whole, (reach.run | former) - reach.whole, reach.housed)
    )
    found: dict[str, Sale] = {}
    if whole:
        page = sales_of_brand(reader, reach.brand_id, place_ids=whole, before=before, limit=limit)
        found |= {sale.id: sale for sale in page}
    own: list[str] = []
    if operated and theirs:
        under = SalesUnder(reach.brand_id, operated, _versions(theirs), before, limit)
        own += [sale_id for sale_id, _ in sales_under(reader, under)]
    housing = [c for c in contracts if _has_landlord(c)]
    if housed and housing:
        under = SalesUnder(reach.brand_id, housed, _versions(housing), before, limit)
        own += _housed_sales(reader, reach, under)
    wanted = [(reach.brand_id, sale_id) for sale_id in own]
    found |= {sale.id: sale for sale in sales_for(reader, wanted).values()}
    return sorted(found.values(), key=_newest, reverse=True)[:limit]


def _former_places(reader: Reader, reach: Reach, theirs: list[Contract], now: datetime) -> frozenset[str]:
    """Places that others run now and they ran once.

    No table says who ran a place when, and their sales are too many to look through: the first sale there since
    each of their contracts began, and since each of the last months, is looked at.
    """
    if not theirs:
        return frozenset()
    other = {p.id for p in places_of_brand(reader, reach.brand_id)} - reach.run
    begun = {c.effective_from for c in theirs}
    months = {now - MONTH * n for n in range(1, MONTHS + 1)}
    since = sorted(begun | {at for at in months if at > min(begun)})
    return places_under(reader, reach.brand_id, other, _versions(theirs), since)


def _versions(contracts: Iterable[Contract]) -> list[tuple[str, int]]:
    return [(c.id, c.version) for c in contracts]


def _newest(sale: Sale) -> Before:
    return sale.paid_at or sale.opened_at, sale.id


def _housed_sales(reader: Reader, reach: Reach, asked: SalesUnder) -> list[str]:
    own: list[str] = []
    while len(own) < asked.limit:
        page = sales_under(reader, asked)
        sheets = share_sheets_for(reader, [(reach.brand_id, sale_id) for sale_id, _ in page])
        # The building may have had another landlord then.
        own += [i for i, _ in page if not reach.party_ids.isdisjoint(parties_of(sheets[reach.brand_id, i]))]
        if len(page) < asked.limit:
            break
        asked = asked.until((page[-1][1], page[-1][0]))
    return own[: asked.limit]


def _has_landlord(contract: Contract) -> bool:
    return contract.terms.names("landlord")
