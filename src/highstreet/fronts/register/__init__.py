"""Cash registers: sales, tenders, refunds, and the live stream of their place."""

from fastapi import APIRouter

from highstreet.fronts.register import pairing, sales, till

router = APIRouter(prefix="/register/v1")
router.include_router(pairing.router)
router.include_router(sales.router)
router.include_router(till.router)

HOT_ROUTES = (sales.HOT,)

__all__ = ["HOT_ROUTES", "router"]
