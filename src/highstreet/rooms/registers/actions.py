"""Writes of journals. An entry, its number and what it set off are one transaction of the flow that calls these."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.registers.errors import (
    ALREADY_SEEN,
    JOURNAL_FORKED,
    JOURNAL_GAP,
    JOURNAL_UNKNOWN,
)
from highstreet.rooms.registers.events import AlertRaised, EntryTaken
from highstreet.rooms.registers.model import (
    GAP,
    NOTE,
    STORAGE_LOST,
    Alert,
    Entry,
    Journal,
    StoredEntry,
    clock_findings,
    entry_findings,
    step_of,
)
from highstreet.rooms.registers.queries import entry_by_seq, one_journal
from highstreet.rooms.registers.tables import journal, journal_entry, register_alert

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
