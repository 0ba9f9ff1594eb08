"""The map by words: several articles, one place once, on both databases."""

from dataclasses import replace

from highstreet.flows.find_nearest import FindNearest
from highstreet.flows.search_nearby import SearchNearby, search_nearby
from highstreet.kernel.db import Database
from highstreet.kernel.geo import Point
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
