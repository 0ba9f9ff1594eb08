"""The map: what is near, a brand's places, a place's page."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request

from highstreet.flows.find_nearest import FindNearest
from highstreet.flows.find_way import way_to_place
from highstreet.flows.search_nearby import NearbyPlace, SearchNearby, search_nearby
from highstreet.flows.search_words import FoundPlace, SearchWords, search_words
from highstreet.flows.show_place import PlaceOpen, SearchedFor, place_page, places_open
from highstreet.fronts.shop.access import Anyone, address_of, problems, program_of, rates_of
from highstreet.fronts.shop.models.map import (
    DayTold,
    FoundGoodsTold,
    FoundPlaceTold,
    FoundTold,
    NearbyTold,
    PlacePageTold,
    PlacesTold,
    PlaceTold,
    PositionTold,
    StockedTold,
    WayTold,
)
from highstreet.fronts.shop.models.shared import (
    BrandId,
    PlaceId,
    PlaceName,
    Words,
    brand_told,
    goods_told,
    offer_told,
    place_name,
)
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.geo import Datum, Point, from_wgs84, to_wgs84, walking_minutes
from highstreet.kernel.i18n import text as words_of
from highstreet.kernel.web import locale_of
from highstreet.rooms.goods import parse_gtin
from highstreet.rooms.places import DayHours, HoursSpan

router = APIRouter(tags=["shop: map"])
DatumAsked = Annotated[Datum, Query(description="The coordinate system of your map; answers are in it, too.")]


@router.get(
    "/nearest",
    operation_id="shop_find_nearest",
    summary="Anyone finds the nearest places",
    responses=problems(422, 429),
)
async def find_nearest(
    request: Request,
    _actor: Anyone,
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, examples=[60.17])],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, examples=[24.94])],
    datum: DatumAsked = Datum.WGS84,
    gtin: Annotated[
        str | None, Query(min_length=8, max_length=60, description="Only places that have this article.")
    ] = None,
    text: Annotated[
        Words | None,
        Query(min_length=1, description="Only places that have such an article: at most four words."),
    ] = None,
    brand_id: BrandId | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    radius_m: Annotated[int, Query(ge=1, le=50_000)] = 5000,
    open_only: Annotated[bool, Query(description="Leave out what is closed, or may be.")] = True,
) -> list[NearbyTold]:
    """The nearest places, nearest first: all, or those that have an article, by its number or by words."""
    if gtin is not None and text is not None:
        raise REQUEST_MALFORMED(field="query.text", reason="gtin_or_text")
    rates_of(request).searches.check(address_of(request))
    program = program_of(request)
    ask = FindNearest(
        point=to_wgs84(lat, lon, datum),
        at=program.clock.now(),
        limit=limit,
        radius_m=radius_m,
        brand_id=brand_id,
        gtin=None if gtin is None else parse_gtin(gtin),
        must_be_open=open_only,
    )
    found = await program.db.read(search_nearby, SearchNearby(ask, text))
    return [nearby_told(one, datum) for one in found]


@router.get(
    "/brands/{brand_id}/places",
    operation_id="shop_list_places",
    summary="Anyone lists the places of a brand",
    responses=problems(404, 422),
)
async def list_places(
    request: Request,
    _actor: Anyone,
    brand_id: BrandId,
    datum: DatumAsked = Datum.WGS84,
    after: PlaceId | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> PlacesTold:
    """A brand's places by id, a page at a time."""
    program = program_of(request)
    found = await program.db.read(places_open, brand_id, program.clock.now(), after, limit + 1)
    return PlacesTold(
        places=[_place(one, datum) for one in found[:limit]],
        next_after=found[limit - 1].place.id if len(found) > limit else None,
    )


@router.get(
    "/places/{brand_id}/{place_id}",
    operation_id="shop_read_place",
    summary="Anyone reads the page of a place",
    responses=problems(404, 422, 429),
)
async def read_place(
    request: Request,
    _actor: Anyone,
    brand_id: BrandId,
    place_id: PlaceId,
    datum: DatumAsked = Datum.WGS84,
    goods_limit: Annotated[int, Query(ge=0, le=200)] = 100,
    gtin: Annotated[
        str | None, Query(min_length=8, max_length=60, description="This article comes first.")
    ] = None,
    text: Annotated[
        Words | None, Query(min_length=1, description="Articles of these words come first.")
    ] = None,
) -> PlacePageTold:
    """A place's page: where, the hours of the week in words, and what is in stock with prices."""
    program = program_of(request)
    if text is not None:
        rates_of(request).searches.check(address_of(request))
    wanted = SearchedFor(None if gtin is None else parse_gtin(gtin), text)
    page = await program.db.read(place_page, brand_id, place_id, program.clock.now(), goods_limit, wanted)
    place = _place(page.open, datum)
    return PlacePageTold(
        place=place.place,
        position=place.position,
        address=place.address,
        time_zone=place.time_zone,
        is_open=place.is_open,
        changes_at=place.changes_at,
        brand=brand_told(page.brand),
        week=None if page.week is None else _week(page.week, locale_of(request)),
        goods=[
            StockedTold(goods=goods_told(g.variant), stock=g.words.value, counted_at=g.counted_at)
            for g in page.goods
        ],
        has_more_goods=page.has_more_goods,
        offers=[offer_told(offer) for offer in page.offers],
        takes_orders=page.order_rule is not None,
    )


@router.get(
    "/places/{brand_id}/{place_id}/way",
    operation_id="shop_find_way",
    summary="Anyone asks for the way to a place",
    responses=problems(404, 422, 429),
)
async def show_way(
    request: Request,
    _actor: Anyone,
    brand_id: BrandId,
    place_id: PlaceId,
    lat: Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False, examples=[60.17])],
    lon: Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False, examples=[24.94])],
    datum: DatumAsked = Datum.WGS84,
) -> WayTold:
    """On foot along the streets where they are known, else in a straight line."""
    rates_of(request).searches.check(address_of(request))
    way = await way_to_place(program_of(request), brand_id, place_id, to_wgs84(lat, lon, datum))
    turned = (from_wgs84(point, datum) for point in way.points)
    return WayTold(
        points=[[round(a, 6), round(b, 6)] for a, b in turned],
        distance_m=round(way.distance_m),
        minutes=way.minutes,
        is_straight=way.is_straight,
    )


@router.get(
    "/search", operation_id="shop_search", summary="Anyone searches by words", responses=problems(422, 429)
)
async def search(
    request: Request,
    _actor: Anyone,
    text: Annotated[Words, Query(min_length=1)],
    lat: Annotated[float | None, Query(ge=-90, le=90, allow_inf_nan=False)] = None,
    lon: Annotated[float | None, Query(ge=-180, le=180, allow_inf_nan=False)] = None,
    datum: DatumAsked = Datum.WGS84,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> FoundTold:
    """Brands, places and goods that have every word in a name; at most `limit` of each."""
    if (lat is None) is not (lon is None):
        raise REQUEST_MALFORMED(field="query.lon", reason="lat_and_lon")
    rates_of(request).searches.check(address_of(request))
    program = program_of(request)
    point = None if lat is None or lon is None else to_wgs84(lat, lon, datum)
    found = await program.db.read(search_words, SearchWords(text, point, program.clock.now(), limit))
    return FoundTold(
        brands=[brand_told(brand) for brand in found.brands],
        places=[_found_place(one, datum) for one in found.places],
        goods=[
            FoundGoodsTold(brand=brand_told(brand), goods=goods_told(goods)) for brand, goods in found.goods
        ],
    )


def _found_place(one: FoundPlace, datum: Datum) -> FoundPlaceTold:
    far = one.distance_m
    return FoundPlaceTold(
        **_place(one.open, datum).model_dump(),
        brand=brand_told(one.brand),
        distance_m=None if far is None else round(far),
        walking_minutes=None if far is None else walking_minutes(far),
    )


def _position(point: Point, datum: Datum) -> PositionTold:
    lat, lon = from_wgs84(point, datum)
    return PositionTold(lat=round(lat, 7), lon=round(lon, 7), datum=datum)


def nearby_told(found: NearbyPlace, datum: Datum) -> NearbyTold:
    """A place near, in the datum of the map."""
    near = found.place
    return NearbyTold(
        brand=brand_told(found.brand),
        place=PlaceName(place_id=near.place_id, name_en=near.name_en, name_zh=near.name_zh),
        position=_position(near.point, datum),
        distance_m=round(near.distance_m),
        walking_minutes=near.walking_minutes,
        is_open=near.is_open,
        changes_at=near.next_change_at,
        time_zone=near.time_zone,
        stock=near.stock_words.value if near.stock_words else None,
        counted_at=near.counted_at,
        goods=[goods_told(variant) for variant in found.goods],
    )


def _place(found: PlaceOpen, datum: Datum) -> PlaceTold:
    site = found.site
    return PlaceTold(
        place=place_name(found.place),
        position=_position(site.point, datum) if site else None,
        address=site.address if site else None,
        time_zone=site.time_zone if site else None,
        is_open=found.is_open,
        changes_at=found.changes_at,
    )


def _week(days: Sequence[DayHours], locale: str) -> list[DayTold]:
    return [
        DayTold(
            day=one.day,
            weekday=words_of(locale, f"shop-weekday-{one.day.isoweekday()}"),
            words=", ".join(_span(span, locale) for span in one.spans) or words_of(locale, "shop-closed"),
        )
        for one in days
    ]


def _span(span: HoursSpan, locale: str) -> str:
    # Until midnight of the same day reads as 24:00, as on the door.
    is_midnight = (span.closes_at.hour, span.closes_at.minute) == (0, 0)
    closes = "24:00" if is_midnight and span.closes_at > span.opens_at else f"{span.closes_at:%H:%M}"
    hours = f"{span.opens_at:%H:%M}–{closes}"
    if span.comment:
        hours = words_of(locale, "shop-hours_with_comment", hours=hours, comment=span.comment)
    return hours if span.is_sure else words_of(locale, "shop-hours_unsure", hours=hours)
