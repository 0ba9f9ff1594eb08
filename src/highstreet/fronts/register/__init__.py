"""Cash registers: sales, tenders, refunds, and the live stream of their place; the page."""

from fastapi import APIRouter

from highstreet.fronts.register import (
    clerks,
    day,
    desk,
    journal,
    page,
    pairing,
    parts,
    rails,
    receipts,
    sales,
    till,
)

api = APIRouter(prefix="/register/v1")
for one in (pairing, sales, parts, rails, receipts, till, desk, journal, day, clerks):
    api.include_router(one.router)

router = APIRouter()
router.include_router(api)
router.include_router(page.router)

HOT_ROUTES = (sales.HOT,)

__all__ = ["HOT_ROUTES", "router"]
