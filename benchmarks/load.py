"""A closed loop of HTTP/1.1 connections that send prepared requests: little work per request, honest times.

Each connection sends, waits for the whole answer, and sends the next. Run in a process of its own.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

try:
    import uvloop
except ImportError:  # pragma: no cover
    uvloop = None  # type: ignore[assignment]

Make = Callable[[int], bytes]
"""The next request of the connection with this number."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Answers by status, and the seconds each took, sorted; `marked_s` are those of marked requests alone."""

    seconds: float
    statuses: dict[int, int]
    latencies_s: Sequence[float]
    first_problem: str
    marked_s: Sequence[float] = ()

    @property
    def per_second(self) -> float:
        """Successful answers per second."""
        return sum(n for status, n in self.statuses.items() if status < 300) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        return percentile_ms(self.latencies_s, share)


def percentile_ms(latencies_s: Sequence[float], share: float) -> float:
    """Milliseconds within which this share of sorted latencies lies."""
    if not latencies_s:
        return 0.0
    return latencies_s[min(len(latencies_s) - 1, int(len(latencies_s) * share))] * 1000


class _Connection(asyncio.Protocol):
    def __init__(self, load: "_Load", number: int) -> None:
        self.load = load
        self.number = number
        self.buffer = b""
        self.sent_at = 0.0
        self.is_marked = False
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        # At a fixed rate they take turns; else all would ask at once, interval by interval.
        asyncio.get_running_loop().call_later(self.load.first_pause(self.number), self.send)

    def send(self) -> None:
        request = self.load.next_request(self.number)
        if request is None:
            self.transport.close()
            return
        self.is_marked = self.load.mark in request if self.load.mark else False
        self.sent_at = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self.buffer[:head_end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) < head_end + 4 + length:
            return
        status = int(head[9:12])
        body, self.buffer = self.buffer[head_end + 4 :], b""
        self.load.note(status, time.perf_counter() - self.sent_at, body, is_marked=self.is_marked)
        delay = self.load.pause_until_next()
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.load.lost()


class _Load:
    def __init__(
        self, make: Make, connections: int, seconds: float, per_second: float | None, mark: bytes
    ) -> None:
        self.make = make
        self.mark = mark
        self.connections = self.open = connections
        self.seconds = seconds
        self.ends_at = float("inf")  # until all are connected
        self.interval = connections / per_second if per_second else 0.0
        self.statuses: dict[int, int] = {}
        self.latencies: list[float] = []
        self.marked: list[float] = []
        self.first_problem = ""
        self.done = asyncio.Event()
        self.last = 0.0
        self.answered_at = 0.0

    def begin(self) -> None:
        """All are connected."""
        self.ends_at = time.perf_counter() + self.seconds

    def first_pause(self, number: int) -> float:
        return self.interval * number / self.connections

    def next_request(self, number: int) -> bytes | None:
        return None if time.perf_counter() >= self.ends_at else self.make(number)

    def pause_until_next(self) -> float:
        # Asked for a rate: each connection sends once an interval, less what its last answer took.
        return max(0.0, self.interval - self.last) if self.interval else 0.0

    def note(self, status: int, took_s: float, body: bytes, *, is_marked: bool) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        (self.marked if is_marked else self.latencies).append(took_s)
        self.last = took_s
        self.answered_at = time.perf_counter()
        if status >= 300 and not self.first_problem:
            self.first_problem = body[:300].decode(errors="replace")

    def lost(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set()


async def _drive(
    host: str, port: int, make: Make, connections: int, seconds: float, rate: float | None, mark: bytes
) -> LoadResult:
    loop = asyncio.get_running_loop()
    load = _Load(make, connections, seconds, rate, mark)
    for number in range(connections):
        await loop.create_connection(partial(_Connection, load, number), host, port)
    started = time.perf_counter()
    load.begin()
    await asyncio.wait_for(load.done.wait(), seconds + 30)
    took = max(load.answered_at - started, 1e-9)
    every = sorted(load.latencies + load.marked)
    return LoadResult(took, load.statuses, every, load.first_problem, sorted(load.marked))


def drive(
    host: str,
    port: int,
    make: Make,
    *,
    connections: int,
    seconds: float,
    per_second: float | None = None,
    mark: bytes = b"",
) -> LoadResult:
    """Send what `make` gives for so many seconds; at a fixed rate where `per_second` is given.

    `mark`: requests that contain it are told apart.
    """
    job = _drive(host, port, make, connections, seconds, per_second, mark)
    return uvloop.run(job) if uvloop is not None else asyncio.run(job)


def post(path: str, token: str, body: bytes) -> bytes:
    """A POST with a JSON body as the bytes of one request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def get(path: str) -> bytes:
    """A GET as the bytes of one request."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
