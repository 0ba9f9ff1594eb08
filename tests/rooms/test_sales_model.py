"""What may be sold and taken back, before any database is asked."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import has_text, refusal_texts
from highstreet.rooms.sales import Sale, SaleLine, check_quantities, check_return
from highstreet.rooms.sales import errors as refusals

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
LINE = SaleLine(1, "var", None, "Shell", "冲锋衣", "pty_d", 5, 100, 0, 500)


def sale(*lines: SaleLine) -> Sale:
    total = sum(line.net_minor for line in lines)
    return Sale(
        brand_id="brd",
        id="sal",
        place_id="plc",
        register_id=None,
        member_id=None,
        person_id=None,
        origin="register",
        currency="EUR",
        list_minor=total,
        discount_minor=0,
        total_minor=total,
        proof={},
        business_day="2026-11-20",
        opened_at=AT,
        lines=lines,
        state="paid",
    )


@pytest.mark.parametrize("quantities", [[1], [9_999], [1] * 200])
def test_baskets_that_may_be(quantities: list[int]) -> None:
    check_quantities(quantities)


@pytest.mark.parametrize(
    ("quantities", "field"),
    [([], "lines"), ([1] * 201, "lines"), ([0], "quantity"), ([1, -1], "quantity"), ([10_000], "quantity")],
)
def test_baskets_that_may_not(quantities: list[int], field: str) -> None:
    with pytest.raises(Refusal, match=r"sales\.basket_malformed") as caught:
        check_quantities(quantities)
    assert (caught.value.status, caught.value.facts) == (422, {"field": field})


@given(st.integers(0, 5), st.integers(-2, 8))
def test_a_return_takes_at_most_what_is_left(returned: int, quantity: int) -> None:
    line = replace(LINE, returned_quantity=returned)
    if 1 <= quantity <= 5 - returned:
        assert check_return(sale(line), [(1, quantity)]) == [(line, quantity)]
        return
    code = "sales.basket_malformed" if quantity < 1 else "sales.return_too_much"
    with pytest.raises(Refusal) as caught:
        check_return(sale(line), [(1, quantity)])
    assert caught.value.code == code
    if quantity >= 1:
        assert caught.value.facts == {"line_no": 1, "left": 5 - returned}


@pytest.mark.parametrize("wanted", [[], [(1, 1), (1, 1)], [(2, 1)], [(0, 1)], [(-1, 1)], [(1, 1), (3, 1)]])
def test_returns_that_name_no_line_or_one_twice(wanted: list[tuple[int, int]]) -> None:
    with pytest.raises(Refusal, match=r"sales\.basket_malformed"):
        check_return(sale(LINE), wanted)


def test_lines_come_in_the_order_asked() -> None:
    two = replace(LINE, line_no=2)
    assert check_return(sale(LINE, two), [(2, 1), (1, 5)]) == [(two, 1), (LINE, 5)]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_texts(locale: str) -> None:
    kinds = [kind for kind in vars(refusals).values() if isinstance(kind, refusals.RefusalKind)]
    assert len(kinds) == 16
    for kind in kinds:
        assert all(refusal_texts(locale, kind.code, {"days": 30, "limit": 3}))
    for event in ("paid", "abandoned", "returned"):
        assert has_text(locale, f"event-sales-sale_{event}-v1")
