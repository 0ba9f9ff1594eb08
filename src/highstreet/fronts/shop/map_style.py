"""How our map looks: a MapLibre style of our own, light or dark, labelled in the reader's language.

It names no fonts or sprites from anywhere: labels are written with the fonts of the page.
"""

from typing import Any, Literal

Theme = Literal["light", "dark"]

_COLOURS: dict[Theme, dict[str, str]] = {
    "light": {
        "land": "#f2eee6", "water": "#b5d6e0", "green": "#d3e3c6", "ground": "#faf6ef", "building": "#e4dccf",
        "rim": "#d3c8b8", "casing": "#d9cfc0", "major": "#fff6df", "street": "#ffffff", "path": "#c3b7a5",
        "rail": "#bdb1a1", "text": "#574f46", "faint": "#857a6d", "halo": "#fbf8f2", "blue": "#3d7186", "leaf": "#4f7040",
    },
    "dark": {
        "land": "#1a1917", "water": "#12303a", "green": "#1f2d21", "ground": "#23211f", "building": "#2b2825",
        "rim": "#37332f", "casing": "#131211", "major": "#4a443c", "street": "#3a3632", "path": "#4b4640",
        "rail": "#4a4540", "text": "#c9c0b4", "faint": "#958c81", "halo": "#171513", "blue": "#7fb4c6", "leaf": "#8fb083",
    },
}  # fmt: skip
_FONT = ["Noto Sans", "sans-serif"]
_WIDTHS = {
    "major": (1.5, 9, 26),
    "minor": (0.8, 6, 20),
    "foot": (0.6, 4.5, 16),
    "service": (0.4, 3, 9),
}
"""Of streets, in px at zoom 12, 16 and 18."""


def map_style(theme: Theme, locale: str, tiles: str, header: dict[str, Any], credit: str) -> dict[str, Any]:
    """The style's document; `tiles` is the address of a tile with {z}, {x}, {y} in it."""
    colours = _COLOURS[theme]
    bounds = [header[side] / 1e7 for side in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")]
    source = {
        "type": "vector",
        "tiles": [tiles],
        "minzoom": header["min_zoom"],
        "maxzoom": header["max_zoom"],
        "bounds": bounds,
        "attribution": credit,
    }
    return {
        "version": 8,
        "name": f"highstreet {theme}",
        "center": [header["center_lon_e7"] / 1e7, header["center_lat_e7"] / 1e7],
        "zoom": header["center_zoom"],
        "sources": {"town": source},
        "layers": [*_grounds(colours), *_streets(colours), *_labels(colours, locale)],
        "metadata": {"bounds": bounds},
    }


def empty_style(theme: Theme) -> dict[str, Any]:
    """The style of a map without tiles: plain land."""
    land = {"id": "land", "type": "background", "paint": {"background-color": _COLOURS[theme]["land"]}}
    return {"version": 8, "name": "empty", "sources": {}, "layers": [land]}


def _by_zoom(*stops: float) -> list[Any]:
    return ["interpolate", ["exponential", 1.4], ["zoom"], *stops]


def _layer(id_: str, kind: str, source_layer: str, paint: dict[str, Any], **more: Any) -> dict[str, Any]:
    layer = {"id": id_, "type": kind, "source": "town", "source-layer": source_layer, "paint": paint}
    return layer | {name.replace("_", "-"): value for name, value in more.items()}


def _grounds(c: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"id": "land", "type": "background", "paint": {"background-color": c["land"]}},
        _layer("green", "fill", "green", {"fill-color": c["green"]}),
        _layer("water", "fill", "water", {"fill-color": c["water"]}),
        _layer("ground", "fill", "ground", {"fill-color": c["ground"]}),
        _layer(
            "buildings",
            "fill",
            "buildings",
            {
                "fill-color": c["building"],
                "fill-outline-color": c["rim"],
                "fill-opacity": _by_zoom(14, 0.4, 15.5, 1),
            },
        ),
    ]


def _streets(c: dict[str, str]) -> list[dict[str, Any]]:
    round_ends = {"line-cap": "round", "line-join": "round"}
    layers = [
        _layer(
            "paths",
            "line",
            "streets",
            {"line-color": c["path"], "line-width": _by_zoom(15, 0.8, 18, 2.2), "line-dasharray": [2, 1.6]},
            filter=["in", ["get", "rank"], ["literal", ["path", "steps"]]],
            minzoom=15.5,
        ),
        _layer(
            "rails",
            "line",
            "rails",
            {"line-color": c["rail"], "line-width": _by_zoom(13, 0.6, 18, 2)},
            filter=["==", ["get", "kind"], "rail"],
        ),
    ]
    for what, grow in (("casing", 1.6), ("fill", 0)):
        for rank in ("service", "foot", "minor", "major"):
            far, near, close = _WIDTHS[rank]
            colour = c["casing"] if what == "casing" else c["major"] if rank == "major" else c["street"]
            paint = {
                "line-color": colour,
                "line-width": _by_zoom(12, far + grow * 0.3, 16, near + grow, 18, close + grow),
            }
            layers.append(
                _layer(
                    f"{rank}-{what}",
                    "line",
                    "streets",
                    paint,
                    filter=["==", ["get", "rank"], rank],
                    layout=round_ends,
                )
            )
    trams = {"line-color": c["rail"], "line-width": _by_zoom(14, 0.5, 18, 1.4), "line-opacity": 0.8}
    layers.append(
        _layer("trams", "line", "rails", trams, filter=["==", ["get", "kind"], "tram"], minzoom=14.5)
    )
    return layers


def _labels(c: dict[str, str], locale: str) -> list[dict[str, Any]]:
    name = ["coalesce", ["get", f"name_{locale}"], ["get", "name"]]
    halo = {"text-halo-color": c["halo"], "text-halo-width": 1.6}
    is_big = ["in", ["get", "kind"], ["literal", ["suburb", "neighbourhood"]]]

    def text(size: float, **more: Any) -> dict[str, Any]:
        return {"text-field": name, "text-font": _FONT, "text-size": size, "text-max-width": 7} | {
            key.replace("_", "-"): value for key, value in more.items()
        }

    kinds = ["match", ["get", "kind"], "park", c["leaf"], "water", c["blue"], c["faint"]]
    return [
        _layer(
            "street-names",
            "symbol",
            "streets",
            {"text-color": c["text"], **halo},
            layout=text(11.5, symbol_placement="line", text_max_angle=30, symbol_spacing=260),
            filter=["all", ["has", "name"], ["in", ["get", "rank"], ["literal", ["major", "minor", "foot"]]]],
            minzoom=14.5,
        ),
        _layer(
            "house-numbers",
            "symbol",
            "buildings",
            {"text-color": c["faint"], **halo},
            layout=text(10) | {"text-field": ["get", "number"]},
            filter=["has", "number"],
            minzoom=17.2,
        ),
        _layer(
            "stations",
            "symbol",
            "stops",
            {"text-color": c["blue"], **halo},
            layout=text(12),
            filter=["in", ["get", "kind"], ["literal", ["rail_station", "subway_station", "bus_station"]]],
            minzoom=14,
        ),
        _layer(
            "sights",
            "symbol",
            "labels",
            {"text-color": kinds, **halo},
            layout=text(11),
            filter=["!", is_big],
            minzoom=15.5,
        ),
        _layer(
            "quarters",
            "symbol",
            "labels",
            {"text-color": c["faint"], **halo},
            layout=text(14, text_letter_spacing=0.08),
            filter=is_big,
            maxzoom=16.5,
        ),
    ]
