"""The map's ground: vector tiles out of one PMTiles file, and the style that draws them."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as InPath
from pmtiles.reader import MmapSource, Reader

from highstreet.fronts.shop.access import Anyone, program_of
from highstreet.fronts.shop.map_style import empty_style, map_style
from highstreet.kernel.i18n import text

router = APIRouter(prefix="/map", include_in_schema=False)

_YEAR = "public, max-age=31536000, immutable"
_HOUR = "public, max-age=3600"
MOST_ZOOM = 22


class TownMap:
    """An open PMTiles file of vector tiles packed with gzip."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._reader = Reader(MmapSource(file))
            file.seek(0)
            self.version = hashlib.file_digest(file, "sha256").hexdigest()[:12]
        self.header: dict[str, Any] = self._reader.header()

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """A tile, packed with gzip; None where there is nothing."""
        if not (self.header["min_zoom"] <= z <= self.header["max_zoom"] and x < 2**z and y < 2**z):
            return None
        found: bytes | None = self._reader.get(z, x, y)
        return found


@lru_cache(maxsize=4)
def _opened(path: str, _changed_at: int) -> TownMap:
    return TownMap(Path(path))


def town_map_of(request: Request) -> TownMap | None:
    """The map that the settings name, opened anew when its file changes; None without one."""
    path = program_of(request).settings.map_path
    try:
        return _opened(path, Path(path).stat().st_mtime_ns) if path else None
    except FileNotFoundError:
        return None


@router.get("/style.json")
async def map_style_document(
    request: Request,
    _actor: Anyone,
    theme: Literal["light", "dark"] = "light",
    lang: Literal["en", "zh"] = "en",
) -> Response:
    """The style of the map, light or dark, labelled in a language; without tiles when there are none."""
    town = town_map_of(request)
    if town is None:
        return Response(
            orjson.dumps(empty_style(theme)), 200, {"Cache-Control": "no-cache"}, "application/json"
        )
    tiles = f"/shop/v1/map/tiles/{{z}}/{{x}}/{{y}}.mvt?v={town.version}"
    style = map_style(theme, lang, tiles, town.header, text(lang, "look-map_credit"))
    return _packed(request, gzip.compress(orjson.dumps(style), 6, mtime=0), "application/json", _HOUR)


Place = Annotated[int, InPath(ge=0, lt=2**MOST_ZOOM)]


@router.get("/tiles/{z}/{x}/{y}.mvt")
async def map_tile(
    request: Request,
    _actor: Anyone,
    z: Annotated[int, InPath(ge=0, le=MOST_ZOOM)],
    x: Place,
    y: Place,
    v: Annotated[str | None, Query(max_length=40, description="The map's version, for caches.")] = None,
) -> Response:
    """A vector tile; 204 where there is nothing. With the map's version in the address it may be kept for ever."""
    town = town_map_of(request)
    found = town.tile(z, x, y) if town else None
    kept = _YEAR if town and v == town.version else _HOUR
    if found is None:
        return Response(None, 204, {"Cache-Control": kept})
    return _packed(request, found, "application/vnd.mapbox-vector-tile", kept)


def _packed(request: Request, content: bytes, media_type: str, kept: str) -> Response:
    """An answer that is packed already; unpacked for the few that cannot."""
    headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(content), 200, headers, media_type)
    return Response(content, 200, {**headers, "Content-Encoding": "gzip"}, media_type)
