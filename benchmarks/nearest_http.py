"""The 20 nearest over HTTP: `GET /shop/v1/nearest` on the 100,000 places of nearest.py, after its own rows.

In process a question names a variant; a phone names a GTIN, so goods with GTINs are added to the country.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.databases import fresh_postgres_database, postgres_server, sqlite_url, stop_servers

from benchmarks import nearest
from benchmarks.processes import CONNECTIONS, Drive, load, serve_ours, serving
from benchmarks.rows import Bar, Beside, Measured
from highstreet.kernel.db import Database
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.migrations.run import upgrade
from highstreet.rooms.goods.tables import price, price_list, product, variant
from highstreet.rooms.parties.tables import brand, party

BAR = Bar(ratio_at_least=2)
BESIDE = "a bounding box, sorted by distance in SQL"


def _gtin(variant_no: int) -> str:
    body = f"291{variant_no:09d}"
    total = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(body))
    return f"0{body}{-total % 10}"


def _write_goods(tx: Tx, at: Any) -> None:
    """The brands and goods that the country's stock speaks of."""
    names = {"name_en": "Thing", "name_zh": "物"}
    for b in range(nearest.BRANDS):
        brand_id, list_id = stable_id("brd", str(b)), stable_id("pls", str(b))
        ids = [stable_id("var", str(b), str(n)) for n in range(nearest.VARIANTS)]
        made = {"category": "x", "currency": "EUR", "created_at": at}
        tx.insert_many(brand, [{"id": brand_id, **names, **made}])
        own = {"brand_id": brand_id, "id": stable_id("pty", str(b)), "kind": "brand", **names}
        tx.insert_many(party, [own])
        tx.insert_many(price_list, [{"brand_id": brand_id, "id": list_id, "kind": "list", "currency": "EUR"}])
        products = {id_: stable_id("prd", id_) for id_ in ids}
        tx.insert_many(
            product,
            [{"brand_id": brand_id, "id": id_, **names, "category": "x"} for id_ in products.values()],
        )
        tx.insert_many(
            variant,
            [
                {
                    "brand_id": brand_id,
                    "id": id_,
                    "product_id": products[id_],
                    "sku": str(n),
                    "gtin": _gtin(n),
                    "attributes": {},
                    "is_active": True,
                }
                for n, id_ in enumerate(ids)
            ],
        )
        tx.insert_many(
            price,
            [
                {"brand_id": brand_id, "variant_id": id_, "price_list_id": list_id, "amount_minor": 990}
                for id_ in ids
            ],
        )


def _write_paths(asks: list[Any], file: Path) -> None:
    number = {
        stable_id("var", str(b), str(n)): n for b in range(nearest.BRANDS) for n in range(nearest.VARIANTS)
    }
    file.write_text(
        json.dumps(
            [
                f"/shop/v1/nearest?lat={ask.point.lat:.6f}&lon={ask.point.lon:.6f}"
                f"&brand_id={ask.brand_id}&gtin={_gtin(number[ask.variant_id])}"
                for ask in asks
            ]
        )
    )


def run(folder: Path, *, seconds: float, is_quick: bool, say: Callable[[str], None]) -> list[Measured]:
    """In process (nearest.py's rows) and over HTTP, on both databases; quick: SQLite only."""
    country = nearest.make_country()
    say(f"{len(country.places):,} places, {len(country.stock):,} stock rows")
    urls = {"SQLite": sqlite_url(folder)}
    rows: list[Measured] = []
    try:
        if not is_quick:
            server = postgres_server(folder, owner_pid=os.getpid())
            urls["PostgreSQL"] = fresh_postgres_database(server)
        for name, url in urls.items():
            upgrade(url)
            db = Database(url)
            try:
                nearest.fill(db, country)
                db.write_now(_write_goods, nearest.AT)
                say(f"{name} filled")
                if not is_quick:
                    rows += [_in_process(row) for row in nearest.measure(db, country)]
            finally:
                db.close()
            rows += _over_http(name, url, country, folder, seconds)
    finally:
        stop_servers(folder)
    return rows


def _in_process(row: dict[str, Any]) -> Measured:
    beside = Beside(BESIDE, row["beside"])
    return Measured(f"{row['name']}, in process", row["figure"], row["unit"], beside, BAR)


def _over_http(name: str, url: str, country: nearest.Country, folder: Path, seconds: float) -> list[Measured]:
    rows = []
    command, environment = serve_ours(url)
    environment["HIGHSTREET_SEARCHES_A_MINUTE"] = "0"  # one address asks for all
    with serving(command, environment, folder) as server:
        for kind, asks in (("mixed", country.mixed), ("many matches", country.many)):
            file = folder / "paths.json"
            _write_paths(asks, file)
            drive: Drive = load(server, "paths", seconds=seconds, warm_s=seconds / 2, file=str(file))
            assert not drive.failed, f"{drive.failed} questions failed, one with {drive.first_problem}"
            title = f"20 nearest open with X in stock, {kind}, {name}, over HTTP, {CONNECTIONS} connections"
            rows.append(Measured(title, round(drive.per_second), "queries/s"))
            rows.append(Measured(f"{title}: 99 % within", round(drive.p99_ms, 1), "ms"))
    return rows
