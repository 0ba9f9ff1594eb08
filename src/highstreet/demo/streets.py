"""The streets of the town as a file that the server finds ways along."""

import json
from pathlib import Path

from highstreet_simulator.town.pack import load_pack


def write_streets(path: Path) -> None:
    """GeoJSON of all that one can walk on, whole or not at all. The same each time, and no secret."""
    features = [
        {
            "type": "Feature",
            "properties": {"kind": street.kind},
            "geometry": {"type": "LineString", "coordinates": street.line},
        }
        for street in load_pack().streets
        if street.is_walkable
    ]
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    fresh.replace(path)
