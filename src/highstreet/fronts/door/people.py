"""Who one can be in the demo, and being them in one tap."""

import secrets
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from highstreet.flows.demo_people import DemoPerson, EnterDemo, demo_keys, demo_people, enter_demo
from highstreet.flows.program import Program
from highstreet.kernel.browsers import REGISTER_DAYS, browser_name, is_from_page
from highstreet.kernel.errors import CROSS_SITE
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import PROBLEMS, keep_session, needs
from highstreet.rooms.identity import TokenKind, make_token

router = APIRouter(tags=["door"], responses=PROBLEMS)
Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]
DAY_S = 86_400


class PersonTold(BaseModel):
    """Whom to be."""

    model_config = ConfigDict(from_attributes=True)

    person: Literal["shopper", "register", "office", "dealer", "landlord"]
    audience: Literal["shop", "register", "office", "dealer"]
    name: str | None = Field(description="Of staff.")
    at_en: str | None = Field(description="The company or place they are at.")
    at_zh: str | None
    brand_en: str | None
    brand_zh: str | None
    pin: str | None = None


class EnterAsked(BaseModel):
    """Whom to be."""

    model_config = ConfigDict(extra="forbid")

    person: Literal["shopper", "register", "office", "dealer", "landlord"]
    device_id: str | None = Field(
        None,
        pattern="^dev_[0-7][0-9a-hjkmnp-tv-z]{25}$",
        description="A shopper's: what it met before is theirs then.",
    )


class EnteredTold(BaseModel):
    """The cookie is set: go to `url`."""

    audience: Literal["shop", "register", "office", "dealer"]
    url: str = Field(examples=["/shop/"])


def _program(request: Request) -> Program:
    program: Program = request.app.state.program
    return program


def _is_ours(request: Request, public_url: str) -> bool:
    """Whether the page was opened by a name of ours: a stranger's name may be made to lead to this machine."""
    host = request.url.hostname or ""
    if host == "localhost" or host == urlsplit(public_url).hostname:
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@router.get(
    "/people",
    operation_id="door_list_people",
    summary="Visitor of the demo lists its people",
    response_model=list[PersonTold],
)
async def list_people(request: Request, _actor: Anyone) -> list[DemoPerson]:
    """The demo's people. 404 outside the demo."""
    program = _program(request)
    return await program.db.read(demo_people, demo_keys(program))


@router.post("/enter", operation_id="door_enter", summary="Visitor of the demo becomes one of its people")
async def enter(request: Request, response: Response, _actor: Anyone, asked: EnterAsked) -> EnteredTold:
    """Be one of the demo's people: a page of ours gets their cookie. 404 outside the demo."""
    program = _program(request)
    keys = demo_keys(program)
    if not is_from_page(request.headers) or not _is_ours(request, program.settings.public_url):
        raise CROSS_SITE()
    kind = TokenKind.REGISTER_KEY if asked.person == "register" else TokenKind.SESSION
    now = program.clock.now()
    command = EnterDemo(
        person=asked.person,
        keys=keys,
        token=make_token(kind, secrets.token_bytes(32)),
        device_name=browser_name(request.headers.get("user-agent")),
        device_id=asked.device_id,
        now=now,
    )
    entered = await program.db.write(enter_demo, command)
    age_s = REGISTER_DAYS * DAY_S
    if entered.expires_at is not None:
        age_s = int((entered.expires_at - now).total_seconds())
    keep_session(request, response, entered.token, age_s, entered.audience)
    response.headers["Cache-Control"] = "no-store"
    return EnteredTold.model_validate({"audience": entered.audience, "url": f"/{entered.audience}/"})
