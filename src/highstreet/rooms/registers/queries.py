"""Reads of journals, their entries and alerts; of clerks and approvals."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.registers.model import Alert, Approval, ApprovalRule, ClerkAct, Journal, StoredEntry
from highstreet.rooms.registers.tables import (
    approval_rule,
    clerk_act,
    journal,
    journal_entry,
    register_alert,
    register_approval,
)

_j, _e, _a = journal.c, journal_entry.c, register_alert.c


def journal_by_id(reader: Reader, brand_id: str, journal_id: str) -> Journal | None:
    """One journal."""
    row = reader.first(one_journal(brand_id, journal_id))
    return None if row is None else Journal(**row._mapping)


def one_journal(brand_id: str, journal_id: str) -> Select[Any]:
    """SELECT of one journal."""
    return select(journal).where(_j.brand_id == brand_id, _j.id == journal_id)


def entry_by_seq(reader: Reader, brand_id: str, journal_id: str, seq: int) -> StoredEntry | None:
    """One entry that was taken."""
    row = reader.first(
        select(journal_entry).where(_e.brand_id == brand_id, _e.journal_id == journal_id, _e.seq == seq)
    )
    return None if row is None else StoredEntry(**row._mapping)


def journals_of(reader: Reader, brand_id: str, register_id: str | None = None) -> list[Journal]:
    """The journals of a register, or of all, the one heard last first."""
    query = select(journal).where(_j.brand_id == brand_id).order_by(_j.heard_at.desc(), _j.id)
    if register_id is not None:
        query = query.where(_j.register_id == register_id)
    return [Journal(**row._mapping) for row in reader.rows(query)]


def entries_to_see(
    reader: Reader, brand_id: str, register_id: str | None = None, limit: int = 200
) -> list[StoredEntry]:
    """Entries that were refused or differed and that nobody has dealt with, the newest first."""
    query = select(journal_entry).where(_e.brand_id == brand_id, _e.state != "done", _e.seen_at.is_(None))
    if register_id is not None:
        query = query.where(_e.register_id == register_id)
    query = query.order_by(_e.at.desc(), _e.journal_id, _e.seq.desc()).limit(limit)
    return [StoredEntry(**row._mapping) for row in reader.rows(query)]


def alerts_to_see(
    reader: Reader, brand_id: str, register_id: str | None = None, limit: int = 200
) -> list[Alert]:
    """Alerts that nobody has dealt with, the newest first."""
    query = select(register_alert).where(_a.brand_id == brand_id, _a.seen_at.is_(None))
    if register_id is not None:
        query = query.where(_a.register_id == register_id)
    query = query.order_by(_a.at.desc(), _a.journal_id, _a.kind, _a.seq).limit(limit)
    return [Alert(**row._mapping) for row in reader.rows(query)]


def approval_rule_of(reader: Reader, brand_id: str) -> ApprovalRule:
    """What needs an approval; nothing where the brand said nothing."""
    row = reader.first(select(approval_rule).where(approval_rule.c.brand_id == brand_id))
    return ApprovalRule(brand_id) if row is None else ApprovalRule(**row._mapping)


def approval_by_id(reader: Reader, brand_id: str, approval_id: str) -> Approval | None:
    """One approval, used or not."""
    a = register_approval.c
    row = reader.first(select(register_approval).where(a.brand_id == brand_id, a.id == approval_id))
    return None if row is None else Approval(**row._mapping)


def approvals_at_registers(reader: Reader, brand_id: str, sale_id: str) -> list[Approval]:
    """What was approved about a sale at registers, the oldest first."""
    a = register_approval.c
    query = select(register_approval).where(a.brand_id == brand_id, a.sale_id == sale_id)
    return [Approval(**row._mapping) for row in reader.rows(query.order_by(a.approved_at, a.id))]


def clerks_of(reader: Reader, brand_id: str, subject_ids: Collection[str]) -> dict[str, ClerkAct]:
    """Who did each of these; what nobody was signed in for is left out."""
    c = clerk_act.c
    query = select(clerk_act).where(c.brand_id == brand_id, c.subject_id.in_(sorted(subject_ids)))
    return {row.subject_id: ClerkAct(**row._mapping) for row in reader.rows(query)}
