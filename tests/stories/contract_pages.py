"""Reads the worked example of a page of docs/templates/: what happens, and what each party gets of it, row by row."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2] / "docs" / "templates"
FACTS = ("", "what happens", "how")
GOODS = re.compile(r"(\d+) × (\d+\.\d\d)")
PAYS = re.compile(r"(\w+) to (\w+) (\d+\.\d\d)")


@dataclass(frozen=True)
class Step:
    """A row: `kind` is its first word, `of` the row whose goods come back; `gets`: minor units by party, as told."""

    number: str
    what: str
    how: str
    gets: dict[str, int]

    @property
    def kind(self) -> str:
        """sold, ordered, back, paid, left or earned."""
        return self.what.split()[0].rstrip(":")

    @property
    def of(self) -> str:
        """The number of the row whose goods come back."""
        return self.what.split()[-1]

    @property
    def goods(self) -> list[tuple[int, int]]:
        """(pieces, price of one in minor units)."""
        return [(int(pieces), minor_of(price)) for pieces, price in GOODS.findall(self.how)]

    @property
    def pays(self) -> set[tuple[str, str, int]]:
        """(payer, payee, minor units)."""
        return {(payer, payee, minor_of(amount)) for payer, payee, amount in PAYS.findall(self.how)}


def minor_of(words: str) -> int:
    """Minor units of `-12.30`."""
    return int(words.replace(".", ""))


def steps_of(name: str) -> list[Step]:
    """The rows of the one table on a page."""
    lines = [line for line in (PAGES / f"{name}.md").read_text().splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert tuple(header[:3]) == FACTS, header
    return [
        Step(*row[:3], {who: minor_of(cell) for who, cell in zip(header[3:], row[3:], strict=True) if cell})
        for row in rows
    ]
