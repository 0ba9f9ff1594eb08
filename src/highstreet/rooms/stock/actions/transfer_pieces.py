"""Pieces under way between two places of one owner: sent, received or called off."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Integer, Text, and_, update

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.stock.actions.keyed import (
    KEY,
    PUT_BACK,
    change_rows,
    insert_missing,
    is_key,
    move_row,
    t,
)
from highstreet.rooms.stock.errors import (
    NOT_ENOUGH_TO_SEND,
    REASON_UNFIT,
    TRANSFER_CLOSED,
    TRANSFER_STARTED,
    TRANSFER_TOO_MANY,
)
from highstreet.rooms.stock.events import TransferCancelled, TransferReceived, TransferSent
from highstreet.rooms.stock.model import Reason, StockKey
from highstreet.rooms.stock.queries import lock_on_hand
from highstreet.rooms.stock.tables import (
    stock_item,
    stock_move,
    stock_transfer,
    stock_transfer_line,
    stock_transfer_move,
)
from highstreet.rooms.stock.transfer_queries import cells_at, transfer_by_id
from highstreet.rooms.stock.transfers import (
    LOSSES,
    CancelTransfer,
    ReceivedLine,
    ReceiveTransfer,
    SendTransfer,
    Transfer,
    TransferState,
)

_x, _l = stock_transfer.c, stock_transfer_line.c
# What is promised is fetched here, and what is on display is to be seen here: neither is sent away.
SEND = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.on_hand - t.reserved - t.display >= v.quantity)
        .values(on_hand=t.on_hand - v.quantity)
    ),
)
UNDER_WAY = Change(
    {**KEY, "quantity": Integer},
    lambda v: (
        update(stock_item)
        .where(is_key(v), t.in_transit + v.quantity >= 0)
        .values(in_transit=t.in_transit + v.quantity)
    ),
)
RECEIVE = Change(
    {"brand_id": Text, "transfer_id": Text, "variant_id": Text, "arrived": Integer, "lost": Integer},
    lambda v: (
        update(stock_transfer_line)
        .where(
            _l.brand_id == v.brand_id,
            _l.transfer_id == v.transfer_id,
            _l.variant_id == v.variant_id,
            _l.arrived + _l.lost + v.arrived + v.lost <= _l.sent,
        )
        .values(arrived=_l.arrived + v.arrived, lost=_l.lost + v.lost)
    ),
)


def send_transfer(tx: Tx, send: SendTransfer) -> None:
    """Pieces leave the sender's shelf and are under way to the destination.

    Errors: Refusal stock.not_enough_to_send (409): reserved pieces and those on display stay.
    """
    b, owner = send.brand_id, send.owner_party_id
    there = {line.variant_id: line.quantity for line in send.lines}
    from_keys: dict[StockKey, int] = {
        (b, v, send.from_cell, send.from_place_id, owner): n for v, n in sorted(there.items())
    }
    to_keys: dict[StockKey, int] = {
        (b, v, send.to_cell, send.to_place_id, owner): n for v, n in sorted(there.items())
    }
    insert_missing(tx, to_keys, dict.fromkeys(to_keys, send.at))
    # Both ends in one order, so that a transfer the other way round cannot wait for this one while this waits for it.
    lock_on_hand(tx, sorted({*from_keys, *to_keys}))
    tx.change_all(SEND, change_rows(from_keys), NOT_ENOUGH_TO_SEND())
    tx.change(UNDER_WAY, change_rows(to_keys))
    _write_stock_moves(tx, {key: -n for key, n in from_keys.items()}, "sent", send.transfer_id, send)
    tx.insert_many(
        stock_transfer,
        [
            {
                "id": send.transfer_id,
                "brand_id": b,
                "owner_party_id": owner,
                "from_place_id": send.from_place_id,
                "to_place_id": send.to_place_id,
                "state": TransferState.SENT.value,
                "sent_at": send.at,
            }
        ],
    )
    tx.insert_many(
        stock_transfer_line,
        [
            {"brand_id": b, "transfer_id": send.transfer_id, "variant_id": v, "sent": n}
            for v, n in there.items()
        ],
    )
    _log(tx, send, send.transfer_id, [(v, "sent", n) for v, n in there.items()])
    tx.announce(
        TransferSent(
            at=send.at,
            brand_id=b,
            place_id=send.from_place_id,
            transfer_id=send.transfer_id,
            owner_party_id=owner,
            to_place_id=send.to_place_id,
            pieces=sum(there.values()),
        )
    )


def receive_transfer(tx: Tx, receive: ReceiveTransfer) -> Transfer:
    """What arrived is on hand at the destination; what will not come is written off there, with its reason.

    What is neither stays under way. More than was sent can only be found once all that was sent is accounted for.
    Errors: Refusal request.not_found, stock.transfer_closed (409), stock.transfer_too_many (409),
    stock.reason_unfit (422).
    """
    _check_reasons(receive.lines)
    # The transfer's row first: a rival's receipt or cancellation waits here, and then sees what this one did.
    found = _moved(tx, receive, [TransferState.SENT, TransferState.PARTLY], TransferState.PARTLY)
    if found is None:
        raise TRANSFER_CLOSED()
    lines = sorted(receive.lines, key=lambda line: line.variant_id)
    rows = [
        {
            "brand_id": receive.brand_id,
            "transfer_id": found.id,
            "variant_id": line.variant_id,
            "arrived": line.arrived,
            "lost": line.lost,
        }
        for line in lines
    ]
    tx.change_all(RECEIVE, rows, TRANSFER_TOO_MANY())
    after = _again(tx, receive)
    left = {line.variant_id: line.missing for line in after.lines}
    if any(line.extra and left[line.variant_id] for line in lines):
        raise TRANSFER_TOO_MANY()
    _put_on_shelf(tx, receive, after, lines)
    logged = [(line.variant_id, "arrived", line.arrived) for line in lines if line.arrived]
    logged += [(line.variant_id, line.reason.value, line.difference) for line in lines if line.reason]
    _log(tx, receive, receive.ref_id, logged)
    if not any(left.values()):
        this = and_(_x.brand_id == receive.brand_id, _x.id == after.id)
        tx.run(update(stock_transfer).where(this).values(state=TransferState.RECEIVED.value))
    tx.announce(
        TransferReceived(
            at=receive.at,
            brand_id=receive.brand_id,
            place_id=after.to_place_id,
            transfer_id=after.id,
            owner_party_id=after.owner_party_id,
            arrived=sum(line.arrived + line.extra for line in lines),
            lost=sum(line.lost for line in lines),
            left=sum(left.values()),
        )
    )
    return _again(tx, receive)


def cancel_transfer(tx: Tx, cancel: CancelTransfer) -> None:
    """Nothing was received: all of it is at the sender's again.

    Errors: Refusal request.not_found, stock.transfer_started (409) when something was received, or it ended.
    """
    found = _moved(tx, cancel, [TransferState.SENT], TransferState.CANCELLED)
    if found is None:
        raise TRANSFER_STARTED()
    amounts = {line.variant_id: line.sent for line in found.lines}
    back = _keys(tx, cancel.brand_id, found, found.from_place_id, amounts)
    away = _keys(tx, cancel.brand_id, found, found.to_place_id, amounts)
    lock_on_hand(tx, sorted({*back, *away}))
    tx.change_all(UNDER_WAY, change_rows({key: -n for key, n in away.items()}), TRANSFER_STARTED())
    tx.change(PUT_BACK, change_rows(back))
    _write_stock_moves(tx, back, "came_back", found.id, cancel)
    _log(tx, cancel, found.id, [(v, "came_back", n) for v, n in amounts.items()])
    tx.announce(
        TransferCancelled(
            at=cancel.at,
            brand_id=cancel.brand_id,
            place_id=found.from_place_id,
            transfer_id=found.id,
            owner_party_id=found.owner_party_id,
            to_place_id=found.to_place_id,
            pieces=sum(amounts.values()),
        )
    )


def _check_reasons(lines: Iterable[ReceivedLine]) -> None:
    for line in lines:
        if line.reason and (
            line.reason not in (*LOSSES, Reason.FOUND) or not line.reason.allows(line.difference)
        ):
            raise REASON_UNFIT(reason=line.reason.value)


def _put_on_shelf(tx: Tx, receive: ReceiveTransfer, found: Transfer, lines: list[ReceivedLine]) -> None:
    b, place = receive.brand_id, found.to_place_id
    came = {line.variant_id: line.arrived + line.lost for line in lines}
    shelf = {line.variant_id: line.arrived + line.extra for line in lines}
    keys = dict(zip(came, _keys(tx, b, found, place, came), strict=True))
    away = {keys[v]: -n for v, n in came.items() if n}
    tx.change_all(UNDER_WAY, change_rows(away), TRANSFER_TOO_MANY())
    tx.change(PUT_BACK, change_rows({keys[v]: n for v, n in shelf.items() if n}))
    # What will not come is received and written off: the moves sum to on hand, and the loss is one of this place.
    _write_stock_moves(tx, {key: -n for key, n in away.items()}, "received", found.id, receive)
    for line in lines:
        if line.reason:
            adjusted = {keys[line.variant_id]: line.difference}
            _write_stock_moves(tx, adjusted, line.reason.value, found.id, receive)


def _moved(
    tx: Tx, command: ReceiveTransfer | CancelTransfer, before: list[TransferState], after: TransferState
) -> Transfer | None:
    """The transfer in its new state, locked; None when it was in none of those before."""
    this = and_(_x.brand_id == command.brand_id, _x.id == command.transfer_id)
    done = tx.run(update(stock_transfer).where(this, _x.state.in_(before)).values(state=after.value))
    found = _again(tx, command)
    return found if done.rowcount == 1 else None


def _again(tx: Tx, command: ReceiveTransfer | CancelTransfer) -> Transfer:
    found = transfer_by_id(tx, command.brand_id, command.transfer_id)
    if found is None:
        raise REQUEST_NOT_FOUND()
    return found


def _keys(
    tx: Tx, brand_id: str, found: Transfer, place_id: str, amounts: Mapping[str, int]
) -> dict[StockKey, int]:
    """The stock items where the pieces are now: a place may have moved to another cell since they were sent."""
    cells = cells_at(tx, brand_id, place_id, found.owner_party_id, amounts)
    return {
        (brand_id, variant, cells[variant], place_id, found.owner_party_id): n
        for variant, n in sorted(amounts.items())
    }


def _write_stock_moves(
    tx: Tx,
    amounts: Mapping[StockKey, int],
    reason: str,
    ref_id: str,
    command: SendTransfer | ReceiveTransfer | CancelTransfer,
) -> None:
    moves = [move_row(key, n, reason, ref_id, line_no=0, at=command.at) for key, n in amounts.items()]
    tx.insert_many(stock_move, moves)


def _log(
    tx: Tx,
    command: SendTransfer | ReceiveTransfer | CancelTransfer,
    ref_id: str,
    done: list[tuple[str, str, int]],
) -> None:
    tx.insert_many(
        stock_transfer_move,
        [
            {
                "brand_id": command.brand_id,
                "transfer_id": command.transfer_id,
                "variant_id": variant,
                "kind": kind,
                "quantity": n,
                "by_id": command.by_id,
                "ref_id": ref_id,
                "at": command.at,
            }
            for variant, kind, n in done
        ],
    )
