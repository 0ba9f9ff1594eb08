"""What every write of stock has in common: keys in one order, amounts added up, moves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, and_, case, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.stock.model import StockKey, TakeStock
from highstreet.rooms.stock.tables import stock_item, stock_move

t = stock_item.c
KEY = {"brand_id": Text, "variant_id": Text, "cell": BigInteger, "place_id": Text, "owner_party_id": Text}


def is_key(v: Any) -> Any:
    return and_(*(t[name] == getattr(v, name) for name in KEY))


def no_more_than(value: Any, most: Any) -> Any:
    """The smaller of the two, in SQL that both databases know."""
    return case((value > most, most), else_=value)


PUT_BACK = Change(
    {**KEY, "quantity": Integer},
    lambda v: update(stock_item).where(is_key(v)).values(on_hand=t.on_hand + v.quantity),
)


def amounts_of(takes: Iterable[TakeStock]) -> dict[StockKey, int]:
    """Pieces by key, in key order: every writer locks rows in the same order."""
    amounts: dict[StockKey, int] = {}
    for take in takes:
        amounts[take.key] = amounts.get(take.key, 0) + take.quantity
    return dict(sorted(amounts.items()))


def key_row(key: StockKey) -> dict[str, Any]:
    return dict(zip(KEY, key, strict=True))


def change_rows(amounts: Mapping[StockKey, int]) -> list[dict[str, Any]]:
    return [{**key_row(key), "quantity": quantity} for key, quantity in amounts.items()]


def insert_missing(tx: Tx, keys: Iterable[StockKey], counted_at: Mapping[StockKey, Any]) -> None:
    rows = [{**key_row(key), "on_hand": 0, "reserved": 0, "counted_at": counted_at[key]} for key in keys]
    tx.insert_many(stock_item, rows, ignore_existing=True)


def write_moves(tx: Tx, takes: Sequence[TakeStock], sign: int, reason: str) -> None:
    moves = [
        move_row(take.key, sign * take.quantity, reason, take.ref_id, line_no=take.line_no, at=take.at)
        for take in takes
    ]
    tx.insert_many(stock_move, moves)


def move_row(
    key: StockKey, quantity: int, reason: str, ref_id: str, *, line_no: int, at: datetime
) -> dict[str, Any]:
    return {
        "brand_id": key[0],
        "place_id": key[3],
        "variant_id": key[1],
        "owner_party_id": key[4],
        "quantity": quantity,
        "reason": reason,
        "ref_id": ref_id,
        "line_no": line_no,
        "at": at,
    }
