"""The town's map: every tile decodes, streets carry their names, two runs give the same file."""

import gzip
from pathlib import Path

import mapbox_vector_tile
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles

from highstreet.fronts.shop.map_style import empty_style, map_style
from highstreet.fronts.shop.tiles import TownMap
from highstreet_simulator.town.tiles import AREA_LAYERS, make_tiles, metres, tile_bounds, write_tiles

LAYERS = {*AREA_LAYERS.values(), "rails", "streets", "buildings", "stops", "labels"}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("map") / "town.pmtiles"
    assert write_tiles(path) == 40
    return path


def test_same_pack_same_file(file: Path, tmp_path: Path) -> None:
    write_tiles(tmp_path / "again.pmtiles")
    assert (tmp_path / "again.pmtiles").read_bytes() == file.read_bytes()
    assert not (tmp_path / "again.new").exists()
    assert file.stat().st_size < 300_000


def test_tiles_hold_the_town(file: Path) -> None:
    found: dict[str, int] = {}
    names = set()
    with file.open("rb") as open_file:
        for (zoom, _x, _y), content in all_tiles(MmapSource(open_file)):
            for name, layer in mapbox_vector_tile.decode(gzip.decompress(content)).items():
                found[name] = found.get(name, 0) + len(layer["features"])
                names |= {f["properties"].get("name") for f in layer["features"] if name == "streets"}
            assert 12 <= zoom <= 16
    assert found.keys() == LAYERS
    assert {"Aleksanterinkatu", "Mannerheimintie", "Pohjoisesplanadi"} <= names


def test_a_point_lies_in_its_tile() -> None:
    assert [round(part) for part in metres(0, 0)] == [0, 0]
    # The projection's world is square: this is its north-east corner.
    assert [round(part) for part in metres(180, 85.0511287798066)] == [20_037_508, 20_037_508]
    x, y = metres(24.9438, 60.1699)
    west, south, east, north = tile_bounds(15, 18654, 9484)
    assert west <= x <= east
    assert south <= y <= north


def test_reader_gives_tiles_and_nothing_outside(file: Path) -> None:
    town = TownMap(file)
    with file.open("rb") as open_file:
        header = Reader(MmapSource(open_file)).header()
    assert town.header == header
    assert town.tile(15, 18654, 9484) is not None
    assert town.tile(15, 0, 0) is None
    assert town.tile(3, 0, 0) is None
    assert town.tile(15, 2**15, 0) is None
    assert len(town.version) == 12


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_style_names_only_layers_that_tiles_have(file: Path, theme) -> None:
    style = map_style(theme, "zh", "/t/{z}/{x}/{y}.mvt", TownMap(file).header, "© OpenStreetMap")
    layers = {layer["source-layer"] for layer in style["layers"] if "source-layer" in layer}
    assert layers == LAYERS
    assert len({layer["id"] for layer in style["layers"]}) == len(style["layers"])
    assert "glyphs" not in style
    assert "sprite" not in style
    assert style["sources"]["town"]["attribution"] == "© OpenStreetMap"
    assert empty_style(theme)["sources"] == {}


def test_every_feature_stays_near_its_tile() -> None:
    from highstreet_simulator.town.pack import load_pack

    for content in make_tiles(load_pack()).values():
        for layer in mapbox_vector_tile.decode(content).values():
            for feature in layer["features"]:
                for x, y in points(feature["geometry"]["coordinates"]):
                    assert -200 <= x <= 4296
                    assert -200 <= y <= 4296


def points(coordinates):
    """Give every pair of numbers in a geometry."""
    if isinstance(coordinates[0], int | float):
        yield coordinates
        return
    for part in coordinates:
        yield from points(part)
