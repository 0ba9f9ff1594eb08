"""How an open sale ends: the provider's word about a tender settles it, gives it up, or leaves it open.

Paid settles the sale, declined or reversed gives everything back, unknown stays unknown. A sale paid in parts
(flows/pay_in_parts.py) stays open until its parts are its total, or until it is given up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.rail_accounts import money_in, money_out
from highstreet.flows.sell_at_register import FINISHED, OPENED, resolve_key, return_days_at, takes_of
from highstreet.flows.settle_sale import PaidSale, settle_sales
from highstreet.flows.share_sale import collector_at
from highstreet.flows.take_own_rails import put_back_failed
from highstreet.flows.tell_order import tell_order
from highstreet.kernel import idempotency, jobs
from highstreet.kernel.db import batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.time import business_day, format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import SaleTerms, terms_of_sale, terms_of_sales
from highstreet.rooms.ledger import AccountKey, Posting, post_transfers
from highstreet.rooms.members import members_for
from highstreet.rooms.offers import SaleRef as CouponSale
from highstreet.rooms.offers import redeem_reserved, roll_back
from highstreet.rooms.parcels import start_packing
from highstreet.rooms.parties import RegisterFacts, counters_for, registers_for
from highstreet.rooms.places import Site, sites_for
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
    FINAL_STATES,
    OPEN_STATES,
    SettleTender,
    Tender,
    capture_paid,
    capture_planned,
    fail_planned,
    is_plainly_paid,
    lock_payments,
    settle_tender,
    tenders_for,
)

PACKING_TIME = timedelta(days=30)
"""After so long an order that nobody has sent is given up, and paid back."""
DEPOSITS = "deposits"
"""The ledger's account of money held for sales that are not paid yet."""


@dataclass(frozen=True, slots=True)
class FinishTender:
    """A provider's answer about a tender, wherever it came from."""

    settle: SettleTender
    return_days: int


@batched
def finish_tender(tx: Tx, commands: Sequence[FinishTender]) -> Sequence[dict[str, Any] | Refusal]:
    """Bring providers' answers in; paid settles the whole sale, a final no gives everything back.

    Repeated, stale and late answers change nothing but the evidence. The sale's state comes back: the
    receipt when it is paid. Payments that are plainly paid, as most are, are settled together, all others
    one after the other behind them.
    """
    together = _plainly_paid(tx, [c.settle for c in commands])
    answers: dict[int, dict[str, Any]] = {}
    if together:
        tenders = capture_paid(tx, [(tender, commands[n].settle) for n, (tender, _) in together.items()])
        ends = [
            _End(sale, commands[n].settle.at, commands[n].return_days) for n, (_, sale) in together.items()
        ]
        answers.update(zip(together, complete_all(tx, ends), strict=True))
        _forget_queries(tx, tenders)
    return [answers[n] if n in answers else _finish_alone(tx, c) for n, c in enumerate(commands)]


def _plainly_paid(tx: Tx, settles: Sequence[SettleTender]) -> dict[int, tuple[Tender, Sale]]:
    """Which of these answers, by their index, capture the payment of an open sale that is paid at once.

    Of several about one sale the first only. A sale paid in parts is none: each part must see those before it.
    """
    paid = [s for s in settles if s.answer.outcome == "paid"]
    tenders = lock_payments(tx, [(s.brand_id, s.tender_id) for s in paid])
    sales = sales_for(tx, [(t.brand_id, t.sale_id) for t in tenders.values()])
    found: dict[int, tuple[Tender, Sale]] = {}
    seen: set[tuple[str, str]] = set()
    for n, settle in enumerate(settles):
        tender = tenders.get((settle.brand_id, settle.tender_id))
        if tender is None or not is_plainly_paid(tender, settle.answer):
            continue
        key = (tender.brand_id, tender.sale_id)
        if key not in seen and sales[key].state == "open" and not sales[key].is_in_parts:
            found[n] = (tender, sales[key])
            seen.add(key)
    return found


def _finish_alone(tx: Tx, command: FinishTender) -> dict[str, Any]:
    settle = command.settle
    settled = settle_tender(tx, settle)
    tender = settled.tender
    key = (tender.brand_id, tender.sale_id)
    sale = sales_for(tx, [key])[key]
    if settled.changed and tender.state in FINAL_STATES:
        _forget_queries(tx, [tender])
    if not settled.changed or sale.state not in ("open", "closing"):
        return sale_state(tx, sale, tender)
    if sale.is_in_parts:
        return finish_part(tx, sale, tender, settle.at, command.return_days)
    if tender.state == "captured":
        return complete(tx, sale, settle.at, command.return_days)
    if tender.state in ("failed", "reversed"):
        return give_up(tx, sale, tender, settle.at)
    return sale_state(tx, sale, tender)


def _forget_queries(tx: Tx, tenders: Sequence[Tender]) -> None:
    """Nobody need ask for these any more: the job that waits to do so goes, unless it is at it now."""
    jobs.forget_waiting(tx, [resolve_key(tender.id) for tender in tenders])


def finish_part(tx: Tx, sale: Sale, tender: Tender, at: datetime, return_days: int) -> dict[str, Any]:
    """One tender of a sale paid in parts has ended or moved: the last one pays the sale or lets it go."""
    lock_parts(tx, sale.brand_id, sale.id)
    tell_order(tx, sale, at)
    tenders = tenders_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    if tender.state == "captured":
        is_whole = held_minor(tenders) == sale.total_minor
        is_brought = is_whole and start_packing(tx, sale.brand_id, sale.id, at)
        if is_whole and not is_brought:
            return complete(tx, sale, at, return_days, last=tender)
        post_deposit(tx, sale, tender, at)
        if is_brought:  # its money is held until the goods are on their way
            hold_longer(tx, sale.brand_id, sale.id, at + PACKING_TIME)
        else:
            _hold_for_deposit(tx, sale, held_minor(tenders), tender.amount_minor, at)
    elif tender.state in ("failed", "reversed"):
        free_part(tx, sale.brand_id, sale.id, tender.amount_minor)
        if sale.state == "closing" and not is_under_way(tenders):
            return give_up(tx, sale, tender, at)
    return sale_state(tx, sales_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id], tender)


def _hold_for_deposit(tx: Tx, sale: Sale, held: int, came: int, at: datetime) -> None:
    """An order whose deposit came is kept for the brand's time, once: a cent more buys no more of it."""
    if sale.deposit_minor is None or not held - came < sale.deposit_minor <= held:
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
    collector = collector_at(frozen.contract, register, sale.origin) if frozen else register.operator_party_id
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
                "change_minor": 0 if t.given_minor is None else t.given_minor - t.amount_minor,
            }
            for t in tenders
        ],
    }


def _places_of(sale: Sale) -> set[str]:
    return {sale.place_id, *(sale.serves(line) for line in sale.lines)}


def _cells_of(sale: Sale, sites: Mapping[tuple[str, str], Site]) -> dict[str, int]:
    found = {place_id: sites.get((sale.brand_id, place_id)) for place_id in _places_of(sale)}
    return {place_id: site.cell if site else 0 for place_id, site in found.items()}


def cells_of_sale(reader: Reader, sale: Sale) -> dict[str, int]:
    """The H3 cells of the places that a sale's pieces come from, 0 without a position."""
    return _cells_of(sale, sites_for(reader, {(sale.brand_id, place_id) for place_id in _places_of(sale)}))


SaleKey = tuple[str, str]


def _key(sale: Sale) -> SaleKey:
    return sale.brand_id, sale.id


def registers_now(tx: Reader, sales: Sequence[Sale]) -> dict[SaleKey, RegisterFacts]:
    """The sales' registers as they are, by sale; of an order in the shop, which has none, where it is picked up."""
    registers = registers_for(tx, {(s.brand_id, s.register_id) for s in sales if s.register_id is not None})
    counters = counters_for(tx, {(s.brand_id, s.place_id) for s in sales if s.register_id is None})
    return {
        _key(s): counters[s.brand_id, s.place_id]
        if s.register_id is None
        else registers[s.brand_id, s.register_id]
        for s in sales
    }


def register_now(tx: Reader, sale: Sale) -> RegisterFacts:
    """The sale's register as it is; of an order in the shop, which has none, the place it is picked up at."""
    return registers_now(tx, [sale])[_key(sale)]


def register_then(tx: Reader, sale: Sale) -> RegisterFacts:
    """The sale's register with those who ran its place when the sale began: it may have others by now."""
    return _as_frozen(sale, register_now(tx, sale), terms_of_sale(tx, sale.brand_id, sale.id))


def _as_frozen(sale: Sale, register: RegisterFacts, frozen: SaleTerms | None) -> RegisterFacts:
    if frozen is None:
        raise LookupError(f"{sale.id} was opened without its terms")
    return replace(
        register,
        operator_party_id=frozen.operator_party_id,
        landlord_party_id=frozen.landlord_party_id,
    )


@dataclass(frozen=True, slots=True)
class _End:
    """A sale whose tenders may now be all captured. `last` is the part that came just now, of one paid in parts.

    `is_held`: all of it came before, and stands in the collector's deposits.
    """

    sale: Sale
    at: datetime
    return_days: int
    last: Tender | None = None
    is_held: bool = False


def settle_held(tx: Tx, sale: Sale, at: datetime, return_days: int) -> dict[str, Any]:
    """Settle a sale whose whole price is held since it was paid."""
    return complete_all(tx, [_End(sale, at, return_days, is_held=True)])[0]


def complete(
    tx: Tx, sale: Sale, at: datetime, return_days: int, *, last: Tender | None = None
) -> dict[str, Any]:
    """Settle an open sale whose tenders are all captured; else tell where it stands.

    `last` is the part that came just now: all others of a sale paid in parts were posted as deposits.
    """
    return complete_all(tx, [_End(sale, at, return_days, last)])[0]


def complete_all(tx: Tx, ends: Sequence[_End]) -> list[dict[str, Any]]:
    """`complete` for many sales, each named once."""
    captured = _captured(tx, ends)
    paid = [
        end for end in ends if sum(t.amount_minor for t in captured[_key(end.sale)]) == end.sale.total_minor
    ]
    receipts = _settle(tx, paid, captured)
    return [
        receipts[_key(end.sale)]
        if _key(end.sale) in receipts
        else sale_state(tx, end.sale, captured[_key(end.sale)][-1])
        for end in ends
    ]


def _captured(tx: Tx, ends: Sequence[_End]) -> dict[SaleKey, tuple[Tender, ...]]:
    """What was captured for each sale and is not given back, with what waited for the others and needs no provider."""
    keys = [_key(end.sale) for end in ends]
    tenders = tenders_for(tx, keys)
    waited = [
        end for end, key in zip(ends, keys, strict=True) if any(t.state == "planned" for t in tenders[key])
    ]
    for end in waited:
        capture_planned(tx, end.sale.brand_id, end.sale.id, end.at)
    if waited:
        tenders = tenders_for(tx, keys)
    return {
        key: tuple(
            t
            for t in tenders[key]
            if (t.direction, t.state) == ("in", "captured") and t.amount_minor > t.refunded_minor
        )
        for key in keys
    }


def _settle(
    tx: Tx, ends: Sequence[_End], captured: Mapping[SaleKey, tuple[Tender, ...]]
) -> dict[SaleKey, dict[str, Any]]:
    """The receipts of sales that are paid now, by sale."""
    if not ends:
        return {}
    sales = [end.sale for end in ends]
    sites = sites_for(tx, {(s.brand_id, place_id) for s in sales for place_id in _places_of(s)})
    refs, takes = [], []
    for end in ends:
        sale, site = end.sale, sites.get((end.sale.brand_id, end.sale.place_id))
        # A sale paid in parts belongs to the day of its last one, as its money and its goods do.
        zone = site.time_zone if site else "UTC"
        day = business_day(end.at, zone).isoformat() if sale.is_in_parts else None
        refs.append(SaleRef(sale.brand_id, sale.id, end.at, day))
        takes += takes_of(sale, _cells_of(sale, sites), end.at)
    mark_paid(tx, refs)
    take_reserved(tx, takes)
    redeem_reserved(tx, [CouponSale(end.sale.brand_id, end.sale.id, end.at) for end in ends])
    registers = registers_now(tx, sales)
    terms = terms_of_sales(tx, [_key(s) for s in sales])
    members = members_for(tx, {(s.brand_id, s.member_id) for s in sales if s.member_id is not None})
    paid = []
    for end in ends:
        sale, tenders = end.sale, captured[_key(end.sale)]
        frozen = terms.get(_key(sale))
        register = _as_frozen(sale, registers[_key(sale)], frozen)
        assert frozen is not None  # _as_frozen has looked
        last = end.last
        paid.append(
            PaidSale(
                sale=sale,
                register=register,
                member=members.get((sale.brand_id, sale.member_id or "")),
                contract=frozen.contract,
                tenders=tenders,
                discounts=tuple(sale.proof["discounts"]),
                at=end.at,
                return_days=return_days_at(register, end.return_days),
                deposited=frozenset()
                if last is None and not end.is_held
                else frozenset(t.id for t in tenders if last is None or t.id != last.id),
            )
        )
    receipts = settle_sales(tx, paid)
    _remember_ends(tx, [(end.sale, receipt) for end, receipt in zip(ends, receipts, strict=True)], ends[0].at)
    return {_key(end.sale): receipt for end, receipt in zip(ends, receipts, strict=True)}


def give_up(
    tx: Tx, sale: Sale, tender: Tender | None, at: datetime, *, reason: str | None = None
) -> dict[str, Any]:
    """Goods and coupons go back, planned cash was never taken, and the sale is abandoned for `tender`'s reason."""
    tell_order(tx, sale, at)
    release_reserved(tx, takes_of(sale, cells_of_sale(tx, sale), at))
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
    _remember_ends(tx, [(sale, answer)], at)
    return answer


def _remember_ends(tx: Tx, ends: Sequence[tuple[Sale, dict[str, Any]]], at: datetime) -> None:
    keys = [f"{sale.brand_id}:{sale.id}" for sale, _ in ends]
    opened = idempotency.stored(tx, OPENED, keys)
    remembered = [
        (key, opened[key].fingerprint, answer)
        for key, (_, answer) in zip(keys, ends, strict=True)
        if key in opened
    ]
    idempotency.remember(tx, FINISHED, remembered, at)
