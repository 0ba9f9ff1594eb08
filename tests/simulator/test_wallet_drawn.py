"""The pictures of a payment code can be read."""

import re

import numpy
import pytest
import zxingcpp

from highstreet_simulator.wallet.drawn import HEIGHT, bars_path, qr_path

DIGITS = "281234567890123456"


@pytest.mark.parametrize(("draw", "height"), [(qr_path, 0), (bars_path, HEIGHT)])
def test_a_reader_reads_what_is_drawn(draw: object, height: int) -> None:
    path, width = draw(DIGITS)  # type: ignore[operator]
    scale, quiet = 4, 12
    field = numpy.full(((height or width) + 2 * quiet, width + 2 * quiet), 255, numpy.uint8)
    for x, y, down in re.findall(r"M(\d+) (\d+)h1v(\d+)h-1z", path):
        field[int(y) + quiet : int(y) + quiet + int(down), int(x) + quiet] = 0
    image = field.repeat(scale, axis=0).repeat(scale, axis=1)
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [DIGITS]
