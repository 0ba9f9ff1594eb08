"""Members one by one, staff's sessions, files over HTTP, pages of goods, whose code brought what; on both databases."""

# ruff: noqa: F811, F401

from datetime import timedelta

from highstreet.kernel.ids import new_id
from highstreet.rooms.members import SERVICE, GiveConsents, give_consents
from tests.fronts.office_town import Town, scan_and_follow, staff_of, town

GOODS = (
    "sku,gtin,name_en,name_zh,category,list_price,currency\n"
    "T-1,,Tent,帐篷,camping,120.00,EUR\n"
    "T-2,,Stove,炉子,camping,not a price,EUR\n"
)


def test_members_are_listed_without_their_phones(town: Town) -> None:
    [told] = town.ask("office", "GET", "/office/v1/members/list")
    assert (told["member_id"], told["phone"], told["purposes"]) == (town.seed.member_id, None, [])
    consent = GiveConsents(
        brand_id=town.seed.brand_id,
        person_id=town.seed.person_id,
        entry="shop",
        recipient="nordlys",
        wording="2026-11",
        purposes=(SERVICE,),
        consent_ids=(new_id("cst"),),
        at=town.clock.now(),
    )
    town.program.db.write_now(give_consents, consent)
    [told] = town.ask("office", "GET", "/office/v1/members/list")
    assert told["purposes"] == ["service"]
    assert "•" in told["phone"]
    assert town.seed.person_id not in str(told)
    page = {"before": told["joined_at"], "before_id": told["member_id"]}
    assert town.ask("office", "GET", "/office/v1/members/list", params=page) == []


def test_the_office_signs_staff_out(town: Town) -> None:
    path = f"/office/v1/staff/{staff_of('dealer')}/sessions"
    [session] = town.ask("office", "GET", path)
    assert session["is_this"] is False
    town.ask("other-office", "DELETE", path, 404)
    assert town.ask("other-office", "GET", path) == []
    town.ask("dealer", "GET", "/dealer/v1/me")
    town.ask("office", "DELETE", path, 204)
    town.ask("dealer", "GET", "/dealer/v1/me", 401)
    own = f"/office/v1/staff/{staff_of('office')}/sessions"
    town.ask("office", "DELETE", own, 204)
    assert [s["is_this"] for s in town.ask("office", "GET", own)] == [True]


def test_a_file_is_taken_in_and_its_bad_rows_named(town: Town) -> None:
    path = "/office/v1/imports/goods"
    told = town.ask("office", "POST", path, content=GOODS.encode())
    assert (told["rows"], told["imported"], told["bad_count"]) == (2, 1, 1)
    [bad] = told["bad"]
    assert (bad["line"], bool(bad["text"])) == (3, True)
    again = town.ask("office", "POST", path, content=GOODS.encode())
    assert (again["imported"], again["bad_count"]) == (0, 1)
    [found] = town.ask("office", "GET", "/office/v1/goods", params={"text": "tent"})
    assert found["list_minor"] == 12_000
    entry = town.ask("office", "GET", "/office/v1/audit")[0]
    assert (entry["action"], entry["subject_id"]) == ("office.import_file", "goods")
    assert entry["facts"] == {"rows": 2, "imported": 0, "bad": 1}
    town.ask("office", "POST", "/office/v1/imports/people", 422, content=b"a")
    assert town.ask("other-office", "GET", "/office/v1/goods", params={"text": "tent"}) == []


def test_goods_and_stock_come_in_pages(town: Town) -> None:
    goods = town.ask("office", "GET", "/office/v1/goods")
    paged = [
        one
        for n in range(len(goods))
        for one in town.ask("office", "GET", "/office/v1/goods", params={"limit": 1, "offset": n})
    ]
    assert paged == goods
    assert town.ask("office", "GET", "/office/v1/goods", params={"offset": len(goods)}) == []
    place = {"place_id": town.seed.place_id}
    stock = town.ask("office", "GET", "/office/v1/stock", params=place)
    assert (
        town.ask("office", "GET", "/office/v1/stock", params={**place, "offset": 1, "limit": 1}) == stock[1:2]
    )


def test_the_funnel_says_whose_code_it_was(town: Town) -> None:
    code = {"slug": "anna-1", "kind": "assistant", "campaign": "c", "label_en": "Anna", "label_zh": "安娜"}
    code["staff_id"], code["place_id"] = staff_of("assistant"), town.seed.place_id
    town.ask("office", "POST", "/office/v1/codes", json=code)
    town.clock.advance(timedelta(minutes=1))
    told = {c["slug"]: c for c in town.ask("office", "GET", "/office/v1/funnel")["codes"]}
    assert (told["anna-1"]["staff_id"], told["anna-1"]["staff_name"]) == (staff_of("assistant"), "Assistant")
    assert told["anna-1"]["place_id"] == town.seed.place_id
    assert told["bus-7"]["staff_name"] is None
