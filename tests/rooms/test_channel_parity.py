"""The pure rule of parity, and the terms that say it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.channel import (
    Finding,
    Gap,
    Lowered,
    Parity,
    Terms,
    Verdict,
    judge,
    parse_terms,
    shelf_after,
    terms_hash,
    worst_of,
)

PLAIN = {"collector": "operator", "shares": [], "leftover_to": "operator"}


def test_terms_without_parity_are_what_they_were() -> None:
    assert "parity" not in parse_terms(PLAIN).as_document()
    assert terms_hash(parse_terms(PLAIN)) == terms_hash(parse_terms({**PLAIN, "parity": None}))
    assert terms_hash(parse_terms(PLAIN)) == terms_hash(Terms("operator", (), "operator"))


@pytest.mark.parametrize(
    "said",
    [
        {"on_breach": "refuse", "tolerance_bp": 500},
        {"on_breach": "acknowledge", "tolerance_bp": 0, "floor_bp": 5000, "product_ids": ["prd_a", "prd_b"]},
        {"on_breach": "compensate", "tolerance_bp": 0, "compensate_bp": 0},
        {"on_breach": "compensate", "tolerance_bp": 10000, "compensate_bp": 10000},
    ],
)
def test_terms_say_back_what_was_said(said: dict[str, object]) -> None:
    terms = parse_terms({**PLAIN, "parity": said})
    assert terms.as_document()["parity"] == said
    assert parse_terms(terms.as_document()) == terms
    assert terms_hash(terms) != terms_hash(parse_terms(PLAIN))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "on_breach"),
        ({"on_breach": "forget"}, "on_breach"),
        ({"on_breach": "refuse", "compensate_bp": 100}, "compensate_bp"),
        ({"on_breach": "compensate"}, "compensate_bp"),
        ({"on_breach": "refuse", "tolerance_bp": 10001}, "tolerance_bp"),
        ({"on_breach": "refuse", "tolerance_bp": -1}, "tolerance_bp"),
        ({"on_breach": "refuse", "floor_bp": True}, "floor_bp"),
        ({"on_breach": "refuse", "notice_days": 5}, "parity"),
        ([], "parity"),
    ],
)
def test_terms_that_nobody_keeps_are_refused(said: object, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_terms({**PLAIN, "parity": said})
    assert refused.value.facts == {"field": field}


def one(
    lowest: int, gap: int | None = None, pieces: int = 3, shelf: int = 10_000, product: str = "prd"
) -> Lowered:
    return Lowered(f"var_{lowest}", product, shelf, lowest, shelf - lowest if gap is None else gap, pieces)


@pytest.mark.parametrize(
    ("on_breach", "lowest", "verdict"),
    [
        ("refuse", 9500, Verdict.ALLOWED),
        ("refuse", 9499, Verdict.REFUSED),
        ("acknowledge", 9499, Verdict.WAITS),
        ("acknowledge", 5000, Verdict.WAITS),
        ("acknowledge", 4999, Verdict.REFUSED),
        ("compensate", 9499, Verdict.COMPENSATED),
        ("compensate", 4999, Verdict.REFUSED),
    ],
)
def test_each_kind_of_promise(on_breach: str, lowest: int, verdict: Verdict) -> None:
    found = judge(Parity(on_breach, 500, 2500, 5000), [one(lowest)])
    assert found.verdict is verdict
    paid = (10_000 - lowest) * 3 * 2500 // 10_000 if verdict is Verdict.COMPENSATED else 0
    assert found.paid_minor == paid


def test_the_worst_article_decides_and_nothing_is_paid_for_what_is_refused() -> None:
    parity = Parity("compensate", 0, 10_000, 5000, ("prd",))
    found = judge(parity, [one(9000), one(4000), one(100, product="other")])
    assert found.verdict is Verdict.REFUSED
    assert found.paid_minor == 0
    assert [gap.lowest_minor for gap in found.gaps] == [4000, 9000]
    assert found.lost_minor == 3 * 6000 + 3 * 1000
    assert worst_of([]) is Verdict.ALLOWED
    assert worst_of([Finding(v) for v in Verdict]) is Verdict.REFUSED


def test_who_knows_of_one_price_does_not_know_of_a_deeper_one_nor_of_other_goods() -> None:
    def finding(**lowest: int) -> Finding:
        return Finding(Verdict.WAITS, tuple(Gap(v, 100, n, 100 - n, 1, 0) for v, n in lowest.items()))

    known = finding(a=80, b=70)
    assert finding(a=80).is_within(known)
    assert finding(a=81, b=70).is_within(known)
    assert not finding(a=79).is_within(known)
    assert not finding(c=99).is_within(known)


@given(st.integers(0, 10**6), st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), max_size=20))
def test_the_shelf_price_never_falls_unknown(first: int, lists: list[tuple[int, bool]]) -> None:
    shelf = first
    for price, is_known in lists:
        after = shelf_after(shelf, price, is_known=is_known)
        assert after >= price
        assert after >= shelf or is_known
        shelf = after
