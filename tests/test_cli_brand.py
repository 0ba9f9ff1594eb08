"""A fresh installation can be used: its first brand, and one server only for one SQLite file."""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from highstreet.kernel.ids import check_id
from highstreet.migrations.run import upgrade
from tests.databases import sqlite_url
from tests.stories.conftest import free_port, wait_for

PASSWORD = "long enough 1"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    url = sqlite_url(tmp_path)
    upgrade(url)
    return {**os.environ, "HIGHSTREET_MODE": "test", "HIGHSTREET_DATABASE_URL": url}


def highstreet(env: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "highstreet.cli", *args]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def add_brand(env: dict[str, str], login: str) -> subprocess.CompletedProcess[str]:
    return highstreet(env, "add-brand", "--name", "Mine", "--login", login, "--password", PASSWORD)


def test_the_first_brand_signs_in_and_a_second_server_is_refused(env: dict[str, str]) -> None:
    added = add_brand(env, "hq@mine")
    assert added.returncode == 0, added.stderr
    again = add_brand(env, "hq@mine")
    assert (again.returncode, "login" in again.stderr) == (1, True)
    for taken in ("boss@mine", "boss"):  # a brand's logins end as no other's do
        refused = add_brand(env, taken)
        assert (refused.returncode, "ending of its own" in refused.stderr) == (1, True)
    port = free_port()
    server = subprocess.Popen([sys.executable, "-m", "highstreet.cli", "serve", "--port", str(port)], env=env)
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", 40)
        body = {"login": "hq@mine", "password": PASSWORD}
        told = httpx.post(f"http://127.0.0.1:{port}/office/v1/sign-in", json=body, trust_env=False)
        assert told.status_code == 200, told.text
        second = highstreet(env, "serve", "--port", str(free_port()))
        assert (second.returncode, "another `highstreet serve`" in second.stderr) == (1, True)
    finally:
        server.terminate()
        server.wait(20)


def test_new_ids(env: dict[str, str]) -> None:
    check_id(highstreet(env, "new-id", "sal").stdout.strip(), "sal")
    assert highstreet(env, "new-id", "nope").returncode == 1
