"""A sale at a register. Cash is settled at once; a wallet's answer comes from outside, so it takes two steps.

`sell` prices the basket, takes stock and coupons, and either settles (all cash) or leaves an open sale with
a pending tender, durable before the provider is asked. `finish_tender` brings the provider's answer in:
paid settles the sale, declined or reversed gives everything back, unknown stays unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.errors import RAIL_OFF
from highstreet.flows.price_sale import BasketItem, PricedSale, PriceSale, price_sales
from highstreet.flows.settle_sale import PaidSale, settle_sales
from highstreet.kernel import idempotency, jobs
from highstreet.kernel.db import batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import SaleTerms, freeze_terms, terms_of_sale
from highstreet.rooms.members import members_for
from highstreet.rooms.offers import SaleRef as CouponSale
from highstreet.rooms.offers import UseCoupon, redeem_reserved, roll_back, use_coupons
from highstreet.rooms.parties import RegisterFacts, registers_for
from highstreet.rooms.places import sites_for
from highstreet.rooms.sales import (
    TOTAL_CHANGED,
    AbandonSale,
    Sale,
    SaleRef,
    abandon_sale,
    mark_paid,
    open_sales,
    sales_for,
)
from highstreet.rooms.stock import TakeStock, release_reserved, reserve_stock, take_reserved, take_stock
from highstreet.rooms.tenders import (
    SettleTender,
    Tender,
    capture_planned,
    change_minor,
    cover_exactly,
    fail_planned,
    plan_tenders,
    settle_tender,
    tenders_for,
)

OPENED = "sale"
FINISHED = "sale.finished"
RESOLVE_JOB = "tenders.resolve"
# The provider is asked again after 5 s; it answers most payments in one.
FIRST_QUERY = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class TenderWish:
    """How the shopper wants to pay a part. `amount_minor` None means the rest; `given_minor` is cash in hand."""

    tender_id: str
    rail: str
    amount_minor: int | None = None
    given_minor: int | None = None


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
        return all(t.state == "captured" for t in self.tenders)


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
    )


def _draft(command: SellAtRegister, priced: PricedSale) -> _Draft:
    basket = priced.basket
    if command.expected_total_minor not in (None, basket.total_minor):
        raise TOTAL_CHANGED(expected_minor=command.expected_total_minor, total_minor=basket.total_minor)
    tenders = _tenders(command, priced)
    is_paid = all(t.state == "captured" for t in tenders)
    sale = Sale(
        brand_id=command.brand_id,
        id=command.sale_id,
        place_id=priced.register.place_id,
        register_id=command.register_id,
        member_id=command.member_id,
        person_id=priced.member.person_id if priced.member else None,
        origin="register",
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
    if total == 0:  # a free basket needs no money
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
            )
        )
    if sum(t.state == "pending" for t in tenders) > 1:
        raise RAIL_OFF(rail="wallet")
    return tuple(tenders)


def _takes(sale: Sale, cell: int, at: datetime) -> list[TakeStock]:
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
        if takes := [t for d in group for t in _takes(d.sale, d.priced.cell, d.command.at)]:
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
        waiting = next(t for t in draft.tenders if t.state == "pending")
        jobs.enqueue(
            tx,
            RESOLVE_JOB,
            {"tender_id": waiting.id},
            run_at=draft.command.at + FIRST_QUERY,
            now=draft.command.at,
            once_key=f"{RESOLVE_JOB}:{waiting.id}",
        )
    if drafts:
        remembered = [(d.command.key, d.command.fingerprint, answers[d.command.key]) for d in drafts]
        idempotency.remember(tx, OPENED, remembered, drafts[0].command.at)
    return [answers[d.command.key] for d in drafts]


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
        return_days=_return_days(draft.priced.register, draft.command.return_days),
    )


def _return_days(register: RegisterFacts, usual: int) -> int:
    return usual if register.return_days is None else register.return_days


@dataclass(frozen=True, slots=True)
class FinishTender:
    """A provider's answer about a tender, wherever it came from."""

    settle: SettleTender
    return_days: int


def finish_tender(tx: Tx, command: FinishTender) -> dict[str, Any]:
    """Bring a provider's answer in; paid settles the whole sale, a final no gives everything back.

    Repeated, stale and late answers change nothing but the evidence. The sale's state comes back: the
    receipt when it is paid.
    """
    settle = command.settle
    settled = settle_tender(tx, settle)
    tender = settled.tender
    key = (tender.brand_id, tender.sale_id)
    sale = sales_for(tx, [key])[key]
    if settled.changed and sale.state == "open":
        if tender.state == "captured":
            return _complete(tx, sale, settle.at, command.return_days)
        if tender.state in ("failed", "reversed"):
            return _give_up(tx, sale, tender, settle.at)
    return sale_state(tx, sale, tender)


def sale_state(reader: Reader, sale: Sale, tender: Tender | None) -> dict[str, Any]:
    """What a register is told about a sale: its final answer if there is one, else where it stands."""
    stored_key = f"{sale.brand_id}:{sale.id}"
    for scope in (FINISHED, OPENED):
        found = idempotency.stored(reader, scope, [stored_key]).get(stored_key)
        if found is not None and found.answer["state"] != "open":
            answer: dict[str, Any] = found.answer
            return answer
    return {
        "sale_id": sale.id,
        "state": sale.state,
        "currency": sale.currency,
        "total_minor": sale.total_minor,
        "tender_state": tender.state if tender else None,
        "reason": tender.reason if tender else None,
    }


def _cell_of(tx: Tx, sale: Sale) -> int:
    site = sites_for(tx, {(sale.brand_id, sale.place_id)}).get((sale.brand_id, sale.place_id))
    return site.cell if site else 0


def _complete(tx: Tx, sale: Sale, at: datetime, return_days: int) -> dict[str, Any]:
    sale_key = (sale.brand_id, sale.id)
    capture_planned(tx, *sale_key, at)
    tenders = tenders_for(tx, [sale_key])[sale_key]
    captured = tuple(t for t in tenders if t.state == "captured" and t.direction == "in")
    if sum(t.amount_minor for t in captured) != sale.total_minor:
        return sale_state(tx, sale, captured[-1])
    ref = SaleRef(sale.brand_id, sale.id, at)
    mark_paid(tx, [ref])
    take_reserved(tx, _takes(sale, _cell_of(tx, sale), at))
    redeem_reserved(tx, [CouponSale(sale.brand_id, sale.id, at)])
    register_key = (sale.brand_id, sale.register_id or "")
    # The place may have another operator by now: this sale was theirs who ran it when it began.
    frozen = terms_of_sale(tx, *sale_key)
    if frozen is None:
        raise LookupError(f"{sale.id} was opened without its terms")
    register = replace(
        registers_for(tx, {register_key})[register_key],
        operator_party_id=frozen.operator_party_id,
        landlord_party_id=frozen.landlord_party_id,
    )
    member = None
    if sale.member_id is not None:
        member = members_for(tx, {(sale.brand_id, sale.member_id)}).get((sale.brand_id, sale.member_id))
    paid = PaidSale(
        sale=sale,
        register=register,
        member=member,
        contract=frozen.contract,
        tenders=captured,
        discounts=tuple(sale.proof["discounts"]),
        at=at,
        return_days=_return_days(register, return_days),
    )
    receipt = settle_sales(tx, [paid])[0]
    _remember_end(tx, sale, receipt, at)
    return receipt


def _give_up(tx: Tx, sale: Sale, tender: Tender, at: datetime) -> dict[str, Any]:
    release_reserved(tx, _takes(sale, _cell_of(tx, sale), at))
    roll_back(tx, [CouponSale(sale.brand_id, sale.id, at)])
    fail_planned(tx, sale.brand_id, sale.id, at)
    reason = tender.reason or tender.state
    frozen = terms_of_sale(tx, sale.brand_id, sale.id)
    operator = frozen.operator_party_id if frozen else None
    abandon_sale(
        tx, AbandonSale(sale.brand_id, sale.id, sale.place_id, sale.register_id, reason, at, operator)
    )
    answer = {
        "sale_id": sale.id,
        "state": "abandoned",
        "currency": sale.currency,
        "total_minor": sale.total_minor,
        "tender_state": tender.state,
        "reason": reason,
    }
    _remember_end(tx, sale, answer, at)
    return answer


def _remember_end(tx: Tx, sale: Sale, answer: dict[str, Any], at: datetime) -> None:
    key = f"{sale.brand_id}:{sale.id}"
    opened = idempotency.stored(tx, OPENED, [key]).get(key)
    if opened is not None:
        idempotency.remember(tx, FINISHED, [(key, opened.fingerprint, answer)], at)
