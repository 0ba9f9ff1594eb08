"""Live streams: what is committed to the outbox reaches whoever listens, and can be resumed by number.

In one process the writer's commit wakes the hub; across processes PostgreSQL's LISTEN/NOTIFY does. The
hub reads new rows only while somebody listens. Numbers are in commit order (docs/decisions/0003), so a
listener that resumes after number n misses nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

import psycopg
import structlog

from highstreet.kernel.db import Database
from highstreet.kernel.errors import STREAM_TOO_MANY
from highstreet.kernel.outbox import StoredEvent, last_seq, read_events
from highstreet.kernel.time import Clock, SystemClock, pause
from highstreet.kernel.tx import Committed

log = structlog.get_logger("highstreet.live")

BUFFER = 1000
STREAMS_OF_ACTOR = 8
PAGE = 500


@dataclass(frozen=True, slots=True)
class Topic:
    """Which events a listener may have: all filters that are set must match."""

    brand_id: str | None = None
    place_ids: frozenset[str] | None = None
    person_id: str | None = None
    names: frozenset[str] | None = None

    def takes(self, event: StoredEvent) -> bool:
        """Whether this event belongs to the topic."""
        return (
            (self.brand_id is None or event.brand_id == self.brand_id)
            and (self.place_ids is None or event.place_id in self.place_ids)
            and (self.person_id is None or event.person_id == self.person_id)
            and (self.names is None or event.name in self.names)
        )


@dataclass(eq=False, slots=True)
class _Listener:
    topic: Topic
    until: datetime | None = None
    queue: asyncio.Queue[StoredEvent | None] = field(default_factory=lambda: asyncio.Queue(BUFFER))


class Live:
    """The hub of one process."""

    def __init__(self, db: Database, clock: Clock | None = None) -> None:
        self.db = db
        self._clock = clock or SystemClock()
        self._listeners: set[_Listener] = set()
        self._held: Counter[str] = Counter()
        self._wake = asyncio.Event()
        self._seen = 0
        self._is_closed = False

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    @contextmanager
    def held(self, actor_id: str) -> Iterator[None]:
        """One of an actor's streams in this process. Errors: Refusal stream.too_many (limit)."""
        if self._held[actor_id] >= STREAMS_OF_ACTOR:
            raise STREAM_TOO_MANY(limit=STREAMS_OF_ACTOR)
        self._held[actor_id] += 1
        try:
            yield
        finally:
            self._held[actor_id] -= 1
            if not self._held[actor_id]:
                del self._held[actor_id]

    def wake(self) -> None:
        """New events may be there (called in the event loop)."""
        if self._listeners:
            self._wake.set()

    async def run(self) -> None:
        """Hand events to the listeners until cancelled."""
        while True:
            await pause(self._wake, 1)
            if not self._listeners:
                continue
            self._end_those_over()
            try:
                await self._hand_out()
            except Exception:
                log.exception("live_failed")
                await asyncio.sleep(0.5)

    async def _hand_out(self) -> None:
        while events := await self.db.read(read_events, after=self._seen, limit=PAGE):
            for event in events:
                for listener in self._listeners:
                    if listener.topic.takes(event):
                        self._offer(listener, event)
            self._seen = events[-1].seq

    def _offer(self, listener: _Listener, event: StoredEvent) -> None:
        if listener.queue.full():  # too slow: end the stream; it resumes by its last number
            _end(listener)
        else:
            listener.queue.put_nowait(event)

    def _end_those_over(self) -> None:
        for listener in self._listeners:
            if self._is_over(listener.until):
                _end(listener)

    def _is_over(self, until: datetime | None) -> bool:
        return until is not None and self._clock.now() >= until

    async def subscribe(
        self, topic: Topic, after: int | None = None, until: datetime | None = None
    ) -> AsyncGenerator[StoredEvent, None]:
        """Events of a topic from now on, or those after number `after` first.

        Nothing is given from `until` on; the end follows within a second.
        """
        listener = _Listener(topic, until)
        newest = await self.db.read(last_seq)
        # The hub offers us what comes after `_seen`; what others had from it while we asked is our backlog, too.
        if self._listeners:
            newest = max(newest, self._seen)
        else:
            self._seen = newest
        self._listeners.add(listener)
        self._wake.set()  # something may have been committed since we asked, when nobody was listening
        position = newest if after is None else min(after, newest)
        try:
            async for event in self._backlog(topic, position, newest):
                if self._is_over(until):
                    return
                yield event
            position = newest
            while not self._is_closed:
                event_or_end = await listener.queue.get()
                if event_or_end is None or self._is_over(until):
                    return
                if event_or_end.seq > position:
                    position = event_or_end.seq
                    yield event_or_end
        finally:
            self._listeners.discard(listener)

    async def _backlog(self, topic: Topic, position: int, newest: int) -> AsyncIterator[StoredEvent]:
        names = sorted(topic.names) if topic.names is not None else None
        while position < newest and not self._is_closed:
            page = await self.db.read(
                read_events,
                after=position,
                limit=PAGE,
                names=names,
                brand_id=topic.brand_id,
                person_id=topic.person_id,
            )
            for event in page:
                if event.seq > newest:
                    return
                if topic.takes(event):
                    yield event
            if len(page) < PAGE:
                return
            position = page[-1].seq

    def close(self) -> None:
        """End all streams (the server stops)."""
        self._is_closed = True
        for listener in self._listeners:
            with suppress(asyncio.QueueFull):
                listener.queue.put_nowait(None)


def _end(listener: _Listener) -> None:
    while not listener.queue.empty():
        listener.queue.get_nowait()
    listener.queue.put_nowait(None)


async def listen_postgres(db: Database, on_commit: Callable[[Committed], None]) -> None:
    """Call `on_commit` for each commit of events in any process, until cancelled.

    After a lost connection everything may have happened, so everything is reported.
    """
    address = db.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
                await connection.execute("LISTEN highstreet_outbox")
                on_commit(Committed(events=None, has_jobs=True))
                async for notice in connection.notifies():
                    on_commit(Committed.of_notice(notice.payload))
        except (psycopg.Error, OSError):
            log.warning("listen_lost")
            await asyncio.sleep(1)
