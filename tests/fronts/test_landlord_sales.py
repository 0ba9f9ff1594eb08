"""A landlord sees the sales that give it a part and no other sale of its building, over HTTP on both databases."""

from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import ShareRule, SignContract, Terms, sign_contract
from highstreet.rooms.parties import AddParty, PlaceRow, PutPlaces, add_party, put_places
from tests.fronts.office_town import CONTRACT, Town, town  # noqa: F401
from tests.fronts.test_office_sales import _listen as listen

SALES = "/dealer/v1/sales"
SECOND = timedelta(seconds=1)


def sign(town: Town, version: int, terms: Terms) -> None:  # noqa: F811
    """The next version of the dealer's contract, from now on."""
    town.clock.advance(SECOND)
    now = town.clock.now()
    contract = SignContract(town.seed.brand_id, CONTRACT, version, town.seed.dealer, None, terms, now, now)
    town.program.db.write_now(sign_contract, contract)


def shown(town: Town, who: str, **params: Any) -> list[str]:  # noqa: F811
    return [sale["id"] for sale in town.ask(who, "GET", SALES, params=params)]


def test_without_a_part_a_landlord_sees_nothing_of_a_sale(town: Town) -> None:  # noqa: F811
    with_share = town.sell(1)
    sign(town, 2, Terms("operator", (ShareRule("brand", 3000),), "operator"))
    without = town.sell(1, member=town.seed.member_id)
    town.clock.advance(SECOND)
    sign(town, 3, Terms("landlord", (ShareRule("brand", 3000),), "operator"))
    collected = town.sell(0, 2)
    town.clock.advance(SECOND)
    back = town.take_back(without, (1, 1))
    assert shown(town, "dealer") == [collected, without, with_share]
    assert shown(town, "landlord") == [collected, with_share]
    assert shown(town, "landlord", place_id=town.seed.place_id) == [collected, with_share]
    assert shown(town, "landlord", limit=1) == [collected]
    paid_at = town.ask("landlord", "GET", SALES)[0]["paid_at"]
    assert shown(town, "landlord", before=paid_at) == [with_share]
    town.ask("landlord", "GET", f"{SALES}/{without}", 404)
    town.ask("dealer", "GET", f"{SALES}/{without}")

    later = town.sell(1)
    seen = str(listen(town, "landlord", "/dealer/v1/stream", after="0", count=3))
    assert [id_ in seen for id_ in (with_share, collected, later)] == [True] * 3
    assert [id_ in seen for id_ in (without, back)] == [False] * 2


def test_a_sale_shows_a_landlord_its_own_lines_and_no_payments_of_others(town: Town) -> None:  # noqa: F811
    seed = town.seed
    sale_id = town.sell(1, 1)
    told = town.ask("landlord", "GET", f"{SALES}/{sale_id}")
    assert [line["line_no"] for line in told["lines"]] == [1, 2]
    assert [line["owner_party_id"] for line in told["lines"]] == [None, None]
    assert told["tenders"] == []
    assert {share["party_id"] for share in told["shares"]} == {seed.landlord}
    assert told.pop("collector_party_id") == seed.dealer  # who owes it the share
    assert seed.dealer not in str(told)
    assert [t["rail"] for t in town.ask("dealer", "GET", f"{SALES}/{sale_id}")["tenders"]] == ["cash"]
    sign(town, 2, Terms("landlord", (ShareRule("brand", 3000),), "operator"))
    told = town.ask("landlord", "GET", f"{SALES}/{town.sell(1)}")
    assert ([t["amount_minor"] for t in told["tenders"]], told["shares"]) == ([10000], [])


def test_another_landlord_does_not_inherit_sales(town: Town) -> None:  # noqa: F811
    before = town.sell(1)
    town.clock.advance(SECOND)
    heir, now, seed = new_id("pty"), town.clock.now(), town.seed
    town.program.db.write_now(add_party, AddParty(seed.brand_id, heir, "landlord", "Heir", "继任者", now))
    row = PlaceRow(seed.place_id, seed.dealer, "Nordlys Centre", "北光中心店", heir)
    town.program.db.write_now(put_places, PutPlaces(seed.brand_id, [row], now))
    after = town.sell(1)
    role = {"role": "landlord_manager", "scope_id": heir}
    told = town.ask(
        "office",
        "POST",
        "/office/v1/staff",
        201,
        json={"party_id": heir, "login": "heir", "name": "Heir", "password": "long enough"},
    )
    town.ask("office", "POST", f"/office/v1/staff/{told['staff_id']}/roles", json=role)
    with town.client(None) as http:
        answer = http.post("/dealer/v1/sign-in", json={"login": "heir", "password": "long enough"})
    town.tokens["heir"] = answer.json()["token"]
    assert shown(town, "heir") == [after]
    assert shown(town, "heir", limit=1) == [after]
    town.ask("heir", "GET", f"{SALES}/{before}", 404)
    assert shown(town, "landlord") == []  # it is not their building any more
    town.ask("landlord", "GET", f"{SALES}/{before}", 404)
