"""How long goods are taken back, and whose are taken back later all the same."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.fronts.office.asking import Asked, Told, brand_of, office, program_of
from highstreet.fronts.staff import SaleId, write_audited
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.ids import new_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parties import RETURN_DAYS_LIMIT, SetReturnDays, brand_by_id, set_return_days
from highstreet.rooms.sales import APPROVAL_VALID, ReturnApproval, approve_returns

router = APIRouter(tags=["office: returns"], responses=PROBLEMS)
ReturnsReader = Annotated[Actor, office(Permission.SALES_READ)]
ReturnsApprover = Annotated[Actor, office(Permission.SALES_REFUND)]


class ReturnPolicyAsked(Asked):
    """The brand's own time for returns."""

    days: int | None = Field(
        ge=0, le=RETURN_DAYS_LIMIT, description="Days after the payment; null: as the installation says."
    )


class ReturnPolicyTold(Told):
    """Within how many days a register takes goods back; points become available then."""

    days: int
    is_own: bool = Field(description="False: the installation's, as the brand has set none.")


class ApprovalTold(Told):
    """Registers take this sale's goods back until then."""

    id: str
    sale_id: str
    staff_id: str
    approved_at: datetime
    valid_until: datetime


@router.get(
    "/return-policy",
    operation_id="office_read_return_policy",
    summary="Head office reads how long goods are taken back",
)
async def read_policy(request: Request, actor: ReturnsReader) -> ReturnPolicyTold:
    """Within how many days goods are taken back, at any place of the brand."""
    program = program_of(request)
    brand = await program.db.read(brand_by_id, brand_of(actor))
    if brand is None:
        raise REQUEST_NOT_FOUND()
    days = program.settings.return_days if brand.return_days is None else brand.return_days
    return ReturnPolicyTold(days=days, is_own=brand.return_days is not None)


@router.put(
    "/return-policy",
    operation_id="office_set_return_policy",
    summary="Head office sets how long goods are taken back",
)
async def set_policy(request: Request, actor: ReturnsApprover, asked: ReturnPolicyAsked) -> ReturnPolicyTold:
    """Set it for all returns from now on, of earlier sales, too; points of earlier sales keep their day."""
    program = program_of(request)
    command = SetReturnDays(brand_of(actor), asked.days, program.clock.now())
    await write_audited(request, actor, brand_of(actor), set_return_days, command, days=asked.days)
    return await read_policy(request, actor)


@router.post(
    "/sales/{sale_id}/return-approvals",
    operation_id="office_approve_returns",
    summary="Head office allows late returns of a sale",
    status_code=201,
)
async def approve(request: Request, actor: ReturnsApprover, sale_id: SaleId) -> ApprovalTold:
    """Let registers take this sale's goods back for seven days, though the time for returns is over."""
    program = program_of(request)
    now = program.clock.now()
    approval = ReturnApproval(brand_of(actor), new_id("apr"), sale_id, actor.id, now, now + APPROVAL_VALID)
    await write_audited(request, actor, sale_id, approve_returns, approval)
    return ApprovalTold.model_validate(approval)
