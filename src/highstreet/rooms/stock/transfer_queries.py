"""Reads of transfers."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import or_, select

from highstreet.kernel.tx import Reader
from highstreet.rooms.stock.tables import stock_item, stock_transfer, stock_transfer_line, stock_transfer_move
from highstreet.rooms.stock.transfers import Transfer, TransferLine, TransferMove, TransferState

_x = stock_transfer.c
_HEAD = (_x.id, _x.owner_party_id, _x.from_place_id, _x.to_place_id, _x.state, _x.sent_at)


def transfer_by_id(reader: Reader, brand_id: str, transfer_id: str) -> Transfer | None:
    """None when the brand has no such transfer."""
    query = select(*_HEAD).where(_x.brand_id == brand_id, _x.id == transfer_id)
    return next(iter(_with_lines(reader, brand_id, reader.rows(query))), None)


def transfers_of_places(
    reader: Reader, brand_id: str, place_ids: Collection[str], limit: int, *, is_under_way: bool = False
) -> list[Transfer]:
    """Sent from one of these places or to one of them, the newest first; all, or those still under way."""
    places = sorted(place_ids)
    query = (
        select(*_HEAD)
        .where(_x.brand_id == brand_id, or_(_x.from_place_id.in_(places), _x.to_place_id.in_(places)))
        .order_by(_x.sent_at.desc(), _x.id.desc())
        .limit(limit)
    )
    if is_under_way:
        query = query.where(_x.state.in_([s.value for s in TransferState if s.is_under_way]))
    return _with_lines(reader, brand_id, reader.rows(query))


def moves_of_transfer(reader: Reader, brand_id: str, transfer_id: str) -> list[TransferMove]:
    """What was done with it, the oldest first."""
    m = stock_transfer_move.c
    query = (
        select(m.variant_id, m.kind, m.quantity, m.by_id, m.ref_id, m.at)
        .where(m.brand_id == brand_id, m.transfer_id == transfer_id)
        .order_by(m.seq)
    )
    return [TransferMove(*tuple(row)) for row in reader.rows(query)]


def cells_at(
    reader: Reader, brand_id: str, place_id: str, owner_party_id: str, variant_ids: Collection[str]
) -> dict[str, int]:
    """In which cell an owner's articles lie at a place: where most are under way to, if there are two."""
    s = stock_item.c
    query = (
        select(s.variant_id, s.cell)
        .where(
            s.brand_id == brand_id,
            s.place_id == place_id,
            s.owner_party_id == owner_party_id,
            s.variant_id.in_(sorted(variant_ids)),
        )
        .order_by(s.in_transit, s.on_hand)
    )
    return {variant: int(cell) for variant, cell in map(tuple, reader.rows(query))}


def _with_lines(reader: Reader, brand_id: str, heads: Iterable[Any]) -> list[Transfer]:
    found = [tuple(head) for head in heads]
    n = stock_transfer_line.c
    query = (
        select(n.transfer_id, n.variant_id, n.sent, n.arrived, n.lost)
        .where(n.brand_id == brand_id, n.transfer_id.in_([head[0] for head in found]))
        .order_by(n.transfer_id, n.variant_id)
    )
    lines: dict[str, list[TransferLine]] = {}
    rows: Iterable[Any] = reader.rows(query) if found else ()
    for transfer_id, *line in rows:
        lines.setdefault(transfer_id, []).append(TransferLine(*line))
    return [
        Transfer(id_, owner, from_, to, TransferState(state), at, tuple(lines.get(id_, ())))
        for id_, owner, from_, to, state, at in found
    ]
