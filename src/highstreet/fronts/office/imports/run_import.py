"""One import, from a file to the database: read and check all rows, then write them in small batches."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from highstreet.flows.import_batch import (
    ImportBatch,
    ImportState,
    RefusedGroup,
    RefusedRow,
    find_state,
    finish_import,
    pass_over,
)
from highstreet.flows.import_errors import (
    BRAND_UNKNOWN,
    CHOICE_UNKNOWN,
    FORMAT_UNKNOWN,
    GROUP_INCOMPLETE,
    GROUP_TOO_LARGE,
    KIND_UNKNOWN,
    REPEATED,
    TOO_MANY_BAD_ROWS,
)
from highstreet.fronts.office.imports.goods import Goods
from highstreet.fronts.office.imports.kind import Given, Kind, Setting
from highstreet.fronts.office.imports.mapping import FileMapping, NamesMapping, read_mapping
from highstreet.fronts.office.imports.members import Members
from highstreet.fronts.office.imports.online_prices import OnlinePrices
from highstreet.fronts.office.imports.places import Places
from highstreet.fronts.office.imports.read_csv import read_csv
from highstreet.fronts.office.imports.read_feed import read_feed
from highstreet.fronts.office.imports.read_json import read_geojson, read_json, read_json_lines
from highstreet.fronts.office.imports.read_parquet import read_parquet
from highstreet.fronts.office.imports.read_text import check_file, find_encoding, open_text
from highstreet.fronts.office.imports.records import Record
from highstreet.fronts.office.imports.report import (
    BAD_LIMIT,
    PRICES_WAIT,
    BadRows,
    ImportOptions,
    ImportReport,
)
from highstreet.fronts.office.imports.sales import Sales
from highstreet.fronts.office.imports.spool import GroupRows, Spool
from highstreet.fronts.office.imports.stock import Stock
from highstreet.fronts.office.imports.takings import Takings
from highstreet.fronts.office.imports.values import Fields
from highstreet.kernel.db import Database, refresh_statistics
from highstreet.kernel.errors import BUSY_TRY_LATER, Refusal
from highstreet.kernel.geo import Datum
from highstreet.kernel.time import utc_now
from highstreet.rooms.parties import brand_by_id

Progress = Callable[[int, int | None], None]

KINDS: Mapping[str, type[Kind]] = {
    "places": Places,
    "goods": Goods,
    "stock": Stock,
    "members": Members,
    "sales": Sales,
    "online_prices": OnlinePrices,
    "takings": Takings,
}
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".geojson": "geojson",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xml": "feed",
    ".parquet": "parquet",
}
_CHUNK = 1_000
_GROUP_LIMIT = 2_000
_BUSY_TRIES = 100


def run_import(
    db: Database,
    kind: str,
    path: Path,
    *,
    brand_id: str,
    options: ImportOptions,
    progress: Progress,
) -> ImportReport:
    """Take in a file of a brand; bad rows are reported, good ones written, an interrupted run is taken up again.

    `progress(rows, None)` while reading, then `progress(rows, of)` while writing; what it raises ends the run.
    Errors: Refusal import.* when the file as a whole cannot be read, or too many of its rows are bad: then
    nothing was written.
    """
    started = monotonic()
    if kind not in KINDS:
        raise KIND_UNKNOWN(kinds=", ".join(KINDS))
    source = _Source(KINDS[kind], path, options)
    with Spool() as spool:
        run = _Run(db, source, brand_id, spool, progress)
        try:
            rows = run.read()
            resumed, state = run.write(rows)
            for refused in state.refused_rows:
                run.bad.name(refused)
            if state.waiting:
                run.bad.notes[PRICES_WAIT] += state.waiting
        finally:
            run.bad.close()
    db.write_now(refresh_statistics, None)
    return ImportReport(
        rows=rows,
        imported=state.imported,
        unchanged=state.unchanged,
        bad_count=run.bad.count + state.refused,
        bad=tuple(run.bad.kept),
        notes=run.bad.all_notes(),
        resumed_rows=resumed,
        seconds=monotonic() - started,
    )


class _Source:
    """The file, how it is read, and its fingerprint. Errors: Refusal import.*."""

    def __init__(self, kind: type[Kind], path: Path, options: ImportOptions) -> None:
        self.kind, self.path, self.options = kind, path, options
        self.mapping: FileMapping | None = None
        if options.mapping is not None:
            self.mapping = read_mapping(options.mapping, kind.fields(), kind.prefix)
        told = self.mapping.options if self.mapping else {}
        self.time_zone = options.time_zone or told.get("time_zone")
        self.country = options.country or told.get("country")
        self.datum = _one_of("datum", options.datum or told.get("datum") or "wgs84", [d.value for d in Datum])
        zero = options.zero_quantity or told.get("zero_quantity") or "refuse"
        self.keeps_zero_quantity = _one_of("zero_quantity", zero, ["refuse", "keep"]) == "keep"
        named = options.format or (self.mapping.format if self.mapping else None)
        self.format = named or FORMATS.get(path.suffix.lower(), "")
        if self.format not in FORMATS.values():
            raise FORMAT_UNKNOWN(formats=", ".join(sorted(set(FORMATS.values()))))
        is_text = self.format != "parquet"
        self.encoding = find_encoding(path, options.encoding or told.get("encoding")) if is_text else None
        meaning = [check_file(path, self.encoding), self.encoding, self.format]
        meaning += [self.time_zone, self.country, self.datum, zero]
        if options.mapping is not None:
            meaning.append(options.mapping.read_text(encoding="utf-8"))
        self.fingerprint = sha256("\0".join(map(str, meaning)).encode()).hexdigest()

    def records(self) -> Iterator[Record]:
        """Every record of the file."""
        mapping = self.mapping
        if self.encoding is None:
            yield from read_parquet(self.path, mapping.columns if mapping else None)
            return
        with open_text(self.path, self.encoding) as stream:
            if self.format == "csv":
                if mapping is not None:
                    known = {name.lower() for name in mapping.columns}
                    yield from read_csv(stream, known, has_header=mapping.has_header)
                else:
                    yield from read_csv(stream, set(self.kind.names), self.kind.own_names())
            elif self.format == "json":
                yield from read_json(stream, mapping.items if mapping else "")
            elif self.format == "geojson":
                yield from read_geojson(stream)
            elif self.format == "jsonl":
                yield from read_json_lines(stream)
            else:
                yield from read_feed(stream)


@dataclass(slots=True)
class _Waiting:
    """Groups that wait to be written together: their lines and what the flow takes."""

    groups: list[tuple[str, list[int], Any]]
    rows: int = 0


class _Run:
    """The two passes of one import."""

    def __init__(
        self, db: Database, source: _Source, brand_id: str, spool: Spool, progress: Progress
    ) -> None:
        self._db, self._source, self._brand_id, self._spool = db, source, brand_id, spool
        self._progress = progress
        options = source.options
        brand = db.read_now(brand_by_id, brand_id)
        if brand is None:
            raise BRAND_UNKNOWN()
        self._now = options.now or utc_now()
        self._kind = source.kind(
            Setting(
                brand=brand,
                time_zone=source.time_zone,
                country=source.country,
                datum=source.datum,
                keeps_zero_quantity=source.keeps_zero_quantity,
                now=self._now,
                locale=options.locale,
            )
        )
        db.read_now(self._kind.prepare)
        kind_name = next(name for name, kind in KINDS.items() if kind is source.kind)
        self._name = f"import:{kind_name}:{brand_id}:{source.fingerprint}"
        self.bad = BadRows(options.locale, options.bad_rows_csv)

    def read(self) -> int:
        """Check every record and put the rows into the spool; the count of records comes back."""
        mapping = self._source.mapping or NamesMapping(self._kind.names, self._kind.prefix)
        rows = 0
        given: list[Given] = []
        for record in self._source.records():
            rows += 1
            fields = Fields(mapping.fields_of(record.values))
            if record.refusal is None:
                given.append((record.line, fields))
            else:
                self._leave_out(record.line, self._kind.key_of_broken(fields), record.refusal)
            if len(given) == _CHUNK:
                self._keep(given)
                given = []
            if rows % _CHUNK == 0:
                self._progress(rows, None)
        self._keep(given)
        self._progress(rows, None)
        return rows

    def _keep(self, given: Sequence[Given]) -> None:
        kept: list[tuple[str, int, Sequence[Any] | None]] = []
        for one in self._db.read_now(self._kind.check, given):
            if one.refusal is not None:
                self._leave_out(one.line, one.key, one.refusal)
            elif one.key is not None:
                kept.append((one.key, one.line, one.row))
                if one.note is not None:
                    self.bad.notes[one.note] += 1
        self._spool.add(kept)

    def _leave_out(self, line: int, key: str | None, refusal: Refusal) -> None:
        self.bad.add(RefusedRow.of(line, refusal))
        if self.bad.count > BAD_LIMIT:
            raise TOO_MANY_BAD_ROWS(limit=BAD_LIMIT)
        if key is not None and self._kind.is_grouped:
            self._spool.add([(key, line, None)])

    def write(self, rows: int) -> tuple[int, ImportState]:
        """Write the groups that an earlier run has not; how many rows that one had, and the last state."""
        state = self._db.read_now(find_state, self._name)
        if state is None or state.is_done:
            state = ImportState(started_at=self._now)
        resumed = state.imported + state.unchanged + state.refused
        done = self.bad.count + resumed
        for waiting in self._batches(state.position):
            state = self._write(state, waiting.groups)
            done += waiting.rows
            self._progress(done, rows)
        state = self._db.write_now(finish_import, self._batch(state, [], state.position))
        self._progress(rows, rows)
        return resumed, state

    def _batches(self, after: str) -> Iterator[_Waiting]:
        waiting = _Waiting([])
        for key, numbered in self._spool_groups(after):
            lines = [line for line, _ in numbered]
            waiting.groups.append((key, lines, [row for _, row in numbered]))
            waiting.rows += len(lines)
            if waiting.rows >= self._kind.batch_rows:
                yield self._ready(waiting)
                waiting = _Waiting([])
        if waiting.groups:
            yield self._ready(waiting)

    def _spool_groups(self, after: str) -> Iterator[GroupRows]:
        """Groups that are whole; of the others, those after the last checkpoint and before it, why not."""
        for key, numbered in self._spool.groups(""):
            whole = self._whole(numbered)
            if whole and key > after:
                yield key, whole

    def _whole(self, numbered: list[tuple[int, list[Any] | None]]) -> list[tuple[int, list[Any] | None]]:
        if not self._kind.is_grouped:
            for line, _ in numbered[1:]:
                self.bad.add(RefusedRow.of(line, REPEATED(field="", first_line=numbered[0][0])))
            return numbered[:1]
        good = [line for line, row in numbered if row is not None]
        if len(good) == len(numbered) <= _GROUP_LIMIT:
            return numbered
        if len(good) < len(numbered):
            spoilt_by = next(line for line, row in numbered if row is None)
            refusal = GROUP_INCOMPLETE(rows=len(good), bad_line=spoilt_by)
        else:
            refusal = GROUP_TOO_LARGE(rows=len(good), limit=_GROUP_LIMIT)
        if good:
            self.bad.add(RefusedRow.of(good[0], refusal), rows=len(good))
        return []

    def _ready(self, waiting: _Waiting) -> _Waiting:
        """Turn rows into what the flow takes; a group that does not fit together becomes its refusal."""
        self._db.read_now(self._kind.before_batch, [row for _, _, rows in waiting.groups for row in rows])
        ready: list[tuple[str, list[int], Any]] = []
        for key, lines, rows in waiting.groups:
            try:
                ready.append((key, lines, self._kind.group(rows)))
            except Refusal as refusal:
                ready.append((key, lines, refusal))
        return _Waiting(ready, waiting.rows)

    def _write(self, state: ImportState, groups: Sequence[tuple[str, list[int], Any]]) -> ImportState:
        """Write groups together; when one is refused, ever smaller halves, until only that one is left out."""
        if not groups:
            return state
        key, lines, _ = groups[-1]
        refusals = [refusal for _, _, refusal in groups if isinstance(refusal, Refusal)]
        if not refusals:
            batch = self._batch(state, [group for _, _, group in groups], key)
            try:
                return self._write_patiently(self._kind.write_flow, batch)
            except Refusal as refusal:
                if refusal.code == BUSY_TRY_LATER.code:
                    raise
                if len(groups) == 1:
                    return self._pass_over(state, key, lines, refusal)
        elif len(groups) == 1:
            return self._pass_over(state, key, lines, refusals[0])
        half = len(groups) // 2
        return self._write(self._write(state, groups[:half]), groups[half:])

    def _pass_over(self, state: ImportState, key: str, lines: list[int], refusal: Refusal) -> ImportState:
        row_no = refusal.facts.get("row_no")
        line = lines[row_no - 1] if isinstance(row_no, int) and 0 < row_no <= len(lines) else lines[0]
        refused = RefusedGroup(RefusedRow.of(line, refusal), len(lines))
        return self._write_patiently(pass_over, self._batch(state, [refused], key))

    def _write_patiently(self, flow: Any, batch: ImportBatch[Any]) -> ImportState:
        for _ in range(_BUSY_TRIES):
            try:
                state: ImportState = self._db.write_now(flow, batch)
            except Refusal as refusal:
                if refusal.code != BUSY_TRY_LATER.code:
                    raise
                sleep(0.1)
            else:
                return state
        raise BUSY_TRY_LATER(retry_after_s=10)

    def _batch(self, state: ImportState, groups: Sequence[Any], last_key: str) -> ImportBatch[Any]:
        return ImportBatch(self._brand_id, self._name, state, groups, last_key, self._now)


def _one_of(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise CHOICE_UNKNOWN(field=name, choices=", ".join(choices))
    return value
