"""A basket at what was really charged: the difference is a rule of the proof, and the proof still holds (G1)."""

from hypothesis import given
from hypothesis import strategies as st

from highstreet.rooms.goods import BasketLine, PriceRule, as_charged, check_proof, price_basket

LINES = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 5_000), st.none() | st.integers(0, 5_000)),
    min_size=1,
    max_size=5,
)
RULES = (
    PriceRule("ofr_m", None, "member_price", "pty_b", True),
    PriceRule("ofr_p", "cpn_p", "percent", "pty_b", True, percent_bp=1_250),
    PriceRule("ofr_s", "cpn_s", "spend_get", "pty_b", True, spend_minor=3_000, off_minor=700),
)


@given(LINES, st.integers(0, 60_000), st.booleans(), st.integers(0, 3))
def test_the_total_is_what_was_charged_and_its_proof_holds(
    lines: list[tuple[int, int, int | None]], charged_minor: int, is_member: bool, rules: int
) -> None:
    basket = price_basket(
        "EUR",
        [BasketLine(no, f"var_{no}", *line) for no, line in enumerate(lines, start=1)],
        RULES[:rules],
        is_member=is_member,
    )
    made = as_charged(basket, charged_minor, "pty_dealer")
    assert made.total_minor == charged_minor == sum(line.net_minor for line in made.lines)
    assert all(line.net_minor >= 0 for line in made.lines)
    assert made.list_minor == basket.list_minor
    assert check_proof(made.proof())
    assert made.applied[: len(basket.applied)] == basket.applied
    if charged_minor == basket.total_minor:
        assert made == basket
    else:
        difference = made.applied[-1]
        assert (difference.kind, difference.funder_party_id) == ("charged_offline", "pty_dealer")
        assert difference.discount_minor == basket.total_minor - charged_minor
        assert sum(
            p.amount_minor for line in made.lines for p in line.parts if p.offer_id == difference.offer_id
        ) == (difference.discount_minor)


def test_such_a_rule_is_lawful_only_at_the_end() -> None:
    basket = price_basket("EUR", [BasketLine(1, "var_1", 1, 1_000, None)], RULES[1:2], is_member=False)
    proof = as_charged(basket, 500, "pty_dealer").proof()
    assert check_proof(proof)
    assert not check_proof({**proof, "rules": proof["rules"][::-1]})
    assert not check_proof({**proof, "rules": [proof["rules"][1], *proof["rules"][1:]]})
