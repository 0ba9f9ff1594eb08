"""The 1,500-register test: 29 places, a connection for each register, a sale every three seconds, half by wallet.

The wallet is the simulator in a process of its own, which takes 200 ms to answer. All of it runs beside each other on
this machine: the server with its worker, the wallet, and the load.
"""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text

from benchmarks.processes import Drive, free_port, load, serve_ours, serving
from benchmarks.rows import Bar, Measured
from benchmarks.shop_floor import Size, analyzed, charge_facts, make_town
from highstreet.kernel.db import Database
from highstreet.kernel.settings import Settings
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Store

WALLET_MS = 200
BEYOND_MS, MEMORY_MB, EVERY_S = 300, 600, 3.0
MERCHANT = "m_chain"


@dataclass(frozen=True, slots=True)
class Chain:
    """How large the chain is, and for how long it sells."""

    places: int = 29
    registers: int = 1500
    seconds: float = 60.0
    warm_s: float = 9.0

    @property
    def size(self) -> Size:
        """The town of the benchmarks, so large."""
        return Size(places=self.places, registers=self.registers)

    @property
    def codes(self) -> int:
        """Payment codes enough for every second sale, and some."""
        return int((self.seconds + self.warm_s + EVERY_S) / EVERY_S * self.registers / 2 * 1.1) + 10


@dataclass(frozen=True, slots=True)
class Sold:
    """What came of it."""

    drive: Drive
    memory_mb: float


@contextmanager
def wallet(folder: Path, codes: int) -> Iterator[tuple[str, Path]]:
    """The simulated wallet, and a file with payment codes of as many payers."""
    file, listed = folder / "wallet.db", folder / "codes.json"
    listed.write_text(json.dumps(_payers(file, codes)))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "highstreet_simulator.wallet", "--port", str(port), "--db", str(file)]
    with (folder / "wallet.log").open("wb") as log:
        process = subprocess.Popen([*command, "--currency", "EUR"], stdout=log, stderr=log)
    try:
        ends = time.monotonic() + 30
        while True:
            try:
                _tell(url)
                break
            except httpx.TransportError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)
        yield url, listed
    finally:
        process.terminate()
        process.wait(10)


def _payers(file: Path, count: int) -> list[str]:
    """Write payers with a code each straight into the wallet's file: over HTTP they would take minutes."""
    store = Store(str(file))
    store.write_meta("currency", "EUR")
    prefix = ProviderSettings().code_prefix
    codes = [f"{prefix}{secrets.randbelow(10**12):012d}{number:04d}" for number in range(count)]
    with store.transaction() as tx:
        tx.executemany(
            """INSERT INTO accounts (account_id, app_token, name, confirm_mode, balance_minor, funded_minor)
               VALUES (?, ?, 'Payer', 'auto', ?, ?)""",
            [(f"acc_{number}", secrets.token_urlsafe(24), 10**8, 10**8) for number in range(count)],
        )
        tx.executemany(
            "INSERT INTO codes (auth_code, account_id, expires_at) VALUES (?, ?, ?)",
            [(code, f"acc_{number}", time.time() + 3600) for number, code in enumerate(codes)],
        )
    store.close()
    return codes


def _tell(url: str) -> None:
    """Enrol the merchant, and have every payment take its time."""
    with httpx.Client(base_url=url, trust_env=False) as http:
        merchant = {"merchant_id": MERCHANT, "public_key": Settings(mode="test").wallet_public_key}
        http.post("/sim/merchants", json=merchant).raise_for_status()
        dial = {"pay": {"delay_ms": [WALLET_MS, WALLET_MS]}}
        http.put("/sim/faults", json=dial).raise_for_status()


def measure(url: str, folder: Path, chain: Chain) -> Sold:
    """Sell in an empty database; raises AssertionError when an answer is missing in it."""
    make_town(url, chain.size)
    command, environment = serve_ours(url)
    with wallet(folder, chain.codes) as (wallet_url, codes):
        environment |= {"HIGHSTREET_WALLET_URL": wallet_url, "HIGHSTREET_WALLET_MERCHANT_ID": MERCHANT}
        with serving(command, environment, folder) as server:
            with analyzed(url, chain.warm_s / 2):
                drive = load(
                    server,
                    "chain",
                    seconds=chain.seconds,
                    warm_s=chain.warm_s,
                    per_second=chain.registers / EVERY_S,
                    connections=chain.registers,
                    mark="auth_code",
                    **charge_facts(chain.size),
                    auth_codes=str(codes),
                    seed=1,
                )
            memory_mb = server.peak_memory_mb
    if drive.failed:
        print(f"answers by status, without 200: {dict(drive.others)}; {drive.first_problem}", flush=True)
    check(url, drive.answered)
    return Sold(drive, memory_mb)


def check(url: str, answered: int) -> None:
    """Every answered sale is paid, its tender captured, and the ledger sums to zero."""
    db = Database(url, readers=1)
    try:
        with db.engine.connect() as connection:
            paid, tendered, moved = (
                connection.execute(text(sql)).scalar_one()
                for sql in (
                    "SELECT count(*) FROM sale WHERE state = 'paid'",
                    "SELECT count(*) FROM tender WHERE state = 'captured'",
                    "SELECT count(DISTINCT ref_id) FROM transfer",
                )
            )
    finally:
        db.close()
    assert paid >= answered, f"{answered} sales were answered, {paid} are paid"
    assert paid == tendered == moved, f"{paid} sales, {tendered} tenders, {moved} in the ledger"


def rows(database: str, chain: Chain, sold: Sold) -> list[Measured]:
    """The bars of the test."""
    drive, name = sold.drive, f"{database}: {chain.registers:,} registers"
    wanted = chain.registers / EVERY_S
    return [
        Measured(
            f"{name}: sales, every second one by wallet",
            round(drive.per_second),
            "sales/s",
            bar=Bar(at_least=wanted * 0.97),
        ),
        Measured(f"{name}: answers that were not 200", drive.failed, "answers", bar=Bar(at_most=0)),
        Measured(
            f"{name}: 99 % of all within", round(drive.p99_ms), "ms", bar=Bar(at_most=WALLET_MS + BEYOND_MS)
        ),
        Measured(
            f"{name}: 99 % of the wallet's within, beyond its own {WALLET_MS} ms",
            round(drive.marked_p99_ms - WALLET_MS),
            "ms",
            bar=Bar(at_most=BEYOND_MS),
        ),
        Measured(f"{name}: memory of the server", round(sold.memory_mb), "MB", bar=Bar(at_most=MEMORY_MB)),
        Measured(f"{name}: the server's processor time a sale", round(drive.cpu_ms_each, 2), "ms"),
    ]
