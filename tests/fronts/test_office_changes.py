"""What the office changes: offers, codes, contracts, prices, registers and keys, staff; on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from highstreet.kernel.ids import new_id, stable_id
from tests.fronts.office_town import CONTRACT, OFFER, PASSWORD, Town, open_town, staff_of, town  # noqa: F401

OFFER_ASKED: dict[str, Any] = {
    "kind": "percent",
    "terms": {"percent_bp": 1500, "max_off_minor": 2000},
    "title_en": "15 %",
    "title_zh": "八五折",
    "starts_at": "2026-11-20T00:00:00Z",
    "ends_at": "2026-12-20T00:00:00+02:00",
    "limit_total": 10,
    "limit_per_person": 1,
    "budget_minor": 50_000,
}


def test_an_offer_is_published_once_with_its_shared_coupon(town: Town) -> None:  # noqa: F811
    asked = {**OFFER_ASKED, "id": new_id("ofr"), "funder_party_id": town.seed.dealer}
    made = town.ask("office", "POST", "/office/v1/offers", 201, json=asked)
    assert town.ask("office", "POST", "/office/v1/offers", 201, json=asked) == made
    assert (made["offer_id"], made["terms"]) == (asked["id"], {"percent_bp": 1500, "max_off_minor": 2000})
    other = {**asked, "title_en": "16 %"}
    town.ask("office", "POST", "/office/v1/offers", 409, json=other)
    for funder in (town.other.dealer, new_id("pty")):
        stranger = {**asked, "id": new_id("ofr"), "funder_party_id": funder}
        town.ask("office", "POST", "/office/v1/offers", 404, json=stranger)

    coupon = {
        "public_code": "FIFTEEN",
        "cap": 5,
        "valid_from": "2026-11-20T00:00:00Z",
        "valid_until": "2026-11-30T00:00:00Z",
    }
    path = f"/office/v1/offers/{asked['id']}/shared-coupons"
    town.ask("office", "POST", path, 201, json=coupon)
    town.ask("office", "POST", path, 409, json=coupon)  # another coupon has the code
    town.ask("other-office", "POST", path, 404, json=coupon)
    listed = {o["offer_id"]: o for o in town.ask("office", "GET", "/office/v1/offers")}
    assert sorted(listed) == sorted([OFFER, asked["id"]])
    assert [(c["public_code"], c["cap"]) for c in listed[asked["id"]]["shared_coupons"]] == [("FIFTEEN", 5)]
    assert town.ask("other-office", "GET", "/office/v1/offers") == []


def test_an_offer_needs_a_title_in_one_language(town: Town) -> None:  # noqa: F811
    asked = {**OFFER_ASKED, "funder_party_id": town.seed.dealer}
    alone = {name: value for name, value in asked.items() if name != "title_en"}
    told = town.ask("office", "POST", "/office/v1/offers", 201, json=alone)
    assert (told["title_en"], told["title_zh"]) == ("八五折", "八五折")
    nameless = {name: value for name, value in alone.items() if name != "title_zh"}
    town.ask("office", "POST", "/office/v1/offers", 422, json=nameless)


def test_an_offer_is_stopped_and_goes_on(town: Town) -> None:  # noqa: F811
    path = f"/office/v1/offers/{OFFER}/active"
    basket = {"items": [{"gtin": town.seed.gtins[0], "quantity": 1}], "coupons": ["TENOFF"]}

    def discount() -> int:
        told: int = town.ask("register", "POST", "/register/v1/quotes", json=basket)["discount_minor"]
        return told

    def is_active() -> bool:
        (offer,) = town.ask("office", "GET", "/office/v1/offers")
        told: bool = offer["is_active"]
        return told

    assert (discount(), is_active()) == (1000, True)
    for _ in range(2):
        town.ask("office", "PUT", path, 204, json={"is_active": False})
        assert (discount(), is_active()) == (0, False)
    town.ask("other-office", "PUT", path, 404, json={"is_active": True})
    town.ask("office", "PUT", f"/office/v1/offers/{new_id('ofr')}/active", 404, json={"is_active": True})
    town.ask("dealer", "PUT", path, 403, json={"is_active": True})
    for malformed in ({}, {"is_active": 1}, {"is_active": None}, {"is_active": True, "more": 1}):
        town.ask("office", "PUT", path, 422, json=malformed)
    assert (discount(), is_active()) == (0, False)
    town.ask("office", "PUT", path, 204, json={"is_active": True})
    assert (discount(), is_active()) == (1000, True)


def test_codes_point_only_at_the_brands_own(town: Town) -> None:  # noqa: F811
    code = {"slug": "shelf-1", "kind": "shelf", "campaign": "autumn", "label_en": "Shelf", "label_zh": "货架"}
    made = town.ask("office", "POST", "/office/v1/codes", json={**code, "place_id": town.own_place})
    changed = {**code, "id": made["code_id"], "label_en": "Shelf by the door", "offer_id": OFFER}
    assert town.ask("office", "POST", "/office/v1/codes", json=changed)["label_en"] == "Shelf by the door"
    for strange in (
        {"place_id": town.other.place_id},
        {"staff_id": staff_of("other-dealer")},
        {"offer_id": new_id("ofr")},
    ):
        sent = {**code, "slug": "strange", **strange}
        town.ask("office", "POST", "/office/v1/codes", 404, json=sent)
    # A slug is every brand's, and fixed: neither taken nor changed.
    town.ask("other-office", "POST", "/office/v1/codes", 409, json=code)
    town.ask("other-office", "POST", "/office/v1/codes", 409, json={**code, "id": made["code_id"]})
    moved = {**code, "id": made["code_id"], "slug": "shelf-2"}
    assert town.ask("office", "POST", "/office/v1/codes", 409, json=moved)["code"] == "loop.slug_fixed"
    assert [c["slug"] for c in town.ask("office", "GET", "/office/v1/codes")] == ["bus-7", "shelf-1"]
    assert town.ask("other-office", "GET", "/office/v1/codes") == []


def test_a_contract_gets_its_next_version_and_later_sales_its_terms(town: Town) -> None:  # noqa: F811
    terms = {
        "collector": "operator",
        "shares": [{"role": "brand", "bp": 5000}],
        "leftover_to": "operator",
    }
    asked = {"id": CONTRACT, "operator_party_id": town.seed.dealer, "terms": terms}
    before = town.sell(0, 1)
    town.clock.advance(timedelta(hours=1))
    made = town.ask("office", "POST", "/office/v1/contracts", 201, json={**asked, "is_on_paper": True})
    assert (made["version"], made["in_force_from"]) == (2, "2026-11-20T11:00:00Z")
    after = town.sell(0, 1)
    for sale_id, version, brand in ((before, 1, 1497), (after, 2, 2495)):
        sheet = town.ask("office", "GET", f"/office/v1/sales/{sale_id}")["sheet"]
        assert (sheet["contract_version"], sheet["lines"][0]["shares"][0]["amount_minor"]) == (version, brand)
    versions = [c for c in town.ask("office", "GET", "/office/v1/contracts") if c["id"] == CONTRACT]
    assert [(c["version"], c["effective_to"]) for c in versions] == [(1, "2026-11-20T11:00:00Z"), (2, None)]


def test_contracts_that_cannot_be(town: Town) -> None:  # noqa: F811
    terms = {"collector": "brand", "shares": [], "leftover_to": "brand"}
    good = {"operator_party_id": town.seed.dealer, "terms": terms}
    before = town.row_counts()
    for wrong, status in (
        ({"operator_party_id": town.other.dealer}, 404),
        ({"operator_party_id": town.seed.landlord}, 404),
        ({"place_id": town.own_place}, 404),  # not that operator's
        ({"place_id": town.other.place_id}, 404),
        ({"id": new_id("ctr")}, 404),
        ({"id": stable_id("ctr", town.other.dealer)}, 404),
        ({"effective_from": "2026-11-20T09:59:59Z"}, 422),
        ({"effective_from": "2026-11-21T00:00:00"}, 422),  # no time zone
        ({"terms": {**terms, "shares": [{"role": "brand", "bp": 1}]}}, 422),
        ({"terms": {**terms, "shares": [{"role": "landlord", "bp": 10_001}]}}, 422),
    ):
        town.ask("office", "POST", "/office/v1/contracts", status, json={**good, **wrong})
    alone = {
        "operator_party_id": town.seed.brand_party,
        "terms": {"collector": "brand", "shares": [], "leftover_to": "landlord"},
    }
    refused = town.ask("office", "POST", "/office/v1/contracts", 422, json=alone)
    assert refused["facts"]["reason"] == "no_landlord"
    assert town.row_counts() == before


def test_prices_change_in_the_brands_currency(town: Town) -> None:  # noqa: F811
    path = f"/office/v1/goods/{town.seed.variants[1]}/price"
    price = {"currency": "EUR", "list_minor": 4500, "member_minor": 4000}
    told = town.ask("office", "PUT", path, json=price)
    assert (told["list_minor"], told["member_minor"]) == (4500, 4000)
    town.ask("office", "PUT", path, 422, json={**price, "currency": "CNY"})
    town.ask("office", "PUT", path, 422, json={**price, "list_minor": -1})
    town.ask("office", "PUT", path, 422, json={**price, "list_minor": 10**15 + 1})
    town.ask("other-office", "PUT", path, 404, json=price)
    found = town.ask("office", "GET", "/office/v1/goods", params={"text": "shell"})
    assert [(v["sku"], v["list_minor"]) for v in found] == [("S-0", 10000), ("S-1", 4500), ("S-2", 250)]
    sale = town.ask("office", "GET", f"/office/v1/sales/{town.sell(0, 1)}")
    assert sale["total_minor"] == 4500


def test_stock_and_places(town: Town) -> None:  # noqa: F811
    town.sell(3)
    told = town.ask("office", "GET", "/office/v1/stock", params={"place_id": town.seed.place_id})
    stock = {s["sku"]: (s["owner_party_id"], s["on_hand"], s["available"]) for s in told}
    owner = town.seed.dealer
    assert stock == {"S-0": (owner, 7, 7), "S-1": (owner, 10, 10), "S-2": (owner, 10, 10)}
    town.ask("office", "GET", "/office/v1/stock", 404, params={"place_id": town.other.place_id})
    places = town.ask("office", "GET", "/office/v1/places")
    assert sorted((p["name_en"], p["lat"]) for p in places) == [
        ("Nordlys Centre", 60.1699),
        ("Own store", None),
    ]
    (rest,) = town.ask("office", "GET", "/office/v1/places", params={"after": places[0]["place_id"]})
    assert rest == places[1]
    kinds = {p["id"]: p["kind"] for p in town.ask("office", "GET", "/office/v1/parties")}
    seed = town.seed
    assert kinds == {seed.brand_party: "brand", seed.dealer: "dealer", seed.landlord: "landlord"}


def test_a_register_is_added_paired_and_unpaired(town: Town) -> None:  # noqa: F811
    asked = {"place_id": town.own_place, "name": "Till 2"}
    register = town.ask("office", "POST", "/office/v1/registers", 201, json=asked)
    made = town.ask("office", "POST", "/office/v1/register-keys", 201, json={"register_id": register["id"]})
    town.tokens["till"] = made["key"]
    me = town.ask("till", "GET", "/register/v1/me")
    assert (me["register_id"], me["place"]["name_en"]) == (register["id"], "Own store")
    listed = {r["name"]: r["keys"] for r in town.ask("office", "GET", "/office/v1/registers")}
    assert [k["id"] for k in listed["Till 2"]] == [made["key_id"]]
    assert made["key"] not in str(listed)

    path = f"/office/v1/register-keys/{made['key_id']}"
    town.ask("other-office", "DELETE", path, 404)
    town.ask("till", "GET", "/register/v1/me")
    town.ask("office", "DELETE", path, 204)
    town.ask("till", "GET", "/register/v1/me", 401)  # from the very next request on
    town.ask("office", "DELETE", path, 404)
    for place_id in (town.other.place_id, new_id("plc")):
        town.ask("office", "POST", "/office/v1/registers", 404, json={"place_id": place_id, "name": "x"})
    for register_id in (town.other.register_id, new_id("reg")):
        sent = {"register_id": register_id}
        town.ask("office", "POST", "/office/v1/register-keys", 404, json=sent)


def test_staff_come_get_roles_and_go(town: Town) -> None:  # noqa: F811
    seed = town.seed
    asked = {"party_id": seed.dealer, "login": "Maija.Kauppa", "name": "Maija", "password": "long enough"}
    made = town.ask("office", "POST", "/office/v1/staff", 201, json=asked)
    assert (made["login"], made["roles"], made["is_active"]) == ("maija.kauppa", [], True)
    assert "password" not in made
    town.ask("office", "POST", "/office/v1/staff", 409, json=asked)
    stranger = {**asked, "login": "kalle", "party_id": town.other.dealer}
    town.ask("office", "POST", "/office/v1/staff", 404, json=stranger)

    sent = {"login": "maija.kauppa", "password": "long enough"}
    token = town.ask(None, "POST", "/dealer/v1/sign-in", json=sent)["token"]
    town.tokens["maija"] = token
    town.ask("maija", "GET", "/dealer/v1/places", 403)
    path = f"/office/v1/staff/{made['staff_id']}"
    role = {"role": "dealer_manager", "scope_id": seed.dealer}
    given = town.ask("office", "POST", f"{path}/roles", json=role)
    assert given["roles"] == [role]
    assert len(town.ask("maija", "GET", "/dealer/v1/places")) == 1
    for wrong, status in (
        ({"role": "dealer_manager", "scope_id": seed.landlord}, 404),
        ({"role": "store_manager", "scope_id": town.other.place_id}, 404),
        ({"role": "office_manager", "scope_id": town.other.brand_id}, 404),
        ({"role": "king", "scope_id": seed.brand_id}, 422),
    ):
        town.ask("office", "POST", f"{path}/roles", status, json=wrong)
    town.ask("other-office", "POST", f"{path}/roles", 404, json=role)

    town.ask("office", "DELETE", f"{path}/roles/dealer_manager/{seed.dealer}", 204)
    town.ask("maija", "GET", "/dealer/v1/places", 403)
    town.ask("office", "DELETE", f"{path}/roles/dealer_manager/{seed.dealer}", 404)
    town.ask("other-office", "DELETE", path, 404)
    town.ask("office", "DELETE", path, 204)
    town.ask("maija", "GET", "/dealer/v1/places", 401)
    town.ask(None, "POST", "/dealer/v1/sign-in", 401, json=sent)
    town.ask("office", "POST", f"{path}/roles", 404, json=role)
    listed = {s["login"]: s for s in town.ask("office", "GET", "/office/v1/staff")}
    assert (listed["maija.kauppa"]["is_active"], listed["maija.kauppa"]["roles"]) == (False, [])
    assert "hash" not in str(listed)


def test_no_login_in_another_brands_name(town: Town) -> None:  # noqa: F811
    """This town's logins have no @: then nobody gets one that has, by the page either."""
    before = town.row_counts()
    asked = {"party_id": town.seed.dealer, "login": "ceo@aarnivuo", "name": "Ceo", "password": "long enough"}
    assert town.ask("office", "POST", "/office/v1/staff", 422, json=asked)["code"] == "office.login_ending"
    assert "Logins of this brand have no @" in town.ask("office", "POST", "/office/staff", 422, data=asked)
    assert town.row_counts() == before


def test_nobody_takes_away_their_own_access(town: Town) -> None:  # noqa: F811
    path = f"/office/v1/staff/{staff_of('office')}"
    before = town.row_counts()
    for address in (path, f"{path}/roles/office_manager/{town.seed.brand_id}"):
        assert town.ask("office", "DELETE", address, 409)["code"] == "office.own_access"
    assert town.row_counts() == before


MALFORMED: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/office/v1/sales/sal_1", {}),
    ("GET", "/office/v1/sales?limit=201", {}),
    ("GET", "/office/v1/sales?before=2026-11-20T10:00:00", {}),  # no time zone
    ("GET", "/office/v1/sales?before=0001-01-01T00:00:00%2B14:00", {}),
    ("GET", "/office/v1/goods?text=%00", {}),
    ("GET", "/office/v1/goods?text=" + "x" * 81, {}),
    ("GET", "/office/v1/stock", {}),
    ("GET", "/office/v1/funnel?since=2026-11-20T00:00:00Z&until=2026-11-20T00:00:00Z", {}),
    ("GET", "/office/v1/bills/wallet/2026-02-30", {}),
    ("GET", "/office/v1/bills/wallet/today", {}),
    ("POST", "/office/v1/registers", {"place_id": new_id("plc"), "name": "x\u0000"}),
    ("POST", "/office/v1/registers", {"place_id": new_id("plc"), "name": " padded "}),
    ("POST", "/office/v1/registers", {"place_id": new_id("plc"), "name": "x", "extra": 1}),
    (
        "POST",
        "/office/v1/staff",
        {"party_id": new_id("pty"), "login": "ab", "name": "A", "password": "x" * 8},
    ),
    ("POST", "/office/v1/staff", {"party_id": new_id("pty"), "login": "abc", "name": "A", "password": "x"}),
    ("POST", "/office/v1/offers", {**OFFER_ASKED, "funder_party_id": new_id("pty"), "title_en": "a\u0007"}),
    (
        "POST",
        "/office/v1/offers",
        {**OFFER_ASKED, "funder_party_id": new_id("pty"), "ends_at": "9999-12-31T23:59:59-14:00"},
    ),
    (
        "POST",
        "/office/v1/codes",
        {"slug": "Ü", "kind": "shelf", "campaign": "a", "label_en": "a", "label_zh": "a"},
    ),
    (
        "POST",
        "/office/v1/codes",
        {"slug": "u", "kind": "shelf", "campaign": "a", "label_en": "a", "label_zh": "a", "lat": 91},
    ),
]


def test_what_is_malformed_is_told_so_and_changes_nothing(town: Town) -> None:  # noqa: F811
    before = town.row_counts()
    for method, path, body in MALFORMED:
        told = town.ask("office", method, path, 422, **({"json": body} if body else {}))
        assert told["status"] == 422, (method, path)
    with town.client("office") as http:
        lone = http.post(
            "/office/v1/registers",
            content=b'{"place_id": "' + town.own_place.encode() + b'", "name": "\\ud800"}',
            headers={"Content-Type": "application/json"},
        )
    assert lone.status_code == 422
    assert town.row_counts() == before


@pytest.mark.parametrize("front", ["office", "dealer"])
def test_staff_sign_in_and_out(town: Town, front: str) -> None:  # noqa: F811
    path = f"/{front}/v1/sign-in"
    right = {"login": " Office ", "password": PASSWORD}
    with town.client(None) as http:
        answer = http.post(path, json=right)
    told = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (told["staff_id"], told["brand_id"]) == (staff_of("office"), town.seed.brand_id)
    assert told["expires_at"] == "2026-11-20T22:00:00Z"
    town.tokens["again"] = told["token"]
    town.ask("again", "GET", "/office/v1/today")
    town.ask("again", "POST", f"/{front}/v1/sign-out", 204)
    town.ask("again", "GET", "/office/v1/today", 401)
    town.ask("office", "GET", "/office/v1/today")  # the other session goes on

    before = town.row_counts()
    refusals = [
        town.ask(None, "POST", path, 401, json={**right, **wrong})
        for wrong in (
            {"password": "wrong"},
            {"login": "nobody-here"},
            {"login": "Ü"},
            {"password": "x" * 200},
        )
    ]
    assert all(refusal == refusals[0] for refusal in refusals)
    assert refusals[0]["code"] == "identity.login_wrong"
    assert town.row_counts() == before


def test_one_address_tries_only_so_often_at_both_doors(migrated_url: str) -> None:
    asked = {"login": "office", "password": "wrong password"}
    with open_town(migrated_url, sign_ins_an_hour=3) as town:  # noqa: F811
        for front in ("office", "dealer", "office"):
            town.ask(None, "POST", f"/{front}/v1/sign-in", 401, json=asked)
        right = {**asked, "password": PASSWORD}
        refused = town.ask(None, "POST", "/dealer/v1/sign-in", 429, json=right)
        assert refused["code"] == "rate.limited"
        assert 1 <= refused["facts"]["retry_after_s"] <= 3600
