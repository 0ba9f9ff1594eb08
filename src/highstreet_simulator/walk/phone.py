"""A shopper's phone at Highstreet: signing in, looking, following, claiming, and the live stream."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import httpx

from highstreet_simulator.walk.ids import new_id
from highstreet_simulator.walk.wire import RefusedError, Wire

STREAM_AGAIN_S = 1.0
ORDERED_MINOR = 1_000_000


class Phone:
    """One device; `kept` holds its session between walks."""

    def __init__(
        self, wire: Wire, inbox: Wire, number: str, device_id: str, locale: str, kept: dict[str, str]
    ) -> None:
        self.wire, self.inbox = wire, inbox
        self.number, self.device_id, self.locale, self.kept = number, device_id, locale, kept
        self.members: set[str] = set()
        self.receipts: dict[str, float] = {}  # when a sale's receipt came, loop time
        self._came = asyncio.Event()

    async def sign_in(self) -> bool:
        """Be signed in, by the kept session or by a one-time code; True when a code was needed."""
        if self.kept.get("token"):
            try:
                await self._read_memberships()
            except RefusedError:
                self.kept.pop("token")
            else:
                return False
        seen = await self._messages()
        while True:
            try:
                await self.wire.ask("POST", "/shop/v1/sign-in/codes", json={"phone": self.number})
                break
            except RefusedError as refused:
                if refused.status != 429:
                    raise
                await asyncio.sleep(max(1.0, refused.retry_after_s))
        code = await self._next_code(seen)
        body = {"phone": self.number, "code": code, "device_id": self.device_id}
        signed_in = await self.wire.ask("POST", "/shop/v1/sign-in", locale=self.locale, json=body)
        self.kept["token"] = signed_in["token"]
        await self._read_memberships()
        return True

    async def _messages(self) -> int:
        answer = await self.inbox.http.get(f"/codes/{self.number}", params={"after": -1})
        return int(answer.json()["number"])

    async def _next_code(self, seen: int) -> str:
        for _ in range(6):
            with suppress(RefusedError):
                found = await self.inbox.ask("GET", f"/codes/{self.number}", params={"after": seen})
                return str(found["code"])
        raise RefusedError(404, "inbox.no_code", 0)

    async def _read_memberships(self) -> None:
        found = await self.ask("GET", "/shop/v1/memberships")
        self.members = {membership["brand"]["brand_id"] for membership in found}

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """As this person."""
        return await self.wire.ask(method, path, self.kept.get("token"), **more)

    async def touch(self, slug: str) -> dict[str, Any]:
        """Scan a code; where it leads comes back."""
        body = {"id": new_id("tch"), "slug": slug, "device_id": self.device_id}
        led: dict[str, Any] = await self.ask("POST", "/shop/v1/touches", json=body)
        return led

    async def nearest(self, lat: float, lon: float, brand_id: str) -> list[dict[str, Any]]:
        """A brand's nearest places: the open ones, at night all."""
        where: dict[str, Any] = {"lat": lat, "lon": lon, "brand_id": brand_id, "limit": 5}
        found: list[dict[str, Any]] = await self.ask("GET", "/shop/v1/nearest", params=where)
        if not found:
            found = await self.ask("GET", "/shop/v1/nearest", params={**where, "open_only": False})
        return found

    async def follow(self, brand_id: str, slug: str | None, purposes: list[str], *, joins: bool) -> None:
        """Follow, consent, join."""
        body = {
            "entry": "poster" if slug else "map",
            "code_slug": slug,
            "joins": joins,
            "purposes": purposes,
            "consent_ids": [new_id("cst") for _ in purposes],
            "member_id": new_id("mbr") if joins else None,
        }
        await self.ask("PUT", f"/shop/v1/brands/{brand_id}/follow", json=body)
        if joins:
            self.members.add(brand_id)

    async def claim(self, brand_id: str, offer_id: str) -> str:
        """Take a coupon. Errors: RefusedError when there is none left for this person."""
        path = f"/shop/v1/brands/{brand_id}/offers/{offer_id}/claims"
        return str((await self.ask("POST", path, json={"coupon_id": new_id("cpn")}))["coupon_id"])

    async def usable_coupons(self, brand_id: str) -> list[str]:
        """Coupons for this brand that can be used now."""
        held = await self.ask("GET", "/shop/v1/coupons")
        return [c["coupon_id"] for c in held if c["brand"]["brand_id"] == brand_id and c["state"] == "usable"]

    async def member_code(self, brand_id: str) -> str:
        """What the register scans."""
        return str((await self.ask("GET", f"/shop/v1/memberships/{brand_id}/code"))["code"])

    async def shelf(self, brand_id: str, place_id: str) -> list[dict[str, Any]]:
        """Goods that lie at a place, but for what nobody carries to a till on the way."""
        page = await self.ask("GET", f"/shop/v1/places/{brand_id}/{place_id}", params={"goods_limit": 60})
        goods = [line["goods"] for line in page["goods"]]
        return [one for one in goods if one["gtin"] and one["list_minor"] < ORDERED_MINOR]

    async def receipt(self, sale_id: str, timeout_s: float) -> float | None:
        """When the receipt of a sale came on the stream (loop time); None when it did not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while sale_id not in self.receipts:
                    self._came.clear()
                    await self._came.wait()
        return self.receipts.pop(sale_id, None)

    async def listen(self) -> None:
        """Keep the stream open until cancelled; resumes where it was cut."""
        last_id = ""
        while True:
            headers = {"Authorization": f"Bearer {self.kept['token']}"} | (
                {"Last-Event-ID": last_id} if last_id else {}
            )
            with suppress(httpx.HTTPError):
                no_end = httpx.Timeout(5.0, read=None)
                async with self.wire.http.stream(
                    "GET", "/shop/v1/stream", headers=headers, timeout=no_end
                ) as answer:
                    last_id = await self._hear(answer, last_id)
            await asyncio.sleep(STREAM_AGAIN_S)

    async def _hear(self, answer: httpx.Response, last_id: str) -> str:
        if answer.status_code != 200:
            return last_id
        name = ""
        with suppress(httpx.HTTPError):
            async for line in answer.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field == "id":
                    last_id = value
                elif field == "data" and name == "sales.sale_paid.v1":
                    sale_id = str(json.loads(value)["sale_id"])
                    self.receipts[sale_id] = asyncio.get_running_loop().time()
                    self._came.set()
        return last_id
