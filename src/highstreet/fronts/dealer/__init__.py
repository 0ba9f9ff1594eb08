"""Dealers, landlords and store staff: their own places, sales, stock and shares, and nothing of others."""

from fastapi import APIRouter

from highstreet.fronts.dealer import (
    conflicts,
    contracts,
    disputes,
    money,
    own,
    pages,
    parcels,
    settlements,
    shelf,
    sign_in,
    transfers,
)

_api = APIRouter(prefix="/dealer/v1")
for part in (sign_in, own, shelf, money, settlements, contracts, conflicts, disputes, parcels, transfers):
    _api.include_router(part.router)

router = APIRouter()
router.include_router(_api)
router.include_router(pages.router)

__all__ = ["router"]
