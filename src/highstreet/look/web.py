"""Pages over HTTP: their headers, the shells of the applications, built files and drawings.

Every page runs under one Content-Security-Policy: scripts only from files of ours, nothing from another host.
"""

import base64
import gzip
import hashlib
import re
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.i18n import LOCALES, negotiate
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.web import needs
from highstreet.look.assets import NOT_BUILT, assets_of
from highstreet.look.motifs import SCENES
from highstreet.look.pictures import draw_goods, draw_place, draw_scene

# 'wasm-unsafe-eval': the reader of bar codes is WebAssembly; it lets no script run that is not a file of ours.
_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self' blob:; manifest-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
"""What every page of ours is answered with, whoever draws it."""

_YEAR = "public, max-age=31536000, immutable"
_DAY = "public, max-age=86400"
_THEMES = {"light": "highstreet", "dark": "highstreet-dark"}

router = APIRouter(prefix="/look", include_in_schema=False, dependencies=[needs(ActorKind.NOBODY)])


def page_locale(request: Request) -> str:
    """The language of a page: what was chosen (cookie `lang`), else what the browser asks for."""
    chosen = request.cookies.get("lang")
    return chosen if chosen in LOCALES else negotiate(request.headers.get("accept-language"))


def page_theme(request: Request) -> str | None:
    """The theme that was chosen (cookie `theme`); None: as the device has it."""
    return _THEMES.get(request.cookies.get("theme", ""))


def shell(request: Request, audience: str, more: str = "") -> Response:
    """The page that an application starts from, in the reader's language and colours.

    `more` goes to the end of its body: data for the application's first drawing, never a script that runs. Its
    styles then come within it, too, allowed by their hash: on a slow line that spares a question.
    """
    built = assets_of(audience).find("index.html")
    if built is None:
        return Response(NOT_BUILT, 503, {"Retry-After": "5"}, "text/plain")
    theme = page_theme(request)
    opening = f'<html lang="{page_locale(request)}"' + (f' data-theme="{theme}"' if theme else "") + ">"
    text = re.sub(r"<html[^>]*>", opening, built.content.decode(), count=1)
    headers = {**PAGE_HEADERS, "Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    # Told in the headers, they are fetched before the first byte of a long page has been read.
    if modules := _MODULES.findall(text):
        headers["Link"] = ", ".join(f"<{path}>; rel=modulepreload; crossorigin" for path in modules)
    if not more:
        return Response(text, 200, headers, "text/html")
    text, policy = _with_styles(text, audience)
    headers["Content-Security-Policy"] = policy
    content = text.replace("</body>", f"{more}</body>", 1).encode()
    headers["Vary"] += ", Accept-Encoding"
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = _packed(content), "gzip"
    return Response(content, 200, headers, "text/html; charset=utf-8")


_MODULES = re.compile(
    r'<(?:script type="module"|link rel="modulepreload")[^>]* (?:src|href)="(/\w+/static/[\w.-]+)"'
)
_STYLES = re.compile(r'<link rel="stylesheet"[^>]*href="/\w+/static/([\w.-]+)"[^>]*>')


def _with_styles(text: str, audience: str) -> tuple[str, str]:
    """The page with its stylesheet in place of the link to it, and the policy that allows just that."""
    link = _STYLES.search(text)
    built = assets_of(audience).find(link[1]) if link else None
    if link is None or built is None:
        return text, _POLICY
    style = built.content.decode()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = f"{text[: link.start()]}<style>{style}</style>{text[link.end() :]}"
    return page, _POLICY.replace("style-src 'self'", f"style-src 'self' 'sha256-{digest}'")


@lru_cache(maxsize=16)
def _packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def static_file(request: Request, audience: str, name: str) -> Response:
    """One built file. Errors: Refusal request.not_found."""
    built = assets_of(audience).find(name, request.headers.get("accept-encoding", ""))
    if built is None:
        raise REQUEST_NOT_FOUND()
    headers = {
        "Cache-Control": _YEAR if built.is_immutable else "no-cache",
        "ETag": built.etag,
        "Vary": "Accept-Encoding",
    }
    if name.endswith(".html"):
        headers |= PAGE_HEADERS
    if name == "sw.js":  # it lies in static/, and works for all of the front's pages
        headers |= {"Service-Worker-Allowed": f"/{audience}/", "Content-Security-Policy": _POLICY}
    if built.packing:
        headers["Content-Encoding"] = built.packing
    if built.etag in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(built.content, 200, headers, built.media_type)


@router.get("/static/{name}")
async def look_static(request: Request, name: str) -> Response:
    """A built file of the shared look."""
    return static_file(request, "look", name)


Seed = Annotated[str, Path(max_length=80)]


@router.get("/pictures/goods/{category}/{seed}.svg")
async def picture_of_goods(category: Annotated[str, Path(max_length=120)], seed: Seed) -> Response:
    """A drawing of goods of a category; the same for the same seed, always."""
    return _picture(draw_goods(category, seed))


@router.get("/pictures/places/{category}/{seed}.svg")
async def picture_of_place(category: Annotated[str, Path(max_length=120)], seed: Seed) -> Response:
    """A drawing of a shop front."""
    return _picture(draw_place(category, seed))


@router.get("/pictures/scenes/{name}.svg")
async def picture_of_scene(name: str) -> Response:
    """A drawing for a page that has nothing to show. Errors: Refusal request.not_found."""
    if name not in SCENES:
        raise REQUEST_NOT_FOUND()
    return _picture(draw_scene(name))


def _picture(drawn: str) -> Response:
    # Inside an SVG nothing may run or be fetched, even when it is opened by itself.
    headers = {
        "Cache-Control": _DAY,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    }
    return Response(drawn, 200, headers, "image/svg+xml")
