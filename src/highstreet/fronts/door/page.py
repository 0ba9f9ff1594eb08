"""What lies at the root: the front door's page, the icon, what robots may read."""

from fastapi import APIRouter, Request, Response

from highstreet.flows.demo_people import DemoPerson, demo_keys, demo_people
from highstreet.flows.program import Program
from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.web import needs
from highstreet.look import Pages, static_file

router = APIRouter(include_in_schema=False, dependencies=[needs(ActorKind.NOBODY)])
pages = Pages("door")


@router.get("/")
async def door_page(request: Request) -> Response:
    """What this is, and the way to the doors; in the demo its people, to be in one tap."""
    people = await people_here(request)
    program: Program = request.app.state.program
    wallet_url = program.settings.wallet_url.rstrip("/") if people else ""
    return pages.answer(request, "door.html", people=people, wallet_url=wallet_url)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """The icon, for browsers that look for it at the root."""
    return static_file(request, "look", "app-192.png")


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Shops may be found; the doors of staff and the API are nobody's search result. Of the demo nothing is."""
    program: Program = request.app.state.program
    closed = ["/"] if program.settings.mode == "demo" else ["/office/", "/dealer/", "/register/", "/*/v1/"]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed)]
    return Response("\n".join(lines) + "\n", 200, {"Cache-Control": "public, max-age=3600"}, "text/plain")


async def people_here(request: Request) -> list[DemoPerson]:
    """The demo's people; nobody outside the demo."""
    program: Program = request.app.state.program
    try:
        keys = demo_keys(program)
    except Refusal:
        return []
    return await program.db.read(demo_people, keys)
