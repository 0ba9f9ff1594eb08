"""The town as its shoppers know it: keys.json for places, codes and registers; the town plan for people."""

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

METRES = 111_195.0


class SheetError(Exception):
    """keys.json is missing or not what it should be."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A position in WGS-84 degrees."""

    lat: float
    lon: float

    def distance_m(self, other: "Spot") -> float:
        """Good enough within a town."""
        narrow = math.cos(math.radians(self.lat))
        return math.hypot(self.lat - other.lat, (self.lon - other.lon) * narrow) * METRES


@dataclass(frozen=True, slots=True)
class RegisterKey:
    """A register and its key."""

    register_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Shop:
    """A place with its registers and the codes on its door and its assistants."""

    place_id: str
    brand_id: str
    name: str
    spot: Spot
    registers: tuple[RegisterKey, ...]
    door_slugs: tuple[str, ...]
    assistant_slugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Poster:
    """A code at a stop."""

    slug: str
    spot: Spot


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything by brand."""

    currency: str
    brands_of: dict[str, tuple[str, ...]]  # by category
    shops: dict[str, Shop]  # by place id
    shops_of: dict[str, tuple[Shop, ...]]
    posters_of: dict[str, tuple[Poster, ...]]


def read_sheet(path: Path) -> Sheet:
    """Errors: SheetError."""
    try:
        return _sheet(json.loads(path.read_text()))
    except OSError as error:
        raise SheetError(
            f"cannot read {path}: start `highstreet demo` first, or name another file"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise SheetError(f"{path} is not a town's keys.json ({error!r})") from error


def _sheet(document: dict[str, Any]) -> Sheet:
    slugs: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    posters: dict[str, list[Poster]] = defaultdict(list)
    for code in document["codes"]:
        slugs[code["kind"], code["place_id"]].append(code["slug"])
        if code["kind"] == "poster":
            posters[code["brand_id"]].append(Poster(code["slug"], Spot(code["lat"], code["lon"])))
    brands: dict[str, list[str]] = defaultdict(list)
    for brand in document["brands"]:
        brands[brand["category"]].append(brand["brand_id"])
    shops = {
        place["place_id"]: Shop(
            place_id=place["place_id"],
            brand_id=place["brand_id"],
            name=place["name"],
            spot=Spot(place["lat"], place["lon"]),
            registers=tuple(RegisterKey(r["register_id"], r["token"]) for r in place["registers"]),
            door_slugs=tuple(slugs["place", place["place_id"]]),
            assistant_slugs=tuple(slugs["assistant", place["place_id"]]),
        )
        for place in document["places"]
    }
    shops_of: dict[str, list[Shop]] = defaultdict(list)
    for shop in shops.values():
        shops_of[shop.brand_id].append(shop)
    return Sheet(
        currency=document["currency"],
        brands_of={category: tuple(ids) for category, ids in brands.items()},
        shops=shops,
        shops_of={brand: tuple(found) for brand, found in shops_of.items()},
        posters_of={brand: tuple(found) for brand, found in posters.items()},
    )
