"""A sale as the office sees it: in a list, and with everything that was computed for it and why."""

from datetime import datetime
from typing import Any

from pydantic import Field

from highstreet.fronts.contracts_told import TermsTold
from highstreet.fronts.office.asking import Told


class SaleHeadTold(Told):
    """A paid sale in a list."""

    id: str
    place_id: str
    register_id: str | None
    origin: str = Field(description="register, or history for sales of an import.")
    currency: str
    list_minor: int
    discount_minor: int
    total_minor: int
    returned_minor: int
    business_day: str
    paid_at: datetime | None
    lines: int = Field(description="How many lines.")
    is_member: bool


class LineTold(Told):
    """A line, and what came back of it."""

    line_no: int
    variant_id: str
    gtin: str | None
    name_en: str
    name_zh: str
    owner_party_id: str | None = Field(description="Whose pieces they were.")
    quantity: int
    unit_list_minor: int
    discount_minor: int
    net_minor: int
    returned_quantity: int
    returned_minor: int


class EvidenceTold(Told):
    """Something asked of a provider, or said by it."""

    at: datetime
    kind: str = Field(description="asked, answered, queried, noticed, reversed or billed.")
    body: dict[str, Any]


class TenderTold(Told):
    """A payment or refund, with its evidence in order."""

    id: str
    return_id: str | None
    refunds_tender_id: str | None
    direction: str = Field(description="in: a payment; out: a refund.")
    rail: str
    state: str
    currency: str
    amount_minor: int
    refunded_minor: int
    given_minor: int | None
    provider_ref: str | None
    reason: str | None
    created_at: datetime
    settled_at: datetime | None
    evidence: list[EvidenceTold]


class CouponUseTold(Told):
    """A coupon used in this sale."""

    coupon_id: str
    offer_id: str
    state: str = Field(description="reserved, redeemed, rolled_back or returned.")
    discount_minor: int
    returned_minor: int
    reserved_at: datetime
    redeemed_at: datetime | None


class StockMoveTold(Told):
    """Pieces that left (negative) or came back to their owner."""

    line_no: int
    variant_id: str
    place_id: str
    owner_party_id: str
    quantity: int
    reason: str
    at: datetime


class PointsTold(Told):
    """Points that a line earned, or that a return took back."""

    line_no: int
    kind: str = Field(description="earn, reverse, spend or restore.")
    state: str
    points: int
    reversed: int
    matures_at: datetime
    at: datetime


class ShareTold(Told):
    """What a role's party got of a line."""

    role: str
    party_id: str
    amount_minor: int
    rule: int | None = Field(
        None, description="Which of the terms' shares; null: the leftover, or a discount charged."
    )
    of_minor: int | None = Field(None, description="The amount that the rule was applied to.")


class LineSharesTold(Told):
    """A line's net, split among the roles."""

    line_no: int
    base_minor: int
    shares: list[ShareTold]


class SheetTold(Told):
    """The share sheet frozen with the sale, and the contract version it came from."""

    contract_id: str
    contract_version: int
    terms: TermsTold | None
    collector_party_id: str
    lines: list[LineSharesTold]


class TransferTold(Told):
    """A transfer of the ledger."""

    ref_id: str
    no: int
    code: str
    currency: str
    amount_minor: int
    debit_owner_id: str
    debit_kind: str
    credit_owner_id: str
    credit_kind: str
    credit_counterparty_id: str
    at: datetime


class TouchTold(Told):
    """The touch that earned the credit, and its code. Not whose it was."""

    touch_id: str
    at: datetime
    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str


class CreditTold(Told):
    """Which code led to the sale, by which rule."""

    code_id: str
    rule: str
    currency: str
    amount_minor: int
    returned_minor: int
    at: datetime
    touch: TouchTold | None


class ReturnLineTold(Told):
    """Pieces of a line that came back."""

    line_no: int
    quantity: int
    refund_minor: int


class ReturnTold(Told):
    """A return and what it reversed."""

    id: str
    place_id: str
    register_id: str | None
    currency: str
    refund_minor: int
    reason: str
    at: datetime
    lines: list[ReturnLineTold]
    shares: list[LineSharesTold] = Field(description="What was taken back from each share.")
    stock_moves: list[StockMoveTold]
    transfers: list[TransferTold]


class ApprovalTold(Told):
    """Staff let goods come back after the time for returns."""

    id: str
    staff_id: str
    approved_at: datetime
    valid_until: datetime


class ClerkActTold(Told):
    """Who was signed in when the sale, or one of its returns, was made."""

    subject_id: str = Field(description="The sale's or the return's id.")
    register_id: str
    staff_id: str
    at: datetime


class RegisterApprovalTold(Told):
    """What a manager let be done once."""

    id: str
    register_id: str
    staff_id: str
    act: str = Field(description="return, give_up or allowance.")
    amount_minor: int
    currency: str
    approved_at: datetime
    valid_until: datetime
    used_for: str | None
    used_at: datetime | None


class ExplainedSaleTold(Told):
    """Everything that was computed for a sale."""

    id: str
    state: str
    origin: str
    place_id: str
    place_name_en: str | None
    place_name_zh: str | None
    register_id: str | None
    member_id: str | None
    currency: str
    list_minor: int
    discount_minor: int
    total_minor: int
    returned_minor: int
    business_day: str
    opened_at: datetime
    paid_at: datetime | None
    lines: list[LineTold]
    proof: dict[str, Any] = Field(description="The price function's own account; anyone can recompute it.")
    proof_holds: bool | None = Field(
        description="Recomputed now, it gives these lines and this total. None: history without a proof."
    )
    tenders: list[TenderTold]
    coupons: list[CouponUseTold]
    stock_moves: list[StockMoveTold]
    points: list[PointsTold]
    sheet: SheetTold | None
    transfers: list[TransferTold]
    credit: CreditTold | None
    returns: list[ReturnTold]
    return_approvals: list[ApprovalTold]
    clerks: list[ClerkActTold] = Field(description="Who was signed in at the register, by PIN.")
    register_approvals: list[RegisterApprovalTold] = Field(description="By PIN at a register.")
