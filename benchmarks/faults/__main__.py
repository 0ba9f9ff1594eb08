"""`python -m benchmarks.faults`: run it, print what was injected and how it ended; exit code 1 when something is wrong."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import structlog
from tests.databases import fresh_postgres_database, sqlite_url

from benchmarks import pgbench_limit
from benchmarks.faults import own_rails, providers
from benchmarks.faults.bank import irregular, keep_telling, pay_what_is_owed, tell_everything
from benchmarks.faults.closing import Evening
from benchmarks.faults.plan import MEMBERS, RAILS, Plan, dial, make_plan
from benchmarks.faults.proof import Drawers, Proof, answers_stand, bill_days, bills_match, owed_transfers
from benchmarks.faults.proof_own import own_faults
from benchmarks.faults.providers import NAMES, ProviderProcess
from benchmarks.faults.registers import Heard, Street, beside
from benchmarks.processes import free_port, workshop
from benchmarks.shop_floor import BRAND, HQ, Size, charge_facts, ids, make_town
from benchmarks.zygote import Servers
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.time import utc_now
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, parties

SIZE = Size(places=20, registers=120, goods=100, members=MEMBERS, coupons=1, currency=providers.CURRENCY)
BESIDE = 160
"""Sales beside each other: a register parks one while its payer makes up their mind."""
LOGIN, PASSWORD = "hq@faults", "correct horse battery"
QUIET_S = 420.0
"""How long what is still open may take once the registers are done: a provider's page lives for minutes."""
SHOWN = 25
STATEMENT_S = 2.0
"""How often the bank's statement is uploaded."""
PROVED = (
    "each movement is one tender's, nobody paid twice, the ledger sums to zero, cards, points and drawers agree,\n"
    "the bills match, nothing is open, and no day closed over what nobody explained"
)


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


async def drive(
    plan: Plan, street: Street, servers: Servers, at_once: int, killed: Callable[[], None]
) -> None:
    """Play the plan, and kill the server at its moments; `killed` is told of each."""
    playing = asyncio.create_task(street.play(plan.sales, at_once))
    telling = asyncio.create_task(_tell(street.heard, len(plan.sales)))
    for moment, pause_s in plan.kills:
        while street.heard.finished < moment and not playing.done():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(pause_s)
        await asyncio.to_thread(servers.kill)
        await asyncio.to_thread(killed)
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


def end_leases(db: Database, whose: str) -> None:
    """What servers had begun that were killed since: nobody need watch the minute until their leases run out."""
    with db.engine.connect() as connection:
        connection.exec_driver_sql(f"UPDATE job SET leased_until = 1 WHERE {whose}")
        connection.commit()


def settle(db: Database, found: dict[str, ProviderProcess]) -> None:
    """Wait until nothing is open and nobody has anything left to do."""
    ends = time.monotonic() + QUIET_S
    waiting = """SELECT count(*) FROM job WHERE state = 'waiting' AND kind IN
        ('tenders.resolve', 'tenders.refund', 'tenders.reverse_late_success', 'outbox.retry_reaction')"""
    undone = """SELECT count(*) FROM tender WHERE state IN ('planned', 'pending', 'unknown')
        AND NOT (rail = 'transfer' AND direction = 'out')"""
    while time.monotonic() < ends:
        for provider in found.values():
            provider.sim("POST", "/sim/notices/retry")
        end_leases(db, "lease_owner < (SELECT max(lease_owner) FROM job)")
        with db.engine.connect() as connection:
            left = [int(connection.exec_driver_sql(sql).scalar_one()) for sql in (waiting, undone)]
        if left == [0, 0]:
            return
        say(f"{left[1]} payments and {left[0]} jobs are left")
        time.sleep(1)


def table(plan: Plan, proof: Proof, found: dict[str, ProviderProcess], street: Street) -> str:
    """What was injected, and how it ended."""
    ends: dict[str, Counter[str]] = {name: Counter() for name, _ in RAILS}
    for row in proof.tenders.values():
        ends[row["rail"]]["refund " + row["state"] if row["direction"] == "out" else row["state"]] += 1
    lines = [
        f"{'rail':<9} {'payments':>8} {'captured':>8} {'declined':>8} {'reversed':>8} {'refunds':>8} {'owed':>5}  struck"
    ]
    told = {name: found[name].sim("GET", "/sim/faults/struck") for name in NAMES}
    # Of our own rails: what the plan has wrong with them.
    wrong = {
        p.tender_id for sale in plan.sales for p in sale.parts if p.rail not in NAMES and p.payer != "pays"
    }
    struck_payments = 0
    for name, count in ends.items():
        paid = [count["captured"], count["failed"], count["reversed"]]
        orders = " ".join(told[name]["orders"]) if name in told else " ".join(wrong)
        tenders = [row for row in proof.tenders.values() if (row["rail"], row["direction"]) == (name, "in")]
        struck = sum(row["id"] in orders for row in tenders)
        struck_payments += struck
        lines.append(
            f"{name:<9} {sum(paid):>8} {paid[0]:>8} {paid[1]:>8} {paid[2]:>8} {count['refund captured']:>8}"
            f" {count['refund pending']:>5}  {struck}"
        )
    refused = street.heard.refused
    everything = sum(1 for row in proof.tenders.values() if row["direction"] == "in") + refused.total()
    struck_payments += refused.total()
    lines.append(
        f"struck by a fault: {struck_payments} of {everything} payments ({struck_payments / everything:.0%})"
    )
    faults: Counter[str] = Counter({f"refused, nothing taken: {name}": n for name, n in refused.items()})
    for name in NAMES:
        for operation, kinds in told[name]["struck"].items():
            for kind, times in kinds.items():
                faults[f"{operation}: {kind}"] += times
    odd = irregular(plan)
    for one in street.bank.bookings:
        faults[f"bank credit: {one.why}"] += one.tender_id in odd
    lines += [f"  {times:>6}  {name}" for name, times in sorted(faults.items()) if times]
    heard = street.heard
    lines.append(f"the server was killed {len(plan.kills)} times; {heard.tries} requests of registers")
    lines.append(", ".join(f"{times} {name}" for name, times in sorted(heard.ends.items())))
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over, its database and providers still there."""

    wrong: tuple[str, ...]
    street: Street
    evening: Evening
    table: str

    def proof(self) -> Proof:
        """Looks again at what is there now."""
        drawers = Drawers(self.evening.over_minor, self.evening.moved_minor)
        return Proof(self.evening.db, self.evening.providers, self.street.phones.purses, drawers)

    def faults(self) -> list[str]:
        """What is wrong with it now, by the whole proof."""
        proof = self.proof()
        return [*proof.faults(), *own_faults(proof, self.street.own, self.street.bank, self.evening.office)]


@contextmanager
def ran(plan: Plan, kind: str, at_once: int, *, is_brief: bool = False) -> Iterator[Ran]:
    """Play a plan over one kind of database and look at what is left.

    `is_brief`: calls hang for two seconds, and what a killed server had begun is taken up at once.
    """
    began = datetime.now(UTC)
    with ExitStack() as stack:
        folder = stack.enter_context(workshop())
        url = stack.enter_context(database(kind, folder))
        make_town(url, SIZE)
        db = Database(url, readers=1)
        stack.callback(db.close)
        db.write_now(hire, identity.hash_password(PASSWORD))
        db.write_now(own_rails.give_points, None)
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
            provider.sim("PUT", "/sim/faults", dial(plan.seed, 2 if is_brief else 12))
        office = stack.enter_context(signed_in(our_url))
        street = Street(our_url, found, charge_facts(SIZE)["gtins"], own_rails.prepare(office))
        office_token = str(office.headers["Authorization"])
        killed = partial(end_leases, db, "leased_until > 1") if is_brief else lambda: None
        asyncio.run(_play(plan, street, servers, office_token, at_once, killed))
        for provider in found.values():
            provider.sim("PUT", "/sim/faults", {})
        tell_everything(street.bank, office)
        settle(db, found)
        pay_what_is_owed(street.bank, lambda: owed_transfers(db))
        tell_everything(street.bank, office)
        settle(db, found)
        wrong = [*street.heard.problems, *answers_stand(our_url, street)]
        evening = Evening(plan, street.heard, db, found, office, ids("plc", SIZE.places), began)
        evening.end()
        wrong += evening.wrong
        wrong += bills_match(office, bill_days(began))
        settle(db, found)
        over = Ran((), street, evening, "")
        shown = table(plan, over.proof(), found, street) + "\n" + "\n".join(evening.tale)
        yield replace(over, wrong=(*wrong, *over.faults()), table=shown)


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
    plan: Plan,
    street: Street,
    servers: Servers,
    office_token: str,
    at_once: int,
    killed: Callable[[], None],
) -> None:
    headers = {"Authorization": office_token}
    async with httpx.AsyncClient(base_url=street.url, trust_env=False, timeout=60, headers=headers) as office:
        try:
            async with beside(keep_telling(street.bank, office, STATEMENT_S)):
                await drive(plan, street, servers, at_once, killed)
        finally:
            await street.aclose()


def main() -> int:
    """0 when everything adds up."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--payments", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--beside", type=int, default=BESIDE, help="sales beside each other")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("httpx").setLevel(logging.WARNING)
    os.environ.pop("HIGHSTREET_DATABASE_URL", None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # and what was started ends, too
    plan = make_plan(asked.seed, asked.payments, asked.kills, registers=SIZE.registers, goods=SIZE.goods)
    held = [run(plan, kind, asked.beside) for kind in asked.database or ["sqlite"]]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
