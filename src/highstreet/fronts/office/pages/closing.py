"""The money day: what is not explained and who clears it, the providers' bills, and the days of places."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Form, Query, Request, Response
from starlette.datastructures import UploadFile

from highstreet.flows.close_day import CloseDay, PlaceDay, ReopenDay, close_day, place_day, reopen_day
from highstreet.flows.differences import (
    FIRST_DAY,
    ClearDifference,
    Difference,
    bills_due,
    clear_difference,
    clear_differences,
    differences,
)
from highstreet.flows.drawer import day_begins_at
from highstreet.flows.match_bill import match_day
from highstreet.flows.match_statement import TRANSFER, match_statement, paid_out, read_statement
from highstreet.flows.office_desk import desk_of
from highstreet.flows.read_alone import uploads
from highstreet.flows.upload_bill import read_bill, upload_bill
from highstreet.fronts.office.closing import FILE_BYTES, Closer, DifferenceId, IsoDay, Reopener
from highstreet.fronts.office.files import noted
from highstreet.fronts.office.money import BillMatcher, EarningsReader
from highstreet.fronts.office.pages.changes import Typed, change, go_to, problem_of
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.office.returns import TenderId
from highstreet.fronts.staff import PlaceId, RegisterId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.days import NOT_CLEAR, newest_by_subject
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parties import place_by_id, places_of_brand
from highstreet.rooms.tenders import (
    BILLED_RAILS,
    CLEARING_REASONS,
    NoteSent,
    note_sent,
    read_bills,
    transfers_owed,
)

router = page_router()
UPLOAD_PATH = "/office/closing/bills"
ShownDay = Annotated[str, Query(pattern="^(20[0-9]{2}-[01][0-9]-[0-3][0-9])?$")]
FromPlace = Annotated[str, Query(pattern="^(plc_[0-9a-z]{26})?$")]
BILLS_SHOWN = timedelta(days=14)
REASONS_OF: dict[str, tuple[str, ...]] = {
    "missing_here": ("other_system", "settled_by_hand", "provider_error", "loss", "other"),
    "missing_there": ("next_bill", "settled_by_hand", "provider_error", "loss", "other"),
    "amount_differs": ("settled_by_hand", "provider_error", "loss", "other"),
    "state_differs": ("settled_by_hand", "next_bill", "provider_error", "loss", "other"),
    "bill_missing": ("other_system", "provider_error", "other"),
    "payout_differs": ("next_bill", "provider_error", "loss", "other"),
    "fee_differs": ("provider_error", "loss", "other"),
    "late": ("next_bill", "provider_error", "other"),
    "outgoing_unknown": ("no_sale", "other_system", "provider_error", "loss", "other"),
}
"""Of all reasons those that fit a difference of that kind; only the two last kinds propose one."""


def _closing(reader: Reader, brand_id: str, now: Any) -> dict[str, Any]:
    tomorrow = (now + timedelta(days=1)).date()
    found = differences(reader, brand_id, FIRST_DAY, tomorrow.isoformat(), bills_due(now))
    places = places_of_brand(reader, brand_id)
    closed = newest_by_subject(reader, brand_id, [place.id for place in places])
    standing = [one for one in found if not one.is_cleared]
    return {
        "standing": standing,
        "differing": Counter((one.provider, one.day) for one in standing),
        "cleared": [one for one in found if one.is_cleared][:50],
        "bills": read_bills(reader, brand_id, (tomorrow - BILLS_SHOWN).isoformat(), tomorrow.isoformat()),
        "places": places,
        "closed": closed,
        "never_closed": sum(place.is_active and place.id not in closed for place in places),
        "transfers": transfers_owed(reader, brand_id),
        "payouts": paid_out(reader, brand_id, tomorrow - BILLS_SHOWN),
        "names": _staff_names(reader, brand_id),
    }


async def _page(request: Request, actor: Actor, template: str, status: int = 200, **more: Any) -> Response:
    program = program_of(request)
    connected = program.rails.names(brand_of(actor))
    found = await program.db.read(_closing, brand_of(actor), program.clock.now())
    shown = {"problem": None, "typed": {}, "wrong": "", **more}
    return await show(
        request,
        actor,
        template,
        status,
        **found,
        rails=[rail for rail in BILLED_RAILS if rail in connected],
        # Who left a provider still has to upload the last bills.
        rails_unconnected=[rail for rail in BILLED_RAILS if rail not in connected],
        reasons=CLEARING_REASONS,
        may_close=actor.may(Permission.DAYS_CLOSE, brand_id=brand_of(actor)),
        limit_mb=FILE_BYTES // 1_000_000,
        may_match=actor.may(Permission.SALES_REFUND, brand_id=brand_of(actor)),
        **shown,
    )


@router.get("/closing")
async def closing_page(
    request: Request,
    actor: EarningsReader,
    rail: Annotated[str, Query(pattern="^([a-z][a-z0-9_]{0,19})?$")] = "",
    day: ShownDay = "",
) -> Response:
    """Differences, bills, places; `rail` and `day`: the bill that is to be fetched or uploaded."""
    return await _page(request, actor, "closing.html", typed={"rail": rail, "day": day})


@router.post("/closing/bills")
async def take_bill(request: Request, actor: BillMatcher) -> Response:
    """Fetch a bill from its provider, or take the file that was chosen."""
    program, brand_id = program_of(request), brand_of(actor)
    async with request.form(max_files=1, max_fields=5) as form:
        typed = {name: str(form.get(name, "")) for name in ("rail", "day")}
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) and file.filename else None
    try:
        day = date.fromisoformat(typed["day"]) if typed["day"] else None
    except ValueError:
        day = None
    try:
        if content is not None and typed["rail"] == TRANSFER:
            desk = await program.db.read(desk_of, brand_id, actor.id)
            rows = await uploads.run(read_statement, content, desk.brand.currency)
            await match_statement(program, brand_id, rows)
            facts: dict[str, Any] = {"rail": TRANSFER, "rows": len(rows)}
            await change(request, actor, "office.upload_statement", None, noted, None, **facts)
        elif content is not None:
            read = await uploads.run(read_bill, typed["rail"], content, day)
            await upload_bill(program, brand_id, read)
            facts = {"rail": read.rail, "day": read.day.isoformat(), "rows": len(read.lines)}
            await change(request, actor, "office.upload_bill", None, noted, None, **facts)
        elif day is not None:
            await match_day(program, brand_id, typed["rail"], day)
        else:
            wrong = "office-closing_bill_nothing"
            return await _page(request, actor, "closing_bills.html", 422, typed=typed, wrong=wrong)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _page(request, actor, "closing_bills.html", refusal.status, typed=typed, problem=problem)
    return go_to("/office/closing")


@router.post("/closing/transfers/{tender_id}/sent")
async def say_sent(request: Request, actor: BillMatcher, tender_id: TenderId, note: Typed = "") -> Response:
    """A refund's transfer was sent from the bank: a word, until the bank's statement shows it."""
    said = note.strip() if note.isprintable() else ""
    command = NoteSent(brand_of(actor), tender_id, actor.id, said, program_of(request).clock.now())
    try:
        await change(request, actor, "office.note_sent", tender_id, note_sent, command, note=said)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _page(request, actor, "closing_transfers.html", refusal.status, problem=problem)
    return await _page(request, actor, "closing_transfers.html")


@router.post("/closing/outgoing")
async def clear_outgoing(
    request: Request,
    actor: Closer,
    ids: Annotated[list[str], Form(max_length=1000)],
    reason: Typed = "no_sale",
    note: Typed = "",
) -> Response:
    """Let all that left the account, and that was shown, stand for one reason: rent, wages."""
    said = note.strip()
    if reason not in CLEARING_REASONS or not said.isprintable() or (reason == "other" and not said):
        wrong = "office-closing_note_missing"
        return await _page(request, actor, "closing_outgoing.html", 422, wrong=wrong)
    now = program_of(request).clock.now()
    commands = [ClearDifference(brand_of(actor), one, True, reason, said, actor.id, now) for one in ids]
    facts = {"is_cleared": True, "reason": reason, "rows": len(ids)}
    try:
        await change(request, actor, "office.clear_difference", None, clear_differences, commands, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _page(request, actor, "closing_outgoing.html", refusal.status, problem=problem)
    return go_to("/office/closing")


@router.get("/closing/differences/{difference_id}")
async def difference_page(
    request: Request,
    actor: EarningsReader,
    difference_id: DifferenceId,
    place: FromPlace = "",
    on: ShownDay = "",
) -> Response:
    """One difference: what is known, what would cure it, and the word of who let it stand."""
    return await _difference(request, actor, "difference.html", difference_id, place=place, on=on)


@router.post("/closing/differences/{difference_id}")
async def clear(
    request: Request,
    actor: Closer,
    difference_id: DifferenceId,
    reason: Typed = "",
    note: Typed = "",
    is_cleared: Typed = "true",
    place: FromPlace = "",
    on: ShownDay = "",
) -> Response:
    """Let it stand, with a reason; or take that back. Then back to the list that it was opened from."""
    back = {"place": place, "on": on}
    said = note.strip()[:400]
    if reason not in CLEARING_REASONS or not said.isprintable() or (reason == "other" and not said):
        wrong = "office-closing_note_missing"
        typed = {"reason": reason, "note": said}
        return await _difference(
            request, actor, "difference_body.html", difference_id, 422, wrong=wrong, typed=typed, **back
        )
    command = ClearDifference(
        brand_of(actor),
        difference_id,
        is_cleared == "true",
        reason,
        said,
        actor.id,
        program_of(request).clock.now(),
    )
    facts = {"is_cleared": command.is_cleared, "reason": reason}
    try:
        await change(
            request, actor, "office.clear_difference", difference_id, clear_difference, command, **facts
        )
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _difference(
            request, actor, "difference_body.html", difference_id, refusal.status, problem=problem, **back
        )
    return go_to(f"/office/closing/{place}?day={on}" if place else "/office/closing")


async def _difference(
    request: Request, actor: Actor, template: str, difference_id: str, status: int = 200, **more: Any
) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    tomorrow = program.clock.now() + timedelta(days=1)
    found = await program.db.read(differences, brand_id, FIRST_DAY, tomorrow.date().isoformat(), tomorrow)
    one: Difference | None = next((one for one in found if one.id == difference_id), None)
    if one is None:
        raise REQUEST_NOT_FOUND()
    names = await program.db.read(_staff_names, brand_id)
    at = await program.db.read(place_by_id, brand_id, one.place_id) if one.place_id else None
    reasons = REASONS_OF.get(one.kind, CLEARING_REASONS)
    preset = one.word.reason if one.word else reasons[0] if one.kind in ("late", "outgoing_unknown") else ""
    shown = {"problem": None, "typed": {}, "wrong": "", "place": "", "on": "", **more}
    return await show(
        request,
        actor,
        template,
        status,
        one=one,
        names=names,
        place_name=at,
        reasons=reasons,
        preset=preset,
        **shown,
    )


def _staff_names(reader: Reader, brand_id: str) -> dict[str, str]:
    return {staff.id: staff.name for staff in staff_of_brand(reader, brand_id)}


@router.get("/closing/{place_id}")
async def place_page(
    request: Request,
    actor: EarningsReader,
    place_id: PlaceId,
    day: ShownDay = "",
) -> Response:
    """A day of a place: counts, what keeps it open, closing and opening again; by default the oldest open one."""
    return await _place(request, actor, "place_day.html", place_id, day)


@router.post("/closing/{place_id}/{day}/close")
async def close(
    request: Request, actor: Closer, place_id: PlaceId, day: IsoDay, note: Typed = ""
) -> Response:
    """Close it; what keeps it open is listed."""
    command = CloseDay(
        brand_of(actor), place_id, _date(day), new_id("cls"), note, actor.id, program_of(request).clock.now()
    )
    try:
        await change(request, actor, "office.close_day", place_id, close_day, command, day=day)
    except Refusal as refusal:
        title, detail = problem_of(request, refusal)
        # The page lists in words what the refusal names by its codes.
        problem = (title, "" if refusal.code == NOT_CLEAR.code else detail)
        return await _place(
            request, actor, "place_day_body.html", place_id, day, refusal.status, problem=problem
        )
    return go_to(f"/office/closing/{place_id}?day={day}")


@router.post("/closing/{place_id}/{day}/reopen")
async def reopen(
    request: Request,
    actor: Reopener,
    place_id: PlaceId,
    day: IsoDay,
    note: Typed = "",
    register: RegisterId | None = None,
) -> Response:
    """Open the place's day again, or one of its registers'."""
    if not (note := note.strip()) or not note.isprintable():
        wrong = "office-closing_note_missing"
        return await _place(request, actor, "place_day_body.html", place_id, day, 422, wrong=wrong)
    command = ReopenDay(
        brand_of(actor),
        place_id,
        register or place_id,
        _date(day),
        new_id("cls"),
        note,
        actor.id,
        program_of(request).clock.now(),
    )
    facts = {"day": day, "register_id": register}
    try:
        await change(request, actor, "office.reopen_day", place_id, reopen_day, command, **facts)
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _place(
            request, actor, "place_day_body.html", place_id, day, refusal.status, problem=problem
        )
    return go_to(f"/office/closing/{place_id}?day={day}")


async def _place(
    request: Request,
    actor: Actor,
    template: str,
    place_id: str,
    day: str,
    status: int = 200,
    **more: Any,
) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    on = _date(day) if day else None
    found = await program.db.read(place_day, brand_id, place_id, on, program.clock.now())
    names = await program.db.read(_staff_names, brand_id)
    cleared = await program.db.read(_cleared_of, brand_id, found, program.clock.now())
    shown = {"problem": None, "wrong": "", "cleared": cleared, **more}
    may_reopen = actor.may(Permission.DAYS_REOPEN, brand_id=brand_id)
    return await show(
        request, actor, template, status, found=found, names=names, may_reopen=may_reopen, **shown
    )


def _cleared_of(reader: Reader, brand_id: str, found: PlaceDay, now: datetime) -> list[Difference]:
    """What was let stand of a place's day, by when the money moved: who looks at it later sees what, and why."""
    day = date.fromisoformat(found.day)
    begins, ends = (day_begins_at(day + timedelta(days=n), found.time_zone) for n in (0, 1))
    first, last = (day + timedelta(days=n) for n in (-1, 1))  # a provider's day is another
    listed = differences(reader, brand_id, first.isoformat(), last.isoformat(), bills_due(now))
    return [
        one
        for one in listed
        if one.is_cleared
        and one.place_id in (None, found.place.id)
        and (one.day == found.day if one.at is None else begins <= one.at < ends)
    ]


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise REQUEST_NOT_FOUND() from None
