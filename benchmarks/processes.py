"""Servers and load in processes of their own, every one with a time-out: a benchmark may fail, never hang."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from benchmarks.rows import ROOT

START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 10.0
LOAD_SLACK_S = 60.0
CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers on this machine."""

    port: int
    pid: int

    @property
    def cpu_s(self) -> float:
        """Processor seconds it has used; 0 where the system does not tell."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_memory_mb(self) -> float:
        """The most memory it ever held (VmHWM); 0 where the system does not tell."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0.0
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@dataclass(frozen=True, slots=True)
class Drive:
    """What a load came to. `answered` counts the warm-up's successes, too: they are in the database.

    `others`: how many answers were not 200, by status.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    answered: int
    counted: int
    others: Mapping[str, int]
    first_problem: str
    server_cpu_s: float
    marked_p99_ms: float = 0.0

    @property
    def failed(self) -> int:
        """How many answers were not 200."""
        return sum(self.others.values())

    @property
    def cpu_ms_each(self) -> float:
        """The server's processor milliseconds for each success."""
        return self.server_cpu_s / self.counted * 1000 if self.counted else 0.0


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder on a real disk (never /dev/shm, whatever TMPDIR says) that is gone afterwards."""
    parent = Path(tempfile.gettempdir())
    if str(parent).startswith("/dev/shm"):
        parent = Path("/var/tmp")
    with tempfile.TemporaryDirectory(prefix="highstreet-bench-", dir=parent) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another user
        yield Path(folder)


def serve_ours(database_url: str) -> tuple[list[str], dict[str, str]]:
    """`highstreet serve` over a database, as it ships."""
    environment = {
        "HIGHSTREET_MODE": "test",
        "HIGHSTREET_DATABASE_URL": database_url,
        "HIGHSTREET_LOG_LEVEL": "error",
    }
    return [sys.executable, "-m", "highstreet.cli", "serve"], environment


@contextmanager
def serving(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[Server]:
    """Run a server that takes `--port`, wait until it answers, and end it with its children."""
    port = free_port()
    log = folder / f"server-{port}.log"
    # PYTHONDONTWRITEBYTECODE would have every server compile all it imports anew.
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HIGHSTREET_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=folder,  # no .env of the developer's
            env={**clean, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield Server(port, process.pid)
    finally:
        _end(process)


def load(
    server: Server,
    job: str,
    *,
    seconds: float,
    warm_s: float = 0.0,
    per_second: float | None = None,
    connections: int = CONNECTIONS,
    mark: str = "",
    **options: Any,
) -> Drive:
    """Drive a server from a process of its own (`load_process.py`); raises RuntimeError when that fails.

    `mark`: requests that contain it are told apart.
    """
    asked = {
        "job": job,
        "port": server.port,
        "seconds": seconds,
        "warm_s": warm_s,
        "per_second": per_second,
        "connections": connections,
        "mark": mark,
        "options": options,
        "server_pid": server.pid,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load_process"],
            input=json.dumps(asked),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=seconds + warm_s + LOAD_SLACK_S,
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"the load of {job} took too long") from error
    if done.returncode:
        raise RuntimeError(f"the load of {job} failed: {done.stderr[-600:]}")
    return Drive(**json.loads(done.stdout))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server stopped:\n{log.read_text()[-600:]}")
        connection = HTTPConnection("127.0.0.1", port, timeout=2)
        with suppress(OSError, HTTPException):
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.05)
    raise RuntimeError(f"the server did not answer within {START_TIMEOUT_S:.0f} s:\n{log.read_text()[-600:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_TIMEOUT_S)
