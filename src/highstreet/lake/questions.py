"""Questions to the lake, each one Ibis expression over event tables."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from highstreet.kernel.events import EVENTS
from highstreet.lake.files import columns_of, schema_of

Tables = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class CodeDay:
    """What one code (None: no code) brought on one trading day, in minor units."""

    code_id: str | None
    business_day: str
    currency: str
    sales: int
    amount_minor: int
    returned_minor: int


def by_code_and_day(tables: Tables, brand_id: str) -> Any:
    """Sales and returns of a brand by credited code and trading day, as an expression."""
    keys = ["code_id", "business_day", "currency"]
    paid, returned = tables("sales.sale_paid.v1"), tables("sales.sale_returned.v1")
    paid = paid.filter(paid.brand_id == brand_id)
    returned = returned.filter(returned.brand_id == brand_id)
    none = paid.total_minor * 0  # a typed zero, the same on every engine
    moves = paid.select(*keys, sale=none + 1, amount_minor=paid.total_minor, returned_minor=none)
    none = returned.refund_minor * 0
    returns = returned.select(*keys, sale=none, amount_minor=none, returned_minor=returned.refund_minor)
    both = moves.union(returns)
    grouped = both.group_by(keys).aggregate(
        sales=both.sale.sum(), amount_minor=both.amount_minor.sum(), returned_minor=both.returned_minor.sum()
    )
    return grouped.order_by(["business_day", "code_id", "currency"])


def sales_by_code_and_day(folder: Path, brand_id: str) -> list[CodeDay]:
    """Ask the lake in `folder` with DuckDB in this process."""
    import ibis  # half a second to import: only for those who ask

    connection = ibis.duckdb.connect()
    try:
        rows = by_code_and_day(lambda name: _table(connection, ibis, folder, name), brand_id)
        return [
            CodeDay(
                code_id=row["code_id"],
                business_day=row["business_day"],
                currency=row["currency"],
                sales=int(row["sales"]),
                amount_minor=int(row["amount_minor"]),
                returned_minor=int(row["returned_minor"]),
            )
            for row in rows.to_pyarrow().to_pylist()
        ]
    finally:
        connection.disconnect()


def _table(connection: Any, ibis: Any, folder: Path, name: str) -> Any:
    files = sorted(str(path) for path in (folder / name).glob("day=*/*.parquet"))
    if files:
        return connection.read_parquet(files, hive_partitioning=False)
    import pyarrow as pa

    schema = schema_of(columns_of(EVENTS[name]))
    return ibis.memtable(pa.Table.from_pylist([], schema=schema))
