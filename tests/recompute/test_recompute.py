"""The second implementation agrees with the first on anything, and names the first thing that is wrong."""

import copy
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highstreet.flows.earnings import StatementAsked, has_part
from highstreet.flows.export_statement import contract_entry, roles_told, shares_entry
from highstreet.flows.lists import SharesOf
from highstreet.rooms.channel import LineShares, Terms, compute_shares, reverse_shares, sheet_document
from highstreet.rooms.channel.model import CHANNELS
from highstreet.rooms.channel.model.shares import CameBack
from highstreet_recompute import Differs, Unreadable, main, program, recompute
from tests.rooms.test_channel_shares import PARTIES, any_base, any_terms

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@st.composite
def any_statement(draw: st.DrawFn) -> dict[str, Any]:
    """What some of the parties of one contract would download: sales in and before the time, what came back of them."""
    terms: Terms = draw(any_terms())
    everybody = sorted({*filter(None, PARTIES.values()), "pty_o", "pty_x"})
    own = frozenset(draw(st.lists(st.sampled_from(everybody), min_size=1, max_size=3)))
    asked = StatementAsked("brd_1", own, SINCE, UNTIL)
    sales, returns = [], []
    for number in range(draw(st.integers(1, 3))):
        sold_at = SINCE + HOUR * (number + 1) if draw(st.booleans()) else SINCE - HOUR * (number + 1)
        bases = [draw(any_base(line_no)) for line_no in range(1, draw(st.integers(1, 3)) + 1)]
        sale = _sale(draw(st.sampled_from(CHANNELS)), terms, bases, f"sal_{number}", sold_at)
        sales.append(sale)
        for line, base in zip(compute_shares(terms, PARTIES, bases, sale.channel), bases, strict=True):
            returns += _returns(draw, sale, line, base.quantity)
    return statement_of(terms, asked, sales, returns)


def _sale(channel: str, terms: Terms, bases: list[Any], sale_id: str, at: datetime) -> SharesOf:
    lines = sheet_document(compute_shares(terms, PARTIES, bases, channel))
    held = {**PARTIES}
    return SharesOf(at, sale_id, sale_id, "plc_1", "EUR", "ctr_1", 1, "pty_c", lines, channel, held)


def _returns(draw: st.DrawFn, sale: SharesOf, line: LineShares, quantity: int) -> list[SharesOf]:
    found, minor, pieces = [], 0, 0
    for number in range(draw(st.integers(0, 2))):
        back_pieces = draw(st.integers(0, quantity - pieces))
        back_minor = draw(st.integers(0, line.base_minor - minor))
        if not back_pieces and not back_minor:
            continue
        back = reverse_shares(line, minor, back_minor, (pieces, back_pieces))
        assert back.back == CameBack(minor, pieces, back_pieces)
        minor, pieces = minor + back_minor, pieces + back_pieces
        found.append(
            SharesOf(
                SINCE + timedelta(days=9, hours=number),
                f"rtn_{sale.sale_id}_{line.line_no}_{number}",
                *(sale.sale_id, "plc_1", "EUR", "ctr_1", 1, "pty_c"),
                sheet_document([back]),
                *(sale.channel, sale.roles, sale.at, sale.lines),
            )
        )
    return found


def statement_of(
    terms: Terms, asked: StatementAsked, sales: list[SharesOf], returns: list[SharesOf]
) -> dict[str, Any]:
    """As flows/export_statement.py puts it together; totals and balances added up here."""
    in_time = [s for s in sales if asked.since <= s.at < asked.until and has_part(s, asked.party_ids)]
    backs = [r for r in returns if has_part(r, asked.party_ids)]
    sums: Counter[tuple[str, ...]] = Counter()
    counts: Counter[tuple[str, ...]] = Counter()
    for sign, listed in ((1, in_time), (-1, backs)):
        for one in listed:
            for share in [s for line in one.lines for s in line["shares"]]:
                if share["party_id"] in asked.party_ids:
                    key = share["party_id"], share["role"], "pty_c", "EUR"
                    sums[key] += sign * share["amount_minor"]
                    counts[key] += 1
    moved: Counter[str] = Counter()
    for key, amount in sums.items():
        moved[key[0]] += amount
    told = [shares_entry(s, asked, terms.leftover_to) for s in in_time]
    told_back = [shares_entry(r, asked, terms.leftover_to) for r in backs]
    roles = {role for entry in (*told, *told_back) for role in roles_told(entry)}
    contract = contract_entry(("ctr_1", 1), terms.as_document(), roles, asked.party_ids)
    names = ("party_id", "role", "collector_party_id", "currency")
    return {
        "format": program.FORMAT,
        "party_ids": sorted(asked.party_ids),
        "sales": told,
        "returns": told_back,
        "contracts": [contract] if counts else [],
        "totals": [
            dict(zip(names, key, strict=True)) | {"lines": counts[key], "amount_minor": sums[key]}
            for key in sorted(counts)
        ],
        "balances": [
            {"party_id": party, "collector_party_id": "pty_c", "currency": "EUR"}
            | {"before_minor": 7, "after_minor": 7 + amount}
            for party, amount in sorted(moved.items())
        ],
    }


def _shares(statement: dict[str, Any]) -> list[dict[str, Any]]:
    entries = [*statement["sales"], *statement["returns"]]
    return [share for entry in entries for line in entry["lines"] for share in line["shares"]]


@settings(max_examples=max(300, settings().max_examples))
@given(any_statement())
def test_it_agrees_on_anything(statement: dict[str, Any]) -> None:
    statement = json.loads(json.dumps(statement))
    agreed = recompute(statement)
    assert (agreed.sales, agreed.returns) == (len(statement["sales"]), len(statement["returns"]))
    assert agreed.lines == len(_shares(statement))
    assert sum(amount for *_, amount in agreed.sums) == sum(t["amount_minor"] for t in statement["totals"])


@given(any_statement())
def test_others_parts_are_told_to_nobody_who_need_not_know(statement: dict[str, Any]) -> None:
    own = set(statement["party_ids"])
    assert {share["party_id"] for share in _shares(statement)} <= own
    if not all(contract["is_whole"] for contract in statement["contracts"]):
        rules = [r for c in statement["contracts"] for r in c["terms"]["shares"] if r is not None]
        entries = [*statement["sales"], *statement["returns"]]
        assert {r["role"] for r in rules} <= {role for entry in entries for role in roles_told(entry)}
        text = json.dumps([statement["sales"], statement["returns"], statement["contracts"]])
        named = {p for p in ("pty_b", "pty_d", "pty_l", "pty_h", "pty_i", "pty_o", "pty_x") if p in text}
        assert named <= own


@given(any_statement(), st.data())
def test_an_amount_that_is_off_by_one_is_named(statement: dict[str, Any], data: st.DataObject) -> None:
    shares = _shares(statement)
    if not shares:
        return
    number = data.draw(st.integers(0, len(shares) - 1))
    shares[number]["amount_minor"] += data.draw(st.sampled_from([-1, 1]))
    with pytest.raises(Differs, match=r"(sale|return) .*, line \d+: its parts: stated .* right"):
        recompute(statement)


def known() -> dict[str, Any]:
    """Two sales and a return, by hand: 30 % to the brand, half of it came back."""
    parts = [("brand", "pty_b", 300, 0), ("operator", "pty_d", 700, None)]
    shares = [
        {"role": role, "party_id": party, "amount_minor": amount} | ({} if rule is None else {"rule": rule})
        for role, party, amount, rule in parts
    ]
    line = {"line_no": 1, "base_minor": 1000, "stock_owner_id": "pty_d", "quantity": 2, "list_minor": 1000}
    terms = {"collector": "operator", "shares": [{"role": "brand", "bp": 3000}], "leftover_to": "operator"}
    sale = {
        "sale_id": "sal_1",
        "currency": "EUR",
        "channel": "register",
        "collector_party_id": "pty_d",
        "contract_id": "ctr_1",
        "contract_version": 1,
        "roles": {"brand": "pty_b", "operator": "pty_d", "landlord": None},
        "lines": [line | {"shares": shares}],
    }
    half = [share | {"amount_minor": share["amount_minor"] // 2} for share in shares]
    back = {"before_minor": 0, "before_pieces": 0, "pieces": 1}
    returned = {"return_id": "rtn_1", "sale_id": "sal_1", "currency": "EUR", "collector_party_id": "pty_d"}
    key = {"collector_party_id": "pty_d", "currency": "EUR"}
    return {
        "format": program.FORMAT,
        "party_ids": ["pty_b", "pty_d"],
        "contracts": [
            {"contract_id": "ctr_1", "version": 1, "is_whole": True, "terms": terms}
            | {"terms_hash": program._digest(terms), "acceptances": []}
        ],
        "sales": [copy.deepcopy(sale), copy.deepcopy(sale) | {"sale_id": "sal_2"}],
        "returns": [returned | {"lines": [{"line_no": 1, "base_minor": 500, "shares": half, "back": back}]}],
        "totals": [
            key | {"party_id": "pty_b", "role": "brand", "lines": 3, "amount_minor": 450},
            key | {"party_id": "pty_d", "role": "operator", "lines": 3, "amount_minor": 1050},
        ],
        "balances": [
            key | {"party_id": "pty_b", "before_minor": 0, "after_minor": 450},
            key | {"party_id": "pty_d", "before_minor": -50, "after_minor": 1000},
        ],
    }


def _again(s: dict[str, Any]) -> None:
    s["returns"].append(copy.deepcopy(s["returns"][0]) | {"return_id": "rtn_2"})


def _too_much(s: dict[str, Any]) -> None:
    s["returns"][0]["lines"][0]["back"]["before_minor"] = 600


def _other_terms(s: dict[str, Any]) -> None:
    s["contracts"][0]["terms"]["shares"][0]["bp"] = 2000


def _accepted_other(s: dict[str, Any]) -> None:
    s["contracts"][0]["acceptances"].append({"party_id": "pty_d", "terms_hash": "0" * 64})


FORGED: dict[str, Callable[[dict[str, Any]], object]] = {
    "hash of its terms": _other_terms,
    "the terms that pty_d accepted": _accepted_other,
    "sal_1: stands here twice": lambda s: s["sales"].append(s["sales"][0]),
    "sale sal_2, line 1": lambda s: s["sales"][1]["lines"][0].update(base_minor=1001),
    "came back before already": _again,
    "more came back than was sold": _too_much,
    "total of pty_d, as operator": lambda s: s["totals"].pop(),
    "total of pty_b, as brand": lambda s: s["totals"][0].update(lines=2),
    "balance of pty_d": lambda s: s["balances"].pop(),
    "balance of pty_b": lambda s: s["balances"][0].update(after_minor=451),
}


def test_what_is_right_agrees() -> None:
    assert recompute(known()).sums == (("pty_b", "EUR", 450), ("pty_d", "EUR", 1050))


@pytest.mark.parametrize("told", FORGED)
def test_what_was_forged_is_named(told: str) -> None:
    statement = known()
    FORGED[told](statement)
    with pytest.raises(Differs, match=told):
        recompute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        {},
        {"format": "highstreet.statement/2"},
        {"format": program.FORMAT},
        known() | {"sales": [{}]},
        known() | {"contracts": []},
        known() | {"totals": [{"party_id": []}]},
        known() | {"party_ids": 5},
    ],
)
def test_what_is_no_statement_is_said_to_be_none(statement: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        recompute(statement)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (json.dumps(known()), 0, "agrees   2 sales, 1 returns, 6 parts"),
        (json.dumps(known()).replace("450", "451"), 1, "DIFFERS  total of pty_b"),
        (json.dumps(known()).replace("450", "450.0"), 2, "no whole number"),
        ("[" * 200_000, 2, "cannot be read"),
        ("no json", 2, "cannot be read"),
        ("[]", 2, "cannot be read"),
    ],
)
def test_the_command_says_how_it_ended(
    text: str, code: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "statement.json"
    file.write_text(text)
    assert main([str(file)]) == code
    assert told in capsys.readouterr().out


def test_its_one_file_runs_alone(tmp_path: Path) -> None:
    """As a dealer has it: the file, a Python without any package, the statement."""
    file = tmp_path / "recompute.py"
    file.write_text(Path(program.__file__).read_text())
    (tmp_path / "statement.json").write_text(json.dumps(known()))
    run = [sys.executable, "-I", "-S", str(file), str(tmp_path / "statement.json")]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("agrees   2 sales")
