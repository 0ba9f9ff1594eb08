"""The day as it comes in, what each code brought, and the live stream of the brand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from highstreet.flows.office_day import code_results, office_day
from highstreet.fronts.office.asking import Instant, Told, brand_of, office, period, program_of
from highstreet.kernel.live import Topic
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.time import format_utc
from highstreet.kernel.web import PROBLEMS, Listening, one_of_few, stream
from highstreet.lake import CodeDay, sales_by_code_and_day

router = APIRouter(tags=["office: the day"], responses=PROBLEMS)
SalesReader = Annotated[Actor, office(Permission.SALES_READ)]
Listener = Annotated[Actor, one_of_few(SalesReader)]
LoopReader = Annotated[Actor, office(Permission.LOOP_READ)]

SHOWN_EVENTS = frozenset(
    {
        "sales.sale_paid.v1",
        "sales.sale_abandoned.v1",
        "sales.sale_returned.v1",
        "loop.touched.v1",
        "loop.credit_given.v1",
        "loop.credit_reversed.v1",
        "members.followed.v1",
        "members.joined.v1",
        "tenders.tender_unknown.v1",
        "tenders.late_success.v1",
        "tenders.late_reversal.v1",
    }
)
# What the actor may see was decided when the stream began.
ENDING_EVENTS = frozenset({"identity.session_revoked.v1", "parties.role_given.v1", "parties.role_taken.v1"})
# Facts only, never whose: no person, member or receipt.
SHOWN_FIELDS = (
    "sale_id",
    "return_id",
    "register_id",
    "tender_id",
    "code_id",
    "campaign",
    "kind",
    "entry",
    "rail",
    "rails",
    "reason",
    "currency",
    "total_minor",
    "discount_minor",
    "refund_minor",
    "amount_minor",
)


class RegisterTotalTold(Told):
    """What one register took."""

    place_id: str
    register_id: str | None
    register_name: str | None
    place_name_en: str | None
    place_name_zh: str | None
    currency: str
    sales: int
    total_minor: int
    returned_minor: int


class RailTotalTold(Told):
    """What one rail took in and gave back."""

    rail: str
    currency: str
    tenders: int = Field(description="How many took money in.")
    captured_minor: int
    refunded_minor: int


class OpenTenderTold(Told):
    """A payment or refund that its provider has not answered for."""

    id: str
    sale_id: str
    place_id: str
    direction: str = Field(description="in: a payment; out: a refund.")
    rail: str
    state: str = Field(description="pending or unknown.")
    reason: str | None
    currency: str
    amount_minor: int
    created_at: datetime


class EventTold(Told):
    """Something that happened. Its stream number is also the id of the live stream."""

    seq: int
    name: str
    at: datetime
    place_id: str | None
    facts: dict[str, Any]


class DayTold(Told):
    """The brand's trading day so far."""

    since: datetime = Field(description="When the trading day began where most places are.")
    time_zone: str
    currency: str
    sales: int
    total_minor: int
    returned_minor: int = Field(description="Of today's sales, given back by now.")
    by_register: list[RegisterTotalTold]
    by_rail: list[RailTotalTold]
    open_tenders: list[OpenTenderTold] = Field(description="At most 50, the oldest first.")
    events: list[EventTold] = Field(description="At most 20, the newest first.")


class CodeResultTold(Told):
    """One code: from touches over follows to money."""

    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str
    touches: int
    devices: int = Field(description="Different devices among the touches.")
    visits: int = Field(
        description="How many of the devices came, then or afterwards, to a place: they touched a code that hangs "
        "there (place, shelf, assistant) or a touch of theirs was credited with a sale."
    )
    follows: int
    sales: int
    amount_minor: int
    returned_minor: int
    place_id: str | None
    staff_id: str | None = Field(description="Whose an assistant's code is.")
    staff_name: str | None


class FunnelTold(Told):
    """What each code brought in a time."""

    since: datetime
    until: datetime = Field(description="Not in it.")
    currency: str
    codes: list[CodeResultTold]


class CodeDayTold(Told):
    """What one code brought on one trading day."""

    code_id: str | None = Field(description="None: sales that no code led to.")
    business_day: str
    currency: str
    sales: int
    amount_minor: int
    returned_minor: int


@router.get("/today", operation_id="office_read_day", summary="Head office reads the day so far")
async def read_day(request: Request, actor: SalesReader) -> DayTold:
    """Sales so far today, by register and by rail; what providers still owe an answer for; what just happened."""
    program = program_of(request)
    day = await program.db.read(office_day, brand_of(actor), program.clock.now(), SHOWN_EVENTS)
    return DayTold.model_validate(
        {
            "since": day.since,
            "time_zone": day.time_zone,
            "currency": day.currency,
            "sales": day.sales,
            "total_minor": day.total_minor,
            "returned_minor": day.returned_minor,
            "by_register": [
                {
                    "place_id": named.total.place_id,
                    "register_id": named.total.register_id,
                    "register_name": named.register.name if named.register else None,
                    "place_name_en": named.register.place_name_en if named.register else None,
                    "place_name_zh": named.register.place_name_zh if named.register else None,
                    "currency": named.total.currency,
                    "sales": named.total.sales,
                    "total_minor": named.total.total_minor,
                    "returned_minor": named.total.returned_minor,
                }
                for named in day.by_register
            ],
            "by_rail": day.by_rail,
            "open_tenders": day.open_tenders,
            "events": [
                {"seq": e.seq, "name": e.name, "at": e.at, "place_id": e.place_id, "facts": _facts(e)}
                for e in day.events
            ],
        }
    )


@router.get("/funnel", operation_id="office_read_funnel", summary="Head office reads what each code brought")
async def read_funnel(
    request: Request,
    actor: LoopReader,
    since: Annotated[Instant | None, Query(description="Default: 30 days before until.")] = None,
    until: Annotated[Instant | None, Query(description="Default: now.")] = None,
) -> FunnelTold:
    """Touches, devices, follows, visits, sales and money of every code; each counted at its own instant."""
    program = program_of(request)
    start, end = period(since, until, program.clock.now())
    currency, results = await program.db.read(code_results, brand_of(actor), start, end)
    codes = [CodeResultTold.model_validate({**_fields(result.row), **_fields(result)}) for result in results]
    return FunnelTold(since=start, until=end, currency=currency, codes=codes)


@router.get(
    "/questions/sales-by-code-and-day",
    operation_id="office_ask_lake",
    summary="Head office asks the lake for sales by code and day",
    response_model=list[CodeDayTold],
)
async def ask_lake(request: Request, actor: LoopReader) -> list[CodeDay]:
    """Sales and returns by credited code and trading day, from the lake: as of its last export."""
    folder = Path(program_of(request).settings.lake_path)
    return await asyncio.to_thread(sales_by_code_and_day, folder, brand_of(actor))


@router.get(
    "/stream",
    operation_id="office_stream",
    summary="Head office follows the whole brand",
    response_class=EventSourceResponse,
)
async def follow_brand(
    request: Request,
    actor: Listener,
    since: Listening,
) -> AsyncIterator[ServerSentEvent]:
    """Sales, returns, touches and credit of the brand as they happen; resumable by Last-Event-ID.

    When the session ends or a role changes, that event comes last and the stream closes: ask again.
    It closes, too, when the session expires.
    """
    topic = Topic(brand_id=brand_of(actor), names=SHOWN_EVENTS | ENDING_EVENTS)
    program = program_of(request)
    shown = partial(_shown, actor, since.newest)
    async for sent in stream(program.live, topic, since, shown, actor.expires_at):
        yield sent
        if sent.event in ENDING_EVENTS:
            return


def _shown(actor: Actor, newest: int, event: StoredEvent) -> dict[str, Any] | None:
    if event.name in ENDING_EVENTS:  # those until now are known in the actor's grants
        is_own = event.seq > newest and event.body.get("staff_id") == actor.id
        return {} if is_own and event.body.get("session_id") in (None, actor.session_id) else None
    return {**_facts(event), "place_id": event.place_id, "at": format_utc(event.at)}


def _facts(event: StoredEvent) -> dict[str, Any]:
    body = event.body
    return {name: body[name] for name in SHOWN_FIELDS if body.get(name) is not None}


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__slots__}
