"""Any sequence of line returns and amounts given back ends at nothing left: money, points and shares (G3)."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import split_by_weights
from highstreet.rooms.channel import LineShares, reverse_shares
from highstreet.rooms.channel.model import Share
from highstreet.rooms.goods import return_value
from highstreet.rooms.members import reverse_points
from highstreet.rooms.sales import Sale, SaleLine, spread_allowance

AT = datetime(2026, 11, 20, tzinfo=UTC)
ROLES = ("brand", "landlord", "operator")


def line_of(no: int, quantity: int, net: int, returned_quantity: int = 0, returned: int = 0) -> SaleLine:
    unit = -(-net // quantity)
    off = unit * quantity - net
    return SaleLine(no, f"v{no}", None, "", "", "p", quantity, unit, off, net, returned_quantity, returned)


def sale_of(lines: list[SaleLine]) -> Sale:
    total = sum(line.net_minor for line in lines)
    return Sale(
        "b", "s", "p", "r", None, None, "register", "CNY", total, 0, total, {}, "", AT, tuple(lines), "paid"
    )


def shares_of(line: SaleLine, bp: tuple[int, int]) -> LineShares:
    parts = split_by_weights(line.net_minor, [*bp, 10_000 - sum(bp)])
    shares = tuple(Share(role, role, part) for role, part in zip(ROLES, parts, strict=True))
    return LineShares(line.line_no, line.net_minor, shares)


class Given:
    """What a sale's lines have got back so far."""

    def __init__(self, pieces: list[tuple[int, int]], bp: tuple[int, int]) -> None:
        self.lines = [line_of(no, q, net) for no, (q, net) in enumerate(pieces, 1)]
        self.shares = [shares_of(line, bp) for line in self.lines]
        self.earned = [line.net_minor // 7 for line in self.lines]
        self.money = [0] * len(pieces)
        self.points = [0] * len(pieces)
        self.reversed = [[0, 0, 0] for _ in pieces]

    def back(self, line: SaleLine, quantity: int, refund: int) -> None:
        """As flows/return_sale.give_back does it."""
        n = line.line_no - 1
        assert 0 <= refund <= line.net_minor - line.returned_minor
        if self.earned[n]:
            self.points[n] += reverse_points(self.earned[n], line.net_minor, line.returned_minor, refund)
        if refund:
            now = reverse_shares(self.shares[n], line.returned_minor, refund)
            assert sum(share.amount_minor for share in now.shares) == refund
            for i, share in enumerate(now.shares):
                self.reversed[n][i] += share.amount_minor
        self.money[n] += refund
        after = line.returned_quantity + quantity, line.returned_minor + refund
        self.lines[n] = line_of(line.line_no, line.quantity, line.net_minor, *after)

    def take_back(self, n: int, quantity: int) -> int:
        line = self.lines[n]
        refund = return_value(
            line.net_minor, line.quantity, line.returned_quantity, line.returned_minor, quantity
        )
        self.back(line, quantity, refund)
        return refund

    def allow(self, amount: int) -> None:
        spread = spread_allowance(sale_of(self.lines), amount)
        assert sum(part for _, part in spread) == amount
        for line, part in spread:
            self.back(line, 0, part)

    @property
    def left(self) -> int:
        return sum(line.net_minor - line.returned_minor for line in self.lines)


PIECES = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 12_800)), min_size=1, max_size=4)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("line"), st.integers(0, 3), st.integers(1, 6)),
        st.tuples(st.just("amount"), st.integers(1, 10_000), st.just(0)),
    ),
    max_size=12,
)


@given(
    PIECES,
    STEPS,
    st.tuples(st.integers(0, 4000), st.integers(0, 4000)),
    st.booleans(),
)
def test_any_sequence_ends_at_nothing_left(pieces, steps, bp, ends_with_goods):
    given_back = Given(pieces, bp)
    for kind, which, how_many in steps:
        if kind == "amount" and given_back.left:
            given_back.allow(max(given_back.left * which // 10_000, 1))
        elif kind == "line" and which < len(pieces):
            line = given_back.lines[which]
            if how_many <= line.quantity - line.returned_quantity:
                given_back.take_back(which, how_many)
    if not ends_with_goods and given_back.left:
        given_back.allow(given_back.left)
    for n, line in enumerate(given_back.lines):
        if line.quantity > line.returned_quantity:
            given_back.take_back(n, line.quantity - line.returned_quantity)
    assert given_back.left == 0
    assert given_back.money == [line.net_minor for line in given_back.lines]
    assert given_back.points == given_back.earned
    for shares, got in zip(given_back.shares, given_back.reversed, strict=True):
        assert got == [share.amount_minor for share in shares.shares]


def test_what_was_given_for_two_is_taken_off_each():
    """Two chairs for 200.00, 20.00 given back for both: each is worth 90.00 now."""
    given_back = Given([(2, 20_000)], (0, 0))
    given_back.allow(2000)
    assert given_back.take_back(0, 1) == 9000
    assert given_back.take_back(0, 1) == 9000


def test_goods_come_back_for_nothing_once_all_was_given():
    given_back = Given([(2, 20_001), (1, 0)], (0, 0))
    given_back.allow(20_001)
    assert (given_back.take_back(0, 1), given_back.take_back(0, 1), given_back.take_back(1, 1)) == (0, 0, 0)


@pytest.mark.parametrize("amount", [0, -1, 301])
def test_no_more_than_is_left_is_allowed(amount):
    with pytest.raises(Refusal) as caught:
        spread_allowance(sale_of([line_of(1, 1, 200, 0, 100), line_of(2, 1, 200)]), amount)
    assert (caught.value.code, caught.value.facts) == ("sales.allowance_too_much", {"left_minor": 300})
