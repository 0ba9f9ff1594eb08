"""The rail picker: proposals are exact, within every limit, best first, and the same for the same facts."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.i18n import has_text
from highstreet.rooms.tenders import RailNow, pick
from highstreet.rooms.tenders.rails.pick import MOST_PARTS, REASONS

NAMES = ("cash", "wallet", "alipay", "wechat", "slip", "transfer", "gift_card", "points")


@st.composite
def rails_now(draw: st.DrawFn) -> list[RailNow]:
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1, max_size=6))
    return [
        RailNow(
            rail=name,
            blocked_by=draw(st.sampled_from([None, None, None, "off"])),
            min_minor=draw(st.integers(1, 40)),
            max_minor=draw(st.none() | st.integers(1, 120)),
            fee_bp=draw(st.integers(0, 2)),
            rank=draw(st.integers(0, 2)),
            is_later=name == "transfer",
        )
        for name in names
    ]


@given(rails_now(), st.integers(1, 300), st.booleans())
def test_proposals_sum_exactly_and_never_exceed_a_limit(
    rails: list[RailNow], amount: int, is_held: bool
) -> None:
    by_name = {rail.rail: rail for rail in rails}
    picked = pick(amount, rails, is_held=is_held)
    assert sorted(r.rail for r in picked.rails) == sorted(by_name)
    for one in picked.rails:
        rail = by_name[one.rail]
        assert one.can is (one.reason is None)
        assert 0 <= one.max_minor <= min(amount, rail.max_minor or amount)
        if one.can:
            assert one.max_minor == amount >= rail.min_minor
            assert is_held or not rail.is_later
    if any(one.can for one in picked.rails):
        assert picked.splits == ()
    for split in picked.splits:
        assert sum(share for _, share in split.parts) + split.later_minor == amount
        assert len({name for name, _ in split.parts}) == len(split.parts) <= MOST_PARTS
        for name, share in split.parts:
            rail = by_name[name]
            assert rail.blocked_by is None
            assert rail.min_minor <= share <= (rail.max_minor or amount)
            assert is_held or not rail.is_later


@given(rails_now(), st.integers(1, 300))
def test_best_first_is_stable_and_does_not_depend_on_how_it_was_asked(
    rails: list[RailNow], amount: int
) -> None:
    picked = pick(amount, rails)
    assert pick(amount, rails) == picked
    for can in (True, False):
        order = [r.rail for r in picked.rails if r.can is can]
        keys = {r.rail: (r.rank, r.fee_bp, n) for n, r in enumerate(rails)}
        assert order == sorted(order, key=lambda name: keys[name])
    assert [r.can for r in picked.rails] == sorted((r.can for r in picked.rails), reverse=True)
    counts = [len(s.parts) for s in picked.splits if not s.later_minor]
    assert counts == sorted(counts)


@given(st.lists(st.integers(1, 60), min_size=2, max_size=3), st.integers(1, 150))
def test_an_exact_split_is_found_whenever_there_is_one(limits: list[int], amount: int) -> None:
    rails = [RailNow(rail=name, max_minor=most) for name, most in zip(NAMES, limits, strict=False)]
    picked = pick(amount, rails)
    is_possible = max(limits) < amount <= sum(limits)
    assert any(not split.later_minor for split in picked.splits) is is_possible


def test_deposit_now_and_the_rest_later() -> None:
    """A sofa for 128,000.00: two wallets with what is left of a day, a slip within its limit."""
    rails = [
        RailNow(rail="alipay", max_minor=5_000_00, limited_by="day_limit", rank=1),
        RailNow(rail="wechat", max_minor=1_000_00, limited_by="day_limit", rank=1, fee_bp=60),
        RailNow(rail="slip", max_minor=50_000_00, rank=0),
        RailNow(rail="transfer", is_later=True, rank=2),
    ]
    picked = pick(128_000_00, rails)
    assert [(r.rail, r.reason, r.max_minor) for r in picked.rails] == [
        ("slip", "payment_limit", 50_000_00),
        ("alipay", "day_limit", 5_000_00),
        ("wechat", "day_limit", 1_000_00),
        ("transfer", "needs_hold", 128_000_00),
    ]
    (split,) = picked.splits
    assert split.parts == (("slip", 50_000_00), ("alipay", 5_000_00), ("wechat", 1_000_00))
    assert split.later_minor == 72_000_00
    held = pick(128_000_00, rails, is_held=True)
    assert [r.rail for r in held.rails if r.can] == ["transfer"]


def test_two_wallets_wallet_and_card_points_and_the_rest() -> None:
    wallet = RailNow(rail="wallet", max_minor=900, rank=1)
    card = RailNow(rail="gift_card", max_minor=300, limited_by="card_too_little", rank=0)
    points = RailNow(rail="points", max_minor=50, limited_by="points_too_few", rank=0, fee_bp=1)
    splits = [split.parts for split in pick(1000, [wallet, card, points]).splits]
    assert splits == [
        (("gift_card", 300), ("wallet", 700)),
        (("gift_card", 300), ("points", 50), ("wallet", 650)),
    ]
    # The least that a rail takes is left for it.
    dear = RailNow(rail="wallet", min_minor=800, max_minor=900, rank=1)
    assert [split.parts for split in pick(1000, [dear, card]).splits] == [
        (("gift_card", 200), ("wallet", 800))
    ]


def test_a_tie_keeps_the_order_in_which_the_rails_came() -> None:
    rails = [RailNow(rail=name) for name in NAMES[:4]]
    for order in permutations(rails):
        assert [r.rail for r in pick(5, order).rails] == [r.rail for r in order]


def test_nothing_is_not_to_be_paid() -> None:
    with pytest.raises(ValueError, match="nothing to pay"):
        pick(0, [])


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_reason_has_words(locale: str) -> None:
    assert [reason for reason in REASONS if not has_text(locale, f"rail-why_{reason}")] == []
