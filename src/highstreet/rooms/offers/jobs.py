"""Repeated work of the room `offers`."""

from datetime import datetime
from typing import Any

from highstreet.kernel.db import Database
from highstreet.kernel.jobs import Every, Handler
from highstreet.rooms.offers.actions import forget_counts

FORGET_COUNTS = Every("offers.forget_counts", seconds=86_400)


def forget_counts_job(db: Database) -> Handler:
    """A handler that removes counts of erased people after a year."""

    async def handle(_payload: dict[str, Any], now: datetime) -> None:
        await db.write(forget_counts, now)

    return handle
