"""The town of the benchmarks: one brand, dealers' places with registers, goods, members and coupons.

`make_town` writes it; `charge_facts` and `command_maker` are for selling in it.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import Any

from pydantic import SecretStr

from highstreet.flows.price_sale import BasketItem
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish
from highstreet.kernel import geo
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.settings import DEMO_SECRET, Settings
from highstreet.kernel.time import utc_now
from highstreet.kernel.tx import Tx
from highstreet.migrations.run import upgrade
from highstreet.rooms.channel import SignContract, parse_terms, sign_contract
from highstreet.rooms.goods.tables import price, price_list, product, variant
from highstreet.rooms.identity.model import token_hash
from highstreet.rooms.identity.tables import person, register_key
from highstreet.rooms.loop.tables import code, touch
from highstreet.rooms.members import member_code
from highstreet.rooms.members.tables import consent, member
from highstreet.rooms.offers.tables import coupon, offer
from highstreet.rooms.parties.tables import brand, party, place, register
from highstreet.rooms.places.tables import site
from highstreet.rooms.stock.tables import stock_item

BRAND = stable_id("brd", "bench")
HQ = stable_id("pty", "bench", "hq")
LANDLORD = stable_id("pty", "bench", "landlord")
PLENTY = 1_000_000_000


@dataclass(frozen=True)
class Size:
    """How large the town is."""

    places: int = 40
    registers: int = 80
    goods: int = 300
    members: int = 400
    coupons: int = 200
    currency: str = "EUR"


def _gtin(n: int) -> str:
    body = f"290{n:09d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body))
    return f"0{body}{-total % 10}"


def ids(prefix: str, count: int) -> list[str]:
    """The ids of the first so many."""
    return [stable_id(prefix, "bench", str(n)) for n in range(count)]


def token(n: int) -> str:
    """The key of register number n (made of its number: this town is nobody's)."""
    return "hs_r_" + f"bench{n}".ljust(43, "x")


def build(tx: Tx, size: Size) -> None:
    """Write the town in one transaction."""
    now = utc_now()
    dealers = ids("pty", max(1, size.places // 10))
    places, registers = ids("plc", size.places), ids("reg", size.registers)
    cells = [geo.cell(geo.Point(60.17 + n * 0.01, 24.94)) for n in range(size.places)]
    names = {"name_en": "Bench", "name_zh": "测"}
    tx.insert_many(
        brand, [{"id": BRAND, **names, "category": "x", "currency": size.currency, "created_at": now}]
    )
    parties = [(HQ, "brand"), (LANDLORD, "landlord"), *((d, "dealer") for d in dealers)]
    tx.insert_many(party, [{"brand_id": BRAND, "id": p, "kind": k, **names} for p, k in parties])
    tx.insert_many(
        place,
        [
            {
                "brand_id": BRAND,
                "id": p,
                "operator_party_id": dealers[n % len(dealers)],
                "landlord_party_id": LANDLORD,
                **names,
                "is_active": True,
            }
            for n, p in enumerate(places)
        ],
    )
    tx.insert_many(
        site,
        [
            {
                "brand_id": BRAND,
                "place_id": p,
                "lat": 60.17 + n * 0.01,
                "lon": 24.94,
                "given_lat": 60.17 + n * 0.01,
                "given_lon": 24.94,
                "datum": "wgs84",
                "cell": cells[n],
                "time_zone": "Europe/Helsinki",
                "country": "FI",
            }
            for n, p in enumerate(places)
        ],
    )
    _registers(tx, places, registers, now)
    for dealer in dealers:
        terms = {
            "collector": "operator",
            "shares": [{"role": "brand", "bp": 2500}, {"role": "landlord", "bp": 800}],
            "leftover_to": "operator",
        }
        sign_contract(
            tx,
            SignContract(
                BRAND, stable_id("ctr", dealer), 1, dealer, None, parse_terms(terms), now - timedelta(1), now
            ),
        )
    _goods(tx, size, places, cells, dealers, now)
    _people(tx, size, now)


def _registers(tx: Tx, places: list[str], registers: list[str], now: datetime) -> None:
    tx.insert_many(
        register,
        [
            {
                "brand_id": BRAND,
                "id": r,
                "place_id": places[n % len(places)],
                "name": "1",
                "is_active": True,
                "is_training": False,
            }
            for n, r in enumerate(registers)
        ],
    )
    tx.insert_many(
        register_key,
        [
            {
                "brand_id": BRAND,
                "id": stable_id("rky", r),
                "place_id": places[n % len(places)],
                "register_id": r,
                "key_hash": token_hash(token(n)),
                "created_at": now,
            }
            for n, r in enumerate(registers)
        ],
    )


def _goods(
    tx: Tx, size: Size, places: list[str], cells: list[int], dealers: list[str], now: datetime
) -> None:
    variants = ids("var", size.goods)
    products, lists = ids("prd", size.goods), stable_id("pls", "bench")
    tx.insert_many(
        product,
        [
            {"brand_id": BRAND, "id": p, "name_en": "Thing", "name_zh": "物", "category": "x"}
            for p in products
        ],
    )
    tx.insert_many(
        variant,
        [
            {
                "brand_id": BRAND,
                "id": v,
                "product_id": products[n],
                "sku": str(n),
                "gtin": _gtin(n),
                "attributes": {"size": "M"},
                "is_active": True,
            }
            for n, v in enumerate(variants)
        ],
    )
    tx.insert_many(price_list, [{"brand_id": BRAND, "id": lists, "kind": "list", "currency": size.currency}])
    tx.insert_many(
        price,
        [
            {"brand_id": BRAND, "variant_id": v, "price_list_id": lists, "amount_minor": 990 + 10 * n}
            for n, v in enumerate(variants)
        ],
    )
    tx.insert_many(
        stock_item,
        [
            {
                "brand_id": BRAND,
                "variant_id": v,
                "cell": cells[n],
                "place_id": p,
                "owner_party_id": dealers[n % len(dealers)],
                "on_hand": PLENTY,
                "reserved": 0,
                "counted_at": now,
            }
            for v in variants
            for n, p in enumerate(places)
        ],
    )


def _people(tx: Tx, size: Size, now: datetime) -> None:
    people, members = ids("psn", size.members), ids("mbr", size.members)
    tx.insert_many(
        person,
        [
            {"id": p, "phone": f"+3584800{n:05d}", "locale": "en", "created_at": now}
            for n, p in enumerate(people)
        ],
    )
    tx.insert_many(
        member,
        [
            {
                "brand_id": BRAND,
                "id": m,
                "person_id": p,
                "tier": "member",
                "entry": "shop",
                "joined_at": now,
                "points_pending": 0,
                "points_available": 0,
            }
            for m, p in zip(members, people, strict=True)
        ],
    )
    tx.insert_many(
        consent,
        [
            {
                "brand_id": BRAND,
                "id": stable_id("cst", p),
                "person_id": p,
                "purpose": "measurement",
                "entry": "shop",
                "recipient": "brand",
                "wording": "1",
                "given_at": now,
            }
            for p in people
        ],
    )
    _touches(tx, people, now)
    _coupons(tx, size, now)


def _touches(tx: Tx, people: list[str], now: datetime) -> None:
    codes = ids("cod", 10)
    tx.insert_many(
        code,
        [
            {
                "brand_id": BRAND,
                "id": c,
                "slug": f"bench{n}",
                "kind": "poster",
                "campaign": "bench",
                "label_en": "x",
                "label_zh": "x",
            }
            for n, c in enumerate(codes)
        ],
    )
    tx.insert_many(
        touch,
        [
            {
                "brand_id": BRAND,
                "id": stable_id("tch", p),
                "code_id": codes[n % 10],
                "device_id": stable_id("dev", p),
                "person_id": p,
                "at": now,
            }
            for n, p in enumerate(people)
        ],
    )


def _coupons(tx: Tx, size: Size, now: datetime) -> None:
    # An offer for each coupon: else every sale moves the one offer's budget, and nothing is spread.
    offers = ids("ofr", size.coupons)
    forever = datetime(2100, 1, 1, tzinfo=UTC)
    tx.insert_many(
        offer,
        [
            {
                "brand_id": BRAND,
                "id": offer_id,
                "kind": "percent",
                "terms": {"percent_bp": 1000},
                "title_en": "10 % off",
                "title_zh": "九折",
                "funder_party_id": HQ,
                "is_stackable": False,
                "is_offline": False,
                "is_active": True,
                "starts_at": now - timedelta(1),
                "ends_at": forever,
                "coupon_valid_s": 10**6,
                "claimed": 0,
                "spent_minor": 0,
            }
            for offer_id in offers
        ],
    )
    tx.insert_many(
        coupon,
        [
            {
                "brand_id": BRAND,
                "id": stable_id("cpn", "bench", str(n)),
                "offer_id": offer_id,
                "public_code": f"BENCH{n}",
                "cap": PLENTY,
                "reserved": 0,
                "used": 0,
                "valid_from": now - timedelta(1),
                "valid_until": forever,
            }
            for n, offer_id in enumerate(offers)
        ],
    )


def charge_facts(size: Size) -> dict[str, Any]:
    """What requests.py makes charges of. Member codes are those of the next half minute: good for 90 to 120 s."""
    secret = Settings(mode="test", secret=SecretStr(DEMO_SECRET)).key_for("member-codes")
    ahead = utc_now() + timedelta(seconds=30)
    return {
        "gtins": [_gtin(n) for n in range(size.goods)],
        "member_codes": [member_code(secret, BRAND, m, ahead) for m in ids("mbr", size.members)],
        "tokens": [token(n) for n in range(size.registers)],
    }


def command_maker(size: Size, *, one_coupon: bool = False, seed: int = 1) -> Callable[[], SellAtRegister]:
    """The same sales as the register's front hands to the flow."""
    rng = random.Random(seed)
    registers, members = ids("reg", size.registers), ids("mbr", size.members)
    gtins = [_gtin(n) for n in range(size.goods)]

    def make() -> SellAtRegister:
        return SellAtRegister(
            brand_id=BRAND,
            register_id=rng.choice(registers),
            sale_id=new_id("sal"),
            items=tuple(BasketItem(g, rng.randint(1, 2)) for g in rng.sample(gtins, 3)),
            member_id=rng.choice(members),
            coupons=("BENCH0" if one_coupon else f"BENCH{rng.randrange(size.coupons)}",),
            currency="EUR",
            expected_total_minor=None,
            tenders=(TenderWish(new_id("tnd"), "cash", None, 1_000_000),),
            fingerprint=f"{rng.getrandbits(128):032x}",
            at=utc_now(),
            return_days=14,
        )

    return make


def make_town(url: str, size: Size) -> None:
    """Bring a database to the newest schema and write the town into it."""
    upgrade(url)
    db = Database(url, readers=1)
    try:
        db.write_now(build, size)
    finally:
        db.close()
    analyze(url)


@contextmanager
def analyzed(url: str, after_s: float) -> Iterator[None]:
    """Whatever runs inside has its rows counted once, so many seconds after its beginning."""
    timer = Timer(after_s, analyze, [url])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def analyze(url: str) -> None:
    """What PostgreSQL's autovacuum does within a minute: count the rows, so that kept plans are made anew."""
    if url.startswith("sqlite"):
        return
    db = Database(url, readers=1)
    try:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    finally:
        db.close()
