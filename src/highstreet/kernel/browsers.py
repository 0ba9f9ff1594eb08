"""Sessions of browsers: one cookie for each audience, who may send it from where, and a browser's name in few words.

The cookie carries the same key as the bearer header does. Pure: kernel/web.py meets the web framework.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

PAGE_HEADER = "x-highstreet"
PAGE = "page"
"""Our pages send this header with everything that changes something: no other site's page can."""

AUDIENCES = frozenset({"shop", "office", "dealer", "register"})
REGISTER_DAYS = 400
"""A register's cookie has no end of its own; browsers keep none for longer."""

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SYSTEMS = {
    "iphone": "iPhone",
    "ipad": "iPad",
    "android": "Android",
    "windows": "Windows",
    "mac os": "Mac",
    "linux": "Linux",
}
# In this order: most browsers claim to be others, too.
_BROWSERS = {
    "micromessenger": "WeChat",
    "alipayclient": "Alipay",
    "edg": "Edge",
    "firefox": "Firefox",
    "fxios": "Firefox",
    "crios": "Chrome",
    "chrome": "Chrome",
    "safari": "Safari",
}


def audience_of(path: str) -> str | None:
    """Whose pages and questions live under this path: shop, office, dealer or register."""
    first = path[1:].partition("/")[0]
    return first if first in AUDIENCES else None


def cookie_of(audience: str) -> str:
    """The name of an audience's cookie."""
    return f"hs_{audience}"


def is_from_page(headers: Mapping[str, str]) -> bool:
    """Whether one of our pages says that it asks."""
    return headers.get(PAGE_HEADER) == PAGE


def is_cross_site(method: str, headers: Mapping[str, str]) -> bool:
    """Whether another site may have made a browser ask this: true when in doubt, never for what only reads."""
    if method in _SAFE:
        return False
    if not is_from_page(headers):
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:  # set by the browser itself, on https and on localhost
        return site != "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def session_cookie(audience: str, token: str, *, max_age_s: int, is_secure: bool) -> str:
    """The `Set-Cookie` line that keeps a session in the browser, out of reach of scripts; an age of 0 ends it."""
    parts = (
        f"{cookie_of(audience)}={token}",
        f"Max-Age={max_age_s}",
        f"Path=/{audience}",
        "HttpOnly",
        "SameSite=Lax",
        *(("Secure",) if is_secure else ()),
    )
    return "; ".join(parts)


def browser_name(user_agent: str | None) -> str | None:
    """`Chrome, Android` out of a User-Agent: enough to know one's own device by, too little to follow it."""
    told = (user_agent or "").lower()
    system = next((name for word, name in _SYSTEMS.items() if word in told), None)
    browser = next((name for word, name in _BROWSERS.items() if word in told), None)
    return ", ".join(part for part in (browser, system) if part) or None
