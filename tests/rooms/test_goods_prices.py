"""The one price function: small exhaustive tables, an independent reckoner, and what must hold for any basket."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, permutations, product

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.rooms.goods import BasketLine, PriceRule, check_proof, price_basket


def line(no, list_minor, quantity=1, member_minor=None):
    return BasketLine(no, f"var{no}", quantity, list_minor, member_minor)


def spend_get(key, spend, off, *, stackable=True):
    return PriceRule(f"o{key}", f"c{key}", "spend_get", "funder", stackable, spend_minor=spend, off_minor=off)


def percent(key, bp, most=None, *, stackable=True):
    return PriceRule(f"o{key}", f"c{key}", "percent", "funder", stackable, percent_bp=bp, max_off_minor=most)


MEMBER = PriceRule("om", None, "member_price", "brand", True)
BASKET = [line(1, 10000, 2, 9000), line(2, 4990), line(3, 250, 3)]


def priced(rules, lines=None, is_member=False):
    return price_basket("EUR", lines or BASKET, rules, is_member=is_member)


def why(basket):
    return [(one.offer_id, one.reason) for one in basket.rejected]


def refused(call, *args, **kwargs):
    with pytest.raises(Refusal) as caught:
        call(*args, **kwargs)
    return caught.value.code, caught.value.status


def test_no_rules():
    basket = priced([])
    assert (basket.list_minor, basket.discount_minor, basket.total_minor) == (25740, 0, 25740)
    assert [one.net_minor for one in basket.lines] == [20000, 4990, 750]
    assert (basket.applied, basket.rejected) == ((), ())


def test_one_coupon_spread_by_net():
    basket = priced([spend_get(1, 20000, 1000)])
    assert basket.total_minor == 24740
    # 1000 x 20000/25740 = 777.0008, x 4990/25740 = 193.86, x 750/25740 = 29.1375: the second gets the leftover.
    assert [one.discount_minor for one in basket.lines] == [777, 194, 29]
    assert [(part.offer_id, part.coupon_id, part.funder_party_id) for part in basket.lines[0].parts] == [
        ("o1", "c1", "funder")
    ]
    assert [(one.kind, one.discount_minor) for one in basket.applied] == [("spend_get", 1000)]


def test_member_price_then_percent_then_spend_get():
    basket = priced([spend_get(1, 20000, 1000), percent(2, 1000), MEMBER], is_member=True)
    assert [(one.kind, one.discount_minor) for one in basket.applied] == [
        ("member_price", 2000),
        ("percent", 2374),
        ("spend_get", 1000),
    ]
    assert basket.total_minor == 25740 - 2000 - 2374 - 1000
    assert [part.amount_minor for part in basket.lines[0].parts] == [2000, 1800, 758]
    assert basket.rejected == ()


@pytest.mark.parametrize(
    ("rules", "is_member", "lines", "reasons"),
    [
        ([MEMBER], False, BASKET, [("om", "not_member")]),
        ([MEMBER], True, [line(1, 100)], [("om", "no_member_price")]),
        ([MEMBER], True, [line(1, 100, 1, 100)], [("om", "not_better")]),
        ([MEMBER, replace(MEMBER, offer_id="on")], True, BASKET, [("on", "not_better")]),
        ([spend_get(1, 25741, 10)], False, BASKET, [("o1", "threshold_not_met")]),
        ([percent(1, 0)], False, BASKET, [("o1", "not_better")]),
        (
            [spend_get(1, 0, 500), spend_get(2, 0, 400, stackable=False)],
            False,
            BASKET,
            [("o2", "not_stackable")],
        ),
        (
            [spend_get(1, 0, 500, stackable=False), spend_get(2, 0, 400)],
            False,
            BASKET,
            [("o2", "not_stackable")],
        ),
        # Both could be had alone; together only the better one's threshold is still met.
        ([spend_get(1, 25740, 500), spend_get(2, 25740, 400)], False, BASKET, [("o2", "not_better")]),
        ([spend_get(1, 99999, 9), percent(2, 100)], False, BASKET, [("o1", "threshold_not_met")]),
    ],
)
def test_reasons(rules, is_member, lines, reasons):
    assert why(priced(rules, lines, is_member)) == reasons


def test_one_that_stands_alone_wins_only_when_better():
    together = [spend_get(1, 0, 300), spend_get(2, 0, 300)]
    for off, expected in ((599, 600), (600, 600), (601, 601)):
        basket = priced([spend_get(0, 0, off, stackable=False), *together])
        assert basket.discount_minor == expected
        # 600 either way: the fewer coupons are kept.
        assert [one.offer_id for one in basket.applied] == (["o1", "o2"] if off < 600 else ["o0"])


def test_ties_go_to_the_first_given():
    assert (
        priced([spend_get(2, 0, 5, stackable=False), spend_get(1, 0, 5, stackable=False)]).applied[0].offer_id
        == "o2"
    )


def test_a_coupon_named_twice_counts_once():
    basket = priced([spend_get(1, 0, 500), spend_get(1, 0, 500)])
    assert basket.discount_minor == 500
    assert why(basket) == [("o1", "not_better")]


def test_percent_rounds_half_up_for_every_small_net():
    for net, bp in product(range(41), (1, 250, 500, 1250, 3333, 5000, 9999, 10000)):
        exact = Fraction(net * bp, 10_000)
        expected = int(exact + Fraction(1, 2))
        assert priced([percent(1, bp)], [line(1, net)]).discount_minor == expected


def test_spend_get_for_every_small_net():
    for net, spend, off in product(range(8), range(8), range(8)):
        expected = min(off, net) if net >= spend else 0
        basket = priced([spend_get(1, spend, off)], [line(1, net)])
        assert (basket.discount_minor, basket.total_minor) == (expected, net - expected)


def test_two_spend_gets_for_every_small_net():
    """Whatever the order they were scanned in, the total is the best that any order gives."""
    for net, s1, s2, o1, o2 in product(range(7), range(6), range(6), range(4), range(4)):
        rules = [spend_get(1, s1, o1), spend_get(2, s2, o2)]
        best = net
        for size in (1, 2):
            for some in permutations(rules, size):
                left = net
                for rule in some:
                    left -= min(rule.off_minor, left) if left >= rule.spend_minor else 0
                best = min(best, left)
        assert priced(rules, [line(1, net)]).total_minor == best
        assert priced(rules[::-1], [line(1, net)]).total_minor == best


def reckon(net, rules):
    """All lawful subsets, naively, in the stated order."""

    def order(rule):
        if rule.kind == "percent":
            cap = MAX_AMOUNT_MINOR if rule.max_off_minor is None else rule.max_off_minor
            return (0, -cap, -rule.percent_bp)
        return (1, rule.off_minor - rule.spend_minor, -rule.off_minor)

    best = net
    for size in range(1, len(rules) + 1):
        for some in combinations(rules, size):
            if size > 1 and not all(rule.is_stackable for rule in some):
                continue
            left = net
            for rule in sorted(some, key=order):
                if rule.kind == "spend_get":
                    off = min(rule.off_minor, left) if left >= rule.spend_minor else 0
                else:
                    off = int(Fraction(left * rule.percent_bp, 10_000) + Fraction(1, 2))
                    off = off if rule.max_off_minor is None else min(off, rule.max_off_minor)
                left -= off
            best = min(best, left)
    return best


AMOUNTS = st.integers(0, 3000)
LINES = st.lists(st.tuples(AMOUNTS, st.integers(1, 5), st.none() | AMOUNTS), min_size=1, max_size=6).map(
    lambda rows: [line(no, price, quantity, member) for no, (price, quantity, member) in enumerate(rows)]
)
COUPONS = st.lists(
    st.builds(
        PriceRule,
        st.just("o"),
        st.none(),
        st.sampled_from(["spend_get", "percent"]),
        st.sampled_from(["brand", "dealer"]),
        st.booleans(),
        spend_minor=AMOUNTS,
        off_minor=AMOUNTS,
        percent_bp=st.integers(0, 10_000),
        max_off_minor=st.none() | AMOUNTS,
    ),
    max_size=5,
).map(lambda rules: [replace(rule, offer_id=f"o{n}", coupon_id=f"c{n}") for n, rule in enumerate(rules)])


@settings(max_examples=300, deadline=None)
@given(LINES, COUPONS, st.booleans(), st.booleans())
def test_any_basket(lines, coupons, is_member, has_member_price):
    rules = [MEMBER, *coupons] if has_member_price else coupons
    basket = price_basket("EUR", lines, rules, is_member=is_member)
    assert basket.total_minor == sum(one.net_minor for one in basket.lines) >= 0
    assert basket.discount_minor == sum(one.discount_minor for one in basket.applied)
    assert basket.list_minor - basket.discount_minor == basket.total_minor
    for one, given_line in zip(basket.lines, lines, strict=True):
        assert one.net_minor >= 0
        assert one.list_minor == given_line.list_minor * given_line.quantity
        assert one.discount_minor == one.list_minor - one.net_minor == sum(p.amount_minor for p in one.parts)
        assert all(part.amount_minor > 0 for part in one.parts)
    for applied in basket.applied:
        of_rule = [p for one in basket.lines for p in one.parts if p.offer_id == applied.offer_id]
        assert sum(part.amount_minor for part in of_rule) == applied.discount_minor > 0
    assert len(basket.applied) + len(basket.rejected) == len(rules)
    member_off = sum(a.discount_minor for a in basket.applied if a.kind == "member_price")
    assert basket.total_minor == reckon(basket.list_minor - member_off, coupons)


@settings(max_examples=200, deadline=None)
@given(LINES, COUPONS, st.booleans(), st.data())
def test_one_more_coupon_never_raises_the_total(lines, coupons, is_member, data):
    whole = price_basket("EUR", lines, [MEMBER, *coupons], is_member=is_member).total_minor
    shuffled = data.draw(st.permutations(coupons))
    assert price_basket("EUR", lines, [*shuffled, MEMBER], is_member=is_member).total_minor == whole
    fewer = [MEMBER, *shuffled[1:]]
    assert price_basket("EUR", lines, fewer, is_member=is_member).total_minor >= whole


@settings(max_examples=200, deadline=None)
@given(LINES, COUPONS, st.booleans())
def test_the_proof_is_enough(lines, coupons, is_member):
    proof = price_basket("EUR", lines, [MEMBER, *coupons], is_member=is_member).proof()
    stored = orjson.loads(orjson.dumps(proof))
    assert stored == proof
    assert check_proof(stored)


def altered(proof, path, value):
    copy = orjson.loads(orjson.dumps(proof))
    at = copy
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return copy


def test_an_altered_proof_does_not_pass():
    proof = priced([spend_get(1, 20000, 1000), percent(2, 1000), MEMBER], is_member=True).proof()
    assert check_proof(proof)
    for path, value in [
        (["total_minor"], proof["total_minor"] - 1),
        (["lines", 0, "net_minor"], 15443),
        (["lines", 0, "unit_list_minor"], 9999),
        (["lines", 0, "unit_member_minor"], None),
        (["lines", 0, "parts", 0, "funder_party_id"], "other"),
        (["lines", 0, "parts"], []),
        (["lines", 1, "quantity"], 0),
        (["lines", 1, "quantity"], 1.0),
        (["rules", 1, "percent_bp"], 999),
        (["rules", 1, "is_stackable"], False),
        (["rules", 2, "spend_minor"], 99999),
        (["rules", 0, "kind"], "gift"),
        (["rounding", "percent"], "down"),
        (["version"], 2),
        (["rules"], proof["rules"][::-1]),
        (["rules"], None),
    ]:
        assert not check_proof(altered(proof, path, value)), path
    for nothing in (None, [], {}, "x", 1, {"version": 1}):
        assert not check_proof(nothing)


def test_bounds():
    call = price_basket
    assert refused(call, "EUR", [], [], is_member=False) == ("goods.no_lines", 422)
    many = [line(no, 1) for no in range(201)]
    assert refused(call, "EUR", many, [], is_member=False) == ("goods.too_many_lines", 422)
    assert priced([], many[:200]).total_minor == 200
    for quantity in (0, -1, 10_000):
        code = refused(call, "EUR", [line(1, 1, quantity)], [], is_member=False)
        assert code == ("goods.quantity_out_of_range", 422)
    assert priced([], [line(1, 1, 9_999)]).total_minor == 9_999
    for wrong in (line(1, -1), line(1, 1, 1, -1), line(1, MAX_AMOUNT_MINOR, 2)):
        assert refused(call, "EUR", [wrong], [], is_member=False) == ("goods.amount_out_of_range", 422)
    assert refused(call, "EUR", [line(1, 1), line(1, 2)], [], is_member=False) == ("goods.line_repeated", 422)
    assert refused(call, "eur", [line(1, 1)], [], is_member=False) == ("money.currency_malformed", 422)
    coupons = [spend_get(n, 0, n) for n in range(9)]
    assert refused(priced, coupons) == ("goods.too_many_rules", 422)
    assert priced(coupons[:8]).discount_minor == sum(range(8))


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "gift"}, {"off_minor": -1}, {"spend_minor": -1}, {"percent_bp": 10_001}, {"max_off_minor": -1}],
)
def test_malformed_rules(wrong):
    assert refused(replace, spend_get(1, 1, 1), **wrong) == ("goods.rule_malformed", 422)
