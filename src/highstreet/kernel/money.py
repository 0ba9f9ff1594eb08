"""Money: whole minor units of one ISO 4217 currency, never a float; splits always sum to the whole."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from highstreet.kernel.errors import RefusalKind

CURRENCY_MALFORMED = RefusalKind("money.currency_malformed", 422)
CURRENCY_MISMATCH = RefusalKind("money.currency_mismatch", 422)
OUT_OF_RANGE = RefusalKind("money.out_of_range", 422)
TEXT_MALFORMED = RefusalKind("money.text_malformed", 422)

MAX_AMOUNT_MINOR = 10**15
"""The largest size of an amount, in minor units: below 2**53, so a page's JavaScript reads it exactly."""

# ISO 4217, table A.1 (2024): the currencies whose minor unit is not a hundredth.
_ZERO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENTS = {
    **dict.fromkeys(_ZERO_DECIMALS.split(" "), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CURRENCY = re.compile(r"[A-Z]{3}")
_DECIMAL = re.compile(r"(-?)([0-9]{1,18})(?:\.([0-9]{1,18}))?")


def exponent(currency: str) -> int:
    """How many decimals the currency has: 2 for CNY, 0 for JPY. Errors: Refusal money.currency_malformed."""
    if not _CURRENCY.fullmatch(currency):
        raise CURRENCY_MALFORMED()
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (分, cents) of an ISO 4217 currency.

    Two currencies never mix: adding or ordering them is Refusal money.currency_mismatch (`==` is False).
    Errors: TypeError unless the amount is an int (bool is not), Refusal money.out_of_range beyond
    `MAX_AMOUNT_MINOR`, money.currency_malformed unless the currency is three capital letters.
    """

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise TypeError(f"an amount is whole minor units, not {self.amount_minor!r}")
        if not -MAX_AMOUNT_MINOR <= self.amount_minor <= MAX_AMOUNT_MINOR:
            raise OUT_OF_RANGE(limit_minor=MAX_AMOUNT_MINOR)
        if not _CURRENCY.fullmatch(self.currency):
            raise CURRENCY_MALFORMED()

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in this currency."""
        return cls(0, currency)

    @classmethod
    def total(cls, parts: Iterable[Money], currency: str) -> Money:
        """The sum of the parts; zero of the currency when there are none."""
        return sum(parts, start=cls(0, currency))

    @classmethod
    def from_decimal_text(cls, text: str, currency: str) -> Money:
        """Exact from plain decimal text: "12.30", "-0.5", "7".

        Errors: Refusal money.text_malformed for anything else, or more decimals than the currency has.
        """
        places = exponent(currency)
        match = _DECIMAL.fullmatch(text)
        if match is None or len(match[3] or "") > places:
            raise TEXT_MALFORMED(currency=currency, decimals=places)
        size = int(match[2] + (match[3] or "").ljust(places, "0"))
        return cls(-size if match[1] else size, currency)

    def to_decimal_text(self) -> str:
        """Exact, with all the currency's decimals and no symbol: "12.30". Read by `from_decimal_text`."""
        places = exponent(self.currency)
        digits = str(abs(self.amount_minor)).rjust(places + 1, "0")
        sign = "-" if self.amount_minor < 0 else ""
        return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else sign + digits

    @property
    def is_zero(self) -> bool:
        return self.amount_minor == 0

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            return NotImplemented
        return Money(self.amount_minor * times, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __abs__(self) -> Money:
        return Money(abs(self.amount_minor), self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount_minor >= self._same(other)

    def __bool__(self) -> bool:
        raise TypeError("say `is_zero`, or `is None`: the truth of money is ambiguous")

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts by weight, see `split_by_weights`."""
        return [Money(part, self.currency) for part in split_by_weights(self.amount_minor, weights)]

    def split_basis_points(self, basis_points: Sequence[int], leftover_to: int) -> list[Money]:
        """Parts by basis points, see `split_by_basis_points`."""
        parts = split_by_basis_points(self.amount_minor, basis_points, leftover_to)
        return [Money(part, self.currency) for part in parts]

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money only, not with {other!r}")
        if other.currency != self.currency:
            raise CURRENCY_MISMATCH(expected=self.currency, given=other.currency)
        return other.amount_minor


def split_by_weights(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Parts in proportion to the weights, summing exactly to the amount, by largest remainder (Hamilton).

    Each part is within one unit of its exact share; of equal remainders the lower index wins; a zero weight
    gets zero; splitting -x gives the negated parts of x.
    Errors: ValueError for a negative weight, or when no weight is positive and the amount is not zero.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights are not negative")
    whole = sum(weights)
    if amount_minor == 0:
        return [0] * len(weights)
    if whole == 0:
        raise ValueError("nobody to give a part: every weight is zero")
    size = abs(amount_minor)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(size * weights[i] % whole))
    for index in by_remainder[: size - sum(parts)]:
        parts[index] += 1
    return parts if amount_minor > 0 else [-part for part in parts]


def split_by_basis_points(amount_minor: int, basis_points: Sequence[int], leftover_to: int) -> list[int]:
    """Each part is amount x basis points / 10,000 cut toward zero; `leftover_to` also gets all the rest.

    The rest includes what the basis points leave below 10,000, so the parts always sum to the amount.
    Errors: ValueError for negative basis points or more than 10,000 in all; IndexError for a wrong index.
    """
    if any(points < 0 for points in basis_points) or sum(basis_points) > 10_000:
        raise ValueError(f"basis points are not negative and at most 10,000 in all: {list(basis_points)}")
    if not 0 <= leftover_to < len(basis_points):
        raise IndexError(f"no part {leftover_to} among {len(basis_points)}")
    size = abs(amount_minor)
    parts = [size * points // 10_000 for points in basis_points]
    parts[leftover_to] += size - sum(parts)
    return parts if amount_minor >= 0 else [-part for part in parts]
