"""A place as its page shows it: where, when open, and what is in stock there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from highstreet.flows.search_nearby import VARIANTS_LIMIT
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import PricedVariant, find_variants, prices_for, variants_for
from highstreet.rooms.offers import OfferFacts, offers_of_brand
from highstreet.rooms.parties import Brand, PlaceOfBusiness, brand_by_id, place_by_id, places_of_brand
from highstreet.rooms.places import DayHours, Site, hours_of, sites_for
from highstreet.rooms.sales import OrderRule, order_rule_of
from highstreet.rooms.stock import PlaceStock, StockWords, confidence_words, stock_at_place


@dataclass(frozen=True, slots=True)
class PlaceOpen:
    """A place with its site and whether it is open; None where nobody knows."""

    place: PlaceOfBusiness
    site: Site | None
    is_open: bool | None
    changes_at: datetime | None


@dataclass(frozen=True, slots=True)
class StockedGoods:
    """A variant in stock, and how sure we are, as of its oldest count."""

    variant: PricedVariant
    words: StockWords
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class PlacePage:
    """A place, its brand, its week from today on, goods in stock by name, and the brand's offers."""

    brand: Brand
    open: PlaceOpen
    week: tuple[DayHours, ...] | None
    goods: tuple[StockedGoods, ...]
    has_more_goods: bool
    offers: tuple[OfferFacts, ...]
    order_rule: OrderRule | None


def places_open(
    reader: Reader, brand_id: str, now: datetime, after: str | None, limit: int
) -> list[PlaceOpen]:
    """A brand's active places by id, those after `after`. Errors: Refusal request.not_found."""
    if brand_by_id(reader, brand_id) is None:
        raise REQUEST_NOT_FOUND()
    places = [p for p in places_of_brand(reader, brand_id) if p.is_active and (after is None or p.id > after)]
    return places_as_open(reader, places[:limit], now)


def places_as_open(reader: Reader, places: Sequence[PlaceOfBusiness], now: datetime) -> list[PlaceOpen]:
    """Places with their sites, and whether they are open, in the same order."""
    sites = sites_for(reader, {(p.brand_id, p.id) for p in places})
    return [_place_open(place, sites.get((place.brand_id, place.id)), now) for place in places]


def place_open(reader: Reader, brand_id: str, place_id: str, now: datetime) -> tuple[Brand, PlaceOpen] | None:
    """An active place with its brand; None if there is no such."""
    brand, place = brand_by_id(reader, brand_id), place_by_id(reader, brand_id, place_id)
    if brand is None or place is None or not place.is_active:
        return None
    return brand, places_as_open(reader, [place], now)[0]


@dataclass(frozen=True, slots=True)
class SearchedFor:
    """What led a shopper to a place: an article's GTIN, or words."""

    gtin: str | None = None
    text: str | None = None


def place_page(
    reader: Reader, brand_id: str, place_id: str, now: datetime, goods_limit: int, wanted: SearchedFor
) -> PlacePage:
    """The page of an active place; of its goods those come first that were searched for.

    Errors: Refusal request.not_found.
    """
    brand = brand_by_id(reader, brand_id)
    place = place_by_id(reader, brand_id, place_id)
    if brand is None or place is None or not place.is_active:
        raise REQUEST_NOT_FOUND()
    site = sites_for(reader, {(brand_id, place_id)}).get((brand_id, place_id))
    goods = _goods(reader, brand_id, stock_at_place(reader, brand_id, place_id), now)
    found = _found(reader, brand_id, wanted)
    goods.sort(key=lambda one: one.variant.variant_id not in found)  # by name among themselves, as they were
    week = None
    if site is not None:
        hours = hours_of(site.opening_hours, site.time_zone, site.country, site.point)
        today = now.astimezone(ZoneInfo(site.time_zone)).date()
        week = tuple(hours.week(today)) if hours else None
    return PlacePage(
        brand=brand,
        open=_place_open(place, site, now),
        week=week,
        goods=tuple(goods[:goods_limit]),
        has_more_goods=len(goods) > goods_limit,
        offers=tuple(offers_of_brand(reader, brand_id, now)),
        order_rule=order_rule_of(reader, brand_id),
    )


def _found(reader: Reader, brand_id: str, wanted: SearchedFor) -> set[str]:
    if wanted.gtin is not None:
        return {one.variant_id for one in prices_for(reader, [(brand_id, wanted.gtin)]).values()}
    if wanted.text is not None:
        return {one.variant_id for one in find_variants(reader, brand_id, wanted.text, VARIANTS_LIMIT)}
    return set()


def _place_open(place: PlaceOfBusiness, site: Site | None, now: datetime) -> PlaceOpen:
    hours = hours_of(site.opening_hours, site.time_zone, site.country, site.point) if site else None
    is_open, changes_at = hours.at(now) if hours else (None, None)
    return PlaceOpen(place, site, is_open, changes_at)


def _goods(reader: Reader, brand_id: str, stock: Sequence[PlaceStock], now: datetime) -> list[StockedGoods]:
    held: dict[str, list[PlaceStock]] = {}
    for item in stock:
        if item.available_online > 0:
            held.setdefault(item.variant_id, []).append(item)
    variants = variants_for(reader, {(brand_id, variant_id) for variant_id in held}).values()
    goods = [_stocked(variant, held[variant.variant_id], now) for variant in variants]
    return sorted(goods, key=lambda g: (g.variant.name_en, g.variant.sku))


def _stocked(variant: PricedVariant, items: Sequence[PlaceStock], now: datetime) -> StockedGoods:
    """All owners' pieces, as of the oldest count of them."""
    counted_at = min(item.counted_at for item in items)
    words = confidence_words(
        sum(item.available_online for item in items),
        now - counted_at,
        sum(item.missed for item in items),
        sum(item.sold for item in items),
    )
    return StockedGoods(variant, words, counted_at)
