"""Today as it comes: figures beside other days, what needs a person, places and registers, the ticker."""

from typing import Any

from fastapi import Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.flows.office_today import OfficeToday, PlaceNow, office_today
from highstreet.fronts.office.pages.shell import SalesReader, page_router, show
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.i18n import text
from highstreet.kernel.outbox import last_seq
from highstreet.kernel.permissions import Actor
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.loop import codes_of_brand

router = page_router()

TICKER = (
    "sales.sale_paid.v1",
    "sales.sale_returned.v1",
    "loop.touched.v1",
    "members.followed.v1",
    "members.joined.v1",
    "tenders.tender_unknown.v1",
    "tenders.late_success.v1",
    "tenders.late_reversal.v1",
)
PIN_TONES = {"silent": "bad", "selling": "offer", "ready": "open"}
PINS_AT_MOST = 2000


@router.get("/")
async def today_page(request: Request, actor: SalesReader) -> Response:
    """The day so far."""
    return await show(request, actor, "today.html", **await _day(request, actor))


@router.get("/today/live")
async def today_live(request: Request, actor: SalesReader) -> Response:
    """The part of the page that is drawn anew when something happens."""
    return await show(request, actor, "today_live.html", **await _day(request, actor))


async def _day(request: Request, actor: Actor) -> dict[str, Any]:
    program, brand_id = program_of(request), brand_of(actor)

    def read(reader: Reader) -> tuple[int, OfficeToday, dict[str, Any]]:
        since = last_seq(reader)  # first: what is committed meanwhile may come twice, but never not at all
        zone = desk_of(reader, brand_id, actor.id).zone
        day = office_today(reader, brand_id, zone, program.clock.now(), TICKER)
        return since, day, {code.code_id: code for code in codes_of_brand(reader, brand_id)}

    since, day, codes = await program.db.read(read)
    locale = page_locale(request)
    return {
        "since": since,
        "day": day,
        "codes": codes,
        "place_of": {p.place.id: p.place for p in day.places},
        "ticker": list(TICKER),
        "chart": _chart(day, locale),
        "pins": {"label": text(locale, "office-today_map"), "pins": _pins(day.places, locale)},
    }


def _chart(day: OfficeToday, locale: str) -> dict[str, Any]:
    taken = [total if at <= day.now else None for at, total, _ in day.hours]
    return {
        "at": [int(at.timestamp()) for at, _, _ in day.hours],
        "lines": [
            {"label": text(locale, "office-today"), "kind": "bars", "values": taken},
            {
                "label": text(locale, "office-week_before"),
                "kind": "dashes",
                "values": [before for _, _, before in day.hours],
            },
        ],
        "step": "hour",
    }


def _pins(places: tuple[PlaceNow, ...], locale: str) -> list[dict[str, Any]]:
    return [
        {
            "id": p.place.id,
            "name": p.place.name_zh if locale == "zh" and p.place.name_zh else p.place.name_en,
            "tone": PIN_TONES.get(p.state, "closed"),
            "lat": p.site.point.lat,
            "lon": p.site.point.lon,
        }
        for p in places[:PINS_AT_MOST]
        if p.site is not None
    ]
