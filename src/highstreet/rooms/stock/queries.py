"""Reads of stock: whose pieces lie where."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, Text, func, select

from highstreet.kernel.keys import KeyedQuery, Wanted
from highstreet.kernel.tx import Reader
from highstreet.rooms.stock.model import OwnerStock, PlaceStock, Shelf, StockKey, StockMove, WantedStock
from highstreet.rooms.stock.tables import NOT_SOLD, stock_item, stock_move

_s = stock_item.c
_PROMISED = (_s.on_hand, _s.reserved, _s.display, _s.safety, _s.missed_since)


def owners_for(reader: Reader, wanted: Collection[WantedStock]) -> dict[WantedStock, tuple[OwnerStock, ...]]:
    """Every wanted key with its owners by id, empty where nobody has a row."""
    keys = list(dict.fromkeys(wanted))
    owners: dict[WantedStock, list[OwnerStock]] = {key: [] for key in keys}
    rows: Iterable[Any] = _STOCK.rows(reader, keys)
    for n, *stock in rows:
        owners[keys[n]].append(OwnerStock(*stock))
    return {key: tuple(sorted(found, key=_by_owner)) for key, found in owners.items()}


def lock_on_hand(reader: Reader, keys: Sequence[StockKey]) -> dict[StockKey, int]:
    """On hand of these keys where they exist, locked until the transaction ends (SQLite has one writer)."""
    wanted = list(dict.fromkeys(key[:4] for key in keys))
    found: Iterable[Any] = _LOCKED_STOCK.rows(reader, wanted)
    return {(*wanted[n], owner): on_hand for n, owner, on_hand, *_ in found}


def stock_at_place(
    reader: Reader, brand_id: str, place_id: str, variant_id: str | None = None
) -> list[PlaceStock]:
    """All stock items of a place, or those of one article, by variant and owner."""
    query = (
        select(
            stock_item.c.variant_id,
            stock_item.c.cell,
            stock_item.c.owner_party_id,
            stock_item.c.on_hand,
            stock_item.c.reserved,
            stock_item.c.display,
            stock_item.c.safety,
            stock_item.c.in_transit,
            stock_item.c.sold_since,
            stock_item.c.missed_since,
            stock_item.c.counted_at,
        )
        .where(stock_item.c.brand_id == brand_id, stock_item.c.place_id == place_id)
        .order_by(stock_item.c.variant_id, stock_item.c.owner_party_id)
    )
    if variant_id is not None:
        query = query.where(stock_item.c.variant_id == variant_id)
    found: Iterable[Any] = reader.rows(query)
    return [PlaceStock(*row) for row in found]


def moves_beside_sales(
    reader: Reader, brand_id: str, place_id: str, variant_id: str, limit: int
) -> list[StockMove]:
    """What happened to an article at a place other than sales, the newest first."""
    m = stock_move.c
    query = (
        select(m.seq, m.owner_party_id, m.quantity, m.level_change, m.reason, m.ref_id, m.at)
        .where(m.brand_id == brand_id, m.place_id == place_id, m.variant_id == variant_id, NOT_SOLD)
        .order_by(m.seq.desc())
        .limit(limit)
    )
    return [StockMove(*tuple(row)) for row in reader.rows(query)]


def stock_of_variants(
    reader: Reader, brand_id: str, place_id: str, variant_ids: Collection[str]
) -> dict[str, int]:
    """How many pieces of these variants are free at a place, of all owners; those never counted are left out."""
    s = stock_item.c
    query = (
        select(s.variant_id, func.sum(s.on_hand - s.reserved, type_=Integer))
        .where(s.brand_id == brand_id, s.place_id == place_id, s.variant_id.in_(sorted(variant_ids)))
        .group_by(s.variant_id)
    )
    return {variant_id: int(left) for variant_id, left in map(tuple, reader.rows(query))}


def places_with_variant(
    reader: Reader, brand_id: str, variant_id: str
) -> list[tuple[str, OwnerStock, datetime]]:
    """Where an article lies: place, its owner's pieces, and when they were counted; the most first."""
    s = stock_item.c
    query = (
        select(s.place_id, s.counted_at, s.owner_party_id, *_PROMISED)
        .where(s.brand_id == brand_id, s.variant_id == variant_id)
        .order_by(s.on_hand.desc(), s.place_id, s.owner_party_id)
    )
    found: Iterable[Any] = reader.rows(query)
    return [(place, OwnerStock(*stock), at) for place, at, *stock in found]


def shelves_of(reader: Reader, brand_id: str, variant_ids: Collection[str]) -> list[Shelf]:
    """Where these articles lie and whose they are, also where none is left; by place, article and owner."""
    s = stock_item.c
    query = (
        select(s.place_id, s.variant_id, s.owner_party_id, *_PROMISED, s.counted_at, s.sold_since)
        .where(s.brand_id == brand_id, s.variant_id.in_(sorted(variant_ids)))
        .order_by(s.place_id, s.variant_id, s.owner_party_id)
    )
    found: Iterable[Any] = reader.rows(query)
    return [
        Shelf(place, variant, OwnerStock(owner, *pieces), counted_at, sold)
        for place, variant, owner, *pieces, counted_at, sold in found
    ]


def total_by_place(reader: Reader, brand_id: str) -> list[tuple[str, int, OwnerStock]]:
    """Each place's articles and pieces by owner."""
    s = stock_item.c
    query = (
        select(
            s.place_id,
            func.count(),
            s.owner_party_id,
            func.sum(s.on_hand, type_=Integer),
            func.sum(s.reserved, type_=Integer),
        )
        .where(s.brand_id == brand_id)
        .group_by(s.place_id, s.owner_party_id)
        .order_by(s.place_id, s.owner_party_id)
    )
    found: Iterable[Any] = reader.rows(query)
    return [(place, articles, OwnerStock(owner, n, held)) for place, articles, owner, n, held in found]


def total_by_owner(
    reader: Reader, brand_id: str, variant_ids: Collection[str] | None = None
) -> dict[str, OwnerStock]:
    """Each owner's pieces over all places of the brand, of these variants or of all; by owner id."""
    of_owner = (
        select(
            stock_item.c.owner_party_id,
            func.sum(stock_item.c.on_hand, type_=Integer),
            func.sum(stock_item.c.reserved, type_=Integer),
        )
        .where(stock_item.c.brand_id == brand_id)
        .group_by(stock_item.c.owner_party_id)
        .order_by(stock_item.c.owner_party_id)
    )
    if variant_ids is not None:
        of_owner = of_owner.where(stock_item.c.variant_id.in_(variant_ids))
    found: Iterable[Any] = reader.rows(of_owner)
    return {owner: OwnerStock(owner, on_hand, reserved) for owner, on_hand, reserved in found}


def owned_pieces(
    reader: Reader, brand_id: str, owner_ids: Collection[str], variant_ids: Collection[str] | None = None
) -> list[tuple[str, str, str, int]]:
    """(owner, place, variant, on hand) of these owners' pieces, of these variants or of all; nothing of what is out."""
    s = stock_item.c
    query = select(s.owner_party_id, s.place_id, s.variant_id, s.on_hand).where(
        s.brand_id == brand_id, s.owner_party_id.in_(sorted(owner_ids)), s.on_hand > 0
    )
    if variant_ids is not None:
        query = query.where(s.variant_id.in_(sorted(variant_ids)))
    found: Iterable[Any] = reader.rows(query)
    return [tuple(row) for row in found]


def _by_owner(owner: OwnerStock) -> str:
    return owner.owner_party_id


def _wanted_stock(wanted: Wanted) -> Select[Any]:
    """The key's index instead of the key: it is cheaper to read."""
    s = stock_item.c
    return (
        select(wanted.n, s.owner_party_id, *_PROMISED)
        .select_from(wanted.rows)
        .join(
            stock_item,
            (s.brand_id == wanted.brand_id)
            & (s.variant_id == wanted.variant_id)
            & (s.cell == wanted.cell)
            & (s.place_id == wanted.place_id),
        )
    )


_KEY: dict[str, type[Text] | type[BigInteger]] = {
    "brand_id": Text,
    "variant_id": Text,
    "cell": BigInteger,
    "place_id": Text,
}
_STOCK = KeyedQuery(_KEY, _wanted_stock)
_LOCKED_STOCK = KeyedQuery(
    _KEY,
    lambda wanted: (
        _wanted_stock(wanted).order_by(wanted.n, stock_item.c.owner_party_id).with_for_update(of=stock_item)
    ),
)
