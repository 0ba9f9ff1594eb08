"""The audit trail: who changed what, written in the transaction of the change itself, never changed after.

    await program.db.write(audited, Audited(actor, "office.set_price", variant_id, set_price, command, now))

Facts name things by their ids and say what was asked; no secret, no phone, no shopper.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import select

from highstreet.kernel.permissions import Actor
from highstreet.kernel.tables import audit_entry
from highstreet.kernel.tx import Reader, Tx

C = TypeVar("C")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Audited(Generic[C, R]):
    """A change and who asked for it. `action` is the route's operation; `subject_id` what it is done to."""

    actor: Actor
    action: str
    subject_id: str | None
    flow: Callable[[Tx, C], R]
    command: C
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


def audited(tx: Tx, ask: Audited[C, R]) -> R:
    """Do it and write it down; a refusal writes nothing. A result that was not what was asked for names its own action.

    Errors: those of the flow; ValueError without a brand."""
    if ask.actor.brand_id is None:
        raise ValueError("only what is done for a brand is audited")
    result = ask.flow(tx, ask.command)
    row = {
        "brand_id": ask.actor.brand_id,
        "at": ask.at,
        "actor_kind": ask.actor.kind.value,
        "actor_id": ask.actor.id,
        "action": getattr(result, "audited_as", None) or ask.action,
        "subject_id": ask.subject_id,
        "facts": dict(ask.facts),
    }
    tx.insert_many(audit_entry, [row])
    return result


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Somebody changed something."""

    seq: int
    at: datetime
    actor_kind: str
    actor_id: str
    action: str
    subject_id: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """A page of a brand's trail, the newest first; `before`: the number of the last one seen."""

    brand_id: str
    before: int | None
    limit: int
    actor_id: str | None = None
    subject_id: str | None = None
    actions: tuple[str, ...] = ()
    """Only these; none: all."""
    since: datetime | None = None
    until: datetime | None = None


def audit_trail(reader: Reader, ask: AuditAsked) -> list[AuditEntry]:
    """Who did what."""
    a = audit_entry.c
    query = select(a.seq, a.at, a.actor_kind, a.actor_id, a.action, a.subject_id, a.facts)
    query = query.where(a.brand_id == ask.brand_id)
    if ask.before is not None:
        query = query.where(a.seq < ask.before)
    if ask.actor_id is not None:
        query = query.where(a.actor_id == ask.actor_id)
    if ask.subject_id is not None:
        query = query.where(a.subject_id == ask.subject_id)
    if ask.actions:
        query = query.where(a.action.in_(ask.actions))
    if ask.since is not None:
        query = query.where(a.at >= ask.since)
    if ask.until is not None:
        query = query.where(a.at < ask.until)
    return [AuditEntry(*tuple(row)) for row in reader.rows(query.order_by(a.seq.desc()).limit(ask.limit))]


__all__ = ["AuditAsked", "AuditEntry", "Audited", "audit_trail", "audited"]
