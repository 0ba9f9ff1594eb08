"""A simulated wallet for tests of the connector and of flows: one for all tests of a file, a merchant for each."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from highstreet.flows.program import Program
from highstreet.rooms.tenders import RailAnswer
from highstreet.rooms.tenders.rails.port import PayOrder, RefundOrder
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet import ThreadedWallet, WalletSettings
from highstreet_simulator.wallet.peers import Inbox, Merchant, Payer

FAST = WalletSettings(
    tick_s=0.02, notify_timeout_s=2, notify_backoff_s=(0.05, 0.1, 0.2), allow_early_bill=True
)


@pytest.fixture(scope="module")
def wallet_http() -> Iterator[httpx.Client]:
    with ThreadedWallet(FAST) as running, httpx.Client(base_url=running.url, trust_env=False) as http:
        yield http


@pytest.fixture(scope="module")
def shared_inbox() -> Iterator[Inbox]:
    box = Inbox()
    yield box
    box.close()


@pytest.fixture
def inbox(shared_inbox: Inbox) -> Inbox:
    shared_inbox.got.clear()
    return shared_inbox


@pytest.fixture
def merchant(wallet_http: httpx.Client, inbox: Inbox) -> Iterator[Merchant]:
    made = Merchant(wallet_http, inbox.url)
    yield made
    made.register(None)
    made.sim("DELETE", "/sim/faults")
    made.move_clock(0)
    assert made.sim("GET", "/sim/state")["is_conserved"] is True


@pytest.fixture
def payer(merchant: Merchant) -> Payer:
    return Payer(merchant.http)


@pytest.fixture
def asker(merchant: Merchant) -> Payer:
    return Payer(merchant.http, confirm_mode="ask")


def raw_key(merchant: Merchant) -> bytes:
    return merchant.platform_key.public_bytes_raw()


def run(merchant: Merchant, story: Callable[[WalletRail], Coroutine[Any, Any, Any]], **changes: Any) -> Any:
    """One event loop, one connector, one story."""

    async def whole() -> Any:
        rail = WalletRail(
            changes.get("base_url", str(merchant.http.base_url)),
            changes.get("merchant_id", merchant.merchant_id),
            changes.get("private_key", merchant.key),
            changes.get("platform_key", raw_key(merchant)),
            changes.get("client"),
        )
        try:
            return await story(rail)
        finally:
            await rail.aclose()

    return asyncio.run(whole())


def pay(
    merchant: Merchant, payer: Payer, tender_id: str, amount_minor: int = 1230, **changes: Any
) -> RailAnswer:
    code = payer.code()
    answer = run(
        merchant, lambda rail: rail.pay_by_code(order(tender_id, amount_minor, "CNY", "Tea"), code), **changes
    )
    assert isinstance(answer, RailAnswer)
    return answer


def order(tender_id: str, amount_minor: int = 1230, currency: str = "CNY", subject: str = "Tea") -> PayOrder:
    return PayOrder(tender_id, amount_minor, currency, subject, datetime.now(UTC))


def refund_order(
    refund_id: str, tender_id: str = "t", amount_minor: int = 30, currency: str = "CNY"
) -> RefundOrder:
    return RefundOrder(refund_id, amount_minor, order(tender_id, currency=currency))


def wallet_of(program: Program) -> WalletRail:
    account = program.rails.account("wallet")
    assert account is not None
    assert isinstance(account.rail, WalletRail)
    return account.rail
