"""Reads of moves and days."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, and_, case, exists, func, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.days.model import DayEntry, DrawerMove
from highstreet.rooms.days.tables import day_entry, drawer_move

_e, _m = day_entry.c, drawer_move.c


def _closed(brand_id: str) -> Select[tuple[object]]:
    """The closing entries that no later entry of the same day takes back."""
    later = day_entry.alias("later").c
    is_taken_back = exists().where(
        and_(
            later.brand_id == _e.brand_id,
            later.subject_id == _e.subject_id,
            later.day == _e.day,
            later.no > _e.no,
        )
    )
    return select(day_entry).where(_e.brand_id == brand_id, _e.kind == "closed", ~is_taken_back)


def last_closed(reader: Reader, brand_id: str, subject_id: str) -> DayEntry | None:
    """The newest day of a register or a place that is closed."""
    row = reader.first(_closed(brand_id).where(_e.subject_id == subject_id).order_by(_e.day.desc()).limit(1))
    return None if row is None else DayEntry(**row._mapping)


def closed_days(reader: Reader, brand_id: str, place_id: str, first_day: str) -> list[DayEntry]:
    """What is closed at a place, its own days and its registers', from a day on; the oldest first."""
    query = _closed(brand_id).where(_e.place_id == place_id, _e.day >= first_day)
    return [DayEntry(**row._mapping) for row in reader.rows(query.order_by(_e.day, _e.at, _e.id))]


def newest_by_subject(reader: Reader, brand_id: str, subject_ids: Collection[str]) -> dict[str, DayEntry]:
    """The newest closed day of each of these registers and places; those without one are left out."""
    query = _closed(brand_id).where(_e.subject_id.in_(sorted(subject_ids))).order_by(_e.day)
    return {row.subject_id: DayEntry(**row._mapping) for row in reader.rows(query)}


def first_day_of(reader: Reader, brand_id: str, place_id: str, register_id: str | None = None) -> str | None:
    """The first day that anything was written down about: of a place, or of one of its registers."""
    entries = select(func.min(_e.day)).where(_e.brand_id == brand_id, _e.place_id == place_id)
    moves = select(func.min(_m.day)).where(_m.brand_id == brand_id, _m.place_id == place_id)
    if register_id is not None:
        entries = entries.where(_e.subject_id == register_id)
        moves = moves.where(_m.register_id == register_id)
    return min((day for query in (entries, moves) if (day := reader.value(query)) is not None), default=None)


def entries_of(reader: Reader, brand_id: str, subject_id: str, day: str) -> list[DayEntry]:
    """All that happened to a day, in order."""
    query = select(day_entry).where(_e.brand_id == brand_id, _e.subject_id == subject_id, _e.day == day)
    return [DayEntry(**row._mapping) for row in reader.rows(query.order_by(_e.no))]


def entry_by_id(reader: Reader, brand_id: str, entry_id: str) -> DayEntry | None:
    """An entry by the id that its maker gave it."""
    row = reader.first(select(day_entry).where(_e.brand_id == brand_id, _e.id == entry_id))
    return None if row is None else DayEntry(**row._mapping)


def trail_of_place(reader: Reader, brand_id: str, place_id: str, day: str) -> list[DayEntry]:
    """Everything that was said about a day at a place, its registers' too, in the order it happened."""
    query = select(day_entry).where(_e.brand_id == brand_id, _e.place_id == place_id, _e.day == day)
    return [DayEntry(**row._mapping) for row in reader.rows(query.order_by(_e.at, _e.no, _e.id))]


def move_by_id(reader: Reader, brand_id: str, move_id: str) -> DrawerMove | None:
    """One move."""
    row = reader.first(select(drawer_move).where(_m.brand_id == brand_id, _m.id == move_id))
    return None if row is None else DrawerMove(**row._mapping)


def moves_of_register(reader: Reader, brand_id: str, register_id: str, day: str) -> list[DrawerMove]:
    """The cash moves of one of its days, oldest first."""
    query = select(drawer_move).where(_m.brand_id == brand_id, _m.register_id == register_id, _m.day == day)
    return [DrawerMove(**row._mapping) for row in reader.rows(query.order_by(_m.at, _m.id))]


def moved_minor(reader: Reader, brand_id: str, register_id: str, since: datetime) -> int:
    """What a drawer has more by its moves since a moment."""
    signed = case((_m.direction == "in", _m.amount_minor), else_=-_m.amount_minor)
    query = select(func.coalesce(func.sum(signed), 0))
    return int(
        reader.value(query.where(_m.brand_id == brand_id, _m.register_id == register_id, _m.at >= since))
    )


def moves_spanned(
    reader: Reader, brand_id: str, place_id: str, since: datetime, until: datetime
) -> dict[str, tuple[datetime, datetime]]:
    """The first and the last move of each register of a place in a time (`until` is not in it)."""
    query = (
        select(_m.register_id, func.min(_m.at), func.max(_m.at))
        .where(_m.brand_id == brand_id, _m.place_id == place_id, _m.at >= since, _m.at < until)
        .group_by(_m.register_id)
    )
    return {register_id: (first, last) for register_id, first, last in map(tuple, reader.rows(query))}
