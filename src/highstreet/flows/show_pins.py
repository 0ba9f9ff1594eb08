"""The pins of the map: every place around a point, with little about each, and its brands with their offers."""

from dataclasses import dataclass

from highstreet.flows.find_nearest import FindNearest, NearPlace, find_nearest
from highstreet.flows.show_wallet import brands_for
from highstreet.kernel.tx import Reader
from highstreet.rooms.offers import offers_of_brand
from highstreet.rooms.parties import Brand


@dataclass(frozen=True, slots=True)
class Pins:
    """Places nearest first, and the brands they belong to, each with how many of its offers run."""

    places: tuple[NearPlace, ...]
    brands: tuple[tuple[Brand, int], ...]


def show_pins(reader: Reader, ask: FindNearest) -> Pins:
    """What a map around a point shows."""
    places = find_nearest(reader, ask)
    brands = brands_for(reader, (place.brand_id for place in places)).values()
    return Pins(
        places=tuple(places),
        brands=tuple((brand, len(offers_of_brand(reader, brand.id, ask.at))) for brand in brands),
    )
