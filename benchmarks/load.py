"""A closed loop of HTTP/1.1 connections that send prepared requests: little work per request, honest times.

Each connection sends, waits for the whole answer, and sends the next. Run in a process of its own.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

try:
    import uvloop
except ImportError:  # pragma: no cover
    uvloop = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Answers by status, and the seconds each took, sorted."""

    seconds: float
    statuses: dict[int, int]
    latencies_s: Sequence[float]
    first_problem: str

    @property
    def per_second(self) -> float:
        """Successful answers per second."""
        return sum(n for status, n in self.statuses.items() if status < 300) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        if not self.latencies_s:
            return 0.0
        return self.latencies_s[min(len(self.latencies_s) - 1, int(len(self.latencies_s) * share))] * 1000


class _Connection(asyncio.Protocol):
    def __init__(self, load: "_Load") -> None:
        self.load = load
        self.buffer = b""
        self.sent_at = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        request = self.load.next_request()
        if request is None:
            self.transport.close()
            return
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
        self.load.note(status, time.perf_counter() - self.sent_at, body)
        delay = self.load.pause_until_next()
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self.send)
        else:
            self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.load.lost()


class _Load:
    def __init__(
        self, make: Callable[[], bytes], connections: int, seconds: float, per_second: float | None
    ) -> None:
        self.make = make
        self.open = connections
        self.ends_at = time.perf_counter() + seconds
        self.interval = connections / per_second if per_second else 0.0
        self.statuses: dict[int, int] = {}
        self.latencies: list[float] = []
        self.first_problem = ""
        self.done = asyncio.Event()
        self.last = 0.0

    def next_request(self) -> bytes | None:
        return None if time.perf_counter() >= self.ends_at else self.make()

    def pause_until_next(self) -> float:
        # Asked for a rate: each connection sends once an interval, less what its last answer took.
        return max(0.0, self.interval - self.last) if self.interval else 0.0

    def note(self, status: int, took_s: float, body: bytes) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.latencies.append(took_s)
        self.last = took_s
        if status >= 300 and not self.first_problem:
            self.first_problem = body[:300].decode(errors="replace")

    def lost(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set()


async def _drive(
    host: str, port: int, make: Callable[[], bytes], connections: int, seconds: float, rate: float | None
) -> LoadResult:
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    load = _Load(make, connections, seconds, rate)
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(load), host, port)
    await asyncio.wait_for(load.done.wait(), seconds + 30)
    took = time.perf_counter() - started
    return LoadResult(took, load.statuses, sorted(load.latencies), load.first_problem)


def drive(
    host: str,
    port: int,
    make: Callable[[], bytes],
    *,
    connections: int,
    seconds: float,
    per_second: float | None = None,
) -> LoadResult:
    """Send what `make` gives for so many seconds; at a fixed rate where `per_second` is given."""
    job = _drive(host, port, make, connections, seconds, per_second)
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
