"""Shoppers walk against a real server and a real wallet; afterwards everybody's books agree."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from highstreet.demo.figures import Figures
from highstreet.demo.names import Keys
from highstreet.demo.processes import free_port
from highstreet.demo.seed import seed_town
from highstreet.kernel.db import Database
from highstreet.kernel.time import SystemClock
from highstreet.migrations.run import upgrade
from highstreet.rooms.ledger import ledger_sum
from highstreet.rooms.loop import funnel
from highstreet.rooms.parties import brands
from highstreet.rooms.tenders import captured_by_rail, open_tenders
from highstreet_simulator.inbox import Inbox
from highstreet_simulator.walk import WalkError, WalkOptions, run_walk
from highstreet_simulator.walk.ids import fixed_id, new_id
from highstreet_simulator.wallet import ThreadedWallet, WalletSettings
from tests.towns import small_plan

SECRET = b"a test's own secret, 32 bytes or more"


@contextmanager
def _server(folder: Path, wallet_url: str, inbox_url: str) -> Iterator[str]:
    port = free_port(but=0)
    settings = {
        "MODE": "test",
        "DATABASE_URL": f"sqlite:///{folder / 'town.db'}",
        "PORT": str(port),
        "WALLET_URL": wallet_url,
        "SENDER": "http",
        "SENDER_URL": f"{inbox_url}/codes",
        "SIGN_INS_AN_HOUR": "0",
        "LAKE_PATH": str(folder / "lake"),
        "LOG_LEVEL": "warning",
    }
    env = os.environ | {f"HIGHSTREET_{name}": value for name, value in settings.items()}
    log = folder / "server.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "highstreet.cli", "serve"], env=env, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            url, give_up_at = f"http://127.0.0.1:{port}", time.monotonic() + 40
            while True:
                try:
                    if httpx.get(f"{url}/readyz", trust_env=False).status_code == 200:
                        break
                except httpx.TransportError:
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < give_up_at, log.read_text()
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()
            assert process.wait(15) == 0, log.read_text()


def _introduce(wallet_url: str, server_url: str) -> None:
    """Register the server's merchant; its key is drawn from the secret it has by default."""
    from base64 import b64encode

    from highstreet.kernel.settings import Settings

    public = b64encode(Settings(mode="test").wallet_key.public_key().public_bytes_raw()).decode()
    merchant = {
        "merchant_id": "highstreet",
        "public_key": public,
        "notify_url": f"{server_url}/hooks/wallet/notices",
    }
    httpx.post(f"{wallet_url}/sim/merchants", json=merchant, trust_env=False).raise_for_status()


def test_a_walk_sells_and_the_books_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'town.db'}"
    upgrade(url)
    plan, db = small_plan(("pullavuo", "sanapuro")), Database(url)
    keys = tmp_path / "keys.json"
    inbox = Inbox()
    try:
        seed_town(db, plan, SystemClock(), lambda *_: None, secret=SECRET)
        keys.write_text(json.dumps(Keys(plan, SECRET).document()))
        with ThreadedWallet(WalletSettings(currency="EUR")) as wallet:
            with _server(tmp_path, wallet.url, inbox.url) as server_url:
                _introduce(wallet.url, server_url)
                wish = WalkOptions(
                    keys=keys,
                    url=server_url,
                    wallet_url=wallet.url,
                    inbox_url=inbox.url,
                    shoppers=8,
                    seconds=90,
                    seed=7,
                    speed=12,
                    phones=tmp_path / "phones.json",
                    sales=15,
                )
                tally = run_walk(wish)
                _drain(db)
            truth = httpx.get(f"{wallet.url}/sim/state", trust_env=False).json()
        assert tally.sales >= 15, tally.text()
        assert set(tally.rails) == {"cash", "wallet"}
        assert tally.counts["sign_ins"] == 8
        assert tally.counts["follows"] > 0
        assert tally.counts["receipts"] > 0
        assert not {"no receipt on the stream", "request.malformed"} & tally.problems.keys(), tally.text()
        assert db.read_now(ledger_sum) == {"EUR": 0}
        assert truth["is_conserved"]
        _check_books(db, tally.sales)
        kept = json.loads((tmp_path / "phones.json").read_text())
        assert len(kept) == 8
        assert (tmp_path / "phones.json").stat().st_mode & 0o777 == 0o600
        assert "8 sign-ins" in tally.text()
    finally:
        inbox.close()
        db.close()


def _drain(db: Database) -> None:
    """Payments under way when the walk was cut off are settled or called back by the server's job."""
    give_up_at = time.monotonic() + 45
    while db.read_now(open_tenders, SystemClock().now(), 10):
        assert time.monotonic() < give_up_at
        time.sleep(0.5)


def _check_books(db: Database, told_sales: int) -> None:
    now, long_ago = SystemClock().now(), SystemClock().now().replace(year=2020)
    touches = tenders = 0
    for brand in db.read_now(brands):
        touches += sum(row.touches for row in db.read_now(funnel, brand.id, long_ago, now))
        tenders += sum(rail.tenders for rail in db.read_now(captured_by_rail, brand.id, long_ago))
    assert touches > 0
    assert tenders >= told_sales  # the walk may have been cut off before it heard the answer
    figures = Figures(db)
    figures.look(is_first=True)
    board = figures.board
    assert (board.sales, board.touches) == (tenders, touches)
    assert sum(amount for _, _, amount in board.rails) == board.total_minor
    assert sum(amount for _, _, amount in board.parties) == board.total_minor
    assert sum(count for _, count, _ in board.registers) == board.sales


def test_a_walk_without_a_server_says_so(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    nowhere = f"http://127.0.0.1:{free_port(but=0)}"
    wish = WalkOptions(keys, nowhere, None, None, shoppers=1, seconds=1, seed=7, speed=1, wait_s=0.3)
    with pytest.raises(WalkError, match="does the demo run"):
        run_walk(wish)
    (tmp_path / "running.json").write_text(json.dumps({"wallet_url": nowhere, "inbox_url": nowhere}))
    with pytest.raises(WalkError, match="cannot read"):
        run_walk(wish)
    keys.write_text("{}")
    with pytest.raises(WalkError, match="not a town's keys"):
        run_walk(wish)
    keys.write_text(json.dumps(Keys(small_plan(), SECRET).document()))
    with pytest.raises(WalkError, match="does not answer"):
        run_walk(wish)


def test_ids_are_ids_of_the_program() -> None:
    from highstreet.kernel.ids import check_id

    assert check_id(new_id("sal"), "sal")
    assert fixed_id("dev", "x") == fixed_id("dev", "x") != fixed_id("dev", "y")
    assert check_id(fixed_id("dev", "x"), "dev")


def test_the_inbox_keeps_each_phones_newest_code() -> None:
    inbox = Inbox()
    try:
        with httpx.Client(base_url=inbox.url, trust_env=False) as http:
            assert http.get("/codes/+358480000001", params={"after": -1}).json()["number"] == 0
            for code in ("111111", "111111", "222222"):  # a gateway may be asked twice
                message = {"phone": "+358480000001", "code": code, "locale": "en"}
                assert http.post("/codes", json=message).status_code == 204
            assert http.get("/codes/+358480000001").json() == {"number": 2, "code": "222222"}
            assert http.post("/codes", content=b"no").status_code == 400
        assert [code for _, _, code in inbox.latest] == ["111111", "222222"]
        assert inbox.wait("+358480000001", 2, 0.05) is None
    finally:
        inbox.close()
