"""The register's page."""

from fastapi import APIRouter, Request, Response

from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.web import needs
from highstreet.look import shell, static_file

router = APIRouter(prefix="/register", include_in_schema=False, dependencies=[needs(ActorKind.NOBODY)])


@router.get("/")
async def register_page(request: Request) -> Response:
    """The page; it asks for its pairing by itself."""
    return shell(request, "register")


@router.get("/static/{name}")
async def register_static(request: Request, name: str) -> Response:
    """A built file of the page."""
    return static_file(request, "register", name)
