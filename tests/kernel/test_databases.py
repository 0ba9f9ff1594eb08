"""The tests' own databases: both kinds answer, and each test has its own."""

import time

import pytest
from sqlalchemy import create_engine, text

from tests.databases import (
    PostgresServer,
    drop_postgres_database,
    fresh_postgres_database,
    postgres_template,
)


def show(server: PostgresServer, setting: str) -> str:
    """Return one setting of a server."""
    with server.administered() as connection:
        return connection.execute(f"SHOW {setting}").fetchone()[0]


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_an_empty_database(database_url: str, turn: int) -> None:
    """A table made by one test is not there in the next."""
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE place (id INTEGER PRIMARY KEY, name TEXT)"))
        connection.execute(text("INSERT INTO place (id, name) VALUES (1, '王府井')"))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, name FROM place")).all() == [(1, "王府井")]
    engine.dispose()


def test_a_database_left_connected_is_dropped(postgres_server: PostgresServer) -> None:
    """A test that forgets to close its engine does not break the next one."""
    url = fresh_postgres_database(postgres_server)
    engine = create_engine(url)
    with engine.connect():
        drop_postgres_database(postgres_server, url)
    engine.dispose()
    with postgres_server.administered() as connection:
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
    assert url.partition("?")[0].rpartition("/")[2] not in names


def test_a_template_is_prepared_once_and_copied(postgres_server: PostgresServer) -> None:
    """Copies hold what the template holds; preparing again does nothing."""
    prepared = []

    def prepare(url: str) -> None:
        prepared.append(url)
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE place (id INTEGER PRIMARY KEY)"))
        engine.dispose()

    name = f"template_{time.monotonic_ns()}"
    for _ in range(2):
        assert postgres_template(postgres_server, name, prepare) == name
    assert len(prepared) == 1
    url = fresh_postgres_database(postgres_server, name)
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM place")).scalar_one() == 0
    engine.dispose()
    drop_postgres_database(postgres_server, url)


def test_only_the_durable_server_waits_for_the_disk(
    postgres_server: PostgresServer, durable_postgres_server: PostgresServer
) -> None:
    """Ordinary tests are quick; tests about durability get the real thing."""
    assert [show(postgres_server, name) for name in ("fsync", "synchronous_commit")] == ["off", "off"]
    assert [show(durable_postgres_server, name) for name in ("fsync", "synchronous_commit")] == ["on", "on"]
