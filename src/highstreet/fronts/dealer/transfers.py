"""Goods on their way between places: sent, received, called off."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from pydantic import Field

from highstreet.flows.move_stock import (
    CallBackGoods,
    ReceiveGoods,
    SendGoods,
    ShownTransfer,
    call_back_goods,
    receive_goods,
    send_goods,
    transfer_at,
    transfers_at,
)
from highstreet.flows.program import Program
from highstreet.fronts.dealer.asking import Told, dealer, own_place_ids, program_of
from highstreet.fronts.staff import Asked, PartyId, PlaceId, StockTransferId, VariantId
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.stock import Reason, ReceivedLine, SentLine

router = APIRouter(tags=["dealer: transfers"], responses=PROBLEMS)
TransfersReader = Annotated[Actor, dealer(Permission.STOCK_READ)]
TransfersWriter = Annotated[Actor, dealer(Permission.STOCK_WRITE)]
MOST_PIECES = 1_000_000


class SentLineAsked(Asked):
    """So many pieces of an article."""

    variant_id: VariantId
    quantity: int = Field(ge=1, le=MOST_PIECES)


class TransferAsked(Asked):
    """Pieces of one owner leave for another place."""

    id: StockTransferId = Field(description="Made by whoever asks: `trn_…`. The same again changes nothing.")
    owner_party_id: PartyId = Field(description="Who runs both places, or the brand.")
    from_place_id: PlaceId
    to_place_id: PlaceId
    lines: list[SentLineAsked] = Field(min_length=1, max_length=200)


class ReceivedLineAsked(Asked):
    """What came of an article."""

    variant_id: VariantId
    arrived: int = Field(ge=0, le=MOST_PIECES)
    difference: int = Field(
        0, ge=-MOST_PIECES, le=MOST_PIECES, description="Below zero: will not come. Above: so many more came."
    )
    reason: Literal["damaged", "lost", "stolen", "found"] | None = Field(
        None, description="Of the difference, and only of one."
    )


class ReceiptAsked(Asked):
    """What arrived; what is not said stays under way."""

    id: str = Field(
        max_length=40, description="Made by whoever asks: `cnt_…`. The same again changes nothing."
    )
    lines: list[ReceivedLineAsked] = Field(min_length=1, max_length=200)


class TransferLineTold(Told):
    """What became of the pieces of an article."""

    variant_id: str
    name_en: str
    name_zh: str
    sent: int
    arrived: int
    lost: int
    missing: int = Field(description="Still under way; of a cancelled transfer, what came back.")


class TransferTold(Told):
    """A transfer and how far it is."""

    transfer_id: str
    owner_party_id: str
    from_place_id: str
    to_place_id: str
    state: Literal["sent", "partly", "received", "cancelled"]
    sent_at: datetime
    lines: list[TransferLineTold]
    may_receive: bool
    may_cancel: bool


@router.get(
    "/transfers", operation_id="dealer_list_transfers", summary="Staff list transfers of their places"
)
async def list_transfers(
    request: Request,
    actor: TransfersReader,
    *,
    is_under_way: Annotated[
        bool, Query(description="Only those of which something is still to come.")
    ] = False,
) -> list[TransferTold]:
    """From and to own places, the newest first, at most 200."""
    found = await program_of(request).db.read(own_transfers, actor, is_under_way)
    return [_told(one) for one in found]


@router.post(
    "/transfers",
    operation_id="dealer_send_transfer",
    summary="Staff send goods to another place",
    status_code=201,
)
async def send(request: Request, actor: TransfersWriter, asked: TransferAsked) -> TransferTold:
    """They leave this shelf, and are under way until they are received."""
    lines = tuple(SentLine(line.variant_id, line.quantity) for line in asked.lines)
    await send_now(
        program_of(request),
        actor,
        asked.id,
        asked.owner_party_id,
        asked.from_place_id,
        asked.to_place_id,
        lines,
    )
    return _told(await program_of(request).db.read(own_transfer, actor, asked.id))


@router.get(
    "/transfers/{transfer_id}", operation_id="dealer_read_transfer", summary="Staff read one transfer"
)
async def read_one(request: Request, actor: TransfersReader, transfer_id: StockTransferId) -> TransferTold:
    """404 also when it touches none of their places."""
    return _told(await program_of(request).db.read(own_transfer, actor, transfer_id))


@router.post(
    "/transfers/{transfer_id}/receive",
    operation_id="dealer_receive_transfer",
    summary="Staff receive a transfer",
)
async def receive(
    request: Request, actor: TransfersWriter, transfer_id: StockTransferId, asked: ReceiptAsked
) -> TransferTold:
    """In one part or many; each difference has a reason."""
    try:
        lines = tuple(
            ReceivedLine(
                line.variant_id,
                line.arrived,
                line.difference,
                None if line.reason is None else Reason(line.reason),
            )
            for line in asked.lines
        )
    except ValueError:
        raise REQUEST_MALFORMED(field="body.lines", reason="a_difference_needs_a_reason") from None
    await receive_now(program_of(request), actor, transfer_id, check_id(asked.id, "cnt"), lines)
    return await read_one(request, actor, transfer_id)


@router.post(
    "/transfers/{transfer_id}/cancel",
    operation_id="dealer_cancel_transfer",
    summary="Staff call a transfer off",
)
async def cancel(request: Request, actor: TransfersWriter, transfer_id: StockTransferId) -> TransferTold:
    """While nothing was received: all of it is on the sender's shelf again."""
    await cancel_now(program_of(request), actor, transfer_id)
    return await read_one(request, actor, transfer_id)


async def send_now(
    program: Program,
    actor: Actor,
    transfer_id: str,
    owner_id: str,
    from_id: str,
    to_id: str,
    lines: tuple[SentLine, ...],
) -> None:
    """Errors: as `send_goods`; Refusal request.malformed for an article named twice, or one place as both."""
    if from_id == to_id or len({line.variant_id for line in lines}) != len(lines):
        raise REQUEST_MALFORMED(
            field="body.to_place_id" if from_id == to_id else "body.lines", reason="twice"
        )
    asked = fingerprint_of([actor.id, owner_id, from_id, to_id, [[o.variant_id, o.quantity] for o in lines]])
    now = program.clock.now()
    command = SendGoods(actor, transfer_id, owner_id, from_id, to_id, lines, asked, now)
    await program.db.write(
        audited, Audited(actor, "dealer.send_transfer", transfer_id, send_goods, command, now)
    )


async def receive_now(
    program: Program, actor: Actor, transfer_id: str, receipt_id: str, lines: tuple[ReceivedLine, ...]
) -> None:
    """Errors: as `receive_goods`; Refusal request.malformed for an article named twice."""
    if len({line.variant_id for line in lines}) != len(lines):
        raise REQUEST_MALFORMED(field="body.lines", reason="twice")
    said = [[o.variant_id, o.arrived, o.difference, o.reason and o.reason.value] for o in lines]
    now = program.clock.now()
    command = ReceiveGoods(actor, transfer_id, receipt_id, lines, fingerprint_of([transfer_id, said]), now)
    await program.db.write(
        audited, Audited(actor, "dealer.receive_transfer", transfer_id, receive_goods, command, now)
    )


async def cancel_now(program: Program, actor: Actor, transfer_id: str) -> None:
    """Errors: as `call_back_goods`."""
    now = program.clock.now()
    command = CallBackGoods(actor, transfer_id, now)
    await program.db.write(
        audited, Audited(actor, "dealer.cancel_transfer", transfer_id, call_back_goods, command, now)
    )


def own_transfers(reader: Reader, actor: Actor, is_under_way: bool) -> list[ShownTransfer]:
    """From and to the places whose stock the actor may read."""
    own = own_place_ids(reader, actor, Permission.STOCK_READ)
    return transfers_at(reader, actor, own, is_under_way=is_under_way)


def own_transfer(reader: Reader, actor: Actor, transfer_id: str) -> ShownTransfer:
    """Errors: Refusal request.not_found."""
    return transfer_at(reader, actor, own_place_ids(reader, actor, Permission.STOCK_READ), transfer_id)


def _told(shown: ShownTransfer) -> TransferTold:
    one = shown.transfer
    return TransferTold(
        transfer_id=one.id,
        owner_party_id=one.owner_party_id,
        from_place_id=one.from_place_id,
        to_place_id=one.to_place_id,
        state=one.state.value,
        sent_at=one.sent_at,
        lines=[
            TransferLineTold(
                variant_id=line.variant_id,
                name_en=shown.goods[line.variant_id].name_en,
                name_zh=shown.goods[line.variant_id].name_zh,
                sent=line.sent,
                arrived=line.arrived,
                lost=line.lost,
                missing=line.missing,
            )
            for line in one.lines
        ],
        may_receive=shown.may_receive,
        may_cancel=shown.may_cancel,
    )
