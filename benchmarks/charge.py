"""Charges per second over HTTP: `highstreet serve` in a process of its own, 32 connections from another.

Each charge has three lines, a member and a coupon, and moves stock, ledger, points, shares, credit and outbox;
SQLite with `synchronous=FULL`, PostgreSQL with fsync and `synchronous_commit=on`. After the run the database
is counted: every answered sale must be in it, whole.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.books import check_books
from benchmarks.processes import Drive, Server, load, serve_ours, serving
from benchmarks.rows import Bar, Beside, Measured
from benchmarks.shop_floor import Size, analyze, charge_facts, make_town

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
AT_LEAST = {SQLITE: 1600, POSTGRESQL: 2000}


@dataclass(frozen=True, slots=True)
class Length:
    """Seconds for one measurement, and the town it happens in."""

    warm_s: float = 3.0
    seconds: float = 10.0
    size: Size = field(default_factory=Size)


@dataclass(frozen=True, slots=True)
class Charges:
    """The three runs on one database."""

    spread: Drive
    half: Drive
    one_coupon: Drive


class Till:
    """A running server over a new town, and how many sales it has answered."""

    def __init__(self, server: Server, url: str, length: Length) -> None:
        self.server = server
        self.url = url
        self.length = length
        self.answered = 0

    def open(self) -> None:
        """The first sales: a database that never sold plans its keys as if every table were empty."""
        self.charge(seconds=0.2)
        analyze(self.url)

    def charge(
        self, *, one_coupon: bool = False, per_second: float | None = None, seconds: float | None = None
    ) -> Drive:
        """One measurement; raises AssertionError when an answer was not 200 or is not in the database."""
        drive = load(
            self.server,
            "charges",
            seconds=seconds or self.length.seconds,
            warm_s=self.length.warm_s,
            per_second=per_second,
            **charge_facts(self.length.size),
            coupons=1 if one_coupon else self.length.size.coupons,
            seed=self.answered + 1,
        )
        assert not drive.failed, f"{drive.failed} charges failed, the first with {drive.first_problem}"
        self.answered += drive.answered
        check_books(self.url, self.answered)
        return drive


@contextmanager
def till(
    command: Sequence[str], environment: dict[str, str], url: str, folder: Path, length: Length
) -> Iterator[Till]:
    """Make the town in an empty database and serve it."""
    make_town(url, length.size)
    with serving(command, environment, folder) as server:
        opened = Till(server, url, length)
        opened.open()
        yield opened


def measure(url: str, folder: Path, length: Length) -> Charges:
    """All three runs of ours on an empty database."""
    command, environment = serve_ours(url)
    with till(command, environment, url, folder, length) as ours:
        spread = ours.charge()
        half = ours.charge(per_second=spread.per_second / 2)
        return Charges(spread, half, ours.charge(one_coupon=True))


def rows(database: str, charges: Charges) -> list[Measured]:
    """What the runs say by themselves."""
    spread, half, hot = charges.spread, charges.half, charges.one_coupon
    full_rate = Beside("with spread coupons", round(spread.per_second))
    return [
        Measured(
            f"{database}: charges over HTTP, 32 connections",
            round(spread.per_second),
            "sales/s",
            bar=Bar(at_least=AT_LEAST[database]),
        ),
        Measured(f"{database}: half of them within, at the full rate", round(spread.p50_ms, 1), "ms"),
        Measured(f"{database}: 99 % of them within, at the full rate", round(spread.p99_ms, 1), "ms"),
        Measured(
            f"{database}: 99 % of them within, at half the rate ({half.per_second:,.0f}/s)",
            round(half.p99_ms, 1),
            "ms",
            bar=Bar(at_most=150),
        ),
        Measured(
            f"{database}: all sales with one coupon",
            round(hot.per_second),
            "sales/s",
            beside=full_rate,
            bar=Bar(ratio_at_least=0.8),
        ),
        Measured(f"{database}: the server's processor time a sale", round(spread.cpu_ms_each, 3), "ms"),
    ]
