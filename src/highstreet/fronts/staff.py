"""What the office's and the dealers' doors have in common: the words of a question, and staff who come and go.

No front of its own: the fronts of staff build on it, and it knows none of them.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from highstreet.flows.guard_parity import ParityRefusal, keep_refused
from highstreet.flows.keep_stock import (
    AdjustHere,
    Counted,
    CountHere,
    adjust_here,
    article_here,
    count_here,
    was_adjusted,
)
from highstreet.flows.program import Program
from highstreet.flows.sign_in_staff import (
    EndStaffSession,
    StaffAtWork,
    change_own_password,
    check_own_password,
    end_staff_session,
    show_staff,
    sign_in_staff,
    sign_out,
)
from highstreet.flows.stand_at_register import new_pin, set_pin
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.browsers import browser_name
from highstreet.kernel.ids import stable_id
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.rate import asker_of
from highstreet.kernel.tx import Tx
from highstreet.kernel.web import PROBLEMS, keep_session, needs
from highstreet.rooms.identity import RevokeSession, SessionRecord, sessions_of_staff
from highstreet.rooms.stock import Reason

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

C = TypeVar("C")
R = TypeVar("R")

Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]
Staff = Annotated[Actor, needs(ActorKind.STAFF)]


class Asked(BaseModel):
    """A request body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid", str_max_length=400)


class Told(BaseModel):
    """An answer. `_en` and `_zh` are the same text in English and Chinese; amounts are minor units."""

    model_config = ConfigDict(from_attributes=True)


def _in_range(at: datetime) -> datetime:
    if not FIRST <= at <= LAST:
        raise ValueError("an instant between the years 2000 and 2200")
    return at.astimezone(UTC)


_ANY = "[0-9a-hjkmnp-tv-z]"
Id = Annotated[
    str,
    StringConstraints(pattern=f"^[a-z]{{3}}_[0-7]{_ANY}{{9}}[e-h]{_ANY}{{2}}[89abrstv]{_ANY}{{12}}$"),
    Field(description="Prefix, underscore, 26 characters."),
]
CodeId = Annotated[Id, Field(examples=[stable_id("cod", "example")])]
ContractId = Annotated[Id, Field(examples=[stable_id("ctr", "example")])]
CouponId = Annotated[Id, Field(examples=[stable_id("cpn", "example")])]
KeyId = Annotated[Id, Field(examples=[stable_id("rky", "example")])]
OfferId = Annotated[Id, Field(examples=[stable_id("ofr", "example")])]
ParityCaseId = Annotated[Id, Field(examples=[stable_id("pcs", "example")])]
ParityChangeId = Annotated[Id, Field(examples=[stable_id("pcg", "example")])]
ParcelId = Annotated[Id, Field(examples=[stable_id("pcl", "example")])]
PartyId = Annotated[Id, Field(examples=[stable_id("pty", "example")])]
PlaceId = Annotated[Id, Field(examples=[stable_id("plc", "example")])]
RegisterId = Annotated[Id, Field(examples=[stable_id("reg", "example")])]
PaymentId = Annotated[Id, Field(examples=[stable_id("pmt", "example")])]
SaleId = Annotated[Id, Field(examples=[stable_id("sal", "example")])]
ScopeId = PartyId  # a brand's, a party's or a place's
SettlementId = Annotated[Id, Field(examples=[stable_id("stl", "example")])]
SessionId = Annotated[Id, Field(examples=[stable_id("ses", "example")])]
StockTransferId = Annotated[Id, Field(examples=[stable_id("trn", "example")])]
StaffId = Annotated[Id, Field(examples=[stable_id("stf", "example")])]
VariantId = Annotated[Id, Field(examples=[stable_id("var", "example")])]
Instant = Annotated[AwareDatetime, AfterValidator(_in_range)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def brand_of(actor: Actor) -> str:
    """The brand all answers are about; staff always have one."""
    return str(actor.brand_id)


def program_of(request: Request) -> Program:
    """The running program."""
    program: Program = request.app.state.program
    return program


async def write_audited(
    request: Request,
    actor: Actor,
    subject_id: str | None,
    flow: Callable[[Tx, C], R],
    command: C,
    **facts: Any,
) -> R:
    """Change something, and write down who did, under the route's own name."""
    program = program_of(request)
    action = str(request.scope["route"].operation_id).replace("_", ".", 1)
    return await write_named(
        program, Audited(actor, action, subject_id, flow, command, program.clock.now(), facts)
    )


async def write_named(program: Program, ask: Audited[C, R]) -> R:
    """The same under any name. What a contract refused is written down by itself: nothing else of it was (P3)."""
    try:
        done: R = await program.db.write(audited, ask)
    except ParityRefusal as refusal:
        case = Audited(
            ask.actor, "office.keep_refused", ask.subject_id, keep_refused, refusal.kept, ask.at, ask.facts
        )
        await program.db.write(audited, case)
        raise
    return done


Pieces = Annotated[int, Field(ge=0, le=1_000_000)]
AdjustmentId = Annotated[
    Id, Field(description="Made by whoever asks: once for each.", examples=[stable_id("adj", "example")])
]


class CountRowAsked(Asked):
    """What was seen of one article of one owner."""

    variant_id: VariantId
    owner_party_id: PartyId
    on_hand: Pieces


class CountAsked(Asked):
    """What was seen at a place."""

    place_id: PlaceId
    rows: list[CountRowAsked] = Field(min_length=1, max_length=200)


class AdjustmentAsked(Asked):
    """So many more (below zero: fewer) of one article of one owner at a place, and why."""

    id: AdjustmentId
    place_id: PlaceId
    variant_id: VariantId
    owner_party_id: PartyId
    reason: Reason = Field(
        description="`damaged`, `lost`, `stolen` (fewer), `found` (more), `correction`; `display` and `safety`"
        " change only what may be promised online."
    )
    quantity: int = Field(ge=-1_000_000, le=1_000_000)


class OwnerHereTold(Told):
    """One owner's pieces of an article at a place."""

    owner_party_id: str
    on_hand: int
    reserved: int
    display: int
    safety: int
    in_transit: int
    available: int = Field(description="What a register may sell.")
    available_online: int = Field(description="What may be promised to somebody who is not there.")
    sold: int = Field(description="Since the count.")
    missed: int = Field(description="Since the count: looked for and not found.")
    counted_at: datetime
    confidence: float = Field(ge=0, le=1, description="How sure we are of what may be promised.")


class StockMoveTold(Told):
    """What happened to an owner's pieces other than a sale."""

    owner_party_id: str
    quantity: int = Field(description="Of pieces on hand.")
    level_change: int | None = Field(description="Of pieces on display, or kept back.")
    reason: str
    ref_id: str = Field(description="Who did it, or what it belongs to.")
    at: datetime


class ArticleHereTold(Told):
    """An article at a place, and what happened to it beside sales, the newest first."""

    variant_id: str
    place_id: str
    owners: list[OwnerHereTold]
    moves: list[StockMoveTold]


class CountedTold(Told):
    """What a count changed."""

    changed: int = Field(description="How many numbers on hand were others before.")


class StockDesk:
    """Counting and adjusting, as the office's door and the dealers' answer it."""

    def __init__(self, request: Request, actor: Actor) -> None:
        self.request, self.actor = request, actor
        self.program = program_of(request)

    async def count(self, asked: CountAsked) -> int:
        """Set on hand to what was seen; how many numbers that changed."""
        rows = tuple(Counted(row.variant_id, row.owner_party_id, row.on_hand) for row in asked.rows)
        command = CountHere(self.actor, asked.place_id, rows, self.program.clock.now())
        subject = rows[0].variant_id if len(rows) == 1 else asked.place_id
        facts = {"place_id": asked.place_id, "rows": len(rows)}
        if len(rows) == 1:
            facts |= {"owner_party_id": rows[0].owner_party_id, "on_hand": rows[0].on_hand}
        return await self._audited("count_stock", subject, count_here, command, facts)

    async def adjust(self, asked: AdjustmentAsked) -> ArticleHereTold:
        """Do it once, and tell what is there now."""
        command = AdjustHere(
            actor=self.actor,
            adjustment_id=asked.id,
            place_id=asked.place_id,
            variant_id=asked.variant_id,
            owner_party_id=asked.owner_party_id,
            reason=asked.reason,
            quantity=asked.quantity,
            at=self.program.clock.now(),
        )
        if not await self.program.db.read(was_adjusted, command):
            facts = asked.model_dump(include={"place_id", "owner_party_id", "reason", "quantity"})
            await self._audited("adjust_stock", asked.variant_id, adjust_here, command, facts)
        return await self.article(asked.place_id, asked.variant_id)

    async def article(self, place_id: str, variant_id: str) -> ArticleHereTold:
        """What is there. Whether they may see the place is for whoever asks this."""
        read, now = self.program.db.read, self.program.clock.now()
        found = await read(article_here, brand_of(self.actor), place_id, variant_id, now)
        owners = [
            OwnerHereTold(
                **{
                    name: getattr(one.stock, name)
                    for name in OwnerHereTold.model_fields
                    if name != "confidence"
                },
                confidence=one.confidence,
            )
            for one in found.owners
        ]
        moves = [StockMoveTold.model_validate(move) for move in found.moves]
        return ArticleHereTold(variant_id=variant_id, place_id=place_id, owners=owners, moves=moves)

    async def _audited(
        self, name: str, subject_id: str, flow: Callable[[Tx, C], R], command: C, facts: dict[str, Any]
    ) -> R:
        audience = self.request.url.path.split("/")[1]
        now = self.program.clock.now()
        ask = Audited(self.actor, f"{audience}.{name}", subject_id, flow, command, now, facts)
        done: R = await self.program.db.write(audited, ask)
        return done


class SignInAsked(Asked):
    """Login and password."""

    login: str = Field(min_length=1, max_length=80, examples=["hq@nordlys"])
    password: Password


class SignedInTold(Told):
    """A session: send the token as `Authorization: Bearer …`."""

    token: str | None = Field(description="Told once and kept nowhere; null for a page, whose cookie has it.")
    expires_at: datetime
    staff_id: str
    name: str
    brand_id: str
    party_id: str = Field(description="The company they work for.")


class SessionTold(Told):
    """One of their sessions."""

    session_id: str
    created_at: datetime
    expires_at: datetime
    device_name: str | None = Field(description="Browser and system, as far as known.")
    seen_at: datetime = Field(description="Used last, to some minutes.")
    is_this: bool = Field(description="Whether this request came with it.")


class NamedTold(Told):
    """A brand, party or place by its names."""

    id: str
    name_en: str
    name_zh: str


class RoleTold(Told):
    """A role and what it is for."""

    role: str
    scope: NamedTold


class StaffMeTold(Told):
    """Who is signed in, and what they may."""

    staff_id: str
    login: str
    name: str
    brand: NamedTold
    currency: str
    party: NamedTold = Field(description="The company they work for.")
    roles: list[RoleTold]
    permissions: list[str] = Field(description="Those that they have for anything at all.")


class PasswordAsked(Asked):
    """The password as it is, and as it is to be."""

    password: Password
    new_password: Annotated[str, StringConstraints(min_length=8, max_length=200)]


class OwnPinAsked(Asked):
    """The password as it is, and a PIN of 4 to 8 digits for registers; null takes the PIN away."""

    password: Password
    pin: Annotated[str, StringConstraints(pattern="^[0-9]{4,8}$")] | None


def session_told(session: SessionRecord, actor: Actor) -> SessionTold:
    """A session in a list that this actor asked for."""
    return SessionTold(
        session_id=session.id,
        created_at=session.created_at,
        expires_at=session.expires_at,
        device_name=session.device_name,
        seen_at=session.seen_at,
        is_this=session.id == actor.session_id,
    )


def _me_told(found: StaffAtWork, actor: Actor) -> StaffMeTold:
    return StaffMeTold(
        staff_id=found.staff.id,
        login=found.staff.login,
        name=found.staff.name,
        brand=NamedTold.model_validate(found.brand),
        currency=found.brand.currency,
        party=NamedTold.model_validate(found.party),
        roles=[RoleTold(role=role, scope=NamedTold.model_validate(scope)) for role, scope in found.roles],
        permissions=sorted({grant.permission.value for grant in actor.grants}),
    )


WHO = {"office": "Head office", "dealer": "Dealer or landlord"}
DOES = {
    "sign_in": "signs in",
    "sign_out": "signs out",
    "read_me": "reads own account and rights",
    "list_sessions": "lists own sessions",
    "end_session": "ends one of own sessions",
    "change_password": "changes own password",
    "change_pin": "changes own PIN for registers",
}


def _named(audience: str, action: str) -> dict[str, Any]:
    """An operation's id and summary."""
    return {"operation_id": f"{audience}_{action}", "summary": f"{WHO[audience]} {DOES[action]}"}


def staff_door(audience: str) -> APIRouter:
    """The routes by which staff come, go, see their sessions and end them."""
    named = partial(_named, audience)
    router = APIRouter(tags=[f"{audience}: sign-in"], responses=PROBLEMS)

    @router.post("/sign-in", **named("sign_in"))
    async def sign_in(
        request: Request, response: Response, _actor: Anyone, asked: SignInAsked
    ) -> SignedInTold:
        """Open a session. An unknown login and a wrong password are told the same."""
        response.headers["Cache-Control"] = "no-store"
        program = program_of(request)
        asker = asker_of(request.client.host if request.client else None)
        device_name = browser_name(request.headers.get("user-agent"))
        done = await sign_in_staff(program, asker, asked.login, asked.password, device_name)
        age_s = int((done.expires_at - program.clock.now()).total_seconds())
        told = SignedInTold.model_validate(done)
        if keep_session(request, response, done.token, age_s):
            told.token = None
        return told

    @router.post("/sign-out", status_code=204, **named("sign_out"))
    async def end_this_session(request: Request, response: Response, actor: Staff) -> None:
        """End this session: its token opens nothing any more."""
        program = program_of(request)
        await program.db.write(sign_out, RevokeSession(str(actor.session_id), program.clock.now()))
        keep_session(request, response, "", 0)

    @router.get("/me", **named("read_me"))
    async def read_me(request: Request, actor: Staff) -> StaffMeTold:
        """Who is signed in, for whom they work, and what they may."""
        return _me_told(await program_of(request).db.read(show_staff, brand_of(actor), actor.id), actor)

    @router.get("/me/sessions", **named("list_sessions"))
    async def list_sessions(request: Request, actor: Staff) -> list[SessionTold]:
        """Own sessions in force, the newest first."""
        program = program_of(request)
        now = program.clock.now()
        found = await program.db.read(sessions_of_staff, brand_of(actor), actor.id, now)
        return [session_told(session, actor) for session in found]

    @router.delete("/me/sessions/{session_id}", status_code=204, **named("end_session"))
    async def end_one_session(request: Request, actor: Staff, session_id: SessionId) -> None:
        """End one of one's own sessions, this one too. 404 when it is another's or has ended."""
        program = program_of(request)
        command = EndStaffSession(brand_of(actor), actor.id, session_id, program.clock.now())
        await write_audited(request, actor, session_id, end_staff_session, command)

    @router.put("/me/password", status_code=204, **named("change_password"))
    async def change_password(
        request: Request, response: Response, actor: Staff, asked: PasswordAsked
    ) -> None:
        """Change one's own password; all sessions end, this one too."""
        asker = asker_of(request.client.host if request.client else None)
        await change_own_password(
            program_of(request), asker, (brand_of(actor), actor.id), asked.password, asked.new_password
        )
        keep_session(request, response, "", 0)

    @router.put("/me/pin", status_code=204, **named("change_pin"))
    async def change_pin(request: Request, actor: Staff, asked: OwnPinAsked) -> None:
        """Set one's own PIN for registers; the password proves who asks."""
        asker = asker_of(request.client.host if request.client else None)
        program, who = program_of(request), (brand_of(actor), actor.id)
        await check_own_password(program, asker, who, asked.password)
        await write_audited(request, actor, actor.id, set_pin, await new_pin(program, *who, asked.pin))

    return router
