"""The stage: the real server on a real port, the wallet in a process of its own, one brand, a moved clock."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import select

from highstreet.app import Server, create_app, open_program
from highstreet.flows.program import Program
from highstreet.kernel.geo import Datum
from highstreet.kernel.ids import new_id
from highstreet.kernel.outbox import cursor_of, read_events
from highstreet.kernel.settings import Settings
from highstreet.kernel.tables import job as job_table
from highstreet.kernel.time import MovableClock, utc_now
from highstreet.kernel.tx import Reader, Tx
from highstreet.lake import EXPORT
from highstreet.rooms import channel, identity, loop, offers, parties, places
from highstreet.rooms.identity import TokenKind, make_token, token_hash
from tests.patience import PATIENCE_S
from tests.seeds import Seed, seed_brand

PASSWORD = "correct horse battery"
PASSWORD_HASH = identity.hash_password(PASSWORD)
TERMS = {
    "collector": "operator",
    "shares": [{"role": "brand", "bp": 2500}, {"role": "landlord", "bp": 800}],
    "leftover_to": "operator",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: float = PATIENCE_S) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if httpx.get(url, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.03)
    raise TimeoutError(url)


@pytest.fixture(scope="session")
def wallet_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Wallet provider, another process, holding euros."""
    port = free_port()
    db = tmp_path_factory.mktemp("wallet") / "wallet.db"
    command = [sys.executable, "-m", "highstreet_simulator.wallet", "--port", str(port), "--db", str(db)]
    command += ["--currency", "EUR", "--allow-early-bill", "--notify-backoff", "0.1,0.2,0.5"]
    process = subprocess.Popen(command)
    try:
        wait_for(f"http://127.0.0.1:{port}/v1/platform-key")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


class ServerThread:
    """uvicorn with the program, in a thread of its own."""

    def __init__(self, program: Program, port: int) -> None:
        self.app = create_app(program)
        config = uvicorn.Config(self.app, port=port, log_level="error", timeout_graceful_shutdown=1)
        self.server = Server(program, config)
        # The lake's files are written by a process that lets all others pass: under load `drain` would wait for it.
        runner = self.app.state.worker.runner
        runner.schedule = tuple(one for one in runner.schedule if one.kind != EXPORT.kind)
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        wait_for(f"http://127.0.0.1:{port}/healthz")

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.server.serve())

    def run(self, job: Any) -> Any:
        """Run a coroutine in the server's loop."""
        return asyncio.run_coroutine_threadsafe(job, self.loop).result(PATIENCE_S)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(15)


@dataclass
class Stage:
    """A running town of one brand; everything that a story does goes through `http` clients."""

    url: str
    wallet_url: str
    program: Program
    clock: MovableClock
    seed: Seed
    server: ServerThread
    sender: identity.TerminalSender
    register_token: str
    slugs: dict[str, str]
    ids: dict[str, str]
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, token: str | None = None, **headers: str) -> httpx.Client:
        """An HTTP client, signed in with a token if given."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        # Without certificates to load, a client is made in no time.
        made = httpx.Client(
            base_url=self.url, headers=headers, timeout=PATIENCE_S, trust_env=False, verify=False
        )
        self.clients.append(made)
        return made

    @property
    def register(self) -> httpx.Client:
        return self.client(self.register_token)

    def office(self) -> httpx.Client:
        answer = self.client().post("/office/v1/sign-in", json={"login": "hq@nordlys", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return self.client(answer.json()["token"])

    def shopper(self, phone: str = "+358401234567", device_id: str | None = None) -> httpx.Client:
        """Sign in by one-time code, as a phone does."""
        asked = self.client().post("/shop/v1/sign-in/codes", json={"phone": phone})
        assert asked.status_code == 202, asked.text
        ends = time.monotonic() + PATIENCE_S
        while (code := self.sender.last_code(phone)) is None and time.monotonic() < ends:
            time.sleep(0.02)
        body = {"phone": phone, "code": code, "device_id": device_id or new_id("dev")}
        answer = self.client().post("/shop/v1/sign-in", json=body)
        assert answer.status_code == 200, answer.text
        return self.client(answer.json()["token"])

    def advance(self, by: timedelta) -> None:
        """Move our clock and the wallet's."""
        self.advance_with(by, self._set_wallet_clock)

    def advance_with(self, by: timedelta, set_theirs: Callable[[float], object]) -> None:
        """Move our clock and a provider's: `set_theirs` is told how many seconds ahead of the real time it is then.

        Theirs moves first, and what is being asked ends before ours does: whatever is answered too early is
        asked again only after a pause by the new time.
        """
        set_theirs((self.clock.now() + by - utc_now()).total_seconds())
        owner = self.server.app.state.worker.runner.owner
        ends = time.monotonic() + PATIENCE_S
        while self.server.run(self.program.db.read(_is_at_work, owner)) and time.monotonic() < ends:
            time.sleep(0.02)
        self.clock.advance(by)

    def _set_wallet_clock(self, offset_s: float) -> None:
        httpx.post(f"{self.wallet_url}/sim/clock", json={"offset_s": offset_s}, trust_env=False)

    def drain(self) -> None:
        """Run every reaction and job that is due now, those that the worker in the background has taken, too."""
        ends = time.monotonic() + PATIENCE_S
        while self.server.run(self._drain()):
            assert time.monotonic() < ends, "the worker in the background does not come to an end"
            time.sleep(0.02)

    async def _drain(self) -> bool:
        """Run what is due; whether the worker in the background is still at something."""
        worker, db = self.server.app.state.worker, self.program.db
        await worker.drain()
        after = await db.read(cursor_of, worker.relay.consumer)
        names = list(worker.relay.reactions)
        return bool(
            await db.read(read_events, after=after, limit=1, names=names)
            or await db.read(_is_at_work, worker.runner.owner)
        )


def _is_at_work(reader: Reader, owner: str) -> bool:
    job = job_table.c
    leased = select(job.id).where(
        job.state == "waiting", job.leased_until.is_not(None), job.lease_owner == owner
    )
    return reader.first(leased) is not None


def _set_up(tx: Tx, command: tuple[Seed, str, Any]) -> dict[str, str]:
    seed, register_token, now = command
    ids = {
        k: new_id(k[:3])
        for k in ("ctr", "cod_poster", "cod_place", "stf", "ofr_spend", "ofr_percent", "ofr_member", "rky")
    }
    b = seed.brand_id
    site = places.SiteRow(seed.place_id, 60.1699, 24.9384, Datum.WGS84, "Europe/Helsinki", "FI", "24/7", None)
    places.put_sites(tx, places.PutSites(b, now, (site,)))
    terms = channel.parse_terms(TERMS)
    channel.sign_contract(
        tx, channel.SignContract(b, ids["ctr"], 1, seed.dealer, None, terms, now - timedelta(days=1), now)
    )
    key = identity.IssueRegisterKey(
        b, ids["rky"], seed.place_id, seed.register_id, token_hash(register_token), now
    )
    identity.issue_register_key(tx, key)
    staff = identity.AddStaff(
        b, ids["stf"], seed.brand_party, "hq@nordlys", "Head Office", PASSWORD_HASH, now
    )
    identity.add_staff(tx, staff)
    parties.give_role(tx, parties.GiveRole(b, ids["stf"], "office_manager", b, now))
    rows = [
        loop.CodeRow(
            ids["cod_poster"],
            "bus-stop-7",
            "poster",
            "autumn",
            "Bus stop",
            "公交站",
            None,
            None,
            None,
            None,
            None,
        ),
        loop.CodeRow(
            ids["cod_place"],
            "nordlys-door",
            "place",
            "door",
            "Door",
            "门口",
            seed.place_id,
            None,
            None,
            None,
            None,
        ),
    ]
    loop.put_codes(tx, loop.PutCodes(b, rows))
    _offers(tx, seed, ids, now)
    return ids


def _offers(tx: Tx, seed: Seed, ids: dict[str, str], now: Any) -> None:
    members_only = offers.PublishOffer(
        brand_id=seed.brand_id,
        offer_id=ids["ofr_member"],
        kind="member_price",
        terms={},
        title_en="Member price",
        title_zh="会员价",
        funder_party_id=seed.brand_party,
        is_stackable=True,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=30),
        coupon_valid_s=86400,
        at=now,
    )
    offers.publish_offer(tx, members_only)
    for offer_id, kind, offer_terms, title in (
        (
            ids["ofr_spend"],
            "spend_get",
            {"spend_minor": 10000, "off_minor": 1500},
            ("15 off from 100", "满100减15"),
        ),
        (ids["ofr_percent"], "percent", {"percent_bp": 500}, ("5 % off", "九五折")),
    ):
        _publish(tx, seed, offer_id, kind, offer_terms, title, now)


def _publish(
    tx: Tx, seed: Seed, offer_id: str, kind: str, terms: Any, title: tuple[str, str], now: Any
) -> None:
    offers.publish_offer(
        tx,
        offers.PublishOffer(
            brand_id=seed.brand_id,
            offer_id=offer_id,
            kind=kind,
            terms=terms,
            title_en=title[0],
            title_zh=title[1],
            funder_party_id=seed.brand_party,
            is_stackable=True,
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=30),
            coupon_valid_s=7 * 86400,
            limit_total=100,
            limit_per_person=1,
            budget_minor=1_000_000,
            at=now,
        ),
    )


@pytest.fixture
def stage(migrated_url: str, wallet_url: str, tmp_path: Any) -> Iterator[Stage]:
    port = free_port()
    clock = MovableClock(utc_now())
    httpx.delete(f"{wallet_url}/sim/faults", trust_env=False)
    httpx.post(f"{wallet_url}/sim/clock", json={"offset_s": 0}, trust_env=False)
    settings = Settings(
        mode="test",
        database_url=migrated_url,
        wallet_url=wallet_url,
        wallet_merchant_id=f"m{port}{int(time.time() * 1000)}",
        lake_path=str(tmp_path / "lake"),
    )
    sender = identity.TerminalSender(keeps=True)
    program = open_program(settings, clock=clock, sender=sender)
    public_key = settings.wallet_public_key
    merchant = {
        "merchant_id": settings.wallet_merchant_id,
        "public_key": public_key,
        "notify_url": f"http://127.0.0.1:{port}/hooks/wallet/notices",
    }
    assert httpx.post(f"{wallet_url}/sim/merchants", json=merchant, trust_env=False).status_code < 300
    seed = program.db.write_now(seed_brand, "nordlys")
    register_token = make_token(TokenKind.REGISTER_KEY, b"r" * 32)
    ids = program.db.write_now(_set_up, (seed, register_token, clock.now()))
    server = ServerThread(program, port)
    made = Stage(
        url=f"http://127.0.0.1:{port}",
        wallet_url=wallet_url,
        program=program,
        clock=clock,
        seed=seed,
        server=server,
        sender=sender,
        register_token=register_token,
        slugs={"poster": "bus-stop-7", "place": "nordlys-door"},
        ids=ids,
    )
    try:
        yield made
    finally:
        for client in made.clients:
            client.close()
        server.stop()
        program.db.close()
