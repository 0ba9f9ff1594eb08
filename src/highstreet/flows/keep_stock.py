"""Staff of a place count what lies there, or say why the number is another; and look at what happened to an article."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from highstreet.kernel import idempotency
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.goods import PricedVariant, categories_for, variant_by_id
from highstreet.rooms.parties import parties_of_brand, place_by_id
from highstreet.rooms.places import sites_for
from highstreet.rooms.stock import (
    AdjustStock,
    CountRow,
    CountStock,
    PlaceStock,
    Reason,
    StockMove,
    adjust_stock,
    confidence,
    count_stock,
    moves_beside_sales,
    stock_at_place,
)

MOVES_SHOWN = 20
ADJUSTED = "stock.adjusted"


class Counted(NamedTuple):
    """So many pieces of one owner were seen."""

    variant_id: str
    owner_party_id: str
    on_hand: int


@dataclass(frozen=True, slots=True)
class CountHere:
    """What was seen at a place, and by whom."""

    actor: Actor
    place_id: str
    rows: tuple[Counted, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class AdjustHere:
    """So many more or fewer, for a reason. `adjustment_id` was made by whoever asks: it is the idempotency key."""

    actor: Actor
    adjustment_id: str
    place_id: str
    variant_id: str
    owner_party_id: str
    reason: Reason
    quantity: int
    at: datetime

    @property
    def key(self) -> str:
        return f"{self.actor.brand_id}:{self.adjustment_id}"


@dataclass(frozen=True, slots=True)
class OwnerHere:
    """One owner's pieces, and how sure we are of those that may be promised online (0 to 1)."""

    stock: PlaceStock
    confidence: float


@dataclass(frozen=True, slots=True)
class ArticleHere:
    """An article at a place: whose pieces there are, and what happened to them beside sales, the newest first."""

    article: PricedVariant
    category: str
    owners: tuple[OwnerHere, ...]
    moves: tuple[StockMove, ...]


def may_keep(reader: Reader, actor: Actor, place_id: str) -> bool:
    """Whether they may write at this place: as its own staff, its operator's, or the brand's. A landlord may not."""
    place = place_by_id(reader, str(actor.brand_id), place_id)
    return place is not None and actor.may(
        Permission.STOCK_WRITE,
        brand_id=place.brand_id,
        party_id=place.operator_party_id,
        place_id=place.id,
    )


def count_here(tx: Tx, command: CountHere) -> int:
    """Set on hand to what was seen; how many numbers that changed.

    Errors: Refusal request.not_found (another's place, no such article or party), and as `count_stock`.
    """
    cell = _cell(tx, command.actor, command.place_id)
    for row in command.rows:
        _check_known(tx, command.actor, row.variant_id)
    _check_owners(tx, command.actor, [row.owner_party_id for row in command.rows])
    rows = [
        CountRow(row.variant_id, cell, command.place_id, row.owner_party_id, row.on_hand)
        for row in command.rows
    ]
    return count_stock(tx, CountStock(str(command.actor.brand_id), command.at, command.actor.id, rows))


def was_adjusted(reader: Reader, command: AdjustHere) -> bool:
    """Whether this very adjustment was made before. Errors: Refusal idempotency.mismatch."""
    before = idempotency.stored(reader, ADJUSTED, [command.key]).get(command.key)
    if before is not None:
        before.check(_print(command))
    return before is not None


def adjust_here(tx: Tx, command: AdjustHere) -> None:
    """Once for each id. Errors: as `count_here` and `adjust_stock`; Refusal idempotency.mismatch."""
    if was_adjusted(tx, command):
        return
    cell = _cell(tx, command.actor, command.place_id)
    _check_known(tx, command.actor, command.variant_id)
    _check_owners(tx, command.actor, [command.owner_party_id])
    key = (str(command.actor.brand_id), command.variant_id, cell, command.place_id, command.owner_party_id)
    adjust_stock(tx, AdjustStock(key, command.reason, command.quantity, command.actor.id, command.at))
    idempotency.remember(tx, ADJUSTED, [(command.key, _print(command), {})], command.at)


def article_here(reader: Reader, brand_id: str, place_id: str, variant_id: str, now: datetime) -> ArticleHere:
    """Errors: Refusal request.not_found."""
    article = variant_by_id(reader, brand_id, variant_id)
    if article is None:
        raise REQUEST_NOT_FOUND()
    return ArticleHere(
        article,
        categories_for(reader, brand_id, {article.product_id}).get(article.product_id, ""),
        tuple(
            OwnerHere(one, confidence(one.available_online, now - one.counted_at, one.missed, one.sold))
            for one in stock_at_place(reader, brand_id, place_id, variant_id)
        ),
        tuple(moves_beside_sales(reader, brand_id, place_id, variant_id, MOVES_SHOWN)),
    )


def _cell(reader: Reader, actor: Actor, place_id: str) -> int:
    if not may_keep(reader, actor, place_id):
        raise REQUEST_NOT_FOUND()
    site = sites_for(reader, {(str(actor.brand_id), place_id)}).get((str(actor.brand_id), place_id))
    return site.cell if site else 0


def _check_known(reader: Reader, actor: Actor, variant_id: str) -> None:
    if variant_by_id(reader, str(actor.brand_id), variant_id) is None:
        raise REQUEST_NOT_FOUND()


def _check_owners(reader: Reader, actor: Actor, owners: Sequence[str]) -> None:
    known = {party.id for party in parties_of_brand(reader, str(actor.brand_id))}
    if not known.issuperset(owners):
        raise REQUEST_NOT_FOUND()


def _print(command: AdjustHere) -> str:
    content = asdict(command)
    del content["actor"], content["at"]
    return idempotency.fingerprint_of(content)
