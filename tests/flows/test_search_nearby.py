"""The map by words: several articles, one place once, on both databases."""

from dataclasses import replace

from highstreet.flows.find_nearest import FindNearest
from highstreet.flows.search_nearby import SearchNearby, search_nearby
from highstreet.flows.search_words import SearchWords, search_words
from highstreet.kernel.db import Database
from highstreet.kernel.geo import Datum, Point
from highstreet.rooms.parties import brand_by_id, place_by_id
from highstreet.rooms.places import PutSites, SiteRow, put_sites
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed, seed_brand

ASK = FindNearest(Point(60.17, 24.94), NOW)


def test_words_find_places_once_with_all_their_goods(db: Database, seed: Seed) -> None:  # noqa: F811
    other = db.write_now(seed_brand, "ostrea")

    def found(ask: FindNearest, words: str | None) -> list[tuple[str, list[str]]]:
        places = db.read_now(search_nearby, SearchNearby(ask, words))
        return [(p.place.place_id, [v.sku for v in p.goods]) for p in places]

    both = sorted([(seed.brand_id, seed.place_id), (other.brand_id, other.place_id)])
    ids = [place_id for _, place_id in both]
    assert found(ASK, "shell") == [(place_id, ["S-0", "S-1", "S-2"]) for place_id in ids]
    assert found(ASK, "shell S-2") == [(place_id, ["S-2"]) for place_id in ids]
    assert found(replace(ASK, limit=1), "shell") == [(ids[0], ["S-0", "S-1", "S-2"])]
    of_brand = replace(ASK, brand_id=seed.brand_id)
    assert found(of_brand, "冲锋衣 S-1") == [(seed.place_id, ["S-1"])]
    assert found(ASK, "nothing like it") == []
    assert found(ASK, None) == [(place_id, []) for place_id in ids]
    by_number = replace(ASK, gtin=seed.gtins[1])
    assert found(by_number, None) == [(place_id, ["S-1"]) for place_id in ids]
    assert found(by_number, "S-2") == found(by_number, None)  # a number is surer than words


def test_a_shop_is_found_by_its_brand_its_name_and_its_street(db: Database, seed: Seed) -> None:  # noqa: F811
    db.write_now(seed_brand, "ostrea")
    row = SiteRow(seed.place_id, 60.17, 24.94, Datum.WGS84, "Europe/Helsinki", "FI", None, "Linden Street 12")
    db.write_now(put_sites, PutSites(seed.brand_id, NOW, [row]))

    def found(words: str) -> list[str]:
        told = db.read_now(search_words, SearchWords(words, None, NOW, 20))
        return [one.open.place.id for one in told.places]

    name = db.read_now(place_by_id, seed.brand_id, seed.place_id).name_en
    brand = db.read_now(brand_by_id, seed.brand_id).name_en
    for words in ("linden street", f"{name}, Linden Street 12", f"{brand} linden", f"{brand}，{name} 12"):
        assert found(words) == [seed.place_id], words
    assert found("linden ostrea") == []
