"""Which sales a dealer, a landlord or a store may see: those they make, and those that give them a part."""

from collections.abc import Collection
from dataclasses import dataclass

from highstreet.flows.lists import SalesUnder, sales_under
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import Contract, ShareSheet, contracts_of_brand, parties_of, share_sheets_for
from highstreet.rooms.parties import places_of_brand
from highstreet.rooms.sales import Before, Sale, sales_for, sales_of_brand


@dataclass(frozen=True, slots=True)
class Reach:
    """Places that the grants reach: `run` by them, or only `housed` in their building; and their parties."""

    brand_id: str
    run: frozenset[str]
    housed: frozenset[str]
    party_ids: frozenset[str]

    def has(self, place_id: str | None, party_ids: Collection[str]) -> bool:
        """Whether a sale at this place is theirs to see; in their building only with a part for them."""
        return place_id in self.run or (place_id in self.housed and not self.party_ids.isdisjoint(party_ids))


def reach_of(reader: Reader, brand_id: str, scopes: Collection[str], party_ids: frozenset[str]) -> Reach:
    """What grants for these scopes reach."""
    places = places_of_brand(reader, brand_id, scopes=scopes)
    run = frozenset(p.id for p in places if not {brand_id, p.id, p.operator_party_id}.isdisjoint(scopes))
    return Reach(brand_id, run, frozenset(p.id for p in places) - run, party_ids)


def own_sales(
    reader: Reader, reach: Reach, place_id: str | None, before: Before | None, limit: int
) -> list[Sale]:
    """Their paid sales, the newest first; only those at one place where given."""
    run, housed = (
        sorted(places if place_id is None else places & {place_id}) for places in (reach.run, reach.housed)
    )
    found = sales_of_brand(reader, reach.brand_id, place_ids=run, before=before, limit=limit) if run else []
    if housed:
        found += _housed_sales(reader, reach, housed, before, limit)
    return sorted(found, key=_newest, reverse=True)[:limit]


def _newest(sale: Sale) -> Before:
    return sale.paid_at or sale.opened_at, sale.id


def _housed_sales(
    reader: Reader, reach: Reach, place_ids: list[str], before: Before | None, limit: int
) -> list[Sale]:
    contracts = [c for c in contracts_of_brand(reader, reach.brand_id) if _has_landlord(c)]
    asked = SalesUnder(reach.brand_id, place_ids, [(c.id, c.version) for c in contracts], before, limit)
    own: list[str] = []
    while len(own) < limit:
        page = sales_under(reader, asked)
        sheets = share_sheets_for(reader, [(reach.brand_id, sale_id) for sale_id, _ in page])
        # The building may have had another landlord then.
        own += [i for i, _ in page if not reach.party_ids.isdisjoint(parties_of(sheets[reach.brand_id, i]))]
        if len(page) < asked.limit:
            break
        asked = asked.until((page[-1][1], page[-1][0]))
    return list(sales_for(reader, [(reach.brand_id, sale_id) for sale_id in own[:limit]]).values())


def _has_landlord(contract: Contract) -> bool:
    terms = contract.terms
    return "landlord" in {terms.collector, terms.leftover_to, *(role for role, _ in terms.shares)}


def own_sale(reader: Reader, reach: Reach, sale_id: str) -> tuple[Sale, ShareSheet | None] | None:
    """One of their sales with all its shares; None for any other."""
    key = (reach.brand_id, sale_id)
    sale = sales_for(reader, [key]).get(key)
    if sale is None:
        return None
    sheet = share_sheets_for(reader, [key]).get(key)
    return (sale, sheet) if reach.has(sale.place_id, parties_of(sheet) if sheet else ()) else None
