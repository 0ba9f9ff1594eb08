"""Recompute a basket's price from its proof alone: for statements, audits and other people's programs."""

from __future__ import annotations

from typing import Any

from highstreet.kernel.errors import Refusal
from highstreet.rooms.goods.model.basket import (
    BY_HAND,
    CHARGED_OFFLINE,
    MEMBER_PRICE,
    BasketLine,
    PriceRule,
    RejectedRule,
)
from highstreet.rooms.goods.model.price_basket import application_order, check_lines, settle


def check_proof(proof: Any) -> bool:
    """Whether the proof's lists, rules and roundings really give its parts, its lines and its total.

    Anything that is no proof is False. Which other rules might have been chosen is not in the proof.
    """
    try:
        if proof["version"] != 1:
            return False
        lines = [
            BasketLine(
                _whole(line["line_no"]),
                line["variant_id"],
                _whole(line["quantity"]),
                _whole(line["unit_list_minor"]),
                None if line["unit_member_minor"] is None else _whole(line["unit_member_minor"]),
                _whole(line["unit_hand_minor"]) if "unit_hand_minor" in line else None,
            )
            for line in proof["lines"]
        ]
        rules = [_rule(rule) for rule in proof["rules"]]
        rejected = [RejectedRule(r["offer_id"], r["coupon_id"], r["reason"]) for r in proof["rejected"]]
        if not _is_lawful(rules):
            return False
        check_lines(lines)
        recomputed: dict[str, Any] = settle(proof["currency"], lines, rules, rejected).proof()
    except (KeyError, TypeError, ValueError, AttributeError, Refusal):
        return False
    return bool(recomputed == proof)


def _rule(stated: dict[str, Any]) -> PriceRule:
    most = stated["max_off_minor"]
    return PriceRule(
        stated["offer_id"],
        stated["coupon_id"],
        stated["kind"],
        stated["funder_party_id"],
        stated["is_stackable"],
        _whole(stated["spend_minor"]),
        _whole(stated["off_minor"]),
        _whole(stated["percent_bp"]),
        None if most is None else _whole(most),
    )


def _is_lawful(rules: list[PriceRule]) -> bool:
    """Prices set by hand, at most one member price, one coupon rule or stackable ones in their order, the charged one."""
    if rules and rules[-1].kind == CHARGED_OFFLINE:
        rules = rules[:-1]
    if rules and rules[0].kind == BY_HAND:
        rules = rules[1:]
    coupon_rules = rules[1:] if rules and rules[0].kind == MEMBER_PRICE else rules
    if any(rule.kind in (BY_HAND, MEMBER_PRICE, CHARGED_OFFLINE) for rule in coupon_rules):
        return False
    if len(coupon_rules) <= 1:
        return True
    order = [application_order(rule) for rule in coupon_rules]
    return order == sorted(order) and all(rule.is_stackable for rule in coupon_rules)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"not a whole number: {value!r}")
    return value
