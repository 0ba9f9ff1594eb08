"""Speaking HTTP: JSON there and back, refusals by their code, patience with a busy server."""

import asyncio
from typing import Any

import httpx

BUSY_TRIES = 8
BUSY_WAIT_S = 0.25


class RefusedError(Exception):
    """The server refused; `code` is its problem code."""

    def __init__(self, status: int, code: str, retry_after_s: float) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.retry_after_s = status, code, retry_after_s


class Wire:
    """One server, as everybody's phones and registers reach it."""

    def __init__(self, base_url: str, *, connections: int = 200) -> None:
        self.http = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(20.0, connect=5.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=connections),
            trust_env=False,
        )

    async def ask(
        self, method: str, path: str, token: str | None = None, locale: str | None = None, **more: Any
    ) -> Any:
        """The JSON of the answer; busy or cut off: the same again, which all these requests allow.

        Errors: RefusedError; httpx.TransportError when the server stays away.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        if locale is not None:
            headers["Accept-Language"] = locale
        for attempt in range(BUSY_TRIES):
            is_last = attempt == BUSY_TRIES - 1
            try:
                answer = await self.http.request(method, path, headers=headers, **more)
            except httpx.TransportError:
                if is_last:
                    raise
            else:
                if answer.status_code != 503 or is_last:
                    return _read(answer)
            await asyncio.sleep(BUSY_WAIT_S * (attempt + 1))
        raise AssertionError("the last try answers or raises")

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()


def _read(answer: httpx.Response) -> Any:
    try:
        body = answer.json() if answer.content else None
    except ValueError:
        body = None
    if answer.is_success:
        return body
    code = body.get("code", "?") if isinstance(body, dict) else "?"
    wait = answer.headers.get("retry-after", "")
    raise RefusedError(answer.status_code, str(code), float(wait) if wait.isdigit() else 0.0)
