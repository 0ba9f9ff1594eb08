"""Goods sent from one place to another, over HTTP on both databases: in parts, lost, found, called off, and by rivals."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from highstreet.kernel.ids import new_id
from highstreet.rooms.stock import CountRow, CountStock, count_stock
from tests.stories.acts import rows
from tests.stories.conftest import Stage
from tests.stories.contract_acts import Deal, open_deal
from tests.stories.test_delivery import FAR, NEAR, shop
from tests.stories.test_loop import ok

AT = "/dealer/v1/transfers"


@pytest.fixture
def deal(stage: Stage) -> Deal:
    return open_deal(stage, "north", "south")


def shelf(deal: Deal, place_id: str, owner: str, no: int = 0) -> tuple[int, ...]:
    """On hand and in transit of one article there."""
    query = "SELECT on_hand, in_transit FROM stock_item WHERE place_id = :p AND variant_id = :v AND owner_party_id = :o"
    found = rows(deal.stage, query, p=place_id, v=deal.stage.seed.variants[no], o=deal.parties[owner])
    return tuple(found[0]) if found else ()


def asked(deal: Deal, start: str, end: str, *pieces: int, owner: str = "north") -> dict[str, Any]:
    lines = [
        {"variant_id": v, "quantity": n} for v, n in zip(deal.stage.seed.variants, pieces, strict=False) if n
    ]
    return {
        "id": new_id("trn"),
        "owner_party_id": deal.parties[owner],
        "from_place_id": start,
        "to_place_id": end,
        "lines": lines,
    }


def came(deal: Deal, arrived: int, difference: int = 0, reason: str | None = None) -> dict[str, Any]:
    line = {
        "variant_id": deal.stage.seed.variants[0],
        "arrived": arrived,
        "difference": difference,
        "reason": reason,
    }
    return {"id": new_id("cnt"), "lines": [line]}


def refused(answer: httpx.Response, status: int) -> str:
    return str(ok(answer, status)["code"])


def test_sent_received_in_parts_lost_and_found(deal: Deal) -> None:
    near, far = shop(deal, "north", "One", NEAR, 10), shop(deal, "north", "Two", FAR, 1)
    north, south = deal.staff("north"), deal.staff("south")
    body = asked(deal, near, far, 6)
    told = ok(north.post(AT, json=body), 201)
    assert ok(north.post(AT, json=body), 201) == told  # the same again is the same
    assert refused(north.post(AT, json=body | {"to_place_id": near}), 422) == "request.malformed"
    more = {**body, "lines": [{"variant_id": deal.stage.seed.variants[0], "quantity": 7}]}
    assert refused(north.post(AT, json=more), 409) == "idempotency.mismatch"
    assert (shelf(deal, near, "north"), shelf(deal, far, "north")) == ((4, 0), (1, 6))
    one = f"{AT}/{told['transfer_id']}"
    assert refused(south.get(one), 404) == "request.not_found"
    assert refused(south.post(f"{one}/receive", json=came(deal, 6)), 404) == "request.not_found"
    first = came(deal, 3)
    told = ok(north.post(f"{one}/receive", json=first))
    assert ok(north.post(f"{one}/receive", json=first)) == told
    assert (told["state"], told["lines"][0]["missing"]) == ("partly", 3)
    assert shelf(deal, far, "north") == (4, 3)
    assert refused(north.post(f"{one}/cancel"), 409) == "stock.transfer_started"
    assert refused(north.post(f"{one}/receive", json=came(deal, 1, -2)), 422) == "request.malformed"
    assert refused(north.post(f"{one}/receive", json=came(deal, 4)), 409) == "stock.transfer_too_many"
    told = ok(north.post(f"{one}/receive", json=came(deal, 1, -2, "damaged")))
    assert (told["state"], shelf(deal, far, "north")) == ("received", (5, 0))
    assert refused(north.post(f"{one}/receive", json=came(deal, 1)), 409) == "stock.transfer_closed"
    assert [t["state"] for t in ok(north.get(AT))] == ["received"]
    assert ok(north.get(AT, params={"is_under_way": True})) == []
    assert ok(south.get(AT)) == []


def test_called_off_all_of_it_is_back(deal: Deal) -> None:
    near, far = shop(deal, "north", "One", NEAR, 3, 5), shop(deal, "north", "Two", FAR, 0)
    north = deal.staff("north")
    told = ok(north.post(AT, json=asked(deal, near, far, 3, 2)), 201)
    assert refused(north.post(AT, json=asked(deal, near, far, 1)), 409) == "stock.not_enough_to_send"
    told = ok(north.post(f"{AT}/{told['transfer_id']}/cancel"))
    assert (told["state"], told["may_receive"], told["may_cancel"]) == ("cancelled", False, False)
    assert [shelf(deal, near, "north", no) for no in (0, 1)] == [(3, 0), (5, 0)]


def test_goods_stay_with_their_operator_but_the_brands_go_anywhere(deal: Deal) -> None:
    seed = deal.stage.seed
    near, far = shop(deal, "north", "One", NEAR, 3), shop(deal, "south", "Two", FAR, 3)
    north, south, office = deal.staff("north"), deal.staff("south"), deal.office()
    assert refused(north.post(AT, json=asked(deal, near, far, 1)), 409) == "stock.other_operator"
    assert refused(north.post(AT, json=asked(deal, far, near, 1, owner="south")), 404) == "request.not_found"
    assert refused(north.post(AT, json=asked(deal, near, far, 1, owner="south")), 404) == "request.not_found"
    cell = rows(deal.stage, "SELECT cell FROM site WHERE place_id = :p", p=near)[0][0]
    held = [CountRow(seed.variants[0], cell, near, seed.brand_party, 4)]
    counted = CountStock(seed.brand_id, deal.stage.clock.now(), new_id("cnt"), held)
    deal.stage.program.db.write_now(count_stock, counted)
    body = asked(deal, near, far, 2, owner="brand")
    assert refused(north.post(AT, json=body), 409) == "stock.other_operator"  # not for who only keeps them
    told = ok(office.post(AT, json=body), 201)
    told = ok(south.post(f"{AT}/{told['transfer_id']}/receive", json=came(deal, 2)))
    assert (told["state"], shelf(deal, far, "brand"), shelf(deal, far, "south")) == (
        "received",
        (2, 0),
        (3, 0),
    )


def test_two_receive_it_at_once(deal: Deal) -> None:
    near, far = shop(deal, "north", "One", NEAR, 9), shop(deal, "north", "Two", FAR, 0)
    told = ok(deal.staff("north").post(AT, json=asked(deal, near, far, 9)), 201)
    clients = [deal.staff("north") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda c: c.post(f"{AT}/{told['transfer_id']}/receive", json=came(deal, 9)).status_code,
                clients,
            )
        )
    assert sorted(answers) == [200, 409, 409, 409, 409, 409]
    assert (shelf(deal, near, "north"), shelf(deal, far, "north")) == ((0, 0), (9, 0))
