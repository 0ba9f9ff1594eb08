"""A provider's answers without a network: what a connector makes of each."""

from collections.abc import Callable, Mapping

import httpx
from yarl import URL

from highstreet.rooms.tenders.rails.heard import Heard, Silence
from highstreet.rooms.tenders.rails.http import Client


class Says(Client):
    """Answers each request by a function."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        super().__init__()
        self._answer = answer

    async def _send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        timeout_s: float,
        max_bytes: int,
    ) -> Heard | Silence:
        answer = self._answer(httpx.Request(method, str(url), headers=headers, content=content))
        return Heard(answer.status_code, answer.headers, answer.content)
