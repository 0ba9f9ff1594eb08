"""Goods go from one place of their owner to another: sent, received in one part or many, or called off.

Who sends keeps the stock of the place they leave, who receives that of the place they arrive at. Pieces go between places
of one operator; the brand may send its own anywhere, for they stay the brand's.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.keep_stock import may_keep
from highstreet.kernel import idempotency
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.goods import PricedVariant, variants_for
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parties import (
    PartyKind,
    PlaceOfBusiness,
    parties_of_brand,
    place_by_id,
    places_of_brand,
)
from highstreet.rooms.places import sites_for, zone_of
from highstreet.rooms.stock import (
    OTHER_OPERATOR,
    CancelTransfer,
    ReceivedLine,
    ReceiveTransfer,
    SendTransfer,
    SentLine,
    Transfer,
    TransferMove,
    cancel_transfer,
    moves_of_transfer,
    receive_transfer,
    send_transfer,
    transfer_by_id,
    transfers_of_places,
)

DONE = "stock.transfer"
MOST = 200


@dataclass(frozen=True, slots=True)
class SendGoods:
    """Pieces of one owner leave for another place. Whoever asks made `transfer_id`: it is the idempotency key."""

    actor: Actor
    transfer_id: str
    owner_party_id: str
    from_place_id: str
    to_place_id: str
    lines: tuple[SentLine, ...]
    fingerprint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReceiveGoods:
    """What arrived. `receipt_id` is the idempotency key."""

    actor: Actor
    transfer_id: str
    receipt_id: str
    lines: tuple[ReceivedLine, ...]
    fingerprint: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CallBackGoods:
    """Nothing arrived, and nothing will."""

    actor: Actor
    transfer_id: str
    at: datetime


def send_goods(tx: Tx, command: SendGoods) -> None:
    """Once for each id.

    Errors: Refusal request.not_found (a place or party that is not theirs, no such article), stock.other_operator,
    stock.not_enough_to_send, idempotency.mismatch.
    """
    brand_id = str(command.actor.brand_id)
    key = f"{brand_id}:{command.transfer_id}"
    if _was_done(tx, key, command.fingerprint):
        return
    if not may_keep(tx, command.actor, command.from_place_id):
        raise REQUEST_NOT_FOUND()
    start, end = (place_by_id(tx, brand_id, one) for one in (command.from_place_id, command.to_place_id))
    if start is None or end is None or not end.is_active:
        raise REQUEST_NOT_FOUND()
    _check_owner(tx, command, start, end)
    wanted = {(brand_id, line.variant_id) for line in command.lines}
    if wanted - variants_for(tx, wanted).keys():
        raise REQUEST_NOT_FOUND()
    sites = sites_for(tx, {(brand_id, start.id), (brand_id, end.id)})
    cells = {place_id: site.cell for (_, place_id), site in sites.items()}
    send_transfer(
        tx,
        SendTransfer(
            brand_id,
            command.transfer_id,
            command.owner_party_id,
            start.id,
            cells.get(start.id, 0),
            end.id,
            cells.get(end.id, 0),
            command.lines,
            command.actor.id,
            command.at,
        ),
    )
    idempotency.remember(tx, DONE, [(key, command.fingerprint, {})], command.at)


def receive_goods(tx: Tx, command: ReceiveGoods) -> None:
    """Once for each receipt. Errors: Refusal request.not_found, idempotency.mismatch, and as `receive_transfer`."""
    brand_id = str(command.actor.brand_id)
    key = f"{brand_id}:{command.receipt_id}"
    if _was_done(tx, key, command.fingerprint):
        return
    found = _own_end(tx, command.actor, command.transfer_id, is_start=False)
    receive_transfer(
        tx,
        ReceiveTransfer(brand_id, found.id, command.lines, command.actor.id, command.receipt_id, command.at),
    )
    idempotency.remember(tx, DONE, [(key, command.fingerprint, {})], command.at)


def call_back_goods(tx: Tx, command: CallBackGoods) -> None:
    """Errors: Refusal request.not_found, and as `cancel_transfer`."""
    found = _own_end(tx, command.actor, command.transfer_id, is_start=True)
    cancel_transfer(tx, CancelTransfer(str(command.actor.brand_id), found.id, command.actor.id, command.at))


def _was_done(reader: Reader, key: str, fingerprint: str) -> bool:
    before = idempotency.stored(reader, DONE, [key]).get(key)
    if before is not None:
        before.check(fingerprint)
    return before is not None


def _check_owner(reader: Reader, command: SendGoods, start: PlaceOfBusiness, end: PlaceOfBusiness) -> None:
    """Whose pieces go there: the operator's of both places, or the brand's own, to another company by the brand only."""
    brand_party = next(p for p in parties_of_brand(reader, start.brand_id) if p.kind is PartyKind.BRAND)
    if command.owner_party_id not in (brand_party.id, start.operator_party_id):
        raise REQUEST_NOT_FOUND()
    is_brands = command.owner_party_id == brand_party.id and command.actor.may(
        Permission.STOCK_WRITE, brand_id=start.brand_id, party_id=brand_party.id
    )
    if start.operator_party_id != end.operator_party_id and not is_brands:
        raise OTHER_OPERATOR()


def _own_end(reader: Reader, actor: Actor, transfer_id: str, *, is_start: bool) -> Transfer:
    """A transfer that begins, or ends, at a place whose stock they keep."""
    found = transfer_by_id(reader, str(actor.brand_id), transfer_id)
    if found is None or not may_keep(reader, actor, found.from_place_id if is_start else found.to_place_id):
        raise REQUEST_NOT_FOUND()
    return found


@dataclass(frozen=True, slots=True)
class ShownTransfer:
    """A transfer with the names of what it speaks of, and what whoever looks may do with it."""

    transfer: Transfer
    start: PlaceOfBusiness | None
    end: PlaceOfBusiness | None
    goods: dict[str, PricedVariant]
    time_zone: str
    may_receive: bool
    may_cancel: bool

    @property
    def pieces(self) -> int:
        """How many were sent."""
        return sum(line.sent for line in self.transfer.lines)

    @property
    def missing(self) -> int:
        """How many are under way."""
        return sum(line.missing for line in self.transfer.lines)


@dataclass(frozen=True, slots=True)
class TransferStory:
    """What was done with it, and by whom."""

    move: TransferMove
    who: str


def transfers_at(
    reader: Reader, actor: Actor, place_ids: Collection[str], *, is_under_way: bool
) -> list[ShownTransfer]:
    """From or to these places, the newest first, at most 200."""
    brand_id = str(actor.brand_id)
    found = transfers_of_places(reader, brand_id, place_ids, MOST, is_under_way=is_under_way)
    return _shown(reader, actor, found)


def transfer_at(reader: Reader, actor: Actor, place_ids: Collection[str], transfer_id: str) -> ShownTransfer:
    """Errors: Refusal request.not_found, also for one that touches none of these places."""
    found = transfer_by_id(reader, str(actor.brand_id), transfer_id)
    if found is None or not {found.from_place_id, found.to_place_id} & set(place_ids):
        raise REQUEST_NOT_FOUND()
    return _shown(reader, actor, [found])[0]


def story_of_transfer(reader: Reader, brand_id: str, transfer_id: str) -> list[TransferStory]:
    """The oldest first."""
    names = {one.id: one.name for one in staff_of_brand(reader, brand_id)}
    moves = moves_of_transfer(reader, brand_id, transfer_id)
    return [TransferStory(move, names.get(move.by_id, "")) for move in moves]


def _shown(reader: Reader, actor: Actor, found: Sequence[Transfer]) -> list[ShownTransfer]:
    brand_id = str(actor.brand_id)
    places = {one.id: one for one in places_of_brand(reader, brand_id)} if found else {}
    wanted = {(brand_id, line.variant_id) for one in found for line in one.lines}
    goods = {key[1]: one for key, one in variants_for(reader, wanted).items()} if wanted else {}
    shown = []
    for one in found:
        is_open = one.state.is_under_way
        shown.append(
            ShownTransfer(
                one,
                places.get(one.from_place_id),
                places.get(one.to_place_id),
                {line.variant_id: goods[line.variant_id] for line in one.lines if line.variant_id in goods},
                zone_of(reader, brand_id, one.to_place_id),
                is_open and may_keep(reader, actor, one.to_place_id),
                one.state.value == "sent" and may_keep(reader, actor, one.from_place_id),
            )
        )
    return shown
