"""How long tests wait for what must come: long, because a machine that stands still for a while proves nothing."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 60.0
PATIENCE_MS = PATIENCE_S * 1000


def until(is_so: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """Wait for something to become true; its value comes back."""
    ends = time.monotonic() + seconds
    while not (value := is_so()):
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)
    return value
