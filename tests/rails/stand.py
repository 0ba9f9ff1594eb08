"""A stand for one rail: its simulated provider in a thread, one merchant account there, one connector, one phone.

What a provider must say of itself is a `Kind`; everything else is the same for all of them.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders.model import Notice, QrShown, RailAnswer
from highstreet.rooms.tenders.rails.port import PayOrder, Rail, RefundOrder
from highstreet_simulator.provider.core import Provider
from highstreet_simulator.provider.server import ThreadedProvider
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.wallet.peers import Inbox, Payer
from tests.patience import PATIENCE_S

T = TypeVar("T")
FAST: dict[str, Any] = {
    "tick_s": 0.02,
    "notify_timeout_s": 2,
    "notify_backoff_s": (0.05, 0.1, 0.2),
    "allow_early_bill": True,
}


@dataclass(frozen=True)
class Kind:
    """What differs between providers in these tests."""

    name: str
    face: Callable[[ProviderSettings], Provider]
    """The simulator."""
    connect: Callable[["Stand", str], Rail]
    """Register this merchant account at the stand's provider (Stand.register) and make its connector."""
    currency: str = "CNY"
    has_notices: bool = True
    unscanned: str = "paying"
    """What a query says of a QR that nobody has scanned yet: `not_found` where the trade begins with the scan."""
    settings: dict[str, Any] = field(default_factory=dict)
    unsign: Callable[[bytes], bytes] = lambda body: body
    """A notice's body without its signature, where it stands there and not in the headers."""
    add_reader: Callable[["Stand"], str] | None = None
    """Put a card reader into service at the stand's account; its id."""


class Stand:
    """A provider that is running, and one merchant's way to it."""

    def __init__(self, kind: Kind, inbox: Inbox) -> None:
        self.kind, self.inbox = kind, inbox
        self.server = ThreadedProvider(
            kind.face(ProviderSettings(currency=kind.currency, **FAST | kind.settings))
        )
        self.server.__enter__()
        self.url = self.server.url
        self.http = httpx.Client(base_url=self.url, trust_env=False)
        self.merchant_id = f"m{secrets.token_hex(5)}"
        self.kept: dict[str, str] = {}
        """What a kind wants to remember of an account, by its merchant id."""
        self.loop = asyncio.new_event_loop()
        self._thread = ThreadPoolExecutor(1)
        self.rail = kind.connect(self, self.merchant_id)
        inbox.answer = (self.rail.notice_answer.status, self.rail.notice_answer.body)
        self.run(self.rail.open())

    def close(self) -> None:
        """Stop everything."""
        self.run(self.rail.aclose())
        self._thread.shutdown()
        self.loop.close()
        self.http.close()
        self.server.__exit__(None, None, None)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something asynchronous: one loop for the connector's whole life, on its own thread beside a browser's."""
        return self._thread.submit(self.loop.run_until_complete, work).result()

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Speak to the control plane."""
        answer = self.http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def register(self, merchant_id: str, **credentials: str) -> None:
        """Enrol a merchant with its credentials; notices go to the inbox."""
        self.sim(
            "POST",
            "/sim/merchants",
            {"merchant_id": merchant_id, "notify_url": self.inbox.url, **credentials},
        )

    def next_fault(self, operation: str, fault: str, **more: Any) -> None:
        """Ask for a fault that strikes once."""
        self.sim("POST", "/sim/faults/next", {"operation": operation, "fault": fault, **more})

    def payer(self, balance_minor: int = 1_000_000, **more: Any) -> Payer:
        """A new phone with money; `confirm_mode="ask"` makes payments wait for a yes."""
        return Payer(self.http, balance_minor, **more)

    def order(self, amount_minor: int = 1230) -> PayOrder:
        """A fresh order."""
        return PayOrder(new_id("tnd"), amount_minor, self.kind.currency, "Tea, green", datetime.now(UTC))

    def refund_of(self, order: PayOrder, amount_minor: int, provider_ref: str | None = None) -> RefundOrder:
        """A fresh refund of an order that was paid."""
        paid = PayOrder(
            order.tender_id, order.amount_minor, order.currency, order.subject, order.created_at, provider_ref
        )
        return RefundOrder(new_id("tnd"), amount_minor, paid, None, datetime.now(UTC))

    def pay(self, order: PayOrder, payer: Payer) -> RailAnswer:
        """Ask for the payment in this rail's first way, and let the payer do their part."""
        if "code" in self.rail.ways:
            return self.run(self.rail.pay_by_code(order, payer.code()))
        shown = self.run(self.rail.show_qr(order))
        if isinstance(shown, RailAnswer):
            return shown
        assert isinstance(shown, QrShown)
        payer.post("/scan", {"code_url": shown.code_url})
        return self.run(self.rail.query(order))

    def query(self, order: PayOrder) -> RailAnswer:
        """What became of it."""
        return self.run(self.rail.query(order))

    def reverse(self, order: PayOrder) -> RailAnswer:
        """Call it back."""
        return self.run(self.rail.reverse(order))

    def notice_of(self, order: PayOrder) -> tuple[Notice, dict[str, str], bytes]:
        """The notice about an order's payment, once it has come, with the headers and body it was."""
        give_up_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_at:
            for headers, body in list(self.inbox.got):
                notice = self.rail.read_notice(headers, body, datetime.now(UTC))
                if notice is not None and (notice.tender_id, notice.kind) == (order.tender_id, "trade"):
                    return notice, headers, body
            time.sleep(0.02)
        raise AssertionError(f"no notice of {order.tender_id} among {len(self.inbox.got)}")

    def moved(self, order: PayOrder) -> int:
        """What the provider really took for an order and has not given back, minor units."""
        trades = self.sim("GET", f"/sim/trades?merchant_id={self.merchant_id}")["trades"]
        # A provider that numbers payments itself has our number among the words we gave it (tell_more).
        found = [t for t in trades if order.tender_id in (t["out_trade_no"], t.get("tender_id"))]
        return sum(
            t["amount"]["total"] - t["amount"]["refunded"] for t in found if t["trade_state"] == "paid"
        )
