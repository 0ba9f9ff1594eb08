"""The registers and the payers: each plays its sales by the plan, and asks again until it is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.faults.plan import Part, SalePlan
from benchmarks.faults.providers import CURRENCY, ProviderProcess
from benchmarks.shop_floor import token

PURSE_MINOR = 100_000_00
PATIENCE_S = 300.0
"""How long a sale may stay open before the run has failed: the longest a provider's page lives, and some."""
HELD_MIN = 5
SETTLED = frozenset({"captured", "failed", "reversed"})
_MANY = httpx.Limits(max_connections=400, max_keepalive_connections=400)


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that goes on beside a block and ends with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass
class Purse:
    """A payer's account, opened for one payment: what it is short of in the end is what that payment took."""

    provider: str
    account_id: str
    tender_id: str
    headers: dict[str, str]
    qr: str | None = None
    """What the register shows."""


@dataclass
class Heard:
    """What the registers were told, to be held against what is there afterwards."""

    answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    """Sale or return id → what was asked, and the final answer."""
    purses: list[Purse] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    tries: int = 0
    finished: int = 0


class Street:
    """All registers and payers of a run."""

    def __init__(self, our_url: str, providers: Mapping[str, ProviderProcess], gtins: Sequence[str]) -> None:
        self.gtins = gtins
        self.heard = Heard()
        self.ours = httpx.AsyncClient(base_url=our_url, trust_env=False, timeout=20, limits=_MANY)
        self.apps = {
            name: httpx.AsyncClient(base_url=provider.url, trust_env=False, timeout=20, limits=_MANY)
            for name, provider in providers.items()
        }

    async def aclose(self) -> None:
        """Close all connections."""
        for client in (self.ours, *self.apps.values()):
            await client.aclose()

    async def play(self, sales: Sequence[SalePlan], at_once: int) -> None:
        """Play all sales, so many beside each other."""
        waiting = iter(sales)

        async def one_register() -> None:
            for sale in waiting:
                try:
                    await self._sale(sale)
                except Exception as problem:  # one sale's failure must not hide the others'
                    self.heard.problems.append(f"{sale.sale_id} ({sale.kind}): {problem!r}")
                self.heard.finished += 1

        await asyncio.gather(*(one_register() for _ in range(at_once)))

    async def _sale(self, plan: SalePlan) -> None:
        body: dict[str, Any] = {
            "id": plan.sale_id,
            "currency": CURRENCY,
            "items": [{"gtin": self.gtins[g], "quantity": pieces} for g, pieces in plan.goods],
        }
        if plan.kind == "parts":
            told = await self._in_parts(plan, body)
        else:
            told = await self._at_once(plan, body)
        self.heard.ends[f"sale {told['state']}"] += 1
        if told["state"] == "paid" and plan.comes_back != "nothing":
            await self._give_back(plan, told)

    async def _at_once(self, plan: SalePlan, body: dict[str, Any]) -> dict[str, Any]:
        [part] = plan.parts
        purse = await self._purse(part)
        tender: dict[str, Any] = {"id": part.tender_id, "rail": part.rail}
        if part.way == "code":
            tender["auth_code"] = await self._code(purse)
        body["tenders"] = [tender]
        if plan.kind == "mixed":
            body["tenders"].append({"id": plan.name("tnd", "cash"), "rail": "cash", "amount_minor": 100})
        async with _beside(self._payer(part, purse)):
            status, told = await self._ask(plan, "sales", body)
            if status not in (200, 202):
                raise AssertionError(f"{status} {told}")
            purse.qr = told.get("qr")
            told = await self._until_final(plan, part, told)
        self.heard.answers[plan.sale_id] = (body, told)
        return told

    async def _in_parts(self, plan: SalePlan, body: dict[str, Any]) -> dict[str, Any]:
        status, told = await self._ask(plan, "sales", body | {"hold_minutes": HELD_MIN})
        if status != 202:
            raise AssertionError(f"{status} {told}")
        share = told["total_minor"] // (len(plan.parts) + 1)
        for no, part in enumerate(plan.parts):
            is_last = no == len(plan.parts) - 1
            if is_last and plan.is_given_up:
                break
            told = await self._part(plan, part, None if is_last else share)
            if told["state"] != "open":
                return told
        if plan.is_given_up:
            await self._ask(plan, f"sales/{plan.sale_id}/cancel", {})
        elif told["state"] == "open" and told["due_minor"]:  # what was declined is paid in cash
            rest = {"id": plan.name("tnd", "rest"), "rail": "cash"}
            await self._ask(plan, f"sales/{plan.sale_id}/tenders", rest)
        return await self._until(plan, lambda told: told["state"] in ("paid", "abandoned"))

    async def _part(self, plan: SalePlan, part: Part, amount_minor: int | None) -> dict[str, Any]:
        purse = await self._purse(part)
        body: dict[str, Any] = {"id": part.tender_id, "rail": part.rail}
        if amount_minor is not None:
            body["amount_minor"] = amount_minor
        if part.way == "code":
            body["auth_code"] = await self._code(purse)
        async with _beside(self._payer(part, purse)):
            status, told = await self._ask(plan, f"sales/{plan.sale_id}/tenders", body)
            if status not in (200, 202):
                raise AssertionError(f"{status} {told}")
            purse.qr = told.get("qr")
            return await self._until_final(plan, part, told, is_part=True)

    async def _until_final(
        self, plan: SalePlan, part: Part, told: dict[str, Any], *, is_part: bool = False
    ) -> dict[str, Any]:
        """Wait as a cashier does: look again and again, and call it back when the plan says so."""

        def is_final(told: dict[str, Any]) -> bool:
            if told["state"] in ("paid", "abandoned"):
                return True
            if not is_part:
                return False
            states = [p["state"] for p in told.get("parts") or () if p["tender_id"] == part.tender_id]
            return bool(states) and states[0] in SETTLED

        began = time.monotonic()
        if not is_final(told) and part.cancelled_after_s is not None:
            while not is_final(told) and time.monotonic() - began < part.cancelled_after_s:
                await asyncio.sleep(0.7)
                told = await self._look(plan)
            if not is_final(told):
                path = f"sales/{plan.sale_id}" + (f"/tenders/{part.tender_id}" if is_part else "")
                await self._ask(plan, f"{path}/cancel", {})
        return told if is_final(told) else await self._until(plan, is_final)

    async def _until(self, plan: SalePlan, is_final: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        ends = time.monotonic() + PATIENCE_S
        while not is_final(told := await self._look(plan)):
            if time.monotonic() > ends:
                raise AssertionError(f"still open: {told}")
            await asyncio.sleep(2.0)
        return told

    async def _look(self, plan: SalePlan) -> dict[str, Any]:
        _, told = await self._ask(plan, f"sales/{plan.sale_id}", None)
        return told

    async def _give_back(self, plan: SalePlan, receipt: dict[str, Any]) -> None:
        lines = receipt["lines"] if plan.comes_back == "all" else receipt["lines"][:1]
        items = [{"line_no": line["line_no"], "quantity": line["quantity"]} for line in lines]
        body: dict[str, Any] = {"id": plan.name("rtn", "back"), "sale_id": plan.sale_id, "items": items}
        status, told = await self._ask(plan, "returns", body)
        if status != 200:
            raise AssertionError(f"{status} {told}")
        self.heard.answers[body["id"]] = (body, told)

    async def _ask(
        self, plan: SalePlan, path: str, body: dict[str, Any] | None
    ) -> tuple[int, dict[str, Any]]:
        """Ask until there is an answer: the same body, the same ids. Without a body it is a look."""
        headers = {"Authorization": f"Bearer {token(plan.register)}"}
        ends = time.monotonic() + PATIENCE_S
        while True:
            self.heard.tries += 1
            try:
                if body is None:
                    answer = await self.ours.get(f"/register/v1/{path}", headers=headers)
                else:
                    answer = await self.ours.post(f"/register/v1/{path}", json=body, headers=headers)
                if answer.status_code != 503:
                    return answer.status_code, answer.json()
            except httpx.TransportError:
                if time.monotonic() > ends:
                    raise
            await asyncio.sleep(0.1)

    # The payers.

    async def _purse(self, part: Part) -> Purse:
        if part.way is None:
            return Purse("", "", part.tender_id, {})
        mode = "ask" if part.way == "code" and part.payer != "pays" else "auto"
        asked = {"name": "Payer", "balance_minor": PURSE_MINOR, "confirm_mode": mode}
        answer = (await self._phone(part.rail, "POST", "/app/accounts", json=asked)).raise_for_status().json()
        headers = {"Authorization": f"Bearer {answer['app_token']}"}
        purse = Purse(part.rail, answer["account_id"], part.tender_id, headers)
        self.heard.purses.append(purse)
        return purse

    async def _code(self, purse: Purse) -> str:
        path = f"/app/accounts/{purse.account_id}/code"
        answer = await self._phone(purse.provider, "GET", path, headers=purse.headers)
        return str(answer.raise_for_status().json()["auth_code"])

    async def _payer(self, part: Part, purse: Purse) -> None:
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
        answer = await self._phone(purse.provider, "POST", path, json=body, headers=purse.headers)
        return answer.is_success

    async def _phone(self, provider: str, method: str, path: str, **more: Any) -> httpx.Response:
        """Ask a provider's app, again when the line broke: a connection kept open may be closed just now."""
        for _ in range(10):
            try:
                return await self.apps[provider].request(method, path, **more)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
        raise AssertionError(f"{provider} does not answer its app")
