"""Asking a provider over HTTP: bounded in time and size, and honest about whether anything was sent."""

import asyncio
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
import certifi
from yarl import URL

from highstreet.rooms.tenders.rails.heard import Heard, Silence

MOST, IDLE_S, CONNECT_TIMEOUT_S = 100, 5.0, 2.0
MAX_URL = 8192
# An answer that unfolds to more than was sent is nobody's wish; WeChat refuses requests without a User-Agent.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "Highstreet"}


class Client:
    """Connections to a provider, kept open for a while; proxies and netrc of the machine are not looked at.

    Made anywhere, it belongs to the event loop of its first request. At most `MOST` requests are under way at once.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        timeout_s: float,
        max_bytes: int,
    ) -> Heard | Silence:
        """Send a request to exactly this address and read at most `max_bytes` of its answer, within `timeout_s`.

        A GET is sent once more when a connection that was kept broke under it; a POST never.
        """
        where = _address(url)
        if where is None:
            return Silence("rail_down", "InvalidURL", was_sent=False)
        return await self._send(method, where, headers, content, timeout_s, max_bytes)

    async def aclose(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()

    async def _send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float,
        max_bytes: int,
    ) -> Heard | Silence:
        try:
            async with (
                asyncio.timeout(timeout_s),
                self._open(url).request(
                    method,
                    url,
                    headers=headers,
                    data=content or None,
                    allow_redirects=False,
                ) as answer,
            ):
                body = await _read(answer, max_bytes)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as problem:
            return Silence("rail_down", type(problem).__name__, was_sent=False)
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            return Silence("no_answer", type(problem).__name__)
        if body is None:
            return Silence("answer_too_large", "")
        return Heard(answer.status, answer.headers, body)

    def _open(self, url: URL) -> aiohttp.ClientSession:
        if self._session is None:
            # Without TLS there are no certificates to load, which takes a tenth of a second.
            is_tls = url.scheme == "https"
            tls = ssl.create_default_context(cafile=certifi.where()) if is_tls else True
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=MOST, keepalive_timeout=IDLE_S, ssl=tls),
                headers=_HEADERS,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
                auto_decompress=False,
            )
        return self._session


def target_of(url: str) -> str:
    """The path and query of an address, as they are sent and signed."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _address(url: str) -> URL | None:
    if len(url) > MAX_URL or not (url.isascii() and url.isprintable()) or " " in url:
        return None
    try:
        where = URL(url, encoded=True)
        is_whole = where.scheme in ("http", "https") and bool(where.host) and where.port is not None
    except ValueError:
        return None
    return where if is_whole else None


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes | None:
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > max_bytes:
            answer.close()
            return None
    return bytes(content)
