"""The roll-out kit as it ships: 29 places and 1,500 registers from a CSV, every one self-tested.

`highstreet rollout` runs in a process of its own against `highstreet serve` on SQLite; a simulated wallet stands by for the
training account. A figure counts only if every register has its key, its certificate and its two practised sales,
and nothing was sold.
"""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import httpx
from tests.databases import sqlite_url
from tests.wallets import FAST

from benchmarks.processes import serve_ours, serving
from benchmarks.rows import ROOT, Bar, Measured
from benchmarks.shop_floor import BRAND, HQ, Size, ids, make_town
from highstreet.kernel.db import Database
from highstreet.kernel.ids import stable_id
from highstreet.kernel.settings import Settings
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import hash_password
from highstreet.rooms.identity.tables import staff
from highstreet.rooms.parties.tables import staff_role
from highstreet_simulator.wallet import ThreadedWallet

PLACES, REGISTERS = 29, 1500
BAR = Bar(at_most=600)
LOGIN, PASSWORD = "hq@bench", "a long benchmark password"
TIMEOUT_S = 900.0
SOURCE = f"{ROOT / 'src'}{os.pathsep}{ROOT}"


def run(folder: Path, *, is_quick: bool, say: Callable[[str], None]) -> list[Measured]:
    """Seconds for all, and the slowest sale of a self-test. Errors: AssertionError, RuntimeError."""
    registers = REGISTERS // 10 if is_quick else REGISTERS
    url = sqlite_url(folder)
    make_town(url, Size(places=PLACES, registers=PLACES, goods=50, members=1, coupons=1))
    _hire(url)
    plan = _plan(folder, registers)
    with ThreadedWallet(replace(FAST, currency="EUR")) as wallet:
        _open_account(wallet.url)
        command, environment = serve_ours(url)
        environment |= {"HIGHSTREET_TRAINING_WALLET_URL": wallet.url, "PYTHONPATH": SOURCE}
        with serving(command, environment, folder) as server:
            say(f"rolling out {registers} registers at {PLACES} places")
            began = time.monotonic()
            _roll_out(f"http://127.0.0.1:{server.port}", wallet.url, plan, folder)
            seconds = time.monotonic() - began
    slowest = _check(folder, registers)
    name = f"rollout_{registers}: {PLACES} places, {registers} registers from a CSV to certificates"
    return [
        Measured(name, round(seconds, 1), "s", bar=BAR),
        Measured(
            f"rollout_{registers}: slowest sale of a self-test", round(slowest, 3), "s", bar=Bar(at_most=3)
        ),
    ]


def _hire(url: str) -> None:
    """A head office that signs in by password."""
    person = stable_id("stf", "bench", "hq")

    def add(tx: Tx, _: None) -> None:
        row = {"brand_id": BRAND, "id": person, "party_id": HQ, "login": LOGIN, "name": "HQ"}
        tx.insert_many(staff, [{**row, "password_hash": hash_password(PASSWORD), "is_active": True}])
        role = {"brand_id": BRAND, "staff_id": person, "role": "office_manager", "scope_id": BRAND}
        tx.insert_many(staff_role, [role])

    db = Database(url)
    try:
        db.write_now(add, None)
    finally:
        db.close()


def _plan(folder: Path, registers: int) -> Path:
    each, more = divmod(registers, PLACES)
    places = ids("plc", PLACES)
    lines = [f"{place},Till,{each + (n < more)}" for n, place in enumerate(places)]
    path = folder / "plan.csv"
    path.write_text("\n".join(["place,register,registers", *lines]) + "\n")
    return path


def _open_account(wallet_url: str) -> None:
    settings = Settings(_env_file=None, mode="test")
    merchant = {
        "merchant_id": settings.training_wallet_merchant_id,
        "public_key": settings.wallet_public_key,
        "notify_url": "http://127.0.0.1:9/",
    }
    httpx.post(f"{wallet_url}/sim/merchants", json=merchant, trust_env=False).raise_for_status()


def _roll_out(url: str, wallet_url: str, plan: Path, folder: Path) -> None:
    command = [sys.executable, "-m", "highstreet.cli", "rollout", str(plan), "--url", url, "--login", LOGIN]
    command += ["--folder", str(folder / "out"), "--wallet-simulator", wallet_url]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": SOURCE, "HIGHSTREET_OFFICE_PASSWORD": PASSWORD, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    if done.returncode:
        raise RuntimeError(f"rollout ended with {done.returncode}: {(done.stderr or done.stdout)[-600:]}")


def _check(folder: Path, registers: int) -> float:
    papers = [json.loads(path.read_bytes()) for path in (folder / "out").glob("certificates/*/*.json")]
    assert len(papers) == registers, f"{len(papers)} certificates"
    assert all(paper["is_good"] for paper in papers)
    assert {paper["wallet"] for paper in papers} == {"paid and refunded at the simulator"}
    assert len(list((folder / "out").glob("keys/*/*.key"))) == registers
    with closing(sqlite3.connect(next(folder.glob("*.db")))) as db:
        for table, wanted in (("training_sale", 2 * registers), ("sale", 0), ("tender", 0), ("transfer", 0)):
            (found,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert found == wanted, f"{table}: {found}"
    return max(float(paper["sale_seconds"]) for paper in papers)
