"""The time for returns: anywhere within it, after it only with the office's approval; over HTTP on both databases."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Reader
from highstreet.rooms.members.tables import points_entry
from tests.fronts.office_town import Town, staff_of, town  # noqa: F401

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def take_back(town: Town, sale_id: str, status: int = 200, **asked: Any) -> Any:  # noqa: F811
    sent = {"id": new_id("rtn"), "sale_id": sale_id, "items": [{"line_no": 1, "quantity": 1}], **asked}
    return town.ask("register", "POST", "/register/v1/returns", status, json=sent)


def stay_signed_in(town: Town) -> None:  # noqa: F811
    """Staff sign in for twelve hours only."""
    with town.client(None) as http:
        answer = http.post(
            "/office/v1/sign-in", json={"login": "office", "password": "correct horse battery"}
        )
    town.tokens["office"] = answer.json()["token"]


def test_goods_come_back_anywhere_within_the_time_and_not_after(town: Town) -> None:  # noqa: F811
    sale_id = town.sell(0, 0, 3, at=town.own_register)  # bought at another place of the brand
    town.clock.advance(14 * DAY)
    return_id = new_id("rtn")
    first = take_back(town, sale_id, id=return_id)
    assert first["refund_minor"] == 250
    town.clock.advance(SECOND)
    before = town.row_counts()
    refused = take_back(town, sale_id, 409)
    assert (refused["code"], refused["facts"]) == ("sales.return_too_late", {"days": 14})
    assert town.row_counts() == before
    assert take_back(town, sale_id, id=return_id) == first  # asked again, it is answered the same


def test_the_office_approves_what_comes_too_late(town: Town) -> None:  # noqa: F811
    sale_id, other = town.sell(2), town.sell(1)
    path = f"/office/v1/sales/{sale_id}/return-approvals"
    town.clock.advance(15 * DAY)
    stay_signed_in(town)
    take_back(town, sale_id, 409)
    told = town.ask("office", "POST", path, 201)
    assert (told["sale_id"], told["staff_id"]) == (sale_id, staff_of("office"))
    assert take_back(town, sale_id)["refund_minor"] == 10000
    take_back(town, other, 409)
    explained = town.ask("office", "GET", f"/office/v1/sales/{sale_id}")
    assert [a["id"] for a in explained["return_approvals"]] == [told["id"]]
    town.clock.advance(7 * DAY)
    take_back(town, sale_id, 409)  # an approval is good for seven days
    stay_signed_in(town)
    town.ask("office", "POST", f"/office/v1/sales/{new_id('sal')}/return-approvals", 404)


def test_a_brand_has_a_time_of_its_own(town: Town) -> None:  # noqa: F811
    seed = town.seed

    def matures(sale_id: str) -> Any:
        query = select(points_entry.c.matures_at).where(points_entry.c.sale_id == sale_id)
        return town.program.db.read_now(Reader.value, query) - town.clock.now()

    policy = "/office/v1/return-policy"
    assert town.ask("office", "GET", policy) == {"days": 14, "is_own": False}
    assert town.ask("office", "PUT", policy, json={"days": 30}) == {"days": 30, "is_own": True}
    sale_id = town.sell(3, member=seed.member_id)
    assert matures(sale_id) == 30 * DAY  # points wait until goods come back no more
    town.clock.advance(30 * DAY)
    take_back(town, sale_id)
    stay_signed_in(town)
    assert town.ask("office", "PUT", policy, json={"days": 0})["days"] == 0
    assert take_back(town, sale_id, 409)["facts"] == {"days": 0}
    assert town.ask("office", "PUT", policy, json={"days": None}) == {"days": 14, "is_own": False}
    for days in (-1, 3651, 1.5, "soon"):
        town.ask("office", "PUT", policy, 422, json={"days": days})
