"""A shopper's live stream: what happens to them, as it happens."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from highstreet.fronts.shop.access import Shopper, person_of, problems, program_of
from highstreet.fronts.shop.models.shared import PlaceName
from highstreet.fronts.shop.models.wallet import (
    PaidTold,
    ReceiptLineTold,
    ReceiptTold,
    ReturnLineTold,
    StreamCouponTold,
    StreamEndTold,
    StreamOrderTold,
    StreamPointsTold,
    StreamReturnTold,
    discount_told,
)
from highstreet.kernel.live import Topic
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.permissions import Actor
from highstreet.kernel.web import Listening, one_of_few, stream

router = APIRouter(tags=["shop: stream"])
Listener = Annotated[Actor, one_of_few(Shopper)]

PAID = "sales.sale_paid.v1"
RETURNED = "sales.sale_returned.v1"
MOVED = "sales.order_moved.v1"
CLAIMED = "offers.coupon_claimed.v1"
POINTS = ("members.points_earned.v1", "members.points_reversed.v1")
ENDED = "identity.session_revoked.v1"
SHOWN = frozenset({PAID, RETURNED, MOVED, CLAIMED, *POINTS, ENDED})


@router.get(
    "/stream",
    operation_id="shop_stream",
    summary="Shopper follows own receipts and coupons",
    response_class=EventSourceResponse,
    responses=problems(401, 403, 422, 429),
)
async def follow_me(
    request: Request,
    actor: Listener,
    since: Listening,
) -> AsyncIterator[ServerSentEvent]:
    """Receipts (`sales.sale_paid.v1`), returns, orders, coupons claimed and points; resumable by Last-Event-ID.

    The data are `ReceiptTold`, `StreamReturnTold`, `StreamOrderTold`, `StreamCouponTold` and `StreamPointsTold`. When this
    session is ended, `identity.session_revoked.v1` comes last and the stream closes; it closes, too, when the
    session expires.
    """
    topic = Topic(person_id=person_of(actor), names=SHOWN)
    shown = partial(_shown, str(actor.session_id))
    async for sent in stream(program_of(request).live, topic, since, shown, actor.expires_at):
        yield sent
        if sent.event == ENDED:
            return


def _shown(session_id: str, event: StoredEvent) -> dict[str, Any] | None:
    body = event.body
    if event.name == PAID:
        return _receipt(body["receipt"])
    if event.name == RETURNED:
        told: Any = StreamReturnTold(
            brand_id=body["brand_id"],
            sale_id=body["sale_id"],
            return_id=body["return_id"],
            currency=body["currency"],
            refund_minor=body["refund_minor"],
            lines=[_picked(ReturnLineTold, line) for line in body["lines"]],
            at=event.at,
        )
    elif event.name == MOVED:
        told = StreamOrderTold(brand_id=body["brand_id"], sale_id=body["sale_id"], at=event.at)
    elif event.name == CLAIMED:
        told = _picked(StreamCouponTold, body)
    elif event.name in POINTS:
        told = _picked(StreamPointsTold, body)
    elif body["session_id"] == session_id:
        told = StreamEndTold(session_id=session_id, at=event.at)
    else:
        return None
    shown: dict[str, Any] = told.model_dump(mode="json")
    return shown


def _picked(kind: Any, body: dict[str, Any]) -> Any:
    """The fields that are told, and no others."""
    return kind(**{name: body[name] for name in kind.model_fields if name in body})


def _receipt(receipt: dict[str, Any]) -> dict[str, Any]:
    told = ReceiptTold(
        sale_id=receipt["sale_id"],
        brand_id=receipt["brand_id"],
        place=_picked(PlaceName, receipt["place"]),
        currency=receipt["currency"],
        lines=[_picked(ReceiptLineTold, line) for line in receipt["lines"]],
        discounts=[discount_told(discount) for discount in receipt["discounts"]],
        list_minor=receipt["list_minor"],
        discount_minor=receipt["discount_minor"],
        total_minor=receipt["total_minor"],
        tenders=[_picked(PaidTold, tender) for tender in receipt["tenders"]],
        points=receipt["points_pending"],
        paid_at=receipt["paid_at"],
    )
    return told.model_dump(mode="json")
