"""How long goods are taken back, whose are later all the same, and money that goes back without goods."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field

from highstreet.flows.allow_refund import AllowRefund, allow_refund, refund_otherwise
from highstreet.flows.refund_tender import refunds_now
from highstreet.fronts.office.asking import Asked, Minor, Title, Told, brand_of, office, program_of
from highstreet.fronts.staff import SaleId, write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id, new_id, stable_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parties import RETURN_DAYS_LIMIT, SetReturnDays, brand_by_id, set_return_days
from highstreet.rooms.sales import APPROVAL_VALID, ReturnApproval, approve_returns
from highstreet.rooms.tenders import ReplaceRefund

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


class AllowanceAsked(Asked):
    """Money back while the goods stay. The same id again is answered the same."""

    id: str = Field(
        max_length=40, description="Made by who asks: `rtn_…`.", examples=[stable_id("rtn", "example")]
    )
    amount_minor: Minor
    reason: Title = Field(examples=["Scratch on the left arm"])


class RefundTold(Told):
    """Money on its way back: pending until its provider confirms it, or until a register hands it out."""

    tender_id: str
    rail: str
    amount_minor: int
    state: str


class AllowanceTold(Told):
    """What goes back, and by which rails."""

    return_id: str
    sale_id: str
    currency: str
    refund_minor: int
    refunds: list[RefundTold]


class OtherRailAsked(Asked):
    """How a refund goes that its provider refused for good."""

    id: str = Field(
        max_length=40, description="The new refund's: `tnd_…`.", examples=[stable_id("tnd", "example")]
    )
    rail: Literal["cash", "transfer"] = Field(
        description="Cash is handed out at a register; a bank transfer was made, by its reference."
    )
    reference: str | None = Field(None, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")
    reason: Title = Field(examples=["Paid 13 months ago: the wallet gives back for 12"])


TenderId = Annotated[str, Path(max_length=40, examples=[stable_id("tnd", "example")])]


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


@router.post(
    "/sales/{sale_id}/allowances",
    operation_id="office_allow_refund",
    summary="Head office gives money back while the goods stay",
    status_code=201,
)
async def allow(
    request: Request, actor: ReturnsApprover, sale_id: SaleId, asked: AllowanceAsked
) -> AllowanceTold:
    """Give back an amount, at most what is left of the sale: a goodwill, a scratch, a price that was promised.

    Points, shares and credit go back in proportion. A part paid in cash is handed out at a register.
    """
    program = program_of(request)
    if asked.amount_minor == 0:
        raise REQUEST_MALFORMED(field="body.amount_minor", reason="positive")
    command = AllowRefund(
        brand_id=brand_of(actor),
        return_id=check_id(asked.id, "rtn"),
        sale_id=sale_id,
        amount_minor=asked.amount_minor,
        reason=asked.reason,
        staff_id=actor.id,
        fingerprint=fingerprint_of([sale_id, asked.model_dump()]),
        at=program.clock.now(),
    )
    facts: dict[str, Any] = {"amount_minor": asked.amount_minor, "reason": asked.reason}
    returned = await write_audited(request, actor, sale_id, allow_refund, command, **facts)
    return AllowanceTold.model_validate(await refunds_now(program, command.brand_id, returned))


@router.post(
    "/refunds/{tender_id}/replacement",
    operation_id="office_refund_otherwise",
    summary="Head office lets a refused refund go by another rail",
    status_code=201,
)
async def otherwise(
    request: Request, actor: ReturnsApprover, tender_id: TenderId, asked: OtherRailAsked
) -> RefundTold:
    """For a refund that its provider refused for good: its window is over, the card is gone. Once for each."""
    program = program_of(request)
    if (asked.rail == "transfer") != (asked.reference is not None):
        raise REQUEST_MALFORMED(field="body.reference", reason="with_transfer_only")
    command = ReplaceRefund(
        brand_id=brand_of(actor),
        refund_id=check_id(tender_id, "tnd"),
        new_id=check_id(asked.id, "tnd"),
        rail=asked.rail,
        reference=asked.reference,
        staff_id=actor.id,
        reason=asked.reason,
        at=program.clock.now(),
    )
    facts = {"rail": asked.rail, "reason": asked.reason}
    made = await write_audited(request, actor, tender_id, refund_otherwise, command, **facts)
    return RefundTold(tender_id=made.id, rail=made.rail, amount_minor=made.amount_minor, state=made.state)
