"""The gallery's pages in a corner of its town: each comes up in its state, clean for axe, nothing wider than its window."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pages.gallery.camera import Camera, Variant
from tests.pages.gallery.pages import SHOTS
from tests.pages.gallery.town import GalleryTown, open_gallery
from tests.towns import small_plan

VARIANTS = (Variant("phone", "zh", "dark"), Variant("desk", "en", "light"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GalleryTown]:
    """Two brands, and four days of trade."""
    plan = small_plan(("hallavire", "honkasade"), places_each=40)
    with open_gallery(Path(tmp_path_factory.mktemp("gallery")), plan, days=3) as opened:
        yield opened


@pytest.fixture(scope="module")
def camera(browser: Browser, town: GalleryTown) -> Iterator[Camera]:
    made = Camera(browser, town)
    yield made
    made.close()


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_pages_are_whole(variant: Variant, camera: Camera) -> None:
    """All in one test: the town is built once."""
    seen = [camera.take(shot, variant) for shot in SHOTS]
    assert [f"{one.shot}: {fault}" for one in seen for fault in one.faults] == []
