"""The outbox: events written with the change they tell of, delivered at least once, in commit order.

`Relay` gives each event to the reactions listed in `flows/reactions.py`; a reaction and the relay's
cursor move in one transaction, so a reaction runs twice only when it is retried as a job.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import func, select, update

from highstreet.kernel import jobs
from highstreet.kernel.db import Database
from highstreet.kernel.tables import outbox, outbox_cursor
from highstreet.kernel.time import Clock, pause
from highstreet.kernel.tx import Reader, Tx

log = structlog.get_logger("highstreet.outbox")

RETRY_JOB = "outbox.retry_reaction"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it lies in the outbox; `body` holds the event's own fields."""

    seq: int
    name: str
    brand_id: str | None
    place_id: str | None
    person_id: str | None
    at: datetime
    body: dict[str, Any]


Reaction = Callable[[Tx, StoredEvent], None]


def read_events(
    reader: Reader,
    *,
    after: int,
    limit: int = 500,
    names: Sequence[str] | None = None,
    brand_id: str | None = None,
    person_id: str | None = None,
) -> list[StoredEvent]:
    """Events with a number greater than `after`, in order."""
    query = select(outbox).where(outbox.c.seq > after).order_by(outbox.c.seq).limit(limit)
    if names is not None:
        query = query.where(outbox.c.name.in_(names))
    if brand_id is not None:
        query = query.where(outbox.c.brand_id == brand_id)
    if person_id is not None:
        query = query.where(outbox.c.person_id == person_id)
    return [
        StoredEvent(r.seq, r.name, r.brand_id, r.place_id, r.person_id, r.at, r.body)
        for r in reader.rows(query)
    ]


def last_seq(reader: Reader) -> int:
    """The number of the newest event, 0 when there is none."""
    return int(reader.value(select(func.max(outbox.c.seq))) or 0)


def cursor_of(reader: Reader, consumer: str) -> int:
    """How far a consumer has come."""
    return int(reader.value(select(outbox_cursor.c.seq).where(outbox_cursor.c.consumer == consumer)) or 0)


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Move a consumer's cursor, only if nobody else has moved it."""

    consumer: str
    from_seq: int
    to_seq: int


def move_cursor(tx: Tx, command: MoveCursor) -> bool:
    """Guarded move; False when another relay was faster."""
    tx.insert_many(outbox_cursor, [{"consumer": command.consumer, "seq": 0}], ignore_existing=True)
    moved = tx.run(
        update(outbox_cursor)
        .where(outbox_cursor.c.consumer == command.consumer, outbox_cursor.c.seq == command.from_seq)
        .values(seq=command.to_seq)
    )
    return moved.rowcount == 1


@dataclass(frozen=True, slots=True)
class _Delivery:
    cursor: MoveCursor
    events: Sequence[StoredEvent]
    reactions: Mapping[str, Sequence[Reaction]]
    now: datetime


def _deliver(tx: Tx, command: _Delivery) -> int:
    if not move_cursor(tx, command.cursor):
        return 0
    for event in command.events:
        for reaction in command.reactions.get(event.name, ()):
            tx.connection.exec_driver_sql("SAVEPOINT reaction")
            announced = len(tx.announced)
            try:
                reaction(tx, event)
            except Exception:
                log.exception("reaction_failed", reaction=reaction.__name__, event_name=event.name)
                tx.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT reaction")
                del tx.announced[announced:]
                payload = {"seq": event.seq, "reaction": reaction.__name__}
                key = f"{reaction.__name__}:{event.seq}"
                jobs.enqueue(tx, RETRY_JOB, payload, run_at=command.now, now=command.now, once_key=key)
            tx.connection.exec_driver_sql("RELEASE SAVEPOINT reaction")
    return len(command.events)


class Relay:
    """Carries events to the listed reactions."""

    def __init__(
        self,
        db: Database,
        reactions: Mapping[str, Sequence[Reaction]],
        clock: Clock,
        consumer: str = "reactions",
    ) -> None:
        self.db = db
        self.reactions = reactions
        self.clock = clock
        self.consumer = consumer

    def wants(self, names: frozenset[str] | None) -> bool:
        """Whether one of these events (None: any) has a reaction."""
        return names is None or not names.isdisjoint(self.reactions)

    async def run_once(self) -> int:
        """Deliver what waits; the count of events delivered comes back."""
        start = await self.db.read(cursor_of, self.consumer)
        names = list(self.reactions)
        events = await self.db.read(read_events, after=start, limit=32, names=names) if names else []
        if events:
            to_seq = events[-1].seq
        else:
            to_seq = await self.db.read(last_seq)
            if to_seq < start + 1000:  # nothing to do: move the cursor only now and then
                return 0
            if await self.db.read(read_events, after=start, limit=1, names=names):
                return 0  # one came in between the two reads: next round
        move = MoveCursor(self.consumer, start, to_seq)
        return await self.db.write(_deliver, _Delivery(move, events, self.reactions, self.clock.now()))

    async def retry(self, payload: dict[str, Any], _now: datetime) -> None:
        """Job handler: run one reaction again for one event."""
        events = await self.db.read(read_events, after=payload["seq"] - 1, limit=1)
        if not events or events[0].seq != payload["seq"]:
            log.warning("event_to_retry_is_gone", seq=payload["seq"], reaction=payload["reaction"])
            return
        for reaction in self.reactions.get(events[0].name, ()):
            if reaction.__name__ == payload["reaction"]:
                await self.db.write(reaction, events[0])

    async def run(self, wake: asyncio.Event) -> None:
        """Deliver until cancelled; woken by commits, looks by itself every second."""
        while True:
            try:
                while await self.run_once():
                    pass
            except Exception:
                log.exception("relay_failed")
                await asyncio.sleep(1)
            await pause(wake, 1)
