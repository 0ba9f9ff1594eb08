"""Writes of days: moves and entries, each written once."""

from dataclasses import fields

from sqlalchemy import func, select

from highstreet.kernel.tx import Tx
from highstreet.rooms.days.errors import ID_TAKEN
from highstreet.rooms.days.model import DayEntry, DrawerMove
from highstreet.rooms.days.tables import day_entry, drawer_move, place_turn

_MOVE = tuple(f.name for f in fields(DrawerMove))
_ENTRY = tuple(f.name for f in fields(DayEntry))


def take_turn(tx: Tx, brand_id: str, place_id: str) -> None:
    """From now to the end of this transaction nobody else writes about the days of this place."""
    tx.add_up(place_turn, [{"brand_id": brand_id, "place_id": place_id, "turns": 1}], sums=["turns"])


def record_move(tx: Tx, move: DrawerMove) -> None:
    """Write a move. Errors: Refusal days.id_taken."""
    row = {name: getattr(move, name) for name in _MOVE}
    if tx.insert_many(drawer_move, [row], ignore_existing=True) != 1:
        raise ID_TAKEN()


def add_entry(tx: Tx, entry: DayEntry) -> None:
    """Write an entry; its number is the next one of its day. Errors: Refusal days.id_taken."""
    row = {name: getattr(entry, name) for name in _ENTRY}
    if tx.insert_many(day_entry, [row], ignore_existing=True) != 1:
        raise ID_TAKEN()


def next_no(tx: Tx, brand_id: str, subject_id: str, day: str) -> int:
    """The number of a day's next entry. Whoever asks has taken their turn."""
    e = day_entry.c
    newest = select(func.coalesce(func.max(e.no), 0)).where(
        e.brand_id == brand_id, e.subject_id == subject_id, e.day == day
    )
    return int(tx.value(newest)) + 1
