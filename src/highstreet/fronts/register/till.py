"""What a register asks about itself, the goods, and what happens at its place."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from highstreet.fronts.register.models import PRINTABLE, GoodsTold, RegisterTold
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.live import Topic
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import PROBLEMS, needs, stream
from highstreet.rooms.goods import find_variants
from highstreet.rooms.parties import registers_for

router = APIRouter(tags=["register: till"], responses=PROBLEMS)
Register = Annotated[Actor, needs(ActorKind.REGISTER, permission=Permission.GOODS_READ)]
SHOWN = frozenset({"sales.sale_paid.v1", "sales.sale_abandoned.v1", "sales.sale_returned.v1"})


@router.get("/me", operation_id="register_read_itself")
async def read_itself(request: Request, actor: Register) -> RegisterTold:
    """Which register, place and brand this key is for."""
    key = (str(actor.brand_id), str(actor.register_id))
    facts = (await request.app.state.program.db.read(registers_for, {key})).get(key)
    if facts is None:
        raise REQUEST_NOT_FOUND()
    return RegisterTold.model_validate(
        {
            "register_id": facts.register_id,
            "brand_id": facts.brand_id,
            "currency": facts.currency,
            "place": {
                "place_id": facts.place_id,
                "name_en": facts.place_name_en,
                "name_zh": facts.place_name_zh,
            },
        }
    )


@router.get("/goods", operation_id="register_find_goods")
async def find_goods(
    request: Request,
    actor: Register,
    text: Annotated[str, Query(min_length=1, max_length=80, pattern=PRINTABLE)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> list[GoodsTold]:
    """Search the brand's goods by name, number or barcode."""
    found = await request.app.state.program.db.read(find_variants, str(actor.brand_id), text, limit)
    return [
        GoodsTold(
            gtin=v.gtin,
            sku=v.sku,
            name_en=v.name_en,
            name_zh=v.name_zh,
            currency=v.currency,
            list_minor=v.list_minor,
            member_minor=v.member_minor,
        )
        for v in found
    ]


@router.get("/stream", operation_id="register_stream", response_class=EventSourceResponse)
async def follow_place(
    request: Request,
    actor: Register,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
) -> AsyncIterator[ServerSentEvent]:
    """Sales, returns and abandoned sales at this place as they happen; resumable by Last-Event-ID."""
    topic = Topic(brand_id=actor.brand_id, place_ids=frozenset({str(actor.place_id)}), names=SHOWN)
    async for sent in stream(request.app.state.program.live, topic, last_event_id, _shown):
        yield sent


def _shown(event: StoredEvent) -> dict[str, Any]:
    body = event.body
    shown = {k: body.get(k) for k in ("sale_id", "return_id", "register_id", "total_minor", "refund_minor")}
    return {**{k: v for k, v in shown.items() if v is not None}, "at": body["at"]}
