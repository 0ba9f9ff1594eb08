"""The wallet app on a shopper's phone."""

from typing import Any

from highstreet_simulator.walk.wire import RefusedError, Wire

TOP_UP_MINOR = 100_000


class Payer:
    """One account. `kept` is what the phone remembers of it between walks."""

    def __init__(self, wire: Wire, kept: dict[str, str]) -> None:
        self.wire, self.kept = wire, kept
        self.last_code: str | None = None

    async def open(self, name: str, balance_minor: int, *, asks: bool) -> bool:
        """Make sure that there is an account; True when it is new."""
        if self.kept:
            try:
                await self._ask("GET", "")
            except RefusedError:
                self.kept.clear()  # the wallet's file was thrown away
            else:
                return False
        account = {"name": name, "balance_minor": balance_minor, "confirm_mode": "ask" if asks else "auto"}
        opened = await self.wire.ask("POST", "/app/accounts", json=account)
        self.kept.update(account_id=opened["account_id"], app_token=opened["app_token"])
        return True

    async def code(self) -> str:
        """The payment code on the screen."""
        self.last_code = str((await self._ask("GET", "/code"))["auth_code"])
        return self.last_code

    async def pending(self) -> list[dict[str, Any]]:
        """Payments that wait for a yes."""
        found: list[dict[str, Any]] = (await self._ask("GET", "/pending"))["pending"]
        return found

    async def confirm(self, number: str) -> None:
        """Say yes. Errors: RefusedError when it is too late."""
        await self._ask("POST", "/confirm", json={"out_trade_no": number})

    async def top_up(self) -> None:
        """Money from outside."""
        await self._ask("POST", "/top-up", json={"amount_minor": TOP_UP_MINOR})

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        whole = f"/app/accounts/{self.kept['account_id']}{path}"
        return await self.wire.ask(method, whole, self.kept["app_token"], **more)
