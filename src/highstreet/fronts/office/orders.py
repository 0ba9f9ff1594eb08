"""How a brand takes orders: the deposit, how long it keeps the goods, and whether it delivers."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.fronts.office.asking import Asked, Minor, Told, brand_of, office, program_of
from highstreet.fronts.staff import write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.sales import NO_ORDERS, OrderRule, order_rule_of, set_order_rule

router = APIRouter(tags=["office: orders"], responses=PROBLEMS)
HOLD_DAYS_LIMIT, DELIVERY_HOURS_LIMIT = 90, 720
Reader = Annotated[Actor, office(Permission.SALES_READ)]
Writer = Annotated[Actor, office(Permission.SALES_REFUND)]


class OrderPolicyAsked(Asked):
    """What is to be paid in advance: a part of the total, and at least an amount; 10,000 is the whole sum."""

    deposit_bp: int = Field(ge=0, le=10_000, description="Basis points of the total.")
    minimum_minor: Minor = 0
    hold_days: int = Field(
        ge=1, le=HOLD_DAYS_LIMIT, description="Goods and price are kept so long after the deposit."
    )
    delivery_hours: int | None = Field(
        None,
        ge=1,
        le=DELIVERY_HOURS_LIMIT,
        description="Delivered orders leave within so many hours; null: none are delivered.",
    )


class OrderPolicyTold(Told):
    """The brand's rule for orders."""

    deposit_bp: int
    minimum_minor: int
    hold_days: int
    delivery_hours: int | None


@router.get(
    "/order-policy", operation_id="office_read_order_policy", summary="Head office reads its rule for orders"
)
async def read_policy(request: Request, actor: Reader) -> OrderPolicyTold:
    """What a shopper pays in advance. 409 while the brand takes no orders."""
    rule = await program_of(request).db.read(order_rule_of, brand_of(actor))
    if rule is None:
        raise NO_ORDERS()
    return OrderPolicyTold.model_validate(rule)


@router.put(
    "/order-policy", operation_id="office_set_order_policy", summary="Head office sets its rule for orders"
)
async def set_policy(request: Request, actor: Writer, asked: OrderPolicyAsked) -> OrderPolicyTold:
    """From now on the brand takes orders for pickup by this rule; earlier orders keep their deposit."""
    if not asked.deposit_bp + asked.minimum_minor:
        raise REQUEST_MALFORMED(field="body.deposit_bp", reason="no_deposit")
    rule = OrderRule(
        brand_of(actor), asked.deposit_bp, asked.minimum_minor, asked.hold_days, asked.delivery_hours
    )
    await write_audited(request, actor, brand_of(actor), set_order_rule, rule, **asked.model_dump())
    return OrderPolicyTold.model_validate(rule)
