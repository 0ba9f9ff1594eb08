"""Who runs a place after another neither inherits its sales nor takes them away, over HTTP on both databases."""

# ruff: noqa: F811, F401

from datetime import timedelta

from highstreet.kernel.ids import new_id, stable_id
from highstreet.rooms.channel import SignContract, Terms, sign_contract
from highstreet.rooms.parties import AddParty, PlaceRow, PutPlaces, add_party, put_places
from tests.fronts.office_town import Town, town
from tests.fronts.test_landlord_sales import SALES, shown
from tests.fronts.test_office_sales import _listen as listen

SECOND = timedelta(seconds=1)


def hand_over(town: Town, operator: str) -> None:
    """The place has this operator from now on."""
    town.clock.advance(SECOND)
    row = PlaceRow(town.seed.place_id, operator, "Nordlys Centre", "北光中心店", town.seed.landlord)
    town.program.db.write_now(put_places, PutPlaces(town.seed.brand_id, [row], town.clock.now()))


def add_heir(town: Town) -> str:
    """Another dealer with a contract and a manager, `heir`, who is signed in; its party."""
    seed, heir, now = town.seed, new_id("pty"), town.clock.now()
    town.program.db.write_now(add_party, AddParty(seed.brand_id, heir, "dealer", "Heir", "继任者", now))
    # It takes no money and gets no share: that it runs the place is all that makes a sale its own.
    terms = Terms("brand", (), "brand")
    contract = SignContract(seed.brand_id, stable_id("ctr", heir), 1, heir, None, terms, now, now)
    town.program.db.write_now(sign_contract, contract)
    account = {"party_id": heir, "login": "heir", "name": "Heir", "password": "long enough"}
    told = town.ask("office", "POST", "/office/v1/staff", 201, json=account)
    role = {"role": "dealer_manager", "scope_id": heir}
    town.ask("office", "POST", f"/office/v1/staff/{told['staff_id']}/roles", json=role)
    sign_in = {"login": "heir", "password": "long enough"}
    town.tokens["heir"] = town.ask(None, "POST", "/dealer/v1/sign-in", json=sign_in)["token"]
    return heir


def test_another_dealer_does_not_inherit_sales_and_the_former_keeps_them(town: Town) -> None:
    place = town.seed.place_id
    before = [town.sell(1), town.sell(1)]
    heir = add_heir(town)
    town.ask("heir", "GET", SALES, 404, params={"place_id": place})
    town.ask("heir", "GET", f"{SALES}/{before[0]}", 404)
    hand_over(town, heir)
    assert shown(town, "heir") == shown(town, "heir", place_id=place) == []
    for sale_id in before:
        town.ask("heir", "GET", f"{SALES}/{sale_id}", 404)
    after = town.sell(1)
    assert shown(town, "heir") == shown(town, "heir", place_id=place, limit=1) == [after]
    assert town.ask("heir", "GET", f"{SALES}/{after}")["lines"]

    assert set(shown(town, "dealer")) == set(shown(town, "dealer", place_id=place)) == set(before)
    assert len(shown(town, "dealer", limit=1)) == 1
    told = town.ask("dealer", "GET", f"{SALES}/{before[0]}")
    assert told["tenders"]
    assert told["shares"]
    town.ask("dealer", "GET", f"{SALES}/{after}", 404)
    # The place's own people and the head office see what they saw.
    assert set(shown(town, "store")) == {*before, after}
    town.ask("store", "GET", f"{SALES}/{before[0]}")


def test_a_stream_resumed_from_the_start_tells_each_dealer_its_own_sales(town: Town) -> None:
    before = town.sell(1)
    hand_over(town, add_heir(town))
    after = town.sell(1)
    back = town.take_back(after, (1, 1))
    seen = listen(town, "heir", "/dealer/v1/stream", after="0", count=2)
    assert [id_ in str(seen) for id_ in (before, after, back)] == [False, True, True]
    seen = listen(town, "dealer", "/dealer/v1/stream", after="0", count=1)
    assert [id_ in str(seen) for id_ in (before, after, back)] == [True, False, False]


def test_a_place_that_comes_back_brings_the_dealers_own_sales_only(town: Town) -> None:
    first = town.sell(1)
    town.clock.advance(SECOND)
    hand_over(town, add_heir(town))
    between = town.sell(1)
    hand_over(town, town.seed.dealer)
    last = town.sell(1)
    assert shown(town, "dealer") == [last, first]
    assert shown(town, "heir") == [between]
    town.ask("dealer", "GET", f"{SALES}/{between}", 404)


def test_the_dealers_pages_show_each_its_own(town: Town) -> None:
    before = town.sell(1)
    hand_over(town, add_heir(town))
    after = town.sell(1)
    for who, own, other in (("heir", after, before), ("dealer", before, after)):
        with town.client(None) as http:
            http.cookies.set("hs_dealer", town.tokens[who])
            for path in ("/dealer/", "/dealer/sales"):
                page = http.get(path)
                assert (page.status_code, own in page.text, other in page.text) == (200, True, False), path
            assert http.get(f"/dealer/sales/{own}").status_code == 200
            assert http.get(f"/dealer/sales/{other}").status_code == 404
