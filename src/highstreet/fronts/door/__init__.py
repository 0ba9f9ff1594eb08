"""The front door: what this is, the way to the four, and the demo's people."""

from fastapi import APIRouter

from highstreet.fronts.door import about, people

router = APIRouter(prefix="/door/v1")
router.include_router(people.router)
router.include_router(about.router)

__all__ = ["router"]
