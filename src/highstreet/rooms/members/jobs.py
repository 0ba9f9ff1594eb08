"""Repeated work of the room `members`."""

from datetime import datetime
from typing import Any

from highstreet.kernel.db import Database
from highstreet.kernel.jobs import Every, Handler
from highstreet.rooms.members.actions import MaturePoints, mature_points

MATURE_POINTS = Every("members.mature_points", seconds=60)
# Keeps one command well under the 50 ms a writer may be held.
LIMIT = 500


def mature_points_job(db: Database) -> Handler:
    """A handler that makes all due points available, some entries at a time."""

    async def handle(_payload: dict[str, Any], now: datetime) -> None:
        while await db.write(mature_points, MaturePoints(now, LIMIT)) == LIMIT:
            pass

    return handle
