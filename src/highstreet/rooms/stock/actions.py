"""Writes of stock, for many lines at once: amounts are added up per key and written in key order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, and_, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.stock.errors import COUNT_BELOW_RESERVED, COUNTED_TWICE, NOT_ENOUGH, NOT_RESERVED
from highstreet.rooms.stock.events import CountWanted, StockLow
from highstreet.rooms.stock.model import (
    CountStock,
    MoveCell,
    OwnerStock,
    Shortfall,
    StockKey,
    TakeStock,
    WantedStock,
)
from highstreet.rooms.stock.queries import lock_on_hand, owners_for
from highstreet.rooms.stock.tables import stock_item, stock_move

_t = stock_item.c
_KEY = {"brand_id": Text, "variant_id": Text, "cell": BigInteger, "place_id": Text, "owner_party_id": Text}


def _is_key(v: Any) -> Any:
    return and_(*(_t[name] == getattr(v, name) for name in _KEY))


TAKE = Change(
    {**_KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(_is_key(v), _t.on_hand - _t.reserved >= v.quantity)
        .values(on_hand=_t.on_hand - v.quantity)
    ),
)
RESERVE = Change(
    {**_KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(_is_key(v), _t.on_hand - _t.reserved >= v.quantity)
        .values(reserved=_t.reserved + v.quantity)
    ),
)
TAKE_RESERVED = Change(
    {**_KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(_is_key(v), _t.reserved >= v.quantity)
        .values(on_hand=_t.on_hand - v.quantity, reserved=_t.reserved - v.quantity)
    ),
)
RELEASE = Change(
    {**_KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(_is_key(v), _t.reserved >= v.quantity)
        .values(reserved=_t.reserved - v.quantity)
    ),
)
PUT_BACK = Change(
    {**_KEY, "quantity": Integer},
    lambda v: update(stock_item).where(_is_key(v)).values(on_hand=_t.on_hand + v.quantity),
)
COUNT = Change(
    {**_KEY, "on_hand": Integer, "counted_at": BigInteger},
    lambda v: (
        update(stock_item)
        .where(_is_key(v), _t.reserved <= v.on_hand)
        .values(on_hand=v.on_hand, counted_at=v.counted_at)
    ),
)


def take_stock(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Sold pieces leave their owner. Errors: Refusal stock.not_enough when fewer are available."""
    amounts = _amounts(takes)
    tx.change_all(TAKE, _change_rows(amounts), NOT_ENOUGH())
    _write_moves(tx, takes, -1, "sold")


def take_gone(tx: Tx, takes: Sequence[TakeStock]) -> list[Shortfall]:
    """Pieces that were handed over before anybody could ask leave their owner; what we had not counted comes back.

    They were there, for they were sold: what the shelf's number does not cover is found first (a move of its own),
    then sold like any other, so that available is never below zero (G2). Each shortfall is announced
    (stock.count_wanted.v1): the number was wrong, and somebody should count.
    """
    amounts = _amounts(takes)
    last = {take.key: take for take in takes}
    _insert_missing(tx, amounts, {key: take.at for key, take in last.items()})
    lock_on_hand(tx, list(amounts))
    owners = owners_for(tx, {key[:4] for key in amounts})
    short = []
    for key, quantity in amounts.items():
        left = next((o.available for o in owners[key[:4]] if o.owner_party_id == key[4]), 0)
        if quantity > left:
            short.append(Shortfall(last[key], quantity - left))
    tx.change(PUT_BACK, _change_rows({s.take.key: s.missing for s in short}))
    found = [replace(s.take, quantity=s.missing) for s in short]
    _write_moves(tx, found, 1, "found")
    take_stock(tx, takes)
    for s in short:
        tx.announce(
            CountWanted(
                at=s.take.at,
                brand_id=s.take.brand_id,
                place_id=s.take.place_id,
                variant_id=s.take.variant_id,
                owner_party_id=s.take.owner_party_id,
                missing=s.missing,
                ref_id=s.take.ref_id,
            )
        )
    return short


def announce_low(
    tx: Tx, takes: Sequence[TakeStock], owners: Mapping[WantedStock, Sequence[OwnerStock]]
) -> None:
    """Announce stock.stock_low.v1 for each key that these takes emptied, by the owners read just before.

    It costs no statement: finding what is empty after the fact would cost take_stock a quarter of its time.
    With several writers it is a hint, not a count.
    """
    last = {take.key: take for take in takes}
    for key, quantity in _amounts(takes).items():
        if any(o.owner_party_id == key[4] and o.available == quantity for o in owners.get(key[:4], ())):
            tx.announce(
                StockLow(
                    at=last[key].at,
                    brand_id=key[0],
                    place_id=key[3],
                    variant_id=key[1],
                    owner_party_id=key[4],
                )
            )


def reserve_stock(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Promise pieces to an order. Errors: Refusal stock.not_enough when fewer are available."""
    tx.change_all(RESERVE, _change_rows(_amounts(takes)), NOT_ENOUGH())


def take_reserved(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Promised pieces leave their owner. Errors: Refusal stock.not_reserved when fewer are promised."""
    tx.change_all(TAKE_RESERVED, _change_rows(_amounts(takes)), NOT_RESERVED())
    _write_moves(tx, takes, -1, "sold")


def release_reserved(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Take a promise back. Errors: Refusal stock.not_reserved when fewer are promised."""
    tx.change_all(RELEASE, _change_rows(_amounts(takes)), NOT_RESERVED())


def put_back(tx: Tx, puts: Sequence[TakeStock]) -> None:
    """Returned pieces go back to their owner at the place named, which may not be the one that sold them."""
    amounts = _amounts(puts)
    first = {put.key: put for put in reversed(puts)}
    _insert_missing(tx, amounts, {key: put.at for key, put in first.items()})
    tx.change(PUT_BACK, _change_rows(amounts))
    _write_moves(tx, puts, 1, "returned")


def count_stock(tx: Tx, count: CountStock) -> int:
    """Set on hand to what was counted; the number of stock items whose on hand changed comes back.

    Errors: Refusal stock.count_below_reserved (409), stock.counted_twice (422) when a key stands in it twice.
    """
    counted: dict[StockKey, int] = {
        (count.brand_id, row.variant_id, row.cell, row.place_id, row.owner_party_id): row.on_hand
        for row in count.rows
    }
    if len(counted) != len(count.rows):
        raise COUNTED_TWICE()
    counted = dict(sorted(counted.items()))
    _insert_missing(tx, counted, dict.fromkeys(counted, count.at))
    # The difference is read, so the rows are locked first; SQLite has one writer and needs no lock.
    before = lock_on_hand(tx, list(counted))
    at = to_micros(count.at)
    rows = [{**_key_row(key), "on_hand": on_hand, "counted_at": at} for key, on_hand in counted.items()]
    tx.change_all(COUNT, rows, COUNT_BELOW_RESERVED())
    changed = {key: on_hand - before[key] for key, on_hand in counted.items() if on_hand != before[key]}
    tx.insert_many(
        stock_move,
        [
            _move(key, difference, "counted", count.ref_id, line_no=0, at=count.at)
            for key, difference in changed.items()
        ],
    )
    return len(changed)


def move_cell(tx: Tx, moves: Sequence[MoveCell]) -> int:
    """Let stock follow places that moved; the number of stock items moved comes back.

    Three statements for each place: places move seldom. Pieces already counted in the new cell are added to.
    """
    moved = 0
    for move in sorted(moves, key=lambda move: (move.brand_id, move.place_id)):
        elsewhere = and_(_t.brand_id == move.brand_id, _t.place_id == move.place_id, _t.cell != move.cell)
        # Locked, so that nothing is sold between the copy and the removal.
        tx.run(select(_t.cell).where(elsewhere).order_by(*stock_item.primary_key).with_for_update()).all()
        insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(stock_item)
        names = [*_KEY, "on_hand", "reserved", "counted_at"]
        copied = select(
            *(literal(move.cell).label("cell") if name == "cell" else _t[name] for name in names)
        ).where(elsewhere)
        tx.run(
            insert.from_select(names, copied).on_conflict_do_update(
                index_elements=list(_KEY),
                set_={name: _t[name] + insert.excluded[name] for name in ("on_hand", "reserved")},
            )
        )
        moved += tx.run(delete(stock_item).where(elsewhere)).rowcount
    return moved


def _amounts(takes: Iterable[TakeStock]) -> dict[StockKey, int]:
    """Pieces by key, in key order: every writer locks rows in the same order."""
    amounts: dict[StockKey, int] = {}
    for take in takes:
        amounts[take.key] = amounts.get(take.key, 0) + take.quantity
    return dict(sorted(amounts.items()))


def _key_row(key: StockKey) -> dict[str, Any]:
    return dict(zip(_KEY, key, strict=True))


def _change_rows(amounts: Mapping[StockKey, int]) -> list[dict[str, Any]]:
    return [{**_key_row(key), "quantity": quantity} for key, quantity in amounts.items()]


def _insert_missing(tx: Tx, keys: Iterable[StockKey], counted_at: Mapping[StockKey, Any]) -> None:
    rows = [{**_key_row(key), "on_hand": 0, "reserved": 0, "counted_at": counted_at[key]} for key in keys]
    tx.insert_many(stock_item, rows, ignore_existing=True)


def _write_moves(tx: Tx, takes: Sequence[TakeStock], sign: int, reason: str) -> None:
    moves = [
        _move(take.key, sign * take.quantity, reason, take.ref_id, line_no=take.line_no, at=take.at)
        for take in takes
    ]
    tx.insert_many(stock_move, moves)


def _move(key: StockKey, quantity: int, reason: str, ref_id: str, *, line_no: int, at: Any) -> dict[str, Any]:
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
