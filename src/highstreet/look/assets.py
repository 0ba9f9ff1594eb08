"""Built files: what scripts/build_pages.py wrote into a `static` folder, and which of them a page needs."""

import hashlib
import json
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Any

_HASHED = re.compile(r"-[\w-]{8}\.[a-z0-9]+$")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_PACKINGS = (("br", ".br"), ("gzip", ".gz"))
NOT_BUILT = "the pages are not built: run `python scripts/build_pages.py` (make does it by itself)"


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """One file in one packing (`br`, `gzip` or none)."""

    content: bytes
    media_type: str
    packing: str
    etag: str
    is_immutable: bool  # its name changes with its content


class Assets:
    """One static folder, read when first asked for, and again after it was built anew."""

    def __init__(self, folder: Path, base: str) -> None:
        self.folder = folder
        self.base = base
        self._lock = Lock()
        self._read_at = -1
        self._names: frozenset[str] = frozenset()
        self._files: dict[tuple[str, str], BuiltFile] = {}

    def find(self, name: str, accepted: str = "") -> BuiltFile | None:
        """A file by its name, packed as Accept-Encoding allows; None if it was not built."""
        names = self._fresh_names()
        if name not in names or name.endswith((".br", ".gz")):
            return None
        wanted = {
            part.partition(";")[0].strip()
            for part in accepted.split(",")
            if ";q=0" not in part.replace(" ", "")
        }
        for packing, ending in _PACKINGS:
            if packing in wanted and name + ending in names:
                return self._read(name, packing, ending)
        return self._read(name, "", "")

    def entry(self, source: str) -> tuple[str, tuple[str, ...]]:
        """Addresses of the script and the styles that were made of a source. Errors: LookupError if not built."""
        manifest = self.manifest()
        if source not in manifest:
            raise LookupError(f"{source}: {NOT_BUILT}")
        row = manifest[source]
        return self.base + row["file"], tuple(self.base + name for name in row.get("css", ()))

    def manifest(self) -> dict[str, Any]:
        """What vite wrote about its output; empty if nothing was built."""
        found = self.find("manifest.json")
        return json.loads(found.content) if found else {}

    def _fresh_names(self) -> frozenset[str]:
        try:
            changed_at = self.folder.stat().st_mtime_ns
        except FileNotFoundError:
            return frozenset()
        if changed_at != self._read_at:
            with self._lock:
                names = frozenset(path.name for path in self.folder.iterdir() if path.is_file())
                self._names, self._files, self._read_at = names, {}, changed_at
        return self._names

    def _read(self, name: str, packing: str, ending: str) -> BuiltFile | None:
        known = self._files.get((name, packing))
        if known is None:
            try:
                content = (self.folder / (name + ending)).read_bytes()
            except FileNotFoundError:  # being built right now
                return None
            suffix = Path(name).suffix
            known = BuiltFile(
                content=content,
                media_type=_TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream"),
                packing=packing,
                etag=f'"{hashlib.sha256(content).hexdigest()[:20]}"',
                is_immutable=_HASHED.search(name) is not None,
            )
            self._files[name, packing] = known
        return known


@cache
def assets_of(audience: str) -> Assets:
    """The built files of `shop`, `register` or `look`."""
    where = "look" if audience == "look" else f"fronts/{audience}"
    return Assets(Path(str(files("highstreet").joinpath(where, "static"))), f"/{audience}/static/")
