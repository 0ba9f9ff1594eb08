"""Paying a sale in parts at a register: one tender after another, each by any rail."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request

from highstreet.flows.pay_in_parts import AddPart, call_part_back, pay_part
from highstreet.flows.pay_link import link_of
from highstreet.fronts.register.models import SaleTold, TenderAsked, wish_of
from highstreet.fronts.register.sales import Real, SaleId, ids_of, program_of, with_cards
from highstreet.kernel.ids import check_id, stable_id
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.tenders import LINK

router = APIRouter(tags=["register: sales"], responses=PROBLEMS)
TenderId = Annotated[str, Path(max_length=40, examples=[stable_id("tnd", "example")])]


@router.post(
    "/sales/{sale_id}/tenders",
    operation_id="register_add_tender",
    summary="Register takes a part of what is due",
    response_model=SaleTold,
)
async def add(request: Request, actor: Real, sale_id: SaleId, asked: TenderAsked) -> dict[str, Any]:
    """Add a tender to a sale that is paid in parts, at any place of the brand. The same id again adds nothing.

    The answer is where the sale stands: the receipt once its parts are its total.
    """
    program = program_of(request)
    brand_id, register_id, place_id = ids_of(actor)
    (wish,) = await with_cards(program, brand_id, register_id, (wish_of(asked),), (asked,))
    command = AddPart(
        brand_id,
        check_id(sale_id, "sal"),
        place_id,
        register_id,
        wish,
        program.clock.now(),
        program.settings.return_days,
    )
    told = await pay_part(program, command, asked.auth_code)
    return {**told, "link": link_of(program, asked.id)} if asked.rail == LINK else told


@router.post(
    "/sales/{sale_id}/tenders/{tender_id}/cancel",
    operation_id="register_cancel_tender",
    summary="Register calls a part back",
    response_model=SaleTold,
)
async def cancel(request: Request, actor: Real, sale_id: SaleId, tender_id: TenderId) -> dict[str, Any]:
    """Call back a tender that is under way; what it asked for is due again once its provider confirmed."""
    brand_id, _, place_id = ids_of(actor)
    return await call_part_back(
        program_of(request), brand_id, place_id, check_id(sale_id, "sal"), check_id(tender_id, "tnd")
    )
