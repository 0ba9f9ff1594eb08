"""Where the demo's guided tour takes place."""

from dataclasses import asdict
from typing import Annotated

import httpx
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from highstreet.flows.demo_people import demo_keys, tour_stage
from highstreet.flows.program import Program
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import PROBLEMS, needs

router = APIRouter(tags=["door"], responses=PROBLEMS)
Anyone = Annotated[Actor, needs(ActorKind.NOBODY)]
# Of 100.00 each: what one tour buys.
TOP_UPS = 3


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
    wallet_url: str | None = Field(description="The page of the simulated wallet, another program.")


class WalletCodeTold(BaseModel):
    """What a phone shows to the register's scanner."""

    code: str


@router.get(
    "/tour",
    operation_id="door_read_tour",
    summary="Visitor of the demo begins its tour",
    response_model=TourTold,
)
async def read_tour(request: Request, _actor: Anyone) -> TourTold:
    """The place of the register that a visitor can be at. 404 outside the demo."""
    program: Program = request.app.state.program
    stage = await program.db.read(tour_stage, demo_keys(program))
    return TourTold.model_validate({**asdict(stage), "wallet_url": program.settings.wallet_url or None})


@router.get(
    "/tour/wallet-code",
    operation_id="door_read_wallet_code",
    summary="Visitor of the demo looks at a payer's phone",
)
async def read_wallet_code(request: Request, response: Response, _actor: Anyone) -> WalletCodeTold:
    """The payment code now on the phone of the simulated wallet's first payer. 404 outside the demo.

    The payer is topped up first: the visitors before have paid with the same money.
    """
    program: Program = request.app.state.program
    demo_keys(program)
    response.headers["Cache-Control"] = "no-store"
    try:
        async with httpx.AsyncClient(
            base_url=program.settings.wallet_url, timeout=3, trust_env=False
        ) as http:
            for _ in range(TOP_UPS):
                topped = await http.post("/payer/aino/top-up", headers={"X-Wallet": "page"})
                topped.raise_for_status()
            answer = (await http.get("/payer/aino/code")).raise_for_status()
            return WalletCodeTold(code=str(answer.json()["auth_code"]))
    except (httpx.HTTPError, httpx.InvalidURL, KeyError, ValueError):
        raise REQUEST_NOT_FOUND() from None
