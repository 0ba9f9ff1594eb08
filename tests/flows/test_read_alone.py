"""Uploaded files are read one at a time, whoever goes away."""

import asyncio
from threading import Event, Lock

import pytest

from highstreet.flows.read_alone import OneAtATime
from highstreet.kernel.errors import Refusal


def test_one_is_read_at_a_time_also_when_its_asker_is_gone() -> None:
    alone, inside, began, go_on = OneAtATime(), Lock(), Event(), Event()
    overlaps = []

    def read(no: int) -> int:
        overlaps.append(not inside.acquire(blocking=False))
        began.set()
        assert go_on.wait(60)
        inside.release()
        return no

    async def ask() -> list[int]:
        gone = asyncio.ensure_future(alone.run(read, 0))
        assert await asyncio.to_thread(began.wait, 60)
        gone.cancel()
        others = [asyncio.ensure_future(alone.run(read, no)) for no in (1, 2)]
        await asyncio.sleep(0)
        go_on.set()
        return await asyncio.gather(*others)

    assert asyncio.run(ask()) == [1, 2]
    assert overlaps == [False] * 3


def test_a_full_queue_refuses_and_has_room_again() -> None:
    alone, go_on = OneAtATime(most_waiting=1), Event()

    async def ask() -> None:
        asked = [asyncio.ensure_future(alone.run(go_on.wait, 60)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Refusal, match=r"busy\.try_later"):
            await alone.run(int)
        go_on.set()
        assert await asyncio.gather(*asked) == [True, True]
        with pytest.raises(ValueError, match="invalid literal"):
            await alone.run(int, "x")
        assert await alone.run(int) == 0

    asyncio.run(ask())
