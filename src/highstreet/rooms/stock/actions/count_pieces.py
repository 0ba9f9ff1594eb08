"""What somebody saw on the shelf, or says of it; and stock that follows its place."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Integer, and_, case, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.stock.actions.keyed import (
    KEY,
    insert_missing,
    is_key,
    key_row,
    move_row,
    no_more_than,
    t,
)
from highstreet.rooms.stock.errors import (
    BELOW_RESERVED,
    COUNT_BELOW_RESERVED,
    COUNTED_TWICE,
    LEVEL_IMPOSSIBLE,
    REASON_UNFIT,
)
from highstreet.rooms.stock.model import AdjustStock, CountStock, MoveCell, Reason, StockKey
from highstreet.rooms.stock.queries import lock_on_hand
from highstreet.rooms.stock.tables import stock_item, stock_move

MOST_SAFETY = 1_000_000
_SUMMED = ("on_hand", "reserved", "display", "in_transit", "sold_since", "missed_since")

COUNT = Change(
    {**KEY, "on_hand": Integer, "counted_at": BigInteger},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.reserved <= v.on_hand)
        .values(
            on_hand=v.on_hand,
            display=no_more_than(t.display, v.on_hand),
            sold_since=0,
            missed_since=0,
            counted_at=v.counted_at,
        )
    ),
)
ADJUST = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.on_hand + v.quantity >= t.reserved)
        .values(on_hand=t.on_hand + v.quantity, display=no_more_than(t.display, t.on_hand + v.quantity))
    ),
)
# Promised pieces are not put on display: whoever comes for them would find them taken apart.
DISPLAY = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(
            is_key(v),
            t.display + v.quantity >= 0,
            or_(v.quantity < 0, t.display + v.quantity <= t.on_hand - t.reserved),
        )
        .values(display=t.display + v.quantity)
    ),
)
SAFETY = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.safety + v.quantity >= 0, t.safety + v.quantity <= MOST_SAFETY)
        .values(safety=t.safety + v.quantity)
    ),
)


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
    insert_missing(tx, counted, dict.fromkeys(counted, count.at))
    # The difference is read, so the rows are locked first; SQLite has one writer and needs no lock.
    before = lock_on_hand(tx, list(counted))
    at = to_micros(count.at)
    rows = [{**key_row(key), "on_hand": on_hand, "counted_at": at} for key, on_hand in counted.items()]
    tx.change_all(COUNT, rows, COUNT_BELOW_RESERVED())
    changed = {key: on_hand - before[key] for key, on_hand in counted.items() if on_hand != before[key]}
    tx.insert_many(
        stock_move,
        [
            move_row(key, difference, "counted", count.ref_id, line_no=0, at=count.at)
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
        elsewhere = and_(t.brand_id == move.brand_id, t.place_id == move.place_id, t.cell != move.cell)
        # Locked, so that nothing is sold between the copy and the removal.
        tx.run(select(t.cell).where(elsewhere).order_by(*stock_item.primary_key).with_for_update()).all()
        insert = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(stock_item)
        names = [*KEY, *_SUMMED, "safety", "counted_at"]
        copied = select(
            *(literal(move.cell).label("cell") if name == "cell" else t[name] for name in names)
        ).where(elsewhere)
        tx.run(
            insert.from_select(names, copied).on_conflict_do_update(
                index_elements=list(KEY),
                set_={
                    **{name: t[name] + insert.excluded[name] for name in _SUMMED},
                    "safety": case(
                        (t.safety < insert.excluded.safety, insert.excluded.safety), else_=t.safety
                    ),
                },
            )
        )
        moved += tx.run(delete(stock_item).where(elsewhere)).rowcount
    return moved


def adjust_stock(tx: Tx, adjust: AdjustStock) -> None:
    """So many more or fewer, for a reason; of display and safety only what may be promised changes.

    Errors: Refusal stock.reason_unfit (422), stock.below_reserved (409), stock.level_impossible (409).
    """
    if not adjust.reason.allows(adjust.quantity):
        raise REASON_UNFIT(reason=adjust.reason.value)
    row = {**key_row(adjust.key), "quantity": adjust.quantity}
    move = move_row(adjust.key, 0, adjust.reason.value, adjust.ref_id, line_no=0, at=adjust.at)
    if adjust.reason.is_level:
        change = DISPLAY if adjust.reason is Reason.DISPLAY else SAFETY
        tx.change_all(change, [row], LEVEL_IMPOSSIBLE())
        tx.insert_many(stock_move, [{**move, "level_change": adjust.quantity}])
        return
    if adjust.quantity > 0:
        insert_missing(tx, [adjust.key], {adjust.key: adjust.at})
    tx.change_all(ADJUST, [row], BELOW_RESERVED())
    tx.insert_many(stock_move, [{**move, "quantity": adjust.quantity}])
