"""Writes of tenders: planned, settled, refunded. No state is forced by hand."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, and_, func, select, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.tenders.actions.keep_rules import free_days
from highstreet.rooms.tenders.errors import ID_TAKEN, NOT_FOUND, NOT_REFUSED, REFUND_TOO_MUCH
from highstreet.rooms.tenders.events import (
    LateReversal,
    LateSuccess,
    TenderSettled,
    TenderUnknown,
)
from highstreet.rooms.tenders.model import (
    FINAL_STATES,
    LINK,
    NO_EFFECT_REASONS,
    OPEN_STATES,
    REVERSING,
    Evidence,
    RailAnswer,
    Tender,
    check_amount,
    rails_that,
    refund_state,
    state_after,
    states_before,
)
from highstreet.rooms.tenders.queries import tenders_named
from highstreet.rooms.tenders.tables import (
    tender,
    tender_evidence,
)

_t = tender.c
_COLUMNS = tuple(f.name for f in fields(Tender))
AT_ONCE = rails_that(is_at_once=True)
_REASON_LENGTH = 60

ADD_REFUNDED = Change(
    {"brand_id": Text, "id": Text, "sale_id": Text, "currency": Text, "amount": BigInteger},
    lambda v: (
        update(tender)
        .where(_t.brand_id == v.brand_id, _t.id == v.id, _t.sale_id == v.sale_id)
        .where(_t.direction == "in", _t.state == "captured", _t.currency == v.currency)
        .where(_t.refunded_minor + v.amount <= _t.amount_minor)
        .values(refunded_minor=_t.refunded_minor + v.amount)
    ),
)


def plan_tenders(tx: Tx, tenders: Sequence[Tender]) -> None:
    """Write tenders in the state they carry: cash captured at once, the rest planned or pending.

    Errors: Refusal tenders.id_taken when an id was used before.
    """
    rows = [{name: getattr(t, name) for name in _COLUMNS} for t in tenders]
    for row in rows:
        if row["state"] == "captured" and row["settled_at"] is None:
            row["settled_at"] = row["created_at"]
    if tx.insert_many(tender, rows, ignore_existing=True) != len(rows):
        raise ID_TAKEN()


def add_evidence(tx: Tx, evidence: Sequence[Evidence]) -> None:
    """Keep what was asked or said; evidence is only ever added."""
    tx.insert_many(tender_evidence, [asdict(e) for e in evidence])


@dataclass(frozen=True, slots=True)
class SettleTender:
    """What a provider said of a tender, and how we heard: answered, queried, noticed, billed or reversed."""

    brand_id: str
    tender_id: str
    answer: RailAnswer
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """The tender as it now is, and whether its state changed."""

    tender: Tender
    changed: bool


def settle_tender(tx: Tx, command: SettleTender) -> Settled:
    """Apply a provider's word to a payment; a repeated or stale one only adds evidence.

    A payment reported after failure or reversal announces `tenders.late_success.v1`, a reversal reported
    after capture `tenders.late_reversal.v1`; the state stays. Errors: Refusal tenders.not_found.
    """
    settled, answer = _settle(tx, command, "in")
    now = settled.tender
    if not settled.changed and answer.outcome == "paid" and now.state in ("failed", "reversed"):
        _announce_late_success(tx, now, answer, command.at)
    if not settled.changed and answer.outcome == "reversed" and now.state == "captured":
        tx.announce(
            LateReversal(
                at=command.at,
                brand_id=now.brand_id,
                place_id=now.place_id,
                tender_id=now.id,
                sale_id=now.sale_id,
                rail=now.rail,
                amount_minor=now.amount_minor,
                currency=now.currency,
            )
        )
    return settled


def settle_refund(tx: Tx, command: SettleTender) -> Settled:
    """Apply a provider's word to a refund: refunded captures it; declined fails it and frees its amount.

    A refund reported done after it failed announces `tenders.late_success.v1`. Errors: tenders.not_found.
    """
    settled, answer = _settle(tx, command, "out")
    now = settled.tender
    if settled.changed and now.state == "failed":
        tx.run(
            update(tender)
            .where(_t.brand_id == now.brand_id, _t.id == now.refunds_tender_id)
            .where(_t.refunded_minor >= now.amount_minor)
            .values(refunded_minor=_t.refunded_minor - now.amount_minor)
        )
    if not settled.changed and answer.outcome == "refunded" and now.state == "failed":
        _announce_late_success(tx, now, answer, command.at)
    return settled


def _settle(tx: Tx, command: SettleTender, direction: str) -> tuple[Settled, RailAnswer]:
    key = and_(_t.brand_id == command.brand_id, _t.id == command.tender_id, _t.direction == direction)
    before = tx.first(select(tender).where(key))
    if before is None:
        raise NOT_FOUND()
    said = command.answer
    body = {
        **said.evidence,
        "outcome": said.outcome,
        "provider_ref": said.provider_ref,
        "reason": said.reason,
    }
    add_evidence(tx, [Evidence(command.brand_id, command.tender_id, command.at, command.source, body)])
    answer = check_amount(Tender(**before._mapping), said)
    changed = _move(tx, key, direction, answer, command.at)
    if changed and state_after(direction, answer) in ("failed", "reversed"):
        free_days(tx, command.brand_id, [command.tender_id])
    row = tx.first(select(tender).where(key))
    assert row is not None
    after = Tender(**row._mapping)
    if changed:
        _announce_move(tx, after, command.at)
    return Settled(after, changed), answer


def _move(tx: Tx, key: Any, direction: str, answer: RailAnswer, at: datetime) -> bool:
    """One guarded UPDATE: the state may have moved since it was read."""
    to_state = state_after(direction, answer)
    if to_state is None:
        return False
    before = set(states_before(to_state))
    if answer.outcome == "declined" and answer.reason in NO_EFFECT_REASONS:
        before.discard("unknown")
    change = update(tender).where(key, _t.state.in_(sorted(before)))
    if to_state in ("captured", "pending"):
        change = change.where(_t.reason.is_distinct_from(REVERSING))
    reason = None if to_state in ("captured", "pending") else (answer.reason or "")[:_REASON_LENGTH] or None
    moved = tx.run(
        change.values(
            state=to_state,
            reason=reason,
            provider_ref=func.coalesce(answer.provider_ref, _t.provider_ref),
            settled_at=at if to_state in FINAL_STATES else None,
        )
    )
    return moved.rowcount == 1


def start_reversal(tx: Tx, brand_id: str, tender_id: str, at: datetime) -> bool:
    """Before asking the provider to reverse an open payment: from now on it is not captured.

    Without this, a payment noticed while the reversal is under way would be captured, then given back.
    False when the tender is not open any more.
    """
    moved = tx.run(
        update(tender)
        .where(_t.brand_id == brand_id, _t.id == tender_id, _t.direction == "in")
        .where(_t.state.in_(OPEN_STATES))
        .values(state="unknown", reason=REVERSING)
    )
    if moved.rowcount != 1:
        return False
    add_evidence(tx, [Evidence(brand_id, tender_id, at, "asked", {"call": "reverse"})])
    return True


def capture_planned(tx: Tx, brand_id: str, sale_id: str, at: datetime) -> list[Tender]:
    """What needs no provider in a mixed sale is captured, once its other tenders are; those captured come back."""
    return _end_planned(tx, brand_id, sale_id, at, "captured", None, _t.rail.in_(AT_ONCE))


def fail_planned(
    tx: Tx, brand_id: str, sale_id: str, at: datetime, reason: str = "abandoned"
) -> list[Tender]:
    """Planned tenders of a sale given up fail; no provider ever heard of them. Those failed come back."""
    return _end_planned(tx, brand_id, sale_id, at, "failed", reason, _t.direction == "in")


def _end_planned(
    tx: Tx, brand_id: str, sale_id: str, at: datetime, state: str, reason: str | None, which: Any
) -> list[Tender]:
    ended = tx.run(
        update(tender)
        .where(_t.brand_id == brand_id, _t.sale_id == sale_id, _t.state == "planned", which)
        .values(state=state, settled_at=at, reason=reason)
        .returning(tender)
    )
    tenders = [Tender(**row._mapping) for row in ended.all()]
    if state == "failed":
        free_days(tx, brand_id, [one.id for one in tenders])
    for one in tenders:
        _announce_move(tx, one, at)
    return tenders


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
        _announce_move(tx, one, at)
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


def choose_rail(tx: Tx, brand_id: str, tender_id: str, rail: str) -> bool:
    """Whoever was sent a link says how they pay, once; False when they did before, or it is over."""
    chosen = tx.run(
        update(tender)
        .where(_t.brand_id == brand_id, _t.id == tender_id, _t.state == "planned", _t.rail == LINK)
        .values(rail=rail, state="pending")
    )
    return chosen.rowcount == 1


def end_link(tx: Tx, brand_id: str, tender_id: str, at: datetime) -> bool:
    """A link that nobody opened in its time comes to nothing; False when somebody did."""
    sale_id = tx.value(select(_t.sale_id).where(_t.brand_id == brand_id, _t.id == tender_id))
    which = and_(_t.id == tender_id, _t.rail == LINK)
    return bool(sale_id and _end_planned(tx, brand_id, sale_id, at, "failed", "link_expired", which))


@dataclass(frozen=True, slots=True)
class ReplaceRefund:
    """Staff lets a refund that its provider refused for good go by another rail: cash, or a bank transfer made."""

    brand_id: str
    refund_id: str
    new_id: str
    rail: str
    reference: str | None
    staff_id: str
    reason: str
    at: datetime


def replace_refund(tx: Tx, command: ReplaceRefund) -> Tender:
    """Write the refund that goes instead, once: cash stays owed until it is handed out, a transfer was made.

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
    is_made = command.rail != "cash"
    instead = replace(
        refused,
        id=command.new_id,
        rail=command.rail,
        state="captured" if is_made else "pending",
        reason=None,
        provider_ref=None,
        reference=command.reference,
        created_at=command.at,
        settled_at=command.at if is_made else None,
        register_id=None,
    )
    key = {"brand_id": refused.brand_id, "id": refused.refunds_tender_id, "sale_id": refused.sale_id}
    amount = {"currency": refused.currency, "amount": refused.amount_minor}
    tx.change_all(ADD_REFUNDED, [{**key, **amount}], REFUND_TOO_MUCH())
    plan_tenders(tx, [instead])
    if is_made:
        _announce_move(tx, instead, command.at)
    return instead


def _announce_move(tx: Tx, now: Tender, at: datetime) -> None:
    if now.state in FINAL_STATES:
        tx.announce(
            TenderSettled(
                at=at,
                brand_id=now.brand_id,
                place_id=now.place_id,
                tender_id=now.id,
                sale_id=now.sale_id,
                direction=now.direction,
                rail=now.rail,
                state=now.state,
                amount_minor=now.amount_minor,
                currency=now.currency,
            )
        )
    elif now.state == "unknown":
        tx.announce(
            TenderUnknown(
                at=at,
                brand_id=now.brand_id,
                place_id=now.place_id,
                tender_id=now.id,
                sale_id=now.sale_id,
                direction=now.direction,
                rail=now.rail,
                amount_minor=now.amount_minor,
                currency=now.currency,
                reason=now.reason,
            )
        )


def _announce_late_success(tx: Tx, now: Tender, answer: RailAnswer, at: datetime) -> None:
    tx.announce(
        LateSuccess(
            at=at,
            brand_id=now.brand_id,
            place_id=now.place_id,
            tender_id=now.id,
            sale_id=now.sale_id,
            direction=now.direction,
            rail=now.rail,
            state=now.state,
            amount_minor=now.amount_minor,
            currency=now.currency,
            provider_ref=answer.provider_ref,
        )
    )
