"""The pages of the head office, drawn by the server. How one is added: shell.py, templates/frame.html."""

from fastapi import APIRouter, Response

from highstreet.fronts.office.pages import (
    audit,
    cards,
    closing,
    conflicts,
    contract_changes,
    contracts,
    disputes,
    earnings,
    goods,
    imports,
    loop,
    members,
    offers,
    places,
    routing,
    rules,
    sale_refunds,
    sales,
    settlements,
    sign_in,
    staff,
    takings,
    today,
)
from highstreet.fronts.office.pages.shell import page_router
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.web import needs

router = APIRouter()
for section in (
    sign_in,
    today,
    sales,
    sale_refunds,
    routing,
    loop,
    members,
    offers,
    goods,
    imports,
    contract_changes,
    contracts,
    conflicts,
    disputes,
    earnings,
    settlements,
    takings,
    closing,
    cards,
    staff,
    places,
    rules,
    audit,
):
    router.include_router(section.router)

_rest = page_router()


@_rest.get("/{page}", dependencies=[needs(ActorKind.NOBODY)])
async def no_such_page() -> Response:
    """Any other address, the last that is tried."""
    raise REQUEST_NOT_FOUND()


router.include_router(_rest)
