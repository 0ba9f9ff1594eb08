"""The one price function: every price shown or charged, in every channel, comes from here (G1)."""

from __future__ import annotations

from collections.abc import Sequence

from highstreet.kernel.money import MAX_AMOUNT_MINOR, exponent, split_by_weights
from highstreet.rooms.goods.errors import (
    AMOUNT_OUT_OF_RANGE,
    LINE_REPEATED,
    NO_LINES,
    QUANTITY_OUT_OF_RANGE,
    TOO_MANY_LINES,
    TOO_MANY_RULES,
)
from highstreet.rooms.goods.model.basket import (
    BY_HAND,
    CHARGED_OFFLINE,
    CHARGED_RULE,
    MAX_COUPON_RULES,
    MAX_LINES,
    MAX_QUANTITY,
    MEMBER_PRICE,
    NO_MEMBER_PRICE,
    NOT_BETTER,
    NOT_MEMBER,
    NOT_STACKABLE,
    PERCENT,
    SPEND_GET,
    THRESHOLD_NOT_MET,
    AppliedRule,
    BasketLine,
    DiscountPart,
    PricedBasket,
    PricedLine,
    PriceRule,
    RejectedRule,
)


def price_basket(
    currency: str, lines: Sequence[BasketLine], rules: Sequence[PriceRule], *, is_member: bool
) -> PricedBasket:
    """The price of a basket under the best lawful combination of the rules, and why.

    First the prices set by hand, then the member price, line by line. Then coupon rules: one that is not
    stackable stands alone, stackable ones combine, in the order of `application_order`. Of all lawful
    combinations the lowest total wins, then the fewest rules, then those given first. A rule's discount is
    spread over the lines by their net so far.
    Errors: Refusal goods.no_lines, too_many_lines, line_repeated, quantity_out_of_range, amount_out_of_range,
    too_many_rules (more than 8 coupon rules); money.currency_malformed.
    """
    exponent(currency)
    check_lines(lines)
    if not rules:
        return settle(currency, lines, (), ())
    coupon_rules: list[PriceRule] = []
    chosen: list[PriceRule] = []
    rejected: list[RejectedRule] = []
    base_minor = 0
    for line in lines:
        base_minor += line.list_minor * line.quantity
    for rule in rules:
        if rule.kind == BY_HAND:
            saved_minor = hand_saving(lines)
            base_minor -= saved_minor
            chosen += [rule] if saved_minor else []
            continue
        if rule.kind != MEMBER_PRICE:
            coupon_rules.append(rule)
            continue
        has_one = any(one.kind == MEMBER_PRICE for one in chosen)
        saved_minor = member_saving(lines) if is_member and not has_one else 0
        if saved_minor:
            base_minor -= saved_minor
            chosen.append(rule)
        else:
            reason = _why_no_member_price(lines, is_member)
            rejected.append(RejectedRule(rule.offer_id, rule.coupon_id, reason))
    if coupon_rules:
        _choose(coupon_rules, base_minor, chosen, rejected)
    return settle(currency, lines, chosen, rejected)


def as_charged(basket: PricedBasket, charged_minor: int, owner_party_id: str) -> PricedBasket:
    """The basket at what was really charged: the difference is one more rule, owned by `owner_party_id`.

    For a sale that has happened where nobody could ask for its price. The lists, the rules before it and what they
    bring stay as they are in the proof. Errors: Refusal goods.amount_out_of_range.
    """
    if charged_minor == basket.total_minor:
        return basket
    if not 0 <= charged_minor <= MAX_AMOUNT_MINOR:
        raise AMOUNT_OUT_OF_RANGE(line_no=0, limit_minor=MAX_AMOUNT_MINOR)
    by_member_price = {(r.offer_id, r.coupon_id) for r in basket.rules if r.kind == MEMBER_PRICE}
    lines = [
        BasketLine(
            line.line_no, line.variant_id, line.quantity, line.unit_list_minor, _member(line, by_member_price)
        )
        for line in basket.lines
    ]
    difference = PriceRule(
        offer_id=CHARGED_RULE,
        coupon_id=None,
        kind=CHARGED_OFFLINE,
        funder_party_id=owner_party_id,
        is_stackable=True,
        off_minor=basket.total_minor - charged_minor,
    )
    return settle(basket.currency, lines, (*basket.rules, difference), basket.rejected)


def _member(line: PricedLine, by_member_price: set[tuple[str, str | None]]) -> int | None:
    """The unit price after a member price, from what it took off the line."""
    off = [p.amount_minor for p in line.parts if (p.offer_id, p.coupon_id) in by_member_price]
    return line.unit_list_minor - off[0] // line.quantity if off else None


def check_lines(lines: Sequence[BasketLine]) -> None:
    """Refuse what no basket may hold."""
    if not lines:
        raise NO_LINES()
    if len(lines) > MAX_LINES:
        raise TOO_MANY_LINES(limit=MAX_LINES)
    whole_minor = 0
    seen = set()
    for line in lines:
        if not 1 <= line.quantity <= MAX_QUANTITY:
            raise QUANTITY_OUT_OF_RANGE(line_no=line.line_no, limit=MAX_QUANTITY)
        if line.list_minor < 0 or (line.member_minor is not None and line.member_minor < 0):
            raise AMOUNT_OUT_OF_RANGE(line_no=line.line_no, limit_minor=MAX_AMOUNT_MINOR)
        if line.hand_minor is not None and not 0 <= line.hand_minor <= line.list_minor:
            raise AMOUNT_OUT_OF_RANGE(line_no=line.line_no, limit_minor=line.list_minor)
        whole_minor += line.list_minor * line.quantity
        if whole_minor > MAX_AMOUNT_MINOR:
            raise AMOUNT_OUT_OF_RANGE(line_no=line.line_no, limit_minor=MAX_AMOUNT_MINOR)
        seen.add(line.line_no)
    if len(seen) != len(lines):
        raise LINE_REPEATED()


def member_saving(lines: Sequence[BasketLine]) -> int:
    """What member prices take off all lines together."""
    saved_minor = 0
    for line in lines:
        saved_minor += _member_off(line) * line.quantity
    return saved_minor


def hand_saving(lines: Sequence[BasketLine]) -> int:
    """What prices set by hand take off all lines together."""
    return sum(_hand_off(line) * line.quantity for line in lines)


def _member_off(line: BasketLine) -> int:
    """What the member price takes off a piece; nothing where somebody set another price by hand."""
    if line.member_minor is None or line.hand_minor is not None:
        return 0
    return max(line.list_minor - line.member_minor, 0)


def _hand_off(line: BasketLine) -> int:
    return 0 if line.hand_minor is None else line.list_minor - line.hand_minor


def application_order(rule: PriceRule) -> tuple[int, int, int]:
    """Sorts coupon rules into the order they are applied in, whatever the order they were scanned in.

    Percent before spend-get; uncapped percent before capped, so that a cap binds on the smaller net; of
    spend-gets first the one that leaves the most behind at its threshold, so that the others still meet theirs.
    """
    if rule.kind == PERCENT:
        most = MAX_AMOUNT_MINOR if rule.max_off_minor is None else rule.max_off_minor
        return 0, -most, -rule.percent_bp
    return 1, rule.off_minor - rule.spend_minor, -rule.off_minor


def settle(
    currency: str,
    lines: Sequence[BasketLine],
    chosen: Sequence[PriceRule],
    rejected: Sequence[RejectedRule],
) -> PricedBasket:
    """Apply the chosen rules one after the other and spread each over the lines."""
    nets = [line.list_minor * line.quantity for line in lines]
    list_minor = total_minor = sum(nets)
    parts: list[list[DiscountPart]] | None = [[] for _ in nets] if chosen else None
    applied = []
    for rule in chosen:
        if rule.kind in (MEMBER_PRICE, BY_HAND):
            of_one = _member_off if rule.kind == MEMBER_PRICE else _hand_off
            shares = [of_one(line) * line.quantity for line in lines]
            off_minor = sum(shares)
        else:
            off_minor = rule.off(total_minor)
            # What is on top of goods given away stands by their pieces.
            weights = nets if total_minor else [line.quantity for line in lines]
            shares = [off_minor] if len(nets) == 1 else split_by_weights(off_minor, weights)
        offer_id, coupon_id, funder = rule.offer_id, rule.coupon_id, rule.funder_party_id
        for index, share in enumerate(shares):
            if share and parts is not None:
                nets[index] -= share
                parts[index].append(DiscountPart(offer_id, coupon_id, funder, share))
        total_minor -= off_minor
        applied.append(AppliedRule(offer_id, coupon_id, rule.kind, funder, off_minor))
    priced = []
    for index, line in enumerate(lines):
        whole_minor, net_minor = line.list_minor * line.quantity, nets[index]
        priced.append(
            PricedLine(
                line.line_no,
                line.variant_id,
                line.quantity,
                line.list_minor,
                whole_minor,
                whole_minor - net_minor,
                net_minor,
                tuple(parts[index]) if parts else (),
            )
        )
    return PricedBasket(
        currency,
        tuple(priced),
        list_minor,
        list_minor - total_minor,
        total_minor,
        tuple(applied),
        tuple(rejected),
        tuple(chosen),
    )


def _why_no_member_price(lines: Sequence[BasketLine], is_member: bool) -> str:
    if not is_member:
        return NOT_MEMBER
    if all(line.member_minor is None for line in lines):
        return NO_MEMBER_PRICE
    return NOT_BETTER


def _choose(
    rules: list[PriceRule], base_minor: int, chosen: list[PriceRule], rejected: list[RejectedRule]
) -> None:
    """Add the best lawful combination to `chosen`, in the order of application, and the rest to `rejected`."""
    if len(rules) > MAX_COUPON_RULES:
        raise TOO_MANY_RULES(limit=MAX_COUPON_RULES)
    if len(rules) == 1:
        best: tuple[int, ...] = (0,) if rules[0].off(base_minor) else ()
    else:
        best = _best_combination(rules, base_minor)
    chosen.extend(rules[index] for index in best)
    if len(best) == len(rules):
        return
    is_stack = all(rules[index].is_stackable for index in best)
    for index, rule in enumerate(rules):
        if index not in best:
            missing_minor = None
            if rule.kind == SPEND_GET and base_minor < rule.spend_minor:
                reason, missing_minor = THRESHOLD_NOT_MET, rule.spend_minor - base_minor
            elif not rule.off(base_minor) or (is_stack and rule.is_stackable):
                reason = NOT_BETTER
            else:
                reason = NOT_STACKABLE
            rejected.append(RejectedRule(rule.offer_id, rule.coupon_id, reason, missing_minor))


def _best_combination(rules: list[PriceRule], base_minor: int) -> tuple[int, ...]:
    """Indexes of the winning rules, in the order of application.

    Tries every lawful combination. One with a rule that brings nothing is the same as the one without it, so
    it is not built. A coupon named twice counts once.
    """
    order = sorted(range(len(rules)), key=lambda index: application_order(rules[index]))
    found: list[tuple[int, tuple[int, ...]]] = [(base_minor, ())]
    alone: list[tuple[int, tuple[int, ...]]] = []
    for index in order:
        rule = rules[index]
        if not rule.is_stackable:
            alone.append((base_minor - rule.off(base_minor), (index,)))
            continue
        twins = (
            [i for i in range(len(rules)) if i != index and rules[i].coupon_id == rule.coupon_id]
            if rule.coupon_id is not None
            else []
        )
        for net_minor, taken in tuple(found):
            off_minor = rule.off(net_minor)
            if off_minor and not any(twin in taken for twin in twins):
                found.append((net_minor - off_minor, (*taken, index)))
    return min(found + alone, key=lambda one: (one[0], len(one[1]), sorted(one[1])))[1]
