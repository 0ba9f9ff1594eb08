"""Sending codes, and forgetting what has ended. Senders are pluggable: terminal for the demo, HTTP for others."""

import sys
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import httpx

from highstreet.kernel.db import Database
from highstreet.kernel.jobs import Every, Handler
from highstreet.rooms.identity.actions import forget_ended
from highstreet.rooms.identity.model import (
    FORGET,
    SEND_CODE,
    CodeMessage,
    ForgetEnded,
    mask_phone,
    unseal_code,
)

KEPT_LIMIT = 100
HTTP_TIMEOUT_S = 5.0

SCHEDULE = (Every(FORGET, 3600),)


class Sender(Protocol):
    """What carries a code to a phone. May be asked twice for the same code; raises when it could not send."""

    async def send_code(self, phone: str, code: str, locale: str) -> None: ...


class TerminalSender:
    """Prints the code beside a masked phone. With `keeps`, the last 100 stay in `sent` for the simulator."""

    def __init__(self, *, keeps: bool = False) -> None:
        self.keeps = keeps
        self.sent: deque[tuple[str, str]] = deque(maxlen=KEPT_LIMIT)

    async def send_code(self, phone: str, code: str, locale: str) -> None:
        """Print one line, `phone code locale`."""
        if self.keeps:
            self.sent.append((phone, code))
        sys.stdout.write(f"{mask_phone(phone)} {code} ({locale})\n")
        sys.stdout.flush()

    def last_code(self, phone: str) -> str | None:
        """The newest code kept for this phone."""
        return next((code for to, code in reversed(self.sent) if to == phone), None)


class HttpSender:
    """Posts `{"phone", "code", "locale"}` as JSON to an SMS gateway's address; any 2xx is success."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx.AsyncClient(timeout=HTTP_TIMEOUT_S)

    async def send_code(self, phone: str, code: str, locale: str) -> None:
        """Errors: httpx.HTTPError when not reached or not 2xx; the job is tried again while the code is good."""
        answer = await self.client.post(self.url, json={"phone": phone, "code": code, "locale": locale})
        answer.raise_for_status()

    async def close(self) -> None:
        """Close the connections."""
        await self.client.aclose()


def handlers(db: Database, sender: Sender, pepper: bytes) -> Mapping[str, Handler]:
    """Job handlers of this room by kind; `SCHEDULE` says which are repeated."""

    async def send_code(payload: dict[str, Any], now: datetime) -> None:
        message: CodeMessage = unseal_code(pepper, payload["sealed"])
        if now < message.expires_at:  # an old code is of no use to anybody
            await sender.send_code(message.phone, message.code, message.locale)

    async def forget(_payload: dict[str, Any], now: datetime) -> None:
        await db.write(forget_ended, ForgetEnded(now))

    return {SEND_CODE: send_code, FORGET: forget}
