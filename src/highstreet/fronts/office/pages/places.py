"""Places and registers: where they are, whether they are alive, which browsers hold their keys, and pairing."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Form, Query, Request, Response

from highstreet.flows.list_places import ListedPlace, list_places
from highstreet.flows.office_day import RegisterState, register_states
from highstreet.flows.pair_register import OfferPairing, add_register, offer_pairing, unpair_register
from highstreet.fronts.office.asking import Words, office
from highstreet.fronts.office.pages.changes import Typed, change, go_to, problem_of, say
from highstreet.fronts.office.pages.offline import offline_of, offline_shown
from highstreet.fronts.office.pages.shell import SalesReader, page_router, show
from highstreet.fronts.staff import Instant, KeyId, PlaceId, RegisterId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.i18n import text as words_of
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.identity import (
    PAIRING_BYTES,
    RevokeRegisterKey,
    pairing_code,
    pairing_hash,
)
from highstreet.rooms.parties import (
    AddRegisters,
    Party,
    RegisterRecord,
    SetTraining,
    parties_of_brand,
    set_training,
)
from highstreet.rooms.registers import SeeJournal, see_journal

router = page_router()
RegistersWriter = Annotated[Actor, office(Permission.REGISTERS_WRITE)]
ALIVE = timedelta(minutes=15)
"""A register whose key was used within this time is at work: use is noted every few minutes."""
SILENT = timedelta(days=1)
ALIVE_STATES = ("at_work", "idle")
ALL_PLACES = 10_000
PINS_AT_MOST = 2_000


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A register and how it stands: closed, unpaired, unused, at_work, idle or silent."""

    known: RegisterState
    state: str
    seen_at: datetime | None

    @property
    def keys(self) -> list[Any]:
        """Keys in force, the one used last first."""
        live = [key for key in self.known.keys if key.revoked_at is None]
        return sorted(live, key=lambda key: key.seen_at or key.created_at, reverse=True)


def _line(known: RegisterState, now: datetime) -> RegisterLine:
    times = [key.seen_at for key in known.keys if key.seen_at]
    times += [known.register.last_sale_at] if known.register.last_sale_at else []
    seen_at = max(times, default=None)
    if not known.register.is_active:
        state = "closed"
    elif all(key.revoked_at for key in known.keys):
        state = "unpaired"
    elif seen_at is None:
        state = "unused"
    elif now - seen_at > SILENT:
        state = "silent"
    else:
        state = "at_work" if now - seen_at <= ALIVE else "idle"
    return RegisterLine(known, state, seen_at)


def _lines(reader: Reader, brand_id: str, now: datetime) -> list[RegisterLine]:
    return [_line(known, now) for known in register_states(reader, brand_id, now)]


def _places(reader: Reader, brand_id: str) -> tuple[list[ListedPlace], dict[str, Party]]:
    found = list_places(reader, brand_id, None, "", ALL_PLACES)
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    return sorted(found, key=lambda place: (not place.is_active, place.name_en, place.place_id)), parties


@router.get("/places")
async def places_page(request: Request, actor: SalesReader, text: Annotated[Words, Query()] = "") -> Response:
    """All places, with who runs them and how many registers are alive there."""
    program, brand_id = program_of(request), brand_of(actor)
    found, parties = await program.db.read(_places, brand_id)
    lines = await program.db.read(_lines, brand_id, program.clock.now())
    words = text.lower().split()
    shown = [
        place
        for place in found
        if all(
            w in f"{place.name_en} {place.name_zh} {place.address} {place.external_ref}".lower()
            for w in words
        )
    ]
    return await show(
        request,
        actor,
        "places.html",
        places=shown,
        total=len(found),
        parties=parties,
        by_place=_by_place(lines),
        pins=_pins(found, _by_place(lines), page_locale(request)),
        text=text,
        may_import=actor.may(Permission.IMPORT_RUN, brand_id=brand_id),
    )


@router.get("/places/{place_id}")
async def place_page(request: Request, actor: SalesReader, place_id: PlaceId) -> Response:
    """One place: who runs it, its hours, its registers."""
    program, brand_id = program_of(request), brand_of(actor)
    found, parties = await program.db.read(_places, brand_id)
    place = next((one for one in found if one.place_id == place_id), None)
    if place is None:
        raise REQUEST_NOT_FOUND()
    lines = await program.db.read(_lines, brand_id, program.clock.now())
    return await show(
        request,
        actor,
        "place.html",
        place=place,
        parties=parties,
        lines=_by_place(lines).get(place_id, []),
        may_write=_may_write(actor),
        may_see_stock=actor.may(Permission.STOCK_READ, brand_id=brand_id),
        problem=None,
    )


@router.post("/places/{place_id}/registers")
async def new_register(
    request: Request, actor: RegistersWriter, place_id: PlaceId, name: Typed = ""
) -> Response:
    """Add a register to a place and go to it: it sells once it is paired."""
    now = program_of(request).clock.now()
    record = RegisterRecord(brand_of(actor), new_id("reg"), place_id, name.strip()[:80], is_active=True)
    try:
        action, command = "office.add_register", AddRegisters([record], now)
        await change(request, actor, action, record.id, add_register, command, place_id=place_id, name=name)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return await show(
            request,
            actor,
            "register_new.html",
            refusal.status,
            place_id=place_id,
            name=name,
            problem=problem_of(request, refusal),
        )
    return go_to(f"/office/registers/{record.id}")


@router.get("/registers")
async def registers_page(
    request: Request,
    actor: SalesReader,
    only: Annotated[str, Query(pattern="^(all|at_work|idle|silent|unused|unpaired|closed)$")] = "all",
) -> Response:
    """All registers by place, those that need somebody marked."""
    program = program_of(request)
    lines = await program.db.read(_lines, brand_of(actor), program.clock.now())
    counts = {
        state: sum(line.state == state for line in lines)
        for state in ("at_work", "idle", "silent", "unused", "unpaired", "closed")
    }
    offline = await program.db.read(offline_of, brand_of(actor), None)
    shown = [line for line in lines if only in ("all", line.state)]
    return await show(
        request,
        actor,
        "registers.html",
        lines=shown,
        counts=counts,
        total=len(lines),
        only=only,
        offline=Counter([e.register_id for e in offline.entries] + [a.register_id for a in offline.alerts]),
    )


@router.get("/registers/{register_id}")
async def register_page(request: Request, actor: SalesReader, register_id: RegisterId) -> Response:
    """One register: its keys, and the button to pair a browser."""
    line = await _register(request, actor, register_id)
    told = await offline_shown(request, actor, register_id)
    return await show(request, actor, "register.html", line=line, may_write=_may_write(actor), **told)


@router.post("/registers/{register_id}/seen")
async def see_offline(
    request: Request,
    actor: RegistersWriter,
    register_id: RegisterId,
    journal: Annotated[str, Form(max_length=40)],
    seq: Annotated[int, Form(ge=0, le=2**31 - 1)],
    kind: Typed = "",
) -> Response:
    """An entry or alert of its offline journal was dealt with."""
    await _register(request, actor, register_id)
    now = program_of(request).clock.now()
    command = SeeJournal(brand_of(actor), check_id(journal, "jrn"), seq, kind or None, actor.id, "", now)
    await change(request, actor, "office.see_journal", journal, see_journal, command, seq=seq)
    told = await offline_shown(request, actor, register_id)
    return await show(request, actor, "register_offline.html", may_write=_may_write(actor), **told)


@router.post("/registers/{register_id}/pairing")
async def pair(request: Request, actor: RegistersWriter, register_id: RegisterId) -> Response:
    """A code by which one browser becomes this register within ten minutes, big, with its QR."""
    program = program_of(request)
    code = pairing_code(secrets.token_bytes(PAIRING_BYTES))
    command = OfferPairing(
        brand_id=brand_of(actor),
        register_id=register_id,
        pairing_id=new_id("pai"),
        code_hash=pairing_hash(program.pepper, code),
        staff_id=actor.id,
        now=program.clock.now(),
    )
    _, expires_at = await change(request, actor, "office.pair_register", register_id, offer_pairing, command)
    spaced = f"{code[:4]}-{code[4:]}"
    url = f"{program.settings.public_url.rstrip('/')}/register/#pair={spaced}"
    return await show(
        request,
        actor,
        "pairing.html",
        register_id=register_id,
        code=spaced,
        url=url,
        expires_at=expires_at,
        since=command.now,
    )


@router.post("/registers/{register_id}/training")
async def train(
    request: Request,
    actor: RegistersWriter,
    register_id: RegisterId,
    is_training: Annotated[bool, Form()] = True,
) -> Response:
    """Put a register into training, or out of it."""
    command = SetTraining(brand_of(actor), (register_id,), is_training, program_of(request).clock.now())
    facts = {"is_training": is_training}
    await change(request, actor, "office.set_training", register_id, set_training, command, **facts)
    return go_to(f"/office/registers/{register_id}")


@router.get("/registers/{register_id}/pairing")
async def pairing_state(
    request: Request,
    actor: SalesReader,
    register_id: RegisterId,
    since: Annotated[Instant, Query()],
    until: Annotated[Instant, Query()],
) -> Response:
    """Whether a browser took the code: nothing to say yet (204), paired, or too late."""
    line = await _register(request, actor, register_id)
    made = [key for key in line.keys if key.created_at >= since]
    if not made and program_of(request).clock.now() < until:
        return Response(None, 204)
    done: dict[str, Any] = {"key": made[0] if made else None, "line": line, "may_write": _may_write(actor)}
    return await show(request, actor, "pairing_done.html", **done)


@router.post("/registers/{register_id}/keys/{key_id}/revoke")
async def revoke_key(
    request: Request, actor: RegistersWriter, register_id: RegisterId, key_id: KeyId
) -> Response:
    """End a key at once: that browser is a register no more."""
    command = RevokeRegisterKey(brand_of(actor), key_id, program_of(request).clock.now())
    action, facts = "office.revoke_register_key", {"register_id": register_id}
    await change(request, actor, action, key_id, unpair_register, command, **facts)
    line = await _register(request, actor, register_id)
    told = say(request, "office-more_key_revoked")
    return await show(
        request, actor, "register_keys.html", headers=told, line=line, may_write=_may_write(actor)
    )


async def _register(request: Request, actor: Actor, register_id: str) -> RegisterLine:
    program = program_of(request)
    lines: Sequence[RegisterLine] = await program.db.read(_lines, brand_of(actor), program.clock.now())
    for line in lines:
        if line.known.register.register_id == register_id:
            return line
    raise REQUEST_NOT_FOUND()


def _pins(
    places: Sequence[ListedPlace], by_place: Mapping[str, Sequence[RegisterLine]], locale: str
) -> dict[str, Any]:
    """What the map shows: places in business, each with how its registers stand."""
    pins = []
    for place in places:
        if not place.is_active or place.lat is None:
            continue
        states = [line.state for line in by_place.get(place.place_id, ())]
        alive = sum(state in ALIVE_STATES for state in states)
        name = place.name_zh if locale == "zh" and place.name_zh else place.name_en
        how = words_of(locale, "office-more_registers_alive", alive=alive, count=len(states))
        tone = "bad" if "silent" in states else "open" if alive else "closed"
        pins.append(
            {
                "id": place.place_id,
                "name": f"{name} · {how}",
                "tone": tone,
                "lat": place.lat,
                "lon": place.lon,
            }
        )
    return {"label": words_of(locale, "office-more_places_map"), "pins": pins[:PINS_AT_MOST]}


def _by_place(lines: Sequence[RegisterLine]) -> dict[str, list[RegisterLine]]:
    found: dict[str, list[RegisterLine]] = {}
    for line in lines:
        found.setdefault(line.known.register.place_id, []).append(line)
    return found


def _may_write(actor: Actor) -> bool:
    return actor.may(Permission.REGISTERS_WRITE, brand_id=brand_of(actor))
