"""What each role gets of a line, and gives back: exact sums, whatever the terms and the pieces."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.channel import (
    LineShares,
    Share,
    ShareBase,
    ShareRule,
    Terms,
    compute_shares,
    parse_terms,
    reverse_shares,
    sheet_document,
)
from highstreet.rooms.channel.model import COLLECTORS, ROLES, read_sheet

PARTIES = {"brand": "pty_b", "operator": "pty_d", "landlord": "pty_l"}


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    leftover = draw(st.sampled_from(ROLES))
    roles = draw(st.permutations([r for r in ROLES if r != leftover]))[: draw(st.integers(0, 3))]
    left, shares = 10_000, []
    for role in roles:
        bp = draw(st.integers(0, left))
        left -= bp
        shares.append((role, bp))
    return Terms(draw(st.sampled_from(COLLECTORS)), tuple(shares), leftover)


@st.composite
def any_line(draw: st.DrawFn) -> LineShares:
    base = draw(st.one_of(st.integers(0, 50), st.integers(0, 10**12)))
    return compute_shares(draw(any_terms()), PARTIES, [ShareBase(1, base, "pty_o")])[0]


@given(any_terms(), st.lists(st.integers(0, 10**15), max_size=5), st.booleans())
def test_shares_sum_to_the_base(terms: Terms, bases: list[int], has_landlord: bool) -> None:
    roles = {**PARTIES, "landlord": "pty_l" if has_landlord else None}
    if terms.leftover_to == "landlord" and not has_landlord:
        roles["landlord"] = "pty_l"
    lines = [ShareBase(no, base, "pty_o") for no, base in enumerate(bases, start=1)]
    sheet = compute_shares(terms, roles, lines)
    assert [(line.line_no, line.base_minor) for line in sheet] == [(b.line_no, b.base_minor) for b in lines]
    for line in sheet:
        assert sum(share.amount_minor for share in line.shares) == line.base_minor
        assert all(share.amount_minor >= 0 for share in line.shares)
        assert line.shares[-1].role == terms.leftover_to
        by_role = {share.role: share.amount_minor for share in line.shares}
        for role, bp in terms.shares:
            if role in by_role:
                assert by_role[role] == line.base_minor * bp // 10_000


def test_a_worked_example() -> None:
    """999 at 20 % brand, 1.5 % landlord: floors of 199.8 and 14.985, the dealer takes the rest."""
    terms = Terms("operator", (ShareRule("brand", 2000), ShareRule("landlord", 150)), "operator")
    (line,) = compute_shares(terms, PARTIES, [ShareBase(1, 999, "pty_o")])
    assert line.shares == (
        Share("brand", "pty_b", 199),
        Share("landlord", "pty_l", 14),
        Share("operator", "pty_d", 786),
    )
    (line,) = compute_shares(terms, {**PARTIES, "landlord": None}, [ShareBase(1, 999, "pty_o")])
    assert line.shares == (Share("brand", "pty_b", 199), Share("operator", "pty_d", 800))


def test_the_stock_owner_differs_by_line() -> None:
    terms = Terms("brand", (ShareRule("stock_owner", 7000),), "brand")
    sheet = compute_shares(terms, PARTIES, [ShareBase(1, 100, "pty_x"), ShareBase(2, 10, "pty_y")])
    assert [line.shares[0] for line in sheet] == [
        Share("stock_owner", "pty_x", 70),
        Share("stock_owner", "pty_y", 7),
    ]


@pytest.mark.parametrize("roles", [{**PARTIES, "landlord": None}, {"brand": "pty_b", "operator": "pty_d"}])
def test_the_leftover_needs_a_party(roles: dict[str, str | None]) -> None:
    with pytest.raises(Refusal, match=r"channel\.terms_malformed"):
        compute_shares(Terms("brand", (), "landlord"), roles, [ShareBase(1, 100, "pty_o")])
    assert compute_shares(Terms("brand", (), "landlord"), roles, []) == ()


# Reversals --------------------------------------------------------------------------------------------


@given(any_line(), st.data())
def test_any_partition_of_returns_gives_back_exactly_the_shares(
    line: LineShares, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, line.base_minor), max_size=8)))
    steps = [b - a for a, b in zip([0, *cuts], [*cuts, line.base_minor], strict=True)]
    back = [0] * len(line.shares)
    returned = 0
    for step in steps:
        part = reverse_shares(line, returned, step)
        returned += step
        assert (part.line_no, part.base_minor) == (line.line_no, step)
        assert sum(share.amount_minor for share in part.shares) == step
        # Only the leftover may move the other way, by less than one unit for each of the others.
        assert all(share.amount_minor >= 0 for share in part.shares[:-1])
        assert part.shares[-1].amount_minor > -len(line.shares)
        back = [total + share.amount_minor for total, share in zip(back, part.shares, strict=True)]
        # At no time is more given back than was got (the leftover again within a unit for each other).
        for total, share in list(zip(back, line.shares, strict=True))[:-1]:
            assert total <= share.amount_minor
    assert back == [share.amount_minor for share in line.shares]
    assert [(s.role, s.party_id) for s in part.shares] == [(s.role, s.party_id) for s in line.shares]


def test_every_partition_of_a_small_line() -> None:
    terms = Terms("operator", (ShareRule("brand", 3333), ShareRule("landlord", 1)), "operator")
    for base in range(8):
        (line,) = compute_shares(terms, PARTIES, [ShareBase(1, base, "pty_o")])
        for cut in range(base + 1):
            parts = [reverse_shares(line, 0, cut), reverse_shares(line, cut, base - cut)]
            back = [sum(p.shares[i].amount_minor for p in parts) for i in range(3)]
            assert back == [s.amount_minor for s in line.shares]


def test_a_line_given_away_has_nothing_to_reverse() -> None:
    (line,) = compute_shares(
        Terms("brand", (ShareRule("brand", 500),), "operator"), PARTIES, [ShareBase(1, 0, "pty_o")]
    )
    assert [s.amount_minor for s in reverse_shares(line, 0, 0).shares] == [0, 0]


# Terms ------------------------------------------------------------------------------------------------

GOOD: dict[str, Any] = {
    "collector": "operator",
    "shares": [{"role": "brand", "bp": 2000}, {"role": "landlord", "bp": 8000}],
    "leftover_to": "operator",
}


@given(any_terms())
def test_terms_survive_being_kept(terms: Terms) -> None:
    assert parse_terms(terms.as_document()) == terms


@given(any_line())
def test_a_sheet_survives_being_kept(line: LineShares) -> None:
    assert read_sheet(sheet_document([line, replace(line, line_no=2)])) == (line, replace(line, line_no=2))


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (None, "terms"),
        ([], "terms"),
        ({}, "collector"),
        ({**GOOD, "collector": "stock_owner"}, "collector"),
        ({**GOOD, "collector": ["brand"]}, "collector"),
        ({**GOOD, "leftover_to": None}, "leftover_to"),
        ({**GOOD, "leftover_to": {}}, "leftover_to"),
        ({**GOOD, "shares": None}, "shares"),
        ({**GOOD, "shares": {"brand": 1}}, "shares"),
        ({**GOOD, "shares": [["brand", 1]]}, "role"),
        ({**GOOD, "shares": [{"role": "dealer", "bp": 1}]}, "role"),
        ({**GOOD, "shares": [{"role": [], "bp": 1}]}, "role"),
        ({**GOOD, "shares": [{"role": "operator", "bp": 1}]}, "role"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1}] * 2}, "role"),
        ({**GOOD, "shares": [{"role": "brand"}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": "1"}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1.0}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": True}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": -1}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 10_001}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 9_999}, {"role": "landlord", "bp": 2}]}, "bp"),
    ],
)
def test_malformed_terms_name_the_field(document: object, field: str) -> None:
    assert parse_terms(GOOD).shares == (("brand", 2000), ("landlord", 8000))
    with pytest.raises(Refusal, match=r"channel\.terms_malformed") as caught:
        parse_terms(document)
    assert (caught.value.status, caught.value.facts) == (422, {"field": field})
