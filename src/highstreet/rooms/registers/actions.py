"""Writes of journals, clerks and approvals: each in one transaction with what it is about (the flow that calls these)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.registers.errors import (
    ALREADY_SEEN,
    APPROVAL_UNUSABLE,
    JOURNAL_FORKED,
    JOURNAL_GAP,
    JOURNAL_UNKNOWN,
)
from highstreet.rooms.registers.events import ActApproved, AlertRaised, EntryTaken
from highstreet.rooms.registers.model import (
    GAP,
    HEARD_LATE,
    NOTE,
    STORAGE_LOST,
    Alert,
    Approval,
    ApprovalRule,
    ClerkAct,
    Entry,
    Journal,
    StoredEntry,
    clock_findings,
    entry_findings,
    is_young,
    step_of,
)
from highstreet.rooms.registers.queries import approval_by_id, entry_by_seq, one_journal
from highstreet.rooms.registers.tables import (
    approval_rule,
    clerk_act,
    journal,
    journal_entry,
    register_alert,
    register_approval,
)

_j, _e, _a = journal.c, journal_entry.c, register_alert.c


@dataclass(frozen=True, slots=True)
class HearJournal:
    """A device sends something of its journal. `sent_at` is its clock, `at` ours."""

    brand_id: str
    register_id: str
    place_id: str
    journal_id: str
    sent_at: datetime
    at: datetime


def hear_journal(tx: Tx, command: HearJournal) -> Journal:
    """The journal, made when it is new, with what this sending says about the device's clock.

    A new one while an older one of the same register is open: the device lost its storage, and with it perhaps
    sales. It is taken, the older one is closed, and an alert says so. Errors: Refusal registers.journal_unknown when
    it is another register's.
    """
    row = {
        "brand_id": command.brand_id,
        "id": command.journal_id,
        "register_id": command.register_id,
        "place_id": command.place_id,
        "opened_at": command.at,
        "acknowledged_seq": 0,
        "tail_hash": "",
        "heard_at": command.at,
    }
    is_new = tx.insert_many(journal, [row], ignore_existing=True) == 1
    found = lock_journal(tx, command.brand_id, command.register_id, command.journal_id)
    if is_new:
        _close_older(tx, command)
    alerts = [
        _alert(found, kind, found.acknowledged_seq, command.at, facts)
        for kind, facts in clock_findings(found, command.sent_at, command.at)
    ]
    raise_alerts(tx, alerts)
    tx.run(
        update(journal)
        .where(_j.brand_id == command.brand_id, _j.id == command.journal_id)
        .values(sent_at=command.sent_at, heard_at=command.at)
    )
    return replace(found, sent_at=command.sent_at, heard_at=command.at)


def _close_older(tx: Tx, command: HearJournal) -> None:
    older = tx.rows(
        update(journal)
        .where(_j.brand_id == command.brand_id, _j.register_id == command.register_id)
        .where(_j.id != command.journal_id, _j.closed_at.is_(None))
        .values(closed_at=command.at)
        .returning(_j.id, _j.acknowledged_seq, _j.place_id)
    )
    raise_alerts(
        tx,
        [
            Alert(
                command.brand_id,
                one.id,
                STORAGE_LOST,
                one.acknowledged_seq,
                command.register_id,
                one.place_id,
                command.at,
                {"journal_id": command.journal_id},
            )
            for one in older
        ],
    )


def lock_journal(tx: Tx, brand_id: str, register_id: str, journal_id: str) -> Journal:
    """The journal, locked until the transaction ends. Errors: Refusal registers.journal_unknown."""
    row = tx.first(one_journal(brand_id, journal_id).with_for_update())
    if row is None or row.register_id != register_id:
        raise JOURNAL_UNKNOWN()
    return Journal(**row._mapping)


def known_entry(tx: Tx, found: Journal, entry: Entry) -> StoredEntry | None:
    """What was answered to this very entry before; None when it is the next one.

    Errors: Refusal registers.journal_gap (expected_seq), registers.journal_forked (seq): another content with this
    number, or another entry before it.
    """
    step = step_of(found, entry)
    if step == GAP:
        raise JOURNAL_GAP(expected_seq=found.acknowledged_seq + 1, seq=entry.seq)
    if step == "next":
        return None
    known = entry_by_seq(tx, found.brand_id, found.id, entry.seq) if step == "known" else None
    if known is None or known.hash != entry.hash:
        raise JOURNAL_FORKED(seq=entry.seq)
    return known


@dataclass(frozen=True, slots=True)
class TakeEntry:
    """The next entry of a locked journal, and what came of it at `at`, our time; `heard_at` is now."""

    journal: Journal
    entry: Entry
    at: datetime
    heard_at: datetime
    state: str
    answer: dict[str, Any] | None
    problem: dict[str, Any] | None
    sale_id: str | None = None
    difference_minor: int = 0


def take_entry(tx: Tx, command: TakeEntry) -> StoredEntry:
    """Keep an entry and move the journal on by one; a note that `closes` ends the journal.

    Errors: Refusal registers.journal_forked when the journal is not where `command.journal` says.
    """
    head, entry = command.journal, command.entry
    body = entry.sent.get("body")
    is_closing = entry.kind == NOTE and isinstance(body, dict) and body.get("closes") is True
    moved = tx.run(
        update(journal)
        .where(_j.brand_id == head.brand_id, _j.id == head.id)
        .where(_j.acknowledged_seq == entry.seq - 1, _j.tail_hash == entry.prev_hash)
        .values(
            acknowledged_seq=entry.seq,
            tail_hash=entry.hash,
            last_device_at=entry.device_at,
            last_at=command.at,
            closed_at=command.heard_at if is_closing else _j.closed_at,
        )
    )
    if moved.rowcount != 1:
        raise JOURNAL_FORKED(seq=entry.seq)
    stored = StoredEntry(
        brand_id=head.brand_id,
        journal_id=head.id,
        seq=entry.seq,
        register_id=head.register_id,
        hash=entry.hash,
        kind=entry.kind,
        device_at=entry.device_at,
        at=command.at,
        heard_at=command.heard_at,
        sent=entry.sent,
        state=command.state,
        answer=command.answer,
        problem=command.problem,
    )
    tx.insert_many(journal_entry, [asdict(stored)])
    raise_alerts(
        tx,
        [
            _alert(head, kind, entry.seq, command.heard_at, facts)
            for kind, facts in entry_findings(head, entry.device_at, head.sent_at or entry.device_at)
        ],
    )
    if entry.kind != NOTE and not is_young(command.at, command.heard_at):
        _alert_late(tx, command)
    tx.announce(
        EntryTaken(
            at=command.heard_at,
            brand_id=head.brand_id,
            place_id=head.place_id,
            register_id=head.register_id,
            journal_id=head.id,
            seq=entry.seq,
            kind=entry.kind,
            state=command.state,
            sale_id=command.sale_id,
            difference_minor=command.difference_minor,
        )
    )
    return stored


def _alert_late(tx: Tx, command: TakeEntry) -> None:
    """One of a journal until somebody has dealt with it: after a week offline every entry is late."""
    head = command.journal
    key = (_a.brand_id == head.brand_id, _a.journal_id == head.id)
    if tx.first(select(_a.seq).where(*key, _a.kind == HEARD_LATE, _a.seen_at.is_(None))) is None:
        facts = {"late_s": round((command.heard_at - command.at).total_seconds())}
        raise_alerts(tx, [_alert(head, HEARD_LATE, command.entry.seq, command.heard_at, facts)])


def _alert(of: Journal, kind: str, seq: int, at: datetime, facts: dict[str, Any]) -> Alert:
    return Alert(of.brand_id, of.id, kind, seq, of.register_id, of.place_id, at, facts)


def raise_alerts(tx: Tx, alerts: Iterable[Alert]) -> None:
    """Keep alerts, each once for its journal, kind and number, and announce the new ones."""
    for one in alerts:
        if tx.insert_many(register_alert, [asdict(one)], ignore_existing=True) == 1:
            tx.announce(
                AlertRaised(
                    at=one.at,
                    brand_id=one.brand_id,
                    place_id=one.place_id,
                    register_id=one.register_id,
                    journal_id=one.journal_id,
                    kind=one.kind,
                    seq=one.seq,
                    facts=one.facts,
                )
            )


@dataclass(frozen=True, slots=True)
class SeeJournal:
    """Staff has dealt with an entry or (with `kind`) with an alert of a register's journal."""

    brand_id: str
    journal_id: str
    seq: int
    kind: str | None
    staff_id: str
    note: str
    at: datetime


def see_journal(tx: Tx, command: SeeJournal) -> None:
    """Mark it, once. Errors: Refusal registers.journal_unknown, registers.already_seen."""
    values: dict[str, Any] = {"seen_at": command.at, "seen_by": command.staff_id}
    if command.kind is None:
        key = (_e.brand_id == command.brand_id, _e.journal_id == command.journal_id, _e.seq == command.seq)
        change = update(journal_entry).where(*key, _e.seen_at.is_(None), _e.state != "done")
        is_there = select(_e.seq).where(*key, _e.state != "done")
        values["note"] = command.note
    else:
        key = (_a.brand_id == command.brand_id, _a.journal_id == command.journal_id, _a.seq == command.seq)
        change = update(register_alert).where(*key, _a.kind == command.kind, _a.seen_at.is_(None))
        is_there = select(_a.seq).where(*key, _a.kind == command.kind)
    if tx.run(change.values(**values)).rowcount != 1:
        raise JOURNAL_UNKNOWN() if tx.first(is_there) is None else ALREADY_SEEN()


def note_clerks(tx: Tx, acts: Sequence[ClerkAct]) -> None:
    """Write down who was signed in; what is noted once stays."""
    tx.insert_many(clerk_act, [asdict(act) for act in acts], ignore_existing=True)


def state_approvals(tx: Tx, rule: ApprovalRule) -> None:
    """From now on this needs an approval."""
    row = asdict(rule)
    if tx.insert_many(approval_rule, [row], ignore_existing=True) != 1:
        tx.run(update(approval_rule).where(approval_rule.c.brand_id == rule.brand_id).values(**row))


def approve_act(tx: Tx, wished: Approval) -> Approval:
    """Let it be done once; the same id again is the first approval.

    Errors: Refusal registers.approval_unusable when the id stands for another act.
    """
    if tx.insert_many(register_approval, [asdict(wished)], ignore_existing=True) == 1:
        tx.announce(
            ActApproved(
                at=wished.approved_at,
                brand_id=wished.brand_id,
                place_id=wished.place_id,
                register_id=wished.register_id,
                approval_id=wished.id,
                staff_id=wished.staff_id,
                act=wished.act,
                sale_id=wished.sale_id,
                amount_minor=wished.amount_minor,
                currency=wished.currency,
            )
        )
        return wished
    before = approval_by_id(tx, wished.brand_id, wished.id)
    if before is None or _what(before) != _what(wished):
        raise APPROVAL_UNUSABLE()
    return before


def _what(approval: Approval) -> tuple[object, ...]:
    whose = (approval.register_id, approval.staff_id)
    return (*whose, approval.act, approval.sale_id, approval.amount_minor, approval.currency)


@dataclass(frozen=True, slots=True)
class UseApproval:
    """What is done now, and the approval that is said to let it."""

    brand_id: str
    approval_id: str
    register_id: str
    act: str
    sale_id: str
    amount_minor: int
    currency: str
    used_for: str
    at: datetime


def use_approval(tx: Tx, use: UseApproval) -> Approval:
    """Use it up: once, by its register, in its time, for exactly its act, sale and amount.

    Errors: Refusal registers.approval_unusable.
    """
    a = register_approval.c
    used = tx.run(
        update(register_approval)
        .where(a.brand_id == use.brand_id, a.id == use.approval_id, a.register_id == use.register_id)
        .where(a.act == use.act, a.sale_id == use.sale_id, a.used_at.is_(None), a.valid_until > use.at)
        .where(a.amount_minor == use.amount_minor, a.currency == use.currency)
        .values(used_for=use.used_for, used_at=use.at)
    )
    found = approval_by_id(tx, use.brand_id, use.approval_id)
    if used.rowcount != 1 or found is None:
        raise APPROVAL_UNUSABLE()
    return found
