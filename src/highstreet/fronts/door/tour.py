"""Where the demo's guided tour takes place."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from highstreet.flows.demo_people import TourStage, demo_keys, tour_stage
from highstreet.flows.program import Program
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import PROBLEMS, needs

router = APIRouter(tags=["door"], responses=PROBLEMS)
Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]


class TourTold(BaseModel):
    """The shop of the tour, the poster that leads there, and an article that lies there."""

    model_config = ConfigDict(from_attributes=True)

    brand_id: str
    brand_en: str
    brand_zh: str
    place_id: str
    place_en: str
    place_zh: str
    slug: str = Field(description="What is printed on the poster.")
    gtin: str


@router.get(
    "/tour",
    operation_id="door_read_tour",
    summary="Visitor of the demo begins its tour",
    response_model=TourTold,
)
async def read_tour(request: Request, _actor: Anyone) -> TourStage:
    """The place of the register that a visitor can be at. 404 outside the demo."""
    program: Program = request.app.state.program
    return await program.db.read(tour_stage, demo_keys(program))
