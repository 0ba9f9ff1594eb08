"""`highstreet serve` without its three seconds of imports: a process that has them forks one server after another.

Each server is a process of its own that runs the command line's `serve`; only the loading is shared. Run as a
script it forks a server for each line of its input and writes the pid; the server is killed from outside.
"""

import gc
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import import_module


def main() -> None:
    """Fork a server for each line; ends with its input."""
    for name in ("highstreet.app", "highstreet.migrations.run", "uvicorn.protocols.http.httptools_impl"):
        import_module(name)
    app = import_module("highstreet.cli").app
    gc.collect()
    gc.freeze()  # what is loaded is not looked at again by every server
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(2, 1)
            app(["serve"])
        print(pid, flush=True)


class Servers:
    """A server that can be killed and started anew at once."""

    def __init__(self, environment: Mapping[str, str], port: int) -> None:
        self.port = port
        self.pid = 0
        self._forker = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, **environment, "HIGHSTREET_PORT": str(port)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def start(self, seconds: float = 60) -> None:
        """Start a server; returns when it listens and answers."""
        assert self._forker.stdin
        assert self._forker.stdout
        self._forker.stdin.write("\n")
        self._forker.stdin.flush()
        self.pid = int(self._forker.stdout.readline())
        ends = time.monotonic() + seconds
        while not self._answers():
            assert time.monotonic() < ends, "the server did not start"
            time.sleep(0.01)

    def kill(self) -> None:
        """kill -9; it is gone when this returns."""
        os.kill(self.pid, signal.SIGKILL)
        self._wait()

    def end(self) -> None:
        """As an operator ends it; it is gone when this returns."""
        os.kill(self.pid, signal.SIGTERM)
        self._wait()

    def _wait(self, seconds: float = 30) -> None:
        ends = time.monotonic() + seconds
        while self._is_alive():
            assert time.monotonic() < ends, "the server did not end"
            time.sleep(0.002)

    def close(self) -> None:
        """Leave nothing behind."""
        if self.pid and self._is_alive():
            self.kill()
        self._forker.kill()
        self._forker.communicate()

    def _is_alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return b" 200 " in connection.recv(64)
        except OSError:
            return False


if __name__ == "__main__":
    main()
