"""The head office: who runs the brand."""

from fastapi import APIRouter

from highstreet.fronts.office import (
    codes,
    contracts,
    day,
    goods,
    money,
    offers,
    places,
    returns,
    sales,
    sign_in,
    staff,
)

router = APIRouter(prefix="/office/v1")
for part in (sign_in, day, sales, returns, money, places, offers, codes, contracts, goods, staff):
    router.include_router(part.router)

__all__ = ["router"]
