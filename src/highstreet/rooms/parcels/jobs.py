"""Repeated work of the room `parcels`."""

from datetime import datetime
from typing import Any

from highstreet.kernel.db import Database
from highstreet.kernel.jobs import Every, Handler
from highstreet.rooms.parcels.actions import forget_old_addresses

FORGET_ADDRESSES = Every("parcels.forget_addresses", seconds=86_400)


def forget_addresses_job(db: Database) -> Handler:
    """A handler that takes away where deliveries went that ended a month ago."""

    async def handle(_payload: dict[str, Any], now: datetime) -> None:
        await db.write(forget_old_addresses, now)

    return handle
