"""How many, where, whose (see README.md)."""

from highstreet.rooms.stock.actions import (
    announce_low,
    count_stock,
    move_cell,
    put_back,
    release_reserved,
    reserve_stock,
    take_reserved,
    take_stock,
)
from highstreet.rooms.stock.events import StockLow
from highstreet.rooms.stock.model import (
    CountRow,
    CountStock,
    MoveCell,
    OwnerStock,
    PlaceStock,
    StockKey,
    StockWords,
    TakeStock,
    WantedStock,
    choose_owner,
    confidence_words,
)
from highstreet.rooms.stock.queries import (
    owners_for,
    places_with_variant,
    stock_at_place,
    stock_of_variants,
    total_by_owner,
    total_by_place,
)

__all__ = [
    "CountRow",
    "CountStock",
    "MoveCell",
    "OwnerStock",
    "PlaceStock",
    "StockKey",
    "StockLow",
    "StockWords",
    "TakeStock",
    "WantedStock",
    "announce_low",
    "choose_owner",
    "confidence_words",
    "count_stock",
    "move_cell",
    "owners_for",
    "places_with_variant",
    "put_back",
    "release_reserved",
    "reserve_stock",
    "stock_at_place",
    "stock_of_variants",
    "take_reserved",
    "take_stock",
    "total_by_owner",
    "total_by_place",
]
