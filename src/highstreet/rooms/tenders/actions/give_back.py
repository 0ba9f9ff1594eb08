"""Writes of refunds: begun, handed out, sent, or replaced by one that goes another way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.tenders.actions.move_tenders import (
    ADD_REFUNDED,
    add_evidence,
    announce_move,
    plan_tenders,
)
from highstreet.rooms.tenders.errors import NOT_FOUND, NOT_PENDING, NOT_REFUSED, REFUND_TOO_MUCH
from highstreet.rooms.tenders.model import OPEN_STATES, Evidence, Tender, refund_state
from highstreet.rooms.tenders.queries import tenders_named
from highstreet.rooms.tenders.rails.references import creditor_reference
from highstreet.rooms.tenders.tables import tender

_t = tender.c


def hand_out_owed(
    tx: Tx, brand_id: str, sale_id: str, register_id: str, at: datetime, slips: Sequence[str] = ()
) -> list[Tender]:
    """Cash that is owed for a sale is handed out at a register; what was handed out comes back.

    `slips`: numbers of the card terminal's slips for as many refunds that wait for one, the oldest first.
    """
    handed = tx.run(
        update(tender)
        .where(_t.brand_id == brand_id, _t.sale_id == sale_id, _t.direction == "out")
        .where(_t.rail == "cash", _t.state == "pending")
        .values(state="captured", settled_at=at, register_id=register_id)
        .returning(tender)
    )
    rows = list(handed.all())
    rows += _slips_handed_out(tx, brand_id, sale_id, register_id, at, slips)
    tenders = [Tender(**row._mapping) for row in rows]
    for one in tenders:
        announce_move(tx, one, at)
    return tenders


def _slips_handed_out(
    tx: Tx, brand_id: str, sale_id: str, register_id: str, at: datetime, slips: Sequence[str]
) -> list[Any]:
    if not slips:
        return []
    owed = (
        select(_t.id)
        .where(_t.brand_id == brand_id, _t.sale_id == sale_id, _t.direction == "out", _t.rail == "slip")
        .where(_t.state == "pending")
        .order_by(_t.created_at, _t.id)
    )
    handed: list[Any] = []
    for row, number in zip(tx.rows(owed), slips, strict=False):
        done = (
            update(tender)
            .where(_t.brand_id == brand_id, _t.id == row.id, _t.state == "pending")
            .values(state="captured", settled_at=at, register_id=register_id, reference=number)
            .returning(tender)
        )
        handed += tx.run(done).all()
    return handed


def start_refunds(tx: Tx, refunds: Sequence[Tender], *, owes_cash: bool = False) -> None:
    """Write refunds of captured tenders: captured at once or pending, as `refund_state` says.

    `owes_cash`: nobody is at the till to hand out cash, or slips; it stays pending until `hand_out_owed`.

    Errors: Refusal tenders.refund_too_much when more than was captured would be given back.
    """
    amounts: dict[tuple[str, str, str, str], int] = {}
    for refund in refunds:
        key = (refund.brand_id, refund.refunds_tender_id or "", refund.sale_id, refund.currency)
        amounts[key] = amounts.get(key, 0) + refund.amount_minor
    tx.change_all(
        ADD_REFUNDED,
        [
            {"brand_id": brand_id, "id": id_, "sale_id": sale_id, "currency": currency, "amount": amount}
            for (brand_id, id_, sale_id, currency), amount in sorted(amounts.items())
        ],
        REFUND_TOO_MUCH(),
    )
    plan_tenders(
        tx,
        [
            replace(refund, direction="out", state=refund_state(refund, is_owed=owes_cash))
            for refund in refunds
        ],
    )


@dataclass(frozen=True, slots=True)
class ReplaceRefund:
    """Staff lets a refund that its provider refused for good go by another rail: cash, or a bank transfer.

    `reference`: what the transfer says, where it was made with one of its own; else it gets ours.
    """

    brand_id: str
    refund_id: str
    new_id: str
    rail: str
    reference: str | None
    staff_id: str
    reason: str
    at: datetime


def replace_refund(tx: Tx, command: ReplaceRefund) -> Tender:
    """Write the refund that goes instead, once: pending until the cash is handed out, or the bank shows the transfer.

    The refused one stays refused, and says who approved. Errors: Refusal tenders.not_found, tenders.not_refused,
    tenders.refund_too_much, tenders.id_taken.
    """
    refused = tenders_named(tx, command.brand_id, [command.refund_id]).get(command.refund_id)
    if refused is None or refused.direction != "out" or refused.refunds_tender_id is None:
        raise NOT_FOUND()
    replaced = tx.run(
        update(tender)
        .where(_t.brand_id == command.brand_id, _t.id == command.refund_id, _t.direction == "out")
        .where(_t.state == "failed", _t.replaced_by_id.is_(None))
        .values(replaced_by_id=command.new_id)
    )
    if replaced.rowcount != 1:
        raise NOT_REFUSED()
    body = {"staff_id": command.staff_id, "reason": command.reason, "rail": command.rail}
    add_evidence(tx, [Evidence(command.brand_id, refused.id, command.at, "approved", body)])
    reference = None
    if command.rail == "transfer":
        reference = command.reference or creditor_reference(command.new_id)
    instead = replace(
        refused,
        id=command.new_id,
        rail=command.rail,
        state="pending",
        reason=None,
        provider_ref=None,
        reference=reference,
        created_at=command.at,
        settled_at=None,
        register_id=None,
    )
    key = {"brand_id": refused.brand_id, "id": refused.refunds_tender_id, "sale_id": refused.sale_id}
    amount = {"currency": refused.currency, "amount": refused.amount_minor}
    tx.change_all(ADD_REFUNDED, [{**key, **amount}], REFUND_TOO_MUCH())
    plan_tenders(tx, [instead])
    return instead


@dataclass(frozen=True, slots=True)
class NoteSent:
    """A member of staff says that they sent a refund by bank transfer."""

    brand_id: str
    refund_id: str
    staff_id: str
    note: str
    at: datetime


def note_sent(tx: Tx, command: NoteSent) -> None:
    """Keep their word as evidence; it proves nothing, the bank's row does (M3).

    Errors: Refusal tenders.not_found; tenders.not_pending when nobody waits for the transfer.
    """
    refund = tenders_named(tx, command.brand_id, [command.refund_id]).get(command.refund_id)
    if refund is None or (refund.direction, refund.rail) != ("out", "transfer"):
        raise NOT_FOUND()
    if refund.state not in OPEN_STATES:
        raise NOT_PENDING()
    body = {"staff_id": command.staff_id, "note": command.note}
    add_evidence(tx, [Evidence(command.brand_id, refund.id, command.at, "sent", body)])
