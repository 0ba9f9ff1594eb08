"""Files that are taken in: choose one, watch it go, read what was not taken and why, and download that."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import FileResponse
from starlette.datastructures import UploadFile

from highstreet.flows.import_errors import TOO_MANY_BAD_ROWS
from highstreet.fronts.office.asking import office
from highstreet.fronts.office.files import noted
from highstreet.fronts.office.import_runs import ImportRun, ImportRuns, runs_of, take_in
from highstreet.fronts.office.imports import KINDS
from highstreet.fronts.office.imports.report import BAD_LIMIT, BAD_ROWS_CUT
from highstreet.fronts.office.imports.run_import import FORMATS
from highstreet.fronts.office.pages.changes import change, go_to, problem_of
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.errors import BUSY_TRY_LATER, REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.permissions import Actor, Permission
from highstreet.look import page_locale

router = page_router()
Importer = Annotated[Actor, office(Permission.IMPORT_RUN)]
KindName = Annotated[str, Query(pattern="^(places|goods|stock|members|sales|online_prices|takings)$")]
FILE_LIMIT_BYTES = 50_000_000
"""Larger files go by the command line."""
UPLOAD_PATH = "/office/import"
_CHUNK = 1 << 20
COLUMNS = {
    "places": "external_ref, name_en, name_zh, lat, lon, opening_hours, address, operator, landlord",
    "goods": "sku, name_en, name_zh, price, member_price, gtin, category, product_ref",
    "stock": "place_ref, sku, gtin, quantity, owner",
    "members": "member_ref, phone, joined_at, home_place_ref, locale",
    "sales": "sale_ref, at, place_ref, sku, gtin, quantity, net, list, member_ref",
    "takings": "place_ref, day, amount, collector",
    "online_prices": "sku, gtin, source, price, url, seen_at",
}
EXAMPLES = {
    "places": (
        "external_ref,name_en,name_zh,lat,lon,opening_hours,address\n"
        "HEL-01,Keskuskatu,中央街店,60.1690,24.9410,Mo-Sa 10:00-20:00,Keskuskatu 1\n"
    ),
    "goods": (
        "sku,name_en,name_zh,price,member_price,gtin,category\n"
        "TEA-01,Green tea,绿茶,12.30,10.90,6417012345670,Tea\n"
    ),
    "stock": "place_ref,sku,quantity,owner\nHEL-01,TEA-01,24,\n",
    "members": (
        "member_ref,phone,joined_at,home_place_ref,locale\n"
        "M-1001,+358401234567,2024-05-01T12:00:00Z,HEL-01,en\n"
    ),
    "sales": (
        "sale_ref,at,place_ref,sku,quantity,net,list\nR-1,2024-05-01T12:00:00,HEL-01,TEA-01,2,24.60,24.60\n"
    ),
    "takings": "place_ref,day,amount,collector\nHEL-01,2026-11-20,1240.50,\n",
    "online_prices": "sku,source,price,url\nTEA-01,Tea Depot,9.90,https://shop.example/tea-01\n",
}


@router.get("/import")
async def import_page(request: Request, actor: Importer, kind: KindName = "goods") -> Response:
    """Choose a kind and a file; the runs of late below."""
    return await _page(request, actor, "import.html", kind)


@router.get("/import/example/{kind}.csv", dependencies=[office(Permission.IMPORT_RUN)])
async def example_file(kind: str) -> Response:
    """A small file to begin with."""
    if kind not in EXAMPLES:
        raise REQUEST_NOT_FOUND()
    headers = {"Content-Disposition": f'attachment; filename="{kind}-example.csv"'}
    return Response("\N{BOM}" + EXAMPLES[kind], 200, headers, "text/csv; charset=utf-8")


@router.post("/import")
async def start_import(request: Request, actor: Importer) -> Response:
    """Take the file and begin; the run's page shows the rest."""
    async with request.form(max_files=1, max_fields=5) as form:  # only now: strangers send us no files
        kind, file = str(form.get("kind", "goods")), form.get("file")
        kind = kind if kind in KINDS else "goods"
        if not isinstance(file, UploadFile) or not file.filename:
            return await _page(
                request, actor, "import_form.html", kind, 422, wrong="office-more_import_no_file"
            )
        name = Path(file.filename.replace("\\", "/")).name[-120:]
        if Path(name).suffix.lower() not in FORMATS:
            return await _page(
                request, actor, "import_form.html", kind, 422, wrong="office-more_import_no_format"
            )
        runs = runs_of(request)
        lock = runs.lock_of(brand_of(actor))
        if lock.locked():
            problem = problem_of(request, BUSY_TRY_LATER(retry_after_s=5))
            return await _page(request, actor, "import_form.html", kind, 503, problem=problem)
        await lock.acquire()  # at once: nobody came between
        run = runs.make(brand_of(actor), actor.id, kind, name, program_of(request).clock.now())
        path = run.folder / f"file{Path(name).suffix.lower()}"
        try:
            with path.open("wb") as written:
                while chunk := await file.read(_CHUNK):
                    written.write(chunk)
        except BaseException:
            lock.release()
            runs.forget(run)
            raise
    run.task = asyncio.create_task(_run(request, actor, runs, run, path, lock))
    return go_to(f"/office/import/{run.id}")


async def _run(
    request: Request, actor: Actor, runs: ImportRuns, run: ImportRun, path: Path, lock: asyncio.Lock
) -> None:
    try:
        await runs.on_thread(take_in, program_of(request), runs, run, path, page_locale(request))
        if run.report is not None:
            counts = {"rows": run.report.rows, "imported": run.report.imported, "bad": run.report.bad_count}
            await change(request, actor, "office.import_file", run.kind, noted, None, **counts)
    finally:
        lock.release()


@router.get("/import/{run_id}")
async def run_page(request: Request, actor: Importer, run_id: str) -> Response:
    """How far it is; its report when it is done."""
    return await _show_run(request, actor, "import_run.html", _find(request, actor, run_id))


@router.get("/import/{run_id}/state")
async def run_state(request: Request, actor: Importer, run_id: str) -> Response:
    """The part of the page that changes."""
    return await _show_run(request, actor, "import_state.html", _find(request, actor, run_id))


@router.get("/import/{run_id}/bad-rows.csv")
async def bad_rows(request: Request, actor: Importer, run_id: str) -> Response:
    """Every row that was not taken in: line, field, code, reason."""
    run = _find(request, actor, run_id)
    if run.is_running or not run.bad_rows.is_file():
        raise REQUEST_NOT_FOUND()
    return FileResponse(
        run.bad_rows,
        media_type="text/csv",
        filename=f"{Path(run.file_name).stem}-bad-rows.csv",
        headers={"Cache-Control": "no-store"},
    )


def _find(request: Request, actor: Actor, run_id: str) -> ImportRun:
    run = runs_of(request).find(brand_of(actor), run_id)
    if run is None:
        raise REQUEST_NOT_FOUND()
    return run


async def _show_run(request: Request, actor: Actor, template: str, run: ImportRun) -> Response:
    # At one moment: it goes on while the page's other parts are read.
    is_running, report = run.is_running, run.report
    refusal: Refusal | None = run.refusal
    problem = problem_of(request, refusal) if refusal is not None else None
    is_cut = refusal is not None and refusal.code == TOO_MANY_BAD_ROWS.code
    if report is not None:
        is_cut = any(note.code == BAD_ROWS_CUT for note in report.notes)
    return await show(
        request,
        actor,
        template,
        run=run,
        is_running=is_running,
        report=report,
        problem=problem,
        bad_filed=BAD_LIMIT if is_cut else None,
    )


async def _page(
    request: Request, actor: Actor, template: str, kind: str, status: int = 200, **more: Any
) -> Response:
    shown = {"wrong": "", "problem": None, **more}
    return await show(
        request,
        actor,
        template,
        status,
        kind=kind,
        kinds=list(KINDS),
        columns=COLUMNS[kind],
        accept=",".join(FORMATS),
        limit_mb=FILE_LIMIT_BYTES // 1_000_000,
        runs=runs_of(request).of_brand(brand_of(actor)),
        **shown,
    )
