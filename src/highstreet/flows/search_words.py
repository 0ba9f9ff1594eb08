"""Words typed into the search box: brands, places and goods that have them in their names."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.lists import places_with_words
from highstreet.flows.show_place import PlaceOpen, places_as_open
from highstreet.flows.show_wallet import brands_for
from highstreet.kernel.geo import Point, distance_m
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import PricedVariant, find_variants
from highstreet.rooms.parties import Brand, brands

PLACES_READ = 200


@dataclass(frozen=True, slots=True)
class SearchWords:
    """At most `limit` of each kind. With a point, places come nearest first."""

    text: str
    point: Point | None
    at: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place, its brand, and how far it is; None without a point, or when it is not on the map."""

    brand: Brand
    open: PlaceOpen
    distance_m: float | None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found."""

    brands: tuple[Brand, ...]
    places: tuple[FoundPlace, ...]
    goods: tuple[tuple[Brand, PricedVariant], ...]


def search_words(reader: Reader, ask: SearchWords) -> Found:
    """Brands by name; places nearest first, else by name; goods by name."""
    words = ask.text.casefold().split()
    if not words:
        return Found((), (), ())
    named = [
        brand
        for brand in brands(reader)
        if all(word in brand.name_en.casefold() or word in brand.name_zh.casefold() for word in words)
    ]
    named.sort(key=lambda brand: (brand.name_en, brand.id))
    goods = find_variants(reader, None, ask.text, ask.limit)
    known = brands_for(reader, (variant.brand_id for variant in goods))
    return Found(
        brands=tuple(named[: ask.limit]),
        places=_places(reader, ask),
        goods=tuple((known[variant.brand_id], variant) for variant in goods),
    )


def _places(reader: Reader, ask: SearchWords) -> tuple[FoundPlace, ...]:
    places = places_with_words(reader, ask.text, PLACES_READ)
    known = brands_for(reader, (place.brand_id for place in places))
    found = [
        FoundPlace(known[one.place.brand_id], one, _distance(ask.point, one))
        for one in places_as_open(reader, places, ask.at)
    ]
    far = float("inf")
    found.sort(key=lambda one: far if one.distance_m is None else one.distance_m)
    return tuple(found[: ask.limit])


def _distance(point: Point | None, one: PlaceOpen) -> float | None:
    return None if point is None or one.site is None else distance_m(point, one.site.point)
