"""The map's pins, and what the first map is drawn from before anything is asked."""

import asyncio
import gzip
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from highstreet.flows.find_nearest import FindNearest, NearPlace
from highstreet.flows.program import Program
from highstreet.flows.search_nearby import NearbyPlace, SearchNearby, search_nearby
from highstreet.flows.show_pins import Pins, show_pins
from highstreet.flows.show_place import place_open
from highstreet.fronts.shop.access import Anyone, address_of, problems, program_of, rates_of
from highstreet.fronts.shop.first_page import PLACE_ZOOM, TOWN_ZOOM, Around, Chosen, View, first_page
from highstreet.fronts.shop.ground import ZOOM, Ground, ground_of, world_px
from highstreet.fronts.shop.map import DatumAsked, nearby_told
from highstreet.fronts.shop.models.map import PinBrandTold, PinsTold, PinTold
from highstreet.fronts.shop.models.shared import BrandId, brand_told
from highstreet.fronts.shop.tiles import TownMap, town_map_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.geo import Datum, Point, from_wgs84, to_wgs84
from highstreet.kernel.ids import check_id
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale

router = APIRouter(tags=["shop: map"])
FIRST_PINS = 400
FIRST_NEAR = 12
FIRST_PX = 200, 330
"""So far from its middle, across and down, at ZOOM, the first map has its pins: what a phone shows, and a finger more."""
FRESH_S = 20
"""So long the first map's places are told without being asked for anew."""


@router.get(
    "/pins",
    operation_id="shop_list_pins",
    summary="Anyone asks for the pins around a point",
    response_model=PinsTold,
    responses=problems(422, 429),
)
async def list_pins(
    request: Request,
    _actor: Anyone,
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, examples=[60.17])],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, examples=[24.94])],
    datum: DatumAsked = Datum.WGS84,
    brand_id: BrandId | None = None,
    limit: Annotated[int, Query(ge=1, le=FIRST_PINS)] = FIRST_PINS,
    radius_m: Annotated[int, Query(ge=1, le=50_000)] = 5000,
) -> Response:
    """Every place around a point, open or not, nearest first, with what a map needs to draw it."""
    rates_of(request).searches.check(address_of(request))
    program = program_of(request)
    ask = FindNearest(
        point=to_wgs84(lat, lon, datum),
        at=program.clock.now(),
        limit=limit,
        radius_m=radius_m,
        brand_id=brand_id,
        must_be_open=False,
    )
    pins = await program.db.read(show_pins, ask)
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    content = await asyncio.to_thread(_written, pins, datum, is_packed)
    headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": "gzip"} if is_packed else {})
    return Response(content, 200, headers, "application/json")


def _written(pins: Pins, datum: Datum, is_packed: bool) -> bytes:
    """Hundreds of places take their time: not that of the loop which answers registers."""
    content = _pins_told(pins, datum).model_dump_json().encode()
    return gzip.compress(content, 6, mtime=0) if is_packed else content


def _pins_told(pins: Pins, datum: Datum) -> PinsTold:
    return PinsTold(
        pins=[_pin_told(place, datum) for place in pins.places],
        brands=[
            PinBrandTold(**brand_told(brand).model_dump(), offers=offers) for brand, offers in pins.brands
        ],
    )


def _pin_told(place: NearPlace, datum: Datum) -> PinTold:
    lat, lon = from_wgs84(place.point, datum)
    return PinTold(
        brand_id=place.brand_id,
        place_id=place.place_id,
        name_en=place.name_en,
        name_zh=place.name_zh,
        lat=round(lat, 6),
        lon=round(lon, 6),
        is_open=place.is_open,
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """What lies around the middle of the map."""

    middle: Point
    pins: Pins
    near: list[NearbyPlace]


@dataclass(slots=True)
class FirstMap:
    """The first map of one program; made anew when it is older than FRESH_S."""

    around: _Around | None = None
    at: datetime | None = None
    version: str = ""
    drawn: dict[str, str] = field(default_factory=dict)  # by language


async def first_map(request: Request, brand_id: str | None = None, place_id: str | None = None) -> str:
    """The page's body with the town around its middle, or around a place; empty without a map."""
    town = town_map_of(request)
    if town is None:
        return ""
    program = program_of(request)
    kept = _kept(request)
    now = program.clock.now()
    if kept.at is None or kept.version != town.version or not 0 <= (now - kept.at).total_seconds() < FRESH_S:
        kept.around = await _around(program, town, now)
        kept.at, kept.version, kept.drawn = now, town.version, {}
    assert kept.around is not None
    found = kept.around
    if brand_id is not None and place_id is not None and _may_draw(request, brand_id, place_id):
        chosen = await program.db.read(place_open, brand_id, place_id, now)
        if chosen is not None and chosen[1].site is not None:
            view = View(chosen[1].site.point, PLACE_ZOOM)
            return await asyncio.to_thread(_page, request, town, found, view, Chosen(*chosen))
    locale = page_locale(request)
    if locale not in kept.drawn:
        view = View(found.middle, TOWN_ZOOM)
        kept.drawn[locale] = await asyncio.to_thread(_page, request, town, found, view, None)
    return kept.drawn[locale]


def _may_draw(request: Request, brand_id: str, place_id: str) -> bool:
    """Whether these can be a place, and whoever asks has not asked for too many; else the town is shown."""
    try:
        check_id(brand_id, "brd")
        check_id(place_id, "plc")
        rates_of(request).searches.check(address_of(request))
    except Refusal:
        return False
    return True


def _page(request: Request, town: TownMap, found: _Around, view: View, chosen: Chosen | None) -> str:
    offers = {brand.id: count for brand, count in found.pins.brands}
    pins = _in_sight(found, view.middle)
    around = Around(pins.places, tuple(found.near), offers)
    return first_page(request, ground_of(town), view, around, chosen) + _told(found, pins, town)


def _kept(request: Request) -> FirstMap:
    state = request.app.state
    if not hasattr(state, "shop_first_map"):
        state.shop_first_map = FirstMap()
    kept: FirstMap = state.shop_first_map
    return kept


async def _around(program: Program, town: TownMap, now: datetime) -> _Around:
    centre = Point(town.header["center_lat_e7"] / 1e7, town.header["center_lon_e7"] / 1e7)
    ask = FindNearest(point=centre, at=now, limit=FIRST_PINS, must_be_open=False)

    def around(reader: Reader) -> _Around:
        pins = show_pins(reader, ask)
        middle = _middle(pins) or centre
        few = FindNearest(point=middle, at=now, limit=FIRST_NEAR, must_be_open=False)
        return _Around(middle, pins, search_nearby(reader, SearchNearby(few)))

    found: _Around = await program.db.read(around)
    return found


def _told(found: _Around, pins: Pins, town: TownMap) -> str:
    """For the application, which goes on from there: the same pins and list."""
    told = {
        "lat": round(found.middle.lat, 6),
        "lon": round(found.middle.lon, 6),
        "ground": _frame(ground_of(town)),
        "pins": _pins_told(pins, Datum.WGS84).model_dump(mode="json"),
        "categories": _categories(found.pins),
        "near": _dumped([nearby_told(one, Datum.WGS84) for one in found.near]),
    }
    # In a script element, only `</` and `<!--` would end or bend it.
    text = orjson.dumps(told).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="first-map">{text}</script>'


def _in_sight(found: _Around, at: Point) -> Pins:
    x, y = world_px(at.lat, at.lon)
    seen = []
    for place in found.pins.places:
        at_x, at_y = world_px(place.point.lat, place.point.lon)
        if abs(at_x - x) <= FIRST_PX[0] and abs(at_y - y) <= FIRST_PX[1]:
            seen.append(place)
    return replace(found.pins, places=tuple(seen))


def _categories(pins: Pins) -> list[str]:
    """Of all places around, those of most places first."""
    category = {brand.id: brand.category for brand, _ in pins.brands}
    counts = Counter(category[place.brand_id] for place in pins.places)
    return [name for name, _ in counts.most_common()]


def _middle(pins: Pins) -> Point | None:
    """Where the town's shops are: as many lie north as south of it, and east as west."""
    if not pins.places:
        return None
    points = [place.point for place in pins.places]
    return Point(median(point.lat for point in points), median(point.lon for point in points))


def _frame(ground: Ground) -> dict[str, float]:
    return {
        "zoom": ZOOM,
        "left": round(ground.left_px, 2),
        "top": round(ground.top_px, 2),
        "width": round(ground.width_px, 2),
        "height": round(ground.height_px, 2),
    }


def _dumped(models: Sequence[BaseModel]) -> list[dict[str, object]]:
    return [model.model_dump(mode="json") for model in models]
