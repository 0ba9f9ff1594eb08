"""The command line: what it says, and its exit codes."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from highstreet import __version__
from highstreet.cli import _listen, app
from tests.stories.conftest import free_port

COMMANDS = ("demo", "serve", "work", "migrate", "import", "simulate", "check")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run a command in a folder of its own, in mode test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIGHSTREET_MODE", "test")
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()

    def invoke(*arguments: str, **env: str) -> Result:
        return runner.invoke(app, list(arguments), env=env)

    return invoke


def test_help_names_every_command(run) -> None:
    told = run("--help")
    assert told.exit_code == 0
    for command in COMMANDS:
        assert f" {command} " in told.output
        assert run(command, "--help").exit_code == 0
    assert run("nonsense").exit_code == 2


def test_version(run) -> None:
    assert run("--version").output == f"highstreet {__version__}\n"


def test_a_new_database_is_migrated_first(run, tmp_path: Path) -> None:
    refused = run("serve")
    assert (refused.exit_code, refused.output) == (
        1,
        "highstreet: the database is not at this version's schema: run `highstreet migrate`\n",
    )
    looked = run("check")
    assert looked.exit_code == 1
    assert "WRONG database: at nothing" in looked.output
    assert not (tmp_path / "var").exists()
    first, again = run("migrate"), run("migrate")
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.output.endswith(", before: empty\n")
    assert again.output == first.output.removesuffix(", before: empty\n") + "\n"
    looked = run("check")
    assert looked.exit_code == 0
    assert [line.split()[0] for line in looked.output.splitlines()] == ["ok"] * 5


def test_migrate_and_check_on_both_databases(run, database_url: str) -> None:
    env = {"HIGHSTREET_DATABASE_URL": database_url}
    assert run("migrate", **env).exit_code == 0
    looked = run("check", **env)
    assert looked.exit_code == 0, looked.output
    assert f"ok    database: {database_url.partition(':')[0]}, at " in looked.output


def test_a_peer_that_vanished_is_not_waited_for() -> None:
    with _listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 40_000


def test_what_is_wrong_is_said_in_one_line(run) -> None:
    run("migrate")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = run("serve", "--port", str(port))
        assert told.exit_code == 1
        assert told.output.startswith(
            f"highstreet: cannot listen on 127.0.0.1:{port}: Address already in use; "
        )
    told = run("work")
    assert (told.exit_code, told.output.count("\n")) == (1, 1)
    told = run("check", HIGHSTREET_MODE="production")
    assert told.exit_code == 2
    assert "HIGHSTREET_SECRET must be set" in told.output
    told = run("check", HIGHSTREET_PORT="many")
    assert told.exit_code == 2
    assert told.output.startswith("highstreet: HIGHSTREET_PORT: ")
    told = run("check", HIGHSTREET_WALLET_URL="http://127.0.0.1:9")
    assert told.exit_code == 1
    assert "WRONG wallet: " in told.output
    told = run("migrate", HIGHSTREET_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert told.exit_code == 1
    assert told.output.startswith("highstreet: cannot migrate: ")
    told = run("serve", HIGHSTREET_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert (told.exit_code, told.output.count("\n")) == (1, 1)


def test_settings_that_cannot_be_are_refused_in_one_line(run) -> None:
    for name, value, told in (
        ("HIGHSTREET_DATABASE_URL", "mysql://root@127.0.0.1/shop", "not mysql://"),
        ("HIGHSTREET_RUNS_WORKER", "false", "needs PostgreSQL"),
    ):
        refused = run("serve", **{name: value})
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert refused.output.startswith(f"highstreet: {name}")
        assert told in refused.output


def test_a_wrong_rails_file_is_said_in_one_line(run) -> None:
    run("migrate")
    told = run("serve", "--port", str(free_port()), HIGHSTREET_RAILS_FILE="gone.toml")
    line = "HIGHSTREET_RAILS_FILE: gone.toml cannot be read (FileNotFoundError). See docs/payments.md."
    assert (told.exit_code, told.output) == (1, f"highstreet: {line}\n")


def test_an_unknown_setting_is_told_and_fails_the_check(run) -> None:
    env = {"HIGHSTREET_DATABSE_URL": "sqlite:///elsewhere.db"}
    line = "HIGHSTREET_DATABSE_URL is no setting, did you mean HIGHSTREET_DATABASE_URL?"
    migrated = run("migrate", **env)
    assert migrated.exit_code == 0
    assert migrated.stderr == f"highstreet: {line}; it is ignored (docs/settings.md)\n"
    looked = run("check", **env)
    assert looked.exit_code == 1
    assert looked.stdout.startswith(f"WRONG settings: {line}\nok    database: ")
    assert run("check").exit_code == 0


def test_import_needs_a_known_brand(run, tmp_path: Path) -> None:
    run("migrate")
    (tmp_path / "goods.csv").write_text("sku,name\n")
    told = run("import", "goods", "goods.csv", "--brand", "Nordlys")
    assert (told.exit_code, told.output) == (1, "highstreet: no brand 'Nordlys'; there are: none yet\n")


def test_simulate_needs_a_running_town(run) -> None:
    told = run("simulate", "--minutes", "0.01")
    assert told.exit_code == 1
    assert "does the demo run" in told.output
