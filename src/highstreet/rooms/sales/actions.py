"""Writes of sales."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, func, select, update

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.sales.errors import ID_TAKEN, NOT_OPEN, NOT_PAID, RETURN_TOO_MUCH, SALE_UNKNOWN
from highstreet.rooms.sales.events import ReturnApproved, SaleAbandoned
from highstreet.rooms.sales.model import OrderRule, ReturnApproval, Sale, SaleReturn, hour_of
from highstreet.rooms.sales.queries import sales_for
from highstreet.rooms.sales.tables import (
    order_rule,
    return_approval,
    sale,
    sale_hour,
    sale_line,
    sale_return,
    sale_return_line,
)

_s, _n, _h = sale.c, sale_line.c, sale_hour.c
# What an hour's sums are made from; not the proof, which is long.
_COUNTED = (
    _s.brand_id,
    _s.id,
    _s.place_id,
    _s.register_id,
    _s.member_id,
    _s.currency,
    _s.state,
    _s.paid_at,
    _s.total_minor,
    _s.discount_minor,
    _s.returned_minor,
)
_PAID = KeyedQuery(
    {"brand_id": Text, "sale_id": Text},
    lambda wanted: (
        select(*_COUNTED)
        .select_from(wanted.rows)
        .join(sale, (_s.brand_id == wanted.brand_id) & (_s.id == wanted.sale_id))
    ),
)
_HOUR_SUMS = ("sales", "member_sales", "total_minor", "discount_minor", "returned_minor")

MARK_PAID = Change(
    {"brand_id": Text, "sale_id": Text, "at": Instant, "day": Text},
    lambda v: (
        update(sale)
        .where(_s.brand_id == v.brand_id, _s.id == v.sale_id, _s.state == "open")
        .values(state="paid", paid_at=v.at, business_day=func.coalesce(v.day, _s.business_day))
    ),
)
RETURN_LINE = Change(
    {"brand_id": Text, "sale_id": Text, "line_no": Integer, "quantity": Integer, "refund": BigInteger},
    lambda v: (
        update(sale_line)
        .where(_n.brand_id == v.brand_id, _n.sale_id == v.sale_id, _n.line_no == v.line_no)
        .where(_n.returned_quantity + v.quantity <= _n.quantity)
        .where(_n.returned_minor + v.refund <= _n.net_minor)
        .values(
            returned_quantity=_n.returned_quantity + v.quantity, returned_minor=_n.returned_minor + v.refund
        )
    ),
)


def open_sales(tx: Tx, sales: Sequence[Sale]) -> None:
    """Write sales and their lines in the state they carry (open, or paid at once).

    Errors: Refusal sales.id_taken when an id was used before.
    """
    if _insert_heads(tx, sales) != len(sales):
        raise ID_TAKEN()
    _insert_lines(tx, sales)
    _count_paid(tx, sales)


def import_history(tx: Tx, sales: Sequence[Sale]) -> int:
    """Take in sales of the past; those already there (by id) are passed over. The new ones are counted."""
    known = {
        (row.brand_id, row.id)
        for row in tx.rows(
            select(_s.brand_id, _s.id).where(
                _s.brand_id.in_({s.brand_id for s in sales}), _s.id.in_({s.id for s in sales})
            )
        )
    }
    # A sale that stands twice in the list is taken once, as it stands first.
    fresh = {(s.brand_id, s.id): s for s in reversed(sales) if (s.brand_id, s.id) not in known}
    _insert_heads(tx, list(fresh.values()))
    _insert_lines(tx, list(fresh.values()))
    _count_paid(tx, list(fresh.values()))
    return len(fresh)


def _insert_heads(tx: Tx, sales: Sequence[Sale]) -> int:
    return tx.insert_many(
        sale,
        [
            {
                "brand_id": s.brand_id,
                "id": s.id,
                "place_id": s.place_id,
                "register_id": s.register_id,
                "member_id": s.member_id,
                "person_id": s.person_id,
                "state": s.state,
                "origin": s.origin,
                "currency": s.currency,
                "list_minor": s.list_minor,
                "discount_minor": s.discount_minor,
                "total_minor": s.total_minor,
                "returned_minor": s.returned_minor,
                "proof": s.proof,
                "business_day": s.business_day,
                "opened_at": s.opened_at,
                "paid_at": s.paid_at,
                "held_until": s.held_until,
                "tendered_minor": s.tendered_minor,
                "deposit_minor": s.deposit_minor,
            }
            for s in sales
        ],
        ignore_existing=True,
    )


def _insert_lines(tx: Tx, sales: Sequence[Sale]) -> None:
    tx.insert_many(
        sale_line,
        [
            {
                "brand_id": s.brand_id,
                "sale_id": s.id,
                "line_no": line.line_no,
                "variant_id": line.variant_id,
                "gtin": line.gtin,
                "name_en": line.name_en,
                "name_zh": line.name_zh,
                "owner_party_id": line.owner_party_id,
                "quantity": line.quantity,
                "unit_list_minor": line.unit_list_minor,
                "discount_minor": line.discount_minor,
                "net_minor": line.net_minor,
                "returned_quantity": line.returned_quantity,
                "returned_minor": line.returned_minor,
                "place_id": line.place_id,
            }
            for s in sales
            for line in s.lines
        ],
    )


def _count_paid(tx: Tx, sales: Iterable[Any]) -> None:
    """Add the paid ones, sales or their rows, to the sums of their hours: once, in the payment's transaction."""
    hours: dict[tuple[str, datetime, str, str, str], dict[str, Any]] = {}
    for s in sales:
        if s.state != "paid":
            continue
        at = s.paid_at
        key = (s.brand_id, hour_of(at), s.place_id, s.register_id or "", s.currency)
        sums = hours.setdefault(key, {**dict.fromkeys(_HOUR_SUMS, 0), "last_paid_at": at})
        sums["sales"] += 1
        sums["member_sales"] += s.member_id is not None
        sums["total_minor"] += s.total_minor
        sums["discount_minor"] += s.discount_minor
        sums["returned_minor"] += s.returned_minor
        sums["last_paid_at"] = max(sums["last_paid_at"], at)
    rows = [
        {"brand_id": brand, "hour": hour, "place_id": place, "register_id": register, "currency": currency}
        | sums
        for (brand, hour, place, register, currency), sums in sorted(hours.items())
    ]
    tx.add_up(sale_hour, rows, sums=_HOUR_SUMS, newest=["last_paid_at"])


@dataclass(frozen=True, slots=True)
class SaleRef:
    """A sale and a moment; `business_day` when that is another than the one it was opened on."""

    brand_id: str
    sale_id: str
    at: datetime
    business_day: str | None = None


def mark_paid(tx: Tx, refs: Sequence[SaleRef]) -> None:
    """Open sales become paid, once. Raises `sales.not_open`."""
    refs = sorted(refs, key=lambda r: (r.brand_id, r.sale_id))  # every writer locks rows in the same order
    rows = [{"brand_id": r.brand_id, "sale_id": r.sale_id, "at": r.at, "day": r.business_day} for r in refs]
    tx.change_all(MARK_PAID, rows, NOT_OPEN())
    _count_paid(tx, _PAID.rows(tx, [(r.brand_id, r.sale_id) for r in refs]))


@dataclass(frozen=True, slots=True)
class AbandonSale:
    """Give up an open sale, and say why."""

    brand_id: str
    sale_id: str
    place_id: str
    register_id: str | None
    reason: str
    at: datetime
    operator_party_id: str | None = None


def take_part(tx: Tx, brand_id: str, sale_id: str, amount_minor: int, at: datetime) -> bool:
    """Reserve a part of an open sale's total for one tender; False when less is due, or nothing is any more."""
    taken = tx.run(
        update(sale)
        .where(_s.brand_id == brand_id, _s.id == sale_id, _s.state == "open", _s.held_until > at)
        .where(_s.tendered_minor + amount_minor <= _s.total_minor)
        .values(tendered_minor=_s.tendered_minor + amount_minor)
    )
    return taken.rowcount == 1


def lock_parts(tx: Tx, brand_id: str, sale_id: str) -> None:
    """One part after another from here to the commit: two last parts at once would each miss the other."""
    tx.run(
        update(sale).where(_s.brand_id == brand_id, _s.id == sale_id).values(tendered_minor=_s.tendered_minor)
    )


def free_part(tx: Tx, brand_id: str, sale_id: str, amount_minor: int) -> None:
    """A part's tender came to nothing: its amount is due again."""
    tx.run(
        update(sale)
        .where(_s.brand_id == brand_id, _s.id == sale_id, _s.held_until.is_not(None))
        .where(_s.tendered_minor >= amount_minor)
        .values(tendered_minor=_s.tendered_minor - amount_minor)
    )


def hold_longer(tx: Tx, brand_id: str, sale_id: str, until: datetime) -> None:
    """An order whose deposit is paid is kept for the brand's time; never shorter than it was."""
    tx.run(
        update(sale)
        .where(_s.brand_id == brand_id, _s.id == sale_id, _s.state == "open", _s.held_until < until)
        .values(held_until=until)
    )


def set_order_rule(tx: Tx, rule: OrderRule) -> None:
    """From now on orders are taken so; earlier ones keep their deposit."""
    row = {name: getattr(rule, name) for name in OrderRule.__slots__}
    if tx.insert_many(order_rule, [row], ignore_existing=True) != 1:
        tx.run(update(order_rule).where(order_rule.c.brand_id == rule.brand_id).values(**row))


@dataclass(frozen=True, slots=True)
class ServeLine:
    """A line's pieces come from another place, or from another owner, than was thought."""

    brand_id: str
    sale_id: str
    line_no: int
    place_id: str
    owner_party_id: str


def serve_line(tx: Tx, command: ServeLine) -> None:
    """Only while the sale is open: then nobody's share was computed. Errors: Refusal sales.not_open."""
    is_open = (
        select(_s.id)
        .where(_s.brand_id == command.brand_id, _s.id == command.sale_id, _s.state == "open")
        .exists()
    )
    changed = tx.run(
        update(sale_line)
        .where(_n.brand_id == command.brand_id, _n.sale_id == command.sale_id)
        .where(_n.line_no == command.line_no, is_open)
        .values(place_id=command.place_id, owner_party_id=command.owner_party_id)
    )
    if changed.rowcount != 1:
        raise NOT_OPEN()


def start_closing(tx: Tx, brand_id: str, sale_id: str) -> bool:
    """A sale paid in parts is given up: from now on nothing more is taken for it. False when it is not open."""
    closing = tx.run(
        update(sale)
        .where(_s.brand_id == brand_id, _s.id == sale_id, _s.state == "open", _s.held_until.is_not(None))
        .values(state="closing")
    )
    return closing.rowcount == 1


def abandon_sale(tx: Tx, command: AbandonSale) -> None:
    """An open sale, or one that is closing, becomes abandoned. Raises `sales.not_open`."""
    changed = tx.run(
        update(sale)
        .where(_s.brand_id == command.brand_id, _s.id == command.sale_id, _s.state.in_(("open", "closing")))
        .values(state="abandoned")
    )
    if changed.rowcount != 1:
        raise NOT_OPEN()
    tx.announce(
        SaleAbandoned(
            at=command.at,
            brand_id=command.brand_id,
            place_id=command.place_id,
            sale_id=command.sale_id,
            register_id=command.register_id,
            reason=command.reason,
            operator_party_id=command.operator_party_id,
        )
    )


def forget_person(tx: Tx, person_id: str) -> int:
    """Sales stay for the books, without the person; their count comes back.

    The member's id stays: a return still reverses the points it earned.
    """
    return tx.run(update(sale).where(_s.person_id == person_id).values(person_id=None)).rowcount


def approve_returns(tx: Tx, approval: ReturnApproval) -> None:
    """Let a paid sale's goods come back until then. Errors: Refusal sales.sale_unknown, not_paid."""
    key = (approval.brand_id, approval.sale_id)
    found = sales_for(tx, [key]).get(key)
    if found is None:
        raise SALE_UNKNOWN()
    if found.state != "paid" or not found.is_ours:
        raise NOT_PAID()
    row = {name: getattr(approval, name) for name in ReturnApproval.__slots__}
    tx.insert_many(return_approval, [row])
    tx.announce(
        ReturnApproved(
            at=approval.approved_at,
            brand_id=approval.brand_id,
            place_id=found.place_id,
            approval_id=approval.id,
            sale_id=approval.sale_id,
            staff_id=approval.staff_id,
            valid_until=approval.valid_until,
        )
    )


def record_return(tx: Tx, command: SaleReturn) -> None:
    """Write a return; never more pieces or money than were sold.

    Errors: Refusal sales.return_too_much, sales.not_paid, sales.id_taken when the return's id was used before.
    """
    key = {"brand_id": command.brand_id, "sale_id": command.sale_id}
    rows = [
        {**key, "line_no": line.line_no, "quantity": line.quantity, "refund": line.refund_minor}
        for line in command.lines
    ]
    tx.change_all(RETURN_LINE, rows, RETURN_TOO_MUCH(line_no=0, left=0))
    changed = tx.run(
        update(sale)
        .where(_s.brand_id == command.brand_id, _s.id == command.sale_id, _s.state == "paid")
        .where(_s.returned_minor + command.refund_minor <= _s.total_minor)
        .values(returned_minor=_s.returned_minor + command.refund_minor)
    )
    if changed.rowcount != 1:
        raise NOT_PAID()
    _count_returned(tx, command)
    written = tx.insert_many(
        sale_return,
        [
            {
                "brand_id": command.brand_id,
                "id": command.id,
                "sale_id": command.sale_id,
                "place_id": command.place_id,
                "register_id": command.register_id,
                "currency": command.currency,
                "refund_minor": command.refund_minor,
                "reason": command.reason,
                "staff_id": command.staff_id,
                "at": command.at,
            }
        ],
        ignore_existing=True,
    )
    if written != 1:
        raise ID_TAKEN()
    tx.insert_many(
        sale_return_line,
        [
            {
                "brand_id": command.brand_id,
                "return_id": command.id,
                "line_no": line.line_no,
                "quantity": line.quantity,
                "refund_minor": line.refund_minor,
            }
            for line in command.lines
        ],
    )


def _count_returned(tx: Tx, command: SaleReturn) -> None:
    """Take a return into account in the hour in which its sale was paid, for ever the same."""
    paid = tx.first(
        select(_s.paid_at, _s.place_id, _s.register_id, _s.currency).where(
            _s.brand_id == command.brand_id, _s.id == command.sale_id
        )
    )
    assert paid is not None  # it was just found to be paid
    tx.run(
        update(sale_hour)
        .where(_h.brand_id == command.brand_id, _h.hour == hour_of(paid.paid_at))
        .where(_h.place_id == paid.place_id, _h.register_id == (paid.register_id or ""))
        .where(_h.currency == paid.currency)
        .values(returned_minor=_h.returned_minor + command.refund_minor)
    )
