"""A program with one brand ready to sell, asked without a server: for the rules that hold for every route."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from highstreet.app import create_app, open_program
from highstreet.flows.program import Program
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.settings import Settings
from highstreet.kernel.time import MovableClock
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, parties
from highstreet.rooms.identity import TerminalSender, TokenKind, make_token, token_hash
from tests.fronts.shop_town import SLUG, SPEND_GET, _seed_deals
from tests.seeds import NOW, Seed, seed_brand

PASSWORD = "correct horse battery"
PASSWORD_HASH = identity.hash_password(PASSWORD)
REGISTER_TOKEN = make_token(TokenKind.REGISTER_KEY, b"r" * 32)
KEY_ID, STAFF_ID = stable_id("rky", "small"), stable_id("stf", "small")
PHONE = "+358401234567"


class Phones(TerminalSender):
    """Where one-time codes arrive; on a terminal they would be printed, which is what it is for."""

    async def send_code(self, phone: str, code: str, locale: str) -> None:
        self.sent.append((phone, code))


@dataclass
class SmallTown:
    """The program, its application (nothing runs in the background), and what was seeded."""

    program: Program
    app: FastAPI
    seed: Seed
    other: Seed
    clock: MovableClock

    async def code_for(self, phone: str) -> str:
        """The one-time code that the phone shows, once the job that sends it has run."""
        await self.app.state.worker.drain()
        sender = self.program.sender
        assert isinstance(sender, TerminalSender)
        found = sender.last_code(phone)
        assert found is not None
        return found


def _seed_people(tx: Tx, seed: Seed) -> None:
    b = seed.brand_id
    identity.issue_register_key(
        tx,
        identity.IssueRegisterKey(
            b, KEY_ID, seed.place_id, seed.register_id, token_hash(REGISTER_TOKEN), NOW
        ),
    )
    staff = identity.AddStaff(b, STAFF_ID, seed.brand_party, "hq@nordlys", "Head Office", PASSWORD_HASH, NOW)
    identity.add_staff(tx, staff)
    parties.give_role(tx, parties.GiveRole(b, STAFF_ID, "office_manager", b, NOW))


@contextmanager
def small_town(url: str, **settings: Any) -> Iterator[SmallTown]:
    """Seed two brands, and open the program."""
    clock = MovableClock(NOW + timedelta(hours=1))
    known = {"mode": "test", "database_url": url, "readers": 2, "sign_ins_an_hour": 0, **settings}
    program = open_program(Settings(_env_file=None, **known), clock, Phones())  # type: ignore[call-arg]
    seed = program.db.write_now(seed_brand, "nordlys")
    other = program.db.write_now(seed_brand, "ostrea")
    _seed_deals(program, seed, other)
    program.db.write_now(_seed_people, seed)
    try:
        yield SmallTown(program, create_app(program, runs_worker=False), seed, other, clock)
    finally:
        program.db.close()


def client_of(app: Any, token: str | None = None) -> httpx.AsyncClient:
    """Asks the application without a server; its own faults are answers too."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(transport=transport, base_url="http://here", headers=headers)


def sale_of(seed: Seed, **more: Any) -> dict[str, Any]:
    """A basket of one piece, paid by cash."""
    return {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": seed.gtins[0]}],
        "tenders": [{"id": new_id("tnd"), "rail": "cash"}],
        **more,
    }


async def sign_in(town: SmallTown, client: httpx.AsyncClient, phone: str = PHONE) -> dict[str, Any]:
    """By one-time code, as a phone does; the client has the token afterwards."""
    asked = await client.post("/shop/v1/sign-in/codes", json={"phone": phone})
    assert asked.status_code == 202, asked.text
    body = {"phone": phone, "code": await town.code_for(phone), "device_id": new_id("dev")}
    answer = await client.post("/shop/v1/sign-in", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    client.headers["Authorization"] = f"Bearer {told['token']}"
    return {**told, **body}


async def follow(seed: Seed, client: httpx.AsyncClient) -> str:
    """Follow, join with consent; the member's id."""
    body = {
        "entry": "poster",
        "code_slug": SLUG,
        "joins": True,
        "purposes": ["service", "measurement"],
        "consent_ids": [new_id("cst"), new_id("cst")],
        "member_id": new_id("mbr"),
    }
    answer = await client.put(f"/shop/v1/brands/{seed.brand_id}/follow", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["member_id"])


async def claim(seed: Seed, client: httpx.AsyncClient) -> str:
    """One tap; the coupon's id."""
    path = f"/shop/v1/brands/{seed.brand_id}/offers/{SPEND_GET}/claims"
    answer = await client.post(path, json={"coupon_id": new_id("cpn")})
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["coupon_id"])


def run(job: Any, seconds: float = 90) -> Any:
    """Run a coroutine, but not for ever."""

    async def limited() -> Any:
        async with asyncio.timeout(seconds):
            return await job

    return asyncio.run(limited())
