"""Coupons, memberships, receipts, and what the live stream carries."""

from datetime import datetime
from typing import Any

from pydantic import Field

from highstreet.flows.show_wallet import HeldCoupon, Receipt
from highstreet.fronts.shop.models.shared import (
    Asked,
    BrandTold,
    CouponId,
    OfferTold,
    PlaceName,
    Told,
    brand_told,
    example,
    place_name,
)


class ClaimAsked(Asked):
    """Take a coupon. The same id again is the same claim."""

    coupon_id: CouponId = Field(description="Made by the phone.", examples=[example("cpn")])


class CouponTold(Told):
    """A coupon of this person."""

    coupon_id: str = Field(description="What the register scans.", examples=[example("cpn")])
    offer_id: str = Field(description="`ofr_…`", examples=[example("ofr")])
    brand: BrandTold
    kind: str = Field(description="`spend_get` or `percent`.", examples=["spend_get"])
    title_en: str = Field(description="In English.", examples=["10 off from 50"])
    title_zh: str = Field(description="In Chinese.", examples=["满50减10"])
    spend_minor: int | None = Field(None, description="`spend_get`: from this total.", examples=[5000])
    off_minor: int | None = Field(None, description="`spend_get`: so much off.", examples=[1000])
    percent_bp: int | None = Field(None, description="`percent`: hundredths of a percent.", examples=[1500])
    max_off_minor: int | None = Field(None, description="`percent`: never more than this.", examples=[2000])
    is_stackable: bool = Field(description="Whether it goes together with others.")
    valid_from: datetime = Field(description="From when it is good.")
    valid_until: datetime = Field(description="Until before when it is good.")
    state: str = Field(
        description="`usable`, or why not: `used_up`, `not_yet`, `inactive`.", examples=["usable"]
    )


class MembershipTold(Told):
    """A membership and its points."""

    brand: BrandTold
    member_id: str = Field(description="`mbr_…`", examples=[example("mbr")])
    tier: str = Field(description="Which kind of member.", examples=["member"])
    joined_at: datetime
    points_pending: int = Field(description="Not yet available: returns are still open.", examples=[49])
    points_available: int = Field(description="To be used.", examples=[120])


class MemberCodeTold(Told):
    """What the phone shows at the register."""

    code: str = Field(description="As QR or Code 128.", examples=["HM1…"])
    changes_at: datetime = Field(description="Ask for the next one then.")
    valid_until: datetime = Field(description="The register takes this one until then.")


class CodeKeyTold(Told):
    """A key that codes can be made with while it lasts."""

    key: str = Field(description="32 bytes in base64url, without padding.")
    first_step: int = Field(description="Steps of half a minute since 1970 that it is for: from this one …")
    last_step: int = Field(description="… to this one.")


class MemberCodeKeysTold(Told):
    """What a phone makes the member's codes with, also without a network, for this week and the next.

    step = floor(seconds since 1970 / step_s); mac = HMAC-SHA256(key, step in decimal), its first nine bytes one
    big-endian number. The code: `head`, then `step` and `mac` in pairs of letters, the lowest ten bits first: one
    pair of `step`, seven of `mac`; a pair is the upper, then the lower five bits in `alphabet`.
    """

    head: str = Field(examples=["HM1…"])
    alphabet: str = Field(examples=["0123456789ABCDEFGHJKMNPQRSTVWXYZ"])
    step_s: int = Field(examples=[30])
    now: datetime = Field(description="The server's clock: correct the phone's by it.")
    keys: list[CodeKeyTold]


class PointsEntryTold(Told):
    """Points that a line of a receipt earned or a return took back, that were paid with or came back of those."""

    entry_id: str = Field(examples=[example("pnt")])
    sale_id: str = Field(examples=[example("sal")])
    kind: str = Field(description="`earn`, `reverse`, `spend` or `restore`.", examples=["earn"])
    state: str = Field(description="`pending` until returns close, then `available`.", examples=["pending"])
    points: int = Field(examples=[49])
    matures_at: datetime = Field(description="When pending points become available.")
    at: datetime


class PointsTold(Told):
    """A membership's points and where they came from, the newest first."""

    membership: MembershipTold
    entries: list[PointsEntryTold]
    next_before: datetime | None = Field(description="Ask again with `before`; null: that was all.")
    next_before_id: str | None = Field(description="Ask with it as `before_id`, too.")


class FeedItemTold(Told):
    """An offer of a brand followed."""

    brand: BrandTold
    offer: OfferTold
    coupon: CouponTold | None = Field(description="Held of this offer; null: none.")
    can_claim: bool = Field(description="Whether a claim would be taken, as things stand.")


class ReceiptLineTold(Told):
    """A line of a receipt."""

    line_no: int = Field(examples=[1])
    gtin: str | None = Field(examples=["02000000000015"])
    name_en: str = Field(examples=["Shell, S"])
    name_zh: str = Field(examples=["冲锋衣, S"])
    quantity: int = Field(examples=[2])
    unit_list_minor: int = Field(description="List price of one.", examples=[10000])
    discount_minor: int = Field(description="Off the whole line.", examples=[2000])
    net_minor: int = Field(description="Paid for the whole line.", examples=[18000])
    returned_quantity: int = Field(0, description="Pieces that came back.", examples=[0])


class DiscountTold(Told):
    """Why the price is lower than the list."""

    offer_id: str = Field(examples=[example("ofr")])
    coupon_id: str | None = Field(description="The coupon used, if any.", examples=[example("cpn")])
    kind: str = Field(examples=["spend_get"])
    title_en: str = Field(examples=["10 off from 50"])
    title_zh: str = Field(examples=["满50减10"])
    amount_minor: int = Field(examples=[1000])


class PaidTold(Told):
    """A part of the payment."""

    rail: str = Field(description="`cash`, `wallet`, …", examples=["cash"])
    amount_minor: int = Field(examples=[18000])
    given_minor: int | None = Field(description="Cash handed over.", examples=[20000])
    change_minor: int = Field(description="Cash given back.", examples=[2000])


class ReturnLineTold(Told):
    """Pieces of a line that came back."""

    line_no: int = Field(examples=[1])
    quantity: int = Field(examples=[1])
    refund_minor: int = Field(examples=[9000])


class RefundTold(Told):
    """Money that went back, or is on its way, by one rail."""

    rail: str = Field(examples=["cash"])
    amount_minor: int = Field(examples=[9000])
    is_there: bool = Field(description="False: still on its way.")


class ReturnTold(Told):
    """A return of a sale, or, with no pieces, money back while the goods stay."""

    return_id: str = Field(examples=[example("rtn")])
    refund_minor: int = Field(examples=[9000])
    at: datetime
    lines: list[ReturnLineTold]
    refunds: list[RefundTold] = Field(description="Without those that were refused.")


class ReceiptTold(Told):
    """A receipt."""

    sale_id: str = Field(examples=[example("sal")])
    brand_id: str = Field(examples=[example("brd")])
    place: PlaceName
    time_zone: str | None = Field(
        None, description="IANA, the place's; null in the stream.", examples=["Europe/Helsinki"]
    )
    currency: str = Field(examples=["EUR"])
    lines: list[ReceiptLineTold]
    discounts: list[DiscountTold]
    list_minor: int = Field(description="By list prices.", examples=[20000])
    discount_minor: int = Field(examples=[2000])
    total_minor: int = Field(description="Paid.", examples=[18000])
    returned_minor: int = Field(0, description="Given back since.", examples=[0])
    tenders: list[PaidTold]
    points: int = Field(description="Points it earned, before any return.", examples=[180])
    paid_at: datetime


class BrandReceiptTold(ReceiptTold):
    """A receipt with its brand and what came back; in a list `returns` is empty, see `returned_minor`."""

    brand: BrandTold
    returns: list[ReturnTold]


class ReceiptsTold(Told):
    """Receipts, the newest first."""

    receipts: list[BrandReceiptTold]
    next_before: datetime | None = Field(
        description="Ask again with `before` for older ones; null: that was all."
    )
    next_before_id: str | None = Field(description="Ask with it as `before_id`, too.")


class StreamReturnTold(Told):
    """`sales.sale_returned.v1` in the stream."""

    brand_id: str
    sale_id: str
    return_id: str
    currency: str
    refund_minor: int
    lines: list[ReturnLineTold]
    at: datetime


class StreamOrderTold(Told):
    """`sales.order_moved.v1` in the stream: an open order of this person moved, read it again."""

    brand_id: str
    sale_id: str
    at: datetime


class StreamCouponTold(Told):
    """`offers.coupon_claimed.v1` in the stream."""

    brand_id: str
    offer_id: str
    coupon_id: str
    valid_until: datetime
    at: datetime


class StreamPointsTold(Told):
    """`members.points_earned.v1` and `members.points_reversed.v1` in the stream."""

    brand_id: str
    sale_id: str
    points: int
    at: datetime


class StreamEndTold(Told):
    """`identity.session_revoked.v1` in the stream: this session was ended; nothing follows."""

    session_id: str
    at: datetime


def coupon_told(held: HeldCoupon) -> CouponTold:
    """A coupon, without who pays for it."""
    coupon = held.coupon
    return CouponTold(
        coupon_id=coupon.coupon_id,
        offer_id=coupon.offer_id,
        brand=brand_told(held.brand),
        kind=coupon.kind,
        title_en=coupon.title_en,
        title_zh=coupon.title_zh,
        spend_minor=coupon.terms.get("spend_minor"),
        off_minor=coupon.terms.get("off_minor"),
        percent_bp=coupon.terms.get("percent_bp"),
        max_off_minor=coupon.terms.get("max_off_minor"),
        is_stackable=coupon.is_stackable,
        valid_from=coupon.valid_from,
        valid_until=coupon.valid_until,
        state=held.state,
    )


def receipt_told(receipt: Receipt) -> BrandReceiptTold:
    """A receipt from the records: without owners, proof, shares, provider references."""
    sale = receipt.sale
    return BrandReceiptTold(
        sale_id=sale.id,
        brand_id=sale.brand_id,
        brand=brand_told(receipt.brand),
        place=place_name(receipt.place),
        time_zone=receipt.time_zone,
        currency=sale.currency,
        lines=[
            ReceiptLineTold(
                line_no=line.line_no,
                gtin=line.gtin,
                name_en=line.name_en,
                name_zh=line.name_zh,
                quantity=line.quantity,
                unit_list_minor=line.unit_list_minor,
                discount_minor=line.discount_minor,
                net_minor=line.net_minor,
                returned_quantity=line.returned_quantity,
            )
            for line in sale.lines
        ],
        discounts=[discount_told(d) for d in sale.proof.get("discounts", ())],
        list_minor=sale.list_minor,
        discount_minor=sale.discount_minor,
        total_minor=sale.total_minor,
        returned_minor=sale.returned_minor,
        tenders=[
            PaidTold(
                rail=t.rail,
                amount_minor=t.amount_minor,
                given_minor=t.given_minor,
                change_minor=0 if t.given_minor is None else t.given_minor - t.amount_minor,
            )
            for t in receipt.tenders
        ],
        points=receipt.points,
        paid_at=sale.paid_at or sale.opened_at,
        returns=[
            ReturnTold(
                return_id=r.id,
                refund_minor=r.refund_minor,
                at=r.at,
                lines=[
                    ReturnLineTold(line_no=n.line_no, quantity=n.quantity, refund_minor=n.refund_minor)
                    for n in r.lines
                ],
                refunds=[
                    RefundTold(rail=t.rail, amount_minor=t.amount_minor, is_there=t.state == "captured")
                    for t in receipt.refunds
                    if t.return_id == r.id and t.state != "failed"
                ],
            )
            for r in receipt.returns
        ],
    )


def discount_told(discount: dict[str, Any]) -> DiscountTold:
    """A discount as sales keep it; what else may stand there is left out."""
    return DiscountTold(**{name: discount[name] for name in DiscountTold.model_fields})
