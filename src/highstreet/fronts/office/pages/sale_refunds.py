"""On a sale's page: goods that come too late are let back, and money goes back while the goods stay."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request, Response

from highstreet.flows.allow_refund import AllowRefund, allow_refund
from highstreet.flows.explain_sale import ExplainedSale, explain_sale
from highstreet.flows.office_desk import desk_of
from highstreet.flows.refund_tender import refunds_now
from highstreet.fronts.office.pages.changes import Read, Typed, change, go_to, problem_of
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.office.returns import ReturnsApprover
from highstreet.fronts.staff import SaleId, brand_of, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id, new_id
from highstreet.kernel.permissions import Actor
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import brand_by_id
from highstreet.rooms.sales import APPROVAL_VALID, ReturnApproval, approve_returns, is_in_time

router = page_router()


@dataclass(frozen=True, slots=True)
class SaleRefunds:
    """What head office can do about a paid sale. `is_late`: registers take its goods back no more."""

    is_paid: bool
    is_late: bool
    left_minor: int
    days: int
    return_id: str
    """The next allowance's: a form that is sent twice gives back once."""


def sale_refunds(reader: Reader, explained: ExplainedSale, at: datetime, usual_days: int) -> SaleRefunds:
    """Late is what is past the brand's time for returns, with goods left and no approval that is still good."""
    sale = explained.sale
    brand = brand_by_id(reader, sale.brand_id)
    days = usual_days if brand is None or brand.return_days is None else brand.return_days
    is_approved = any(one.valid_until > at for one in explained.return_approvals)
    has_goods = any(line.returned_quantity < line.quantity for line in sale.lines)
    is_paid = sale.paid_at is not None
    return SaleRefunds(
        is_paid=is_paid,
        is_late=is_paid and has_goods and not is_approved and not is_in_time(sale, at, days),
        left_minor=sum(line.net_minor - line.returned_minor for line in sale.lines),
        days=days,
        return_id=new_id("rtn"),
    )


@router.post("/sales/{sale_id}/late-returns")
async def let_back(request: Request, actor: ReturnsApprover, sale_id: SaleId) -> Response:
    """Registers take this sale's goods back for seven days more."""
    now = program_of(request).clock.now()
    approval = ReturnApproval(brand_of(actor), new_id("apr"), sale_id, actor.id, now, now + APPROVAL_VALID)
    try:
        await change(request, actor, "office.approve_returns", sale_id, approve_returns, approval)
    except Refusal as refusal:
        return await _form(request, actor, sale_id, refusal.status, problem=problem_of(request, refusal))
    return go_to(f"/office/sales/{sale_id}#returns")


@router.post("/sales/{sale_id}/allowances")
async def allow(
    request: Request,
    actor: ReturnsApprover,
    sale_id: SaleId,
    id: Typed = "",
    allowed: Typed = "",
    why: Typed = "",
) -> Response:
    """An amount goes back by the rails that it was paid with, cash at a register; the goods stay."""
    program, brand_id = program_of(request), brand_of(actor)
    typed = {"allowed": allowed, "why": why}

    def known(reader: Reader) -> tuple[str, str]:
        sale = explain_sale(reader, brand_id, sale_id).sale
        return sale.currency, desk_of(reader, brand_id, actor.id).zone

    currency, zone = await program.db.read(known)
    read = Read(typed, currency, zone)
    amount, reason = read.money("allowed"), read.text("why")[:160]
    if amount == 0:
        read.wrong["allowed"] = "office-more_wrong_money"
    if read.wrong or amount is None:
        return await _form(request, actor, sale_id, 422, typed=typed, wrong=read.wrong)
    facts: dict[str, Any] = {"amount_minor": amount, "reason": reason}
    command = AllowRefund(
        brand_id=brand_id,
        return_id=check_id(id, "rtn"),
        sale_id=sale_id,
        amount_minor=amount,
        reason=reason,
        staff_id=actor.id,
        fingerprint=fingerprint_of([sale_id, facts]),
        at=program.clock.now(),
    )
    try:
        returned = await change(
            request, actor, "office.allow_refund", sale_id, allow_refund, command, **facts
        )
    except Refusal as refusal:
        problem = problem_of(request, refusal)
        return await _form(request, actor, sale_id, refusal.status, typed=typed, problem=problem)
    await refunds_now(program, brand_id, returned)
    return go_to(f"/office/sales/{sale_id}#returns")


async def _form(request: Request, actor: Actor, sale_id: str, status: int, **more: Any) -> Response:
    program, brand_id = program_of(request), brand_of(actor)
    now, usual = program.clock.now(), program.settings.return_days

    def read(reader: Reader) -> tuple[ExplainedSale, SaleRefunds]:
        explained = explain_sale(reader, brand_id, sale_id)
        return explained, sale_refunds(reader, explained, now, usual)

    explained, refunds = await program.db.read(read)
    shown = {"problem": None, "typed": {}, "wrong": {}, **more}
    return await show(
        request, actor, "sale_refunds.html", status, sale=explained.sale, refunds=refunds, **shown
    )


__all__ = ["SaleRefunds", "router", "sale_refunds"]
