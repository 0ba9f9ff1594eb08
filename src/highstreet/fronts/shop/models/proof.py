"""How a receipt's price came about."""

from datetime import datetime
from typing import Any

from pydantic import Field

from highstreet.flows.explain_receipt import ExplainedReceipt
from highstreet.fronts.shop.models.shared import Told, example


class ProofRuleTold(Told):
    """A rule that was applied, with its numbers; the titles are those on the receipt."""

    offer_id: str = Field(examples=[example("ofr")])
    coupon_id: str | None = Field(description="The coupon used, if any.", examples=[example("cpn")])
    kind: str = Field(description="`spend_get`, `percent` or `member_price`.", examples=["spend_get"])
    title_en: str = Field(examples=["10 off from 50"])
    title_zh: str = Field(examples=["满50减10"])
    spend_minor: int = Field(description="`spend_get`: from this total.", examples=[5000])
    off_minor: int = Field(description="`spend_get`: so much off, once.", examples=[1000])
    percent_bp: int = Field(description="`percent`: hundredths of a percent.", examples=[1500])
    max_off_minor: int | None = Field(description="`percent`: never more than this.", examples=[2000])
    amount_minor: int = Field(description="What it took off.", examples=[1000])


class ProofPartTold(Told):
    """What one rule took off one line."""

    offer_id: str = Field(examples=[example("ofr")])
    coupon_id: str | None = Field(examples=[example("cpn")])
    amount_minor: int = Field(examples=[1000])


class ProofLineTold(Told):
    """A line's way from its list price to what was paid."""

    line_no: int = Field(examples=[1])
    list_minor: int = Field(examples=[10000])
    net_minor: int = Field(examples=[9000])
    parts: list[ProofPartTold]


class RejectedTold(Told):
    """A rule that was looked at and not applied."""

    offer_id: str = Field(examples=[example("ofr")])
    coupon_id: str | None = Field(examples=[example("cpn")])
    title_en: str = Field(examples=["10 off from 50"])
    title_zh: str = Field(examples=["满50减10"])
    reason: str = Field(
        description="`threshold_not_met`, `not_better`, `not_member`, `not_stackable` or `no_member_price`.",
        examples=["threshold_not_met"],
    )


class CreditTold(Told):
    """The code that was thanked for the visit; only with consent to measurement."""

    kind: str = Field(description="`poster`, `place`, `assistant`, `shelf` or `post`.", examples=["poster"])
    label_en: str = Field(examples=["Bus stop, Mannerheimintie"])
    label_zh: str = Field(examples=["公交站"])
    touched_at: datetime


class ReceiptProofTold(Told):
    """How a receipt's price came about; who pays for a discount is left out."""

    holds: bool | None = Field(
        description="Recomputed now, the proof gives these lines and this total. Null: history without a proof."
    )
    rules: list[ProofRuleTold] = Field(description="In the order in which they were applied.")
    lines: list[ProofLineTold]
    rejected: list[RejectedTold]
    credit: CreditTold | None


def proof_told(explained: ExplainedReceipt) -> ReceiptProofTold:
    """The proof in words, and the credit."""
    proof = explained.sale.proof
    touch = explained.touch
    return ReceiptProofTold(
        holds=explained.holds,
        rules=[
            ProofRuleTold(
                **_picked(rule, ("offer_id", "coupon_id", "kind")),
                **_picked(rule, ("spend_minor", "off_minor", "percent_bp", "max_off_minor")),
                **_titles(explained, rule["offer_id"]),
                amount_minor=rule["discount_minor"],
            )
            for rule in proof.get("rules", ())
        ],
        lines=[
            ProofLineTold(
                **_picked(line, ("line_no", "list_minor", "net_minor")),
                parts=[
                    ProofPartTold(**_picked(p, ("offer_id", "coupon_id", "amount_minor")))
                    for p in line["parts"]
                ],
            )
            for line in proof.get("lines", ())
        ],
        rejected=[
            RejectedTold(
                **_picked(one, ("offer_id", "coupon_id", "reason")), **_titles(explained, one["offer_id"])
            )
            for one in proof.get("rejected", ())
        ],
        credit=None
        if touch is None
        else CreditTold(
            kind=touch.kind, label_en=touch.label_en, label_zh=touch.label_zh, touched_at=touch.at
        ),
    )


def _picked(stated: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: stated[name] for name in names}


def _titles(explained: ExplainedReceipt, offer_id: str) -> dict[str, str]:
    """As they stood at the sale, else as they stand now."""
    for one in explained.sale.proof.get("discounts", ()):
        if one["offer_id"] == offer_id:
            return {"title_en": one["title_en"], "title_zh": one["title_zh"]}
    offer = explained.offers.get(offer_id)
    return {"title_en": offer.title_en if offer else "", "title_zh": offer.title_zh if offer else ""}
