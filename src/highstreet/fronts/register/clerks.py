"""Who stands at the register: signing in by PIN, and a manager's approval."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints

from highstreet.flows.allow_refund import AllowRefund, allow_refund
from highstreet.flows.refund_tender import refunds_now
from highstreet.flows.stand_at_register import (
    SHIFT,
    StaffHere,
    approve_by_pin,
    sign_in_clerk,
    staff_at_register,
)
from highstreet.fronts.register.clerk_seal import clerk_of, seal_clerk
from highstreet.fronts.register.models import (
    ApprovalId,
    Asked,
    ClerkSeal,
    Printable,
    ReturnTold,
    SaleId,
)
from highstreet.fronts.register.sales import Real, ids_of, program_of
from highstreet.fronts.register.sales import SaleId as SalePath
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id, stable_id
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import PROBLEMS, needs
from highstreet.rooms.registers import APPROVAL_VALID, Approval

router = APIRouter(tags=["register: clerks"], responses=PROBLEMS)
Refunder = Annotated[Actor, needs(ActorKind.REGISTER, permission=Permission.SALES_REFUND)]
Pin = Annotated[str, StringConstraints(pattern="^[0-9]{4,8}$")]
StaffId = Annotated[str, Field(max_length=40, examples=[stable_id("stf", "example")])]
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT_MINOR, description="Minor units of the sale's currency.")]


class ClerkTold(BaseModel):
    """Somebody who has a PIN and works here."""

    staff_id: str
    name: str
    is_approver: bool = Field(description="May approve what the brand lets nobody do alone.")


class ClerkAsked(Asked):
    """Who signs in."""

    staff_id: StaffId
    pin: Pin


class SignedInTold(ClerkTold):
    """Who is signed in now."""

    seal: str = Field(description="Send it as `clerk` with what is done at this register from now on.")
    valid_until: datetime


class ApprovalAsked(Asked):
    """What a manager lets be done once. The same id again is the same approval."""

    id: str = Field(
        max_length=40, description="Made by the register: `apr_…`.", examples=[stable_id("apr", "example")]
    )
    staff_id: StaffId
    pin: Pin
    act: Literal["return", "give_up", "allowance", "price"] = Field(
        description="As `sale.needs_approval` says it; allowance: money back while the goods stay; "
        "price: what prices set by hand take off a sale."
    )
    sale_id: SaleId
    amount_minor: Amount


class ApprovalTold(BaseModel):
    """An approval: send its id as `approval` with exactly what it is for."""

    id: str
    act: str
    sale_id: str
    amount_minor: int
    currency: str
    staff_id: str
    valid_until: datetime


class AllowanceAsked(Asked):
    """Money back while the goods stay. The same id again gives nothing more."""

    id: str = Field(
        max_length=40, description="Made by the register: `rtn_…`.", examples=[stable_id("rtn", "example")]
    )
    amount_minor: int = Field(ge=1, le=MAX_AMOUNT_MINOR, description="Minor units of the sale's currency.")
    reason: Printable = Field(min_length=1, max_length=160)
    approval: ApprovalId = None
    clerk: ClerkSeal = None


@router.get("/clerks", operation_id="register_list_clerks", summary="Register lists who can sign in at it")
async def read_clerks(request: Request, actor: Real) -> list[ClerkTold]:
    """Staff with a PIN and a role at this place, by name."""
    brand_id, register_id, _ = ids_of(actor)
    return [
        _clerk(one) for one in await program_of(request).db.read(staff_at_register, brand_id, register_id)
    ]


@router.post("/clerk", operation_id="register_sign_in_clerk", summary="Staff sign in at a register by PIN")
async def sign_in(request: Request, actor: Real, asked: ClerkAsked) -> SignedInTold:
    """Good for twelve hours at this register; ten wrong PINs in a row lock it until the office sets a new one."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    here = await sign_in_clerk(program, brand_id, register_id, check_id(asked.staff_id, "stf"), asked.pin)
    now = program.clock.now()
    told = _clerk(here).model_dump()
    return SignedInTold(**told, seal=seal_clerk(program, actor, here.staff.id, now), valid_until=now + SHIFT)


@router.post(
    "/approvals",
    operation_id="register_approve_act",
    summary="Manager approves one act at a register by PIN",
    status_code=201,
)
async def approve(request: Request, actor: Refunder, asked: ApprovalAsked) -> ApprovalTold:
    """Good once, for exactly this act, sale and amount, at this register, for a quarter of an hour."""
    program = program_of(request)
    brand_id, register_id, place_id = ids_of(actor)
    now = program.clock.now()
    wished = Approval(
        brand_id=brand_id,
        id=check_id(asked.id, "apr"),
        register_id=register_id,
        place_id=place_id,
        staff_id=check_id(asked.staff_id, "stf"),
        act=asked.act,
        sale_id=check_id(asked.sale_id, "sal"),
        amount_minor=asked.amount_minor,
        currency="",
        approved_at=now,
        valid_until=now + APPROVAL_VALID,
    )
    approved = await approve_by_pin(program, wished, asked.pin)
    return ApprovalTold(**{name: getattr(approved, name) for name in ApprovalTold.model_fields})


@router.post(
    "/sales/{sale_id}/allowances",
    operation_id="register_allow_refund",
    summary="Register gives money back while the goods stay",
    response_model=ReturnTold,
)
async def allow(
    request: Request, actor: Refunder, sale_id: SalePath, asked: AllowanceAsked
) -> dict[str, Any]:
    """Give back an amount of a paid sale, always with a manager's approval. Cash is owed until it is handed out."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    content = asked.model_dump(exclude={"approval", "clerk"})
    command = AllowRefund(
        brand_id=brand_id,
        return_id=check_id(asked.id, "rtn"),
        sale_id=check_id(sale_id, "sal"),
        amount_minor=asked.amount_minor,
        reason=asked.reason,
        staff_id=None,
        fingerprint=fingerprint_of([register_id, sale_id, content]),
        at=program.clock.now(),
        register_id=register_id,
        approval_id=asked.approval,
        clerk_id=await clerk_of(program, actor, asked.clerk),
    )
    return await refunds_now(program, brand_id, await program.db.write(allow_refund, command))


def _clerk(here: StaffHere) -> ClerkTold:
    return ClerkTold(staff_id=here.staff.id, name=here.staff.name, is_approver=here.is_approver)
