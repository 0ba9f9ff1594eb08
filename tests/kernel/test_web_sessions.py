"""Sessions end on time whatever is remembered; what is measured carries the operation's name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
from fastapi import APIRouter, FastAPI
from prometheus_client import CollectorRegistry

from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.request_log import RequestLog, WebMetrics
from highstreet.kernel.time import MovableClock
from highstreet.kernel.web import ActorCache
from tests.kernel.scratch import run

ANNA = Actor(ActorKind.SHOPPER, "psn_anna", person_id="psn_anna")


def test_a_session_ends_on_time_whatever_is_remembered() -> None:
    clock = MovableClock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    until = clock.now() + timedelta(seconds=5)
    known: dict[str, Actor | None] = {"t": replace(ANNA, expires_at=until)}

    async def resolve(token: str) -> Actor | None:
        return known[token]

    async def story() -> None:
        cache = ActorCache(resolve, seconds=3600, clock=clock)
        assert await cache.resolve("t") == known["t"]
        known["t"] = None  # as the database answers from `until` on
        clock.set(until - timedelta(microseconds=1))
        assert await cache.resolve("t") is not None
        clock.set(until)
        assert await cache.resolve("t") is None

    run(story())


def test_routes_of_two_fronts_are_measured_apart() -> None:
    app, registry = FastAPI(), CollectorRegistry()
    app.add_middleware(RequestLog, metrics=WebMetrics(registry))
    for front in ("office", "dealer"):
        router = APIRouter(prefix=f"/{front}")
        router.add_api_route("/sales/{sale_id}", lambda sale_id: sale_id, operation_id=f"{front}_read_sale")
        app.include_router(router)

    async def go() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            for path in ("/office/sales/1", "/office/sales/2", "/dealer/sales/1"):
                assert (await client.get(path)).status_code == 200

    run(go())
    for route, count in (("office_read_sale", 2), ("dealer_read_sale", 1)):
        labels = {"route": f"GET {route}", "status": "200"}
        assert registry.get_sample_value("highstreet_requests_total", labels) == count
