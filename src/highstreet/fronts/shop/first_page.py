"""The map's page as the server draws it: streets, pins and the list as plain links, to be used before any script is there.

The application (app/map) then draws the same in its place: marks are grouped here as FirstMap.tsx groups them,
and first.html has the classes of its parts.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import floor, hypot

from fastapi import Request

from highstreet.flows.find_nearest import NearPlace
from highstreet.flows.search_nearby import NearbyPlace
from highstreet.flows.show_place import PlaceOpen
from highstreet.fronts.shop.ground import ZOOM, Ground, world_px
from highstreet.kernel.geo import Point
from highstreet.look import Pages
from highstreet.rooms.parties import Brand

TOWN_ZOOM, PLACE_ZOOM = 15.4, 16.5
REACH_PX = 44

_pages = Pages("shop")


@dataclass(slots=True)
class Mark:
    """A pin, or several that would lie on each other; in pixels from the middle of the drawing."""

    x: float
    y: float
    pins: list[NearPlace] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class View:
    """What the drawing shows: its middle, and how near."""

    middle: Point
    zoom: float


@dataclass(frozen=True, slots=True)
class Around:
    """The places around a point, and those that the list names, each with how many offers its brand has."""

    pins: tuple[NearPlace, ...]
    near: tuple[NearbyPlace, ...]
    offers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The place that the address names."""

    brand: Brand
    open: PlaceOpen


def first_page(request: Request, ground: Ground, view: View, around: Around, chosen: Chosen | None) -> str:
    """The page's body, in the reader's language, without what only a script can do."""
    scale = 2.0 ** (view.zoom - ZOOM)
    x, y = world_px(view.middle.lat, view.middle.lon, view.zoom)
    frame = (
        f'x="{ground.left_px * scale - x:.1f}" y="{ground.top_px * scale - y:.1f}"'
        f' width="{ground.width_px * scale:.1f}" height="{ground.height_px * scale:.1f}"'
    )
    chosen_id = chosen.open.place.id if chosen else None
    return _pages.draw(
        request,
        "first.html",
        view=view,
        ground=ground.svg.replace("<svg ", f"<svg {frame} ", 1),
        marks=marks_of(around.pins, view, chosen_id),
        around=around,
        chosen=chosen,
        chosen_id=chosen_id,
    )


def marks_of(pins: Sequence[NearPlace], view: View, chosen_id: str | None) -> list[Mark]:
    """Pins that would lie on each other are one mark, all but the chosen one."""
    left, top = world_px(view.middle.lat, view.middle.lon, view.zoom)
    marks: list[Mark] = []
    cells: defaultdict[tuple[int, int], list[Mark]] = defaultdict(list)
    for pin in pins:
        x, y = world_px(pin.point.lat, pin.point.lon, view.zoom)
        cell = floor(x / REACH_PX), floor(y / REACH_PX)
        x, y = x - left, y - top
        near = None if pin.place_id == chosen_id else _near(cells, cell, x, y)
        if near is None:
            near = Mark(x, y)
            marks.append(near)
            if pin.place_id != chosen_id:
                cells[cell].append(near)
        near.pins.append(pin)
    return marks


def _near(
    cells: defaultdict[tuple[int, int], list[Mark]], cell: tuple[int, int], x: float, y: float
) -> Mark | None:
    for across in (-1, 0, 1):
        for down in (-1, 0, 1):
            for mark in cells.get((cell[0] + across, cell[1] + down), ()):
                if hypot(mark.x - x, mark.y - y) < REACH_PX:
                    return mark
    return None
