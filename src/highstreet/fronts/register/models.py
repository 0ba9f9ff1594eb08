"""What a cash register sends and is told. Amounts are minor units of the place's currency."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from highstreet.flows.sell_at_register import TenderWish
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.ids import check_id, stable_id
from highstreet.rooms.sales.model import MAX_LINES, MAX_QUANTITY
from highstreet.rooms.tenders import LINK, RAIL_KINDS

Minor = Annotated[int, Field(ge=0, le=10**12, description="Minor units.")]
# Letters and marks only: a database takes no NUL, and a receipt shows no control characters.
PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
Printable = Annotated[str, StringConstraints(pattern=PRINTABLE)]
SaleId = Annotated[
    str,
    Field(
        max_length=40,
        description="Made by the register, kept before it asks: `sal_…`.",
        examples=[stable_id("sal", "example")],
    ),
]


ClerkSeal = Annotated[
    Printable | None,
    Field(max_length=80, description="Who is signed in: the `seal` of `POST /register/v1/clerk`."),
]
ApprovalId = Annotated[
    str | None,
    Field(max_length=40, pattern="^apr_[0-9a-z]{26}$", description="From `POST /register/v1/approvals`."),
]


class Asked(BaseModel):
    """A request body: unknown members are refused, and true or "1" is no number."""

    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=400)


class ItemAsked(Asked):
    """Pieces of one article."""

    gtin: Printable = Field(
        max_length=60, description="GTIN-8 to -14, or the text of a GS1 barcode.", examples=["2900000000018"]
    )
    quantity: int = Field(ge=1, le=MAX_QUANTITY, default=1)
    price_minor: Minor | None = Field(
        None,
        description="A piece's price set in the shop, at most the list price. A sale needs an approval for it; "
        "in a journal it is not read.",
    )


class QuoteAsked(Asked):
    """A basket to be priced."""

    items: list[ItemAsked] = Field(min_length=1, max_length=MAX_LINES)
    member_code: Printable | None = Field(
        None, max_length=120, description="As scanned from the member's phone."
    )
    coupons: list[Annotated[Printable, Field(max_length=40)]] = Field(
        default_factory=list, max_length=8, description="Coupon ids or printed codes."
    )


class MemberAsked(Asked):
    """A member's code, or the seal that stands for it."""

    member_code: Printable = Field(max_length=120, description="As scanned from the member's phone.")


class TenderAsked(Asked):
    """How a part is paid. Leave `amount_minor` out for the rest."""

    id: str = Field(
        max_length=40, description="Made by the register: `tnd_…`.", examples=[stable_id("tnd", "example")]
    )
    rail: Literal[
        "cash", "wallet", "alipay", "wechat", "stripe", "slip", "transfer", "gift_card", "points", "link"
    ] = Field(description="link: somebody else pays this part on their own phone, by the rail they choose.")
    amount_minor: Minor | None = None
    given_minor: Minor | None = Field(None, description="Cash handed over; the change is answered.")
    auth_code: Printable | None = Field(
        None, max_length=64, description="Payment code scanned from the wallet; without one a QR is shown."
    )
    reference: Printable | None = Field(
        None, min_length=1, max_length=20, description="`slip`: the number on the card terminal's slip."
    )
    card_code: Printable | None = Field(
        None, max_length=40, description="`gift_card`: the code printed on it, as scanned or typed."
    )


def wish_of(asked: TenderAsked) -> TenderWish:
    """What a register asks for, without the payer's codes. Errors: Refusal id.malformed, request.malformed."""
    if asked.rail == LINK:
        return TenderWish(check_id(asked.id, "tnd"), LINK, asked.amount_minor, way=LINK)
    kind = RAIL_KINDS[asked.rail]
    way = None if not kind.has_provider else "qr" if asked.auth_code is None else "code"
    if kind.needs_number is (asked.reference is None):
        raise REQUEST_MALFORMED(field="body.tenders.reference", reason="for_slips_only")
    if (asked.rail == "gift_card") is (asked.card_code is None):
        raise REQUEST_MALFORMED(field="body.tenders.card_code", reason="for_gift_cards_only")
    return TenderWish(
        check_id(asked.id, "tnd"), asked.rail, asked.amount_minor, asked.given_minor, way, asked.reference
    )


class SaleAsked(QuoteAsked):
    """A basket to be charged. The same id again is answered the same."""

    id: SaleId
    currency: Printable = Field(min_length=3, max_length=3, description="Must be the place's currency.")
    expected_total_minor: Minor | None = Field(None, description="Refused if the price is another by now.")
    tenders: list[TenderAsked] = Field(
        [], max_length=5, description="Together the total; none with `hold_minutes`."
    )
    hold_minutes: int | None = Field(
        None,
        ge=1,
        le=30 * 24 * 60,
        description="Pay in parts: goods and price are kept so long, tenders are added one by one.",
    )
    approval: ApprovalId = None
    clerk: ClerkSeal = None


Slips = Annotated[
    list[Annotated[Printable, Field(min_length=1, max_length=20)]],
    Field(
        max_length=20,
        description="Numbers of the card terminal's slips for what goes back by it, the oldest payment's first.",
    ),
]


class ReturnItemAsked(Asked):
    """Pieces of a sold line."""

    line_no: int = Field(ge=1, le=MAX_LINES)
    quantity: int = Field(ge=1, le=MAX_QUANTITY)


class ReturnAsked(Asked):
    """Pieces that come back. The same id again is answered the same."""

    id: str = Field(
        max_length=40, description="Made by the register: `rtn_…`.", examples=[stable_id("rtn", "example")]
    )
    sale_id: SaleId
    items: list[ReturnItemAsked] = Field(min_length=1, max_length=MAX_LINES)
    reason: Printable = Field("unwanted", max_length=40)
    slips: Slips = []
    has_receipt: bool = Field(True, description="false: found without the receipt, through the member.")
    approval: ApprovalId = None
    clerk: ClerkSeal = None


class PreviewAsked(Asked):
    """Pieces that may come back; nothing is done."""

    sale_id: SaleId
    items: list[ReturnItemAsked] = Field(min_length=1, max_length=MAX_LINES)


class CancelAsked(Asked):
    """Giving up a sale that was paid in parts."""

    slips: Slips = []
    approval: ApprovalId = None


class LineTold(BaseModel):
    """A line with its price."""

    line_no: int
    gtin: str | None
    name_en: str
    name_zh: str
    quantity: int
    unit_list_minor: int
    discount_minor: int
    net_minor: int


class DiscountTold(BaseModel):
    """Why the price is lower than the list."""

    offer_id: str
    coupon_id: str | None
    kind: str
    title_en: str
    title_zh: str
    amount_minor: int


class CouponRejected(BaseModel):
    """A coupon that brings nothing here, and why."""

    coupon: str
    reason: str
    missing_minor: int | None = Field(None, description="What the basket lacks for it (threshold_not_met).")


class CouponHintTold(BaseModel):
    """A coupon that this member holds and did not show."""

    coupon_id: str
    title_en: str
    title_zh: str
    saves_minor: int = Field(description="What showing it would save on this basket; 0 with a reason.")
    reason: str | None = Field(description="Why it brings nothing here; null when it does.")
    missing_minor: int | None = Field(None, description="What the basket lacks for it (threshold_not_met).")
    valid_until: datetime


class MemberTold(BaseModel):
    """Who was scanned, as far as a register needs it: no name, no phone."""

    tier: str
    points_available: int
    points_pending: int = Field(description="Earned, not yet to be spent.")
    seal: str = Field(
        description="Send it as `member_code` from now on: the scanned code turns, this is good for 15 minutes here."
    )


class QuoteTold(BaseModel):
    """A priced basket."""

    currency: str
    lines: list[LineTold]
    discounts: list[DiscountTold]
    rejected: list[CouponRejected]
    list_minor: int
    discount_minor: int
    total_minor: int
    is_member: bool
    member: MemberTold | None
    coupons: list[CouponHintTold] = Field(
        description="The member's other coupons of this brand, at most eight, the best first."
    )
    proof: dict[str, Any] = Field(description="How the price came about; anyone can recompute it.")
    is_training: bool = Field(False, description="Practice: nothing was charged, kept or counted.")


class PlaceTold(BaseModel):
    """Where."""

    place_id: str
    name_en: str
    name_zh: str


class TenderTold(BaseModel):
    """A captured tender."""

    tender_id: str
    rail: str
    amount_minor: int
    given_minor: int | None
    change_minor: int


class PartTold(BaseModel):
    """One tender of a sale that is paid in parts."""

    tender_id: str
    direction: Literal["in", "out"]
    rail: str
    state: str
    amount_minor: int
    reason: str | None
    reference: str | None = Field(
        None, description="What the payer writes on a bank transfer; a slip's number."
    )
    change_minor: int = Field(0, description="`cash`: of what was given, to be handed back.")


class SaleTold(BaseModel):
    """Where a sale stands. A paid one is a receipt with all members; an open one says what it waits for."""

    sale_id: str
    state: Literal["open", "closing", "paid", "abandoned"] = Field(
        description="closing: given up, and its parts are on their way back."
    )
    currency: str | None = None
    total_minor: int | None = None
    tender_state: str | None = None
    reason: str | None = None
    call_back_in_s: float | None = Field(
        None, description="So soon its one payment is called back unless it is paid: its rail's own patience."
    )
    due_minor: int | None = Field(None, description="Paid in parts: what no tender asks for yet.")
    held_minor: int | None = Field(None, description="Paid in parts: what was captured and not given back.")
    deposit_minor: int | None = Field(None, description="Of an order from the shop: to be paid in advance.")
    held_until: datetime | None = Field(
        None, description="Paid in parts: goods and price are kept until then."
    )
    parts: list[PartTold] | None = Field(None, description="Paid in parts: every tender, in and out.")
    qr: str | None = Field(None, description="Text of the QR code to show.")
    link: str | None = Field(
        None, description="Address to send to whoever pays this part; good for 30 minutes."
    )
    brand_id: str | None = None
    place: PlaceTold | None = None
    register_id: str | None = None
    lines: list[LineTold] | None = None
    discounts: list[DiscountTold] | None = None
    list_minor: int | None = None
    discount_minor: int | None = None
    tenders: list[TenderTold] | None = None
    points_pending: int | None = None
    paid_at: str | None = None
    is_training: bool | None = Field(
        None, description="true: practice; nothing was charged, kept or counted."
    )


class ReturnLineTold(BaseModel):
    """A returned line."""

    line_no: int
    quantity: int
    refund_minor: int


class RefundTold(BaseModel):
    """Money on its way back; pending until its provider confirms it."""

    tender_id: str
    rail: str
    amount_minor: int
    state: str
    reference: str | None = Field(None, description="What our bank transfer will name; a slip's number.")


class ReturnTold(BaseModel):
    """What came back and what is refunded."""

    return_id: str
    sale_id: str
    currency: str
    refund_minor: int
    lines: list[ReturnLineTold]
    refunds: list[RefundTold]
    at: str
    is_training: bool = Field(False, description="Practice: nothing was charged, kept or counted.")


class WayBackTold(BaseModel):
    """One refund of a return, as it would be made."""

    rail: str
    amount_minor: int
    needs_slip: bool = Field(description="The card terminal gives it back first; its slip's number is sent.")


class PreviewTold(BaseModel):
    """What a return would give back, and by which ways."""

    currency: str
    refund_minor: int
    refunds: list[WayBackTold] = Field(description="In the order in which `slips` are read.")


class ProviderTold(BaseModel):
    """A provider that can be paid by here."""

    rail: str
    ways: list[str] = Field(
        description="`code`: the payer's is scanned; `qr`: the payer scans ours; `reader`."
    )


class RegisterTold(BaseModel):
    """Which register this key is for, and by whom it can be paid."""

    register_id: str
    name: str
    brand_id: str
    brand_name_en: str
    brand_name_zh: str
    time_zone: str = Field(description="Of its place.", examples=["Europe/Helsinki"])
    currency: str
    place: PlaceTold
    is_training: bool = Field(False, description="Practice: nothing was charged, kept or counted.")
    providers: list[ProviderTold] = Field(description="Connected, on at this place, liked best first.")
    takes_slips: bool = Field(
        True, description="Slips of a card terminal that is not connected are on at this place."
    )


class GoodsTold(BaseModel):
    """An article with its prices."""

    gtin: str | None
    sku: str
    name_en: str
    name_zh: str
    category: str = Field(description="Of the product, in the brand's words; chooses its picture.")
    currency: str
    list_minor: int
    member_minor: int | None
    available: int = Field(description="Pieces that are left at this place.")
