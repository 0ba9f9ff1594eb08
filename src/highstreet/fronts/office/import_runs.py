"""Imports that run beside the pages: one at a time for a brand, each with its progress and its report.

What is written goes batch by batch and is on disk at once; a run that a restart cut off is taken up again by the same
file (docs/import.md). Only the report waits here, in memory and in a temporary folder: it is gone after a restart.
"""

import asyncio
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event, Lock
from typing import Any, TypeVar

import structlog
from fastapi import Request

from highstreet.flows.program import Program
from highstreet.fronts.office.imports import ImportOptions, ImportReport, run_import
from highstreet.kernel.errors import BUSY_TRY_LATER, INTERNAL_ERROR, Refusal
from highstreet.kernel.ids import new_id

Answer = TypeVar("Answer")
log = structlog.get_logger("highstreet.imports")
KEPT = 20
"""Runs whose reports are kept, the newest."""
AT_ONCE = 4
"""Imports of different brands that run at once; the next ones wait. The threads are theirs: nobody else's wait."""


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
        self._brands: dict[str, asyncio.Lock] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, "import")
        self._is_closed = Event()

    def lock_of(self, brand_id: str) -> asyncio.Lock:
        """A brand imports one file at a time, whichever way it came; no brand waits for another's."""
        return self._brands.setdefault(brand_id, asyncio.Lock())

    async def on_thread(self, work: Callable[..., Answer], *given: Any) -> Answer:
        """Do it beside everything else."""
        context = copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: context.run(work, *given)
        )

    def go_on(self) -> None:
        """An import asks now and then. Errors: Refusal busy.try_later when the program is stopping."""
        if self._is_closed.is_set():
            raise BUSY_TRY_LATER(retry_after_s=10)

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

    async def close(self) -> None:
        """End the imports at their next rows, then forget all, with their files."""
        self._is_closed.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(
            self._threads.shutdown
        )  # nobody may wait any more for one that a request began
        for run in list(self._runs.values()):
            self.forget(run)


def runs_of(request: Request) -> ImportRuns:
    """The program's imports."""
    state: Any = request.app.state
    if not hasattr(state, "import_runs"):
        state.import_runs = ImportRuns()
    runs: ImportRuns = state.import_runs
    return runs


async def close_imports(state: Any) -> None:
    """The program stops, whose `app.state` this is: nothing of an import stays behind."""
    if hasattr(state, "import_runs"):
        runs: ImportRuns = state.import_runs
        await runs.close()
        del state.import_runs


def take_in(program: Program, runs: ImportRuns, run: ImportRun, path: Path, locale: str) -> None:
    """Run it to its end, on a thread that may wait; the uploaded file goes afterwards, its bad rows stay."""

    def progress(rows: int, of: int | None) -> None:
        runs.go_on()
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
