"""What a sale costs the server's processor, by rail: a few registers that sell at a modest, fixed rate.

`.venv/bin/python -m benchmarks.a_sale` prints milliseconds of the server a sale, in cash and by wallet. Processor
time, so that busy neighbours disturb it little; at this rate batches are small, so that it is more than at the full one.
"""

import argparse
from contextlib import ExitStack
from pathlib import Path

from tests.databases import fresh_postgres_database, sqlite_url

from benchmarks.chain import MERCHANT, Chain, check, wallet
from benchmarks.pgbench_limit import durable_server
from benchmarks.processes import load, serve_ours, serving, workshop
from benchmarks.shop_floor import analyzed, charge_facts, make_town

WARM_S = 4.0


def cost_ms(url: str, folder: Path, rail: str, *, seconds: float, per_second: float) -> float:
    """The server's processor milliseconds a sale by this rail; raises AssertionError when one was not answered."""
    registers = int(per_second)
    chain = Chain(registers=registers, seconds=seconds, warm_s=WARM_S)
    make_town(url, chain.size)
    command, environment = serve_ours(url)
    codes = int((seconds + WARM_S) * per_second * 1.2) + 50 if rail == "wallet" else 1
    with wallet(folder, codes) as (wallet_url, listed):
        environment |= {"HIGHSTREET_WALLET_URL": wallet_url, "HIGHSTREET_WALLET_MERCHANT_ID": MERCHANT}
        with serving(command, environment, folder) as server, analyzed(url, WARM_S / 2):
            drive = load(
                server,
                "chain",
                seconds=seconds,
                warm_s=WARM_S,
                per_second=per_second,
                connections=registers,
                **charge_facts(chain.size),
                auth_codes=str(listed),
                seed=1,
                rails=[rail],
            )
    assert not drive.failed, drive.first_problem
    check(url, drive.answered)
    return drive.cpu_ms_each


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rail", action="append", choices=("cash", "wallet"))
    parser.add_argument("--on", action="append", choices=("sqlite", "postgresql"))
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=100.0, metavar="SALES_A_SECOND")
    asked = parser.parse_args()
    for database in asked.on or ("sqlite", "postgresql"):
        for rail in asked.rail or ("cash", "wallet"):
            with workshop() as folder, ExitStack() as opened:
                if database == "sqlite":
                    url = sqlite_url(folder)
                else:
                    url = fresh_postgres_database(opened.enter_context(durable_server(folder)))
                cost = cost_ms(url, folder, rail, seconds=asked.seconds, per_second=asked.rate)
            print(f"{database}, {rail}: {cost:.2f} ms of the server's processor a sale", flush=True)


if __name__ == "__main__":
    main()
