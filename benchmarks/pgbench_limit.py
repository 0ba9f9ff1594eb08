"""PostgreSQL's own limit: the same work as one PL/pgSQL function, called by pgbench over prepared statements.

`pgbench_limit.sql` is the function; 8 and 32 clients, the better counts. The database is held to the same
books as ours.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from tests.databases import (
    PostgresServer,
    find_postgres,
    fresh_postgres_database,
    postgres_server,
    stop_servers,
)

from benchmarks.books import check_books
from benchmarks.charge import Charges
from benchmarks.rows import Bar, Beside, Measured
from benchmarks.shop_floor import Size, analyze, ids, make_town

CLIENTS = (8, 32)
SCRIPT = """\\set r random(0, {registers})
\\set a random(0, {third})
\\set b random({third} + 1, 2 * {third})
\\set c random(2 * {third} + 1, {goods})
\\set m random(0, {members})
\\set u random(0, {coupons})
SELECT bench_charge(:r, ARRAY[:a, :b, :c]::int[], ARRAY[1 + :a::int % 2, 1 + :b::int % 2, 1 + :c::int % 2],
    :m, 'BENCH' || :u::int);
"""


@dataclass(frozen=True, slots=True)
class Pgbench:
    """The better figure, and the number of clients that gave it."""

    per_second: float
    clients: int


@contextmanager
def durable_server(folder: Path) -> Iterator[PostgresServer]:
    """The tests' PostgreSQL with fsync on; gone afterwards."""
    try:
        yield postgres_server(folder, owner_pid=os.getpid(), fsync=True)
    finally:
        stop_servers(folder)


def limit(
    server: PostgresServer, folder: Path, *, seconds: int, size: Size, one_coupon: bool = False
) -> Pgbench:
    """Run it with each number of clients on a new town."""
    return max(
        (_run(server, folder, clients, seconds, size, one_coupon) for clients in CLIENTS),
        key=lambda one: one.per_second,
    )


def _run(
    server: PostgresServer, folder: Path, clients: int, seconds: int, size: Size, one_coupon: bool
) -> Pgbench:
    url = fresh_postgres_database(server)
    make_town(url, size)
    database = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(host=str(server.home), user="postgres", dbname=database, autocommit=True) as one:
        one.execute(Path(__file__).with_suffix(".sql").read_bytes())
        numbered = {
            "register": ids("reg", size.registers),
            "variant": ids("var", size.goods),
            "member": ids("mbr", size.members),
        }
        rows = [(kind, n, id_) for kind, found in numbered.items() for n, id_ in enumerate(found)]
        one.cursor().executemany("INSERT INTO bench_id VALUES (%s, %s, %s)", rows)
        one.execute("VACUUM ANALYZE")
    script = folder / "charge.pgbench"
    script.write_text(
        SCRIPT.format(
            registers=size.registers - 1,
            third=size.goods // 3 - 1,
            goods=size.goods - 1,
            members=size.members - 1,
            coupons=0 if one_coupon else size.coupons - 1,
        )
    )
    command = [str(find_postgres() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={script}"]
    command += [f"--host={server.home}", "--username=postgres", f"--client={clients}"]
    command += [f"--jobs={min(clients, os.cpu_count() or 1)}", "--max-tries=10", database]
    first, _ = _pgbench(command, 1)  # as ours has it: the first sales, then the rows counted
    analyze(url)
    processed, per_second = _pgbench(command, seconds)
    check_books(url, first + processed)
    return Pgbench(per_second, clients)


def _pgbench(command: list[str], seconds: int) -> tuple[int, float]:
    """Transactions done, and done per second."""
    done = subprocess.run(
        [*command[:-1], f"--time={seconds}", command[-1]],
        capture_output=True,
        text=True,
        timeout=seconds + 60,
    )
    if done.returncode:
        raise RuntimeError(f"pgbench failed: {done.stderr[-600:]}")
    processed = _number(r"transactions actually processed: (\d+)", done.stdout)
    return int(processed), _number(r"tps = ([\d.]+)", done.stdout)


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"pgbench said something else:\n{text}")
    return float(found[1])


def rows(ours: Charges, spread: Pgbench, one_coupon: Pgbench) -> list[Measured]:
    """Ours beside it."""
    name = "one PL/pgSQL function by pgbench, {} clients, no HTTP"
    return [
        Measured(
            "PostgreSQL: charges over HTTP, beside pgbench",
            round(ours.spread.per_second),
            "sales/s",
            beside=Beside(name.format(spread.clients), round(spread.per_second)),
            bar=Bar(ratio_at_least=0.4),
        ),
        Measured(
            "PostgreSQL: all sales with one coupon, beside pgbench",
            round(ours.one_coupon.per_second),
            "sales/s",
            beside=Beside(name.format(one_coupon.clients), round(one_coupon.per_second)),
        ),
    ]
