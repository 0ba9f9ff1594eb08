"""The demo's processes: started in one group, watched, and ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STOP_S = 6.0


@dataclass(frozen=True, slots=True)
class Child:
    """One process, and where its words go."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path


class Family:
    """Child processes that do not outlive their parent, even a killed one (`child.py`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[Child] = []
        self._theirs, ours = os.pipe()
        self._ends = [self._theirs, ours]

    def start(self, name: str, module: str, arguments: Sequence[str], env: Mapping[str, str]) -> Child:
        """Start `python -m module`; its output goes to <name>.log."""
        log = self.folder / f"{name}.log"
        group = self.children[0].process.pid if self.children else 0
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "highstreet.demo.child", module, *arguments],
                stdin=self._theirs,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**_plain_environment(), "PYTHONUNBUFFERED": "1", **env},
                # A group of their own: Ctrl-C reaches only the demo, which ends them in order.
                process_group=group,
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def dead(self) -> Child | None:
        """A child that has ended by itself."""
        return next((child for child in self.children if child.process.poll() is not None), None)

    def stop(self) -> None:
        """End all of them; who does not go in time is killed."""
        for child in self.children:
            if child.process.poll() is None:
                with suppress(ProcessLookupError):
                    child.process.terminate()
        give_up_at = time.monotonic() + STOP_S
        for child in self.children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.05, give_up_at - time.monotonic()))
        for child in self.children:
            if child.process.poll() is None:
                child.process.kill()
                child.process.wait()
        while self._ends:
            os.close(self._ends.pop())


def _plain_environment() -> dict[str, str]:
    """Ours, without settings of another Highstreet or a proxy between the processes."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("HIGHSTREET_") and not name.lower().endswith("_proxy")
    }


def is_port_free(port: int) -> bool:
    """Whether a server could listen there."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def free_port(but: int) -> int:
    """A port nobody listens on."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as found:
            port = int(found.getsockname()[1])
        if port != but:
            return port


class EndedError(BaseException):
    """Somebody wants the demo to end: Ctrl-C, SIGTERM, a closed terminal."""


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_on_signals() -> None:
    """Raise EndedError once, at the first signal that ends; later ones must not disturb the tidying."""

    def end(_number: int, _frame: object) -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        raise EndedError

    for number in ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup sets it
            signal.signal(number, end)


class Audience:
    """Tells when whoever started us, or the terminal we were started in, has gone; under nohup nobody is asked.

    A closed terminal signals its first process alone; when that is make, it keeps the signal and waits for us.
    """

    def __init__(self) -> None:
        self._is_asked = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
        self._pid = os.getppid()
        self._terminals = [number for number in range(3) if os.isatty(number)]

    @property
    def is_gone(self) -> bool:
        """Whether we were left behind."""
        return self._is_asked and (os.getppid() != self._pid or not all(map(os.isatty, self._terminals)))
