"""The wallet's clock: the machine's, moved by an offset, read in UTC+8."""

import time
from datetime import date, datetime, timedelta, timezone

WALLET_ZONE = timezone(timedelta(hours=8))


class ProviderClock:
    """Seconds since 1970 as this wallet sees them; `/sim/clock` moves `offset_s`."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self.offset_s = offset_s

    def now(self) -> float:
        """The wallet's time, epoch seconds."""
        return time.time() + self.offset_s

    @staticmethod
    def machine_now() -> float:
        """The machine's time, epoch seconds: retries of notices keep to it, however the clock is moved."""
        return time.time()


def wallet_day(at: float) -> str:
    """The wallet's calendar day (UTC+8) as YYYY-MM-DD."""
    return datetime.fromtimestamp(at, WALLET_ZONE).date().isoformat()


def show_time(at: float | None) -> str | None:
    """RFC 3339 with milliseconds and +08:00, or None."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, WALLET_ZONE).isoformat(timespec="milliseconds")


def bill_ready_at(day: date) -> float:
    """When the bill of a day becomes available: 10:00 of the next day, wallet time, epoch seconds."""
    ready = datetime(day.year, day.month, day.day, 10, tzinfo=WALLET_ZONE) + timedelta(days=1)
    return ready.timestamp()
