"""How an open sale ends: the provider's word about a tender settles it, gives it up, or leaves it open.

Paid settles the sale, declined or reversed gives everything back, unknown stays unknown. A sale paid in parts
(flows/pay_in_parts.py) stays open until its parts are its total, or until it is given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.rail_accounts import money_in, money_out
from highstreet.flows.sell_at_register import FINISHED, OPENED, return_days_at, takes_of
from highstreet.flows.settle_sale import PaidSale, collector_at, settle_sales
from highstreet.flows.take_own_rails import put_back_failed
from highstreet.kernel import idempotency
from highstreet.kernel.time import business_day, format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import terms_of_sale
from highstreet.rooms.ledger import AccountKey, Posting, post_transfers
from highstreet.rooms.members import members_for
from highstreet.rooms.offers import SaleRef as CouponSale
from highstreet.rooms.offers import redeem_reserved, roll_back
from highstreet.rooms.parties import RegisterFacts, counters_for, registers_for
from highstreet.rooms.places import sites_for
from highstreet.rooms.sales import (
    AbandonSale,
    Sale,
    SaleRef,
    abandon_sale,
    free_part,
    hold_longer,
    lock_parts,
    mark_paid,
    order_rule_of,
    sales_for,
)
from highstreet.rooms.stock import release_reserved, take_reserved
from highstreet.rooms.tenders import (
    OPEN_STATES,
    SettleTender,
    Tender,
    capture_planned,
    fail_planned,
    settle_tender,
    tenders_for,
)

DEPOSITS = "deposits"
"""The ledger's account of money held for sales that are not paid yet."""


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
    if not settled.changed or sale.state not in ("open", "closing"):
        return sale_state(tx, sale, tender)
    if sale.is_in_parts:
        return finish_part(tx, sale, tender, settle.at, command.return_days)
    if tender.state == "captured":
        return complete(tx, sale, settle.at, command.return_days)
    if tender.state in ("failed", "reversed"):
        return give_up(tx, sale, tender, settle.at)
    return sale_state(tx, sale, tender)


def finish_part(tx: Tx, sale: Sale, tender: Tender, at: datetime, return_days: int) -> dict[str, Any]:
    """One tender of a sale paid in parts has ended or moved: the last one pays the sale or lets it go."""
    lock_parts(tx, sale.brand_id, sale.id)
    tenders = tenders_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    if tender.state == "captured":
        if held_minor(tenders) == sale.total_minor:
            return complete(tx, sale, at, return_days, last=tender)
        post_deposit(tx, sale, tender, at)
        _hold_for_deposit(tx, sale, held_minor(tenders), at)
    elif tender.state in ("failed", "reversed"):
        free_part(tx, sale.brand_id, sale.id, tender.amount_minor)
        if sale.state == "closing" and not is_under_way(tenders):
            return give_up(tx, sale, tender, at)
    return sale_state(tx, sales_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id], tender)


def _hold_for_deposit(tx: Tx, sale: Sale, held: int, at: datetime) -> None:
    """An order whose deposit came is kept for the brand's time; until then, only while people pay it."""
    if sale.deposit_minor is None or held < sale.deposit_minor:
        return
    rule = order_rule_of(tx, sale.brand_id)
    if rule is not None:
        hold_longer(tx, sale.brand_id, sale.id, at + timedelta(days=rule.hold_days))


def held_minor(tenders: Sequence[Tender]) -> int:
    """What was captured and is not given back, minor units."""
    return sum(
        t.amount_minor - t.refunded_minor for t in tenders if (t.direction, t.state) == ("in", "captured")
    )


def is_under_way(tenders: Sequence[Tender]) -> bool:
    """Whether money may still come in by one of them."""
    return any(t.direction == "in" and t.state in OPEN_STATES for t in tenders)


def post_deposit(tx: Tx, sale: Sale, tender: Tender, at: datetime) -> None:
    """Money for a sale that is not paid yet: the collector holds it and owes it to the shopper."""
    owed, brand_party = _deposits(tx, sale)
    moves = money_in(owed, tender.amount_minor, "deposit", rail=tender.rail, brand_party=brand_party)
    post_transfers(tx, [Posting(sale.brand_id, tender.id, at, tuple(moves))])


def post_deposit_back(tx: Tx, sale: Sale, refund: Tender, at: datetime) -> None:
    """Such money given back."""
    owed, brand_party = _deposits(tx, sale)
    moves = money_out(owed, refund.amount_minor, "deposit_back", rail=refund.rail, brand_party=brand_party)
    post_transfers(tx, [Posting(sale.brand_id, refund.id, at, tuple(moves))])


def _deposits(tx: Tx, sale: Sale) -> tuple[AccountKey, str]:
    """The collector's account of deposits, and the brand's own party."""
    register = register_then(tx, sale)
    frozen = terms_of_sale(tx, sale.brand_id, sale.id)
    collector = collector_at(frozen.contract, register) if frozen else register.operator_party_id
    return AccountKey(sale.brand_id, collector, DEPOSITS, sale.currency), register.brand_party_id


def sale_state(reader: Reader, sale: Sale, tender: Tender | None) -> dict[str, Any]:
    """What a register is told about a sale: its final answer if there is one, else where it stands."""
    stored_key = f"{sale.brand_id}:{sale.id}"
    for scope in (FINISHED, OPENED):
        found = idempotency.stored(reader, scope, [stored_key]).get(stored_key)
        if found is not None and found.answer["state"] != "open":
            answer: dict[str, Any] = found.answer
            return answer | _parts(reader, sale)
    return {
        "sale_id": sale.id,
        "state": sale.state,
        "currency": sale.currency,
        "total_minor": sale.total_minor,
        "tender_state": tender.state if tender else None,
        "reason": tender.reason if tender else None,
        **_parts(reader, sale),
    }


def _parts(reader: Reader, sale: Sale) -> dict[str, Any]:
    """Of a sale paid in parts: what was taken, what is due, and every part with its state."""
    if not sale.is_in_parts:
        return {}
    tenders = tenders_for(reader, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    return {
        "due_minor": sale.total_minor - sale.tendered_minor if sale.state == "open" else 0,
        "held_minor": held_minor(tenders),
        "deposit_minor": sale.deposit_minor,
        "held_until": None if sale.held_until is None else format_utc(sale.held_until),
        "parts": [
            {
                "tender_id": t.id,
                "direction": t.direction,
                "rail": t.rail,
                "state": t.state,
                "amount_minor": t.amount_minor,
                "reason": t.reason,
                # A card's is its id, which is nobody's business at a register.
                "reference": None if t.rail == "gift_card" else t.reference,
            }
            for t in tenders
        ],
    }


def _cell_of(tx: Tx, sale: Sale) -> int:
    site = sites_for(tx, {(sale.brand_id, sale.place_id)}).get((sale.brand_id, sale.place_id))
    return site.cell if site else 0


def register_now(tx: Reader, sale: Sale) -> RegisterFacts:
    """The sale's register as it is; of an order in the shop, which has none, the place it is picked up at."""
    if sale.register_id is None:
        return counters_for(tx, {(sale.brand_id, sale.place_id)})[sale.brand_id, sale.place_id]
    key = (sale.brand_id, sale.register_id)
    return registers_for(tx, {key})[key]


def register_then(tx: Reader, sale: Sale) -> RegisterFacts:
    """The sale's register with those who ran its place when the sale began: it may have others by now."""
    frozen = terms_of_sale(tx, sale.brand_id, sale.id)
    if frozen is None:
        raise LookupError(f"{sale.id} was opened without its terms")
    return replace(
        register_now(tx, sale),
        operator_party_id=frozen.operator_party_id,
        landlord_party_id=frozen.landlord_party_id,
    )


def complete(
    tx: Tx, sale: Sale, at: datetime, return_days: int, *, last: Tender | None = None
) -> dict[str, Any]:
    """Settle an open sale whose tenders are all captured; else tell where it stands.

    `last` is the part that came just now: all others of a sale paid in parts were posted as deposits.
    """
    sale_key = (sale.brand_id, sale.id)
    capture_planned(tx, *sale_key, at)
    tenders = tenders_for(tx, [sale_key])[sale_key]
    captured = tuple(t for t in tenders if t.state == "captured" and t.direction == "in")
    captured = tuple(t for t in captured if t.amount_minor > t.refunded_minor)
    if sum(t.amount_minor for t in captured) != sale.total_minor:
        return sale_state(tx, sale, captured[-1])
    site = sites_for(tx, {(sale.brand_id, sale.place_id)}).get((sale.brand_id, sale.place_id))
    # A sale paid in parts belongs to the day of its last one, as its money and its goods do.
    day = business_day(at, site.time_zone if site else "UTC").isoformat() if sale.is_in_parts else None
    mark_paid(tx, [SaleRef(sale.brand_id, sale.id, at, day)])
    take_reserved(tx, takes_of(sale, site.cell if site else 0, at))
    redeem_reserved(tx, [CouponSale(sale.brand_id, sale.id, at)])
    register = register_then(tx, sale)
    frozen = terms_of_sale(tx, *sale_key)
    assert frozen is not None  # register_then has looked
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
        return_days=return_days_at(register, return_days),
        deposited=frozenset() if last is None else frozenset(t.id for t in captured if t.id != last.id),
    )
    receipt = settle_sales(tx, [paid])[0]
    _remember_end(tx, sale, receipt, at)
    return receipt


def give_up(
    tx: Tx, sale: Sale, tender: Tender | None, at: datetime, *, reason: str | None = None
) -> dict[str, Any]:
    """Goods and coupons go back, planned cash was never taken, and the sale is abandoned for `tender`'s reason."""
    release_reserved(tx, takes_of(sale, _cell_of(tx, sale), at))
    roll_back(tx, [CouponSale(sale.brand_id, sale.id, at)])
    put_back_failed(tx, fail_planned(tx, sale.brand_id, sale.id, at), sale.member_id, at)
    reason = reason or (tender and (tender.reason or tender.state)) or "cancelled"
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
        "tender_state": tender.state if tender else None,
        "reason": reason,
    }
    _remember_end(tx, sale, answer, at)
    return answer


def _remember_end(tx: Tx, sale: Sale, answer: dict[str, Any], at: datetime) -> None:
    key = f"{sale.brand_id}:{sale.id}"
    opened = idempotency.stored(tx, OPENED, [key]).get(key)
    if opened is not None:
        idempotency.remember(tx, FINISHED, [(key, opened.fingerprint, answer)], at)
