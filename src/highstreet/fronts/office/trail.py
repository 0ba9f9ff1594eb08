"""Who did what: the audit trail."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field

from highstreet.fronts.office.asking import Told, brand_of, office, program_of
from highstreet.kernel.audit import AuditAsked, AuditEntry, audit_trail
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.identity import StaffRecord, staff_of_brand

router = APIRouter(tags=["office: trail"], responses=PROBLEMS)
# Whoever names staff may see what they did.
TrailReader = Annotated[Actor, office(Permission.STAFF_WRITE)]


class AuditEntryTold(Told):
    """Somebody changed something."""

    seq: int = Field(description="Its number; ask with the last one as `before` for older ones.")
    at: datetime
    actor_id: str
    actor_name: str | None = Field(description="Of staff.")
    actor_login: str | None
    action: str = Field(description="The operation's name.", examples=["office.set_price"])
    subject_id: str | None = Field(description="What it was done to.")
    facts: dict[str, Any] = Field(description="What was asked.")


@router.get(
    "/audit", operation_id="office_read_trail", summary="Head office reads who changed what, the newest first"
)
async def read_trail(
    request: Request,
    actor: TrailReader,
    before: Annotated[int | None, Query(ge=1, le=2**62, description="The seq of the last one seen.")] = None,
    actor_id: Annotated[str | None, Query(pattern="^stf_[0-9a-z]{26}$", description="Only theirs.")] = None,
    subject_id: Annotated[str | None, Query(pattern="^[a-z0-9_.-]{1,80}$", description="Only this.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[AuditEntryTold]:
    """Changes by staff, each written down in the same transaction as the change."""
    asked = AuditAsked(brand_of(actor), before, limit, actor_id, subject_id)
    entries, staff = await program_of(request).db.read(_trail, asked)
    return [_told(entry, staff.get(entry.actor_id)) for entry in entries]


def _trail(reader: Reader, asked: AuditAsked) -> tuple[list[AuditEntry], dict[str, StaffRecord]]:
    return audit_trail(reader, asked), {s.id: s for s in staff_of_brand(reader, asked.brand_id)}


def _told(entry: AuditEntry, staff: StaffRecord | None) -> AuditEntryTold:
    return AuditEntryTold(
        seq=entry.seq,
        at=entry.at,
        actor_id=entry.actor_id,
        actor_name=staff.name if staff else None,
        actor_login=staff.login if staff else None,
        action=entry.action,
        subject_id=entry.subject_id,
        facts=entry.facts,
    )
