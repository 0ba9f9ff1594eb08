"""The shopper's page: one application, whatever the address below /shop."""

import asyncio

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
    first, _, rest = address.partition("/")
    if first in {"v1", "static"}:
        raise REQUEST_NOT_FOUND()
    if first not in {"", "places", "c"}:
        return shell(request, "shop")
    # The map can be used before any script is there: it comes drawn, with what is around its middle.
    brand_id, _, place_id = rest.partition("/") if first == "places" else ("", "", "")
    drawn = await first_map(request, brand_id or None, place_id or None)
    return await asyncio.to_thread(shell, request, "shop", drawn)
