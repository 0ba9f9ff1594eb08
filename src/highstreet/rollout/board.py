"""The green board: each place, how many of its registers passed, and seconds per sale."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table

from highstreet.rollout.book import Row


@dataclass
class _Place:
    name: str
    registers: int = 0
    added: int = 0
    good: int = 0
    seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return self.good + len(self.problems) == self.registers


class Board:
    """Live in a terminal; elsewhere a line for each place that is done. No key is ever on it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._places: dict[str, _Place] = {}
        self._live = Live(console=console, refresh_per_second=4, get_renderable=self.table)

    def __enter__(self) -> "Board":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def begin(self, rows: Sequence[Row]) -> None:
        """All registers of the plan, some of which may be done already."""
        for row in rows:
            place = self._places.setdefault(row.place_id, _Place(row.place_name))
            place.registers += 1
            place.added += row.step != "planned"
            if row.step in ("tested", "live") and row.result:
                self._count(place, row, row.result)

    def added(self, rows: Sequence[Row]) -> None:
        """These have their keys."""
        for row in rows:
            self._places[row.place_id].added += row.step == "planned"

    def tested(self, row: Row, result: dict[str, Any]) -> None:
        """One was tested."""
        place = self._places[row.place_id]
        self._count(place, row, result)
        if not self._console.is_terminal and place.is_done:
            self._console.print(_line(place), markup=False, highlight=False)

    def _count(self, place: _Place, row: Row, result: dict[str, Any]) -> None:
        if result["is_good"]:
            place.good += 1
            place.seconds.append(result["sale_seconds"])
        else:
            place.problems.append(f"{row.name}: {result.get('problem', '')}")

    def table(self) -> Table:
        """As it stands."""
        table = Table("Place", "Registers", "Keys", "Passed", "Sale, median", "slowest", "Not good")
        for place in self._places.values():
            is_green = place.good == place.registers
            table.add_row(
                place.name,
                str(place.registers),
                str(place.added),
                f"[{'green' if is_green else 'yellow'}]{place.good}[/]",
                f"{median(place.seconds):.2f} s" if place.seconds else "",
                f"{max(place.seconds):.2f} s" if place.seconds else "",
                f"[red]{place.problems[0]}[/]" if place.problems else "",
            )
        return table


def _line(place: _Place) -> str:
    told = f"{place.name}: {place.good} of {place.registers} passed"
    if place.seconds:
        told += f", a sale {median(place.seconds):.2f} s, slowest {max(place.seconds):.2f} s"
    return "; ".join([told, *place.problems[:5]])
