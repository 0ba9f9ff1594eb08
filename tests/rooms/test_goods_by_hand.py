"""Prices that somebody in the shop set: a rule of the proof like any other, and the proof still holds (G1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.goods import BY_HAND, BasketLine, PriceRule, check_proof, price_basket

HAND = PriceRule(BY_HAND, None, BY_HAND, "pty_dealer", True)
MEMBER = PriceRule("ofr_m", None, "member_price", "pty_b", True)
TENTH = PriceRule("ofr_p", "cpn_p", "percent", "pty_b", True, percent_bp=1_000)
PIECES = st.tuples(st.integers(1, 9), st.integers(0, 5_000), st.none() | st.integers(0, 5_000))


def test_it_stands_instead_of_the_member_price_and_coupons_come_after_it() -> None:
    lines = [BasketLine(1, "var_1", 2, 1_000, 900, 700), BasketLine(2, "var_2", 1, 500, 400)]
    basket = price_basket("EUR", lines, [HAND, MEMBER, TENTH], is_member=True)
    assert [(a.kind, a.discount_minor) for a in basket.applied] == [
        (BY_HAND, 600),
        ("member_price", 100),
        ("percent", 180),
    ]
    assert basket.total_minor == 1_620
    assert basket.applied[0].funder_party_id == "pty_dealer"
    assert basket.proof()["lines"][0]["unit_hand_minor"] == 700


@pytest.mark.parametrize("hand", [-1, 1_001])
def test_it_is_no_more_than_the_list_price(hand: int) -> None:
    with pytest.raises(Refusal) as refused:
        price_basket("EUR", [BasketLine(1, "var_1", 1, 1_000, None, hand)], [HAND], is_member=False)
    assert (refused.value.code, refused.value.facts["limit_minor"]) == ("goods.amount_out_of_range", 1_000)


@given(st.lists(st.tuples(PIECES, st.none() | st.integers(0, 100)), min_size=1, max_size=5), st.booleans())
def test_any_basket_and_its_proof(
    drawn: list[tuple[tuple[int, int, int | None], int | None]], is_member: bool
) -> None:
    lines = [
        BasketLine(no, f"var_{no}", *line, None if part is None else line[1] * part // 100)
        for no, (line, part) in enumerate(drawn, start=1)
    ]
    basket = price_basket("EUR", lines, [HAND, MEMBER, TENTH], is_member=is_member)
    assert check_proof(basket.proof())
    off_minor = sum(
        (ln.list_minor - ln.hand_minor) * ln.quantity for ln in lines if ln.hand_minor is not None
    )
    assert sum(a.discount_minor for a in basket.applied if a.kind == BY_HAND) == off_minor
    assert basket.total_minor == sum(line.net_minor for line in basket.lines)
    for line, priced in zip(lines, basket.lines, strict=True):
        offers = {part.offer_id for part in priced.parts}
        assert line.hand_minor is None or "ofr_m" not in offers
    if off_minor:
        proof = basket.proof()
        cheaper = [{**line, "unit_hand_minor": line.get("unit_hand_minor", 1) - 1} for line in proof["lines"]]
        assert not check_proof({**proof, "lines": cheaper})
