"""What is taken away ends with the next request: sessions, keys, roles, staff, registers; in every process."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from highstreet.app import create_app, open_program
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.settings import Settings
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, parties
from tests.house.small_town import (
    KEY_ID,
    PASSWORD,
    PASSWORD_HASH,
    REGISTER_TOKEN,
    SmallTown,
    client_of,
    run,
    sign_in,
    small_town,
)
from tests.patience import PATIENCE_S
from tests.seeds import NOW, Seed
from tests.servers import served

SECOND = stable_id("stf", "second")
Told = dict[str, str]


@pytest.fixture
def town(migrated_url: str) -> Iterator[SmallTown]:
    with small_town(migrated_url) as opened:
        opened.program.db.write_now(add_second, opened.seed)
        yield opened


def add_second(tx: Tx, seed: Seed) -> None:
    """A manager beside the first one, whom the first one may dismiss."""
    b = seed.brand_id
    identity.add_staff(
        tx, identity.AddStaff(b, SECOND, seed.brand_party, "second@nordlys", "Second", PASSWORD_HASH, NOW)
    )
    parties.give_role(tx, parties.GiveRole(b, SECOND, "office_manager", b, NOW))


async def office(client: httpx.AsyncClient, login: str) -> str:
    answer = await client.post("/office/v1/sign-in", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


# Who loses it, what they ask (200 before), how it is taken, and what they are told afterwards.
Take = Callable[[httpx.AsyncClient, httpx.AsyncClient, Seed], Awaitable[httpx.Response]]
CASES: dict[str, tuple[str, str, Take, int]] = {
    "a shopper signs out": ("shopper", "/shop/v1/me", lambda _, own, __: own.post("/shop/v1/sign-out"), 401),
    "a shopper is erased": ("shopper", "/shop/v1/me", lambda _, own, __: own.delete("/shop/v1/me"), 401),
    "staff signs out": (
        "second",
        "/office/v1/staff",
        lambda _, own, __: own.post("/office/v1/sign-out"),
        401,
    ),
    "staff is dismissed": (
        "second",
        "/office/v1/staff",
        lambda boss, _, __: boss.delete(f"/office/v1/staff/{SECOND}"),
        401,
    ),
    "a role is taken": (
        "second",
        "/office/v1/staff",
        lambda boss, _, seed: boss.delete(f"/office/v1/staff/{SECOND}/roles/office_manager/{seed.brand_id}"),
        403,
    ),
    "a register key is revoked": (
        "till",
        "/register/v1/me",
        lambda boss, _, __: boss.delete(f"/office/v1/register-keys/{KEY_ID}"),
        401,
    ),
}


async def tokens_of(town: SmallTown, app: Any) -> Told:
    async with client_of(app) as client:
        shopper = await sign_in(town, client)
        del client.headers["Authorization"]
        boss, second = await office(client, "hq@nordlys"), await office(client, "second@nordlys")
    return {"shopper": shopper["token"], "boss": boss, "second": second, "till": REGISTER_TOKEN}


@pytest.mark.parametrize("case", CASES)
def test_the_very_next_request_is_refused(town: SmallTown, case: str) -> None:
    who, path, take, status = CASES[case]

    async def story() -> None:
        async with town.app.router.lifespan_context(town.app):
            tokens = await tokens_of(town, town.app)
            async with client_of(town.app, tokens["boss"]) as boss, client_of(town.app, tokens[who]) as own:
                for _ in range(2):  # known, and remembered
                    answer = await own.get(path)
                    assert answer.status_code == 200, answer.text
                taken = await take(boss, own, town.seed)
                assert taken.status_code in (200, 204), taken.text
                answer = await own.get(path)
                assert answer.status_code == status, answer.text
                assert (await boss.get("/office/v1/staff")).status_code == 200  # nobody else loses anything

    run(story())


def test_a_role_that_is_given_counts_at_once(town: SmallTown) -> None:
    async def story() -> None:
        async with town.app.router.lifespan_context(town.app):
            tokens = await tokens_of(town, town.app)
            async with client_of(town.app, tokens["boss"]) as boss, client_of(town.app) as newcomer:
                new = {
                    "party_id": town.seed.brand_party,
                    "login": "third@nordlys",
                    "name": "Third",
                    "password": PASSWORD,
                }
                staff_id = (await boss.post("/office/v1/staff", json=new)).json()["staff_id"]
                newcomer.headers["Authorization"] = f"Bearer {await office(newcomer, 'third@nordlys')}"
                assert (await newcomer.get("/office/v1/staff")).status_code == 403
                role = {"role": "office_manager", "scope_id": town.seed.brand_id}
                given = await boss.post(f"/office/v1/staff/{staff_id}/roles", json=role)
                assert given.status_code == 200, given.text
                assert (await newcomer.get("/office/v1/staff")).status_code == 200

    run(story())


@pytest.mark.parametrize("case", CASES)
def test_another_process_hears_of_it(town: SmallTown, migrated_url: str, case: str) -> None:
    """Two programs at one database: what one takes away, the other refuses soon, not when its memory ages."""
    if town.program.db.is_sqlite:
        pytest.skip("SQLite is one process")
    who, path, take, status = CASES[case]
    settings = Settings(_env_file=None, mode="test", database_url=migrated_url, readers=2)  # type: ignore[call-arg]
    other = open_program(settings, town.clock)
    other_app = create_app(other, runs_worker=False)
    other_app.state.actors._seconds = 3600  # so that only the notice can end it

    async def story() -> None:
        async with (
            town.app.router.lifespan_context(town.app),
            other_app.router.lifespan_context(other_app),
        ):
            tokens = await tokens_of(town, town.app)
            async with (
                client_of(town.app, tokens["boss"]) as boss,
                client_of(town.app, tokens[who]) as own,
                client_of(other_app, tokens[who]) as elsewhere,
            ):
                await until_listening(elsewhere, path)
                taken = await take(boss, own, town.seed)
                assert taken.status_code in (200, 204), taken.text
                while (await elsewhere.get(path)).status_code == 200:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                assert (await elsewhere.get(path)).status_code == status

    async def until_listening(elsewhere: httpx.AsyncClient, path: str) -> None:
        """The other program's line to the database begins with "forget everything": wait until that is over."""
        actors = other_app.state.actors
        while actors._generation == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        assert (await elsewhere.get(path)).status_code == 200
        assert len(actors._known) == 1

    try:
        run(story())
    finally:
        other.db.close()


def test_health_and_measurements(town: SmallTown) -> None:
    with served(town.app) as url, httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE_S) as anyone:
        assert anyone.get("/healthz").json() == {"status": "ok"}
        assert anyone.get("/readyz").json() == {"status": "ok"}
        told = anyone.get("/metrics").text
        for name in (
            "highstreet_commands_waiting",
            "highstreet_commands_written",
            "highstreet_batches_written",
            "highstreet_streams_open",
            "highstreet_last_event",
        ):
            assert f"\n{name} " in told
        assert anyone.get("/nowhere").json()["code"] == "request.not_found"
        db = town.program.db
        db.queue_limit = 0  # nothing more can be written
        refused = anyone.get("/readyz")
        assert (refused.status_code, refused.json()["code"]) == (503, "busy.try_later")
        assert refused.headers["retry-after"] == "1"
        assert anyone.get("/healthz").status_code == 200
        key = {"Authorization": f"Bearer {REGISTER_TOKEN}"}
        sale = {
            "id": new_id("sal"),
            "currency": "EUR",
            "items": [{"gtin": town.seed.gtins[0]}],
            "tenders": [{"id": new_id("tnd"), "rail": "cash"}],
        }
        refused = anyone.post("/register/v1/sales", json=sale, headers=key)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        db.queue_limit = 100
        assert anyone.get("/readyz").status_code == 200
        assert anyone.post("/register/v1/sales", json=sale, headers=key).json()["state"] == "paid"
