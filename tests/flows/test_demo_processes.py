"""The demo's processes leave nobody behind, however their parent ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from highstreet.demo import DemoError, DemoOptions, run_demo
from highstreet.demo.processes import Family, free_port, is_port_free
from highstreet.demo.run import _tell_walk, keep_private
from highstreet_simulator.walk.tally import Tally
from tests.patience import until

SLEEPER = "import time; print('awake', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"


def _module(folder: Path, name: str, code: str) -> dict[str, str]:
    (folder / f"{name}.py").write_text(code)
    return {"PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_children_end_together_even_stubborn_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("highstreet.demo.processes.STOP_S", 1.0)
    family = Family(tmp_path)
    env = _module(tmp_path, "sleeper_here", SLEEPER)
    _module(tmp_path, "stubborn_here", STUBBORN)
    children = [family.start(name, f"{name}_here", [], env) for name in ("sleeper", "stubborn")]
    until(lambda: all(child.log.read_text() == "awake\n" for child in children))
    assert os.getpgid(children[0].process.pid) == os.getpgid(children[1].process.pid) != os.getpgid(0)
    assert family.dead() is None
    family.stop()
    assert [child.process.returncode for child in children] == [-signal.SIGTERM, -signal.SIGKILL]


def test_a_child_that_died_is_named(tmp_path: Path) -> None:
    family = Family(tmp_path)
    env = _module(tmp_path, "dies_here", "raise SystemExit('no more')")
    child = family.start("dies", "dies_here", [], env)
    until(lambda: family.dead() is not None)
    assert family.dead() is child
    assert child.log.read_text() == "no more\n"
    family.stop()


def test_children_of_a_killed_parent_end_by_themselves(tmp_path: Path) -> None:
    env = _module(tmp_path, "sleeper_here", SLEEPER)
    parent = (
        "import sys, time, pathlib; from highstreet.demo.processes import Family;"
        f"family = Family(pathlib.Path({str(tmp_path)!r}));"
        f"print(family.start('sleeper', 'sleeper_here', [], {env!r}).process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        child_pid = int(process.stdout.readline())
        until(lambda: (tmp_path / "sleeper.log").read_text() == "awake\n")
        process.kill()
        process.wait()
    until(lambda: not _is_alive(child_pid))


def test_a_busy_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert not is_port_free(port)
        wish = DemoOptions(port, 7, 1.0, tmp_path / "demo", is_fresh=False, has_walk=True, is_headless=True)
        with pytest.raises(DemoError, match=rf"port {port} is taken: .*make demo ARGS=--port="):
            run_demo(wish)
    assert not (tmp_path / "demo").exists()
    assert is_port_free(free_port(but=port))


def test_what_an_earlier_demo_left_is_taken_from_everybody_else(tmp_path: Path) -> None:
    old, foreign = tmp_path / "old", tmp_path / "foreign"
    for folder in (old, foreign):
        folder.mkdir()
        folder.chmod(0o755)
        for name in ("town.db", "keys.json"):
            (folder / name).touch()
            (folder / name).chmod(0o644)
    (old / "lock").touch()
    for folder in (old, foreign, tmp_path / "new"):
        keep_private(folder)
    folders = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert folders == {"old": 0o700, "foreign": 0o755, "new": 0o700}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*/*.*")} == {0o600}


def test_a_terminal_that_closes_is_noticed_without_a_signal() -> None:
    """A closed terminal signals its first process alone: make, which keeps it to itself."""
    ours, theirs = os.openpty()
    # The tests themselves may run under nohup, which is inherited.
    watcher = (
        "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
        "from highstreet.demo.processes import Audience; a = Audience(); print(a.is_gone); input()\n"
        "print(a.is_gone)"
    )
    command = [sys.executable, "-c", watcher]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        os.close(theirs)
        before = process.stdout.readline()
        os.close(ours)
        process.stdin.write("\n")
        process.stdin.flush()
        assert [before, process.stdout.readline()] == ["False\n", "True\n"]


def test_what_the_shoppers_did_is_told_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "walk.log"
    _tell_walk(log)
    log.write_text("a warning\n")
    _tell_walk(log)
    assert capsys.readouterr().out == ""
    log.write_text(f"a warning\n{Tally().text()}\n")
    _tell_walk(log)
    assert capsys.readouterr().out == f"the shoppers of this start:\n{Tally().text()}\n"


def test_the_whole_demo_to_its_first_sale_and_back_to_nothing(tmp_path: Path) -> None:
    port, log = free_port(but=0), tmp_path / "out.txt"
    command = [sys.executable, "-m", "highstreet.cli", "demo", "--headless", "--speed", "4"]
    command += ["--port", str(port), "--folder", str(tmp_path / "demo")]
    with log.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        try:
            until(lambda: " paid " in log.read_text() or process.poll() is not None, 240)
            assert " paid " in log.read_text(), log.read_text()
            group = _children(process.pid)
            assert len(group) == 3
            assert (tmp_path / "demo").stat().st_mode & 0o777 == 0o700
            files = [file for file in (tmp_path / "demo").iterdir() if file.is_file()]
            assert {"keys.json", "town.db", "wallet.db", "server.log"} <= {file.name for file in files}
            assert [file.name for file in files if file.stat().st_mode & 0o077] == []
        finally:
            process.terminate()
            code = process.wait(30)
    assert code == 0, log.read_text()
    ended = log.read_text().partition("ending ...\n")
    assert re.search(r"^-------- \d+ sales, €", ended[0], re.MULTILINE)
    assert re.match(r"the shoppers of this start:\nsales      \d+: .* EUR ", ended[2])
    until(lambda: not any(map(_is_alive, group)))
    assert is_port_free(port)
    assert not (tmp_path / "demo" / "running.json").exists()
    _leaves_nothing_when_its_terminal_closes(command, port)
    _leaves_nothing_when_killed(command, port)


def _leaves_nothing_when_its_terminal_closes(command: list[str], port: int) -> None:
    """Below a first process that keeps the signal to itself, as make does."""
    keeper = "import subprocess, signal, sys; signal.pthread_sigmask(0, [1]); subprocess.run(sys.argv[1:])"
    pid, terminal = os.forkpty()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", keeper, *command])
    until(lambda: b"running" in os.read(terminal, 65536), 60)
    [demo] = _children(pid)
    group = [demo, *_children(demo)]
    os.close(terminal)
    until(lambda: not any(map(_is_alive, group)))
    os.waitpid(pid, 0)
    assert is_port_free(port)


def _leaves_nothing_when_killed(command: list[str], port: int) -> None:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line == "-------- running\n")
        group = _children(process.pid)
        assert len(group) >= 2
        process.kill()
    until(lambda: not any(map(_is_alive, group)))
    assert is_port_free(port)


def _children(pid: int) -> list[int]:
    return [int(other) for other in os.listdir("/proc") if other.isdigit() and _parent(int(other)) == pid]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
