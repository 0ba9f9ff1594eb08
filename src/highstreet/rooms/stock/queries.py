"""Reads of stock: whose pieces lie where."""

from collections.abc import Collection

from sqlalchemy import (
    Integer,
    func,
    select,
)

from highstreet.kernel.tx import Reader
from highstreet.rooms.stock.model import OwnerStock, PlaceStock, WantedStock
from highstreet.rooms.stock.tables import stock_item


def owners_for(reader: Reader, wanted: Collection[WantedStock]) -> dict[WantedStock, tuple[OwnerStock, ...]]:
    """Every wanted key with its owners by id, empty where nobody has any row; one statement for all keys."""
    raise NotImplementedError


def stock_at_place(reader: Reader, brand_id: str, place_id: str) -> list[PlaceStock]:
    """All stock items of a place, by variant and owner."""
    found = reader.rows(
        select(
            stock_item.c.variant_id,
            stock_item.c.cell,
            stock_item.c.owner_party_id,
            stock_item.c.on_hand,
            stock_item.c.reserved,
            stock_item.c.counted_at,
        )
        .where(stock_item.c.brand_id == brand_id, stock_item.c.place_id == place_id)
        .order_by(stock_item.c.variant_id, stock_item.c.owner_party_id)
    )
    return [PlaceStock(*row) for row in found]


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
    return {owner: OwnerStock(owner, on_hand, reserved) for owner, on_hand, reserved in reader.rows(of_owner)}
