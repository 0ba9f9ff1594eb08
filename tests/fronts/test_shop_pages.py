"""What the shopper's pages ask: feed, search, the way, points, and codes without a network; on both databases."""

import base64
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from highstreet.rooms.members import read_member_code
from highstreet_simulator.town.tiles import write_tiles
from tests.fronts.shop_town import SHORT, SPEND_GET, Shopper, Town, follow_asked, open_town


def join(town: Town, who: Shopper) -> str:
    asked = follow_asked("service", joins=True)
    told = who.ask("PUT", f"/brands/{town.seed.brand_id}/follow", 200, json=asked)
    return str(told["member_id"])


def test_the_feed_has_the_offers_of_brands_followed_only(town: Town, anna: Shopper, bo: Shopper) -> None:
    assert anna.ask("GET", "/feed", 200) == []
    join(town, anna)
    told = {item["offer"]["offer_id"]: item for item in anna.ask("GET", "/feed", 200)}
    assert told.keys() == {SPEND_GET, SHORT}
    assert all(item["can_claim"] and item["coupon"] is None for item in told.values())
    coupon = new_id("cpn")
    path = f"/brands/{town.seed.brand_id}/offers/{SHORT}/claims"
    anna.ask("POST", path, 200, json={"coupon_id": coupon})
    told = {item["offer"]["offer_id"]: item for item in anna.ask("GET", "/feed", 200)}
    assert (told[SHORT]["coupon"]["coupon_id"], told[SHORT]["can_claim"]) == (coupon, False)
    join(town, bo)
    told = {item["offer"]["offer_id"]: item for item in bo.ask("GET", "/feed", 200)}
    assert (told[SHORT]["coupon"], told[SHORT]["can_claim"]) == (None, False)  # there was only one
    anna.ask("DELETE", f"/brands/{town.seed.brand_id}/follow", 204)
    assert anna.ask("GET", "/feed", 200) == []


def test_words_find_brands_places_and_goods(town: Town, anna: Shopper) -> None:
    places = anna.ask("GET", f"/brands/{town.seed.brand_id}/places", 200)["places"]
    word = places[0]["place"]["name_en"].split()[0]
    position = places[0]["position"]
    here = {"lat": position["lat"], "lon": position["lon"]}
    found = anna.ask("GET", "/search", 200, params={"text": word, **here})
    [place] = [p for p in found["places"] if p["place"]["place_id"] == places[0]["place"]["place_id"]]
    assert (place["distance_m"], place["walking_minutes"]) == (0, 0)
    brand = anna.ask("GET", f"/brands/{town.seed.brand_id}", 200)
    found = anna.ask("GET", "/search", 200, params={"text": brand["name_en"].lower()})
    assert brand in found["brands"]
    goods = anna.ask("GET", f"/brands/{town.seed.brand_id}/goods", 200)[0]
    found = anna.ask("GET", "/search", 200, params={"text": goods["name_en"].split()[0].strip(",")})
    assert goods in [g["goods"] for g in found["goods"]]
    nothing: dict[str, list[str]] = {"brands": [], "places": [], "goods": []}
    assert anna.ask("GET", "/search", 200, params={"text": "zzyzx"}) == nothing
    for params in (
        {"text": ""},
        {"text": "a"},
        {"text": "ab", "lat": 60},
        {"text": "one two three four five"},
    ):
        anna.ask("GET", "/search", 422, params=params)


def test_a_place_page_has_the_brands_offers(town: Town, anna: Shopper) -> None:
    page = anna.ask("GET", f"/places/{town.seed.brand_id}/{town.seed.place_id}", 200)
    offers = anna.ask("GET", f"/brands/{town.seed.brand_id}/offers", 200)
    assert page["offers"] == offers
    assert len(offers) == 2


def test_the_way_is_straight_where_no_streets_are_known(town: Town, anna: Shopper) -> None:
    path = f"/places/{town.seed.brand_id}/{town.seed.place_id}"
    door = anna.ask("GET", path, 200)["position"]
    here = {"lat": door["lat"] + 0.01, "lon": door["lon"]}
    way = anna.ask("GET", f"{path}/way", 200, params=here)
    assert way["is_straight"] is True
    assert way["points"] == [[round(here["lat"], 6), door["lon"]], [door["lat"], door["lon"]]]
    assert (way["distance_m"], way["minutes"]) == (1112, 19)
    anna.ask("GET", f"/places/{town.seed.brand_id}/{new_id('plc')}/way", 404, params=here)
    anna.ask("GET", f"/places/{town.other.brand_id}/{town.seed.place_id}/way", 404, params=here)


def test_of_a_places_goods_what_was_searched_for_comes_first(town: Town, anna: Shopper) -> None:
    path = f"/places/{town.seed.brand_id}/{town.seed.place_id}"

    def goods(**wanted: object) -> list[dict[str, Any]]:
        return [one["goods"] for one in anna.ask("GET", path, 200, params=wanted)["goods"]]

    usual = goods()
    assert len(usual) > 2
    last = usual[-1]
    rest = [one["gtin"] for one in usual[:-1]]
    for wanted in ({"gtin": last["gtin"]}, {"text": last["sku"]}):
        assert [one["gtin"] for one in goods(**wanted)] == [last["gtin"], *rest]
        assert [one["gtin"] for one in goods(goods_limit=1, **wanted)] == [last["gtin"]]
    assert goods(text="nothing of that name") == usual


def test_the_way_follows_the_streets(migrated_url: str, tmp_path: Path) -> None:
    streets = tmp_path / "streets.json"
    with open_town(migrated_url, sign_ins_an_hour=0, streets_path=str(streets)) as town:
        path = f"/shop/v1/places/{town.seed.brand_id}/{town.seed.place_id}"
        with town.client() as http:
            door = http.get(path).json()["position"]
            lat, lon = door["lat"], door["lon"]
            corner = [[lon, lat], [lon, lat + 0.002], [lon + 0.004, lat + 0.002]]
            shape = {"type": "LineString", "coordinates": corner}
            feature = {"type": "Feature", "properties": {}, "geometry": shape}
            streets.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
            way = http.get(f"{path}/way", params={"lat": lat + 0.002, "lon": lon + 0.004}).json()
            assert way["is_straight"] is False
            assert way["distance_m"] > 430
            assert [round(lat + 0.002, 5), round(lon, 5)] in [
                [round(a, 5), round(b, 5)] for a, b in way["points"]
            ]
            far = http.get(f"{path}/way", params={"lat": lat + 0.1, "lon": lon}).json()
            assert far["is_straight"] is True


def test_points_come_with_where_they_came_from(town: Town, anna: Shopper, bo: Shopper) -> None:
    path = f"/memberships/{town.seed.brand_id}/points"
    anna.ask("GET", path, 404)
    member = join(town, anna)
    sales = [town.sell_to(member) for _ in range(3)]
    town.clock.advance(timedelta(minutes=1))
    town.take_back(sales[0])
    told = anna.ask("GET", path, 200)
    assert [e["kind"] for e in told["entries"]] == ["reverse", "earn", "earn", "earn"]
    earned = told["entries"][1]["points"]
    assert told["membership"]["points_pending"] == 2 * earned
    seen: list[str] = []
    params: dict[str, str] = {"limit": "1"}
    while True:
        page = anna.ask("GET", path, 200, params=params)
        seen += [e["entry_id"] for e in page["entries"]]
        if page["next_before"] is None:
            break
        params = {"limit": "1", "before": page["next_before"], "before_id": page["next_before_id"]}
    assert seen == [e["entry_id"] for e in told["entries"]]
    join(town, bo)
    assert bo.ask("GET", path, 200)["entries"] == []


def test_a_phone_shows_codes_without_a_network(town: Town, anna: Shopper) -> None:
    path = f"/memberships/{town.seed.brand_id}/code-keys"
    anna.ask("GET", path, 404)
    member = join(town, anna)
    kept = anna.ask("GET", path, 200)
    for days in (0, 5):
        town.clock.advance(timedelta(days=days))
        now = town.clock.now()
        step = int(now.timestamp()) // kept["step_s"]
        [key] = [k["key"] for k in kept["keys"] if k["first_step"] <= step <= k["last_step"]]
        raw = base64.urlsafe_b64decode(key + "=")
        bits = int.from_bytes(hmac.digest(raw, str(step).encode(), "sha256")[:9], "big")
        letters = kept["alphabet"]
        pairs = [step & 1023, *(bits >> 10 * n & 1023 for n in range(7))]
        code = kept["head"] + "".join(letters[p >> 5] + letters[p & 31] for p in pairs)
        assert read_member_code(town.program.member_secret, code, now) == (town.seed.brand_id, member)
    anna.ask("DELETE", f"/brands/{town.seed.brand_id}/consents/service", 200)
    anna.ask("GET", path, 409)


@pytest.fixture(scope="module")
def tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "town.pmtiles"
    write_tiles(path)
    return path


def test_an_address_that_is_no_place_shows_the_town_and_so_does_asking_without_end(
    migrated_url: str, tiles: Path
) -> None:
    settings = {"map_path": str(tiles), "searches_a_minute": 3}
    with open_town(migrated_url, **settings) as town, town.client() as http:
        brand, place = town.seed.brand_id, town.seed.place_id
        plain = http.get("/shop/").text
        for odd in ("%00/%00", f"{brand}/%00", f"{brand}/x", "x/y", f"{place}/{brand}"):
            answer = http.get(f"/shop/places/{odd}")
            assert (answer.status_code, answer.text) == (200, plain)
        drawn = [http.get(f"/shop/places/{brand}/{place}").text for _ in range(4)]
        assert drawn[0] == drawn[1] == drawn[2] != plain
        assert drawn[3] == plain
