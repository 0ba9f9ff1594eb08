"""Dealers, landlords and store staff: their own places, sales, stock and shares, and nothing of others."""

from fastapi import APIRouter

from highstreet.fronts.dealer import money, own, sign_in

router = APIRouter(prefix="/dealer/v1")
for part in (sign_in, own, money):
    router.include_router(part.router)

__all__ = ["router"]
