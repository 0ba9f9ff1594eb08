"""A walk: many shoppers at once against a running server, for a time or until stopped."""

import asyncio
import json
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from highstreet_simulator.town.goods import make_brands
from highstreet_simulator.town.pack import load_pack
from highstreet_simulator.town.people import make_shoppers
from highstreet_simulator.walk.sheet import SheetError, read_sheet
from highstreet_simulator.walk.shopper import Walker, World
from highstreet_simulator.walk.tally import Tally
from highstreet_simulator.walk.till import Till
from highstreet_simulator.walk.wire import Wire

SAVE_EVERY_S = 5.0


class WalkError(Exception):
    """Why nobody can walk; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class WalkOptions:
    """Whom to let walk, where, and for how long (`seconds` None: until stopped)."""

    keys: Path
    url: str
    wallet_url: str | None
    inbox_url: str | None
    shoppers: int
    seconds: float | None
    seed: int
    speed: float
    phones: Path | None = None  # where sessions are kept for the next walk
    wait_s: float = 5.0  # for the server to answer
    sales: int | None = None  # end after so many


def run_walk(options: WalkOptions) -> Tally:
    """Walk; the tally comes back. Errors: WalkError."""
    return asyncio.run(_walk(options))


async def _walk(options: WalkOptions) -> Tally:
    wallet_url, inbox_url = _addresses(options)
    try:
        sheet = read_sheet(options.keys)
    except SheetError as error:
        raise WalkError(str(error)) from None
    people = make_shoppers(options.seed, load_pack(), make_brands())
    # The demo's own walk keeps its phones; whoever walks beside it takes other people.
    people = people[-options.shoppers :] if options.phones is None else people[: options.shoppers]
    kept = _read_kept(options.phones)
    shop, wallet, inbox = Wire(options.url), Wire(wallet_url), Wire(inbox_url)
    try:
        await _wait(shop, "/readyz", options.wait_s)
        await _wait(wallet, "/v1/platform-key", options.wait_s)
        tills = {
            key.register_id: Till(shop, key, sheet.currency)
            for place in sheet.shops.values()
            for key in place.registers
        }
        world = World(
            shop, wallet, inbox, sheet, tills, Tally(wanted_sales=options.sales), options.speed, options.seed
        )
        tasks = [
            asyncio.create_task(Walker(world, who, kept.setdefault(who.phone, {})).live()) for who in people
        ]
        tasks.append(asyncio.create_task(_keep_saving(options.phones, kept)))
        tasks.append(asyncio.create_task(_until_sold(world.tally)))
        await _until_the_end(tasks, options.seconds)
        _save(options.phones, kept)
        return world.tally
    finally:
        for wire in (shop, wallet, inbox):
            await wire.close()


async def _until_sold(tally: Tally) -> None:
    await tally.is_enough.wait()


async def _until_the_end(tasks: list[asyncio.Task[None]], seconds: float | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, RuntimeError, ValueError):  # not in a thread
            loop.add_signal_handler(number, stopped.set)
    ending = asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait([*tasks, ending], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in (*tasks, ending):
        task.cancel()
    await asyncio.gather(*tasks, ending, return_exceptions=True)
    for task in done - {ending}:
        task.result()  # shoppers live for ever: one who ended has failed


def _addresses(options: WalkOptions) -> tuple[str, str]:
    """Wallet and inbox: as asked, else as the demo that runs beside keys.json says."""
    running: dict[str, Any] = {}
    beside = options.keys.with_name("running.json")
    with suppress(OSError, ValueError):
        running = json.loads(beside.read_text())
    wallet_url = options.wallet_url or running.get("wallet_url")
    inbox_url = options.inbox_url or running.get("inbox_url")
    if not wallet_url or not inbox_url:
        raise WalkError(f"no {beside} (does the demo run?): name --wallet-url and --inbox-url")
    return wallet_url, inbox_url


async def _wait(wire: Wire, path: str, wait_s: float) -> None:
    give_up_at = asyncio.get_running_loop().time() + wait_s
    while True:
        with suppress(httpx.TransportError):
            if (await wire.http.get(path)).status_code == 200:
                return
        if asyncio.get_running_loop().time() > give_up_at:
            raise WalkError(f"{str(wire.http.base_url).rstrip('/')}{path} does not answer: is it running?")
        await asyncio.sleep(0.1)


def _read_kept(path: Path | None) -> dict[str, Any]:
    if path is not None:
        with suppress(OSError, ValueError):
            kept: dict[str, Any] = json.loads(path.read_text())
            return kept
    return {}


async def _keep_saving(path: Path | None, kept: dict[str, Any]) -> None:
    saved = ""
    while True:
        await asyncio.sleep(SAVE_EVERY_S)
        if saved != (now := json.dumps(kept)):
            saved = now
            _save(path, kept)


def _save(path: Path | None, kept: dict[str, Any]) -> None:
    """Sessions open doors: for this user only."""
    if path is None:
        return
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(kept, file)
    fresh.replace(path)
