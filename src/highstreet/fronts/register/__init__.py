"""Cash registers: sales, tenders, refunds, and the live stream of their place; the page."""

from fastapi import APIRouter

from highstreet.fronts.register import desk, page, pairing, sales, till

api = APIRouter(prefix="/register/v1")
for part in (pairing, sales, till, desk):
    api.include_router(part.router)

router = APIRouter()
router.include_router(api)
router.include_router(page.router)

HOT_ROUTES = (sales.HOT,)

__all__ = ["HOT_ROUTES", "router"]
