"""A person sees, exports and erases what is kept about them, and ends sessions."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from highstreet.flows.erase_person import erase_person
from highstreet.flows.export_person import export_person
from highstreet.flows.show_wallet import brands_for
from highstreet.flows.sign_in import EndSession, end_session
from highstreet.fronts.shop.access import PRIVATE, Shopper, person_of, problems, program_of
from highstreet.fronts.shop.export import export_told
from highstreet.fronts.shop.models.me import ConsentTold, ExportTold, FollowTold, MeTold, consent_told
from highstreet.fronts.shop.models.shared import SessionId, brand_told
from highstreet.fronts.shop.models.sign_in import SessionTold
from highstreet.kernel.errors import AUTH_REQUIRED
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import keep_session
from highstreet.rooms.identity import ErasePerson, Person, mask_phone, person_by_id, sessions_of_person
from highstreet.rooms.members import Follow, consents_of_person, follows_of_person
from highstreet.rooms.parties import Brand

router = APIRouter(tags=["shop: me"], dependencies=[PRIVATE])


@dataclass(frozen=True, slots=True)
class _Me:
    person: Person
    follows: list[Follow]
    brands: dict[str, Brand]


@router.get(
    "/me", operation_id="shop_read_me", summary="Shopper reads own account", responses=problems(401, 403)
)
async def read_me(request: Request, actor: Shopper) -> MeTold:
    """Who is signed in, and which brands they follow."""

    def found(reader: Reader) -> _Me:
        person = person_by_id(reader, person_of(actor))
        if person is None:
            raise AUTH_REQUIRED()
        follows = follows_of_person(reader, person.id)
        return _Me(person, follows, brands_for(reader, (f.brand_id for f in follows)))

    me = await program_of(request).db.read(found)
    return MeTold(
        person_id=me.person.id,
        phone=mask_phone(me.person.phone) if me.person.phone else None,
        locale=me.person.locale,
        created_at=me.person.created_at,
        follows=[
            FollowTold(brand=brand_told(me.brands[f.brand_id]), entry=f.entry, since=f.since)
            for f in me.follows
        ],
    )


@router.get(
    "/me/export",
    operation_id="shop_export_me",
    summary="Shopper downloads everything kept about them",
    responses=problems(401, 403),
)
async def export_me(request: Request, response: Response, actor: Shopper) -> ExportTold:
    """Everything kept about the person, from every room, as JSON to save."""
    program = program_of(request)
    export = await program.db.read(export_person, person_of(actor), program.clock.now())
    if export is None:
        raise AUTH_REQUIRED()
    response.headers["Content-Disposition"] = 'attachment; filename="highstreet-export.json"'
    return export_told(export)


@router.delete(
    "/me",
    status_code=204,
    operation_id="shop_erase_me",
    summary="Shopper erases own account",
    responses=problems(401, 403),
)
async def erase_me(request: Request, response: Response, actor: Shopper) -> None:
    """Forget the person; sessions end. What stays is bookkeeping that names nobody.

    So that offers' limits per person are not begun anew, their counts stay under a keyed hash of the phone for
    a year at most, and those of one-time codes for a day; the next sign-in with this phone takes them over.
    """
    program = program_of(request)
    command = ErasePerson(person_of(actor), program.clock.now(), program.pepper)
    await program.db.write(erase_person, command)
    await program.db.empty_log()  # with readers in the way the hourly job does it
    keep_session(request, response, "", 0)


@router.get(
    "/consents",
    operation_id="shop_list_consents",
    summary="Shopper lists own consents",
    responses=problems(401, 403),
)
async def list_consents(request: Request, actor: Shopper) -> list[ConsentTold]:
    """All consent receipts, withdrawn ones too, the oldest first."""
    found = await program_of(request).db.read(consents_of_person, person_of(actor))
    return [consent_told(receipt) for receipt in found]


@router.get(
    "/me/sessions",
    operation_id="shop_list_sessions",
    summary="Shopper lists own sessions",
    responses=problems(401, 403),
)
async def list_sessions(request: Request, actor: Shopper) -> list[SessionTold]:
    """Sessions in force, the newest first."""
    program = program_of(request)
    found = await program.db.read(sessions_of_person, person_of(actor), program.clock.now())
    return [
        SessionTold(
            session_id=s.id,
            created_at=s.created_at,
            expires_at=s.expires_at,
            device_name=s.device_name,
            seen_at=s.seen_at,
            is_this=s.id == actor.session_id,
        )
        for s in found
    ]


@router.delete(
    "/me/sessions/{session_id}",
    status_code=204,
    operation_id="shop_end_session",
    summary="Shopper ends one of own sessions",
    responses=problems(401, 403, 404, 422),
)
async def end_one_session(request: Request, actor: Shopper, session_id: SessionId) -> None:
    """End one of the person's sessions, this one too. 404 when it is not theirs or has ended."""
    program = program_of(request)
    await program.db.write(end_session, EndSession(person_of(actor), session_id, program.clock.now()))
