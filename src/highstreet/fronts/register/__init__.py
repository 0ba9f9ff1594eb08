"""Cash registers: sales, tenders, refunds, and the live stream of their place; the page."""

from fastapi import APIRouter

from highstreet.fronts.register import day, desk, page, pairing, parts, sales, till

api = APIRouter(prefix="/register/v1")
for one in (pairing, sales, parts, till, desk, day):
    api.include_router(one.router)

router = APIRouter()
router.include_router(api)
router.include_router(page.router)

HOT_ROUTES = (sales.HOT,)

__all__ = ["HOT_ROUTES", "router"]
