"""Drawings: the same for the same category and seed, well-formed, in every category of the demo, nothing foreign in them."""

import re
from hashlib import sha256

import pytest
from defusedxml.ElementTree import fromstring

from highstreet.look.motifs import KINDS, MOTIFS, SCENES
from highstreet.look.pictures import GOODS, PALETTES, draw_goods, draw_place, draw_scene
from highstreet_simulator.town.plan import make_plan


@pytest.mark.parametrize("draw", [draw_goods, draw_place])
@pytest.mark.parametrize("category", [*sorted(GOODS), "something else", ""])
def test_every_category_is_a_whole_drawing(draw, category: str) -> None:
    for seed in ("1", "gds_01j", "<b>&'"):
        drawn = draw(category, seed)
        assert fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"
        assert not re.search(r"(fill|stroke)='[a-z]'", drawn)
        assert len(drawn) < 6000
        assert "<b>" not in drawn


def test_a_picture_is_of_its_category_and_seed() -> None:
    assert draw_goods("Coats", "7") == draw_goods("coats", "7")
    assert draw_goods("Coats", "7") != draw_goods("Boots", "7")
    assert len({draw_goods("Coats", str(seed)) for seed in range(200)}) > 40
    # Whoever saw it yesterday sees the same today, on every machine.
    assert sha256(draw_goods("Coats", "7").encode()).hexdigest()[:8] == "185d234d"


def test_all_goods_of_the_demo_have_a_motif() -> None:
    plan = make_plan()
    named = {product.category.en.lower() for product in plan.products}
    named |= {brand.category.en.lower() for brand in plan.brands}
    assert sorted(named - GOODS.keys()) == []


def test_every_motif_is_used_once_for_a_category() -> None:
    assert set(KINDS) | {"parcel"} == set(MOTIFS)
    categories = [category for several in KINDS.values() for category in several]
    assert len(categories) == len(set(categories))
    assert [category for category in categories if category != category.lower()] == []


@pytest.mark.parametrize("name", SCENES)
def test_scenes_are_whole(name: str) -> None:
    assert fromstring(draw_scene(name)).get("viewBox") == "0 0 160 120"


def test_palettes_can_be_told_apart() -> None:
    assert len({main for _, main, *_ in PALETTES}) == len(PALETTES)
