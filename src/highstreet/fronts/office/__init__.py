"""The head office: who runs the brand."""

from fastapi import APIRouter

from highstreet.fronts.office import (
    codes,
    contracts,
    day,
    files,
    goods,
    members,
    money,
    offers,
    orders,
    pages,
    places,
    returns,
    sales,
    sign_in,
    staff,
    trail,
)
from highstreet.fronts.office.import_runs import close_imports
from highstreet.fronts.office.pages.imports import FILE_LIMIT_BYTES, UPLOAD_PATH

_api = APIRouter(prefix="/office/v1")
for part in (
    sign_in,
    day,
    sales,
    returns,
    orders,
    money,
    places,
    offers,
    codes,
    contracts,
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

__all__ = ["FILE_LIMIT_BYTES", "UPLOAD_PATH", "close_imports", "router"]
