"""The payers: an account at a provider for each payment, and what its owner does with it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import httpx

from benchmarks.faults.plan import PROVIDERS, Part
from benchmarks.faults.providers import ProviderProcess

PURSE_MINOR = 100_000_00


class Clients:
    """HTTP to one address. Many pools of few connections: a pool looks at all of its own for every request."""

    def __init__(self, url: str, pools: int) -> None:
        # Without certificates to load, a client is made in no time.
        self._pools = [
            httpx.AsyncClient(base_url=url, trust_env=False, verify=False, timeout=20) for _ in range(pools)
        ]

    def of(self, key: str) -> httpx.AsyncClient:
        """Always the same one for the same key."""
        return self._pools[crc32(key.encode()) % len(self._pools)]

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


@dataclass
class Purse:
    """A payer's account, opened for one payment: what it is short of in the end is what that payment took."""

    provider: str
    account_id: str
    tender_id: str
    headers: dict[str, str]
    qr: str | None = None
    """What the register shows."""


class Phones:
    """All payers' apps."""

    def __init__(self, providers: Mapping[str, ProviderProcess]) -> None:
        self.purses: list[Purse] = []
        self.apps = {name: Clients(provider.url, 16) for name, provider in providers.items()}

    async def aclose(self) -> None:
        """Close all connections."""
        for app in self.apps.values():
            await app.aclose()

    async def purse(self, part: Part) -> Purse:
        """An account with money, where a provider is asked."""
        if part.rail not in PROVIDERS:
            return Purse("", "", part.tender_id, {})
        mode = "ask" if part.way == "code" and part.payer != "pays" else "auto"
        asked = {"name": "Payer", "balance_minor": PURSE_MINOR, "confirm_mode": mode}
        answer = (
            (await self._phone(part.rail, part.tender_id, "POST", "/app/accounts", json=asked))
            .raise_for_status()
            .json()
        )
        headers = {"Authorization": f"Bearer {answer['app_token']}"}
        purse = Purse(part.rail, answer["account_id"], part.tender_id, headers)
        self.purses.append(purse)
        return purse

    async def code(self, purse: Purse) -> str:
        """A payment code to be scanned."""
        path = f"/app/accounts/{purse.account_id}/code"
        answer = await self._phone(purse.provider, purse.tender_id, "GET", path, headers=purse.headers)
        return str(answer.raise_for_status().json()["auth_code"])

    async def act(self, part: Part, purse: Purse) -> None:
        """What the payer does meanwhile. A QR: look whether one is shown, then scan it."""
        if part.way is None or part.payer == "never" or (part.way == "code" and part.payer == "pays"):
            return
        if part.payer != "pays":
            await asyncio.sleep(part.after_s)
        if part.way == "qr":
            if part.payer == "refuses":
                return
            while purse.qr is None:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            await self._app(purse, "scan", {"code_url": purse.qr})
            return
        word = "confirm" if part.payer == "hesitates" else "refuse"
        while not await self._app(purse, word, {"out_trade_no": part.tender_id}):  # noqa: ASYNC110
            await asyncio.sleep(0.5)

    async def _app(self, purse: Purse, act: str, body: dict[str, Any]) -> bool:
        path = f"/app/accounts/{purse.account_id}/{act}"
        answer = await self._phone(
            purse.provider, purse.tender_id, "POST", path, json=body, headers=purse.headers
        )
        return answer.is_success

    async def _phone(self, provider: str, whose: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask a provider's app, again when the line broke: a connection kept open may be closed just now."""
        for _ in range(10):
            try:
                return await self.apps[provider].of(whose).request(method, path, **more)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
        raise AssertionError(f"{provider} does not answer its app")
