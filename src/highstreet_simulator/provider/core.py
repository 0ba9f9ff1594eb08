"""One running provider: its file, clock and fault dial, and what a face must add to speak its protocol."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider import refunds, trades
from highstreet_simulator.provider.clock import ProviderClock
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import FaultDial, FaultDrawer, Operation
from highstreet_simulator.provider.moment import Effect, Moment
from highstreet_simulator.provider.orders import NewMerchant
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Row, Store, Tx, one

NO_EFFECT = Effect()
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is signed."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose merchant is known. `clock_offset_s`: which of the two clocks its timestamp fitted.

    `asked` is what the face read from it, `operation` may depend on that.
    """

    provider: "Provider"
    request: Request
    merchant_id: str
    body: bytes
    asked: dict[str, Any] = field(default_factory=dict)
    clock_offset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A notice ready to be posted."""

    body: bytes
    headers: dict[str, str]


class Provider(ABC):
    """Everything that the providers share; a subclass gives it a face. Used on one event loop only."""

    def __init__(self, settings: ProviderSettings) -> None:
        self.settings = settings
        self.store = Store(settings.db)
        self._keep_currency()
        self.clock = ProviderClock(float(self.store.read_meta("clock_offset_s") or 0.0))
        dial = self.store.read_meta("faults")
        self.faults = FaultDrawer(FaultDial.model_validate_json(dial) if dial else FaultDial())
        self.wake = asyncio.Event()

    def _keep_currency(self) -> None:
        """Raises ValueError when the file holds another currency."""
        kept = self.store.read_meta("currency")
        if kept is None:
            self.store.write_meta("currency", self.settings.currency)
        elif kept != self.settings.currency:
            self.store.close()
            raise ValueError(f"{self.settings.db} holds {kept}, not {self.settings.currency}")

    def moment(self, effect: Effect = NO_EFFECT) -> Moment:
        """Now, with the dial's rules for notices."""
        machine_at = self.clock.machine_now()
        return Moment(
            at=machine_at + self.clock.offset_s,
            machine_at=machine_at,
            settings=self.settings,
            rules=self.faults.dial.send_notices,
            effect=effect,
        )

    def in_transaction(
        self, perform: Callable[[Tx, Moment], Row | None], effect: Effect = NO_EFFECT
    ) -> Row | None:
        """Run one effect in a transaction and wake the sender of notices."""
        with self.store.transaction() as tx:
            row = perform(tx, self.moment(effect))
        self.wake.set()
        return row

    def set_dial(self, dial: FaultDial) -> None:
        """Put a fault dial in force, also after a restart."""
        self.faults.turn_to(dial)
        self.store.write_meta("faults", dial.model_dump_json())

    def move_clock(self, offset_s: float) -> None:
        """Set the clock's offset from the machine's, also after a restart; what falls due, happens."""
        self.clock.offset_s = offset_s
        self.store.write_meta("clock_offset_s", repr(offset_s))
        self.apply_due()

    def apply_due(self) -> None:
        """Close, land and complete all that is due now."""
        with self.store.transaction() as tx:
            moment = self.moment()
            if trades.apply_all_due(tx, moment) + refunds.complete_all_due(tx, moment):
                self.wake.set()

    def register_merchant(self, merchant: NewMerchant) -> None:
        """Enrol a merchant, or give a known one new credentials or notify_url; raises `invalid_request` (400)."""
        self.check_credentials(merchant)
        with self.store.transaction() as tx:
            tx.execute(
                """INSERT INTO merchants (merchant_id, public_key, secret, notify_url) VALUES (?, ?, ?, ?)
                   ON CONFLICT (merchant_id) DO UPDATE
                   SET public_key = excluded.public_key, secret = excluded.secret, notify_url = excluded.notify_url""",
                (merchant.merchant_id, merchant.public_key, merchant.secret, merchant.notify_url),
            )

    def merchant(self, merchant_id: str) -> Row:
        """A registered merchant; raises `unknown_merchant` (401)."""
        row = one(self.store.connection, "SELECT * FROM merchants WHERE merchant_id = ?", merchant_id)
        if row is None:
            raise ProviderRefusal(401, "unknown_merchant", "no merchant is registered under this id")
        return row

    # The face: how this provider speaks. Everything above and in the other files is the same for all.

    @abstractmethod
    def routes(self) -> list[Route]:
        """What merchants call."""

    @abstractmethod
    def check_credentials(self, merchant: NewMerchant) -> None:
        """Raises `invalid_request` (400) for credentials that cannot be read."""

    @abstractmethod
    def authenticate(self, request: Request, body: bytes) -> "Call":
        """Who asks for what; raises the refusal that this protocol has for a wrong signature."""

    @abstractmethod
    def refuse(self, refusal: ProviderRefusal, call: "Call | None") -> "Answer":
        """A refusal in this protocol's words; without a call nobody is known to have asked."""

    @abstractmethod
    def say_unknown(self, call: "Call", operation: Operation) -> "Answer":
        """The answer that leaves the outcome open (fault `answer_unknown`)."""

    @abstractmethod
    def seal(self, answer: "Answer", call: "Call | None", *, is_wrong: bool = False) -> Response:
        """The answer, signed and dated by the clock that the call's timestamp fitted.

        `is_wrong` signs something else, for the fault `bad_signature`.
        """

    @abstractmethod
    def write_notice(self, notice: Row, *, is_cut: bool = False, is_wrong: bool = False) -> "Letter":
        """A kept notice as it goes out now; its body is `{id, type, create_time, resource}` as JSON.

        `is_cut` sends half of it, signed as such; `is_wrong` signs something else.
        """

    def tell_more(self, trade: Row) -> dict[str, object]:
        """What /sim/trades shows of a trade beyond what all providers have: the merchant's own words for it."""
        return {}

    def took_notice(self, answer: httpx.Response) -> bool:
        """Whether the merchant has taken it."""
        return answer.is_success

    async def keep_time(self) -> None:
        """Apply what falls due, tick by tick, until cancelled."""
        while True:
            try:
                self.apply_due()
            except Exception:
                # One broken trade must not stop the clock for all others.
                log.exception("what was due could not be applied")
            await asyncio.sleep(self.settings.tick_s)

    async def wait_for_work(self, timeout_s: float) -> None:
        """Sleep until something happened or the time is up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.wake.wait(), timeout_s)
        self.wake.clear()
