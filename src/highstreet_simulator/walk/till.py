"""A register's side of a sale: scan, price, charge, wait for the payer, take back."""

import asyncio
from dataclasses import dataclass
from typing import Any

from highstreet_simulator.walk.ids import new_id
from highstreet_simulator.walk.sheet import RegisterKey
from highstreet_simulator.walk.wire import RefusedError, Wire

POLL_S = 0.7
PATIENCE_S = 22.0
NOTE_MINOR = 500


@dataclass(frozen=True, slots=True)
class Basket:
    """What lies on the counter and what the shopper shows."""

    items: tuple[tuple[str, int], ...]  # (gtin, pieces)
    member_code: str | None
    coupons: tuple[str, ...]


class Till:
    """One register; shoppers wait in line before it."""

    def __init__(self, wire: Wire, key: RegisterKey, currency: str) -> None:
        self.wire, self.key, self.currency = wire, key, currency
        self.line = asyncio.Lock()

    async def charge_cash(self, basket: Basket) -> dict[str, Any]:
        """Say the price, take notes, give change; the receipt comes back."""
        quote = await self._ask("POST", "/register/v1/quotes", json=_asked(basket))
        total = int(quote["total_minor"])
        given = -(-total // NOTE_MINOR) * NOTE_MINOR
        tender = {"id": new_id("tnd"), "rail": "cash", "given_minor": given}
        return await self._charge(basket, tender)

    async def charge_wallet(self, basket: Basket, auth_code: str) -> dict[str, Any]:
        """Scan the payment code and wait; calls the payment back when nobody confirms it.

        The receipt comes back, or the abandoned sale.
        """
        tender = {"id": new_id("tnd"), "rail": "wallet", "auth_code": auth_code}
        sale = await self._charge(basket, tender)
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + PATIENCE_S
        path = f"/register/v1/sales/{sale['sale_id']}"
        while sale["state"] == "open":
            await asyncio.sleep(POLL_S)
            if loop.time() > give_up_at:
                try:
                    sale = await self._ask("POST", f"{path}/cancel")
                except RefusedError:  # settled in this very moment
                    sale = await self._ask("GET", path)
                give_up_at = loop.time() + PATIENCE_S
            else:
                sale = await self._ask("GET", path)
        return sale

    async def take_back(self, sale: dict[str, Any], line_no: int, reason: str) -> dict[str, Any]:
        """One piece of one line comes back."""
        body = {
            "id": new_id("rtn"),
            "sale_id": sale["sale_id"],
            "items": [{"line_no": line_no, "quantity": 1}],
            "reason": reason,
        }
        told: dict[str, Any] = await self._ask("POST", "/register/v1/returns", json=body)
        return told

    async def _charge(self, basket: Basket, tender: dict[str, Any]) -> dict[str, Any]:
        body = {**_asked(basket), "id": new_id("sal"), "currency": self.currency, "tenders": [tender]}
        sale: dict[str, Any] = await self._ask("POST", "/register/v1/sales", json=body)
        return sale

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        return await self.wire.ask(method, path, self.key.token, **more)


def _asked(basket: Basket) -> dict[str, Any]:
    return {
        "items": [{"gtin": gtin, "quantity": quantity} for gtin, quantity in basket.items],
        "member_code": basket.member_code,
        "coupons": list(basket.coupons),
    }
