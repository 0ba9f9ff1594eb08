"""The shopper's page: one application, whatever the address below /shop."""

from fastapi import APIRouter, Request, Response

from highstreet.fronts.shop.pins import first_map
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.web import needs
from highstreet.look import shell, static_file

router = APIRouter(prefix="/shop", include_in_schema=False, dependencies=[needs(ActorKind.NOBODY)])


@router.get("/static/{name}")
async def shop_static(request: Request, name: str) -> Response:
    """A built file of the page."""
    return static_file(request, "shop", name)


@router.get("/{address:path}")
async def shop_page(request: Request, address: str) -> Response:
    """The page; the application reads the address itself. Errors: request.not_found for the API's addresses."""
    first = address.partition("/")[0]
    if first in {"v1", "static"}:
        raise REQUEST_NOT_FOUND()
    # The map can be used before it has asked for anything: what is around the middle comes with the page.
    return shell(request, "shop", await first_map(request) if first in {"", "places", "c"} else "")
