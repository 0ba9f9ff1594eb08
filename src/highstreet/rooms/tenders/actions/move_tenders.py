"""Writes of tenders: planned, settled, refunded. No state is forced by hand."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text, and_, func, select, update

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.tenders.actions.keep_rules import free_days
from highstreet.rooms.tenders.errors import ID_TAKEN, NOT_FOUND
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
    state_after,
    states_before,
)
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


_LOCKED = KeyedQuery(
    {"brand_id": Text, "id": Text},
    lambda wanted: (
        select(tender)
        .select_from(wanted.rows)
        .join(tender, (_t.brand_id == wanted.brand_id) & (_t.id == wanted.id))
        .where(_t.direction == "in")
        .order_by(_t.brand_id, _t.id)
        .with_for_update(of=tender)
    ),
)
CAPTURE = Change(
    {"brand_id": Text, "id": Text, "provider_ref": Text, "at": Instant},
    lambda v: (
        update(tender)
        .where(_t.brand_id == v.brand_id, _t.id == v.id, _t.direction == "in")
        .where(_t.state.in_(OPEN_STATES), _t.reason.is_distinct_from(REVERSING))
        .values(
            state="captured",
            reason=None,
            provider_ref=func.coalesce(v.provider_ref, _t.provider_ref),
            settled_at=v.at,
        )
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


def lock_payments(tx: Tx, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Tender]:
    """Payments by (brand, id), nobody else's to change until the commit; unknown ones are left out."""
    rows = _LOCKED.rows(tx, wanted)
    return {(row.brand_id, row.id): Tender(**row._mapping) for row in rows}


def is_plainly_paid(before: Tender, answer: RailAnswer) -> bool:
    """Whether this answer captures an open payment, with nothing else to think of."""
    return (
        answer.outcome == "paid"
        and before.state in OPEN_STATES
        and before.reason != REVERSING
        and check_amount(before, answer) is answer
    )


def capture_paid(tx: Tx, plain: Sequence[tuple[Tender, SettleTender]]) -> list[Tender]:
    """`settle_tender` for many payments that are locked and plainly paid, each named once; those captured come back.

    Raises RuntimeError when one of them is not.
    """
    rows = [
        {"brand_id": t.brand_id, "id": t.id, "provider_ref": c.answer.provider_ref, "at": c.at}
        for t, c in plain
    ]
    add_evidence(tx, [_said(command) for _, command in plain])
    if tx.change(CAPTURE, rows) != len(rows):
        raise RuntimeError("a payment that was locked and open is not")
    captured = []
    for before, command in plain:
        said = command.answer.provider_ref
        ref = before.provider_ref if said is None else said
        now = replace(before, state="captured", reason=None, provider_ref=ref, settled_at=command.at)
        captured.append(now)
        announce_move(tx, now, command.at)
    return captured


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
    add_evidence(tx, [_said(command)])
    answer = check_amount(Tender(**before._mapping), command.answer)
    changed = _move(tx, key, direction, answer, command.at)
    if changed and state_after(direction, answer) in ("failed", "reversed"):
        free_days(tx, command.brand_id, [command.tender_id])
    row = tx.first(select(tender).where(key))
    assert row is not None
    after = Tender(**row._mapping)
    if changed:
        announce_move(tx, after, command.at)
    return Settled(after, changed), answer


def _said(command: SettleTender) -> Evidence:
    said = command.answer
    body = {
        **said.evidence,
        "outcome": said.outcome,
        "provider_ref": said.provider_ref,
        "reason": said.reason,
    }
    return Evidence(command.brand_id, command.tender_id, command.at, command.source, body)


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
        announce_move(tx, one, at)
    return tenders


def choose_rail(tx: Tx, brand_id: str, tender_id: str, rail: str, at: datetime) -> bool:
    """Whoever was sent a link says how they pay, once; False when they did before, or it is over.

    For its provider the payment begins here, not when the link was made.
    """
    chosen = tx.run(
        update(tender)
        .where(_t.brand_id == brand_id, _t.id == tender_id, _t.state == "planned", _t.rail == LINK)
        .values(rail=rail, state="pending", created_at=at)
    )
    return chosen.rowcount == 1


def end_link(tx: Tx, brand_id: str, tender_id: str, at: datetime, reason: str) -> bool:
    """A link that nobody has used comes to nothing; False when somebody chose a rail."""
    sale_id = tx.value(select(_t.sale_id).where(_t.brand_id == brand_id, _t.id == tender_id))
    which = and_(_t.id == tender_id, _t.rail == LINK)
    return bool(sale_id and _end_planned(tx, brand_id, sale_id, at, "failed", reason, which))


def announce_move(tx: Tx, now: Tender, at: datetime) -> None:
    """Tell whoever listens that a tender has ended, or that nobody knows how."""
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
