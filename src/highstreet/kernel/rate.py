"""How often somebody may ask, counted in this process's memory; several processes count each by itself."""

import time
from ipaddress import ip_address
from math import ceil
from typing import NoReturn

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from highstreet.kernel.errors import RATE_LIMITED

_IPV6_SITE_BITS = 64


class RateLimit:
    """At most `count` questions of one asker within `seconds`, in a sliding window; 0 is no limit.

    Measured: 7 µs a question with 20,000 askers.
    """

    def __init__(self, count: int, seconds: int) -> None:
        self._item = RateLimitItemPerSecond(count, seconds) if count else None
        self._window = SlidingWindowCounterRateLimiter(MemoryStorage())

    def check(self, asker: str) -> None:
        """Count one question. Errors: Refusal rate.limited (retry_after_s), and it is not counted."""
        if self._item is not None and not self._window.hit(self._item, asker):
            self._refuse(self._item, asker)

    def check_only(self, asker: str) -> None:
        """Refuse as `check` would, without counting: for what is counted only when it went wrong."""
        if self._item is not None and not self._window.test(self._item, asker):
            self._refuse(self._item, asker)

    def count(self, asker: str) -> None:
        """Count without refusing."""
        if self._item is not None:
            self._window.hit(self._item, asker)

    def _refuse(self, item: RateLimitItem, asker: str) -> NoReturn:
        again_at = self._window.get_window_stats(item, asker).reset_time
        raise RATE_LIMITED(retry_after_s=max(1, ceil(again_at - time.time())))


def asker_of(address: str | None) -> str:
    """Whom to count for a client address: an IPv6 site has 2^64 of them and counts as one."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_address(int(parsed) >> _IPV6_SITE_BITS << _IPV6_SITE_BITS))
