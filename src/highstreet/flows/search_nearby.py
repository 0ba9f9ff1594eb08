"""What a shopper asks of the map: what is near, who near me has this, by number or by words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from highstreet.flows.find_nearest import FindNearest, NearPlace, find_nearest
from highstreet.flows.show_wallet import brands_for
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import PricedVariant, find_variants, prices_for
from highstreet.rooms.parties import Brand

VARIANTS_LIMIT = 8


@dataclass(frozen=True, slots=True)
class SearchNearby:
    """`text` finds up to eight variants, of one brand or of all; with a GTIN in `ask` it is not looked at."""

    ask: FindNearest
    text: str | None = None


@dataclass(frozen=True, slots=True)
class NearbyPlace:
    """A place, its brand, and the goods asked for that it has, best known first."""

    place: NearPlace
    brand: Brand
    goods: tuple[PricedVariant, ...]


def search_nearby(reader: Reader, command: SearchNearby) -> list[NearbyPlace]:
    """The nearest places, nearest first (then by brand and place id)."""
    ask = command.ask
    if ask.gtin is None and command.text is not None:
        return _by_words(reader, ask, command.text)
    places = find_nearest(reader, ask)
    brands = brands_for(reader, (p.brand_id for p in places))
    prices: dict[tuple[str, str], PricedVariant] = {}
    if ask.gtin is not None:
        prices = prices_for(reader, [(brand_id, ask.gtin) for brand_id in sorted(brands)])
    return [
        NearbyPlace(p, brands[p.brand_id], _known(prices.get((p.brand_id, ask.gtin or "")))) for p in places
    ]


def _by_words(reader: Reader, ask: FindNearest, text: str) -> list[NearbyPlace]:
    found: dict[tuple[str, str], tuple[NearPlace, list[PricedVariant]]] = {}
    for variant in find_variants(reader, ask.brand_id, text, VARIANTS_LIMIT):
        of_variant = replace(ask, brand_id=variant.brand_id, variant_id=variant.variant_id)
        for place in find_nearest(reader, of_variant):
            _, goods = found.setdefault((place.brand_id, place.place_id), (place, []))
            goods.append(variant)
    nearest = sorted(found.values(), key=lambda f: (f[0].distance_m, f[0].brand_id, f[0].place_id))
    nearest = nearest[: ask.limit]
    brands = brands_for(reader, (place.brand_id for place, _ in nearest))
    return [NearbyPlace(place, brands[place.brand_id], tuple(goods)) for place, goods in nearest]


def _known(*variants: PricedVariant | None) -> tuple[PricedVariant, ...]:
    some: Iterable[PricedVariant | None] = variants
    return tuple(v for v in some if v is not None)
