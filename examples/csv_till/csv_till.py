"""Connects a till that can only write CSV files: watches its sale files and tells Highstreet of each sale, once.

    python csv_till.py config.toml            watch until stopped
    python csv_till.py config.toml --once     one look, then end

What makes it exactly once: a sale's id is made from the till's name and its receipt number, and stands in the
journal (one SQLite file, written before anything is sent) at most once. A crash anywhere only means reading again.
"""

import argparse
import csv
import sqlite3
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from highstreet.register_client import (
    Journal,
    JournalForked,
    Line,
    NoAnswer,
    OfflineSale,
    Problem,
    Register,
    stable_id,
    write_down,
)

NEEDED = ("receipt", "gtin", "quantity", "line_total")
RAILS = ("cash", "slip")


@dataclass(frozen=True)
class Config:
    """How the till writes. Times in seconds."""

    url: str
    key_file: Path
    till: str
    folder: Path
    journal: Path
    columns: dict[str, str]
    pattern: str = "*.csv"
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_comma: bool = False
    currency: str = "EUR"
    minor_digits: int = 2
    rails: dict[str, str] = field(default_factory=dict)
    quiet_s: float = 5.0
    look_every_s: float = 2.0

    @classmethod
    def read(cls, path: Path) -> "Config":
        """Errors: OSError, tomllib.TOMLDecodeError, TypeError for an unknown or a missing name, ValueError."""
        told: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        for name in ("key_file", "folder", "journal"):
            told[name] = path.parent / told[name]
        made = cls(**told)
        if missing := [name for name in NEEDED if name not in made.columns]:
            raise ValueError(f"[columns] names no column for: {', '.join(missing)}")
        if strange := set(made.rails.values()) - set(RAILS):
            raise ValueError(f"[rails] can be {' or '.join(RAILS)}, not {', '.join(sorted(strange))}")
        return made


@dataclass(frozen=True)
class BadRow:
    """What could not be taken, and why."""

    file: str
    line: int
    reason: str


@dataclass
class Look:
    """What one look at the files brought."""

    sold: int = 0
    known: int = 0
    bad: list[BadRow] = field(default_factory=list)
    waiting: int = 0


class Seen:
    """How far each file was read, and which bad rows were reported, beside the journal."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, offset INTEGER, line INTEGER)"
        )
        self.db.execute(
            "CREATE TABLE IF NOT EXISTS bad (file TEXT, line INTEGER, reason TEXT, PRIMARY KEY (file, line, reason))"
        )

    def at(self, name: str) -> tuple[int, int]:
        """Bytes and lines that were read."""
        row = self.db.execute("SELECT offset, line FROM file WHERE name = ?", (name,)).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def move(self, name: str, offset: int, line: int) -> None:
        """So far it was read, and all of it is in the journal or reported."""
        self.db.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", (name, offset, line))

    def report(self, bad: BadRow) -> bool:
        """Whether it is news."""
        values = (bad.file, bad.line, bad.reason)
        return self.db.execute("INSERT OR IGNORE INTO bad VALUES (?, ?, ?)", values).rowcount == 1


@dataclass
class _Receipt:
    number: str
    first_line: int
    end_offset: int = 0
    end_line: int = 0
    lines: list[Line] = field(default_factory=list)
    rail: str = "cash"
    slip: str | None = None
    bad: list[BadRow] = field(default_factory=list)


class CsvTill:
    """One till's files, and its journal."""

    def __init__(self, config: Config, journal: Journal) -> None:
        self.config, self.journal = config, journal
        self.seen = Seen(config.journal.with_suffix(".seen.db"))

    def look(self, now: float | None = None) -> Look:
        """Read what is new in every file, the oldest first, and put whole receipts into the journal."""
        found = Look()
        files = sorted(
            self.config.folder.glob(self.config.pattern), key=lambda p: (p.stat().st_mtime, p.name)
        )
        for path in files:
            self._file(path, time.time() if now is None else now, found)
        found.bad = [bad for bad in found.bad if self.seen.report(bad)]
        return found

    def _file(self, path: Path, now: float, found: Look) -> None:
        content = path.read_bytes()
        is_quiet = now - path.stat().st_mtime >= self.config.quiet_s
        if b"\n" not in content and not is_quiet:
            return  # not even its first line is whole
        offset, line = self.seen.at(path.name)
        if len(content) < offset:  # another file of this name: what is known in it is passed over
            offset = line = 0
        try:
            header = self._cells(content.split(b"\n", 1)[0])
        except ValueError as problem:
            found.bad.append(BadRow(path.name, 1, str(problem)))
            return
        receipts = list(self._receipts(path.name, header, content, offset, line, is_quiet))
        for number, receipt in enumerate(receipts):
            if number == len(receipts) - 1 and not is_quiet:
                found.waiting += 1  # its next line may still be written
                return
            self._take(path.name, receipt, found)
            self.seen.move(path.name, receipt.end_offset, receipt.end_line)

    def _receipts(
        self, name: str, header: list[str], content: bytes, offset: int, line: int, is_quiet: bool
    ) -> Iterator[_Receipt]:
        receipt: _Receipt | None = None
        while offset < len(content):
            end = content.find(b"\n", offset)
            if end < 0 and not is_quiet:
                break  # half a line: the till is at it
            after = len(content) if end < 0 else end + 1
            raw, offset, line = content[offset:after], after, line + 1
            if line == 1 or not raw.strip():
                continue
            try:
                cells = self._cells(raw)
                if len(cells) != len(header):
                    raise ValueError(f"{len(cells)} cells, not {len(header)}")
                row = dict(zip(header, cells, strict=True))
                number = self._cell(row, "receipt")
            except ValueError as problem:
                receipt = receipt or _Receipt("", line)
                receipt.bad.append(BadRow(name, line, str(problem)))
                receipt.end_offset, receipt.end_line = offset, line
                continue
            if receipt is None or receipt.number != number:
                if receipt is not None:
                    yield receipt
                receipt = _Receipt(number, line)
            try:
                self._add(receipt, row)
            except ValueError as problem:
                receipt.bad.append(BadRow(name, line, str(problem)))
            receipt.end_offset, receipt.end_line = offset, line
        if receipt is not None:
            yield receipt

    def _cells(self, raw: bytes) -> list[str]:
        try:
            text = raw.decode(self.config.encoding).lstrip("\ufeff").rstrip("\r\n")
        except UnicodeDecodeError as problem:
            raise ValueError(f"not {self.config.encoding}: byte {problem.start + 1}") from None
        return [cell.strip() for cell in next(csv.reader([text], delimiter=self.config.delimiter), [])]

    def _cell(self, row: dict[str, str], name: str, default: str | None = None) -> str:
        column = self.config.columns.get(name)
        if column is None and default is not None:
            return default
        if column is None or column not in row:
            raise ValueError(f"there is no column {column or name!r}")
        if not row[column] and default is None:
            raise ValueError(f"{column} is empty")
        return row[column] or str(default)

    def _add(self, receipt: _Receipt, row: dict[str, str]) -> None:
        gtin, quantity = self._cell(row, "gtin"), self._cell(row, "quantity")
        if not (gtin.isascii() and gtin.isdigit() and 8 <= len(gtin) <= 14):
            raise ValueError(f"{gtin!r} is no GTIN")
        if not (quantity.isascii() and quantity.isdigit() and 1 <= int(quantity) <= 9999):
            raise ValueError(f"{quantity!r} is no quantity")
        total = self._minor(self._cell(row, "line_total"))
        unit_text = self._cell(row, "unit_price", "")
        unit = self._minor(unit_text) if unit_text else total // int(quantity)
        name = self._cell(row, "name", gtin)
        receipt.lines.append(Line(gtin, int(quantity), unit, total, name, name))
        said = self._cell(row, "tender", "")
        receipt.rail = self.config.rails.get(said, "cash")
        if said and said not in self.config.rails:
            raise ValueError(f"[rails] does not say what {said!r} is")
        receipt.slip = self._cell(row, "slip", "") or None

    def _minor(self, text: str) -> int:
        plain = (
            text.replace(".", "").replace(",", ".") if self.config.decimal_comma else text.replace(",", "")
        )
        try:
            amount = Decimal(plain).scaleb(self.config.minor_digits)
        except InvalidOperation:
            raise ValueError(f"{text!r} is no amount") from None
        if not amount.is_finite() or amount != amount.to_integral_value() or amount < 0:
            raise ValueError(f"{text!r} is no amount of {self.config.currency}")
        return int(amount)

    def _take(self, file: str, receipt: _Receipt, found: Look) -> None:
        found.bad += receipt.bad
        if receipt.bad:  # a sale without one of its lines would be another sale
            if receipt.lines:
                told = f"receipt {receipt.number} is left out: line {receipt.bad[0].line} cannot be read"
                found.bad.append(BadRow(file, receipt.first_line, told))
            return
        slip = receipt.slip if receipt.rail == "slip" else None
        sale = OfflineSale(self.config.currency, tuple(receipt.lines), rail=receipt.rail, slip_ref=slip)
        sale_id = stable_id("sal", self.config.till, receipt.number)
        before = self.journal.last_seq()
        entry = write_down(self.journal, sale, sale_id)
        if entry.seq > before:
            found.sold += 1
            return
        found.known += 1
        there = [line["gtin"] for line in entry.sent["body"]["lines"]]
        if (entry.sent["body"]["charged_minor"], there) != (
            sale.charged_minor,
            [line.gtin for line in sale.lines],
        ):
            told = f"receipt {receipt.number} was told before with other lines; the first stays"
            found.bad.append(BadRow(file, receipt.first_line, told))


def main() -> int:
    """0 when all is well, 1 when a person must look."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", type=Path)
    parser.add_argument("--once", action="store_true")
    asked = parser.parse_args()
    config = Config.read(asked.config)
    journal = Journal(config.journal)
    till = CsvTill(config, journal)
    register = Register(config.url, config.key_file.read_text().strip(), journal)
    while True:
        found = till.look()
        for bad in found.bad:
            print(f"{bad.file}, line {bad.line}: {bad.reason}", file=sys.stderr)
        try:
            taken = register.send_journal()
        except NoAnswer:
            print(f"no line to {config.url}; {journal.unsent()} sales wait", file=sys.stderr)
            taken = 0
        except (JournalForked, Problem) as problem:
            print(f"STOPPED, a person must look: {problem}", file=sys.stderr)
            return 1
        if found.sold or found.known or taken:
            print(
                f"{found.sold} sales read, {found.known} known already, {taken} told; {journal.unsent()} wait"
            )
        if asked.once:
            return 1 if found.bad else 0
        time.sleep(config.look_every_s)


if __name__ == "__main__":
    sys.exit(main())
