"""The front door: what this is, the way to the four, and the demo's people."""

from fastapi import APIRouter

from highstreet.fronts.door import people

router = APIRouter(prefix="/door/v1")
router.include_router(people.router)

__all__ = ["router"]
