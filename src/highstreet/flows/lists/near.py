"""What is near: for flows/find_nearest.py and flows/place_cards.py.

Hot ones are SQL text, because building a Core statement costs more than SQLite takes to answer it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields
from functools import lru_cache
from typing import Any

from sqlalchemy import or_, select

from highstreet.kernel.i18n import words_of
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import PlaceOfBusiness
from highstreet.rooms.parties.tables import brand, place
from highstreet.rooms.places.tables import site

# ---- What is near: for flows/find_nearest.py and flows/place_cards.py ----


def stock_in_cells(reader: Reader, brand_id: str, variant_id: str, cells: Sequence[int]) -> Sequence[Any]:
    """(place_id, available online, counted_at in microseconds, missed, sold, newest event) of each owner with any.

    One range of the key for each cell. The newest event as in `newest_event`, spared a round trip.
    """
    if reader.dialect.name == "postgresql":
        return _fast(reader, _STOCK_POSTGRESQL, (brand_id, variant_id, list(cells)))
    size = _size(len(cells))
    params = (brand_id, variant_id, *cells, *[None] * (size - len(cells)))
    return _fast(reader, _stock_sqlite(size), params)


def places_in_cells(reader: Reader, brand_id: str | None, cells: Sequence[int]) -> list[tuple[str, str]]:
    """(brand_id, place_id) of the places there, of one brand or of all."""
    found = _in_list(reader, "SELECT brand_id, place_id FROM site WHERE cell IN (:list)", cells)
    return [(brand, place) for brand, place in found if brand_id is None or brand == brand_id]


def variants_of_gtin(reader: Reader, brand_id: str | None, gtin: str) -> list[tuple[str, str]]:
    """(brand_id, variant_id) of the goods on sale with this number (14 digits), of one brand or of all."""
    mark = "%s" if reader.dialect.name == "postgresql" else "?"
    one = f"= {mark}" if brand_id else "IN (SELECT id FROM brand)"
    sql = f"SELECT brand_id, id FROM variant WHERE brand_id {one} AND gtin = {mark} AND is_active ORDER BY brand_id"  # noqa: S608
    params = (brand_id, gtin) if brand_id else (gtin,)
    return [(brand, variant) for brand, variant in reader.connection.exec_driver_sql(sql, params)]


def places_with_words(reader: Reader, text: str, limit: int) -> list[PlaceOfBusiness]:
    """Active places that have every word of `text` in their name, their brand's or their street, by name."""
    p, b = place.c, brand.c
    columns = (p.name_en, p.name_zh, b.name_en, b.name_zh, site.c.address)
    words = [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words_of(text)]
    names = [field.name for field in fields(PlaceOfBusiness)]
    query = (
        select(*(p[name] for name in names))
        .select_from(place)
        .join(brand, b.id == p.brand_id)
        .outerjoin(site, (site.c.brand_id == p.brand_id) & (site.c.place_id == p.id))
        .where(p.is_active, *words)
        .order_by(p.name_en, p.id)
        .limit(limit)
    )
    return [PlaceOfBusiness(*tuple(row)) for row in reader.rows(query)] if words else []


def place_facts(reader: Reader, brand_id: str, place_ids: Collection[str]) -> Iterable[Any]:
    """(place_id, lat, lon, time_zone, country, opening_hours, name_en, name_zh) of active places with a site."""
    return _in_list(reader, _FACTS, list(place_ids), brand_id)


def newest_event(reader: Reader) -> int:
    """The number of the newest event in this snapshot, 0 when there is none."""
    newest: int | None = _fast(reader, "SELECT max(seq) FROM outbox", ())[0][0]
    return newest or 0


def places_touched(reader: Reader, after: int, until: int) -> Sequence[Any]:
    """(brand_id, place_id) of events about places with after < seq <= until; either may be None."""
    mark = "%s" if reader.dialect.name == "postgresql" else "?"
    sql = (
        f"SELECT DISTINCT brand_id, place_id FROM outbox WHERE seq > {mark} AND seq <= {mark}"  # noqa: S608
        " AND (substr(name, 1, 7) = 'places.' OR substr(name, 1, 13) = 'parties.place')"
    )
    return reader.connection.exec_driver_sql(sql, (after, until)).all()


# What may be promised to somebody who is not there, as `OwnerStock.available_online` reckons it.
_ONLINE = "on_hand - reserved - display - safety - missed_since"
_STOCK_POSTGRESQL = (
    f"SELECT place_id, {_ONLINE}, counted_at, missed_since, sold_since, (SELECT max(seq) FROM outbox) FROM stock_item"  # noqa: S608
    f" WHERE brand_id = %s AND variant_id = %s AND cell = ANY(%s::bigint[]) AND {_ONLINE} > 0"
)
_FACTS = (
    "SELECT s.place_id, s.lat, s.lon, s.time_zone, s.country, s.opening_hours, p.name_en, p.name_zh"
    " FROM site s JOIN place p ON p.brand_id = s.brand_id AND p.id = s.place_id"
    " WHERE s.brand_id = :first AND s.place_id IN (:list) AND p.is_active"
)


def _fast(reader: Reader, sql: str, params: Sequence[Any]) -> Sequence[Any]:
    """Rows as the driver gives them: SQLAlchemy's wrapping costs more than the query does (25 of 40 µs here).

    But SQLAlchemy opens the transaction, or else it would not end it, nor notice that the connection was lost.
    """
    if not reader.connection.in_transaction():
        return reader.connection.exec_driver_sql(sql, tuple(params)).all()
    driver: Any = reader.connection.connection.driver_connection
    rows: list[Any] = driver.execute(sql, params).fetchall()
    return rows


def _size(count: int) -> int:
    """A list's length rounded up to a power of two: few texts, whose prepared statements SQLite finds again."""
    return 1 << max(0, count - 1).bit_length()


@lru_cache(maxsize=32)
def _stock_sqlite(size: int) -> str:
    return (
        f"SELECT place_id, {_ONLINE}, counted_at, missed_since, sold_since, (SELECT max(seq) FROM outbox) FROM stock_item"  # noqa: S608
        f" WHERE brand_id = ? AND variant_id = ? AND cell IN ({_marks(size)}) AND {_ONLINE} > 0"
    )


def _in_list(reader: Reader, sql: str, values: Sequence[Any], *first: Any) -> Iterable[Any]:
    """Rows of a SELECT with `:first` (if any) and `IN (:list)`; 4,096 values in a statement."""
    is_postgresql = reader.dialect.name == "postgresql"
    for start in range(0, len(values), 4096):
        part = list(values[start : start + 4096])
        if is_postgresql:
            text = sql.replace("IN (:list)", "= ANY(%s)").replace(":first", "%s")
            yield from reader.connection.exec_driver_sql(text, (*first, part))
        else:
            size = _size(len(part))
            text = sql.replace(":list", _marks(size)).replace(":first", "?")
            params = (*first, *part, *[None] * (size - len(part)))
            yield from reader.connection.exec_driver_sql(text, params)


@lru_cache(maxsize=32)
def _marks(size: int) -> str:
    return ", ".join("?" * size)


# ---- What the office and the dealers look at ----
