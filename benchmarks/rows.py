"""What a benchmark tells: rows with a figure, what stands beside it, and a bar."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Beside:
    """A limit or a peer, measured in the same run."""

    name: str
    figure: float


@dataclass(frozen=True, slots=True)
class Bar:
    """What was promised. A bound left out binds nothing."""

    at_least: float | None = None
    at_most: float | None = None
    ratio_at_least: float | None = None

    def holds(self, figure: float, ratio: float | None) -> bool:
        """Whether a figure, and its ratio to what stands beside it, keep the promise."""
        if self.at_least is not None and figure < self.at_least:
            return False
        if self.at_most is not None and figure > self.at_most:
            return False
        return self.ratio_at_least is None or (ratio is not None and ratio >= self.ratio_at_least)

    def __str__(self) -> str:
        parts = (("≥", self.at_least), ("≤", self.at_most), ("ratio ≥", self.ratio_at_least))
        return ", ".join(f"{sign} {_number(bound)}" for sign, bound in parts if bound is not None)


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the table; without a bar, `ok` is None: it only informs."""

    name: str
    figure: float
    unit: str
    beside: Beside | None = None
    bar: Bar | None = None

    @property
    def ratio(self) -> float | None:
        """The figure divided by what stands beside it."""
        if self.beside is None or not self.beside.figure:
            return None
        return round(self.figure / self.beside.figure, 3)

    @property
    def ok(self) -> bool | None:
        """Whether the bar is reached."""
        return None if self.bar is None else self.bar.holds(self.figure, self.ratio)

    def as_json(self) -> dict[str, Any]:
        """The row as `results.json` keeps it."""
        return {
            "name": self.name,
            "figure": self.figure,
            "unit": self.unit,
            "beside": None if self.beside is None else asdict(self.beside),
            "ratio": self.ratio,
            "bar": None if self.bar is None else str(self.bar),
            "ok": self.ok,
        }


def table(rows: Sequence[Measured]) -> str:
    """The rows as aligned text."""
    head = ("name", "figure", "unit", "beside", "", "ratio", "bar", "ok")
    cells = [
        (
            row.name,
            _number(row.figure),
            row.unit,
            row.beside.name if row.beside else "",
            _number(row.beside.figure) if row.beside else "",
            "" if row.ratio is None else _number(row.ratio),
            "" if row.bar is None else str(row.bar),
            {None: "", True: "yes", False: "NO"}[row.ok],
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
    are_numbers = (False, True, False, False, True, True, False, False)
    lines = []
    for line in (head, tuple("─" * width for width in widths), *cells):
        aligned = (
            text.rjust(width) if is_number else text.ljust(width)
            for text, width, is_number in zip(line, widths, are_numbers, strict=True)
        )
        lines.append("  ".join(aligned).rstrip())
    return "\n".join(lines)


def save(rows: Sequence[Measured], path: Path, *, is_quick: bool) -> None:
    """Write `results.json`: the rows, and where, when and on what they were measured."""
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": machine(),
        "is_quick": is_quick,
        "rows": [row.as_json() for row in rows],
    }
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def machine() -> dict[str, Any]:
    """What the figures hang on; nothing that names the machine."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "cores": os.cpu_count(),
        "processor": model or platform.machine(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _commit() -> str | None:
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip() or None


def _number(value: float | None) -> str:
    if value is None:
        return ""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
