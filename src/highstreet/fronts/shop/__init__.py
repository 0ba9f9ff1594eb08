"""Shoppers: codes and the map without sign-in; brands, wallet, receipts and their live stream with it."""

from fastapi import APIRouter

from highstreet.fronts.shop import brands, map, me, sign_in, stream, touches, wallet

router = APIRouter(prefix="/shop/v1")
for part in (sign_in, touches, map, brands, wallet, me, stream):
    router.include_router(part.router)

__all__ = ["router"]
