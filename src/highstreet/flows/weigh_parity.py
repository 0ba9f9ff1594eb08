"""What each contract in force says of a change: the lowest prices with and without it, set against the shelf price (P3).

A price is checked alone and with every lawful combination of the offers that are in reach; an offer alone and with those
that it can be combined with. Two offers whose times do not meet are taken together all the same: rather one word too many
than a price that nobody was asked about.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.price_sale import price_rule_of
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    Contract,
    Finding,
    Lowered,
    judge,
    parity_promises,
    shelf_after,
    shelf_prices,
)
from highstreet.rooms.goods import PricedVariant, PriceRule, lowest_unit_price, priced_goods
from highstreet.rooms.offers import OfferFacts, offers_in_reach
from highstreet.rooms.stock import owned_pieces

MEMBER_PRICE = "member_price"
Rules = tuple[PriceRule, ...]


@dataclass(frozen=True, slots=True)
class NewPrice:
    """Prices that an article is to have."""

    known: PricedVariant
    list_minor: int
    member_minor: int | None


@dataclass(frozen=True, slots=True)
class Said:
    """What one contract says of a change."""

    contract: Contract
    finding: Finding


@dataclass(frozen=True, slots=True)
class Promises:
    """The contracts in force that promise something, what their operators know, and how many pieces they have."""

    contracts: tuple[Contract, ...]
    shelves: Mapping[tuple[str, str], int]
    pieces: Mapping[tuple[str, str], int]

    def shelf(self, contract: Contract, known: PricedVariant) -> int:
        """The shelf price: the list's, or what the operator knows, if that is more."""
        return max(self.shelves.get((contract.id, known.variant_id), 0), known.list_minor)


def promises_at(
    reader: Reader, brand_id: str, at: datetime, variant_ids: Collection[str] | None
) -> Promises | None:
    """None where no contract promises anything: then nothing more is read."""
    contracts = parity_promises(reader, brand_id, at)
    if not contracts:
        return None
    lying = owned_pieces(reader, brand_id, {one.operator_party_id for one in contracts}, variant_ids)
    pieces: dict[tuple[str, str], int] = {}
    for contract in contracts:
        for owner, place_id, variant_id, count in lying:
            if owner == contract.operator_party_id and contract.place_id in (None, place_id):
                key = (contract.id, variant_id)
                pieces[key] = pieces.get(key, 0) + count
    return Promises(tuple(contracts), shelf_prices(reader, brand_id, variant_ids), pieces)


def weigh_prices(
    reader: Reader, brand_id: str, at: datetime, prices: Sequence[NewPrice], promises: Promises
) -> list[Said]:
    """What the contracts say of new prices of articles that had others before."""
    combinations = _combinations(offers_in_reach(reader, brand_id, at))
    changes: dict[str, list[tuple[int, int | None]]] = {}
    for new in prices:
        old = new.known
        changes[old.variant_id] = [
            (
                lowest_unit_price(new.list_minor, new.member_minor, rules),
                lowest_unit_price(old.list_minor, old.member_minor, rules),
            )
            for rules in combinations
        ]
    return _say(promises, [(new.known, new.list_minor) for new in prices], changes)


def weigh_offer(
    reader: Reader, brand_id: str, at: datetime, offer: OfferFacts, promises: Promises
) -> list[Said]:
    """What the contracts say of an offer, with all goods at the prices that they have."""
    others = [one for one in offers_in_reach(reader, brand_id, at) if one.offer_id != offer.offer_id]
    rule = price_rule_of(offer, None)
    without: list[Rules] = [()]
    if offer.kind == MEMBER_PRICE:
        without += [c for c in _combinations(others) if c]
    elif offer.is_stackable or any(one.kind == MEMBER_PRICE for one in others):
        members = tuple(price_rule_of(one, None) for one in others if one.kind == MEMBER_PRICE)
        stackable = tuple(
            price_rule_of(one, None) for one in others if one.is_stackable and one.kind != MEMBER_PRICE
        )
        without.append((*members, *(stackable if offer.is_stackable else ())))
    goods = priced_goods(reader, brand_id)
    changes: dict[str, list[tuple[int, int | None]]] = {}
    for one in goods:
        changes[one.variant_id] = [
            (
                lowest_unit_price(one.list_minor, one.member_minor, (*rules, rule)),
                lowest_unit_price(one.list_minor, one.member_minor, rules) if rules else None,
            )
            for rules in without
        ]
    return _say(promises, [(one, one.list_minor) for one in goods], changes)


def _combinations(offers: Sequence[OfferFacts]) -> list[Rules]:
    """Of each that stands alone one, and all stackable ones together: what is less deep is covered by those."""
    members = tuple(price_rule_of(one, None) for one in offers if one.kind == MEMBER_PRICE)
    coupons = [one for one in offers if one.kind != MEMBER_PRICE]
    found: list[Rules] = [(), members] if members else [()]
    found += [(*members, price_rule_of(one, None)) for one in coupons if not one.is_stackable]
    together = tuple(price_rule_of(one, None) for one in coupons if one.is_stackable)
    return [*found, (*members, *together)] if together else found


def _say(
    promises: Promises,
    articles: Sequence[tuple[PricedVariant, int]],
    changes: Mapping[str, Sequence[tuple[int, int | None]]],
) -> list[Said]:
    said = [Said(one, _find(one, promises, articles, changes)) for one in promises.contracts]
    return [one for one in said if one.finding.gaps]


def _find(
    contract: Contract,
    promises: Promises,
    articles: Sequence[tuple[PricedVariant, int]],
    changes: Mapping[str, Sequence[tuple[int, int | None]]],
) -> Finding:
    parity = contract.terms.parity
    assert parity is not None
    lowered = []
    for known, list_minor in articles:
        if not parity.covers(known.product_id):
            continue
        shelf_before = promises.shelf(contract, known)
        shelf = shelf_after(shelf_before, list_minor, is_known=False)
        limit, limit_before = parity.limit_of(shelf), parity.limit_of(shelf_before)
        # A price that stays while the list rises away from it breaks the promise as one that falls does.
        deep = [
            (after, before)
            for after, before in changes[known.variant_id]
            if after < limit and (before is None or after < before or before >= limit_before)
        ]
        if deep:
            # What was below the limit before is known; of the rest the whole way down from the shelf is new.
            gap = max(
                (before if before is not None and before < limit else shelf) - after for after, before in deep
            )
            pieces = promises.pieces.get((contract.id, known.variant_id), 0)
            lowest = min(after for after, _ in deep)
            lowered.append(Lowered(known.variant_id, known.product_id, shelf, lowest, max(gap, 0), pieces))
    return judge(parity, lowered)
