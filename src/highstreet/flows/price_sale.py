"""What a basket costs at a register, for this member, with these coupons, now; and from whose stock it goes.

One question or sixty-four cost the same number of statements. The answer holds every fact that settling
the sale needs, so that nothing is looked up twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from highstreet.flows.errors import (
    COUPON_UNUSABLE,
    GOODS_UNKNOWN,
    MEMBER_UNKNOWN,
    OUT_OF_STOCK,
    REGISTER_UNKNOWN,
)
from highstreet.kernel.errors import Refusal
from highstreet.kernel.time import business_day
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import NO_CONTRACT, Contract, contracts_for
from highstreet.rooms.goods import (
    BY_HAND,
    BasketLine,
    PricedBasket,
    PricedLine,
    PricedVariant,
    PriceRule,
    as_charged,
    price_basket,
    prices_for,
)
from highstreet.rooms.members import MemberFacts, members_for
from highstreet.rooms.offers import CouponFacts, OfferFacts, automatic_offers, coupons_for, why_not
from highstreet.rooms.parties import RegisterFacts, counters_for, registers_for
from highstreet.rooms.places import Site, sites_for
from highstreet.rooms.sales import CURRENCY_DIFFERS, SaleLine, check_quantities
from highstreet.rooms.stock import OwnerStock, choose_owner, owners_for


@dataclass(frozen=True, slots=True)
class BasketItem:
    """Pieces of one GTIN (14 digits); `hand_minor` is a unit price that somebody at the register set."""

    gtin: str
    quantity: int
    hand_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PriceSale:
    """A basket at a register. `coupons` are coupon ids or public codes."""

    brand_id: str
    register_id: str
    items: tuple[BasketItem, ...]
    member_id: str | None
    coupons: tuple[str, ...]
    currency: str | None
    at: datetime
    # A question only: unusable coupons are listed, not refused, and stock is not looked at.
    is_quote: bool = False
    # Charged offline already: for coupons and stock nothing is refused, and the total is this one.
    charged_minor: int | None = None
    # Of such a sale: when we hear of it; and `counts_at`, the same, when that is too late to take its word for `at`.
    heard_at: datetime | None = None
    counts_at: datetime | None = None
    # Set for an order without a register: where its goods are picked up, or who sells what others deliver.
    place_id: str | None = None
    # Of an order that was routed: where each item's pieces come from, and whose they are.
    served: tuple[tuple[str, str], ...] = ()

    @property
    def ruled_at(self) -> datetime:
        """Whose coupons, offers and contract hold: those of `at`, unless only a device says when that was."""
        return self.counts_at or self.at

    @property
    def compared_at(self) -> datetime:
        """The other moment of a sale charged offline: when it is heard, or when its device says that it was."""
        return self.at if self.counts_at else self.heard_at or self.at


@dataclass(frozen=True, slots=True)
class PricedSale:
    """A priced basket with all the facts behind it."""

    ask: PriceSale
    register: RegisterFacts
    site: Site | None
    member: MemberFacts | None
    contract: Contract
    basket: PricedBasket
    lines: tuple[SaleLine, ...]
    coupons: dict[str, CouponFacts | OfferFacts]
    unusable: tuple[tuple[str, str], ...]
    # Charged offline: the contract of when it was heard is another than that of its time.
    is_contract_other: bool = False
    # H3 cells of the places that pieces come from, 0 without a position.
    cells: Mapping[str, int] = field(default_factory=dict)

    @property
    def business_day(self) -> str:
        """The trading day at the place (ISO date)."""
        zone = self.site.time_zone if self.site else "UTC"
        return business_day(self.ask.at, zone).isoformat()


@dataclass(frozen=True, slots=True)
class _Facts:
    registers: dict[tuple[str, str], RegisterFacts]
    sites: dict[tuple[str, str], Site]
    prices: dict[tuple[str, str], PricedVariant]
    members: dict[tuple[str, str], MemberFacts]
    coupons: dict[tuple[str, str], CouponFacts]
    automatic: dict[str, list[OfferFacts]]
    contracts: dict[tuple[str, str, str], Contract]
    compared: dict[tuple[str, str, str], Contract]
    stock: dict[tuple[str, str, int, str], tuple[OwnerStock, ...]]
    # What companies who keep goods at another's place agreed on with the brand.
    guests: dict[tuple[str, str, str], Contract]


def price_sales(reader: Reader, asks: Sequence[PriceSale]) -> list[PricedSale | Refusal]:
    """Price many baskets; each is answered or refused on its own."""
    facts = _load(reader, asks)
    answers: list[PricedSale | Refusal] = []
    for ask in asks:
        try:
            answers.append(_price(ask, facts))
        except Refusal as refusal:
            answers.append(refusal)
    return answers


def price_sale(reader: Reader, ask: PriceSale) -> PricedSale:
    """Price one basket (the register's quote)."""
    answer = price_sales(reader, [ask])[0]
    if isinstance(answer, Refusal):
        raise answer
    return answer


def _load(reader: Reader, asks: Sequence[PriceSale]) -> _Facts:
    registers = registers_for(reader, {(a.brand_id, a.register_id) for a in asks if a.place_id is None})
    registers |= counters_for(reader, {(a.brand_id, a.place_id) for a in asks if a.place_id is not None})
    served = {(a.brand_id, place_id) for a in asks for place_id, _ in a.served}
    sites = sites_for(reader, served | {(r.brand_id, r.place_id) for r in registers.values()})
    prices = prices_for(reader, {(a.brand_id, i.gtin) for a in asks for i in a.items})
    stock_keys = set()
    for ask in asks:
        register = registers.get((ask.brand_id, ask.place_id or ask.register_id))
        if register is None or ask.is_quote:
            continue
        for no, item in enumerate(ask.items):
            price = prices.get((ask.brand_id, item.gtin))
            if price is not None:
                place_id = ask.served[no][0] if ask.served else register.place_id
                cell = _cell(sites, ask.brand_id, place_id)
                stock_keys.add((ask.brand_id, price.variant_id, cell, place_id))
    member_keys = {(a.brand_id, a.member_id) for a in asks if a.member_id is not None}
    coupon_keys = {(a.brand_id, code) for a in asks for code in a.coupons}
    contract_keys = {(r.brand_id, r.operator_party_id, r.place_id) for r in registers.values()}
    stock = owners_for(reader, stock_keys) if stock_keys else {}
    hosts = {(r.brand_id, r.place_id): (r.operator_party_id, r.brand_party_id) for r in registers.values()}
    guest_keys = {
        (key[0], owner.owner_party_id, key[3])
        for key, owners in stock.items()
        for owner in owners
        if owner.owner_party_id not in hosts.get((key[0], key[3]), ())
    }
    return _Facts(
        registers=registers,
        sites=sites,
        prices=prices,
        members=members_for(reader, member_keys) if member_keys else {},
        coupons=coupons_for(reader, coupon_keys) if coupon_keys else {},
        automatic=automatic_offers(reader, {a.brand_id for a in asks}, asks[0].ruled_at)
        if member_keys
        else {},
        contracts=contracts_for(reader, contract_keys, asks[0].ruled_at),
        compared={}
        if asks[0].heard_at is None
        else contracts_for(reader, contract_keys, asks[0].compared_at),
        stock=stock,
        guests=contracts_for(reader, guest_keys, asks[0].ruled_at) if guest_keys else {},
    )


def _price(ask: PriceSale, facts: _Facts) -> PricedSale:
    register = facts.registers.get((ask.brand_id, ask.place_id or ask.register_id))
    if register is None or not register.is_active:
        raise REGISTER_UNKNOWN()
    if ask.currency is not None and ask.currency != register.currency:
        raise CURRENCY_DIFFERS(expected=register.currency)
    contract, is_contract_other = _contract(ask, register, facts)
    member = None
    if ask.member_id is not None:
        member = facts.members.get((ask.brand_id, ask.member_id))
        if member is None or not member.is_served:  # whose consent ended is as unknown as who never was
            if ask.charged_minor is None:
                raise MEMBER_UNKNOWN()
            member = None  # the sale has happened, and stays: it names nobody
    check_quantities([item.quantity for item in ask.items])
    variants = [_variant(ask, item, register, facts) for item in ask.items]
    rules, coupons, unusable = _rules(ask, member, facts)
    # What was charged offline says itself what was taken off.
    hands = [item.hand_minor if ask.charged_minor is None else None for item in ask.items]
    if any(hand is not None for hand in hands):
        rules.insert(0, PriceRule(BY_HAND, None, BY_HAND, register.operator_party_id, is_stackable=True))
    basket = price_basket(
        register.currency,
        [
            BasketLine(no, variant.variant_id, item.quantity, variant.list_minor, variant.member_minor, hand)
            for no, (item, variant, hand) in enumerate(zip(ask.items, variants, hands, strict=True), start=1)
        ],
        rules,
        is_member=member is not None,
    )
    if ask.charged_minor is not None:
        basket = as_charged(basket, ask.charged_minor, register.operator_party_id)
    site = facts.sites.get((ask.brand_id, register.place_id))
    lines = tuple(
        SaleLine(
            line_no=line.line_no,
            variant_id=variant.variant_id,
            gtin=variant.gtin,
            name_en=variant.name_en,
            name_zh=variant.name_zh,
            owner_party_id=None if ask.is_quote else _owner(ask, line, variant, contract, register, facts),
            quantity=line.quantity,
            unit_list_minor=line.unit_list_minor,
            discount_minor=line.discount_minor,
            net_minor=line.net_minor,
            place_id=_other_place(ask, line.line_no, register),
        )
        for line, variant in zip(basket.lines, variants, strict=True)
    )
    places = {line.place_id or register.place_id for line in lines}
    cells = {place_id: _cell(facts.sites, ask.brand_id, place_id) for place_id in places}
    return PricedSale(
        ask, register, site, member, contract, basket, lines, coupons, unusable, is_contract_other, cells
    )


def _cell(sites: Mapping[tuple[str, str], Site], brand_id: str, place_id: str) -> int:
    site = sites.get((brand_id, place_id))
    return site.cell if site else 0


def _other_place(ask: PriceSale, line_no: int, register: RegisterFacts) -> str | None:
    """Where a routed line comes from, if not from the place that sells it."""
    place_id = ask.served[line_no - 1][0] if ask.served else register.place_id
    return None if place_id == register.place_id else place_id


def _contract(ask: PriceSale, register: RegisterFacts, facts: _Facts) -> tuple[Contract, bool]:
    """The contract that holds, and whether a sale heard later has another one by then.

    Who owns a device sets its clock: no older contract is chosen without a word. Errors: Refusal channel.no_contract.
    """
    key = (ask.brand_id, register.operator_party_id, register.place_id)
    contract = facts.contracts.get(key)
    if ask.heard_at is None:
        if contract is None:
            raise NO_CONTRACT()
        return contract, False
    compared = facts.compared.get(key)
    held = contract or compared  # one that ended, or began, meanwhile is no reason to lose a sale
    if held is None:
        raise NO_CONTRACT()
    return held, contract is None or compared is None or _version(contract) != _version(compared)


def _version(contract: Contract) -> tuple[str, int]:
    return contract.id, contract.version


def _variant(ask: PriceSale, item: BasketItem, register: RegisterFacts, facts: _Facts) -> PricedVariant:
    variant = facts.prices.get((ask.brand_id, item.gtin))
    if variant is None or variant.currency != register.currency:
        raise GOODS_UNKNOWN(gtin=item.gtin)
    return variant


def _owner(
    ask: PriceSale,
    line: PricedLine,
    variant: PricedVariant,
    contract: Contract,
    register: RegisterFacts,
    facts: _Facts,
) -> str:
    quantity = line.quantity
    place_id = _other_place(ask, line.line_no, register) or register.place_id
    key = (ask.brand_id, variant.variant_id, _cell(facts.sites, ask.brand_id, place_id), place_id)
    willing = [o for o in facts.stock.get(key, ()) if _agrees(o, ask, contract, register, facts, place_id)]
    if ask.served:  # a route named the owner; whether they still agree was asked just now
        willing = [o for o in willing if o.owner_party_id == ask.served[line.line_no - 1][1]]
    # Who orders from afar is promised neither what is on display nor what is kept back.
    owner = choose_owner(willing, quantity, register.operator_party_id, is_online=ask.place_id is not None)
    if owner is None and ask.charged_minor is not None:
        return register.operator_party_id  # they are gone: whose place it is answers for the count
    if owner is None:
        raise OUT_OF_STOCK(gtin=variant.gtin)
    return owner


def _agrees(
    owner: OwnerStock,
    ask: PriceSale,
    contract: Contract,
    register: RegisterFacts,
    facts: _Facts,
    place_id: str,
) -> bool:
    """Whether the owner's contract lets its pieces be sold from there, in this channel (G2)."""
    channel, party_id = "register" if ask.place_id is None else "shop", owner.owner_party_id
    if party_id == register.operator_party_id and place_id == register.place_id:
        return channel == "register" or channel in contract.terms.stock.operator_for
    if party_id == register.brand_party_id:
        return channel in contract.terms.stock.brand_for
    theirs = facts.guests.get((ask.brand_id, party_id, place_id))
    if theirs is None or channel not in theirs.terms.stock.operator_for:
        return False
    # Who keeps goods here knows this place's contract; from elsewhere nobody gives pieces for nothing.
    is_paid = party_id == register.operator_party_id or contract.terms.pays_owner(channel)
    return place_id == register.place_id or is_paid


def _rules(
    ask: PriceSale, member: MemberFacts | None, facts: _Facts
) -> tuple[list[PriceRule], dict[str, CouponFacts | OfferFacts], tuple[tuple[str, str], ...]]:
    rules: list[PriceRule] = []
    used: dict[str, CouponFacts | OfferFacts] = {}
    unusable: list[tuple[str, str]] = []
    offers_used: set[str] = set()  # an offer helps a basket once, however many of its coupons are shown
    if member is not None:
        for offer in facts.automatic.get(ask.brand_id, ()):
            used[offer.offer_id] = offer
            rules.append(price_rule_of(offer, None))
    person_id = member.person_id if member else None
    for code in dict.fromkeys(ask.coupons):
        coupon = facts.coupons.get((ask.brand_id, code))
        reason = "unknown" if coupon is None else why_not(coupon, person_id, ask.ruled_at)
        if reason == "not_yours":  # say the same as for a coupon that never was
            reason = "unknown"
        if reason is None and coupon and coupon.offer_id in offers_used and coupon.coupon_id not in used:
            reason = "same_offer"
        if coupon is None or reason is not None:
            if not ask.is_quote and ask.charged_minor is None:
                raise COUPON_UNUSABLE(coupon=code[:40], reason=reason)
            unusable.append((code, reason or "unknown"))
        elif coupon.coupon_id not in used:
            used[coupon.coupon_id] = coupon
            offers_used.add(coupon.offer_id)
            rules.append(price_rule_of(coupon, coupon.coupon_id))
    return rules, used, tuple(unusable)


def price_rule_of(offer: CouponFacts | OfferFacts, coupon_id: str | None) -> PriceRule:
    """An offer as the price function takes it."""
    terms: dict[str, Any] = offer.terms
    return PriceRule(
        offer_id=offer.offer_id,
        coupon_id=coupon_id,
        kind=offer.kind,
        funder_party_id=offer.funder_party_id,
        is_stackable=offer.is_stackable,
        spend_minor=terms.get("spend_minor", 0),
        off_minor=terms.get("off_minor", 0),
        percent_bp=terms.get("percent_bp", 0),
        max_off_minor=terms.get("max_off_minor"),
    )
