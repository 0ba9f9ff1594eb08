"""What is noted of each request: a count and a duration by route, and a line when a fault of ours ended it."""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import anyio
import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from highstreet.kernel.ids import new_id

log = structlog.get_logger("highstreet.web")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# How FastAPI ends a stream whose listener went while something was being sent: nobody's fault.
_HUNG_UP = (anyio.BrokenResourceError, anyio.ClosedResourceError)


class RequestLog:
    """One structured line, one measurement and an id for each request; no personal data, no bodies."""

    def __init__(self, app: Asgi, metrics: "WebMetrics") -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, timed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def noting(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-content-type-options", b"nosniff"))
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except ExceptionGroup as problem:
            if problem.split(_HUNG_UP)[1] is not None:
                raise
        finally:
            took_s = time.perf_counter() - started
            route = route_of(scope)
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.metrics.observe(method, route, status, took_s)
            if status >= 500:
                log.warning("answered", id=new_id("msg"), method=method, route=route, status=status)


class WebMetrics:
    """Counts and durations by route, for /metrics."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter(
            "highstreet_requests", "Requests by route and status", ["route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "highstreet_request_seconds", "Seconds by route", ["route"], registry=registry
        )
        self._known: dict[tuple[str, int], tuple[Any, Any]] = {}

    def observe(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count one request."""
        key = (f"{method} {route}", status)
        known = self._known.get(key)
        if known is None:
            known = (self._count.labels(key[0], str(status)), self._seconds.labels(key[0]))
            self._known[key] = known
        known[0].inc()
        known[1].observe(took_s)


def route_of(scope: Mapping[str, Any]) -> str:
    # Never the path, which may hold a person's id. A route knows its pattern without its router's prefix,
    # so that of two fronts may be the same: the operation's name is its own.
    route = scope.get("route")
    return str(getattr(route, "operation_id", None) or getattr(route, "path", "unmatched"))
