"""The demo from the first look at the port to the last process gone."""

import base64
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet.demo.processes import (
    Audience,
    EndedError,
    Family,
    end_on_signals,
    free_port,
    is_port_free,
)
from highstreet.demo.progress import say
from highstreet_simulator.inbox import Inbox

OURS = ("town.db", "wallet.db")
FILES = (
    "keys.json", "running.json", "phones.json", "streets.json", "secret", "wallet.key", "try.txt", "register",
    "server.log", "wallet.log",
    "walk.log", "demo.log", "town.pmtiles",
)  # fmt: skip
OUR_FILES = (*FILES, *(f"{db}{tail}" for db in OURS for tail in ("", "-wal", "-shm")))
READY_S = 60.0
MERCHANT = "highstreet-demo"


class DemoError(Exception):
    """Why the demo cannot go on; one line that says what to do."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What was asked for on the command line."""

    port: int
    seed: int
    speed: float
    folder: Path
    is_fresh: bool
    has_walk: bool
    is_headless: bool


def run_demo(wish: DemoOptions) -> int:
    """Run until somebody ends it (0) or a process dies. Errors: DemoError."""
    if not is_port_free(wish.port):
        other = wish.port + 1 if wish.port < 65535 else 8000
        raise DemoError(
            f"port {wish.port} is taken: end what runs there, or take another: `make demo ARGS=--port={other}`"
        )
    everybody = os.umask(0o077)  # keys, phones and logs are this user's: ours, and what the children write
    keep_private(wish.folder)
    end_on_signals()
    family = Family(wish.folder)
    try:
        with contextlib.suppress(EndedError), _locked(wish.folder):
            _run_locked(wish, family)
    finally:
        family.stop()
        os.umask(everybody)
    return 0


def _run_locked(wish: DemoOptions, family: Family) -> None:
    told = wish.folder / "walk.log"
    told.unlink(missing_ok=True)
    try:
        _Demo(wish, family).run()
    except EndedError:
        say("ending ...")
    finally:
        family.stop()
        (wish.folder / "running.json").unlink(missing_ok=True)
        _tell_walk(told)


def _tell_walk(told: Path) -> None:
    """What the shoppers did, as they told it last; nothing if they never set out."""
    with contextlib.suppress(FileNotFoundError):
        _, found, summary = told.read_text(errors="replace").rpartition("sales      ")
        if found:
            say(f"the shoppers of this start:\n{found}{summary.rstrip()}")


def keep_private(folder: Path) -> None:
    """Make the demo's folder, and take what an earlier start left there from everybody else."""
    is_ours = not folder.exists() or (folder / "lock").exists()
    folder.mkdir(parents=True, exist_ok=True)
    if is_ours:
        folder.chmod(0o700)
    for name in OUR_FILES:
        with contextlib.suppress(FileNotFoundError):
            (folder / name).chmod(0o600)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One demo for each folder: SQLite has one writer."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoError(
                f"a demo runs in {folder} already: end it, or take another with --folder"
            ) from None
        yield


@contextlib.contextmanager
def _logged(folder: Path) -> Iterator[None]:
    """Our own log lines must not fall into the board."""
    import structlog

    with (folder / "demo.log").open("a") as log:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
        try:
            yield
        finally:
            structlog.reset_defaults()


class _Demo:
    def __init__(self, wish: DemoOptions, family: Family) -> None:
        self.wish = wish
        self.folder = wish.folder
        self.family = family
        self.audience = Audience()
        self.url = f"http://127.0.0.1:{wish.port}"
        self.wallet_port = free_port(but=wish.port)
        self.wallet_url = f"http://127.0.0.1:{self.wallet_port}"
        self.database_url = f"sqlite:///{self.folder / 'town.db'}"

    def run(self) -> None:
        """All of it."""
        if self.wish.is_fresh:
            self._throw_away()
        secret = self._secret()
        inbox = Inbox()
        try:
            keys, pinned = self._known_keys(), self.folder / "wallet.key"
            wallet_to_meet = pinned.read_text() if keys is not None and pinned.exists() else None
            if wallet_to_meet:  # from the second start on: the server, which takes longest, first
                self._start_server(secret, inbox, wallet_to_meet)
            self._start_wallet()
            if keys is None:
                with _logged(self.folder):
                    keys = self._seeded(secret)
            if not wallet_to_meet:
                platform_key = self._meet_wallet(secret)
                self._start_server(secret, inbox, platform_key)
                _write_private(pinned, platform_key)
            running = {
                "url": self.url,
                "wallet_url": self.wallet_url,
                "inbox_url": inbox.url,
                "pid": os.getpid(),
            }
            _write_private(self.folder / "running.json", json.dumps(running))
            with _logged(self.folder):
                self._show(keys, inbox, secret, wallet_to_meet)
        finally:
            inbox.close()

    def _throw_away(self) -> None:
        for name in OUR_FILES:
            (self.folder / name).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "lake", ignore_errors=True)

    def _secret(self) -> str:
        """This demo's own secret: no key that works here is known anywhere else."""
        path = self.folder / "secret"
        if not path.exists():
            _write_private(path, secrets.token_urlsafe(48))
        return path.read_text().strip()

    def _known_keys(self) -> dict[str, Any] | None:
        """keys.json of an earlier start, if the town is whole and of this version: then nothing heavy is loaded."""
        path, town = self.folder / "keys.json", self.folder / "town.db"
        if not path.exists() or not town.exists():
            return None
        keys: dict[str, Any] = json.loads(path.read_text())
        if keys["seed"] != self.wish.seed:
            raise DemoError(f"{self.folder} holds the town of seed {keys['seed']}: add --fresh for another")
        name, _, digest = str(keys["schema"]).partition(" ")
        newest = _newest_step()
        if digest and name == newest.partition(" ")[0] and keys["schema"] != newest:
            raise DemoError(f"{self.folder} holds a town of another version: add --fresh for a new one")
        is_of_now = keys["schema"] == newest and "office_pin" in keys["try"]
        return keys if is_of_now else None

    def _seeded(self, secret: str) -> dict[str, Any]:
        """Migrate, and seed what is missing; keys.json is written last and comes back."""
        from highstreet.demo.names import Keys
        from highstreet.demo.progress import shown_progress
        from highstreet.demo.seed import seed_town
        from highstreet.kernel.db import Database
        from highstreet.kernel.time import SystemClock
        from highstreet.migrations.run import upgrade
        from highstreet_simulator.town.plan import make_plan
        from highstreet_simulator.town.tiles import write_tiles

        write_tiles(self.folder / "town.pmtiles")
        try:
            upgrade(self.database_url)
        except RuntimeError as error:
            raise DemoError(f"{error}; or throw the demo's data away: --fresh") from None
        plan, raw = make_plan(self.wish.seed), secret.encode()
        db = Database(self.database_url, readers=1)
        try:
            with shown_progress("Building the town", is_plain=self._is_plain) as show:

                def progress(done: int, of: int) -> None:
                    self.look_after()
                    show(done, of)

                seed_town(db, plan, SystemClock(), progress, secret=raw)
        finally:
            db.close()
        keys = {"schema": _newest_step(), **Keys(plan, raw).document()}
        _write_private(self.folder / "keys.json", json.dumps(keys, indent=1))
        return keys

    @property
    def _is_plain(self) -> bool:
        return self.wish.is_headless or not sys.stdout.isatty()

    def _wallet_key(self, secret: str) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(hmac.digest(secret.encode(), b"wallet", "sha256"))

    def _meet_wallet(self, secret: str) -> str:
        """Wait for the wallet and register with it; its public key comes back."""
        self._wait(f"{self.wallet_url}/v1/platform-key")
        return self._greet_wallet(secret)

    def _greet_wallet(self, secret: str) -> str:
        key: str = json.loads(_ask(f"{self.wallet_url}/v1/platform-key"))["public_key"]
        public = base64.b64encode(self._wallet_key(secret).public_key().public_bytes_raw()).decode()
        merchant = {
            "merchant_id": MERCHANT,
            "public_key": public,
            "notify_url": f"{self.url}/hooks/wallet/notices",
        }
        _ask(f"{self.wallet_url}/sim/merchants", merchant)
        return key

    def _start_wallet(self) -> None:
        where = ["--port", str(self.wallet_port), "--db", str(self.folder / "wallet.db")]
        more = ["--currency", "EUR", "--page-url", self.wallet_url]
        self.family.start("wallet", "highstreet_simulator.wallet", [*where, *more], {})

    def _start_server(self, secret: str, inbox: Inbox, platform_key: str) -> None:
        private = base64.b64encode(self._wallet_key(secret).private_bytes_raw()).decode()
        settings = {
            "MODE": "demo",
            "DATABASE_URL": self.database_url,
            "SECRET": secret,
            "HOST": "127.0.0.1",
            "PORT": str(self.wish.port),
            "PUBLIC_URL": self.url,
            "WALLET_URL": self.wallet_url,
            "WALLET_MERCHANT_ID": MERCHANT,
            "WALLET_PRIVATE_KEY": private,
            "WALLET_PLATFORM_KEY": platform_key,
            "SENDER": "http",
            "SENDER_URL": f"{inbox.url}/codes",
            "DEMO_PEOPLE": str(self.folder / "keys.json"),
            "MAP_PATH": str(self.folder / "town.pmtiles"),
            "STREETS_PATH": str(self._streets()),
            "LAKE_PATH": str(self.folder / "lake"),
            "LOG_LEVEL": "warning",
            "RUNS_WORKER": "true",
            # All the town's phones come from one address.
            "SIGN_INS_AN_HOUR": "0",
            "TOUCHES_A_MINUTE": "0",
            "SEARCHES_A_MINUTE": "0",
        }
        self.family.start(
            "server",
            "highstreet.cli",
            ["serve"],
            {f"HIGHSTREET_{name}": value for name, value in settings.items()},
        )

    def _streets(self) -> Path:
        path = self.folder / "streets.json"
        if not path.exists():
            from highstreet.demo.streets import write_streets

            write_streets(path)
        return path

    def _start_walk(self, inbox: Inbox) -> None:
        self.family.start(
            "walk",
            "highstreet_simulator.walk",
            [
                *("--keys", str(self.folder / "keys.json"), "--phones", str(self.folder / "phones.json")),
                *("--url", self.url, "--wallet-url", self.wallet_url, "--inbox-url", inbox.url),
                *("--seed", str(self.wish.seed), "--speed", str(self.wish.speed)),
            ],
            {},
        )

    def _wait(self, url: str) -> bytes:
        """What `url` answers, once it does. Errors: DemoError when a child dies or the time is up."""
        give_up_at = time.monotonic() + READY_S
        while True:
            try:
                return _ask(url)
            except (OSError, urllib.error.URLError):
                self.look_after()
                if time.monotonic() > give_up_at:
                    raise DemoError(f"{url} does not answer: see {self.folder}/*.log") from None
                time.sleep(0.05)

    def look_after(self) -> None:
        """Errors: DemoError when a child has died; EndedError when nobody is left who started us."""
        if (child := self.family.dead()) is not None:
            code = child.process.returncode
            raise DemoError(f"the {child.name} process ended by itself (exit code {code}): see {child.log}")
        if self.audience.is_gone:
            raise EndedError

    def _show(self, keys: dict[str, Any], inbox: Inbox, secret: str, wallet_to_meet: str | None) -> None:
        """The board at once; what is still starting is met between two looks."""
        from highstreet.demo.board import RUNNING, show_board

        waiting = {"wallet", "server"} if wallet_to_meet else {"server"}
        looks, is_walking = 0, False

        def state() -> str:
            nonlocal looks, is_walking
            self.look_after()
            looks += 1
            with contextlib.suppress(OSError, urllib.error.URLError):
                if "wallet" in waiting:
                    if self._greet_wallet(secret) != wallet_to_meet:
                        raise DemoError(f"{self.folder} holds another wallet's key: start anew with --fresh")
                    waiting.remove("wallet")
                if "server" in waiting:
                    _ask(f"{self.url}/healthz", timeout_s=0.1)  # it listens before it can answer
                    waiting.remove("server")
            if waiting:
                return f"starting {' and '.join(sorted(waiting))}"
            if looks > 1 and self.wish.has_walk and not is_walking:  # the board is drawn: now there is time
                self._start_walk(inbox)
                is_walking = True
            return RUNNING

        show_board(
            self.database_url,
            keys,
            folder=self.folder,
            url=self.url,
            wallet_url=self.wallet_url,
            inbox=inbox,
            state=state,
            is_plain=self._is_plain,
        )


def _newest_step() -> str:
    """The newest migration's file and a digest of all of them, without loading Alembic for it."""
    from highstreet import migrations

    steps = sorted(Path(migrations.__path__[0]).glob("versions/[0-9]*.py"))
    digest = hashlib.sha256(b"".join(step.read_bytes() for step in steps)).hexdigest()
    return f"{steps[-1].name} {digest[:12]}"


def _ask(url: str, body: dict[str, Any] | None = None, timeout_s: float = 2) -> bytes:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"})  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=timeout_s) as answer:
        return bytes(answer.read())


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, for this user only."""
    fresh = path.with_suffix(f"{path.suffix}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    fresh.replace(path)
