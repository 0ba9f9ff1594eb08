"""Asking a provider over HTTP: bounded in time and size, and honest about whether anything was sent."""

import asyncio

import httpx

from highstreet.rooms.tenders.rails.heard import Heard, Silence

CONNECT_TIMEOUT_S = 2.0


def open_client(base_url: str) -> httpx.AsyncClient:
    """A pool of connections for one provider; proxies and netrc of the machine are not looked at."""
    return httpx.AsyncClient(
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=50),
        trust_env=False,
        # Without TLS there are no certificates to load, which takes a tenth of a second of every start.
        verify=not base_url.startswith("http://"),
    )


async def ask(
    client: httpx.AsyncClient, request: httpx.Request, *, timeout_s: float, max_bytes: int
) -> Heard | Silence:
    """Send a request and read at most `max_bytes` of its answer, all within `timeout_s`."""
    request.extensions["timeout"] = httpx.Timeout(
        timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)
    ).as_dict()
    try:
        async with asyncio.timeout(timeout_s):
            answer = await client.send(request, stream=True)
            try:
                content = await _read(answer, max_bytes)
            finally:
                await answer.aclose()
    except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
        return Silence("rail_down", type(problem).__name__, was_sent=False)
    except (httpx.HTTPError, httpx.StreamError, TimeoutError) as problem:
        return Silence("no_answer", type(problem).__name__)
    if content is None:
        return Silence("answer_too_large", "")
    return Heard(answer.status_code, answer.headers, content)


async def _read(answer: httpx.Response, max_bytes: int) -> bytes | None:
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > max_bytes:
            return None
    return bytes(content)
