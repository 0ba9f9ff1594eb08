"""Writes of stock: one guarded statement each, never read, decide, write."""

from highstreet.rooms.stock.actions.count_pieces import adjust_stock, count_stock, move_cell
from highstreet.rooms.stock.actions.take_pieces import (
    announce_low,
    put_back,
    reject_picks,
    release_reserved,
    reserve_stock,
    take_gone,
    take_reserved,
    take_stock,
)
from highstreet.rooms.stock.actions.transfer_pieces import cancel_transfer, receive_transfer, send_transfer

__all__ = [
    "adjust_stock",
    "announce_low",
    "cancel_transfer",
    "count_stock",
    "move_cell",
    "put_back",
    "receive_transfer",
    "reject_picks",
    "release_reserved",
    "reserve_stock",
    "send_transfer",
    "take_gone",
    "take_reserved",
    "take_stock",
]
