"""One roll-out from plan to certificates. Everything it has done it does not do again."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from highstreet import __version__
from highstreet.rollout.board import Board
from highstreet.rollout.book import Book, Row
from highstreet.rollout.office_desk import REGISTERS_AT_ONCE, OfficeDesk, OfficeRefuses
from highstreet.rollout.papers import (
    certificate,
    key_file,
    signing_key,
    write_certificate,
    write_keys,
    write_sheets,
)
from highstreet.rollout.plan import BadRow, read_plan
from highstreet.rollout.self_test import Payer, self_test


@dataclass(frozen=True, slots=True)
class RolloutOptions:
    """What was asked for on the command line."""

    plan: Path
    url: str
    login: str
    password: str
    folder: Path
    wallet_url: str | None = None
    at_once: int = 8
    pairing_hours: int | None = 72
    goes_live: bool = False


@dataclass(frozen=True, slots=True)
class RolloutDone:
    """How it ended."""

    bad: list[BadRow]
    registers: int = 0
    good: int = 0
    seconds: float = 0.0
    slowest_sale_s: float = 0.0


def run_rollout(wish: RolloutOptions, board: Board) -> RolloutDone:
    """Check, add, test, certify. Errors: PlanUnreadable, OfficeRefuses."""
    began = time.monotonic()
    desk = OfficeDesk(wish.url, wish.login, wish.password)
    try:
        book = Book(wish.folder)
        mine = {(row.place_id, row.name.casefold()) for row in book.rows()}
        others = [r for r in desk.registers() if (r["place_id"], str(r["name"]).casefold()) not in mine]
        wanted, bad = read_plan(wish.plan, desk.places(), others)
        if bad:
            return RolloutDone(bad)
        book.plan(wanted)
        asked = {(w.place_id, w.name) for w in wanted}
        _add(wish, desk, book, board, asked)
        _test(wish, desk, book, board, asked)
        rows = [row for row in book.rows() if (row.place_id, row.name) in asked]
        write_sheets(wish.folder, rows)
        if wish.goes_live:
            passed = [row.id for row in rows if row.step == "tested"]
            desk.train(passed, is_training=False)
            book.move(passed, "live")
        results = [row.result for row in rows if row.result]
        return RolloutDone(
            [],
            registers=len(rows),
            good=sum(result["is_good"] for result in results),
            seconds=time.monotonic() - began,
            slowest_sale_s=max((r.get("sale_seconds", 0.0) for r in results), default=0.0),
        )
    finally:
        desk.close()


def _add(
    wish: RolloutOptions, desk: OfficeDesk, book: Book, board: Board, asked: set[tuple[str, str]]
) -> None:
    rows = [row for row in book.rows() if (row.place_id, row.name) in asked]
    board.begin(rows)
    missing = [row for row in rows if row.step == "planned" or not key_file(wish.folder, row).is_file()]
    for start in range(0, len(missing), REGISTERS_AT_ONCE):
        batch = missing[start : start + REGISTERS_AT_ONCE]
        told = _add_batch(desk, book, batch, wish.pairing_hours)
        write_keys(wish.folder, batch, told, wish.url)
        book.move([row.id for row in batch if row.step == "planned"], "added")
        board.added(batch)


def _add_batch(
    desk: OfficeDesk, book: Book, batch: list[Row], pairing_hours: int | None
) -> list[dict[str, Any]]:
    try:
        return desk.add(batch, pairing_hours)
    except OfficeRefuses as refusal:
        if refusal.code != "identity.already_there":
            raise
    # A key's file was lost after its key was used: another key; the office can revoke the old one.
    for row in batch:
        book.new_key(row.id)
    ids = {row.id for row in batch}
    return desk.add([row for row in book.rows() if row.id in ids], pairing_hours)


def _test(
    wish: RolloutOptions, desk: OfficeDesk, book: Book, board: Board, asked: set[tuple[str, str]]
) -> None:
    rows = [row for row in book.rows("added", "failed") if (row.place_id, row.name) in asked]
    if not rows:
        return
    goods, key = desk.goods(), signing_key(wish.folder)
    versions = {"highstreet": desk.version(), "kit": __version__}
    local = threading.local()

    def mine() -> tuple[httpx.Client, Payer | None]:
        if not hasattr(local, "http"):  # one for each thread: a payer's next code ends the one before it
            local.http = httpx.Client(base_url=wish.url, timeout=20)
            local.payer = Payer.open(wish.wallet_url) if wish.wallet_url else None
        return local.http, local.payer

    def test(row: Row) -> tuple[Row, dict[str, Any]]:
        register_key = key_file(wish.folder, row).read_text().strip()
        result = self_test(wish.url, register_key, goods, *mine())
        write_certificate(wish.folder, row, certificate(row, result, versions), key)
        book.tested(row.id, "tested" if result["is_good"] else "failed", result)
        return row, result

    _in_threads(test, rows, wish.at_once, lambda done: board.tested(*done))


def _in_threads(
    work: Callable[[Row], tuple[Row, dict[str, Any]]],
    rows: list[Row],
    at_once: int,
    say: Callable[[tuple[Row, dict[str, Any]]], None],
) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        running = [pool.submit(work, row) for row in rows]
        try:
            for one in as_completed(running):
                say(one.result())
        except BaseException:
            for one in running:
                one.cancel()
            raise
