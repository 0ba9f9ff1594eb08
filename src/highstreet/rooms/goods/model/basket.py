"""What the price function is given and what it says. Amounts are minor units of one currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.goods.errors import RULE_MALFORMED

MAX_LINES = 200
MAX_QUANTITY = 9_999
MAX_COUPON_RULES = 8

MEMBER_PRICE = "member_price"
PERCENT = "percent"
SPEND_GET = "spend_get"
KINDS = (MEMBER_PRICE, PERCENT, SPEND_GET)
# What a register really charged while it could not ask, less (or, negative, more) than the rules give.
CHARGED_OFFLINE = "charged_offline"
CHARGED_RULE = "charged_offline"
"""Stands where an offer's id does: no offer is behind it."""
BY_HAND = "by_hand"
"""A rule's kind, and what stands where its offer's id does: unit prices that somebody in the shop set."""

# Why a rule brought nothing.
THRESHOLD_NOT_MET = "threshold_not_met"
NOT_BETTER = "not_better"
NOT_MEMBER = "not_member"
NOT_STACKABLE = "not_stackable"
NO_MEMBER_PRICE = "no_member_price"


@dataclass(frozen=True, slots=True)
class BasketLine:
    """Goods to be priced: unit prices, `quantity` pieces."""

    line_no: int
    variant_id: str
    quantity: int
    list_minor: int
    member_minor: int | None
    hand_minor: int | None = None
    """Set by somebody in the shop: it stands instead of a member price."""


@dataclass(frozen=True, slots=True)
class PriceRule:
    """One offer as the price function sees it.

    `spend_get`: a basket whose net so far is at least `spend_minor` gets `off_minor` off, once.
    `percent`: `percent_bp` of the net so far, half up to a minor unit, at most `max_off_minor`.
    `member_price`: for members, a line's unit price is the lower of its list and its member price.
    `by_hand`: a line's unit price is the one that was set for it; always first.
    `charged_offline`: `off_minor` off, below zero on top; made by `as_charged` only, and always last.
    Errors: Refusal goods.rule_malformed (field).
    """

    offer_id: str
    coupon_id: str | None
    kind: str
    funder_party_id: str
    is_stackable: bool
    spend_minor: int = 0
    off_minor: int = 0
    percent_bp: int = 0
    max_off_minor: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in (*KINDS, BY_HAND, CHARGED_OFFLINE):
            raise RULE_MALFORMED(field="kind")
        if not 0 <= self.spend_minor <= MAX_AMOUNT_MINOR:
            raise RULE_MALFORMED(field="spend_minor")
        least = -MAX_AMOUNT_MINOR if self.kind == CHARGED_OFFLINE else 0
        if not least <= self.off_minor <= MAX_AMOUNT_MINOR:
            raise RULE_MALFORMED(field="off_minor")
        if not 0 <= self.percent_bp <= 10_000:
            raise RULE_MALFORMED(field="percent_bp")
        if self.max_off_minor is not None and not 0 <= self.max_off_minor <= MAX_AMOUNT_MINOR:
            raise RULE_MALFORMED(field="max_off_minor")

    def off(self, net_minor: int) -> int:
        """What a coupon rule takes off a basket's net so far: never more than there is."""
        if self.kind == CHARGED_OFFLINE:
            return min(self.off_minor, net_minor)
        if self.kind == SPEND_GET:
            return min(self.off_minor, net_minor) if net_minor >= self.spend_minor else 0
        off_minor = (net_minor * self.percent_bp + 5_000) // 10_000
        most = self.max_off_minor
        return off_minor if most is None or off_minor <= most else most


@dataclass(frozen=True, slots=True)
class DiscountPart:
    """What one offer takes off one line, and who pays for it."""

    offer_id: str
    coupon_id: str | None
    funder_party_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line's price; `discount_minor` is the sum of its parts, `net_minor` what is paid for it."""

    line_no: int
    variant_id: str
    quantity: int
    unit_list_minor: int
    list_minor: int
    discount_minor: int
    net_minor: int
    parts: tuple[DiscountPart, ...]


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that brought something, and how much over all lines."""

    offer_id: str
    coupon_id: str | None
    kind: str
    funder_party_id: str
    discount_minor: int


@dataclass(frozen=True, slots=True)
class RejectedRule:
    """A rule that brought nothing, and why: one of the reason codes above.

    `missing_minor`: by how much the basket falls short of the rule's threshold; no part of the proof.
    """

    offer_id: str
    coupon_id: str | None
    reason: str
    missing_minor: int | None = None


@dataclass(frozen=True, slots=True)
class PricedBasket:
    """A basket's price. `rules` are the rules behind `applied`, in the same order."""

    currency: str
    lines: tuple[PricedLine, ...]
    list_minor: int
    discount_minor: int
    total_minor: int
    applied: tuple[AppliedRule, ...]
    rejected: tuple[RejectedRule, ...]
    rules: tuple[PriceRule, ...] = ()

    def proof(self) -> dict[str, Any]:
        """JSON from which anyone can recompute the total, see `check_proof`.

        List prices; the rules in the order they were applied, with their numbers; how it was rounded; each
        line's parts. `unit_member_minor` is the unit price after a member price, null where there was none;
        `unit_hand_minor`, only where there was one, the unit price that was set by hand.
        """
        by_member_price = {(r.offer_id, r.coupon_id) for r in self.rules if r.kind == MEMBER_PRICE}
        return {
            "version": 1,
            "currency": self.currency,
            "rounding": {"percent": "half_up", "spread": "largest_remainder_by_net"},
            "lines": [_line_proof(line, by_member_price) for line in self.lines],
            "rules": [
                {
                    "offer_id": rule.offer_id,
                    "coupon_id": rule.coupon_id,
                    "kind": rule.kind,
                    "funder_party_id": rule.funder_party_id,
                    "is_stackable": rule.is_stackable,
                    "spend_minor": rule.spend_minor,
                    "off_minor": rule.off_minor,
                    "percent_bp": rule.percent_bp,
                    "max_off_minor": rule.max_off_minor,
                    "discount_minor": applied.discount_minor,
                }
                for rule, applied in zip(self.rules, self.applied, strict=True)
            ],
            "rejected": [
                {"offer_id": rule.offer_id, "coupon_id": rule.coupon_id, "reason": rule.reason}
                for rule in self.rejected
            ],
            "list_minor": self.list_minor,
            "discount_minor": self.discount_minor,
            "total_minor": self.total_minor,
        }


def _line_proof(line: PricedLine, by_member_price: set[tuple[str, str | None]]) -> dict[str, Any]:
    member_off = [p.amount_minor for p in line.parts if (p.offer_id, p.coupon_id) in by_member_price]
    by_hand = [p.amount_minor for p in line.parts if p.offer_id == BY_HAND]
    return {
        "line_no": line.line_no,
        "variant_id": line.variant_id,
        "quantity": line.quantity,
        "unit_list_minor": line.unit_list_minor,
        "unit_member_minor": line.unit_list_minor - member_off[0] // line.quantity if member_off else None,
        **({"unit_hand_minor": line.unit_list_minor - by_hand[0] // line.quantity} if by_hand else {}),
        "list_minor": line.list_minor,
        "discount_minor": line.discount_minor,
        "net_minor": line.net_minor,
        "parts": [
            {
                "offer_id": part.offer_id,
                "coupon_id": part.coupon_id,
                "funder_party_id": part.funder_party_id,
                "amount_minor": part.amount_minor,
            }
            for part in line.parts
        ],
    }
