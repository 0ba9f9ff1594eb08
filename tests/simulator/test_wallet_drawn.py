"""The pictures of a payment code: the same as other programs draw them."""

import re

import segno
from hypothesis import given
from hypothesis import strategies as st

from highstreet_simulator.wallet.drawn import bars_path, qr_path, qr_rows

CODES = st.integers(0, 10**16 - 1).map(lambda number: f"28{number:016d}")


@given(CODES)
def test_the_qr_is_as_segno_draws_it(digits: str) -> None:
    drawn = segno.make_qr(digits, version=1, error="m", mask=0, mode="numeric", boost_error=False)
    assert qr_rows(digits) == [[bool(module) for module in row] for row in drawn.matrix]


def test_the_path_has_a_square_for_each_dark_module() -> None:
    rows = qr_rows("281234567890123456")
    squares = re.findall(r"M(\d+) (\d+)h1v1h-1z", qr_path("281234567890123456"))
    assert {(int(y), int(x)) for x, y in squares} == {
        (y, x) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    }


def test_code_128_as_the_standard_counts_it() -> None:
    """Start C, 28, 01, check (105 + 28 + 2) mod 103 = 32, stop."""
    path, width = bars_path("2801")
    bars = [(int(x), int(w)) for x, w in re.findall(r"M(\d+) 0h(\d+)v50h-\d+z", path)]
    assert width == 11 * 4 + 13
    modules = "".join("1" if any(x <= at < x + w for x, w in bars) else "0" for at in range(width))
    assert modules == "11010011100" + "11100110100" + "11001101100" + "11000110110" + "1100011101011"
