"""What each role gets of a line, and gives back: exact sums, whatever the terms and the pieces."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.rooms.channel import (
    FUNDER,
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
from highstreet.rooms.channel.model import (
    BASES,
    CHANNELS,
    COLLECTORS,
    FUNDINGS,
    REST_TAKERS,
    ROLES,
    StockUse,
    read_sheet,
)

PARTIES: dict[str, str | None] = {
    "brand": "pty_b",
    "operator": "pty_d",
    "landlord": "pty_l",
    "home_store": "pty_h",
    "introducer": "pty_i",
}


@st.composite
def any_rule(draw: st.DrawFn, role: str, most_bp: int) -> ShareRule:
    kind = draw(st.sampled_from(["percent", "piece", "tiers"]))
    limits = sorted(draw(st.lists(st.integers(0, 10**6), min_size=2, max_size=2)))
    floor, cap = draw(st.sampled_from([(None, None), (limits[0], None), (None, limits[1]), tuple(limits)]))
    starts = sorted(draw(st.sets(st.integers(1, 10**6), max_size=3)))
    bps = draw(st.lists(st.integers(0, most_bp), min_size=4, max_size=4))
    return ShareRule(
        role,
        bp=bps[0] if kind == "percent" else 0,
        piece_minor=draw(st.integers(1, 10**4)) if kind == "piece" else 0,
        tiers=tuple(zip([0, *starts], bps, strict=False)) if kind == "tiers" else (),
        of=draw(st.sampled_from(BASES)),
        floor_minor=floor,
        cap_minor=cap,
        channels=tuple(draw(st.sampled_from([(), (), ("register",), ("shop",)]))),
        product_ids=tuple(draw(st.sampled_from([(), (), ("prd_1",)]))),
    )


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    leftover = draw(st.sampled_from(REST_TAKERS))
    roles = draw(st.lists(st.sampled_from([r for r in ROLES if r != leftover]), max_size=4))
    collectors = draw(st.sampled_from([(), (("shop", "brand"),), (("register", "landlord"),)]))
    return Terms(
        draw(st.sampled_from(COLLECTORS)),
        tuple(draw(any_rule(role, 10_000 // len(roles))) for role in roles),
        leftover,
        collectors=collectors,
        funding=draw(st.sampled_from(FUNDINGS)),
        tax_bp=draw(st.sampled_from([0, 600, 1900])),
        stock=StockUse(*draw(st.tuples(*[st.sampled_from([(), ("shop",), CHANNELS])] * 2))),
    )


@st.composite
def any_base(draw: st.DrawFn, line_no: int = 1) -> ShareBase:
    off = draw(st.integers(0, 1000))
    funders = draw(st.lists(st.sampled_from(["pty_b", "pty_d", "pty_x"]), unique=True, max_size=3))
    net = draw(st.one_of(st.integers(0, 50), st.integers(0, 10**12)))
    funded = tuple((party, draw(st.integers(1, 500))) for party in funders)
    product = draw(st.sampled_from([None, "prd_1", "prd_2"]))
    packer = draw(st.sampled_from([None, "pty_f"]))
    return ShareBase(line_no, net, "pty_o", draw(st.integers(1, 9)), net + off, funded, product, packer)


@st.composite
def any_line(draw: st.DrawFn) -> LineShares:
    channel = draw(st.sampled_from(CHANNELS))
    return compute_shares(draw(any_terms()), PARTIES, [draw(any_base())], channel)[0]


@given(any_terms(), st.lists(any_base(), max_size=4), st.booleans(), st.sampled_from(CHANNELS))
def test_shares_sum_to_what_was_paid(
    terms: Terms, bases: list[ShareBase], has_landlord: bool, channel: str
) -> None:
    roles = {**PARTIES, "landlord": "pty_l" if has_landlord or terms.leftover_to == "landlord" else None}
    lines = [replace(base, line_no=no) for no, base in enumerate(bases, start=1)]
    sheet = compute_shares(terms, roles, lines, channel)
    assert [line.of for line in sheet] == lines
    for line in sheet:
        assert sum(share.amount_minor for share in line.shares) == line.base_minor
        assert (line.shares[-1].role, line.shares[-1].rule) == (terms.leftover_to, None)
        for share in line.shares[:-1]:
            if share.role == FUNDER:
                assert share.amount_minor < 0
                assert terms.funding == "funder"
                continue
            rule = terms.shares[share.rule or 0]
            assert rule.role == share.role
            assert rule.holds(channel, line.of.product_id if line.of else None)
            assert (rule.floor_minor or 0) <= share.amount_minor
            assert rule.cap_minor is None or share.amount_minor <= rule.cap_minor
            if rule.kind == "percent" and rule.floor_minor is None and rule.cap_minor is None:
                assert share.amount_minor == (share.of_minor or 0) * rule.bp // 10_000


@pytest.mark.parametrize(
    ("rule", "base", "quantity", "amount"),
    [
        (ShareRule("brand", 3333), 100, 1, 33),
        (ShareRule("brand", piece_minor=150), 100, 3, 450),
        (ShareRule("brand", tiers=((0, 1000), (1000, 2000))), 999, 1, 99),
        (ShareRule("brand", tiers=((0, 1000), (1000, 2000))), 1000, 1, 100),
        (ShareRule("brand", tiers=((0, 1000), (1000, 2000))), 1500, 1, 200),
        (ShareRule("brand", tiers=((0, 0), (1000, 5000), (2000, 0))), 9000, 1, 500),
        (ShareRule("brand", 100, floor_minor=7), 100, 1, 7),
        (ShareRule("brand", 5000, cap_minor=49), 100, 1, 49),
    ],
)
def test_what_a_rule_gives(rule: ShareRule, base: int, quantity: int, amount: int) -> None:
    assert rule.amount_of(base, quantity) == amount


def test_a_discount_is_charged_to_who_funds_it() -> None:
    """100.00 with a coupon of the brand's over 20.00: the dealer's 70 % is of the whole, the brand bears the coupon."""
    base = ShareBase(1, 8000, "pty_d", 1, 10_000, (("pty_b", 2000),))
    terms = Terms("brand", (ShareRule("operator", 7000),), "brand", funding="funder")
    (line,) = compute_shares(terms, PARTIES, [base])
    assert [(s.role, s.amount_minor) for s in line.shares] == [
        ("operator", 7000),
        ("funder", -2000),
        ("brand", 3000),
    ]
    (line,) = compute_shares(replace(terms, funding="all"), PARTIES, [base])
    assert [(s.role, s.amount_minor) for s in line.shares] == [("operator", 5600), ("brand", 2400)]


def test_tax_and_list_price_as_bases() -> None:
    base = ShareBase(1, 11_900, "pty_d", 1, 20_000)
    rules = (ShareRule("landlord", 1000, of="net_ex_tax"), ShareRule("brand", 1000, of="list"))
    (line,) = compute_shares(Terms("operator", rules, "operator", tax_bp=1900), PARTIES, [base])
    assert [(s.amount_minor, s.of_minor) for s in line.shares] == [
        (1000, 10_000),
        (2000, 20_000),
        (8900, None),
    ]


def test_channels_choose_rules_and_collector() -> None:
    rules = (ShareRule("brand", 3000, channels=("shop",)), ShareRule("brand", 1000, channels=("register",)))
    terms = Terms("operator", rules, "operator", collectors=(("shop", "brand"),))
    gets = {c: compute_shares(terms, PARTIES, [ShareBase(1, 100, "pty_d")], c)[0].shares[0] for c in CHANNELS}
    assert {c: (s.amount_minor, s.rule) for c, s in gets.items()} == {"shop": (30, 0), "register": (10, 1)}
    assert [terms.collector_for(c) for c in CHANNELS] == ["operator", "brand"]


def test_a_worked_example() -> None:
    """999 at 20 % brand, 1.5 % landlord: floors of 199.8 and 14.985, the dealer takes the rest."""
    terms = Terms("operator", (ShareRule("brand", 2000), ShareRule("landlord", 150)), "operator")
    (line,) = compute_shares(terms, PARTIES, [ShareBase(1, 999, "pty_o")])
    assert line.shares == (
        Share("brand", "pty_b", 199, 0, 999),
        Share("landlord", "pty_l", 14, 1, 999),
        Share("operator", "pty_d", 786),
    )
    (line,) = compute_shares(terms, {**PARTIES, "landlord": None}, [ShareBase(1, 999, "pty_o")])
    assert line.shares == (Share("brand", "pty_b", 199, 0, 999), Share("operator", "pty_d", 800))


def test_the_stock_owner_differs_by_line() -> None:
    terms = Terms("brand", (ShareRule("stock_owner", 7000),), "brand")
    sheet = compute_shares(terms, PARTIES, [ShareBase(1, 100, "pty_x"), ShareBase(2, 10, "pty_y")])
    assert [line.shares[0] for line in sheet] == [
        Share("stock_owner", "pty_x", 70, 0, 100),
        Share("stock_owner", "pty_y", 7, 0, 10),
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
    pieces = line.of.quantity if line.of else 1
    cuts = sorted(data.draw(st.lists(st.integers(0, line.base_minor), max_size=8)))
    steps = [b - a for a, b in zip([0, *cuts], [*cuts, line.base_minor], strict=True)]
    back = [0] * len(line.shares)
    returned = 0
    for no, step in enumerate(steps):
        # All pieces come back with the last step; where nothing was paid, the pieces decide.
        now = pieces if no == len(steps) - 1 else 0
        part = reverse_shares(line, returned, step, (0, now))
        returned += step
        assert (part.line_no, part.base_minor) == (line.line_no, step)
        assert sum(share.amount_minor for share in part.shares) == step
        back = [total + share.amount_minor for total, share in zip(back, part.shares, strict=True)]
        # At no time is more given back than was got; a charge comes back within a minor unit.
        for total, share in list(zip(back, line.shares, strict=True))[:-1]:
            assert min(0, share.amount_minor) <= total <= max(0, share.amount_minor)
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
    second = replace(line, line_no=2, of=line.of and replace(line.of, line_no=2))
    back = reverse_shares(line, 0, line.base_minor)
    assert read_sheet(sheet_document([line, second])) == (line, second)
    assert read_sheet(sheet_document([back])) == (back,)


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
        ({**GOOD, "shares": [["brand", 1]]}, "shares"),
        ({**GOOD, "shares": [{"role": "dealer", "bp": 1}]}, "role"),
        ({**GOOD, "shares": [{"role": [], "bp": 1}]}, "role"),
        ({**GOOD, "shares": [{"role": "operator", "bp": 1}]}, "role"),
        ({**GOOD, "shares": [{"role": "brand"}]}, "shares"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1, "piece_minor": 1}]}, "shares"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1, "share": 1}]}, "shares"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1}] * 21}, "shares"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1, "of": "gross"}]}, "of"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1, "floor_minor": 2, "cap_minor": 1}]}, "cap_minor"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1, "channels": ["post"]}]}, "channels"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1, "product_ids": "prd_1"}]}, "product_ids"),
        ({**GOOD, "shares": [{"role": "brand", "tiers": []}]}, "tiers"),
        ({**GOOD, "shares": [{"role": "brand", "tiers": [{"from_minor": 1, "bp": 1}]}]}, "tiers"),
        ({**GOOD, "shares": [{"role": "brand", "tiers": [{"from_minor": 0, "bp": 1}] * 2}]}, "tiers"),
        ({**GOOD, "shares": [{"role": "brand", "tiers": [{"from_minor": 0, "bp": 10_001}]}]}, "bp"),
        ({**GOOD, "collectors": {"post": "brand"}}, "collectors"),
        ({**GOOD, "collectors": {"shop": "stock_owner"}}, "shop"),
        ({**GOOD, "funding": "nobody"}, "funding"),
        ({**GOOD, "tax_bp": -1}, "tax_bp"),
        ({**GOOD, "stock": {"operator_for": "shop"}}, "operator_for"),
        ({**GOOD, "anything": 1}, "terms"),
        ({**GOOD, "leftover_to": "home_store"}, "leftover_to"),
        ({**GOOD, "shares": [{"role": "brand", "bp": "1"}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 1.0}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": True}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": -1}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 10_001}]}, "bp"),
        ({**GOOD, "shares": [{"role": "brand", "bp": 9_999}, {"role": "landlord", "bp": 2}]}, "bp"),
    ],
)
def test_malformed_terms_name_the_field(document: object, field: str) -> None:
    assert parse_terms(GOOD).shares == (ShareRule("brand", 2000), ShareRule("landlord", 8000))
    with pytest.raises(Refusal, match=r"channel\.terms_malformed") as caught:
        parse_terms(document)
    assert (caught.value.status, caught.value.facts) == (422, {"field": field})
