"""Batches of sales without HTTP, as the writer thread commits them, and what they cost the processor.

`.venv/bin/python -m benchmarks.in_process` prints the processor's µs a sale for batches of 1, 16 and 64;
`--profile 64` the functions behind it. Processor time, so that busy neighbours disturb it little.
"""

import argparse
import cProfile
import gc
import pstats
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from benchmarks.processes import workshop
from benchmarks.shop_floor import Size, command_maker, make_town
from highstreet.flows.sell_at_register import SellAtRegister, Sold, sell
from highstreet.kernel.db import Database
from highstreet.kernel.tx import Tx


def write_batch(connection: Connection, commands: Sequence[SellAtRegister]) -> None:
    """One transaction for all of them, as kernel/db.py does it; raises when one is refused."""
    tx = Tx(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    connection.exec_driver_sql("SAVEPOINT command")
    for outcome in sell.run(tx, commands):
        if not isinstance(outcome, Sold):
            raise outcome
    connection.exec_driver_sql("RELEASE SAVEPOINT command")
    tx.flush()
    connection.commit()


def sell_in_batches(
    url: str, size: Size, *, batch: int, sales: int, around: Callable[[Callable[[], Any]], Any] | None = None
) -> float:
    """Processor µs a sale of the selling thread, COMMIT with it. `around` runs the loop (a profiler)."""
    db = Database(url, readers=1)
    make = command_maker(size, seed=batch)
    rounds = max(1, sales // batch)
    batches = [[make() for _ in range(batch)] for _ in range(rounds)]
    gc.collect()
    gc.freeze()  # as the server does at its start
    gc.set_threshold(50_000, 20, 50)
    try:
        with db.engine.connect() as connection:
            write_batch(connection, [make() for _ in range(batch)])  # statements compiled

            def loop() -> None:
                for commands in batches:
                    write_batch(connection, commands)

            started = time.thread_time()
            (around or (lambda work: work()))(loop)
            return (time.thread_time() - started) / (rounds * batch) * 1e6
    finally:
        db.close()


def main() -> None:
    """Print the cost; with --profile, where it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", type=int, metavar="BATCH", help="functions of batches of this size")
    parser.add_argument("--sales", type=int, default=1600)
    parser.add_argument("--sort", default="tottime")
    asked = parser.parse_args()
    with workshop() as folder:
        url = f"sqlite:///{folder / 'town.db'}"
        make_town(url, Size())
        if asked.profile is None:
            for batch in (1, 16, 64):
                micros = sell_in_batches(url, Size(), batch=batch, sales=asked.sales)
                print(f"batches of {batch:2}: {micros:5.0f} µs of processor a sale")
            return
        profile = cProfile.Profile()
        sell_in_batches(url, Size(), batch=asked.profile, sales=asked.sales, around=profile.runcall)
        pstats.Stats(profile).sort_stats(asked.sort).print_stats(45)


if __name__ == "__main__":
    main()
