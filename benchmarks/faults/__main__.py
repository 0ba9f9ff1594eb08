"""`python -m benchmarks.faults`: run it, print what was injected and how it ended; exit code 1 when something is wrong."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import structlog
from tests.databases import fresh_postgres_database, sqlite_url

from benchmarks import pgbench_limit
from benchmarks.faults import providers
from benchmarks.faults.plan import Plan, dial, make_plan
from benchmarks.faults.proof import Proof, answers_stand, bill_days, bills_match
from benchmarks.faults.providers import NAMES, ProviderProcess
from benchmarks.faults.registers import Heard, Street
from benchmarks.processes import free_port, workshop
from benchmarks.shop_floor import BRAND, HQ, Size, charge_facts, make_town
from benchmarks.zygote import Servers
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, parties

SIZE = Size(places=20, registers=120, goods=100, members=1, coupons=1, currency=providers.CURRENCY)
LOGIN, PASSWORD = "hq@faults", "correct horse battery"
QUIET_S = 420.0
"""How long what is still open may take once the registers are done: a provider's page lives for minutes."""
SHOWN = 25
PROVED = "each movement is one tender's, nobody paid twice, the ledger sums to zero, the bills match, nothing is open"


def say(text: str) -> None:
    """Progress, on stderr."""
    print(f"{datetime.now(UTC):%H:%M:%S}  {text}", file=sys.stderr, flush=True)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An address of an empty database."""
    if kind == "sqlite":
        yield sqlite_url(folder)
        return
    with pgbench_limit.durable_server(folder) as server:
        yield fresh_postgres_database(server)


def hire(tx: Tx, password_hash: str) -> None:
    """Somebody of the head office, who fetches the bills."""
    staff_id, now = new_id("stf"), utc_now()
    identity.add_staff(tx, identity.AddStaff(BRAND, staff_id, HQ, LOGIN, "Head Office", password_hash, now))
    parties.give_role(tx, parties.GiveRole(BRAND, staff_id, "office_manager", BRAND, now))


async def drive(plan: Plan, street: Street, servers: Servers, at_once: int) -> None:
    """Play the plan, and kill the server at its moments."""
    playing = asyncio.create_task(street.play(plan.sales, at_once))
    telling = asyncio.create_task(_tell(street.heard, len(plan.sales)))
    for moment, pause_s in plan.kills:
        while street.heard.finished < moment and not playing.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(pause_s)
        await asyncio.to_thread(servers.kill)
        await asyncio.to_thread(servers.start)
    await playing
    telling.cancel()


async def _tell(heard: Heard, of: int) -> None:
    told = 0
    while True:
        await asyncio.sleep(15)
        say(f"{heard.finished} of {of} sales have ended")
        for problem in heard.problems[told : told + SHOWN]:
            say(f"PROBLEM {problem}")
        told = len(heard.problems)


def settle(db: Database, found: dict[str, ProviderProcess]) -> None:
    """Wait until nothing is open and nobody has anything left to do."""
    ends = time.monotonic() + QUIET_S
    waiting = """SELECT count(*) FROM job WHERE state = 'waiting' AND kind IN
        ('tenders.resolve', 'tenders.refund', 'tenders.reverse_late_success', 'outbox.retry_reaction')"""
    undone = "SELECT count(*) FROM tender WHERE state IN ('planned', 'pending', 'unknown')"
    while time.monotonic() < ends:
        for provider in found.values():
            provider.sim("POST", "/sim/notices/retry")
        with db.engine.connect() as connection:
            left = [int(connection.exec_driver_sql(sql).scalar_one()) for sql in (waiting, undone)]
        if left == [0, 0]:
            return
        say(f"{left[1]} payments and {left[0]} jobs are left")
        time.sleep(3)


def table(plan: Plan, proof: Proof, found: dict[str, ProviderProcess], heard: Heard) -> str:
    """What was injected, and how it ended."""
    ends: dict[str, Counter[str]] = {name: Counter() for name in ("cash", *NAMES)}
    for row in proof.tenders.values():
        ends[row["rail"]]["refund " + row["state"] if row["direction"] == "out" else row["state"]] += 1
    lines = [
        f"{'rail':<8} {'payments':>8} {'captured':>8} {'declined':>8} {'reversed':>8} {'refunds':>8}  struck"
    ]
    struck_payments = 0
    told = {name: found[name].sim("GET", "/sim/faults/struck") for name in NAMES}
    for name, count in ends.items():
        paid = [count["captured"], count["failed"], count["reversed"]]
        orders = " ".join(told[name]["orders"]) if name in told else ""
        struck = sum(
            1
            for row in proof.tenders.values()
            if row["rail"] == name and row["direction"] == "in" and row["id"] in orders
        )
        struck_payments += struck
        lines.append(
            f"{name:<8} {sum(paid):>8} {paid[0]:>8} {paid[1]:>8} {paid[2]:>8} {count['refund captured']:>8}"
            f"  {struck}"
        )
    everything = sum(1 for row in proof.tenders.values() if row["direction"] == "in")
    lines.append(
        f"struck by a fault: {struck_payments} of {everything} payments ({struck_payments / everything:.0%})"
    )
    faults: Counter[str] = Counter()
    for name in NAMES:
        for operation, kinds in told[name]["struck"].items():
            for kind, times in kinds.items():
                faults[f"{operation}: {kind}"] += times
    lines += [f"  {times:>6}  {name}" for name, times in sorted(faults.items())]
    lines.append(f"the server was killed {len(plan.kills)} times; {heard.tries} requests of registers")
    lines.append(", ".join(f"{times} {name}" for name, times in sorted(heard.ends.items())))
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over, its database and providers still there."""

    wrong: tuple[str, ...]
    proof: Proof
    table: str


@contextmanager
def ran(plan: Plan, kind: str, at_once: int) -> Iterator[Ran]:
    """Play a plan over one kind of database and look at what is left."""
    began = datetime.now(UTC)
    with ExitStack() as stack:
        folder = stack.enter_context(workshop())
        url = stack.enter_context(database(kind, folder))
        make_town(url, SIZE)
        db = Database(url, readers=1)
        stack.callback(db.close)
        db.write_now(hire, identity.hash_password(PASSWORD))
        found = stack.enter_context(providers.running(folder))
        port = free_port()
        our_url = f"http://127.0.0.1:{port}"
        environment = {
            "HIGHSTREET_MODE": "test",
            "HIGHSTREET_DATABASE_URL": url,
            "HIGHSTREET_LAKE_PATH": str(folder / "lake"),
            "HIGHSTREET_LOG_LEVEL": "error",
        }
        servers = Servers(environment | providers.enrol(found, folder, our_url), port)
        stack.callback(servers.close)
        servers.start()
        for provider in found.values():
            provider.sim("PUT", "/sim/faults", dial(plan.seed))
        heard = asyncio.run(_play(plan, our_url, found, servers, at_once))
        for provider in found.values():
            provider.sim("PUT", "/sim/faults", {})
        settle(db, found)
        wrong = list(heard.problems)
        wrong += answers_stand(our_url, heard, {sale.sale_id: sale.register for sale in plan.sales})
        with signed_in(our_url) as office:
            wrong += bills_match(office, bill_days(began))
        settle(db, found)
        proof = Proof(db, found, heard)
        wrong += proof.faults()
        yield Ran(tuple(wrong), proof, table(plan, proof, found, heard))


@contextmanager
def signed_in(our_url: str) -> Iterator[httpx.Client]:
    """The head office."""
    with httpx.Client(base_url=our_url, trust_env=False, timeout=120) as office:
        asked = {"login": LOGIN, "password": PASSWORD}
        token = office.post("/office/v1/sign-in", json=asked).raise_for_status().json()["token"]
        office.headers["Authorization"] = f"Bearer {token}"
        yield office


def run(plan: Plan, kind: str, at_once: int) -> bool:
    """Print one run; whether everything adds up."""
    say(f"{kind}: {plan.payments} payments, {len(plan.kills)} kills, seed {plan.seed}")
    started = time.monotonic()
    with ran(plan, kind, at_once) as over:
        print(f"\n{kind}, seed {plan.seed}, {time.monotonic() - started:.0f} s\n{over.table}")
    for line in over.wrong[:SHOWN]:
        print(f"  WRONG  {line}")
    print(f"{len(over.wrong)} wrong" if over.wrong else "nothing is wrong: " + PROVED)
    return not over.wrong


async def _play(
    plan: Plan, our_url: str, found: dict[str, ProviderProcess], servers: Servers, at_once: int
) -> Heard:
    street = Street(our_url, found, charge_facts(SIZE)["gtins"])
    try:
        await drive(plan, street, servers, at_once)
    finally:
        await street.aclose()
    return street.heard


def main() -> int:
    """0 when everything adds up."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--registers", type=int, default=SIZE.registers, help="sales beside each other")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.environ.pop("HIGHSTREET_DATABASE_URL", None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # and what was started ends, too
    plan = make_plan(asked.seed, asked.payments, asked.kills, registers=SIZE.registers, goods=SIZE.goods)
    held = [run(plan, kind, asked.registers) for kind in asked.database or ["sqlite"]]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
