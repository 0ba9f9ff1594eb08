"""Files taken in over HTTP: small ones; the command line takes any size (docs/import.md)."""

import tempfile
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from highstreet.flows.program import Program
from highstreet.fronts.office.asking import Told, brand_of, office, program_of
from highstreet.fronts.office.import_runs import ImportRuns, runs_of
from highstreet.fronts.office.imports import ImportOptions, ImportReport, run_import
from highstreet.fronts.staff import write_audited
from highstreet.kernel.errors import BUSY_TRY_LATER
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Tx
from highstreet.kernel.web import PROBLEMS, locale_of

router = APIRouter(tags=["office: imports"], responses=PROBLEMS)
Importer = Annotated[Actor, office(Permission.IMPORT_RUN)]
SUFFIXES = {"csv": ".csv", "json": ".json", "jsonl": ".jsonl", "geojson": ".geojson", "feed": ".xml"}


class BadRowTold(Told):
    """A row that was not taken in."""

    line: int = Field(description="In the file, from 1; or the record's number.")
    field: str
    code: str
    text: str = Field(description="Why, in the language asked for.")


class NoteTold(Told):
    """What was left out on purpose."""

    code: str
    rows: int
    text: str


class ImportTold(Told):
    """rows = imported + unchanged + bad_count."""

    rows: int
    imported: int
    unchanged: int = Field(description="As they were here already.")
    bad_count: int
    bad: list[BadRowTold] = Field(description="The first thousand.")
    notes: list[NoteTold]
    seconds: float


@router.post(
    "/imports/{kind}",
    operation_id="office_import_file",
    summary="Head office takes in a file",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_file(
    request: Request,
    actor: Importer,
    kind: Literal["places", "goods", "stock", "members", "sales", "online_prices", "takings"],
    form: Annotated[
        Literal["csv", "json", "jsonl", "geojson", "feed"], Query(description="How the file is written.")
    ] = "csv",
) -> ImportTold:
    """The file is the body, as big as a body may be. Good rows are written, bad ones named with their reasons."""
    program, content = program_of(request), await request.body()
    runs = runs_of(request)
    lock = runs.lock_of(brand_of(actor))
    if lock.locked():  # one at a time: each holds a thread and much of the writer
        raise BUSY_TRY_LATER(retry_after_s=5)
    async with lock:
        locale = locale_of(request)
        report = await runs.on_thread(_run, program, runs, brand_of(actor), kind, form, content, locale)
        counts = {"rows": report.rows, "imported": report.imported, "bad": report.bad_count}
        await write_audited(request, actor, kind, noted, None, **counts)
    return ImportTold.model_validate(report)


def noted(_tx: Tx, _command: None) -> None:
    """The import wrote in many transactions of its own."""


def _run(
    program: Program, runs: ImportRuns, brand_id: str, kind: str, form: str, content: bytes, locale: str
) -> ImportReport:
    def progress(_rows: int, _of: int | None) -> None:
        runs.go_on()

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"import{SUFFIXES[form]}"
        path.write_bytes(content)
        options = ImportOptions(format=form, locale=locale, now=program.clock.now())
        return run_import(program.db, kind, path, brand_id=brand_id, options=options, progress=progress)
