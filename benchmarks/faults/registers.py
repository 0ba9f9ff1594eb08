"""The registers: each plays its sales by the plan, and asks again until it is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from benchmarks.faults.bank import Bank
from benchmarks.faults.own_rails import REFUSALS, OwnRails
from benchmarks.faults.payers import Clients, Phones, Purse
from benchmarks.faults.plan import Part, SalePlan
from benchmarks.faults.providers import CURRENCY, ProviderProcess
from benchmarks.shop_floor import token
from highstreet.kernel.ids import stable_id

PATIENCE_S = 600.0
"""How long a sale may stay open before the run has failed: the longest a provider's page lives, on a busy machine."""
HELD_MIN = 5
FLOAT_MINOR = 20_000
SETTLED = frozenset({"captured", "failed", "reversed"})
ENDED = ("paid", "abandoned")


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that goes on beside a block and ends with it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register asked last for a sale or a return, and the final answer."""

    plan: SalePlan
    register: int
    body: dict[str, Any]
    told: dict[str, Any]


@dataclass
class Heard:
    """What the registers were told, to be held against what is there afterwards."""

    answers: dict[str, Answer] = field(default_factory=dict)
    """By the sale's or the return's id."""
    drawers: Counter[int] = field(default_factory=Counter)
    """Cash in each drawer: what was put in, what was told to be taken and given back."""
    terminals: Counter[int] = field(default_factory=Counter)
    """What each card terminal shows by its own total: what it took, less what it gave back."""
    refused: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    tries: int = 0
    finished: int = 0


class Street:
    """All registers of a run."""

    def __init__(
        self, our_url: str, providers: Mapping[str, ProviderProcess], gtins: Sequence[str], own: OwnRails
    ) -> None:
        self.url = our_url
        self.gtins = gtins
        self.own = own
        self.bank = Bank()
        self.heard = Heard()
        self.ours = Clients(our_url, 64)
        self.phones = Phones(providers)
        self._floats: dict[int, asyncio.Task[None]] = {}

    async def aclose(self) -> None:
        """Close all connections."""
        await self.ours.aclose()
        await self.phones.aclose()

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
        await self._float(plan.register)
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
        self.heard.drawers[plan.register] += _taken(told, "cash")
        self.heard.terminals[plan.register] += _taken(told, "slip")
        if told["state"] == "paid" and plan.comes_back != "nothing":
            await self._give_back(plan, told)

    async def _float(self, register: int) -> None:
        """Before its first sale a register is given change; whoever comes beside waits for it."""
        if register not in self._floats:
            self._floats[register] = asyncio.create_task(self._put_in(register))
        await self._floats[register]

    async def _put_in(self, register: int) -> None:
        body = {
            "id": stable_id("drm", "faults", str(register)),
            "direction": "in",
            "reason": "float",
            "amount_minor": FLOAT_MINOR,
        }
        _expect(200, await self._ask(register, "drawer/moves", body))
        self.heard.drawers[register] += FLOAT_MINOR

    async def _at_once(self, plan: SalePlan, body: dict[str, Any]) -> dict[str, Any]:
        [part] = plan.parts
        purse = await self.phones.purse(part)
        body["tenders"] = [await self._tender(part, purse)]
        if plan.beside is not None:
            body["tenders"].append(self.own.beside(plan, plan.beside))
        async with beside(self.phones.act(part, purse)):
            status, told = await self._charge(plan, body)
            if self._is_refused(part, status, told):  # nothing was written: the same sale is paid otherwise
                body["tenders"] = [self.own.instead(plan, part)]
                status, told = await self._charge(plan, body)
            _expect((200, 202), (status, told))
            purse.qr = told.get("qr")
            told = await self._until_final(plan, part, told)
        self.heard.answers[plan.sale_id] = Answer(plan, plan.register, body, told)
        return told

    async def _charge(self, plan: SalePlan, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        return await self._ask(plan.register, "sales", lambda: self.own.fresh(body, plan))

    async def _tender(self, part: Part, purse: Purse) -> dict[str, Any]:
        tender = self.own.tender(part)
        if part.way == "code":
            tender["auth_code"] = await self.phones.code(purse)
        return tender

    def _is_refused(self, part: Part, status: int, told: dict[str, Any]) -> bool:
        """Whether our own rail refused just what the plan has wrong with this payment."""
        if told.get("code") != REFUSALS.get((part.rail, part.payer), "") or status not in (404, 409):
            return False
        self.heard.refused[f"{part.rail}: {told['code']}"] += 1
        return True

    async def _in_parts(self, plan: SalePlan, body: dict[str, Any]) -> dict[str, Any]:
        body["hold_minutes"] = HELD_MIN
        status, told = await self._charge(plan, body)
        _expect(202, (status, told))
        share = told["total_minor"] // (len(plan.parts) + 1)
        for no, part in enumerate(plan.parts):
            is_last = no == len(plan.parts) - 1
            if is_last and plan.is_given_up:
                break
            told = await self._part(plan, part, None if is_last else share)
            if told["state"] != "open":
                break
        path = f"sales/{plan.sale_id}"
        if plan.is_given_up:
            await self._ask(plan.register, f"{path}/cancel", {"slips": self.own.back(plan, "given up")})
        elif told["state"] == "open" and told["due_minor"]:  # what was declined is paid in cash
            rest = {"id": plan.name("tnd", "rest"), "rail": "cash"}
            await self._ask(plan.register, f"{path}/tenders", rest)
        told = await self._until(plan, lambda told: told["state"] in ENDED)
        if any(
            (p["direction"], p["state"]) == ("out", "pending") and p["rail"] in ("cash", "slip")
            for p in told["parts"]
        ):  # its time was over before the register gave it up: what is owed is handed out
            await self._ask(plan.register, f"{path}/cancel", {"slips": self.own.back(plan, "given up")})
            told = await self._look(plan)
        self.heard.answers[plan.sale_id] = Answer(plan, plan.register, body, told)
        return told

    async def _part(self, plan: SalePlan, part: Part, amount_minor: int | None) -> dict[str, Any]:
        purse = await self.phones.purse(part)
        body = await self._tender(part, purse)
        if amount_minor is not None:
            body["amount_minor"] = amount_minor
        path = f"sales/{plan.sale_id}/tenders"
        async with beside(self.phones.act(part, purse)):
            status, told = await self._ask(plan.register, path, body)
            if self._is_refused(part, status, told):
                if part.rail != "slip":  # due again: the next part or the rest pays it
                    return await self._look(plan)
                status, told = await self._ask(plan.register, path, body | self.own.instead(plan, part))
            if told.get("code") in ("sales.not_open", "sales.part_too_much"):
                self.own.slips.pop(part.tender_id, None)
                return await self._run_out(plan, told["code"])
            _expect((200, 202), (status, told))
            purse.qr = told.get("qr")
            if part.rail == "transfer":
                return await self._transfer(plan, part, told)
            return await self._until_final(plan, part, told, is_part=True)

    async def _run_out(self, plan: SalePlan, code: str) -> dict[str, Any]:
        """A part is refused because the sale's time is over, and for nothing else: it ends by itself."""
        told = await self._look(plan)
        if told["state"] == "open" and datetime.fromisoformat(told["held_until"]) > datetime.now(UTC):
            raise AssertionError(f"{code}, with {told['due_minor']} due: {told}")
        return await self._until(plan, lambda told: told["state"] in ENDED)

    async def _transfer(self, plan: SalePlan, part: Part, told: dict[str, Any]) -> dict[str, Any]:
        """The payer goes to the bank, and the register waits for the statement, or no longer."""
        asked = next((p for p in told["parts"] if p["tender_id"] == part.tender_id), None)
        assert asked is not None
        reference, amount = asked["reference"], asked["amount_minor"]
        await asyncio.sleep(part.after_s % 4)
        if part.payer in ("pays", "twice", "short"):
            self.bank.book(
                part.tender_id, reference, amount // (2 if part.payer == "short" else 1), part.payer
            )
        if part.payer == "twice":
            self.bank.book(part.tender_id, reference, amount, part.payer)
        told = await self._until_final(plan, part, told, is_part=True)
        if part.payer == "late":
            self.bank.book(part.tender_id, reference, amount, part.payer)
        return told

    async def _until_final(
        self, plan: SalePlan, part: Part, told: dict[str, Any], *, is_part: bool = False
    ) -> dict[str, Any]:
        """Wait as a cashier does: look again and again, and call it back when the plan says so."""

        def is_final(told: dict[str, Any]) -> bool:
            if told["state"] in ENDED:
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
                await self._ask(plan.register, f"{path}/cancel", {})
        return told if is_final(told) else await self._until(plan, is_final)

    async def _until(self, plan: SalePlan, is_final: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        ends, pause_s = time.monotonic() + PATIENCE_S, 0.3
        while not is_final(told := await self._look(plan)):
            if time.monotonic() > ends:
                raise AssertionError(f"still open: {told}")
            await asyncio.sleep(pause_s)
            pause_s = min(2.0, pause_s * 1.5)
        return told

    async def _look(self, plan: SalePlan) -> dict[str, Any]:
        _, told = await self._ask(plan.register, f"sales/{plan.sale_id}", None)
        return told

    async def _give_back(self, plan: SalePlan, receipt: dict[str, Any]) -> None:
        await self._float(plan.back_at)
        lines = receipt["lines"] if plan.comes_back == "all" else receipt["lines"][:1]
        items = [{"line_no": line["line_no"], "quantity": line["quantity"]} for line in lines]
        body: dict[str, Any] = {"id": plan.name("rtn", "back"), "sale_id": plan.sale_id, "items": items}
        body["slips"] = self.own.back(plan, "returned")
        status, told = await self._ask(plan.back_at, "returns", body)
        _expect(200, (status, told))
        self.heard.answers[body["id"]] = Answer(plan, plan.back_at, body, told)
        for refund in told["refunds"]:
            if refund["rail"] == "cash":
                self.heard.drawers[plan.back_at] -= refund["amount_minor"]
            elif refund["rail"] == "slip":
                self.heard.terminals[plan.back_at] -= refund["amount_minor"]

    async def _ask(
        self, register: int, path: str, body: dict[str, Any] | Callable[[], dict[str, Any]] | None
    ) -> tuple[int, dict[str, Any]]:
        """Ask until there is an answer: the same body, the same ids. Without a body it is a look."""
        headers = {"Authorization": f"Bearer {token(register)}"}
        ours = self.ours.of(str(register))
        ends = time.monotonic() + PATIENCE_S
        while True:
            self.heard.tries += 1
            try:
                if body is None:
                    answer = await ours.get(f"/register/v1/{path}", headers=headers)
                else:
                    content = body() if callable(body) else body
                    answer = await ours.post(f"/register/v1/{path}", json=content, headers=headers)
                if answer.status_code != 503:
                    return answer.status_code, answer.json()
            except httpx.TransportError:
                if time.monotonic() > ends:
                    raise
            await asyncio.sleep(0.1)


def _expect(status: int | tuple[int, ...], answer: tuple[int, dict[str, Any]]) -> None:
    if answer[0] not in (status if isinstance(status, tuple) else (status,)):
        raise AssertionError(f"{answer[0]} {answer[1]}")


def _taken(told: dict[str, Any], rail: str) -> int:
    """What a sale that has ended left in the drawer or the terminal, as the register was told."""
    if told.get("parts") is not None:
        return sum(
            p["amount_minor"] * (1 if p["direction"] == "in" else -1)
            for p in told["parts"]
            if (p["rail"], p["state"]) == (rail, "captured")
        )
    return sum(t["amount_minor"] for t in told.get("tenders") or () if t["rail"] == rail)
