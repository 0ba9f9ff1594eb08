"""Dealers, landlords and store staff see their own and nothing of others, over HTTP on both databases."""

import csv
import io
from collections import defaultdict
from datetime import timedelta

from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import ShareRule, SignContract, Terms, sign_contract
from highstreet.rooms.parties import AddParty, PlaceRow, PutPlaces, add_party, put_places
from tests.fronts.office_town import CONTRACT, Town, staff_of, town  # noqa: F401
from tests.fronts.test_office_sales import _listen as listen


def test_places_and_sales_are_those_they_run_or_house(town: Town) -> None:  # noqa: F811
    at_dealer = town.sell(1, 1)
    town.clock.advance(timedelta(seconds=1))
    at_brand = town.sell(0, 0, 1, at=town.own_register)
    for who in ("dealer", "landlord", "store"):
        assert [p["place_id"] for p in town.ask(who, "GET", "/dealer/v1/places")] == [town.seed.place_id]
        assert [s["id"] for s in town.ask(who, "GET", "/dealer/v1/sales")] == [at_dealer]
        assert town.ask(who, "GET", f"/dealer/v1/sales/{at_dealer}")["total_minor"] == 14990
        town.ask(who, "GET", f"/dealer/v1/sales/{at_brand}", 404)
        town.ask(who, "GET", "/dealer/v1/sales", 404, params={"place_id": town.own_place})
    # The head office may look through this door, too, and sees all of its own brand.
    assert len(town.ask("office", "GET", "/dealer/v1/sales")) == 2
    assert town.ask("other-dealer", "GET", "/dealer/v1/sales") == []
    for sale_id in (at_dealer, at_brand):
        town.ask("other-dealer", "GET", f"/dealer/v1/sales/{sale_id}", 404)
    for who in ("assistant", "new"):
        town.ask(who, "GET", "/dealer/v1/sales", 403)


def test_a_sale_tells_each_party_its_own_shares_and_nobody_the_shopper(town: Town) -> None:  # noqa: F811
    seed = town.seed
    sale_id = town.sell(1, member=seed.member_id)
    town.take_back(sale_id, (1, 1))
    shares = {"dealer": [(seed.dealer, 6000)], "landlord": [(seed.landlord, 1000)], "store": []}
    for who, expected in shares.items():
        told = town.ask(who, "GET", f"/dealer/v1/sales/{sale_id}")
        assert [(s["party_id"], s["amount_minor"]) for s in told["shares"]] == expected
        assert [r["refund_minor"] for r in told["returns"]] == [10000]
        assert seed.member_id not in str(told)
        assert seed.person_id not in str(told)


def test_stock_of_own_places_only(town: Town) -> None:  # noqa: F811
    own = {"params": {"place_id": town.seed.place_id}}
    assert len(town.ask("dealer", "GET", "/dealer/v1/stock", **own)) == 3
    assert len(town.ask("assistant", "GET", "/dealer/v1/stock", **own)) == 3
    town.ask("landlord", "GET", "/dealer/v1/stock", 403, **own)
    for place_id in (town.own_place, town.other.place_id, new_id("plc")):
        town.ask("dealer", "GET", "/dealer/v1/stock", 404, params={"place_id": place_id})
    town.ask("other-dealer", "GET", "/dealer/v1/stock", 404, **own)


def test_earnings_and_contracts_are_their_own_partys(town: Town) -> None:  # noqa: F811
    seed = town.seed
    town.sell(1)
    town.sell(0, 0, 1, at=town.own_register)
    dealer = town.ask("dealer", "GET", "/dealer/v1/earnings")
    # The dealer collected, so it also sees what it owes out of that.
    assert {(b["owner_id"], b["amount_minor"]) for b in dealer["earned"]} == {
        (seed.dealer, 6000),
        (seed.brand_party, 3000),
        (seed.landlord, 1000),
    }
    assert [(b["owner_id"], b["amount_minor"]) for b in dealer["clearing"]] == [(seed.dealer, -10000)]
    landlord = town.ask("landlord", "GET", "/dealer/v1/earnings")
    assert [(b["owner_id"], b["amount_minor"]) for b in landlord["earned"]] == [(seed.landlord, 1000)]
    assert landlord["clearing"] == []
    assert sorted(p["id"] for p in landlord["parties"]) == sorted([seed.landlord, seed.dealer])
    town.ask("store", "GET", "/dealer/v1/earnings", 403)
    assert town.ask("other-dealer", "GET", "/dealer/v1/earnings")["earned"] == []

    assert [c["id"] for c in town.ask("dealer", "GET", "/dealer/v1/contracts")] == [CONTRACT]
    assert town.ask("landlord", "GET", "/dealer/v1/contracts") == []  # it was asked for none
    assert CONTRACT not in {c["id"] for c in town.ask("other-dealer", "GET", "/dealer/v1/contracts")}


def test_a_statement_adds_up_to_the_earnings(town: Town) -> None:  # noqa: F811
    seed = town.seed
    first = town.sell(1, 3)
    town.clock.advance(timedelta(hours=11))
    second = town.sell(0, 1)
    return_id = town.take_back(first, (2, 2))
    town.sell(0, 0, 5, at=town.own_register)
    town.clock.advance(timedelta(seconds=1))
    for who, party_id, role, points in (
        ("dealer", seed.dealer, "operator", ""),
        ("landlord", seed.landlord, "landlord", "1000"),
    ):
        rows = statement(town, who)
        assert [(r["kind"], r["sale_id"], r["line_no"], r["base_minor"]) for r in rows] == [
            ("sale", first, "1", "10000"),
            ("sale", first, "2", "14970"),
            ("sale", second, "1", "4990"),
            ("return", first, "2", "-9980"),
        ]
        assert {(r["party_id"], r["role"], r["basis_points"]) for r in rows} == {(party_id, role, points)}
        assert rows[3]["return_id"] == return_id
        (earned,) = (
            b for b in town.ask(who, "GET", "/dealer/v1/earnings")["earned"] if b["owner_id"] == party_id
        )
        assert sum(int(r["amount_minor"]) for r in rows) == earned["amount_minor"]
    # P2 for a role with basis points: anyone can work it out again.
    assert [int(r["amount_minor"]) for r in statement(town, "landlord")] == [1000, 1497, 499, -998]
    morning = {"since": "2026-11-20T00:00:00Z", "until": "2026-11-20T20:00:00Z"}
    assert len(statement(town, "dealer", **morning)) == 2
    assert statement(town, "other-dealer") == []
    town.ask("store", "GET", "/dealer/v1/statement.csv", 403)
    long = {"since": "2025-01-01T00:00:00Z", "until": "2026-11-21T00:00:00Z"}
    town.ask("dealer", "GET", "/dealer/v1/statement.csv", 422, params=long)


def statement(town: Town, who: str, **period: str) -> list[dict[str, str]]:  # noqa: F811
    """Read a statement back."""
    content = town.ask(who, "GET", "/dealer/v1/statement.csv", params=period)
    return list(csv.DictReader(io.StringIO(content)))


def test_a_statement_of_many_pages_loses_no_line(town: Town, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setattr("highstreet.flows.earnings.PAGE", 3)
    sales = [town.sell(0, 0, 1) for _ in range(3)]  # all at the same instant
    town.clock.advance(timedelta(seconds=1))
    sales += [town.sell(0, 0, 1) for _ in range(4)]
    town.clock.advance(timedelta(seconds=1))
    assert sorted(r["sale_id"] for r in statement(town, "dealer")) == sorted(sales)


def test_a_place_that_changed_hands_keeps_its_past_with_who_earned_it(town: Town) -> None:  # noqa: F811
    seed, write = town.seed, town.program.db.write_now
    before = town.sell(1)
    town.clock.advance(timedelta(hours=1))
    heir, now = new_id("pty"), town.clock.now()
    write(add_party, AddParty(seed.brand_id, heir, "dealer", "Heir", "继任者", now))
    row = PlaceRow(seed.place_id, heir, "Nordlys Centre", "北光中心店", seed.landlord)
    write(put_places, PutPlaces(seed.brand_id, [row], now))
    terms = Terms("operator", (ShareRule("stock_owner", 2000),), "operator")
    write(sign_contract, SignContract(seed.brand_id, new_id("ctr"), 1, heir, None, terms, now, now))
    after = town.sell(1)
    town.clock.advance(timedelta(seconds=1))
    # The old dealer no longer runs the place, but keeps its sales there, and its stock is still sold there.
    assert [sale["id"] for sale in town.ask("dealer", "GET", "/dealer/v1/sales")] == [before]
    amounts: dict[str, int] = defaultdict(int)
    for row_ in statement(town, "dealer"):
        amounts[row_["sale_id"]] += int(row_["amount_minor"])
    assert amounts == {before: 6000, after: 2000}


def test_the_stream_carries_own_places_only(town: Town) -> None:  # noqa: F811
    town.sell(0, 0, 1, at=town.own_register)
    own = town.sell(1, member=town.seed.member_id)
    town.sell(0, 0, 1, at=town.own_register)
    later = town.sell(1)
    seen = listen(town, "dealer", "/dealer/v1/stream", after="0", count=2)
    assert [own in seen[0]["data"], later in seen[1]["data"]] == [True, True]
    assert town.seed.person_id not in str(seen)
    assert staff_of("dealer") not in str(seen)


def test_a_stream_ends_with_the_right_to_it(town: Town) -> None:  # noqa: F811
    role = f"/office/v1/staff/{staff_of('dealer')}/roles/dealer_manager/{town.seed.dealer}"
    for who, path, ending, change in (
        ("dealer", "/dealer/v1/stream", "parties.role_taken.v1", ("office", "DELETE", role, 204)),
        (
            "landlord",
            "/dealer/v1/stream",
            "identity.session_revoked.v1",
            ("landlord", "POST", "/dealer/v1/sign-out", 204),
        ),
        (
            "office",
            "/office/v1/stream",
            "identity.session_revoked.v1",
            ("office", "POST", "/office/v1/sign-out", 204),
        ),
    ):
        with town.client(who) as http, http.stream("GET", path) as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith(": highstreet")
            town.ask(*change)
            rest = list(lines)  # until the server closes it
        assert f"event: {ending}" in rest
        town.ask(who, "GET", path, 403 if who == "dealer" else 401)
