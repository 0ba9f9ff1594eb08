"""The head office: who runs the brand."""

from fastapi import APIRouter

from highstreet.fronts.office import (
    closing,
    codes,
    conflicts,
    contracts,
    day,
    disputes,
    files,
    gift_cards,
    goods,
    journals,
    members,
    money,
    offers,
    orders,
    pages,
    places,
    rails,
    returns,
    rollout,
    routing,
    sales,
    settlements,
    sign_in,
    staff,
    trail,
)
from highstreet.fronts.office.import_runs import close_imports
from highstreet.fronts.office.pages import closing as closing_pages
from highstreet.fronts.office.pages import imports

_api = APIRouter(prefix="/office/v1")
for part in (
    sign_in,
    day,
    sales,
    returns,
    rails,
    gift_cards,
    orders,
    routing,
    money,
    closing,
    places,
    journals,
    rollout,
    offers,
    codes,
    contracts,
    conflicts,
    disputes,
    settlements,
    goods,
    staff,
    members,
    files,
    trail,
):
    _api.include_router(part.router)

router = APIRouter()
router.include_router(_api)
router.include_router(pages.router)

UPLOADS = {
    imports.UPLOAD_PATH: imports.FILE_LIMIT_BYTES,
    closing.FILE_PATH: closing.FILE_BYTES,
    closing.STATEMENT_PATH: closing.FILE_BYTES,
    closing_pages.UPLOAD_PATH: closing.FILE_BYTES,
}
"""Addresses that take files, and how large each may be."""

__all__ = ["UPLOADS", "close_imports", "router"]
