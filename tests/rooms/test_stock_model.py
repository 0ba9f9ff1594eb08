"""Whose pieces a line takes, and what a shopper is told."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from highstreet.rooms.stock import (
    CountRow,
    OwnerStock,
    StockWords,
    TakeStock,
    choose_owner,
    confidence,
    confidence_words,
)


@pytest.mark.parametrize("preferred", [None, "a", "b", "c"])
def test_choose_owner_every_small_case(preferred: str | None) -> None:
    """Against the rule said in another way, for every two owners with 0 to 3 pieces and 0 to 2 reserved."""
    amounts = [(h, r) for h in range(4) for r in range(3) if r <= h]
    for (first, second), quantity in product(product(amounts, amounts), (1, 2, 3)):
        owners = [OwnerStock("b", *second), OwnerStock("a", *first)]
        can = {o.owner_party_id: o.on_hand - o.reserved >= quantity for o in owners}
        chosen = choose_owner(owners, quantity, preferred)
        if preferred and can.get(preferred):
            assert chosen == preferred
        else:
            assert chosen == ("a" if can["a"] else "b" if can["b"] else None)


def test_nobody_covers_half_a_line() -> None:
    """Two owners of two pieces each cannot sell a line of three."""
    assert choose_owner([OwnerStock("a", 2, 0), OwnerStock("b", 2, 0)], 3, "a") is None
    assert choose_owner([], 1, "a") is None


@pytest.mark.parametrize(
    ("available", "days", "words"),
    [
        (3, 0, StockWords.IN_STOCK),
        (2, 0, StockWords.FEW_LEFT),
        (1, 0, StockWords.FEW_LEFT),
        (0, 0, StockWords.ASK),
        (-1, 0, StockWords.ASK),
        (3, 1, StockWords.FEW_LEFT),
        (4, 1, StockWords.IN_STOCK),
        (16, 14, StockWords.FEW_LEFT),
        (17, 14, StockWords.IN_STOCK),
        (999, 15, StockWords.ASK),
        (3, -1, StockWords.IN_STOCK),
    ],
)
def test_confidence(available: int, days: int, words: StockWords) -> None:
    """An older count needs more pieces to be sure; a count from tomorrow counts as fresh."""
    assert confidence_words(available, timedelta(days=days)) is words


def test_confidence_every_small_case() -> None:
    """A number from 0 to 1 that agrees with the words, never grows with age, misses or sales, nor with fewer pieces."""
    for available, days, missed, sold in product(range(-1, 25), range(17), range(4), (0, 9, 10, 50)):
        age = timedelta(days=days)
        sure = confidence(available, age, missed, sold)
        words = confidence_words(available, age, missed, sold)
        assert 0 <= sure < 1
        assert (sure == 0) == (available <= 0)
        assert (sure > 0.5) == (words is StockWords.IN_STOCK)
        for worse in (
            confidence(available - 1, age, missed, sold),
            confidence(available, age + timedelta(days=1), missed, sold),
            confidence(available, age, missed + 1, sold),
            confidence(available, age, missed, sold + 10),
        ):
            assert worse <= sure


@pytest.mark.parametrize(
    ("available", "missed", "sold", "words"),
    [
        (5, 0, 0, StockWords.IN_STOCK),
        (5, 1, 0, StockWords.FEW_LEFT),
        (6, 1, 0, StockWords.IN_STOCK),
        (6, 1, 10, StockWords.FEW_LEFT),
        (5, 0, 29, StockWords.IN_STOCK),
        (5, 0, 30, StockWords.FEW_LEFT),
        (2, 2, 0, StockWords.ASK),
        (20, 20, 0, StockWords.ASK),
    ],
)
def test_misses_and_sales_take_from_our_certainty(
    available: int, missed: int, sold: int, words: StockWords
) -> None:
    """A miss stands for three pieces, ten sales for one; where as many were missed as are left, ask."""
    assert confidence_words(available, timedelta(), missed, sold) is words


def test_quantities_are_checked() -> None:
    """A negative take would be a gift."""
    for quantity in (0, -1):
        with pytest.raises(ValueError, match="1 or more"):
            TakeStock("b", "v", 1, "p", "o", quantity, "s", 1, datetime.now(UTC))
    with pytest.raises(ValueError, match="-1"):
        CountRow("v", 1, "p", "o", -1)
