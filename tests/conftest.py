"""What every test may ask for: `database_url` (empty) or `migrated_url` (with our tables), and a server.

A test that asks for a database runs on SQLite and on PostgreSQL, each time on one of its own.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from highstreet.migrations.run import upgrade
from tests.databases import (
    MissingPostgresError,
    PostgresServer,
    drop_postgres_database,
    fresh_postgres_database,
    postgres_template,
    sqlite_url,
    stop_servers,
)
from tests.databases import postgres_server as start_postgres

# How long an example takes says how busy the machine is, not whether the program is right.
settings.register_profile("usual", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("usual"), max_examples=20_000)
settings.load_profile("usual")

# A folder and an owner for all processes of one run: pytest itself and, with -n, its workers.
RUN = pytest.StashKey[tuple[Path, int]]()
IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 8 * 2**30
DATABASE_FIXTURES = {"database_url", "migrated_url", "postgres_server", "durable_postgres_server"}


def pytest_configure(config: pytest.Config) -> None:
    """Name the run's folder; a worker is told it by pytest itself."""
    config.addinivalue_line("markers", "database: uses a database (set by itself)")
    told = getattr(config, "workerinput", None)
    if told is not None:
        config.stash[RUN] = (Path(told["run_folder"]), told["run_owner"])
        return
    if "TMPDIR" not in os.environ and _has_room(IN_MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)
    folder = Path(tempfile.mkdtemp(prefix="highstreet-tests-"))
    folder.chmod(0o711)  # the server may run as another user
    if config.option.basetemp is None and tempfile.gettempdir() == str(IN_MEMORY):
        config.option.basetemp = str(folder / "files")  # memory is not left full
    config.stash[RUN] = (folder, os.getpid())


def _has_room(folder: Path) -> bool:
    """Whether files can lie here, and programs be run: tests that write do not wait for a disk that others keep busy."""
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker of pytest-xdist where the run's folder is."""
    folder, owner = node.config.stash[RUN]
    node.workerinput["run_folder"], node.workerinput["run_owner"] = str(folder), owner


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing running and nothing lying about."""
    if not hasattr(config, "workerinput") and RUN in config.stash:
        stop_servers(config.stash[RUN][0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a database, so that `make check` can leave them out."""
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("database")


def _server(config: pytest.Config, *, fsync: bool) -> PostgresServer:
    folder, owner = config.stash[RUN]
    try:
        return start_postgres(folder, owner_pid=owner, fsync=fsync)
    except MissingPostgresError as error:
        reason = str(error)
    pytest.fail(reason, pytrace=False)


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> PostgresServer:
    """Return the run's PostgreSQL, one for all workers, with fsync off."""
    return _server(pytestconfig, fsync=False)


@pytest.fixture(scope="session")
def durable_postgres_server(pytestconfig: pytest.Config) -> PostgresServer:
    """Return a PostgreSQL with fsync on, for the tests about durability."""
    return _server(pytestconfig, fsync=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database of the test's own."""
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
        return
    server = request.getfixturevalue("postgres_server")
    url = fresh_postgres_database(server)
    yield url
    drop_postgres_database(server, url)


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database of the test's own at the newest step, copied from the run's template."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path)
        shutil.copyfile(_migrated_file(request.config), url.removeprefix("sqlite:///"))
        yield url
        return
    server = request.getfixturevalue("postgres_server")
    url = fresh_postgres_database(server, postgres_template(server, "migrated", upgrade))
    yield url
    drop_postgres_database(server, url)


def _migrated_file(config: pytest.Config) -> Path:
    """Return the run's SQLite template, made by the first process to ask."""
    folder = config.stash[RUN][0] / "template"
    folder.mkdir(exist_ok=True)
    template = Path(sqlite_url(folder).removeprefix("sqlite:///"))
    finished = template.with_suffix(".finished")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            upgrade(sqlite_url(folder))
            finished.touch()
    return template
