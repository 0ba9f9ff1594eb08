"""What a register asks about itself, the goods, and what happens at its place."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from highstreet.flows.phone_rails import rails_at, takes_slips
from highstreet.flows.register_desk import RegisterDesk, goods_here, register_desk
from highstreet.fronts.register.models import PRINTABLE, GoodsTold, RegisterTold
from highstreet.kernel.live import Topic
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import PROBLEMS, Listening, needs, one_of_few, stream

router = APIRouter(tags=["register: till"], responses=PROBLEMS)
Register = Annotated[Actor, needs(ActorKind.REGISTER, ActorKind.TRAINING, permission=Permission.GOODS_READ)]
Listener = Annotated[Actor, one_of_few(Register)]
SHOWN = frozenset({"sales.sale_paid.v1", "sales.sale_abandoned.v1", "sales.sale_returned.v1"})
# Whose key it is, and where its register stands, was decided when the stream began.
ENDING = frozenset(
    {"identity.register_key_revoked.v1", "parties.place_changed.v1", "parties.training_set.v1"}
)


@router.get("/me", operation_id="register_read_itself", summary="Register asks which register it is")
async def read_itself(request: Request, actor: Register) -> RegisterTold:
    """Which register, place and brand this key is for."""
    program = request.app.state.program
    desk: RegisterDesk = await program.db.read(register_desk, str(actor.brand_id), str(actor.register_id))
    facts = desk.register
    rails = await rails_at(program, facts.brand_id, facts.place_id, facts.currency)
    return RegisterTold.model_validate(
        {
            "register_id": facts.register_id,
            "name": desk.name,
            "brand_id": facts.brand_id,
            "brand_name_en": desk.brand.name_en,
            "brand_name_zh": desk.brand.name_zh,
            "time_zone": desk.time_zone,
            "currency": facts.currency,
            "is_training": actor.kind is ActorKind.TRAINING,
            "takes_slips": await takes_slips(program, facts.brand_id, facts.place_id),
            "providers": [{"rail": name, "ways": sorted(ways)} for name, ways in rails],
            "place": {
                "place_id": facts.place_id,
                "name_en": facts.place_name_en,
                "name_zh": facts.place_name_zh,
            },
        }
    )


@router.get("/goods", operation_id="register_find_goods", summary="Register searches goods to sell")
async def find_goods(
    request: Request,
    actor: Register,
    text: Annotated[str, Query(min_length=1, max_length=80, pattern=PRINTABLE)],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
) -> list[GoodsTold]:
    """Search the brand's goods by name, number or barcode; those that are left here come first."""
    found = await request.app.state.program.db.read(
        goods_here, str(actor.brand_id), str(actor.place_id), text, limit
    )
    return [
        GoodsTold(
            gtin=goods.variant.gtin,
            sku=goods.variant.sku,
            name_en=goods.variant.name_en,
            name_zh=goods.variant.name_zh,
            category=goods.category,
            currency=goods.variant.currency,
            list_minor=goods.variant.list_minor,
            member_minor=goods.variant.member_minor,
            available=max(0, goods.available),
        )
        for goods in found
    ]


@router.get(
    "/stream",
    operation_id="register_stream",
    summary="Register follows the sales of its place",
    response_class=EventSourceResponse,
)
async def follow_place(
    request: Request,
    actor: Listener,
    since: Listening,
) -> AsyncIterator[ServerSentEvent]:
    """Sales, returns and abandoned sales at this place as they happen; resumable by Last-Event-ID.

    When the key is revoked or the place changes, that event comes last and the stream closes: ask again.
    """
    program = request.app.state.program
    topic = Topic(actor.brand_id, frozenset({str(actor.place_id)}), names=SHOWN | ENDING)
    shown = partial(_shown, actor, since.newest)
    async for sent in stream(program.live, topic, since, shown):
        yield sent
        if sent.event in ENDING:
            return


def _shown(actor: Actor, newest: int, event: StoredEvent) -> dict[str, Any] | None:
    body = event.body
    if event.name in ENDING:  # those until now are known in the actor
        is_ours = body.get("key_id") in (None, actor.id)
        is_ours = is_ours and body.get("register_id") in (None, actor.register_id)
        return {} if event.seq > newest and is_ours else None
    shown = {k: body.get(k) for k in ("sale_id", "return_id", "register_id", "total_minor", "refund_minor")}
    return {**{k: v for k, v in shown.items() if v is not None}, "at": body["at"]}
