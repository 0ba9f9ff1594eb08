"""A sale at a register. Cash is settled at once; a wallet's answer comes from outside, so it takes two steps.

`sell` prices the basket, takes stock and coupons, and either settles (all cash) or leaves an open sale with
a pending tender, durable before the provider is asked. `finish_sale.finish_tender` brings the answer in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.errors import NOTHING_DUE, RAIL_OFF
from highstreet.flows.price_sale import BasketItem, PricedSale, PriceSale, price_sales
from highstreet.flows.settle_sale import PaidSale, settle_sales
from highstreet.kernel import idempotency, jobs
from highstreet.kernel.db import batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import SaleTerms, freeze_terms
from highstreet.rooms.offers import UseCoupon, use_coupons
from highstreet.rooms.parties import RegisterFacts
from highstreet.rooms.sales import (
    TOTAL_CHANGED,
    OrderRule,
    Sale,
    open_sales,
)
from highstreet.rooms.stock import TakeStock, reserve_stock, take_stock
from highstreet.rooms.tenders import (
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
    held_until: datetime | None = None
    """Set: the sale is paid in parts, added one by one (flows/pay_in_parts.py), and kept so long."""
    place_id: str | None = None
    """Set: ordered in the shop for pickup there; no register has to do with it yet."""
    order_rule: OrderRule | None = None
    """What of such an order is to be paid in advance."""
    first_query_s: float = FIRST_QUERY_S

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
            drafts.append(_draft(command, priced))
        except Refusal as refusal:
            answered[command.key] = refusal
    for draft, answer in zip(drafts, _write(tx, drafts), strict=True):
        waiting = next((t for t in draft.tenders if t.state == "pending"), None)
        answered[draft.command.key] = Sold(answer, is_repeat=False, waiting=waiting)
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
        place_id=command.place_id,
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
        member_id=command.member_id,
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


def discounts_of(priced: PricedSale) -> list[dict[str, Any]]:
    """Why the price is lower than the list, in words for a receipt."""
    reasons = []
    for applied in priced.basket.applied:
        source = priced.coupons[applied.coupon_id or applied.offer_id]
        reasons.append(
            {
                "offer_id": applied.offer_id,
                "coupon_id": applied.coupon_id,
                "kind": applied.kind,
                "title_en": source.title_en,
                "title_zh": source.title_zh,
                "amount_minor": applied.discount_minor,
            }
        )
    return reasons


def _tenders(command: SellAtRegister, priced: PricedSale) -> tuple[Tender, ...]:
    total = priced.basket.total_minor
    if total == 0 or command.held_until:  # a free basket needs no money; parts come one by one
        if total == 0 and command.held_until:
            raise NOTHING_DUE()
        return ()
    named = sum(w.amount_minor for w in command.tenders if w.amount_minor is not None)
    amounts = [total - named if w.amount_minor is None else w.amount_minor for w in command.tenders]
    cover_exactly(total, amounts)
    has_provider = any(w.rail != "cash" for w in command.tenders)
    tenders = []
    for wish, amount in zip(command.tenders, amounts, strict=True):
        if wish.rail == "cash":
            if wish.given_minor is not None:
                change_minor(amount, wish.given_minor)
            state = "planned" if has_provider else "captured"
        else:
            state = "pending"
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
                given_minor=wish.given_minor if wish.rail == "cash" else None,
                provider_ref=None,
                reason=None,
                created_at=command.at,
                settled_at=command.at if state == "captured" else None,
                way=wish.way,
            )
        )
    if sum(t.state == "pending" for t in tenders) > 1:
        raise RAIL_OFF(rail="wallet")
    return tuple(tenders)


def takes_of(sale: Sale, cell: int, at: datetime) -> list[TakeStock]:
    return [
        TakeStock(
            brand_id=sale.brand_id,
            variant_id=line.variant_id,
            cell=cell,
            place_id=sale.place_id,
            owner_party_id=line.owner_party_id or "",
            quantity=line.quantity,
            ref_id=sale.id,
            line_no=line.line_no,
            at=at,
        )
        for line in sale.lines
    ]


def _write(tx: Tx, drafts: Sequence[_Draft]) -> list[dict[str, Any]]:
    now = [d for d in drafts if d.is_settled_now]
    later = [d for d in drafts if not d.is_settled_now]
    open_sales(tx, [d.sale for d in drafts])
    plan_tenders(tx, [t for d in drafts for t in d.tenders])
    for group, take, is_reserved in ((now, take_stock, False), (later, reserve_stock, True)):
        if takes := [t for d in group for t in takes_of(d.sale, d.priced.cell, d.command.at)]:
            take(tx, takes)
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
        waiting = next((t for t in draft.tenders if t.state == "pending"), None)
        if waiting is None:
            _let_go_in_time(tx, draft.command)
            continue
        jobs.enqueue(
            tx,
            RESOLVE_JOB,
            {"tender_id": waiting.id},
            run_at=draft.command.at + timedelta(seconds=draft.command.first_query_s),
            now=draft.command.at,
            once_key=f"{RESOLVE_JOB}:{waiting.id}",
        )
    if drafts:
        remembered = [(d.command.key, d.command.fingerprint, answers[d.command.key]) for d in drafts]
        idempotency.remember(tx, OPENED, remembered, drafts[0].command.at)
    return [answers[d.command.key] for d in drafts]


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
        return_days=return_days_at(draft.priced.register, draft.command.return_days),
    )


def return_days_at(register: RegisterFacts, usual: int) -> int:
    return usual if register.return_days is None else register.return_days
