"""A sale at a register. Cash is settled at once; a wallet's answer comes from outside, so it takes two steps.

`sell` prices the basket, takes stock and coupons, and either settles (no provider) or leaves an open sale with
a pending tender, durable before the provider is asked. `finish_sale.finish_tender` brings the answer in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.errors import NEEDS_HOLD, NOTHING_DUE, RAIL_OFF
from highstreet.flows.price_reasons import differences_of, discounts_of
from highstreet.flows.price_sale import BasketItem, PricedSale, PriceSale, price_sales
from highstreet.flows.settle_sale import PaidSale, settle_sales
from highstreet.flows.stand_at_register import ActHere, check_approved
from highstreet.flows.take_own_rails import Taking, check_rules, needs_taking, take_own
from highstreet.kernel import idempotency, jobs
from highstreet.kernel.db import batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import SaleTerms, freeze_terms
from highstreet.rooms.goods import BY_HAND
from highstreet.rooms.offers import UseCoupon, use_coupons
from highstreet.rooms.parties import RegisterFacts
from highstreet.rooms.registers import PRICE_ACT, ClerkAct, note_clerks
from highstreet.rooms.sales import (
    TOTAL_CHANGED,
    OrderRule,
    Sale,
    open_sales,
)
from highstreet.rooms.stock import Shortfall, TakeStock, reserve_stock, take_gone, take_stock
from highstreet.rooms.tenders import (
    NO_RULES,
    RAIL_KINDS,
    BrandRules,
    Tender,
    change_minor,
    cover_exactly,
    plan_tenders,
)

OPENED = "sale"
FINISHED = "sale.finished"
RESOLVE_JOB = "tenders.resolve"
LET_GO_JOB = "sales.let_go"
FIRST_QUERY_S = 5.0
"""When a provider is asked again, where its rail says nothing else; it answers most payments in one."""


def resolve_key(tender_id: str) -> str:
    """The once-key of the job that asks a tender's provider what became of it."""
    return f"{RESOLVE_JOB}:{tender_id}"


@dataclass(frozen=True, slots=True)
class TenderWish:
    """How the shopper wants to pay a part. `amount_minor` None means the rest; `given_minor` is cash in hand.

    `way`: "code" when the payer's code was scanned, "qr" when one is to be shown; None for cash.
    """

    tender_id: str
    rail: str
    amount_minor: int | None = None
    given_minor: int | None = None
    way: str | None = None
    reference: str | None = None
    """A slip's number, or a gift card's id once its code was read."""


@dataclass(frozen=True, slots=True)
class SellAtRegister:
    """A basket to be charged. The register made `sale_id` before it asked; it is the idempotency key."""

    brand_id: str
    register_id: str
    sale_id: str
    items: tuple[BasketItem, ...]
    member_id: str | None
    coupons: tuple[str, ...]
    currency: str
    expected_total_minor: int | None
    tenders: tuple[TenderWish, ...]
    fingerprint: str
    at: datetime
    return_days: int
    charged_minor: int | None = None
    """Set: the sale has happened offline, at this price: nothing may be refused for price, coupons or stock."""
    heard_at: datetime | None = None
    """Of such a sale: when we hear of it. Its points ripen from then on."""
    counts_at: datetime | None = None
    """Set: heard of so long after `at` that its money is of the drawer's day when it was heard, and coupons, offers and
    contract are those of then."""
    held_until: datetime | None = None
    """Set: the sale is paid in parts, added one by one (flows/pay_in_parts.py), and kept so long."""
    rules: BrandRules = NO_RULES
    """What the brand says about its rails."""
    place_id: str | None = None
    """Set: ordered in the shop, sold by that place; no register has to do with it yet."""
    served: tuple[tuple[str, str], ...] = ()
    """Of an order that was routed: where each item's pieces come from, and whose they are."""
    order_rule: OrderRule | None = None
    """What of such an order is to be paid in advance."""
    first_query_s: float = FIRST_QUERY_S
    clerk_id: str | None = None
    """Who is signed in at the register, if anybody."""
    approval_id: str | None = None
    """For prices set by hand: each needs a manager's."""

    @property
    def key(self) -> str:
        """Idempotency key: a sale id is unique within its brand."""
        return f"{self.brand_id}:{self.sale_id}"


@dataclass(frozen=True, slots=True)
class Sold:
    """What came of it: the receipt of a paid sale, or an open sale and the tender that waits for its provider."""

    answer: dict[str, Any]
    is_repeat: bool
    waiting: Tender | None = None
    brand_name: str = ""
    # Of a sale charged offline: what was otherwise than it would have been (`replay_journal.py`).
    differences: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    command: SellAtRegister
    priced: PricedSale
    sale: Sale
    tenders: tuple[Tender, ...]

    @property
    def is_settled_now(self) -> bool:
        return self.sale.state == "paid"


@batched
def sell(tx: Tx, commands: Sequence[SellAtRegister]) -> Sequence[Sold | Refusal]:
    """Charge many baskets. Refusals leave no trace; the same sale id again gives the first answer."""
    keys = [c.key for c in commands]
    answered: dict[str, Sold | Refusal] = {}
    before = idempotency.stored(tx, OPENED, keys)
    finished = idempotency.stored(tx, FINISHED, list(before)) if before else {}
    fresh: dict[str, SellAtRegister] = {}
    for command in commands:
        if command.key not in before and command.key not in fresh:
            fresh[command.key] = command
    drafts: list[_Draft] = []
    for command, priced in (
        zip(fresh.values(), price_sales(tx, [_ask(c) for c in fresh.values()]), strict=True) if fresh else ()
    ):
        if isinstance(priced, Refusal):
            answered[command.key] = priced
            continue
        try:
            draft = _draft(command, priced)
            _check_by_hand(tx, draft)
            drafts.append(draft)
        except Refusal as refusal:
            answered[command.key] = refusal
    for draft, (answer, short) in zip(drafts, _write(tx, drafts), strict=True):
        answered[draft.command.key] = Sold(
            answer,
            is_repeat=False,
            waiting=_waiting(draft),
            brand_name=draft.priced.register.brand_name_en,
            differences=differences_of(draft.priced, short),
        )
    return [_answer(c, fresh, answered, before, finished) for c in commands]


def _answer(
    command: SellAtRegister,
    fresh: dict[str, SellAtRegister],
    answered: dict[str, Sold | Refusal],
    before: Any,
    finished: Any,
) -> Sold | Refusal:
    key = command.key
    try:
        if key in finished:
            return Sold(finished[key].check(command.fingerprint), is_repeat=True)
        if key in before:
            return Sold(before[key].check(command.fingerprint), is_repeat=True)
    except Refusal as refusal:
        return refusal
    first, outcome = fresh[key], answered[key]
    if first is command or isinstance(outcome, Refusal):
        return outcome
    try:
        same = idempotency.StoredAnswer(first.fingerprint, outcome.answer)
        return Sold(same.check(command.fingerprint), is_repeat=True)
    except Refusal as refusal:
        return refusal


def was_asked(reader: Reader, brand_id: str, sale_id: str, fingerprint: str) -> bool:
    """Whether this very sale was asked for before. Errors: Refusal idempotency.mismatch."""
    key = f"{brand_id}:{sale_id}"
    before = idempotency.stored(reader, OPENED, [key]).get(key)
    if before is not None:
        before.check(fingerprint)
    return before is not None


def _ask(command: SellAtRegister) -> PriceSale:
    return PriceSale(
        brand_id=command.brand_id,
        register_id=command.register_id,
        items=command.items,
        member_id=command.member_id,
        coupons=command.coupons,
        currency=command.currency,
        at=command.at,
        charged_minor=command.charged_minor,
        heard_at=command.heard_at,
        counts_at=command.counts_at,
        place_id=command.place_id,
        served=command.served,
    )


def _draft(command: SellAtRegister, priced: PricedSale) -> _Draft:
    basket = priced.basket
    if command.expected_total_minor not in (None, basket.total_minor):
        raise TOTAL_CHANGED(expected_minor=command.expected_total_minor, total_minor=basket.total_minor)
    tenders = _tenders(command, priced)
    is_paid = not command.held_until and all(t.state == "captured" for t in tenders)
    sale = Sale(
        brand_id=command.brand_id,
        id=command.sale_id,
        place_id=priced.register.place_id,
        register_id=command.register_id or None,
        member_id=priced.member.member_id if priced.member else None,
        person_id=priced.member.person_id if priced.member else None,
        origin="register" if command.place_id is None else "shop",
        currency=basket.currency,
        list_minor=basket.list_minor,
        discount_minor=basket.discount_minor,
        total_minor=basket.total_minor,
        proof={**basket.proof(), "discounts": discounts_of(priced)},
        business_day=priced.business_day,
        opened_at=command.at,
        lines=priced.lines,
        state="paid" if is_paid else "open",
        paid_at=command.at if is_paid else None,
        held_until=command.held_until,
        deposit_minor=command.order_rule.deposit_of(basket.total_minor) if command.order_rule else None,
    )
    return _Draft(command, priced, sale, tenders)


def _check_by_hand(tx: Tx, draft: _Draft) -> None:
    """Prices set by hand are used up with their approval. Errors: those of `check_approved`."""
    command, basket = draft.command, draft.priced.basket
    off_minor = sum(a.discount_minor for a in basket.applied if a.kind == BY_HAND)
    if off_minor:
        check_approved(
            tx,
            ActHere(
                brand_id=command.brand_id,
                register_id=command.register_id,
                act=PRICE_ACT,
                sale_id=command.sale_id,
                amount_minor=off_minor,
                currency=basket.currency,
                used_for=command.sale_id,
                at=command.at,
                approval_id=command.approval_id,
            ),
        )


def draft_sale(command: SellAtRegister, priced: PricedSale) -> tuple[Sale, tuple[Tender, ...]]:
    """The sale and its tenders as `sell` would write them; nothing is written. Errors: those of `sell`."""
    draft = _draft(command, priced)
    return draft.sale, draft.tenders


def _tenders(command: SellAtRegister, priced: PricedSale) -> tuple[Tender, ...]:
    total = priced.basket.total_minor
    if total == 0 or command.held_until:  # a free basket needs no money; parts come one by one
        if total == 0 and command.held_until:
            raise NOTHING_DUE()
        return ()
    named = sum(w.amount_minor for w in command.tenders if w.amount_minor is not None)
    amounts = [total - named if w.amount_minor is None else w.amount_minor for w in command.tenders]
    cover_exactly(total, amounts)
    waits = any(RAIL_KINDS[w.rail].has_provider for w in command.tenders)
    tenders = []
    for wish, amount in zip(command.tenders, amounts, strict=True):
        kind = RAIL_KINDS[wish.rail]
        check_rules(command.rules, wish.rail, priced.register.place_id, amount)
        if not kind.has_provider and (not kind.is_at_once or (kind.needs_number and waits)):
            # A transfer takes days; and a slip says that money moved, whatever becomes of a wallet beside it.
            raise NEEDS_HOLD(rail=wish.rail)
        if kind.has_drawer and wish.given_minor is not None:
            change_minor(amount, wish.given_minor)
        state = "pending" if kind.has_provider else "planned" if waits else "captured"
        tenders.append(
            Tender(
                brand_id=command.brand_id,
                id=wish.tender_id,
                sale_id=command.sale_id,
                return_id=None,
                refunds_tender_id=None,
                place_id=priced.register.place_id,
                direction="in",
                rail=wish.rail,
                state=state,
                currency=priced.basket.currency,
                amount_minor=amount,
                refunded_minor=0,
                given_minor=wish.given_minor if kind.has_drawer else None,
                provider_ref=None,
                reason=None,
                created_at=command.at,
                settled_at=(command.counts_at or command.at) if state == "captured" else None,
                way=wish.way,
                # Not the sale's day, so like a part of a sale it is this register's by itself.
                register_id=command.register_id if command.counts_at else None,
                reference=wish.reference,
            )
        )
    if sum(t.state == "pending" for t in tenders) > 1:
        raise RAIL_OFF(rail="wallet")
    return tuple(tenders)


def takes_of(sale: Sale, cells: Mapping[str, int], at: datetime) -> list[TakeStock]:
    """What a sale takes from stock, line by line; `cells` are those of the places that its pieces come from."""
    return [
        TakeStock(
            brand_id=sale.brand_id,
            variant_id=line.variant_id,
            cell=cells[sale.serves(line)],
            place_id=sale.serves(line),
            owner_party_id=line.owner_party_id or "",
            quantity=line.quantity,
            ref_id=sale.id,
            line_no=line.line_no,
            at=at,
            is_online=sale.origin == "shop",
        )
        for line in sale.lines
    ]


def _write(tx: Tx, drafts: Sequence[_Draft]) -> list[tuple[dict[str, Any], list[Shortfall]]]:
    """Each draft's answer, and what of its goods had not been counted (charged offline only)."""
    short: dict[str, list[Shortfall]] = {}
    now = [d for d in drafts if d.is_settled_now]
    later = [d for d in drafts if not d.is_settled_now]
    open_sales(tx, [d.sale for d in drafts])
    plan_tenders(tx, [t for d in drafts for t in d.tenders])
    if acts := [act for d in drafts if (act := _act_of(d.command)) is not None]:
        note_clerks(tx, acts)
    if takings := [taking for d in drafts for taking in _takings(d) if needs_taking(taking)]:
        take_own(tx, takings)
    for draft in now:
        if draft.command.charged_minor is not None:
            gone = takes_of(draft.sale, draft.priced.cells, draft.command.at)
            short[draft.command.key] = take_gone(tx, gone)
    asked = [d for d in now if d.command.charged_minor is None]
    for group, take in ((asked, take_stock), (later, reserve_stock)):
        if takes := [t for d in group for t in takes_of(d.sale, d.priced.cells, d.command.at)]:
            take(tx, takes)
    for group, is_reserved in ((now, False), (later, True)):
        if uses := [u for d in group for u in _uses(d)]:
            use_coupons(tx, uses, reserve=is_reserved)
    if later:
        freeze_terms(tx, [_terms(d) for d in later])
    answers: dict[str, dict[str, Any]] = {}
    receipts = settle_sales(tx, [_paid(d) for d in now]) if now else []
    for draft, receipt in zip(now, receipts, strict=True):
        answers[draft.command.key] = receipt
    for draft in later:
        answers[draft.command.key] = {"sale_id": draft.sale.id, "state": "open"}
        if _waiting(draft) is None:
            _let_go_in_time(tx, draft.command)
    _query_in_time(tx, [(d.command, t) for d in later if (t := _waiting(d)) is not None])
    if drafts:
        remembered = [(d.command.key, d.command.fingerprint, answers[d.command.key]) for d in drafts]
        idempotency.remember(tx, OPENED, remembered, drafts[0].command.at)
    return [(answers[d.command.key], short.get(d.command.key, [])) for d in drafts]


def _waiting(draft: _Draft) -> Tender | None:
    return next((t for t in draft.tenders if t.state == "pending"), None)


def _query_in_time(tx: Tx, waiting: Sequence[tuple[SellAtRegister, Tender]]) -> None:
    if waiting:
        jobs.enqueue_many(
            tx,
            RESOLVE_JOB,
            [{"tender_id": tender.id} for _, tender in waiting],
            run_at=[command.at + timedelta(seconds=command.first_query_s) for command, _ in waiting],
            now=waiting[0][0].at,
            once_keys=[resolve_key(tender.id) for _, tender in waiting],
        )


def _act_of(command: SellAtRegister) -> ClerkAct | None:
    if command.clerk_id is None:
        return None
    return ClerkAct(command.brand_id, command.sale_id, command.register_id, command.clerk_id, command.at)


def _takings(draft: _Draft) -> list[Taking]:
    sale, rules = draft.sale, draft.command.rules
    return [
        Taking(t, draft.command.register_id, sale.member_id, sale.business_day, rules) for t in draft.tenders
    ]


def _let_go_in_time(tx: Tx, command: SellAtRegister) -> None:
    if command.held_until is None:
        raise LookupError(f"{command.sale_id} waits for nothing")
    jobs.enqueue(
        tx,
        LET_GO_JOB,
        {"brand_id": command.brand_id, "sale_id": command.sale_id},
        run_at=command.held_until,
        now=command.at,
        once_key=f"{LET_GO_JOB}:{command.brand_id}:{command.sale_id}",
    )


def _uses(draft: _Draft) -> list[UseCoupon]:
    return [
        UseCoupon(
            brand_id=draft.sale.brand_id,
            coupon_id=applied.coupon_id,
            offer_id=applied.offer_id,
            sale_id=draft.sale.id,
            person_id=draft.sale.person_id,
            discount_minor=applied.discount_minor,
            at=draft.command.at,
        )
        for applied in draft.priced.basket.applied
        if applied.coupon_id is not None
    ]


def _terms(draft: _Draft) -> SaleTerms:
    register = draft.priced.register
    return SaleTerms(
        brand_id=draft.sale.brand_id,
        sale_id=draft.sale.id,
        contract=draft.priced.contract,
        operator_party_id=register.operator_party_id,
        landlord_party_id=register.landlord_party_id,
    )


def _paid(draft: _Draft) -> PaidSale:
    return PaidSale(
        sale=draft.sale,
        register=draft.priced.register,
        member=draft.priced.member,
        contract=draft.priced.contract,
        tenders=draft.tenders,
        discounts=tuple(draft.sale.proof["discounts"]),
        at=draft.command.at,
        heard_at=draft.command.heard_at,
        counts_at=draft.command.counts_at,
        return_days=return_days_at(draft.priced.register, draft.command.return_days),
    )


def return_days_at(register: RegisterFacts, usual: int) -> int:
    return usual if register.return_days is None else register.return_days
