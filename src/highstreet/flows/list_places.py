"""Places with where they stand, and what lies there, for those who run them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import variants_for
from highstreet.rooms.parties import place_by_id, places_of_brand
from highstreet.rooms.places import sites_for
from highstreet.rooms.stock import stock_at_place


@dataclass(frozen=True, slots=True)
class ListedPlace:
    """A place of business; the position is WGS-84, None where nobody told it."""

    place_id: str
    operator_party_id: str
    landlord_party_id: str | None
    name_en: str
    name_zh: str
    external_ref: str | None
    is_active: bool
    lat: float | None
    lon: float | None
    time_zone: str | None
    opening_hours: str | None
    address: str | None


def list_places(
    reader: Reader, brand_id: str, scopes: Collection[str] | None, after: str, limit: int
) -> list[ListedPlace]:
    """Places by id after `after`; with `scopes`, only those that these brands, parties and places reach."""
    places = [p for p in places_of_brand(reader, brand_id, scopes=scopes) if p.id > after][:limit]
    sites = sites_for(reader, {(p.brand_id, p.id) for p in places})
    listed = []
    for place in places:
        site = sites.get((place.brand_id, place.id))
        listed.append(
            ListedPlace(
                place_id=place.id,
                operator_party_id=place.operator_party_id,
                landlord_party_id=place.landlord_party_id,
                name_en=place.name_en,
                name_zh=place.name_zh,
                external_ref=place.external_ref,
                is_active=place.is_active,
                lat=site.point.lat if site else None,
                lon=site.point.lon if site else None,
                time_zone=site.time_zone if site else None,
                opening_hours=site.opening_hours if site else None,
                address=site.address if site else None,
            )
        )
    return listed


@dataclass(frozen=True, slots=True)
class ListedStock:
    """One owner's pieces of an article at a place; the article's names are None when it has no price."""

    variant_id: str
    sku: str | None
    gtin: str | None
    name_en: str | None
    name_zh: str | None
    owner_party_id: str
    on_hand: int
    reserved: int
    display: int
    safety: int
    in_transit: int
    available: int
    available_online: int
    counted_at: datetime


def list_stock(reader: Reader, brand_id: str, place_id: str) -> list[ListedStock]:
    """A place's stock. Errors: Refusal request.not_found for another brand's place."""
    if place_by_id(reader, brand_id, place_id) is None:
        raise REQUEST_NOT_FOUND()
    items = stock_at_place(reader, brand_id, place_id)
    variants = variants_for(reader, {(brand_id, item.variant_id) for item in items})
    listed = []
    for item in items:
        variant = variants.get((brand_id, item.variant_id))
        listed.append(
            ListedStock(
                variant_id=item.variant_id,
                sku=variant.sku if variant else None,
                gtin=variant.gtin if variant else None,
                name_en=variant.name_en if variant else None,
                name_zh=variant.name_zh if variant else None,
                owner_party_id=item.owner_party_id,
                on_hand=item.on_hand,
                reserved=item.reserved,
                display=item.display,
                safety=item.safety,
                in_transit=item.in_transit,
                available=item.available,
                available_online=item.available_online,
                counted_at=item.counted_at,
            )
        )
    return listed
