"""The loop: what each code brought, from touches over visits to sales; which poster, which assistant."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response

from highstreet.flows.lists import touches_and_sales_of_code, usual_time_zone
from highstreet.flows.office_day import CodeResult, code_results
from highstreet.fronts.office.asking import Words
from highstreet.fronts.office.pages.shell import LoopReader, page_router, show
from highstreet.fronts.staff import CodeId, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.i18n import text
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.loop import Code, codes_of_brand
from highstreet.rooms.parties import places_of_brand

router = page_router()

DAYS = {"1": 1, "7": 7, "30": 30, "90": 90}
Days = Annotated[str, Query(max_length=4)]
ON_A_PAGE = 25
IDLE_AT_MOST = 100


@router.get("/loop")
async def loop_page(
    request: Request,
    actor: LoopReader,
    days: Days = "30",
    text: Annotated[Words, Query()] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """The funnel of all codes, and each code's part in it; those that brought nothing stand folded at the end."""
    program, brand_id = program_of(request), brand_of(actor)
    until = program.clock.now()
    since = until - timedelta(days=DAYS.get(days, 30))

    def read(reader: Reader) -> tuple[str, list[CodeResult], dict[str, Any]]:
        currency, results = code_results(reader, brand_id, since, until)
        return currency, results, {p.id: p for p in places_of_brand(reader, brand_id)}

    currency, results, places = await program.db.read(read)
    found = [r for r in results if _matches(r, places.get(r.place_id or ""), text)]
    found.sort(key=lambda r: (-r.row.amount_minor, -r.row.touches, r.row.slug))
    brought = [r for r in found if r.row.touches or r.row.sales or r.follows]
    idle = [r for r in found if not (r.row.touches or r.row.sales or r.follows)]
    return await show(
        request,
        actor,
        "loop.html",
        total=len(results),
        results=brought[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
        idle=idle[:IDLE_AT_MOST],
        idle_count=len(idle),
        text=text,
        page=page,
        has_more=len(brought) > page * ON_A_PAGE,
        places=places,
        currency=currency,
        days=days if days in DAYS else "30",
        periods=list(DAYS),
        steps=_steps(results),
        best=max((r.row.amount_minor for r in results), default=0),
    )


@router.get("/loop/{code_id}")
async def code_page(request: Request, actor: LoopReader, code_id: CodeId, days: Days = "30") -> Response:
    """One code: its funnel, its days, and its QR to print."""
    program, brand_id = program_of(request), brand_of(actor)
    now = program.clock.now()
    since = now - timedelta(days=DAYS.get(days, 30))

    def read(reader: Reader) -> tuple[str, CodeResult, Code, dict[str, Any], str, dict[Any, tuple[int, int]]]:
        currency, results = code_results(reader, brand_id, since, now)
        zone = usual_time_zone(reader, brand_id)
        ahead = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        found = next((r for r in results if r.row.code_id == code_id), None)
        code = next((c for c in codes_of_brand(reader, brand_id) if c.code_id == code_id), None)
        if found is None or code is None:
            raise REQUEST_NOT_FOUND()
        by_day = touches_and_sales_of_code(reader, brand_id, code_id, since, ahead)
        places = {p.id: p for p in places_of_brand(reader, brand_id)}
        return currency, found, code, places, zone, by_day

    currency, found, code, places, zone, by_day = await program.db.read(read)
    locale = page_locale(request)
    first, last = since.astimezone(ZoneInfo(zone)).date(), now.astimezone(ZoneInfo(zone)).date()
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    noon = [datetime(d.year, d.month, d.day, 12, tzinfo=ZoneInfo(zone)) for d in dates]
    chart = {
        "at": [int(at.timestamp()) for at in noon],
        "zone": zone,
        "step": "day",
        "lines": [
            {
                "label": text(locale, label),
                "kind": line,
                "values": [by_day.get(d, (0, 0))[n] for d in dates],
            }
            for n, (label, line) in enumerate((("office-touches", "bars"), ("office-funnel_sales", "dashes")))
        ],
    }
    base = program.settings.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return await show(
        request,
        actor,
        "code.html",
        it=found,
        code=code,
        places=places,
        currency=currency,
        chart=chart,
        by_day=[(at, *by_day[d]) for d, at in zip(dates, noon, strict=True) if d in by_day],
        days=days if days in DAYS else "30",
        periods=list(DAYS),
        steps=_steps([found]),
        address=f"{base}/shop/c/{code.slug}",
    )


def _matches(result: CodeResult, place: Any, text: str) -> bool:
    """Whether every word typed stands in the code's names, campaign, place or assistant."""
    row = result.row
    known = [row.slug, row.label_en, row.label_zh, row.campaign, result.staff_name or ""]
    known += [place.name_en, place.name_zh] if place else []
    return all(word in " ".join(known).lower() for word in text.lower().split())


def _steps(results: list[CodeResult]) -> list[dict[str, Any]]:
    """The funnel: each step's number, its width of 1,000, and its share of the step before in basis points."""
    numbers = [
        ("touches", sum(r.row.touches for r in results)),
        ("devices", sum(r.row.devices for r in results)),
        ("visits", sum(r.row.visits for r in results)),
        ("follows", sum(r.follows for r in results)),
        ("sales", sum(r.row.sales for r in results)),
    ]
    most = max((n for _, n in numbers), default=0)
    return [
        {
            "name": name,
            "value": value,
            "width": max(30, value * 1000 // most) if most else 30,
            "bp": value * 10_000 // numbers[0][1] if n and numbers[0][1] else None,
        }
        for n, (name, value) in enumerate(numbers)
    ]
