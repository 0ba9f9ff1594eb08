"""The bound of what a piece may cost holds against the price function itself."""

from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.rooms.goods import BasketLine, PriceRule, lowest_unit_price, price_basket

percents = st.builds(
    lambda bp, cap, stack: ("percent", {"percent_bp": bp, "max_off_minor": cap}, stack),
    st.integers(1, 10_000),
    st.none() | st.integers(1, 5000),
    st.booleans(),
)
spends = st.integers(0, 20_000).flatmap(
    lambda spend: st.builds(
        lambda off, stack: ("spend_get", {"spend_minor": spend, "off_minor": off}, stack),
        st.integers(1, spend or 5000),
        st.booleans(),
    )
)
members = st.just(("member_price", {}, True))
lines = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 10_000), st.none() | st.integers(0, 10_000)),
    min_size=1,
    max_size=4,
)


@given(lines, st.lists(percents | spends | members, max_size=4), st.booleans())
@settings(max_examples=500, deadline=None)
def test_no_piece_costs_less_than_the_bound(lines, asked, is_member) -> None:
    rules = [
        PriceRule(f"ofr_{n}", None if kind == "member_price" else f"cpn_{n}", kind, "pty", stack, **numbers)
        for n, (kind, numbers, stack) in enumerate(asked)
    ]
    basket = [BasketLine(n, f"var_{n}", *line) for n, line in enumerate(lines, 1)]
    for line, priced in zip(
        basket, price_basket("EUR", basket, rules, is_member=is_member).lines, strict=True
    ):
        bound = lowest_unit_price(line.list_minor, line.member_minor, rules)
        assert priced.net_minor >= line.quantity * (bound - len(rules))


def test_a_threshold_met_exactly_by_other_goods_is_the_deepest_cut() -> None:
    ten_off = PriceRule("ofr", "cpn", "spend_get", "pty", is_stackable=True, spend_minor=5000, off_minor=1000)
    assert lowest_unit_price(2500, None, [ten_off]) == 2000
    assert lowest_unit_price(5000, None, [ten_off]) == 4000
    assert lowest_unit_price(9000, None, [ten_off]) == 8000
    assert lowest_unit_price(9000, 4000, [ten_off]) == 8000, "no member price runs"
