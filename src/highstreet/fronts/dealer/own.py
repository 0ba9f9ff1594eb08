"""Own places, the sales there, the stock there, and what happens there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field

from highstreet.flows.list_places import ListedPlace, ListedStock, list_places, list_stock
from highstreet.flows.own_sales import OwnSales, Reach, own_sale, own_sales, reach_of
from highstreet.fronts.contracts_told import ShareKind
from highstreet.fronts.dealer.asking import (
    Instant,
    Told,
    brand_of,
    dealer,
    own_party_ids,
    own_place_ids,
    program_of,
)
from highstreet.fronts.staff import PlaceId, SaleId
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.live import Topic
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS, Listening, one_of_few, stream
from highstreet.rooms.channel import Reason, Share, ShareSheet, Terms, contracts_of_brand, reason_of
from highstreet.rooms.sales import Sale, SaleReturn, returns_of
from highstreet.rooms.tenders import Tender, tenders_for

router = APIRouter(tags=["dealer: own places"], responses=PROBLEMS)
SalesReader = Annotated[Actor, dealer(Permission.SALES_READ)]
Listener = Annotated[Actor, one_of_few(SalesReader)]
StockReader = Annotated[Actor, dealer(Permission.STOCK_READ)]

SHOWN_EVENTS = frozenset({"sales.sale_paid.v1", "sales.sale_abandoned.v1", "sales.sale_returned.v1"})
# What the actor may see was decided when the stream began.
ENDING_EVENTS = frozenset(
    {
        "identity.session_revoked.v1",
        "parties.role_given.v1",
        "parties.role_taken.v1",
        "parties.place_added.v1",
        "parties.place_changed.v1",
    }
)
SHOWN_FIELDS = ("sale_id", "return_id", "register_id", "rails", "currency", "total_minor", "refund_minor")


class PlaceTold(Told):
    """A place they operate, or that stands in their building."""

    place_id: str
    operator_party_id: str
    landlord_party_id: str | None
    name_en: str
    name_zh: str
    is_active: bool
    lat: float | None = Field(description="WGS-84; None without a position.")
    lon: float | None
    time_zone: str | None
    opening_hours: str | None
    address: str | None


class SaleHeadTold(Told):
    """A paid sale in a list."""

    id: str
    place_id: str
    register_id: str | None
    currency: str
    list_minor: int
    discount_minor: int
    total_minor: int
    returned_minor: int
    business_day: str
    paid_at: datetime | None


class LineTold(Told):
    """A line, and what came back of it."""

    line_no: int
    gtin: str | None
    name_en: str
    name_zh: str
    owner_party_id: str | None = Field(description="Whose pieces they were.")
    quantity: int
    unit_list_minor: int
    discount_minor: int
    net_minor: int
    returned_quantity: int
    returned_minor: int


class TenderTold(Told):
    """A payment or refund."""

    direction: str
    rail: str
    state: str
    currency: str
    amount_minor: int


class ShareTold(Told):
    """What one of their own parties got of a line."""

    line_no: int
    base_minor: int
    role: str
    basis_points: int | None = Field(description="Null where it is no percentage.")
    rule: ShareKind
    of_minor: int | None = Field(description="The amount it is a part of; null: the base.")
    party_id: str
    amount_minor: int


class ReturnTold(Told):
    """A return."""

    id: str
    place_id: str
    refund_minor: int
    reason: str
    at: datetime


class SaleTold(SaleHeadTold):
    """A sale at one of their places. Who bought is not told."""

    lines: list[LineTold]
    tenders: list[TenderTold]
    shares: list[ShareTold] = Field(description="Their own only.")
    contract_id: str | None = Field(description="What the shares come from; null: they have none here.")
    contract_version: int | None
    collector_party_id: str | None = Field(description="Who took the money.")
    returns: list[ReturnTold]


class StockTold(Told):
    """One owner's pieces of an article at a place."""

    variant_id: str
    sku: str | None
    gtin: str | None
    name_en: str | None
    name_zh: str | None
    owner_party_id: str
    on_hand: int
    reserved: int = Field(description="Of these: promised to somebody.")
    display: int = Field(description="Of these: on the shelf to be looked at, never promised online.")
    safety: int = Field(description="Kept back from online channels; sold at the register.")
    in_transit: int = Field(description="Sent to here, not yet received.")
    available: int = Field(description="What a register may sell.")
    available_online: int = Field(description="What may be promised to somebody who is not there.")
    counted_at: datetime


@router.get(
    "/places",
    operation_id="dealer_list_places",
    summary="Dealer or landlord lists own places",
    response_model=list[PlaceTold],
)
async def read_places(
    request: Request,
    actor: SalesReader,
    after: Annotated[PlaceId | None, Query(description="The place_id of the last one seen.")] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> list[ListedPlace]:
    """Own places by id, closed ones too."""
    scopes = actor.scopes(Permission.SALES_READ)
    return await program_of(request).db.read(list_places, brand_of(actor), scopes, after or "", limit)


@router.get(
    "/sales",
    operation_id="dealer_list_sales",
    summary="Dealer or landlord lists sales",
    response_model=list[SaleHeadTold],
)
async def list_sales(
    request: Request,
    actor: SalesReader,
    before: Annotated[Instant | None, Query(description="The paid_at of the last one seen.")] = None,
    before_id: Annotated[SaleId | None, Query(description="The id of the last one seen.")] = None,
    place_id: Annotated[PlaceId | None, Query(description="Only this place's.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[Sale]:
    """Paid sales, the newest first: those made while they ran the place, in their building those with a part."""
    after = None if before is None else (before, before_id or "")
    program = program_of(request)
    asked = OwnSales(place_id, after, limit, program.clock.now())
    return await program.db.read(_sales, actor, asked)


def _sales(reader: Reader, actor: Actor, asked: OwnSales) -> list[Sale]:
    found = own_sales(reader, _reach(reader, actor), asked)
    if found is None:
        raise REQUEST_NOT_FOUND()
    return found


def _reach(reader: Reader, actor: Actor) -> Reach:
    scopes, parties = actor.scopes(Permission.SALES_READ), own_party_ids(actor, Permission.SALES_READ)
    return reach_of(reader, brand_of(actor), scopes, parties)


@dataclass(frozen=True, slots=True)
class _OwnSale:
    sale: Sale
    is_run: bool
    tenders: tuple[Tender, ...]
    sheet: ShareSheet | None
    terms: Terms | None
    returns: list[SaleReturn]


@router.get("/sales/{sale_id}", operation_id="dealer_read_sale", summary="Dealer or landlord reads one sale")
async def read_sale(request: Request, actor: SalesReader, sale_id: SaleId) -> SaleTold:
    """A sale at a place they ran then, or in their building with a part for them; with their own shares of it.

    A landlord is told the lines that give it a share, and the payments when it collected them.
    """
    own = await program_of(request).db.read(_sale, actor, sale_id)
    parties = own_party_ids(actor, Permission.SALES_READ)
    sheet = own.sheet.lines if own.sheet else ()
    shares = [
        {
            "line_no": line.line_no,
            "base_minor": line.base_minor,
            **_fields(share),
            **_reason(own, share),
        }
        for line in sheet
        for share in line.shares
        if share.party_id in parties
    ]
    told = {
        **_fields(own.sale),
        "tenders": own.tenders,
        "shares": shares,
        "returns": own.returns,
        "contract_id": own.sheet.contract_id if own.sheet and shares else None,
        "contract_version": own.sheet.contract_version if own.sheet and shares else None,
        "collector_party_id": own.sheet.collector_party_id if own.sheet and shares else None,
    }
    if not own.is_run:
        told |= _housed(own, parties, {int(share["line_no"]) for share in shares})
    return SaleTold.model_validate(told)


def _housed(own: _OwnSale, parties: frozenset[str], line_nos: set[int]) -> dict[str, Any]:
    is_collector = own.sheet is not None and own.sheet.collector_party_id in parties
    lines = [
        {**_fields(line), "owner_party_id": None}
        for line in own.sale.lines
        if is_collector or line.line_no in line_nos
    ]
    return {"lines": lines, "tenders": own.tenders if is_collector else ()}


def _sale(reader: Reader, actor: Actor, sale_id: str) -> _OwnSale:
    reach = _reach(reader, actor)
    found = own_sale(reader, reach, sale_id)
    if found is None:
        raise REQUEST_NOT_FOUND()
    key = (reach.brand_id, sale_id)
    return _OwnSale(
        sale=found.sale,
        is_run=found.is_run,
        tenders=tenders_for(reader, [key])[key],
        sheet=found.sheet,
        terms=_terms(reader, found.sheet),
        returns=returns_of(reader, *key),
    )


def _terms(reader: Reader, sheet: ShareSheet | None) -> Terms | None:
    """Those that the sale was settled under."""
    if sheet is None:
        return None
    wanted = (sheet.contract_id, sheet.contract_version)
    found = contracts_of_brand(reader, sheet.brand_id)
    return next((c.terms for c in found if (c.id, c.version) == wanted), None)


def _reason(own: _OwnSale, share: Share) -> dict[str, Any]:
    reason = reason_of(own.terms, share.role, share.rule) if own.terms else Reason("rest")
    return {"basis_points": reason.bp, "rule": reason.kind}


@router.get(
    "/stock",
    operation_id="dealer_read_stock",
    summary="Dealer or landlord reads the stock of a place",
    response_model=list[StockTold],
)
async def read_stock(
    request: Request, actor: StockReader, place_id: Annotated[PlaceId, Query(description="Which place.")]
) -> list[ListedStock]:
    """What lies at one of their places, by article and owner."""
    return await program_of(request).db.read(_stock, actor, place_id)


def _stock(reader: Reader, actor: Actor, place_id: str) -> list[ListedStock]:
    if place_id not in own_place_ids(reader, actor, Permission.STOCK_READ):
        raise REQUEST_NOT_FOUND()
    return list_stock(reader, brand_of(actor), place_id)


@router.get(
    "/stream",
    operation_id="dealer_stream",
    summary="Dealer or landlord follows sales",
    response_class=EventSourceResponse,
)
async def follow_places(
    request: Request,
    actor: Listener,
    since: Listening,
) -> AsyncIterator[ServerSentEvent]:
    """Sales and returns as they happen, of those that the list shows; resumable by Last-Event-ID.

    When the session ends, a role or a place changes, that event comes last and the stream closes: ask again.
    It closes, too, when the session expires.
    """
    program = program_of(request)
    reach = await program.db.read(_reach, actor)
    topic = Topic(brand_id=brand_of(actor), names=SHOWN_EVENTS | ENDING_EVENTS)
    shown = partial(_shown, actor, reach, since.newest)
    async for sent in stream(program.live, topic, since, shown, actor.expires_at):
        yield sent
        if sent.event in ENDING_EVENTS:
            return


def _shown(actor: Actor, reach: Reach, newest: int, event: StoredEvent) -> dict[str, Any] | None:
    body = event.body
    if event.name in ENDING_EVENTS:  # those until now are known in the actor's grants and places
        return {} if event.seq > newest and _changes_access(actor, reach, event) else None
    if not reach.has(event.place_id, body.get("operator_party_id"), body.get("party_ids", ())):
        return None
    facts = {name: body[name] for name in SHOWN_FIELDS if body.get(name) is not None}
    return {**facts, "place_id": event.place_id, "at": format_utc(event.at)}


def _changes_access(actor: Actor, reach: Reach, event: StoredEvent) -> bool:
    body = event.body
    if "staff_id" in body:
        return body["staff_id"] == actor.id and body.get("session_id") in (None, actor.session_id)
    parties = {body.get("operator_party_id"), body.get("landlord_party_id")}
    return event.place_id in reach.run | reach.housed or not parties.isdisjoint(
        actor.scopes(Permission.SALES_READ)
    )


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__slots__}
