"""The front door: what this is, the way to the four, and the demo's people."""

from fastapi import APIRouter

from highstreet.fronts.door import about, page, pay, people, tour
from highstreet.fronts.door.lost import install_lost_page

_api = APIRouter(prefix="/door/v1")
_api.include_router(people.router)
_api.include_router(about.router)
_api.include_router(tour.router)

router = APIRouter()
router.include_router(_api)
router.include_router(page.router)
router.include_router(pay.router)

__all__ = ["install_lost_page", "router"]
