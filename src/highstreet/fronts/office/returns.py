"""How long goods are taken back, whose are later all the same, and money that goes back without goods."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request
from pydantic import Field

from highstreet.flows.allow_refund import AllowRefund, allow_refund
from highstreet.flows.match_statement import look_again
from highstreet.flows.refund_tender import refunds_now
from highstreet.fronts.office.asking import Asked, Minor, Note, Title, Told, brand_of, office, program_of
from highstreet.fronts.staff import SaleId, write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id, new_id, stable_id
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.parties import RETURN_DAYS_LIMIT, SetReturnDays, brand_by_id, set_return_days
from highstreet.rooms.registers import ApprovalRule, approval_rule_of, state_approvals
from highstreet.rooms.sales import APPROVAL_VALID, ReturnApproval, approve_returns
from highstreet.rooms.tenders import (
    NoteSent,
    ReplaceRefund,
    TransferOwed,
    note_sent,
    plain_reference,
    replace_refund,
    transfers_owed,
)

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


class ApprovalPolicy(Asked):
    """From what amount on, in minor units, registers need a manager's approval; null: never."""

    return_from_minor: Minor | None = Field(
        None, description="Goods come back; earlier returns of the sale count."
    )
    no_receipt_from_minor: Minor | None = Field(None, description="Goods come back without the receipt.")
    give_up_from_minor: Minor | None = Field(None, description="A sale paid in parts is given up.")


class RefundTold(Told):
    """Money on its way back: pending until its provider, a register or the bank's statement says that it is there."""

    tender_id: str
    rail: str
    amount_minor: int
    state: str
    reference: str | None = Field(None, description="What a bank transfer must say; a slip's number.")


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
        description="Cash is handed out at a register; a transfer is sent from the bank, whose statement captures it."
    )
    reference: str | None = Field(
        None,
        max_length=40,
        pattern=r"^[^\x00-\x1f\x7f]+$",
        description="What the transfer says where it was made already: at least four letters or digits. Else it gets ours.",
    )
    reason: Title = Field(examples=["Paid 13 months ago: the wallet gives back for 12"])


class SentAsked(Asked):
    """A transfer was sent. Kept as a word; the bank's statement is what captures it."""

    note: Note = Field("", examples=["Sent from the bank's page, 14:05"])


class TransferTold(Told):
    """A refund by bank transfer that the bank has not shown yet."""

    tender_id: str
    sale_id: str
    place_id: str
    reference: str | None = Field(description="What the transfer must say, as its text or its end-to-end id.")
    currency: str
    amount_minor: int
    reason: str | None = Field(description="`late`: a transfer that came after it was given up.")
    created_at: datetime
    sent_at: datetime | None = Field(description="When staff said last that it was sent.")
    sent_by: str | None = Field(description="Staff.")
    sent_note: str | None


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


@router.get(
    "/approval-policy",
    operation_id="office_read_approval_policy",
    summary="Head office reads what needs an approval at registers",
)
async def read_approvals(request: Request, actor: ReturnsReader) -> ApprovalPolicy:
    """What a manager has to approve by PIN; money back while the goods stay always needs it."""
    rule = await program_of(request).db.read(approval_rule_of, brand_of(actor))
    return ApprovalPolicy(**{name: getattr(rule, name) for name in ApprovalPolicy.model_fields})


@router.put(
    "/approval-policy",
    operation_id="office_set_approval_policy",
    summary="Head office sets what needs an approval at registers",
)
async def set_approvals(request: Request, actor: ReturnsApprover, asked: ApprovalPolicy) -> ApprovalPolicy:
    """Replaces what was said; holds from the next return on."""
    said = asked.model_dump()
    rule = ApprovalRule(brand_of(actor), **said)
    await write_audited(request, actor, brand_of(actor), state_approvals, rule, **said)
    return asked


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
    reference = None if asked.reference is None else plain_reference(asked.reference)
    if reference is not None and (asked.rail != "transfer" or len(reference) < 4):
        raise REQUEST_MALFORMED(field="body.reference", reason="with_transfer_only")
    command = ReplaceRefund(
        brand_id=brand_of(actor),
        refund_id=check_id(tender_id, "tnd"),
        new_id=check_id(asked.id, "tnd"),
        rail=asked.rail,
        reference=reference,
        staff_id=actor.id,
        reason=asked.reason,
        at=program.clock.now(),
    )
    facts = {"rail": asked.rail, "reason": asked.reason}
    made = await write_audited(request, actor, tender_id, replace_refund, command, **facts)
    await look_again(program, made)
    return RefundTold(
        tender_id=made.id,
        rail=made.rail,
        amount_minor=made.amount_minor,
        state=made.state,
        reference=made.reference,
    )


@router.get(
    "/transfers",
    operation_id="office_list_transfers",
    summary="Head office lists the refunds that a bank transfer is to bring",
)
async def list_transfers(request: Request, actor: ReturnsReader) -> list[TransferTold]:
    """The oldest first. Each is over when the bank's statement shows it."""
    owed = await program_of(request).db.read(transfers_owed, brand_of(actor))
    return [_transfer(one) for one in owed]


@router.post(
    "/refunds/{tender_id}/sent",
    operation_id="office_note_sent",
    summary="Head office says that a refund's transfer was sent",
    status_code=204,
)
async def sent(request: Request, actor: ReturnsApprover, tender_id: TenderId, asked: SentAsked) -> None:
    """Kept with the refund's evidence and shown. It stays pending: the bank's row is the proof."""
    now = program_of(request).clock.now()
    command = NoteSent(brand_of(actor), check_id(tender_id, "tnd"), actor.id, asked.note, now)
    await write_audited(request, actor, tender_id, note_sent, command, note=asked.note)


def _transfer(owed: TransferOwed) -> TransferTold:
    tender, word = owed.tender, owed.sent
    return TransferTold(
        tender_id=tender.id,
        sale_id=tender.sale_id,
        place_id=tender.place_id,
        reference=tender.reference,
        currency=tender.currency,
        amount_minor=tender.amount_minor,
        reason=tender.reason,
        created_at=tender.created_at,
        sent_at=None if word is None else word.at,
        sent_by=None if word is None else word.body["staff_id"],
        sent_note=None if word is None else word.body["note"],
    )
