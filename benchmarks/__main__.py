"""`python -m benchmarks [--quick] [--only NAME]`: measure, print the table, write benchmarks/results.json."""

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from tests.databases import fresh_postgres_database, sqlite_url

from benchmarks import (
    chain,
    charge,
    first_map,
    nearest_http,
    office_page,
    pgbench_limit,
    plain_app,
    raw_limit,
    register_key,
    rollout_1500,
    routing,
    rows,
    statements,
)
from benchmarks.charge import POSTGRESQL, SQLITE, Charges, Length
from benchmarks.processes import workshop
from benchmarks.rows import Bar, Measured
from benchmarks.shop_floor import Size

RESULTS = Path(__file__).with_name("results.json")
NAMES = (
    "chain",
    "charge",
    "raw_limit",
    "plain_app",
    "pgbench_limit",
    "nearest",
    "first_map",
    "register_key",
    "office_page",
    "rollout_1500",
    "routing",
    "statements",
)
QUICK = Length(warm_s=1.0, seconds=2.0, size=Size())


class Run:
    """One run of what was asked for. Ours and what stands beside it are measured one after the other."""

    def __init__(self, only: Sequence[str], length: Length, *, is_quick: bool) -> None:
        self.only = only
        self.length = length
        self.is_quick = is_quick
        self.started = time.monotonic()

    def say(self, text: str) -> None:
        """Progress, on stderr."""
        print(f"{time.monotonic() - self.started:5.0f} s  {text}", file=sys.stderr, flush=True)

    def wants(self, *names: str) -> bool:
        """Whether one of these was asked for."""
        return any(name in self.only for name in names)

    def chain_of_registers(self) -> list[Measured]:
        """1,500 registers on each database."""
        wish = chain.Chain(seconds=6.0, warm_s=3.0, registers=300) if self.is_quick else chain.Chain()
        with workshop() as folder:
            self.say(f"{wish.registers:,} registers on SQLite")
            (folder / "sqlite").mkdir()
            sold = chain.measure(sqlite_url(folder / "sqlite"), folder / "sqlite", wish)
            found = chain.rows(SQLITE, wish, sold)
        with workshop() as folder, pgbench_limit.durable_server(folder) as server:
            self.say(f"{wish.registers:,} registers on PostgreSQL")
            sold = chain.measure(fresh_postgres_database(server), folder, wish)
            return found + chain.rows(POSTGRESQL, wish, sold)

    def on_sqlite(self) -> list[Measured]:
        """Charges, the raw limit, the peer."""
        with workshop() as folder:
            self.say("charges on SQLite: at full rate, at half of it, all with one coupon")
            (folder / "ours").mkdir()
            ours = charge.measure(sqlite_url(folder / "ours"), folder, self.length)
            found = charge.rows(SQLITE, ours) if self.wants("charge") else []
            if self.wants("raw_limit"):
                self.say("the same statements by sqlite3")
                batches, repeats = (8, 2) if self.is_quick else (80, 5)
                raw = raw_limit.limit(folder, batches=batches, repeats=repeats, size=self.length.size)
                found.append(raw_limit.row(ours.spread.per_second, raw))
            if self.wants("plain_app"):
                self.say("the usual template on SQLite")
                (folder / "peer").mkdir()
                peer = plain_app.measure(sqlite_url(folder / "peer"), folder, self.length)
                found.append(plain_app.row(SQLITE, ours.spread.per_second, peer, Bar(ratio_at_least=6)))
            return found

    def on_postgresql(self) -> list[Measured]:
        """Charges, pgbench, the peer."""
        with workshop() as folder, pgbench_limit.durable_server(folder) as server:
            self.say("charges on PostgreSQL: at full rate, at half of it, all with one coupon")
            ours: Charges = charge.measure(fresh_postgres_database(server), folder, self.length)
            found = charge.rows(POSTGRESQL, ours) if self.wants("charge") else []
            if self.wants("pgbench_limit"):
                self.say("the same work by pgbench")
                seconds = max(1, round(self.length.seconds * 0.8))
                spread, hot = (
                    pgbench_limit.limit(
                        server, folder, seconds=seconds, size=self.length.size, one_coupon=one_coupon
                    )
                    for one_coupon in (False, True)
                )
                found += pgbench_limit.rows(ours, spread, hot)
            if self.wants("plain_app"):
                self.say("the usual template on PostgreSQL")
                peer = plain_app.measure(fresh_postgres_database(server), folder, self.length)
                found.append(plain_app.row(POSTGRESQL, ours.spread.per_second, peer, None))
            return found

    def nearest(self) -> list[Measured]:
        """The 20 nearest."""
        self.say("the 20 nearest: making a country")
        with workshop() as folder:
            return nearest_http.run(
                folder, seconds=self.length.seconds / 2, is_quick=self.is_quick, say=self.say
            )

    def first_map(self) -> list[Measured]:
        """The shopper's first map on a slow line."""
        self.say("the first map: building the town")
        with workshop() as folder:
            return first_map.run(folder, tries=3 if self.is_quick else 7, say=self.say)

    def register_key(self) -> list[Measured]:
        """A key at the register."""
        self.say("a key at the register: filling a basket")
        with workshop() as folder:
            return register_key.run(folder, is_quick=self.is_quick, say=self.say)

    def office_page(self) -> list[Measured]:
        """The office's pages with 100,000 sales behind them."""
        self.say("the office's pages: writing 100,000 sales")
        with workshop() as folder:
            return office_page.run(folder, is_quick=self.is_quick, say=self.say)

    def rollout_1500(self) -> list[Measured]:
        """A chain from a CSV."""
        self.say("the roll-out: making a chain")
        with workshop() as folder:
            return rollout_1500.run(folder, is_quick=self.is_quick, say=self.say)

    def routing(self) -> list[Measured]:
        """Which place serves, beside the rules that shops have."""
        self.say("routing: making a country of 1,000 places")
        return routing.run(orders=400 if self.is_quick else routing.ORDERS, say=self.say)

    def statements(self) -> list[Measured]:
        """A month settled, on each database."""
        sales = 20_000 if self.is_quick else statements.SALES
        with workshop() as folder:
            found = statements.measure(sqlite_url(folder), SQLITE, sales=sales, say=self.say)
        with workshop() as folder, pgbench_limit.durable_server(folder) as server:
            url = fresh_postgres_database(server)
            return found + statements.measure(url, POSTGRESQL, sales=sales, say=self.say)


def main() -> int:
    """0 when every bar is reached, 1 when one is not, 2 when a part failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, and figures to match")
    parser.add_argument("--only", action="append", choices=NAMES, help="may be given several times")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    only = asked.only or NAMES
    run = Run(only, QUICK if asked.quick else Length(), is_quick=asked.quick)
    parts: list[Callable[[], list[Measured]]] = []
    if run.wants("charge", "raw_limit", "plain_app"):
        parts.append(run.on_sqlite)
    if run.wants("charge", "pgbench_limit", "plain_app"):
        parts.append(run.on_postgresql)
    if run.wants("chain"):
        parts.append(run.chain_of_registers)
    if run.wants("nearest"):
        parts.append(run.nearest)
    if run.wants("first_map"):
        parts.append(run.first_map)
    if run.wants("register_key"):
        parts.append(run.register_key)
    if run.wants("office_page"):
        parts.append(run.office_page)
    if run.wants("rollout_1500"):
        parts.append(run.rollout_1500)
    if run.wants("routing"):
        parts.append(run.routing)
    if run.wants("statements"):
        parts.append(run.statements)
    measured: list[Measured] = []
    has_failed = False
    for part in parts:
        try:
            measured += part()
        except (AssertionError, RuntimeError) as problem:
            has_failed = True
            run.say(f"FAILED: {problem}")
    print(rows.table(measured))
    if not asked.only and not has_failed:
        rows.save(measured, RESULTS, is_quick=asked.quick)
        run.say(f"written to {RESULTS.relative_to(rows.ROOT)}")
    if has_failed:
        return 2
    return 0 if all(row.ok is not False for row in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
