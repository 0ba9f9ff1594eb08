"""Whether this is the demo: pages say so, and offer its people."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from highstreet.flows.demo_people import demo_keys
from highstreet.flows.program import Program
from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import needs

router = APIRouter(tags=["door"])
Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]


class AboutTold(BaseModel):
    """What this Highstreet is."""

    is_demo: bool = Field(
        description="One may be one of its people, and one-time codes show in its terminal."
    )


@router.get("/about", operation_id="door_read_about", summary="Anyone asks whether this is the demo")
async def read_about(request: Request, _actor: Anyone) -> AboutTold:
    """A page asks it without being refused outside the demo."""
    program: Program = request.app.state.program
    try:
        return AboutTold(is_demo=bool(demo_keys(program)))
    except Refusal:
        return AboutTold(is_demo=False)
