"""The pages of dealers, landlords and stores. They show what the JSON routes tell the same actor, and no more."""

from fastapi import APIRouter, Response

from highstreet.fronts.dealer.pages import (
    account,
    conflicts,
    contracts,
    disputes,
    money,
    parcels,
    sales,
    settlements,
    shelf,
    stock,
    today,
    transfers,
)
from highstreet.fronts.dealer.pages.shell import page_router
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.web import needs

router = APIRouter()
for section in (
    account,
    today,
    sales,
    stock,
    shelf,
    money,
    settlements,
    contracts,
    conflicts,
    disputes,
    parcels,
    transfers,
):
    router.include_router(section.router)

_rest = page_router()


@_rest.get("/{page}", dependencies=[needs(ActorKind.NOBODY)])
async def no_such_page() -> Response:
    """Any other address, the last that is tried."""
    raise REQUEST_NOT_FOUND()


router.include_router(_rest)
