"""A statement as a dealer and a landlord download it is worked out again by another program; on both databases."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from highstreet.kernel.time import format_utc
from highstreet.rooms.channel import ShareRule, SignContract, Terms, sign_contract
from highstreet.rooms.parties import AddParty, PlaceRow, PutPlaces, add_party, put_places
from highstreet_recompute import Differs, main, recompute
from tests.fronts.office_town import Town, town  # noqa: F401
from tests.fronts.test_contract_words import page, propose, word

STATEMENT = "/dealer/v1/statement.json"


def download(town: Town, who: str, **period: str) -> dict[str, Any]:  # noqa: F811
    town.clock.advance(timedelta(seconds=1))
    told: dict[str, Any] = town.ask(who, "GET", STATEMENT, params=period)
    return told


def earned(town: Town, who: str) -> dict[str, int]:  # noqa: F811
    found = town.ask(who, "GET", "/dealer/v1/earnings")["earned"]
    return {b["owner_id"]: b["amount_minor"] for b in found}


def test_two_versions_a_discount_and_what_came_back(town: Town, tmp_path: Path) -> None:  # noqa: F811
    seed = town.seed
    before = [town.sell(2), town.sell(0, 3, member=seed.member_id)]
    town.clock.advance(timedelta(hours=1))
    since = town.clock.now()
    town.sell(1, 1, member=seed.member_id)
    told = propose(town)
    seen = {"terms_hash": told["terms_hash"]}
    word(town, "dealer", told, seed.dealer, "accept", 204, **seen)
    town.clock.advance(timedelta(minutes=1))
    word(town, "landlord", told, seed.landlord, "accept", 204, **seen)
    after = town.sell(2, 0, 1)
    town.clock.advance(timedelta(minutes=1))
    town.take_back(before[0], (1, 1))
    town.take_back(after, (1, 1))
    town.clock.advance(timedelta(minutes=1))
    town.take_back(after, (1, 1), (2, 1))
    for who, party in (("dealer", seed.dealer), ("landlord", seed.landlord)):
        whole = download(town, who)
        assert {c["version"]: c["is_whole"] for c in whole["contracts"]} == {1: True, 2: True}
        (accepted,) = whole["contracts"][1]["acceptances"]
        assert accepted["terms_hash"] == whole["contracts"][1]["terms_hash"] == told["terms_hash"]
        ((_, _, amount),) = recompute(whole).sums
        assert amount == earned(town, who)[party]
        part = download(town, who, since=format_utc(since))
        assert [s["sale_id"] in before for s in part["sales"]] == [False, False]
        # What came back belongs to a sale of before: it is there to reckon with, and counts for nothing.
        assert [r["sale_id"] for r in part["returns"] if "sale" in r] == [before[0]]
        assert [b["before_minor"] > 0 for b in part["balances"]] == [True]
        assert part["balances"][0]["after_minor"] == amount
        recompute(part)
        names = {line["name_en"] for sale in part["sales"] for line in sale["lines"]}
        assert all(names)
    file = tmp_path / "statement.json"
    file.write_text(json.dumps(part))
    assert main([str(file)]) == 0
    part["sales"][1]["lines"][0]["shares"][0]["amount_minor"] += 1
    with pytest.raises(Differs, match=f"sale {after}, line 1: its parts"):
        recompute(part)


def test_who_earns_by_anothers_contract_sees_its_own_rule(town: Town) -> None:  # noqa: F811
    seed, write = town.seed, town.program.db.write_now
    town.clock.advance(timedelta(hours=1))
    heir, now = new_id("pty"), town.clock.now()
    write(add_party, AddParty(seed.brand_id, heir, "dealer", "Heir", "继任者", now))
    row = PlaceRow(seed.place_id, heir, "Nordlys Centre", "北光中心店", seed.landlord)
    write(put_places, PutPlaces(seed.brand_id, [row], now))
    terms = Terms("operator", (ShareRule("brand", 3000), ShareRule("stock_owner", 2000)), "operator")
    write(sign_contract, SignContract(seed.brand_id, new_id("ctr"), 1, heir, None, terms, now, now))
    town.take_back(town.sell(2), (1, 1))
    whole = download(town, "dealer")
    assert recompute(whole).sums == ((seed.dealer, "EUR", 2000),)
    (contract,) = whole["contracts"]
    assert (contract["is_whole"], contract["terms"]["shares"][0]) == (False, None)
    assert contract["terms"]["shares"][1]["bp"] == 2000
    assert {entry.pop("collector_party_id") for entry in [*whole["sales"], *whole["returns"]]} == {
        heir
    }  # who owes it
    assert heir not in json.dumps([whole["sales"], whole["returns"], whole["contracts"]])


def test_what_is_to_come_is_not_added_up(town: Town) -> None:  # noqa: F811
    town.sell(1)
    late = town.clock.now() + timedelta(days=3)
    told = download(town, "dealer", until=format_utc(late))
    assert told["until"] == told["made_at"]
    assert len(told["sales"]) == 1
    recompute(told)


def test_nothing_sold_is_a_statement_too(town: Town) -> None:  # noqa: F811
    told = download(town, "landlord")
    assert (told["sales"], told["returns"], told["contracts"], told["totals"]) == ([], [], [], [])
    assert recompute(told).lines == 0


def test_the_page_has_the_file_and_the_program(town: Town, tmp_path: Path) -> None:  # noqa: F811
    town.sell(1)
    town.clock.advance(timedelta(seconds=1))
    status, words = page(town, "dealer", "/dealer/statement")
    assert (status, "Check it yourself" in words) == (200, True)
    program = tmp_path / "recompute.py"
    program.write_text(town.ask("dealer", "GET", "/dealer/v1/recompute.py"))
    (tmp_path / "statement.json").write_text(json.dumps(download(town, "dealer")))
    run = [sys.executable, "-I", "-S", str(program), "statement.json"]
    done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout.split()[:3]) == (0, ["agrees", "1", "sales,"])
