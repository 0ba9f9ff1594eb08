"""From where an order is served: all that is known of places, shelves, hours and contracts, brought to the room `routing`.

The shopper orders from one place, which sells; its contract says who gets what. Any place of the brand may serve it, under
the consent of who owns the pieces there. Here is only looked; what was chosen is asked again when it is reserved (G2).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.share_sale import roles_at
from highstreet.kernel.geo import Point
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import NO_CONTRACT, Contract, ShareBase, compute_shares, contracts_for
from highstreet.rooms.parcels import loads_of_places
from highstreet.rooms.parties import RegisterFacts, counters_for
from highstreet.rooms.places import Site, hours_of, sites_for
from highstreet.rooms.routing import (
    SURE_BP,
    Candidate,
    Facts,
    KeptRules,
    Order,
    Parts,
    Pieces,
    Reason,
    Routed,
    Wanted,
    route,
    rules_in_force,
)
from highstreet.rooms.stock import Shelf, confidence, shelves_of

CHANNEL = "shop"


@dataclass(frozen=True, slots=True)
class RouteLine:
    """An article that is wanted, what is paid for a piece of it, and its list price. Minor units."""

    variant_id: str
    product_id: str
    quantity: int
    net_minor: int
    list_minor: int


@dataclass(frozen=True, slots=True)
class RouteAsk:
    """An order sold by `place_id`. `not_found`: (place, owner) whose goods were just looked for in vain."""

    brand_id: str
    order_id: str
    place_id: str
    lines: tuple[RouteLine, ...]
    destination: Point | None
    promised_by: datetime | None
    at: datetime
    not_found: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Planned:
    """A choice with all that it was made from."""

    facts: Facts
    rules_version: int
    routed: Routed

    @property
    def served(self) -> dict[str, tuple[str, str]]:
        """By article: where its pieces come from, and whose they are. One owner covers a line whole."""
        return {take.variant_id: (take.place_id, take.owner_party_id) for take in self.routed.takes}

    @property
    def operators(self) -> dict[str, str]:
        """Who runs each place."""
        return {one.place_id: one.operator_party_id for one in self.facts.candidates}


def plan_route(reader: Reader, ask: RouteAsk) -> Planned:
    """The cheapest lawful choice by the brand's rules; without takes nobody serves it.

    Errors: Refusal channel.no_contract.
    """
    kept = rules_in_force(reader, ask.brand_id)
    facts = gather_facts(reader, ask, kept)
    return Planned(facts, kept.version, route(facts, kept.rules))


def gather_facts(reader: Reader, ask: RouteAsk, kept: KeptRules) -> Facts:
    """What is known now. Places that never had any of it are no candidates. Errors: as `plan_route`."""
    brand_id = ask.brand_id
    shelves = shelves_of(reader, brand_id, [line.variant_id for line in ask.lines])
    places = {(brand_id, shelf.place_id) for shelf in shelves} | {(brand_id, ask.place_id)}
    counters = {key[1]: c for key, c in counters_for(reader, places).items() if c.is_active}
    shelves = [shelf for shelf in shelves if shelf.place_id in counters]
    sites = {key[1]: site for key, site in sites_for(reader, places).items()}
    seller = counters.get(ask.place_id)
    if seller is None:
        raise NO_CONTRACT()
    owners = {(brand_id, shelf.stock.owner_party_id, shelf.place_id) for shelf in shelves}
    seller_key = (brand_id, seller.operator_party_id, seller.place_id)
    contracts = contracts_for(reader, owners | {seller_key}, ask.at)
    contract = contracts.get(seller_key)
    if contract is None:
        raise NO_CONTRACT()
    words = _Words(seller, contract, contracts, ask.not_found)
    return Facts(
        order=Order(
            brand_id=brand_id,
            id=ask.order_id,
            channel=CHANNEL,
            lines=tuple(Wanted(line.variant_id, line.quantity) for line in ask.lines),
            at=ask.at,
            destination=ask.destination,
            promised_by=ask.promised_by,
        ),
        candidates=_candidates(reader, ask, {s.place_id for s in shelves}, counters, sites, kept),
        stock=tuple(_pieces(shelf, ask) for shelf in shelves),
        consents={owner: frozenset({CHANNEL}) for _, owner, _ in owners},
        parts=_parts(ask, words, shelves, counters),
        due={
            line.variant_id: _parts_of_piece(line, words, seller.operator_party_id, None)
            for line in ask.lines
        },
        barred=_barred(shelves, words),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """What was agreed: the seller's contract, and everybody's who keeps goods somewhere."""

    seller: RegisterFacts
    contract: Contract
    contracts: Mapping[tuple[str, str, str], Contract]
    not_found: frozenset[tuple[str, str]]

    def why_not(self, place_id: str, owner_id: str) -> Reason | None:
        """Why an owner's goods there may not be sold by the seller; None when they may."""
        if (place_id, owner_id) in self.not_found:
            return Reason.NOT_FOUND
        terms = self.contract.terms
        if owner_id == self.seller.brand_party_id:
            return None if CHANNEL in terms.stock.brand_for else Reason.NOT_FOR_CHANNEL
        theirs = self.contracts.get((self.seller.brand_id, owner_id, place_id))
        if theirs is None:
            return Reason.NO_CONSENT
        if CHANNEL not in theirs.terms.stock.operator_for:
            return Reason.NOT_FOR_CHANNEL
        is_own = owner_id == self.seller.operator_party_id
        is_here = place_id == self.seller.place_id
        return None if is_own or is_here or terms.pays_owner(CHANNEL) else Reason.NOT_PAID


def _barred(shelves: Sequence[Shelf], words: _Words) -> dict[tuple[str, str], str]:
    keys = {(shelf.place_id, shelf.stock.owner_party_id) for shelf in shelves}
    return {key: why.value for key in keys if (why := words.why_not(*key)) is not None}


def _pieces(shelf: Shelf, ask: RouteAsk) -> Pieces:
    wanted = next(line.quantity for line in ask.lines if line.variant_id == shelf.variant_id)
    stock, available = shelf.stock, shelf.stock.available_online
    sure = confidence(available, ask.at - shelf.counted_at, stock.missed, shelf.sold)
    # One owner covers a line whole, so that it has one share and one return.
    enough = available if available >= wanted else 0
    return Pieces(shelf.place_id, shelf.variant_id, stock.owner_party_id, enough, int(sure * SURE_BP))


def _candidates(
    reader: Reader,
    ask: RouteAsk,
    place_ids: Collection[str],
    counters: Mapping[str, RegisterFacts],
    sites: Mapping[str, Site],
    kept: KeptRules,
) -> tuple[Candidate, ...]:
    loads = loads_of_places(reader, ask.brand_id)
    return tuple(
        Candidate(
            place_id=place_id,
            operator_party_id=counters[place_id].operator_party_id,
            position=sites[place_id].point if place_id in sites else None,
            ready_at=_ready_at(sites.get(place_id), ask.at),
            load=loads.get(place_id, 0),
            capacity=kept.rules.capacity,
        )
        for place_id in sorted(place_ids)
    )


def _ready_at(site: Site | None, at: datetime) -> datetime | None:
    """When somebody is there to pack; where nobody knows the hours, now."""
    if site is None:
        return at
    hours = hours_of(site.opening_hours, site.time_zone, site.country, site.point)
    is_open, changes_at = hours.at(at) if hours else (None, None)
    return changes_at if is_open is False else at


def _parts(
    ask: RouteAsk, words: _Words, shelves: Sequence[Shelf], counters: Mapping[str, RegisterFacts]
) -> dict[tuple[str, str, str], Parts]:
    lines = {line.variant_id: line for line in ask.lines}
    known: dict[tuple[str, str, str | None], Parts] = {}
    found: dict[tuple[str, str, str], Parts] = {}
    for shelf in shelves:
        owner, variant = shelf.stock.owner_party_id, shelf.variant_id
        is_here = shelf.place_id == ask.place_id
        packer = None if is_here else counters[shelf.place_id].operator_party_id
        if (owner, variant, packer) not in known:
            known[owner, variant, packer] = _parts_of_piece(lines[variant], words, owner, packer)
        found[shelf.place_id, owner, variant] = known[owner, variant, packer]
    return found


def _parts_of_piece(line: RouteLine, words: _Words, owner_id: str, packer_id: str | None) -> Parts:
    """What each party gets of one piece when it is this owner's, and that party packs it."""
    base = ShareBase(1, line.net_minor, owner_id, 1, line.list_minor, (), line.product_id, packer_id)
    [shared] = compute_shares(words.contract.terms, roles_at(words.seller), [base], CHANNEL)
    sums: dict[str, int] = {}
    for share in shared.shares:
        sums[share.party_id] = sums.get(share.party_id, 0) + share.amount_minor
    return sums
