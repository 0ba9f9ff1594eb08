"""Shoppers: codes and the map without sign-in; brands, wallet, receipts and their live stream with it; the page."""

from fastapi import APIRouter

from highstreet.fronts.shop import (
    brands,
    feed,
    map,
    me,
    orders,
    page,
    pins,
    proof,
    sign_in,
    stream,
    tiles,
    touches,
    wallet,
)

api = APIRouter(prefix="/shop/v1")
for part in (sign_in, touches, map, pins, tiles, brands, feed, wallet, orders, proof, me, stream):
    api.include_router(part.router)

router = APIRouter()
router.include_router(api)
router.include_router(page.router)  # last: it answers every other address below /shop

__all__ = ["router"]
