"""Pieces go and come back, for many lines at once: amounts are added up per key and written in key order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Integer, or_, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.stock.actions.keyed import (
    KEY,
    PUT_BACK,
    amounts_of,
    change_rows,
    insert_missing,
    is_key,
    no_more_than,
    t,
    write_moves,
)
from highstreet.rooms.stock.errors import NOT_ENOUGH, NOT_RESERVED
from highstreet.rooms.stock.events import CountWanted, StockLow
from highstreet.rooms.stock.model import OwnerStock, Shortfall, StockKey, TakeStock, WantedStock
from highstreet.rooms.stock.queries import lock_on_hand, owners_for
from highstreet.rooms.stock.tables import stock_item

TAKE = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.on_hand - t.reserved >= v.quantity)
        .values(
            on_hand=t.on_hand - v.quantity,
            display=no_more_than(t.display, t.on_hand - v.quantity),
            sold_since=t.sold_since + v.quantity,
        )
    ),
)
# One row a key, though a register and the shop may promise pieces of it together: first come those that are online.
RESERVE = Change(
    {**KEY, "quantity": Integer, "online": Integer},
    lambda v: (
        update(stock_item)
        .where(
            is_key(v),
            t.on_hand - t.reserved >= v.quantity,
            or_(v.online == 0, t.on_hand - t.reserved - t.display - t.safety - t.missed_since >= v.online),
        )
        .values(reserved=t.reserved + v.quantity)
    ),
)
TAKE_RESERVED = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.reserved >= v.quantity)
        .values(
            on_hand=t.on_hand - v.quantity,
            reserved=t.reserved - v.quantity,
            display=no_more_than(t.display, t.on_hand - v.quantity),
            sold_since=t.sold_since + v.quantity,
        )
    ),
)
RELEASE = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item).where(is_key(v), t.reserved >= v.quantity).values(reserved=t.reserved - v.quantity)
    ),
)
MISS = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.reserved >= v.quantity)
        .values(reserved=t.reserved - v.quantity, missed_since=t.missed_since + v.quantity)
    ),
)


def take_stock(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Sold pieces leave their owner. Errors: Refusal stock.not_enough when fewer are available."""
    amounts = amounts_of(takes)
    tx.change_all(TAKE, change_rows(amounts), NOT_ENOUGH.outrun())
    write_moves(tx, takes, -1, "sold")


def take_gone(tx: Tx, takes: Sequence[TakeStock]) -> list[Shortfall]:
    """Pieces that were handed over before anybody could ask leave their owner; what we had not counted comes back.

    They were there, for they were sold: what the shelf's number does not cover is found first (a move of its own),
    then sold like any other, so that available is never below zero (G2). Each shortfall is announced
    (stock.count_wanted.v1): the number was wrong, and somebody should count.
    """
    amounts = amounts_of(takes)
    last = {take.key: take for take in takes}
    insert_missing(tx, amounts, {key: take.at for key, take in last.items()})
    lock_on_hand(tx, list(amounts))
    owners = owners_for(tx, {key[:4] for key in amounts})
    short = []
    for key, quantity in amounts.items():
        left = next((o.available for o in owners[key[:4]] if o.owner_party_id == key[4]), 0)
        if quantity > left:
            short.append(Shortfall(last[key], quantity - left))
    tx.change(PUT_BACK, change_rows({s.take.key: s.missing for s in short}))
    found = [replace(s.take, quantity=s.missing) for s in short]
    write_moves(tx, found, 1, "found")
    take_stock(tx, takes)
    for s in short:
        tx.announce(_count_wanted(s.take, s.missing))
    return short


def announce_low(
    tx: Tx, takes: Sequence[TakeStock], owners: Mapping[WantedStock, Sequence[OwnerStock]]
) -> None:
    """Announce stock.stock_low.v1 for each key that these takes emptied, by the owners read just before.

    It costs no statement: finding what is empty after the fact would cost take_stock a quarter of its time.
    With several writers it is a hint, not a count.
    """
    last = {take.key: take for take in takes}
    for key, quantity in amounts_of(takes).items():
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
    """Promise pieces to an order. Errors: Refusal stock.not_enough when fewer may be promised there.

    Who stands at a register may have all that are available; online, less is (`OwnerStock.available_online`).
    """
    online = amounts_of(take for take in takes if take.is_online)
    rows = [{**row, "online": online.get(key, 0)} for key, row in _rows_by_key(amounts_of(takes))]
    tx.change_all(RESERVE, rows, NOT_ENOUGH.outrun())


def take_reserved(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Promised pieces leave their owner. Errors: Refusal stock.not_reserved when fewer are promised."""
    tx.change_all(TAKE_RESERVED, change_rows(amounts_of(takes)), NOT_RESERVED())
    write_moves(tx, takes, -1, "sold")


def release_reserved(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Take a promise back. Errors: Refusal stock.not_reserved when fewer are promised."""
    tx.change_all(RELEASE, change_rows(amounts_of(takes)), NOT_RESERVED())


def reject_picks(tx: Tx, takes: Sequence[TakeStock]) -> None:
    """Promised pieces were looked for and are not there: their promise ends, and somebody should count.

    On hand stays what was counted, for nobody knows better yet; but until the next count so many pieces fewer are
    promised online, and we are less sure of the rest. Errors: Refusal stock.not_reserved when fewer are promised.
    """
    amounts = amounts_of(takes)
    tx.change_all(MISS, change_rows(amounts), NOT_RESERVED())
    last = {take.key: take for take in takes}
    for key, quantity in amounts.items():
        tx.announce(_count_wanted(last[key], quantity))


def put_back(tx: Tx, puts: Sequence[TakeStock]) -> None:
    """Returned pieces go back to their owner at the place named, which may not be the one that sold them."""
    amounts = amounts_of(puts)
    first = {put.key: put for put in reversed(puts)}
    insert_missing(tx, amounts, {key: put.at for key, put in first.items()})
    tx.change(PUT_BACK, change_rows(amounts))
    write_moves(tx, puts, 1, "returned")


def _count_wanted(take: TakeStock, missing: int) -> CountWanted:
    return CountWanted(
        at=take.at,
        brand_id=take.brand_id,
        place_id=take.place_id,
        variant_id=take.variant_id,
        owner_party_id=take.owner_party_id,
        missing=missing,
        ref_id=take.ref_id,
    )


def _rows_by_key(amounts: Mapping[StockKey, int]) -> Iterable[tuple[StockKey, dict[str, Any]]]:
    return zip(amounts, change_rows(amounts), strict=True)
