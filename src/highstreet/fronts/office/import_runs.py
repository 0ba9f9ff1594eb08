"""Imports that run beside the pages: one at a time for the whole program, each with its progress and its report.

What is written goes batch by batch and is on disk at once; a run that a restart cut off is taken up again by the same
file (docs/import.md). Only the report waits here, in memory and in a temporary folder: it is gone after a restart.
"""

import asyncio
import shutil
import tempfile
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock

import structlog

from highstreet.flows.program import Program
from highstreet.fronts.office.imports import ImportOptions, ImportReport, run_import
from highstreet.kernel.errors import INTERNAL_ERROR, Refusal
from highstreet.kernel.ids import new_id

log = structlog.get_logger("highstreet.imports")
KEPT = 20
"""Runs whose reports are kept, the newest."""


@dataclass(slots=True)
class ImportRun:
    """One import. `of` is None while the file is still being read."""

    id: str
    brand_id: str
    staff_id: str
    kind: str
    file_name: str
    started_at: datetime
    folder: Path
    rows: int = 0
    of: int | None = None
    report: ImportReport | None = None
    refusal: Refusal | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    @property
    def is_running(self) -> bool:
        """Whether it is neither done nor refused."""
        return self.report is None and self.refusal is None

    @property
    def bad_rows(self) -> Path:
        """Every bad row with its line and reason, as CSV."""
        return self.folder / "bad-rows.csv"


class ImportRuns:
    """All runs of this program since its start."""

    def __init__(self) -> None:
        self._runs: OrderedDict[str, ImportRun] = OrderedDict()
        self._lock = Lock()

    def of_brand(self, brand_id: str) -> list[ImportRun]:
        """A brand's runs, the newest first."""
        return [run for run in reversed(self._runs.values()) if run.brand_id == brand_id]

    def find(self, brand_id: str, run_id: str) -> ImportRun | None:
        """One of a brand's runs."""
        run = self._runs.get(run_id)
        return run if run is not None and run.brand_id == brand_id else None

    def make(self, brand_id: str, staff_id: str, kind: str, file_name: str, at: datetime) -> ImportRun:
        """A run with a folder for its file; the oldest one's report is forgotten."""
        folder = Path(tempfile.mkdtemp(prefix="highstreet-upload-"))
        run = ImportRun(new_id("imp"), brand_id, staff_id, kind, file_name, at, folder)
        with self._lock:
            self._runs[run.id] = run
            over = [one for one in self._runs.values() if not one.is_running][
                : max(0, len(self._runs) - KEPT)
            ]
            for one in over:
                del self._runs[one.id]
        for one in over:
            shutil.rmtree(one.folder, ignore_errors=True)
        return run

    def forget(self, run: ImportRun) -> None:
        """A run whose file never arrived."""
        self._runs.pop(run.id, None)
        shutil.rmtree(run.folder, ignore_errors=True)

    def close(self) -> None:
        """Forget all, with their files."""
        for run in list(self._runs.values()):
            self.forget(run)


def take_in(program: Program, run: ImportRun, path: Path, locale: str) -> None:
    """Run it to its end, on a thread that may wait; the uploaded file goes afterwards, its bad rows stay."""

    def progress(rows: int, of: int | None) -> None:
        run.rows, run.of = rows, of

    options = ImportOptions(locale=locale, bad_rows_csv=run.bad_rows, now=run.started_at)
    try:
        run.report = run_import(
            program.db, run.kind, path, brand_id=run.brand_id, options=options, progress=progress
        )
    except Refusal as refusal:
        run.refusal = refusal
    except Exception:
        log.exception("import_failed", kind=run.kind)
        run.refusal = INTERNAL_ERROR()
    finally:
        path.unlink(missing_ok=True)
