"""The plan: a CSV of places and the registers that each is to have. All of it is checked before anything is done."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = ("place", "register", "registers")
NAME_LIMIT = 80
MOST_AT_A_PLACE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """One register to be. `line` is where the plan asks for it."""

    line: int
    place_id: str
    place_name: str
    name: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be done, and why."""

    line: int
    reason: str


class PlanUnreadable(Exception):
    """The file is no such plan."""


def read_plan(
    path: Path, places: Sequence[Mapping[str, Any]], registers: Iterable[Mapping[str, Any]]
) -> tuple[list[Wanted], list[BadRow]]:
    """What the plan asks for, and its bad rows. `places` and `registers` as the office lists them.

    Columns: `place` (your reference, its id, or its name), `register` (a name) or `registers` (how many; then
    `register` is what their numbers follow, else "Register"). Errors: PlanUnreadable.
    """
    rows = _rows(path)
    known = _names_of(places)
    taken = {(str(r["place_id"]), str(r["name"]).casefold()) for r in registers}
    wanted: list[Wanted] = []
    bad: list[BadRow] = []
    asked: dict[tuple[str, str], int] = {}
    for line, row in rows:
        try:
            place = _place(row["place"], known)
            for name in _names(row):
                key = (str(place["place_id"]), name.casefold())
                if key in taken:
                    raise ValueError(f"{row['place']} has a register {name!r} already")
                if key in asked:
                    raise ValueError(f"{name!r} at {row['place']} is asked for in line {asked[key]} already")
                asked[key] = line
                wanted.append(Wanted(line, str(place["place_id"]), str(place["name_en"]), name))
        except ValueError as problem:
            bad.append(BadRow(line, str(problem)))
    return wanted, bad


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            names = [name.strip().lower() for name in reader.fieldnames or ()]
            if "place" not in names or not set(names) <= set(COLUMNS):
                raise PlanUnreadable(
                    f"the first line must name columns of {', '.join(COLUMNS)}; it has: {', '.join(names)}"
                )
            reader.fieldnames = names
            return [
                (reader.line_num, {name: (row.get(name) or "").strip() for name in COLUMNS}) for row in reader
            ]
    except UnicodeDecodeError:
        raise PlanUnreadable("the file is not UTF-8: save it so") from None
    except (OSError, csv.Error) as problem:
        raise PlanUnreadable(str(problem)) from None


def _names_of(places: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    known: dict[str, list[Mapping[str, Any]]] = {}
    for place in places:
        words = {place["place_id"], place.get("external_ref"), place["name_en"], place["name_zh"]}
        for word in words - {None, ""}:
            known.setdefault(str(word).casefold(), []).append(place)
    return known


def _place(text: str, known: Mapping[str, list[Mapping[str, Any]]]) -> Mapping[str, Any]:
    if not text:
        raise ValueError("no place is named")
    found = known.get(text.casefold(), [])
    if not found:
        raise ValueError(f"there is no place {text!r}")
    if len(found) > 1:
        raise ValueError(f"{len(found)} places are called {text!r}: use their reference")
    if not found[0]["is_active"]:
        raise ValueError(f"{text} is closed")
    return found[0]


def _names(row: Mapping[str, str]) -> list[str]:
    name, count = row["register"], row["registers"]
    if not name and not count:
        raise ValueError("neither a register's name nor how many there are")
    if len(name) > NAME_LIMIT - 4 or not (name.isprintable() or not name):
        raise ValueError(f"the name is longer than {NAME_LIMIT - 4} characters, or has others than letters")
    if not count:
        return [name]
    if not count.isascii() or not count.isdigit() or not 1 <= int(count) <= MOST_AT_A_PLACE:
        raise ValueError(f"{count!r} is no number of registers from 1 to {MOST_AT_A_PLACE}")
    return [f"{name or 'Register'} {number}" for number in range(1, int(count) + 1)]
