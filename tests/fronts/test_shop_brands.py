"""Brands, the map, codes; following, joining, consents and offers, over HTTP on both databases."""

from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id, stable_id
from highstreet.rooms.loop import touches_of_person
from highstreet.rooms.members import follows_of_person, read_member_code
from tests.fronts.shop_town import (
    ENDED,
    OTHER_SLUG,
    SHORT,
    SLUG,
    SPEND_GET,
    Shopper,
    Town,
    follow_asked,
    open_town,
)
from tests.seeds import NOW

NEAR = {"lat": 60.17, "lon": 24.94}


def got(town: Town, path: str, status: int = 200, **params: Any) -> Any:
    """What nobody is told."""
    with town.client() as http:
        answer = http.get(f"/shop/v1{path}", params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_brands_are_open_to_anybody(town: Town) -> None:
    both = got(town, "/brands")
    assert sorted(b["brand_id"] for b in both) == sorted([town.seed.brand_id, town.other.brand_id])
    assert got(town, "/brands", limit=1) == both[:1]
    assert got(town, "/brands", after=both[0]["brand_id"]) == both[1:]
    assert got(town, f"/brands/{town.seed.brand_id}") == {
        "brand_id": town.seed.brand_id,
        "name_en": "nordlys",
        "name_zh": "北光",
        "category": "outdoor",
        "currency": "EUR",
    }
    for part in ("", "/offers", "/goods", "/places"):
        assert got(town, f"/brands/{new_id('brd')}{part}", 404)["code"] == "request.not_found"
        assert got(town, f"/brands/nordlys{part}", 422)["code"] == "request.malformed"


def test_offers_say_what_is_left_and_not_who_pays(town: Town, anna: Shopper) -> None:
    running = got(town, f"/brands/{town.seed.brand_id}/offers")
    assert {o["offer_id"]: (o["limit_total"], o["left"]) for o in running} == {
        SPEND_GET: (None, None),
        SHORT: (1, 1),
    }
    assert not any("funder" in key or "budget" in key or "spent" in key for o in running for key in o)
    anna.ask(
        "POST",
        f"/brands/{town.seed.brand_id}/offers/{SHORT}/claims",
        200,
        json={"coupon_id": new_id("cpn")},
    )
    left = {o["offer_id"]: o["left"] for o in got(town, f"/brands/{town.seed.brand_id}/offers")}
    assert left == {SPEND_GET: None, SHORT: 0}


def test_goods_by_words_with_both_prices(town: Town) -> None:
    path = f"/brands/{town.seed.brand_id}/goods"
    assert [(g["sku"], g["list_minor"], g["member_minor"]) for g in got(town, path)] == [
        ("S-0", 10000, 9000),
        ("S-1", 4990, None),
        ("S-2", 250, None),
    ]
    assert [g["sku"] for g in got(town, path, text="冲锋衣 S-1")] == ["S-1"]
    assert got(town, path, text="nothing like it") == []
    assert len(got(town, path, limit=2)) == 2
    got(town, path, 422, text="a\x00b")
    got(town, path, 422, text="x" * 81)
    got(town, path, 422, text="shell a")
    got(town, path, 422, text="one two three four five")
    assert [g["sku"] for g in got(town, path, text="冲 锋 衣 S-1")] == ["S-1"]


def test_one_address_searches_only_so_often(migrated_url: str) -> None:
    with open_town(migrated_url, searches_a_minute=2) as town:
        goods = f"/brands/{town.seed.brand_id}/goods"
        got(town, goods, text="shell")
        got(town, "/nearest", text="shell", **NEAR)
        for path, more in (
            (goods, {"text": "shell"}),
            ("/nearest", {**NEAR, "text": "shell"}),
            ("/nearest", NEAR),
        ):
            assert got(town, path, 429, **more)["code"] == "rate.limited"
        got(town, goods)  # a list without words is cheap


def test_the_map(town: Town) -> None:
    near = got(town, "/nearest", **NEAR)
    assert [n["brand"]["brand_id"] for n in near] == sorted([town.seed.brand_id, town.other.brand_id])
    assert near[0]["distance_m"] == round(near[0]["distance_m"]) == 89
    assert (near[0]["is_open"], near[0]["changes_at"]) == (True, "2026-11-20T18:00:00Z")
    assert (near[0]["stock"], near[0]["goods"]) == (None, [])

    only = got(town, "/nearest", brand_id=town.seed.brand_id, gtin="2000000000015", **NEAR)
    assert [(n["place"]["place_id"], n["stock"]) for n in only] == [(town.seed.place_id, "in_stock")]
    assert [g["list_minor"] for g in only[0]["goods"]] == [10000]
    by_words = got(town, "/nearest", text="shell", brand_id=town.seed.brand_id, **NEAR)
    assert [[g["sku"] for g in n["goods"]] for n in by_words] == [["S-0", "S-1", "S-2"]]
    assert len(got(town, "/nearest", text="冲锋衣", **NEAR)) == 2
    assert got(town, "/nearest", text="no such thing", **NEAR) == []
    assert got(town, "/nearest", lat=61, lon=25) == []

    town.clock.advance(timedelta(hours=12))  # past midnight
    assert got(town, "/nearest", **NEAR) == []
    assert [n["is_open"] for n in got(town, "/nearest", open_only=False, **NEAR)] == [False, False]


def test_the_map_refuses_what_is_malformed(town: Town) -> None:
    for params in (
        {"lat": 91, "lon": 0},
        {"lat": "nan", "lon": 0},
        {"lat": 60},
        {**NEAR, "limit": 51},
        {**NEAR, "radius_m": 0},
        {**NEAR, "datum": "mars"},
        {**NEAR, "gtin": "12345678"},
        {**NEAR, "gtin": "2000000000015", "text": "shell"},
        {**NEAR, "brand_id": "x"},
    ):
        got(town, "/nearest", 422, **params)


def test_places_and_their_pages(town: Town) -> None:
    told = got(town, f"/brands/{town.seed.brand_id}/places")
    assert told["next_after"] is None
    assert [p["place"]["place_id"] for p in told["places"]] == [town.seed.place_id]
    path = f"/places/{town.seed.brand_id}/{town.seed.place_id}"
    page = got(town, path)
    assert page["position"] == {"lat": 60.1699, "lon": 24.9384, "datum": "wgs84"}
    assert (page["is_open"], page["changes_at"]) == (True, "2026-11-20T18:00:00Z")
    assert [(d["day"], d["weekday"], d["words"]) for d in page["week"][:3]] == [
        ("2026-11-20", "Friday", "09:00–20:00"),
        ("2026-11-21", "Saturday", "10:00–18:00"),
        ("2026-11-22", "Sunday", "closed"),
    ]
    assert [(g["goods"]["sku"], g["stock"]) for g in page["goods"]] == [
        ("S-2", "in_stock"),
        ("S-1", "in_stock"),
        ("S-0", "in_stock"),
    ]
    with town.client() as http:
        chinese = http.get(f"/shop/v1{path}", headers={"Accept-Language": "zh-CN"}).json()
    assert (chinese["week"][2]["weekday"], chinese["week"][2]["words"]) == ("星期日", "休息")
    few = got(town, path, goods_limit=1)
    assert (len(few["goods"]), few["has_more_goods"]) == (1, True)
    assert town.seed.dealer not in str(page)  # nobody is told who owns the stock

    got(town, f"/places/{town.other.brand_id}/{town.seed.place_id}", 404)
    got(town, f"/places/{town.seed.brand_id}/{new_id('plc')}", 404)
    got(town, f"/places/{town.seed.brand_id}/x", 422)


def touch(town: Town, device_id: str, slug: str = SLUG, status: int = 200, who: Shopper | None = None) -> Any:
    """Touch a code."""
    asked = {"id": new_id("tch"), "slug": slug, "device_id": device_id}
    with town.client() as http:
        answer = (who.http if who else http).post("/shop/v1/touches", json=asked)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_code_leads_somewhere_without_sign_in(town: Town) -> None:
    told = touch(town, new_id("dev"))
    assert told["brand"]["brand_id"] == town.seed.brand_id
    assert told["place"]["place_id"] == town.seed.place_id
    assert told["offer"]["offer_id"] == SPEND_GET
    assert (told["kind"], told["campaign"]) == ("poster", "autumn")
    assert touch(town, new_id("dev"), "old-poster")["offer"] is None
    assert touch(town, new_id("dev"), "no-such-code", 404)["code"] == "request.not_found"
    touch(town, new_id("dev"), "Not A Slug", 422)
    touch(town, "dev_1", SLUG, 422)


def linked(town: Town, person_id: str) -> int:
    """How many touches are known to be this person's."""
    return len(town.program.db.read_now(touches_of_person, town.seed.brand_id, person_id))


def test_measurement_links_touches_and_its_withdrawal_unlinks_them_at_once(town: Town, anna: Shopper) -> None:
    touch(town, anna.device_id)
    touch(town, anna.device_id, who=anna)
    path = f"/brands/{town.seed.brand_id}"
    anna.ask("PUT", f"{path}/follow", 200, json=follow_asked("service"))
    assert linked(town, anna.person_id) == 0  # signed in and following is no consent

    anna.ask("PUT", f"{path}/follow", 200, json=follow_asked("measurement"))
    assert linked(town, anna.person_id) == 2
    touch(town, anna.device_id, who=anna)
    assert linked(town, anna.person_id) == 3

    told = anna.ask("DELETE", f"{path}/consents/measurement", 200)
    assert told == {"purpose": "measurement", "withdrawn": 1}
    assert linked(town, anna.person_id) == 0
    touch(town, anna.device_id, who=anna)
    assert linked(town, anna.person_id) == 0
    assert anna.ask("DELETE", f"{path}/consents/measurement", 200)["withdrawn"] == 0
    anna.ask("DELETE", f"{path}/consents/everything", 422)


def test_a_second_device_is_measured_only_where_that_is_allowed(town: Town, anna: Shopper) -> None:
    anna.ask("PUT", f"/brands/{town.seed.brand_id}/follow", 200, json=follow_asked("measurement"))
    phone = new_id("dev")
    touch(town, phone)
    touch(town, phone, OTHER_SLUG)
    town.clock.advance(timedelta(seconds=31))
    town.sign_in("+358401234567", phone)
    assert linked(town, anna.person_id) == 1
    db, other = town.program.db, town.other.brand_id
    assert db.read_now(touches_of_person, other, anna.person_id) == []


def code_of_follow(town: Town, person_id: str) -> str | None:
    """The code that the follow remembers."""
    return town.program.db.read_now(follows_of_person, person_id)[0].code_id


def test_a_follow_remembers_its_code_only_with_consent_to_measurement(
    town: Town,
    anna: Shopper,
    bo: Shopper,
) -> None:
    path = f"/brands/{town.seed.brand_id}/follow"
    anna.ask("PUT", path, 200, json=follow_asked(code_slug=SLUG))
    assert code_of_follow(town, anna.person_id) is None

    touch(town, bo.device_id)
    bo.ask("PUT", path, 200, json=follow_asked("measurement"))
    assert code_of_follow(town, bo.person_id) == stable_id("cod", SLUG)
    bo.ask("DELETE", f"/brands/{town.seed.brand_id}/consents/measurement", 200)
    assert code_of_follow(town, bo.person_id) is None
    for slug in (OTHER_SLUG, "no-such-code"):
        bo.ask("PUT", path, 404, json=follow_asked(code_slug=slug))


def test_following_joining_and_consenting_is_one_step_and_may_be_asked_twice(
    town: Town, anna: Shopper
) -> None:
    path = f"/brands/{town.seed.brand_id}/follow"
    member_id = new_id("mbr")
    asked = follow_asked("service", "offers", joins=True, member_id=member_id)
    first = anna.ask("PUT", path, 200, json=asked)
    assert first["member_id"] == member_id
    assert [(c["purpose"], c["recipient"], c["withdrawn_at"]) for c in first["consents"]] == [
        ("service", "nordlys", None),
        ("offers", "nordlys", None),
    ]
    town.clock.advance(timedelta(minutes=1))
    assert anna.ask("PUT", path, 200, json=asked) == first
    assert anna.ask("PUT", path, 200, json=follow_asked(joins=True))["member_id"] == member_id
    assert [f["brand"]["brand_id"] for f in anna.ask("GET", "/me", 200)["follows"]] == [town.seed.brand_id]
    assert [c["purpose"] for c in anna.ask("GET", "/consents", 200)] == ["service", "offers"]
    anna.ask("DELETE", path, 204)
    anna.ask("DELETE", path, 204)
    assert anna.ask("GET", "/me", 200)["follows"] == []
    assert len(anna.ask("GET", "/memberships", 200)) == 1


def test_nobody_joins_without_consent_to_service_and_nothing_is_half_done(town: Town, anna: Shopper) -> None:
    path = f"/brands/{town.seed.brand_id}/follow"
    refused = anna.ask("PUT", path, 409, json=follow_asked("offers", joins=True))
    assert refused["code"] == "shop.service_needed"
    assert anna.ask("GET", "/consents", 200) == []
    assert anna.ask("GET", "/me", 200)["follows"] == []
    assert anna.ask("GET", "/memberships", 200) == []


def test_another_persons_ids_are_refused(town: Town, anna: Shopper, bo: Shopper) -> None:
    path = f"/brands/{town.seed.brand_id}/follow"
    asked = follow_asked("service", joins=True, member_id=new_id("mbr"))
    anna.ask("PUT", path, 200, json=asked)
    assert bo.ask("PUT", path, 409, json=asked)["code"] == "members.id_taken"
    assert bo.ask("GET", "/consents", 200) == []
    again = {**follow_asked("service", joins=True), "member_id": asked["member_id"]}
    assert bo.ask("PUT", path, 409, json=again)["code"] == "members.id_taken"
    assert bo.ask("GET", "/memberships", 200) == []


def test_malformed_follows(town: Town, anna: Shopper) -> None:
    path = f"/brands/{town.seed.brand_id}/follow"
    one = new_id("cst")
    for asked in (
        {},
        {"entry": "Shop!"},
        {"entry": "shop", "purposes": ["service"]},
        {"entry": "shop", "purposes": ["spying"], "consent_ids": [one]},
        {"entry": "shop", "purposes": ["service", "service"], "consent_ids": [one, new_id("cst")]},
        {"entry": "shop", "purposes": ["service", "offers"], "consent_ids": [one, one]},
        {"entry": "shop", "code_slug": "x" * 21},
        {"entry": "shop", "member_id": "mbr_1"},
        {"entry": "shop", "person_id": new_id("psn")},
    ):
        anna.ask("PUT", path, 422, json=asked)
    anna.ask("PUT", f"/brands/{new_id('brd')}/follow", 404, json=follow_asked())
    assert anna.ask("GET", "/me", 200)["follows"] == []


def test_the_member_code_is_read_at_the_register_and_ends_with_consent(
    town: Town,
    anna: Shopper,
    bo: Shopper,
) -> None:
    path = f"/brands/{town.seed.brand_id}"
    told = anna.ask("PUT", f"{path}/follow", 200, json=follow_asked("service", joins=True))
    shown = anna.ask("GET", f"/memberships/{town.seed.brand_id}/code", 200)
    assert (shown["changes_at"], shown["valid_until"]) == ("2026-11-20T10:00:30Z", "2026-11-20T10:01:30Z")
    secret = town.program.member_secret
    last = NOW + timedelta(seconds=89)
    assert read_member_code(secret, shown["code"], last) == (town.seed.brand_id, told["member_id"])
    assert bo.ask("GET", f"/memberships/{town.seed.brand_id}/code", 404)["code"] == "request.not_found"
    anna.ask("GET", f"/memberships/{town.other.brand_id}/code", 404)
    anna.ask("DELETE", f"{path}/consents/service", 200)
    refused = anna.ask("GET", f"/memberships/{town.seed.brand_id}/code", 409)
    assert refused["code"] == "shop.service_needed"


def test_claiming_within_every_limit(town: Town, anna: Shopper, bo: Shopper) -> None:
    path = f"/brands/{town.seed.brand_id}/offers"
    asked = {"coupon_id": new_id("cpn")}
    first = anna.ask("POST", f"{path}/{SPEND_GET}/claims", 200, json=asked)
    assert first == anna.ask("POST", f"{path}/{SPEND_GET}/claims", 200, json=asked)
    assert (first["state"], first["valid_until"]) == ("usable", "2026-11-27T10:00:00Z")
    assert "funder_party_id" not in first
    assert anna.ask("GET", "/coupons", 200) == [first]
    assert bo.ask("GET", "/coupons", 200) == []

    def refused(who: Shopper, offer_id: str, sent: dict[str, str]) -> str:
        status = 404 if offer_id not in (SPEND_GET, SHORT, ENDED) else 409
        code: str = who.ask("POST", f"{path}/{offer_id}/claims", status, json=sent)["code"]
        return code

    assert refused(bo, SPEND_GET, asked) == "offers.coupon_exists"  # and not whose
    assert refused(anna, SPEND_GET, {"coupon_id": new_id("cpn")}) == "offers.person_limit"
    assert refused(anna, ENDED, {"coupon_id": new_id("cpn")}) == "offers.not_running"
    bo.ask("POST", f"{path}/{SHORT}/claims", 200, json={"coupon_id": new_id("cpn")})
    assert refused(anna, SHORT, {"coupon_id": new_id("cpn")}) == "offers.claimed_out"
    assert refused(anna, new_id("ofr"), {"coupon_id": new_id("cpn")}) == "offers.offer_not_found"
    anna.ask("POST", f"{path}/{SHORT}/claims", 422, json={"coupon_id": "cpn_1"})
    anna.ask("POST", f"{path}/{SHORT}/claims", 422, json={})
    other = f"/brands/{town.other.brand_id}/offers/{SPEND_GET}/claims"
    anna.ask("POST", other, 404, json={"coupon_id": new_id("cpn")})
    assert len(anna.ask("GET", "/coupons", 200)) == 1
    town.clock.advance(timedelta(days=7))
    assert anna.ask("GET", "/coupons", 200) == []
