"""A small brand for tests of rooms and flows: raw rows, so that no room's test depends on another's actions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from highstreet.kernel import geo
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.goods.tables import price, price_list, product, variant
from highstreet.rooms.identity.tables import person
from highstreet.rooms.members.tables import member
from highstreet.rooms.parties.tables import brand, party, place, register
from highstreet.rooms.places.tables import site
from highstreet.rooms.stock.tables import stock_item

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Seed:
    """Ids of what `seed_brand` wrote. Prices: 10000, 4990, 250 minor units of EUR; member price of [0] 9000."""

    brand_id: str
    brand_party: str
    dealer: str
    landlord: str
    place_id: str
    cell: int
    register_id: str
    variants: tuple[str, str, str]
    gtins: tuple[str, str, str]
    person_id: str
    member_id: str


def seed_brand(tx: Tx, name: str = "nordlys") -> Seed:
    """One brand, a dealer, a landlord, one place with one register, three variants, 10 pieces each, a member."""
    ids = {
        k: stable_id(k[:3], name, k)
        for k in ("brd", "pty_b", "pty_d", "pty_l", "plc", "reg", "psn", "mbr", "pls_l", "pls_m", "prd")
    }
    b = ids["brd"]
    variants = tuple(stable_id("var", name, str(n)) for n in range(3))
    gtins = ("02000000000015", "02000000000022", "02000000000039")
    cell = geo.cell(geo.Point(60.1699, 24.9384))
    tx.insert_many(
        brand,
        [
            {
                "id": b,
                "name_en": name,
                "name_zh": "北光",
                "category": "outdoor",
                "currency": "EUR",
                "created_at": NOW,
            }
        ],
    )
    tx.insert_many(
        party,
        [
            {"brand_id": b, "id": ids[key], "kind": kind, "name_en": kind, "name_zh": kind}
            for key, kind in (("pty_b", "brand"), ("pty_d", "dealer"), ("pty_l", "landlord"))
        ],
    )
    tx.insert_many(
        place,
        [
            {
                "brand_id": b,
                "id": ids["plc"],
                "operator_party_id": ids["pty_d"],
                "landlord_party_id": ids["pty_l"],
                "name_en": "Nordlys Centre",
                "name_zh": "北光中心店",
                "is_active": True,
            }
        ],
    )
    _seed_site(tx, b, ids["plc"], cell)
    row = {"brand_id": b, "id": ids["reg"], "place_id": ids["plc"], "name": "1", "is_active": True}
    tx.insert_many(register, [{**row, "is_training": False}])
    _seed_goods(tx, ids, variants, gtins, cell)
    _seed_person(tx, name, ids)
    return Seed(
        brand_id=b,
        brand_party=ids["pty_b"],
        dealer=ids["pty_d"],
        landlord=ids["pty_l"],
        place_id=ids["plc"],
        cell=cell,
        register_id=ids["reg"],
        variants=variants,  # type: ignore[arg-type]
        gtins=gtins,
        person_id=ids["psn"],
        member_id=ids["mbr"],
    )


def _seed_site(tx: Tx, b: str, place_id: str, cell: int) -> None:
    tx.insert_many(
        site,
        [
            {
                "brand_id": b,
                "place_id": place_id,
                "lat": 60.1699,
                "lon": 24.9384,
                "given_lat": 60.1699,
                "given_lon": 24.9384,
                "datum": "wgs84",
                "cell": cell,
                "time_zone": "Europe/Helsinki",
                "country": "FI",
                "opening_hours": "Mo-Fr 09:00-20:00; Sa 10:00-18:00",
            }
        ],
    )


def _seed_person(tx: Tx, name: str, ids: dict[str, str]) -> None:
    b = ids["brd"]
    tx.insert_many(
        person, [{"id": ids["psn"], "phone": f"+35850{name[:1]}", "locale": "en", "created_at": NOW}]
    )
    tx.insert_many(
        member,
        [
            {
                "brand_id": b,
                "id": ids["mbr"],
                "person_id": ids["psn"],
                "tier": "member",
                "entry": "shop",
                "joined_at": NOW - timedelta(days=9),
                "points_pending": 0,
                "points_available": 0,
            }
        ],
    )


def _seed_goods(
    tx: Tx, ids: dict[str, str], variants: tuple[str, ...], gtins: tuple[str, ...], cell: int
) -> None:
    b = ids["brd"]
    tx.insert_many(
        product,
        [{"brand_id": b, "id": ids["prd"], "name_en": "Shell", "name_zh": "冲锋衣", "category": "jackets"}],
    )
    tx.insert_many(
        variant,
        [
            {
                "brand_id": b,
                "id": v,
                "product_id": ids["prd"],
                "sku": f"S-{n}",
                "gtin": g,
                "attributes": {"size": "SML"[n]},
                "is_active": True,
            }
            for n, (v, g) in enumerate(zip(variants, gtins, strict=True))
        ],
    )
    tx.insert_many(
        price_list,
        [
            {"brand_id": b, "id": ids["pls_l"], "kind": "list", "currency": "EUR"},
            {"brand_id": b, "id": ids["pls_m"], "kind": "member", "currency": "EUR"},
        ],
    )
    prices = [(variants[n], ids["pls_l"], amount) for n, amount in enumerate((10000, 4990, 250))]
    prices.append((variants[0], ids["pls_m"], 9000))
    tx.insert_many(
        price,
        [{"brand_id": b, "variant_id": v, "price_list_id": p, "amount_minor": a} for v, p, a in prices],
    )
    tx.insert_many(
        stock_item,
        [
            {
                "brand_id": b,
                "variant_id": v,
                "cell": cell,
                "place_id": ids["plc"],
                "owner_party_id": ids["pty_d"],
                "on_hand": 10,
                "reserved": 0,
                "counted_at": NOW,
            }
            for v in variants
        ],
    )
