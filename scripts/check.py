"""Run the stages of `make check` (fast) or `make test` (whole): one line each, the first failure stops.

A stage's output is shown only if it fails; the tests of `whole` are shown as they run.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

STYLE = [
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("imports", ["lint-imports"]),
    ("pages", ["python", "scripts/build_pages.py", "--check"]),
]
# Drivers, time zones and Ibis's DuckDB are named, not imported; anyio and starlette are what FastAPI is made of.
DEPENDENCIES = [
    "deptry",
    "src",
    "--per-rule-ignores",
    "DEP002=duckdb|psycopg|python-multipart|tzdata|uvicorn,DEP003=anyio|starlette",
]
STAGES = {
    "fast": [
        *STYLE,
        ("house rules", ["pytest", "-n", "auto", "tests/house", "tests/kernel", "-m", "not database"]),
    ],
    "whole": [
        *STYLE,
        ("dependencies", DEPENDENCIES),
        ("tests", ["pytest", "-n", "auto", "--dist=worksteal"]),
    ],
}


def run(title: str, command: list[str], *, is_shown: bool) -> int:
    """Run one stage and say how it went."""
    print(f"{title:<14}", end="\n" if is_shown else "", flush=True)
    output = None if is_shown else subprocess.PIPE
    started = time.monotonic()
    whole = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(whole, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False)
    seconds = time.monotonic() - started
    label = f"{title:<14}" if is_shown else ""
    print(f"{label}{seconds:6.1f} s  {'FAILED' if done.returncode else 'ok'}", flush=True)
    if done.returncode and done.stdout:
        print(done.stdout.decode(errors="replace"), flush=True)
    return done.returncode


def main(extent: str) -> int:
    """Run the stages in their order."""
    try:
        for title, command in STAGES[extent]:
            code = run(title, command, is_shown=(extent, title) == ("whole", "tests"))
            if code:
                return code
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in STAGES:
        sys.exit("usage: python scripts/check.py fast|whole")
    sys.exit(main(sys.argv[1]))
