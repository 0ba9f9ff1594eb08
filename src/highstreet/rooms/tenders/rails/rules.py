"""What a brand says about its rails: on or off, how much, how dear. Pure: no database, no clock."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.errors import OVER_LIMIT, RULES_MALFORMED, UNDER_MINIMUM
from highstreet.rooms.tenders.model import RAIL_KINDS, RAILS

CODE_CLASSES = ("dynamic", "static")
DAY_LIMITS = ("day", "dynamic_day", "static_day")
"""Limits of one member's payments by one rail on one trading day of the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RailRule:
    """One rail's. Amounts are minor units of the brand's currency; None is no limit.

    `qr_class`: what the provider counts the QR codes as that a register shows; a scanned payer's code is dynamic.
    `fee_bp`: hundredths of a percent that the rail costs, `fee_fixed_minor`: so much for each payment.
    `rank`: 0 is liked best.
    """

    rail: str
    is_on: bool = True
    min_minor: int | None = None
    max_minor: int | None = None
    day_minor: int | None = None
    dynamic_day_minor: int | None = None
    static_day_minor: int | None = None
    qr_class: str = "dynamic"
    fee_bp: int = 0
    fee_fixed_minor: int = 0
    rank: int = 0

    def day_limits(self, way: str | None) -> Iterator[tuple[str, int]]:
        """Which limits of a day hold for a payment that begins so, with their amounts."""
        names = ["day"]
        if way is not None and way != "reader":
            names.append(f"{'dynamic' if way == 'code' else self.qr_class}_day")
        for name in names:
            if (limit := getattr(self, f"{name}_minor")) is not None:
                yield name, limit


_NONE = {name: RailRule(rail=name) for name in RAIL_KINDS}

CHINESE_DEFAULTS: Mapping[str, RailRule] = {
    rail: RailRule(
        rail=rail, dynamic_day_minor=1_000_00, static_day_minor=500_00, qr_class="dynamic", fee_bp=60
    )
    for rail in ("alipay", "wechat", "wallet")
}
"""A suggestion where the currency is CNY, forced on nobody: RMB 500 a day by static codes, 1,000 by dynamic ones
for the class without further proof (5,000 or by agreement above it). Source: PBOC notice 296 of 2017."""


@dataclass(frozen=True, slots=True)
class BrandRules:
    """All that a brand said; a rail it said nothing about is on, without limits. `off`: (rail, place id)."""

    rules: Mapping[str, RailRule] = field(default_factory=dict)
    off: frozenset[tuple[str, str]] = frozenset()

    def of(self, rail: str) -> RailRule:
        """What holds for a rail."""
        return self.rules.get(rail) or _NONE[rail]

    def why_off(self, rail: str, place_id: str) -> str | None:
        """`off` for the brand, `off_here` at this place, or None."""
        if not self.of(rail).is_on:
            return "off"
        return "off_here" if (rail, place_id) in self.off else None

    def counts_days(self, rail: str, way: str | None) -> bool:
        """Whether a payment of a member is to be counted."""
        return any(True for _ in self.of(rail).day_limits(way))


NO_RULES = BrandRules()


def check_payment(rule: RailRule, amount_minor: int) -> None:
    """Whether one payment is within its limits. Errors: tenders.over_limit, tenders.under_minimum."""
    if rule.min_minor is not None and amount_minor < rule.min_minor:
        raise UNDER_MINIMUM(rail=rule.rail, limit_minor=rule.min_minor)
    if rule.max_minor is not None and amount_minor > rule.max_minor:
        raise OVER_LIMIT(
            rail=rule.rail, limit="payment", limit_minor=rule.max_minor, left_minor=rule.max_minor
        )


def over_day(rail: str, limit: str, limit_minor: int, used_minor: int) -> Refusal:
    """The refusal that says the limit and what is left of it."""
    return OVER_LIMIT(
        rail=rail, limit=limit, limit_minor=limit_minor, left_minor=max(0, limit_minor - used_minor)
    )


def check_rules(rules: Collection[RailRule]) -> None:
    """One rule a rail, rails that there are, minima below maxima. Errors: tenders.rules_malformed (rail)."""
    seen: set[str] = set()
    for rule in rules:
        is_turned = None not in (rule.min_minor, rule.max_minor) and (rule.min_minor or 0) > (
            rule.max_minor or 0
        )
        if rule.rail in seen or rule.rail not in RAILS or rule.qr_class not in CODE_CLASSES or is_turned:
            raise RULES_MALFORMED(rail=rule.rail[:20])
        seen.add(rule.rail)
