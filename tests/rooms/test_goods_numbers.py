"""GS1 numbers, partial returns, names on receipts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.goods import parse_gtin, receipt_name, return_value


@pytest.mark.parametrize(
    ("text", "gtin"),
    [
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("4006381333931", "04006381333931"),
        (" 04006381333931 ", "04006381333931"),
        ("2000000000015", "02000000000015"),
        ("0109506000134352", "09506000134352"),
        ("01095060001343521012\x1d17261231", "09506000134352"),
        ("]C1010950600013435217261231", "09506000134352"),
        ("]E04006381333931", "04006381333931"),
        ("(01)09506000134352(10)AB", "09506000134352"),
        ("(17)261231(01)09506000134352", "09506000134352"),
        ("https://id.gs1.org/01/09506000134352/10/ABC", "09506000134352"),
        ("https://brand.example/shop/01/09506000134352?17=261231", "09506000134352"),
    ],
)
def test_gtin(text, gtin):
    assert parse_gtin(text) == gtin
    assert parse_gtin(gtin) == gtin


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "ABC",
        "4006381333930",
        "400638133393",
        "00000000000000",
        "４００６３８１３３３９３１",
        "123456789",
        "00123456789012345675",
        "(10)AB",
        "(01)",
        "(01)09506000134353",
        "10ABC",
        "0209506000134352",
        "https://example.com/nothing",
        "https://id.gs1.org/01/09506000134353",
        "9" * 501,
        "4006381333931\n4006381333931",
        "\x00",
        "]",
        "]C",
        "](",
        "]C1",
        "(",
        "()",
    ],
)
def test_no_gtin(text):
    with pytest.raises(Refusal) as caught:
        parse_gtin(text)
    assert (caught.value.code, caught.value.status) == ("goods.gtin_malformed", 422)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40) | st.text("]C1E0(2)/:h\x1d", max_size=12))
def test_any_text_is_a_gtin_or_refused(text):
    try:
        gtin = parse_gtin(text)
    except Refusal:
        return
    assert len(gtin) == 14
    assert gtin.isdecimal()


def test_every_way_to_return_seven_pieces_of_ten():
    given_back = []
    returned = minor = 0
    for _ in range(7):
        value = return_value(10, 7, returned, minor, 1)
        given_back.append(value)
        returned, minor = returned + 1, minor + value
    assert given_back == [1, 1, 2, 1, 2, 1, 2]
    assert return_value(10, 7, 0, 0, 7) == 10


@given(st.integers(0, 10**9), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_steps_of_a_return_sum_to_the_net(net_minor, steps):
    quantity = sum(steps)
    returned = minor = 0
    for step in steps:
        value = return_value(net_minor, quantity, returned, minor, step)
        assert abs(value - net_minor * step / quantity) < 1
        returned, minor = returned + step, minor + value
    assert minor == net_minor


@pytest.mark.parametrize(("before", "now"), [(0, 0), (0, 4), (2, 2), (3, 1), (-1, 1), (1, -1)])
def test_no_more_than_was_sold_comes_back(before, now):
    with pytest.raises(Refusal) as caught:
        return_value(100, 3, before, 0, now)
    assert caught.value.code == "goods.return_beyond_sold"


def test_receipt_names():
    attributes = {"colour": {"en": "navy", "zh": "藏青"}, "size": "M", "box": {"en": "", "zh": "礼盒"}}
    assert receipt_name("Wrap Dress", attributes, "en") == "Wrap Dress, navy, M"
    assert receipt_name("裹身裙", attributes, "zh") == "裹身裙 礼盒 藏青 M"
    assert receipt_name("Gift card", {}, "en") == "Gift card"
