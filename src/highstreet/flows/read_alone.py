"""Files that people upload are read one at a time: what two of them take of the memory is not taken at once."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from highstreet.kernel.errors import BUSY_TRY_LATER

Found = TypeVar("Found")
Given = TypeVarTuple("Given")


class OneAtATime:
    """One thread, and a short queue before it. Whoever goes away does not let a second one begin."""

    def __init__(self, most_waiting: int = 3) -> None:
        self._thread = ThreadPoolExecutor(1, "highstreet-upload")
        self._most, self._asked = 1 + most_waiting, 0

    async def run(self, read: Callable[[*Given], Found], *given: *Given) -> Found:
        """What `read` makes of it. Errors: its own; Refusal busy.try_later while the queue is full."""
        if self._asked >= self._most:
            raise BUSY_TRY_LATER(retry_after_s=5)
        self._asked += 1
        asked = self._thread.submit(read, *given)
        asked.add_done_callback(self._end)
        return await asyncio.wrap_future(asked)

    def _end(self, _: object) -> None:
        self._asked -= 1


uploads = OneAtATime()
"""Of this process: statements and bills."""
