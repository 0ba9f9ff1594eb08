"""What an import is told and what it answers."""

import csv
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from highstreet.flows.import_batch import RefusedRow
from highstreet.kernel import i18n

BAD_KEPT = 1_000
BAD_LIMIT = 100_000
"""Bad rows written beside, and how many may be found while reading: a file with more is another file."""
BAD_ROWS_CUT = "import.note_bad_rows_cut"
PRICES_WAIT = "import.note_prices_wait"


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to read a file. What is None is taken from the mapping, the file or the brand.

    `format`: csv, json, jsonl, geojson, feed (Google's product feed as XML) or parquet; else by the file's
    name. `time_zone` is that of times without an offset where the place has none. `zero_quantity`: what a
    sale's line of no pieces is: "refuse" it with its sale, or "keep" its money as one piece, marked so.
    """

    mapping: Path | None = None
    format: str | None = None
    encoding: str | None = None
    time_zone: str | None = None
    country: str | None = None
    datum: str | None = None
    zero_quantity: str | None = None
    locale: str = "en"
    bad_rows_csv: Path | None = None
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not taken in: its line (or record number) in the file, the field and the reason."""

    line: int
    field: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was left out on purpose, and in how many rows."""

    code: str
    rows: int
    text: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """rows = imported + unchanged + bad_count. `bad` holds the first thousand reasons.

    A group (a product, a sale) with a bad row is left out whole: its other rows count as bad, with one entry.
    `resumed_rows`: rows that an earlier run, which was cut off, had already written.
    """

    rows: int
    imported: int
    unchanged: int
    bad_count: int
    bad: tuple[BadRow, ...]
    notes: tuple[Note, ...]
    resumed_rows: int
    seconds: float


class BadRows:
    """Collects bad rows: counts all, keeps the first thousand, writes up to `BAD_LIMIT` beside if asked."""

    def __init__(self, locale: str, beside: Path | None) -> None:
        self.count = 0
        self.kept: list[BadRow] = []
        self.notes: Counter[str] = Counter()
        self._named = 0
        self._locale = locale
        self._open = ExitStack()
        self._beside: Any = None
        if beside is not None:
            # With a byte order mark, as spreadsheets need it to read Chinese.
            stream = self._open.enter_context(beside.open("w", encoding="utf-8-sig", newline=""))
            self._beside = csv.writer(stream)
            self._beside.writerow(["line", "field", "code", "text"])

    def add(self, row: RefusedRow, rows: int = 1) -> None:
        """Note why; `rows` are left out for it."""
        self.count += rows
        self.name(row)

    def name(self, row: RefusedRow) -> None:
        """Note why without counting."""
        self._named += 1
        if self._named > (BAD_KEPT if self._beside is None else BAD_LIMIT):
            return
        bad = BadRow(row.line, row.field, row.code, self._text(row))
        if len(self.kept) < BAD_KEPT:
            self.kept.append(bad)
        if self._beside is not None:
            self._beside.writerow([bad.line, bad.field, bad.code, bad.text])

    def all_notes(self) -> tuple[Note, ...]:
        """What was left out on purpose, be it of the bad rows' file."""
        notes = dict(self.notes)
        if self._beside is not None and self._named > BAD_LIMIT:
            notes[BAD_ROWS_CUT] = self._named - BAD_LIMIT
        return tuple(
            Note(code, rows, i18n.text(self._locale, code.replace(".", "-"), rows=rows, limit=BAD_LIMIT))
            for code, rows in sorted(notes.items())
        )

    def close(self) -> None:
        """Close the file beside."""
        self._open.close()

    def _text(self, row: RefusedRow) -> str:
        try:
            title, detail = i18n.refusal_texts(self._locale, row.code, row.facts)
        except LookupError:
            return row.code
        return f"{title}: {detail}"
