"""COMMIT before SENT: when an answer's first byte leaves, what it tells is on disk for anybody to see.

The moment of sending is caught at the ASGI door, and a connection that is not ours looks at every table then.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, inspect, text

from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.jobs import enqueue
from highstreet.kernel.tx import Tx
from tests.house.small_town import (
    PASSWORD,
    PHONE,
    REGISTER_TOKEN,
    SLUG,
    SPEND_GET,
    SmallTown,
    client_of,
    run,
    sale_of,
    small_town,
)
from tests.seeds import NOW

Message = MutableMapping[str, Any]


def everything(url: str) -> dict[str, str]:
    """A print of each table's rows, as a stranger's connection sees them."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = {}
            for table in sorted(inspect(connection).get_table_names()):
                rows = sorted(
                    repr(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"'))
                )
                found[table] = blake2b("\n".join(rows).encode(), digest_size=8).hexdigest()
            return found
    finally:
        engine.dispose()


@dataclass
class Door:
    """The application's door: what everybody could see when each answer began to be sent."""

    app: Callable[..., Awaitable[None]]
    url: str
    sent: list[dict[str, str]] = field(default_factory=list)

    async def __call__(
        self, scope: Message, receive: Any, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.sent.append(everything(self.url))
            await send(message)

        await self.app(scope, receive, watched)


async def check_commits_before_sent(
    db: Database, door: Door, request: Awaitable[httpx.Response]
) -> httpx.Response:
    """Something was written, and all of it was there when the answer was sent."""
    before = everything(door.url)
    door.sent.clear()
    answer = await request
    assert answer.status_code < 300, answer.text
    for left_behind in asyncio.all_tasks() - {asyncio.current_task()}:
        await left_behind
    while db.waiting:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    after = everything(door.url)
    assert before != after, "this route writes nothing"
    assert len(door.sent) == 1
    late = [table for table in after if door.sent[0][table] != after[table]]
    assert late == [], f"written after the answer was sent: {late}"
    return answer


@pytest.fixture
def town(migrated_url: str) -> Iterator[SmallTown]:
    with small_town(migrated_url) as opened:
        yield opened


def test_every_kind_of_write_is_there_when_it_is_answered(town: SmallTown, migrated_url: str) -> None:
    door = Door(town.app, migrated_url)
    db, seed = town.program.db, town.seed

    async def story() -> None:
        async with (
            client_of(door) as shop,
            client_of(door, REGISTER_TOKEN) as till,
            client_of(door) as office,
        ):

            async def check(request: Awaitable[httpx.Response]) -> Any:
                answer = await check_commits_before_sent(db, door, request)
                return answer.json() if answer.content else None

            touched = {"id": new_id("tch"), "slug": SLUG, "device_id": new_id("dev")}
            await check(shop.post("/shop/v1/touches", json=touched))
            await check(shop.post("/shop/v1/sign-in/codes", json={"phone": PHONE}))
            body = {"phone": PHONE, "code": await town.code_for(PHONE), "device_id": touched["device_id"]}
            told = await check(shop.post("/shop/v1/sign-in", json=body))
            shop.headers["Authorization"] = f"Bearer {told['token']}"
            followed = {
                "entry": "poster",
                "joins": True,
                "purposes": ["service"],
                "consent_ids": [new_id("cst")],
                "member_id": new_id("mbr"),
            }
            brand = f"/shop/v1/brands/{seed.brand_id}"
            await check(shop.put(f"{brand}/follow", json=followed))
            coupon = {"coupon_id": new_id("cpn")}
            await check(shop.post(f"{brand}/offers/{SPEND_GET}/claims", json=coupon))
            code = (await shop.get(f"/shop/v1/memberships/{seed.brand_id}/code")).json()["code"]

            sale = sale_of(seed, member_code=code, coupons=[coupon["coupon_id"]])
            assert (await check(till.post("/register/v1/sales", json=sale)))["state"] == "paid"
            back = {"id": new_id("rtn"), "sale_id": sale["id"], "items": [{"line_no": 1, "quantity": 1}]}
            await check(till.post("/register/v1/returns", json=back))

            await check(shop.delete(f"{brand}/consents/service"))
            await check(shop.post("/shop/v1/sign-out"))
            asked = {"login": "hq@nordlys", "password": PASSWORD}
            told = await check(office.post("/office/v1/sign-in", json=asked))
            office.headers["Authorization"] = f"Bearer {told['token']}"
            asked = {"register_id": seed.register_id}
            key = await check(office.post("/office/v1/register-keys", json=asked))
            await check(office.delete(f"/office/v1/register-keys/{key['key_id']}"))
            await check(office.post("/office/v1/sign-out"))

    run(story())


def test_thirty_sales_at_once(town: SmallTown, migrated_url: str) -> None:
    """They share commits; none is answered before its own."""
    engine = create_engine(migrated_url)
    seen: dict[str, bool] = {}

    async def watch(scope: Message, receive: Any, send: Any) -> None:
        body: dict[str, bytes] = {"asked": b""}

        async def heard() -> Message:
            message: Message = await receive()
            body["asked"] += message.get("body", b"")
            return message

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                sale_id = httpx.Response(200, content=body["asked"]).json()["id"]
                with engine.connect() as connection:
                    query = text("SELECT state FROM sale WHERE id = :id")
                    seen[sale_id] = connection.execute(query, {"id": sale_id}).scalar() == "paid"
            await send(message)

        await town.app(scope, heard, watched)

    async def story() -> None:
        async with client_of(watch, REGISTER_TOKEN) as till:
            # Ten pieces of each of three articles are in stock.
            bodies = [sale_of(town.seed, items=[{"gtin": town.seed.gtins[n % 3]}]) for n in range(30)]
            answers = await asyncio.gather(*(till.post("/register/v1/sales", json=body) for body in bodies))
            assert [answer.json()["state"] for answer in answers] == ["paid"] * 30
            assert seen == {body["id"]: True for body in bodies}

    before = town.program.db.batches
    run(story())
    engine.dispose()
    assert town.program.db.batches - before < 30


def test_a_refusal_writes_nothing(town: SmallTown, migrated_url: str) -> None:
    door = Door(town.app, migrated_url)

    async def story() -> None:
        async with client_of(door, REGISTER_TOKEN) as till:
            unused = everything(migrated_url)["register_key"]
            assert (await till.get("/register/v1/me")).status_code == 200
            while everything(migrated_url)["register_key"] == unused:  # noqa: ASYNC110 its first use is noted beside
                await asyncio.sleep(0.01)
            before = everything(migrated_url)
            sale = sale_of(town.seed, items=[{"gtin": town.seed.gtins[0], "quantity": 11}])
            answer = await till.post("/register/v1/sales", json=sale)
            assert answer.status_code == 409
            assert before == door.sent[1] == everything(migrated_url)

    run(story())


# The check itself -------------------------------------------------------------------------------------


def planted(db: Database) -> FastAPI:
    """Three routes: one right, one that commits behind `yield`, one that answers and leaves the work to later."""
    app = FastAPI()
    tasks = []

    def write(tx: Tx, name: str) -> None:
        enqueue(tx, name, {}, run_at=NOW, now=NOW)

    async def commits_afterwards() -> AsyncIterator[list[str]]:
        wanted: list[str] = []
        yield wanted
        for name in wanted:
            await db.write(write, name)

    @app.post("/right")
    async def right() -> str:
        await db.write(write, "right")
        return "done"

    @app.post("/behind-yield")
    async def behind_yield(wanted: Annotated[list[str], Depends(commits_afterwards)]) -> str:
        wanted.append("late")
        return "done"

    @app.post("/in-a-task")
    async def in_a_task() -> str:
        async def later() -> None:
            await asyncio.sleep(0.1)
            await db.write(write, "later")

        tasks.append(asyncio.create_task(later()))
        return "done"

    return app


@pytest.mark.parametrize("path", ["/right", "/behind-yield", "/in-a-task"])
def test_the_check_catches_who_commits_too_late(town: SmallTown, migrated_url: str, path: str) -> None:
    db = town.program.db
    door = Door(planted(db), migrated_url)

    async def story() -> None:
        async with client_of(door) as client:
            await check_commits_before_sent(db, door, client.post(path))

    if path == "/right":
        run(story())
    else:
        with pytest.raises(AssertionError, match=r"written after the answer was sent: \['job'\]"):
            run(story())


def test_the_check_catches_a_route_that_writes_nothing(town: SmallTown, migrated_url: str) -> None:
    door = Door(town.app, migrated_url)

    async def story() -> None:
        async with client_of(door) as client:
            await check_commits_before_sent(town.program.db, door, client.get("/healthz"))

    with pytest.raises(AssertionError, match="writes nothing"):
        run(story())
