"""A place packs what an order wants of it, says what is not there, and sends it.

What is missing is looked for elsewhere at once; what nobody has goes back to the shopper as money. When nothing is left to
be packed the sale is settled: shares, points and the receipt follow what was sent, and what was not is returned (G3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from highstreet.flows.deliver_order import parcels_for, route_lines, spot_of
from highstreet.flows.finish_sale import cells_of_sale, settle_held
from highstreet.flows.pay_in_parts import LetGo, let_go
from highstreet.flows.return_sale import give_back, paid_sale, refunds_of_lines, return_coupons
from highstreet.flows.route_order import Planned, RouteAsk, plan_route
from highstreet.flows.tell_order import tell_order
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.parcels import (
    PARCEL_EMPTY,
    PARCEL_MOVED_ON,
    PARCEL_UNKNOWN,
    Parcel,
    ParcelLine,
    ParcelState,
    StepParcel,
    add_parcels,
    address_of,
    check_missing,
    delivery_of,
    end_delivery,
    move_line,
    note_missing,
    parcel_by_id,
    parcels_of_sale,
    step_parcel,
)
from highstreet.rooms.routing import KeepDecision, keep_decision
from highstreet.rooms.sales import (
    ReturnLine,
    Sale,
    SaleLine,
    SaleReturn,
    ServeLine,
    lock_parts,
    record_return,
    sales_for,
    serve_line,
)
from highstreet.rooms.stock import TakeStock, put_back, reject_picks, release_reserved, reserve_stock

NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class PickParcel:
    """Somebody has put a parcel together. `missing`: (line, pieces) that are not there, and why.

    `nonce` makes the numbers of refunds, should all of it be missing.
    """

    brand_id: str
    parcel_id: str
    missing: tuple[tuple[int, int], ...]
    reason: str
    by_id: str
    at: datetime
    return_days: int
    nonce: str


@dataclass(frozen=True, slots=True)
class SendParcel:
    """A parcel leaves the place."""

    brand_id: str
    parcel_id: str
    carrier: str
    tracking: str
    by_id: str
    at: datetime
    return_days: int
    nonce: str


def pick_parcel(tx: Tx, command: PickParcel) -> None:
    """Errors: Refusal parcels.unknown, parcels.moved_on, parcels.pick_malformed (field)."""
    sale, parcel = _ours(tx, command.brand_id, command.parcel_id)
    missing = {line_no: pieces for line_no, pieces in command.missing if pieces}
    check_missing(parcel, dict(command.missing), command.reason)
    picked = StepParcel(
        parcel.brand_id,
        parcel.id,
        (ParcelState.QUEUED,),
        ParcelState.PICKED,
        command.by_id,
        command.at,
        note=command.reason if missing else "",
    )
    step_parcel(tx, parcel, picked)
    for line_no, pieces in sorted(missing.items()):
        note_missing(tx, parcel, line_no, pieces)
    lost = [replace(one, missing=missing[one.line_no]) for one in parcel.lines if one.line_no in missing]
    if lost and not _bring_from_elsewhere(tx, sale, parcel, lost, command.at) and len(lost) > 1:
        for line in lost:
            _bring_from_elsewhere(tx, sale, parcel, [line], command.at)
    left = parcel_by_id(tx, parcel.brand_id, parcel.id)
    if left is not None and not any(line.packed for line in left.lines):
        step_parcel(tx, parcel, replace(picked, before=(ParcelState.PICKED,), to=ParcelState.ENDED, note=""))
    _finish(tx, sale, command)


def send_parcel(tx: Tx, command: SendParcel) -> None:
    """Errors: Refusal parcels.unknown, parcels.moved_on, parcels.empty."""
    sale, parcel = _ours(tx, command.brand_id, command.parcel_id)
    if not any(line.packed for line in parcel.lines):
        raise PARCEL_EMPTY()
    step_parcel(
        tx,
        parcel,
        StepParcel(
            parcel.brand_id,
            parcel.id,
            (ParcelState.PICKED,),
            ParcelState.SENT,
            command.by_id,
            command.at,
            carrier=command.carrier,
            tracking=command.tracking,
        ),
    )
    _finish(tx, sale, command)


def _ours(tx: Tx, brand_id: str, parcel_id: str) -> tuple[Sale, Parcel]:
    """The parcel and its open sale, ours until the commit: nobody gives it up meanwhile."""
    known = parcel_by_id(tx, brand_id, parcel_id)
    if known is None:
        raise PARCEL_UNKNOWN()
    key = (brand_id, known.sale_id)
    lock_parts(tx, *key)
    sale, parcel = sales_for(tx, [key])[key], parcel_by_id(tx, brand_id, parcel_id)
    if parcel is None or sale.state != "open":
        raise PARCEL_MOVED_ON()
    return sale, parcel


def _bring_from_elsewhere(
    tx: Tx, sale: Sale, parcel: Parcel, lost: Sequence[ParcelLine], at: datetime
) -> bool:
    """Whether these lines come whole from other places now: their pieces are reserved there, and here no more."""
    lines = {line.line_no: line for line in sale.lines}
    wanted = tuple(lines[one.line_no] for one in lost)
    delivery = delivery_of(tx, sale.brand_id, sale.id)
    address = address_of(tx, sale.brand_id, sale.id)
    point = address.point if address else None
    planned = plan_route(
        tx,
        RouteAsk(
            sale.brand_id,
            sale.id,
            sale.place_id,
            route_lines(tx, sale.brand_id, wanted),
            point or spot_of(tx, sale.brand_id, sale.place_id),
            # A promise that cannot be kept any more is no reason to bring nothing.
            delivery.promised_by if delivery and delivery.promised_by > at else None,
            at,
            frozenset((parcel.place_id, one.owner_party_id) for one in lost),
        ),
    )
    if not planned.routed.takes:
        return False
    decided = keep_decision(
        tx,
        KeepDecision(facts=planned.facts, rules_version=planned.rules_version, routed=planned.routed, at=at),
    )
    cells = cells_of_sale(tx, sale)
    gone = [_take(sale, lines[one.line_no], cells, one.missing, sale.id, at) for one in lost]
    free = [
        _take(sale, lines[one.line_no], cells, one.quantity - one.missing, sale.id, at)
        for one in lost
        if one.quantity > one.missing
    ]
    reject_picks(tx, gone)
    if free:
        release_reserved(tx, free)
    _reserve_there(tx, sale, parcel, wanted, planned, decided.no, at)
    return True


def _reserve_there(
    tx: Tx,
    sale: Sale,
    parcel: Parcel,
    wanted: Sequence[SaleLine],
    planned: Planned,
    no: int,
    at: datetime,
) -> None:
    for line in wanted:
        place_id, owner_id = planned.served[line.variant_id]
        serve_line(tx, ServeLine(sale.brand_id, sale.id, line.line_no, place_id, owner_id))
    sale = sales_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    numbers = {line.line_no for line in wanted}
    moved = tuple(line for line in sale.lines if line.line_no in numbers)
    cells = cells_of_sale(tx, sale)
    takes = [_take(sale, line, cells, line.quantity, sale.id, at) for line in moved]
    reserve_stock(tx, [replace(take, is_online=True) for take in takes])
    parcels = parcels_for(sale, moved, planned.operators, no, ParcelState.QUEUED, at)
    add_parcels(tx, parcels)
    for one in parcels:
        for packed in one.lines:
            move_line(tx, parcel, packed.line_no, one.id)


def _finish(tx: Tx, sale: Sale, command: PickParcel | SendParcel) -> None:
    """Once nothing is left to be packed: what was sent is sold, and what was not goes back."""
    tell_order(tx, sale, command.at)
    parcels = parcels_of_sale(tx, sale.brand_id, sale.id)
    if any(one.state.is_open for one in parcels):
        return
    lost = [line for one in parcels for line in one.lines if line.lost]
    sale = sales_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    if not any(one.state is ParcelState.SENT for one in parcels):
        let_go(tx, LetGo(sale.brand_id, sale.id, command.at, NOT_FOUND, command.nonce))
    else:
        end_delivery(tx, sale.brand_id, sale.id, command.at, is_sent=True)
        settle_held(tx, sale, command.at, command.return_days)
        for one in parcels:
            if any(line.lost for line in one.lines):
                _return_missing(tx, sale, one, command)
    lines, cells = {line.line_no: line for line in sale.lines}, cells_of_sale(tx, sale)
    missed = [_take(sale, lines[line.line_no], cells, line.lost, sale.id, command.at) for line in lost]
    if missed:  # they are free again, and were looked for in vain
        reserve_stock(tx, missed)
        reject_picks(tx, missed)


def _return_missing(tx: Tx, sale: Sale, parcel: Parcel, command: PickParcel | SendParcel) -> None:
    """What a place did not find comes back to its owner there, and its price to the shopper."""
    sold = paid_sale(tx, (sale.brand_id, sale.id))
    lines = refunds_of_lines(sold, [(line.line_no, line.lost) for line in parcel.lines if line.lost])
    back = SaleReturn(
        brand_id=sale.brand_id,
        id=stable_id("rtn", parcel.id),
        sale_id=sale.id,
        place_id=parcel.place_id,
        register_id=None,
        currency=sale.currency,
        refund_minor=sum(refund for _, _, refund in lines),
        reason=NOT_FOUND,
        at=command.at,
        lines=tuple(ReturnLine(line.line_no, pieces, refund) for line, pieces, refund in lines),
        staff_id=command.by_id,
    )
    record_return(tx, back)
    cells = cells_of_sale(tx, sold)
    put_back(tx, [_take(sold, line, cells, pieces, back.id, command.at) for line, pieces, _ in lines])
    return_coupons(tx, sold, command.at, lines)
    give_back(tx, sold, back, lines, None)


def _take(
    sale: Sale, line: SaleLine, cells: Mapping[str, int], pieces: int, ref_id: str, at: datetime
) -> TakeStock:
    place_id = sale.serves(line)
    return TakeStock(
        brand_id=sale.brand_id,
        variant_id=line.variant_id,
        cell=cells[place_id],
        place_id=place_id,
        owner_party_id=line.owner_party_id or "",
        quantity=pieces,
        ref_id=ref_id,
        line_no=line.line_no,
        at=at,
    )
