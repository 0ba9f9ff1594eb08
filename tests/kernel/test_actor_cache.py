"""Who a token belongs to is remembered, until something about it changes."""

import pytest

from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.tx import Committed
from highstreet.kernel.web import ActorCache
from highstreet.rooms.identity.events import RegisterKeyRevoked
from highstreet.rooms.parties.events import PlaceChanged, TrainingSet
from tests.kernel.scratch import run

ANNA = Actor(ActorKind.SHOPPER, "psn_anna", person_id="psn_anna")
CLERK = Actor(ActorKind.STAFF, "stf_1", brand_id="brd_1")


def test_what_is_known_of_actors_is_forgotten_when_told() -> None:
    known: dict[str, Actor | None] = {"t": ANNA}
    asked: list[str] = []

    async def resolve(token: str) -> Actor | None:
        asked.append(token)
        found = known.get(token)
        if token == "slow":  # revoked while we looked
            cache.forget()
            return ANNA
        return found

    cache = ActorCache(resolve, seconds=3600, size=3)

    async def story() -> None:
        assert [await cache.resolve("t") for _ in range(3)] == [ANNA] * 3
        assert asked == ["t"]
        known["t"] = None
        assert await cache.resolve("t") is ANNA  # nobody told
        cache.forget()
        assert await cache.resolve("t") is None
        known["t"] = CLERK
        assert await cache.resolve("t") is CLERK  # unknown tokens are asked for each time
        asked.clear()
        assert await cache.resolve("slow") is ANNA
        assert await cache.resolve("slow") is ANNA
        assert asked == ["slow", "slow"]  # so it is not remembered
        asked.clear()
        for n in range(10):
            known[str(n)] = ANNA
            assert await cache.resolve(str(n)) is ANNA
            assert len(cache._known) <= 3
        assert len(asked) == 10

    run(story())


def test_registers_stay_known_while_shoppers_come_and_go() -> None:
    till = Actor(ActorKind.REGISTER, "rky_1")
    asked: list[str] = []

    async def resolve(token: str) -> Actor | None:
        asked.append(token)
        return {"shopper": ANNA, "till": till}[token]

    cache = ActorCache(resolve, seconds=3600)

    async def ask_after(events: frozenset[str] | None) -> list[str]:
        for token in ("shopper", "till"):
            await cache.resolve(token)
        asked.clear()
        what = Committed(events, has_jobs=False)
        if what.changes_access:
            cache.forget(registers_too=what.changes_register_access)
        for token in ("shopper", "till"):
            await cache.resolve(token)
        return asked

    async def story() -> None:
        assert await ask_after(frozenset({"sales.sale_paid.v1"})) == []
        assert await ask_after(frozenset({"identity.session_revoked.v1"})) == ["shopper"]
        for event in (RegisterKeyRevoked.name, PlaceChanged.name, TrainingSet.name):
            assert await ask_after(frozenset({event})) == ["shopper", "till"]
        assert await ask_after(None) == ["shopper", "till"]

    run(story())


def test_those_who_came_together_are_not_looked_up_together(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("highstreet.kernel.web.time.monotonic", lambda: now[0])
    asked: list[str] = []

    async def resolve(token: str) -> Actor | None:
        asked.append(token)
        return ANNA

    cache = ActorCache(resolve, seconds=60)

    async def story() -> None:
        tokens = [str(n) for n in range(600)]
        seen = []
        for second in range(90):
            now[0] = 1000.0 + second
            asked.clear()
            for token in tokens:
                await cache.resolve(token)
            seen.append(len(asked))
        assert seen[0] == 600
        assert not any(seen[1:30])  # half of its time at least
        assert max(seen[30:]) < 60  # 20 a second on average

    run(story())


def test_an_actor_is_looked_up_again_after_a_while() -> None:
    asked: list[str] = []

    async def resolve(token: str) -> Actor | None:
        asked.append(token)
        return ANNA

    async def story() -> None:
        cache = ActorCache(resolve, seconds=0)
        for _ in range(3):
            await cache.resolve("t")

    run(story())
    assert len(asked) == 3
