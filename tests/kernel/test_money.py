"""Money: exact text, one currency at a time, and splits that sum to the whole."""

import itertools
import operator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import (
    MAX_AMOUNT_MINOR,
    Money,
    exponent,
    split_by_basis_points,
    split_by_weights,
)

amounts = st.integers(-MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR)
weights = st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any)


def cny(amount_minor):
    return Money(amount_minor, "CNY")


def code_of(refused):
    return refused.value.code, refused.value.status


def test_exponents():
    assert [exponent(c) for c in ("CNY", "USD", "JPY", "KRW", "VND", "KWD", "BHD", "OMR", "JOD", "TND", "CLF")] == [
        2, 2, 0, 0, 0, 3, 3, 3, 3, 3, 4,
    ]  # fmt: skip


@pytest.mark.parametrize("currency", ["", "cny", "CN", "CNYY", "C1Y", "CNY\n", "ＣＮＹ"])
def test_currency_is_three_capitals(currency):
    for use in (lambda: Money(1, currency), lambda: exponent(currency)):
        with pytest.raises(Refusal) as refused:
            use()
        assert code_of(refused) == ("money.currency_malformed", 422)


@pytest.mark.parametrize("amount", [True, 1.0, "1", None])
def test_amount_is_an_int(amount):
    with pytest.raises(TypeError):
        Money(amount, "CNY")


def test_bounds():
    assert cny(MAX_AMOUNT_MINOR).amount_minor == 10**15
    assert cny(-MAX_AMOUNT_MINOR).amount_minor == -(10**15)
    for use in (lambda: cny(10**15 + 1), lambda: cny(10**15) + cny(1), lambda: cny(-(10**15)) - cny(1)):
        with pytest.raises(Refusal) as refused:
            use()
        assert code_of(refused) == ("money.out_of_range", 422)


def test_arithmetic():
    assert cny(5) + cny(-7) == cny(-2)
    assert cny(5) - cny(7) == cny(-2)
    assert -cny(5) == cny(-5)
    assert abs(cny(-5)) == cny(5)
    assert cny(5) * 3 == cny(15)
    assert Money.total([cny(1), cny(2)], "CNY") == cny(3)
    assert Money.total([], "CNY") == Money.zero("CNY") == cny(0)
    assert cny(0).is_zero
    assert not cny(1).is_zero
    assert cny(1) != Money(1, "JPY")
    assert len({cny(1), cny(1), cny(2)}) == 2
    for wrong in (1.5, True, "2"):
        with pytest.raises(TypeError):
            cny(5) * wrong


def test_order():
    for a, b in itertools.product((-1, 0, 1), repeat=2):
        for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
            assert compare(cny(a), cny(b)) is compare(a, b)


@pytest.mark.parametrize(
    "use", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge]
)
def test_currencies_never_mix(use):
    with pytest.raises(Refusal) as refused:
        use(cny(1), Money(1, "USD"))
    assert code_of(refused) == ("money.currency_mismatch", 422)
    assert refused.value.facts == {"expected": "CNY", "given": "USD"}
    with pytest.raises(TypeError):
        use(cny(1), 1)


def test_truth_is_refused():
    with pytest.raises(TypeError, match="is_zero"):
        bool(cny(1))


@pytest.mark.parametrize(
    ("text", "currency", "minor", "back"),
    [
        ("12.30", "CNY", 1230, "12.30"),
        ("12.3", "CNY", 1230, "12.30"),
        ("12", "CNY", 1200, "12.00"),
        ("0.01", "CNY", 1, "0.01"),
        ("-0.05", "CNY", -5, "-0.05"),
        ("-0", "CNY", 0, "0.00"),
        ("007.10", "CNY", 710, "7.10"),
        ("1500", "JPY", 1500, "1500"),
        ("1.234", "KWD", 1234, "1.234"),
        ("9007199254740.93", "CNY", 900719925474093, "9007199254740.93"),
    ],
)
def test_decimal_text(text, currency, minor, back):
    money = Money.from_decimal_text(text, currency)
    assert money == Money(minor, currency)
    assert money.to_decimal_text() == back


@pytest.mark.parametrize(
    ("text", "currency"),
    [("12.345", "CNY"), ("1.0", "JPY"), ("1,000", "CNY"), ("+1", "CNY"), ("1.", "CNY"), (".5", "CNY"), ("", "CNY"),
     ("1e2", "CNY"), (" 1", "CNY"), ("1\n", "CNY"), ("١", "CNY"), ("--1", "CNY"), ("NaN", "CNY"), ("9" * 19, "CNY")],
)  # fmt: skip
def test_decimal_text_refuses(text, currency):
    with pytest.raises(Refusal) as refused:
        Money.from_decimal_text(text, currency)
    assert code_of(refused) == ("money.text_malformed", 422)


@given(amounts, st.sampled_from(["CNY", "JPY", "KWD", "CLF"]))
def test_decimal_text_round_trips(amount, currency):
    money = Money(amount, currency)
    assert Money.from_decimal_text(money.to_decimal_text(), currency) == money


@pytest.mark.parametrize(
    ("amount", "by", "expected"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (10, [0, 1, 0, 2], [0, 3, 0, 7]),
        (7, [5, 3, 2], [4, 2, 1]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (5, [9], [5]),
    ],
)
def test_split_by_weights(amount, by, expected):
    assert split_by_weights(amount, by) == expected
    assert cny(amount).split(by) == [cny(part) for part in expected]


def test_split_by_weights_small_inputs_exhaustively():
    for by in itertools.product(range(4), repeat=3):
        if not any(by):
            continue
        for amount in range(-20, 21):
            check_split(amount, list(by))


@given(amounts, weights)
def test_split_by_weights_is_exact_and_fair(amount, by):
    check_split(amount, by)


def check_split(amount, by):
    parts = split_by_weights(amount, by)
    assert sum(parts) == amount
    assert split_by_weights(-amount, by) == [-part for part in parts]
    exact = [Fraction(amount * weight, sum(by)) for weight in by]
    assert all(abs(part - share) < 1 for part, share in zip(parts, exact, strict=True))
    assert all(part == 0 for part, weight in zip(parts, by, strict=True) if weight == 0)
    # The extra units went to the largest remainders, the lower index first.
    remainders = [abs(share) % 1 for share in exact]
    extra = [abs(part) > abs(share) // 1 for part, share in zip(parts, exact, strict=True)]
    order = sorted(range(len(by)), key=lambda i: (-remainders[i], i))
    assert sorted(order[: sum(extra)]) == [i for i, got in enumerate(extra) if got]


@pytest.mark.parametrize(("amount", "by"), [(1, []), (1, [0, 0]), (1, [2, -1]), (0, [-1])])
def test_split_by_weights_refuses(amount, by):
    with pytest.raises(ValueError):  # noqa: PT011
        split_by_weights(amount, by)


@pytest.mark.parametrize(
    ("amount", "basis_points", "leftover_to", "expected"),
    [
        (100, [7000, 3000], 1, [70, 30]),
        (101, [3333, 3333, 3334], 0, [35, 33, 33]),
        (101, [3333, 3333, 3334], 2, [33, 33, 35]),
        (-101, [3333, 3333, 3334], 2, [-33, -33, -35]),
        (99, [150, 0], 1, [1, 98]),
        (1, [9999, 1], 1, [0, 1]),
        (0, [5000, 5000], 0, [0, 0]),
    ],
)
def test_split_by_basis_points(amount, basis_points, leftover_to, expected):
    assert split_by_basis_points(amount, basis_points, leftover_to) == expected
    assert cny(amount).split_basis_points(basis_points, leftover_to) == [cny(part) for part in expected]


@given(amounts, st.lists(st.integers(0, 1000), min_size=1, max_size=10), st.integers(0, 9))
def test_split_by_basis_points_is_exact(amount, basis_points, leftover_to):
    leftover_to %= len(basis_points)
    parts = split_by_basis_points(amount, basis_points, leftover_to)
    assert sum(parts) == amount
    assert split_by_basis_points(-amount, basis_points, leftover_to) == [-part for part in parts]
    for index, points in enumerate(basis_points):
        if index != leftover_to:
            assert parts[index] == int(Fraction(amount * points, 10_000))


def test_split_by_basis_points_refuses():
    for wrong in ([10_001], [5000, 5001], [-1, 1]):
        with pytest.raises(ValueError, match="basis points"):
            split_by_basis_points(1, wrong, 0)
    for wrong_index in (-1, 1):
        with pytest.raises(IndexError):
            split_by_basis_points(1, [10_000], wrong_index)
