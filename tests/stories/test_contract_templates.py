"""Each known model of a contract, from its proposal to returns before and after payout, as its page tells it.

The numbers are read from the tables in docs/templates/: neither can say what the other does not.
"""

from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import TEMPLATES
from tests.stories.conftest import Stage
from tests.stories.contract_acts import (
    HOME,
    STORE,
    Deal,
    act,
    count,
    follow,
    in_force,
    open_deal,
    run_place,
    sign,
    template,
)
from tests.stories.contract_pages import PAGES, Step, steps_of
from tests.stories.test_loop import ok


def test_flagship(stage: Stage) -> None:
    deal = open_deal(stage)
    count(deal, "brand", 10)  # it lies there, too, and is not what is sold
    sign(deal, template(deal, "flagship"), "dealer", "dealer", of=stage.ids["ctr"])
    follow(deal)
    act(deal, "flagship")


def home_store(deal: Deal) -> str:
    """Another place, run by `home`."""
    place_id = new_id("plc")
    run_place(deal, "home", place_id, HOME)
    return place_id


def test_home_store(stage: Stage) -> None:
    deal = open_deal(stage, "home")
    count(deal, "brand", 10)
    sign(deal, template(deal, "home_store"), "dealer", "dealer", of=stage.ids["ctr"])
    follow(deal, home_store(deal))
    act(deal, "home_store")


def test_follower_card(stage: Stage) -> None:
    deal = open_deal(stage, "home")
    count(deal, "brand", 10)
    sign(deal, template(deal, "follower_card"), "dealer", "dealer", of=stage.ids["ctr"])
    follow(deal, home_store(deal), stage.slugs["place"])
    act(deal, "follower_card")


def test_department_store(stage: Stage) -> None:
    """The landlord's story: it takes the money, wallets too, and pays its tenant by statement."""
    deal = open_deal(stage)
    sign(deal, template(deal, "department_store"), "dealer", "dealer", "landlord", of=stage.ids["ctr"])
    follow(deal)
    act(deal, "department_store")


def test_consignment(stage: Stage) -> None:
    deal = open_deal(stage)
    count(deal, "dealer", 0)
    count(deal, "brand", 10)
    sign(deal, template(deal, "consignment"), "dealer", "dealer", of=stage.ids["ctr"])
    follow(deal)
    act(deal, "consignment")


def test_own_stores(stage: Stage) -> None:
    deal = open_deal(stage)
    run_place(deal, "brand", stage.seed.place_id, STORE)
    count(deal, "dealer", 0)
    count(deal, "brand", 10)
    sign(deal, template(deal, "own_stores"), "brand")
    follow(deal)
    act(deal, "own_stores")


def test_a_dealer_leaves_mid_quarter(stage: Stage) -> None:
    deal = open_deal(stage, "next")
    count(deal, "dealer", 0)
    count(deal, "brand", 10)
    terms = template(deal, "consignment")
    old = sign(deal, terms, "dealer", "dealer", of=stage.ids["ctr"])
    ended = []

    def leave(deal: Deal, _step: Step) -> None:
        at = f"/office/v1/contracts/{old['id']}/{old['version']}/end"
        ok(deal.office().post(at, json={}), 204)
        stage.advance(timedelta(minutes=1))
        gtin = {"gtin": stage.seed.gtins[1]}
        body = {"id": new_id("sal"), "currency": "EUR", "items": [gtin]}
        body |= {"tenders": [{"id": new_id("tnd"), "rail": "cash"}]}
        refused = ok(stage.register.post("/register/v1/sales", json=body), 409)
        assert refused["code"] == "channel.no_contract"
        run_place(deal, "next", stage.seed.place_id, STORE, "landlord")
        sign(deal, terms, "next", "next")
        ended.append(in_force(deal, old)["effective_to"])

    act(deal, "leaving", left=leave)
    assert ended[0] is not None
    # What comes back is reckoned by the contract of its sale, not by the one in force at the place.
    by = {number: sheet(deal, sale_id)["contract_id"] for number, (sale_id, _) in deal.sold.items()}
    assert by == {"1": old["id"], "3": deal.contract["id"]}


def sheet(deal: Deal, sale_id: str) -> dict[str, Any]:
    return dict(ok(deal.office().get(f"/office/v1/sales/{sale_id}"))["sheet"])


def test_every_model_has_a_page_whose_parts_sum() -> None:
    told = {page.stem for page in PAGES.glob("*.md")}
    assert told == {one.name for one in TEMPLATES} | {"leaving"}
    index = (PAGES.parent / "contracts.md").read_text()
    for name in told:
        assert f"(templates/{name}.md)" in index
        *steps, end = steps_of(name)
        sums = {who: sum(step.gets.get(who, 0) for step in steps) for who in end.gets}
        assert sums == end.gets, name
        kinds = [step.kind for step in steps]
        assert "back" in kinds[: kinds.index("paid")], name
        assert "back" in kinds[kinds.index("paid") :], name
        for step in steps:
            if step.goods:
                sign = -1 if step.kind == "back" else 1
                assert sum(step.gets.values()) == sign * sum(n * price for n, price in step.goods), name
