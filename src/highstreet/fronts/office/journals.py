"""What registers sold without a network: how far it came in, and what a person should look at."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from highstreet.fronts.office.asking import Asked, Told, brand_of, office, program_of
from highstreet.fronts.staff import write_audited
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.registers import (
    Alert,
    Journal,
    SeeJournal,
    StoredEntry,
    alerts_to_see,
    entries_to_see,
    journals_of,
    see_journal,
)

router = APIRouter(tags=["office: places"], responses=PROBLEMS)
JournalsReader = Annotated[Actor, office(Permission.SALES_READ)]
RegistersWriter = Annotated[Actor, office(Permission.REGISTERS_WRITE)]


class JournalTold(Told):
    """One device's journal. What it has not sent yet only the device knows."""

    id: str
    register_id: str
    place_id: str
    opened_at: datetime
    acknowledged_seq: int
    heard_at: datetime
    closed_at: datetime | None


class EntryToSeeTold(Told):
    """An entry that was refused, or taken with a difference."""

    journal_id: str
    seq: int
    register_id: str
    kind: str
    at: datetime
    state: str
    sent: dict[str, Any] = Field(description="As the device wrote it.")
    problem: dict[str, Any] | None


class AlertTold(Told):
    """A gap, a fork, a lost storage, or a clock that cannot be right."""

    journal_id: str
    kind: str
    seq: int
    register_id: str
    at: datetime
    facts: dict[str, Any]


class JournalsTold(Told):
    """The journals of all registers, and what nobody has dealt with."""

    journals: list[JournalTold]
    entries: list[EntryToSeeTold]
    alerts: list[AlertTold]


class SeenAsked(Asked):
    """What was dealt with."""

    seq: int = Field(ge=0, description="The entry's number, or the alert's.")
    kind: str | None = Field(None, max_length=20, description="The alert's; null: the entry itself.")
    note: str = Field("", max_length=400)


def _all(reader: Reader, brand_id: str) -> tuple[list[Journal], list[StoredEntry], list[Alert]]:
    return journals_of(reader, brand_id), entries_to_see(reader, brand_id), alerts_to_see(reader, brand_id)


@router.get(
    "/journals", operation_id="office_list_journals", summary="Head office lists registers' offline journals"
)
async def list_journals(request: Request, actor: JournalsReader) -> JournalsTold:
    """How far each journal came in, and which entries and alerts are open; at most 200 of each."""
    journals, entries, alerts = await program_of(request).db.read(_all, brand_of(actor))
    return JournalsTold.model_validate({"journals": journals, "entries": entries, "alerts": alerts})


@router.post(
    "/journals/{journal_id}/seen",
    operation_id="office_see_journal",
    summary="Head office has dealt with an entry or alert",
    status_code=204,
)
async def see(
    request: Request,
    actor: RegistersWriter,
    journal_id: Annotated[str, Path(max_length=40)],
    asked: SeenAsked,
) -> Response:
    """It is off the list; the entry stays as it is. 409 `registers.already_seen` when somebody was faster."""
    command = SeeJournal(
        brand_id=brand_of(actor),
        journal_id=check_id(journal_id, "jrn"),
        seq=asked.seq,
        kind=asked.kind,
        staff_id=actor.id,
        note=asked.note,
        at=program_of(request).clock.now(),
    )
    await write_audited(request, actor, journal_id, see_journal, command, seq=asked.seq)
    return Response(None, 204)
