"""Writes of stock, for many lines at once: amounts are added up per key and written in key order."""

from collections.abc import Sequence

from highstreet.kernel.tx import Tx
from highstreet.rooms.stock.model import CountStock, MoveCell, TakeStock


def take_stock(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Sold pieces leave their owner. Errors: Refusal stock.not_enough when fewer are available."""
    raise NotImplementedError


def reserve_stock(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Promise pieces to an order. Errors: Refusal stock.not_enough."""
    raise NotImplementedError


def take_reserved(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Promised pieces leave their owner. Errors: Refusal stock.not_reserved."""
    raise NotImplementedError


def release_reserved(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Take a promise back. Errors: Refusal stock.not_reserved."""
    raise NotImplementedError


def put_back(tx: Tx, puts: Sequence[TakeStock]) -> None:
    """Returned pieces go back to their owner at the place named, which may differ from where they were sold."""
    raise NotImplementedError


def count_stock(tx: Tx, count: CountStock) -> int:
    """Set on hand to what was counted; the number of stock items whose on hand changed comes back.

    Errors: Refusal stock.count_below_reserved (409), stock.counted_twice (422) when a key stands in it twice.
    """
    raise NotImplementedError


def move_cell(tx: Tx, moves: Sequence[MoveCell]) -> int:
    """Let stock follow places that moved; the number of stock items moved comes back."""
    raise NotImplementedError
