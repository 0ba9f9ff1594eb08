"""Built files: found by name only, packed as asked for, kept for ever only when their name says so."""

import gzip
import json
import os
from pathlib import Path

import pytest

from highstreet.look.assets import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index-ab12CD_-.js").write_text("plain")
    (tmp_path / "index-ab12CD_-.js.br").write_bytes(b"brotli")
    (tmp_path / "index-ab12CD_-.js.gz").write_bytes(gzip.compress(b"plain"))
    (tmp_path / "app.svg").write_text("<svg/>")
    row = {"file": "index-ab12CD_-.js", "css": ["index-00000000.css"]}
    (tmp_path / "manifest.json").write_text(json.dumps({"index.html": row}))
    return tmp_path


@pytest.mark.parametrize(
    ("accepted", "packing"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("", ""),
        ("identity", ""),
        ("*", ""),
    ],
)
def test_packed_as_the_browser_accepts(folder: Path, accepted: str, packing: str) -> None:
    found = Assets(folder, "/x/").find("index-ab12CD_-.js", accepted)
    assert found is not None
    assert found.packing == packing
    assert found.media_type == "text/javascript; charset=utf-8"
    assert found.is_immutable


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "index-ab12CD_-.js.br", "missing.js", "", ".", ".."]
)
def test_only_what_was_built_is_found(folder: Path, name: str) -> None:
    (folder.parent / "secret").write_text("secret")
    assert Assets(folder, "/x/").find(name) is None


def test_unhashed_names_are_asked_for_again(folder: Path) -> None:
    found = Assets(folder, "/x/").find("app.svg")
    assert found is not None
    assert (found.is_immutable, found.media_type) == (False, "image/svg+xml")


def test_entry_names_script_and_styles(folder: Path) -> None:
    assets = Assets(folder, "/x/")
    assert assets.entry("index.html") == ("/x/index-ab12CD_-.js", ("/x/index-00000000.css",))
    with pytest.raises(LookupError, match="not built"):
        assets.entry("other.html")


def test_built_anew_is_read_anew(folder: Path) -> None:
    assets = Assets(folder, "/x/")
    assert assets.find("app.svg").content == b"<svg/>"  # type: ignore[union-attr]
    (folder / "app.svg").unlink()
    (folder / "app.svg").write_text("<svg id='2'/>")
    os.utime(folder, ns=(1, 1))
    assert assets.find("app.svg").content == b"<svg id='2'/>"  # type: ignore[union-attr]


def test_nothing_built_finds_nothing(tmp_path: Path) -> None:
    assert Assets(tmp_path / "static", "/x/").find("index.html") is None
    assert Assets(tmp_path / "static", "/x/").manifest() == {}
