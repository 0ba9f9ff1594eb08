"""One wallet over real HTTP for all tests of a file; every test has a merchant and payers of its own."""

from collections.abc import Iterator

import httpx
import pytest

from highstreet_simulator.wallet import ThreadedWallet, WalletSettings
from highstreet_simulator.wallet.peers import Inbox, Merchant, Payer

FAST = WalletSettings(
    tick_s=0.02, notify_timeout_s=2, notify_backoff_s=(0.05, 0.1, 0.2), allow_early_bill=True
)


@pytest.fixture(scope="module")
def wallet_http() -> Iterator[httpx.Client]:
    with ThreadedWallet(FAST) as wallet, httpx.Client(base_url=wallet.url, trust_env=False) as http:
        yield http


@pytest.fixture(scope="module")
def shared_inbox() -> Iterator[Inbox]:
    box = Inbox()
    yield box
    box.close()


@pytest.fixture
def inbox(shared_inbox: Inbox) -> Inbox:
    shared_inbox.got.clear()
    shared_inbox.refusals = 0
    return shared_inbox


@pytest.fixture
def merchant(wallet_http: httpx.Client, inbox: Inbox) -> Iterator[Merchant]:
    """A new merchant; afterwards no fault or moved clock remains, and no fen is missing."""
    made = Merchant(wallet_http, inbox.url)
    yield made
    made.register(None)  # Late notices of this test must not reach the next one's inbox.
    made.sim("DELETE", "/sim/faults")
    made.move_clock(0)
    assert made.sim("GET", "/sim/state")["is_conserved"] is True


@pytest.fixture
def payer(merchant: Merchant) -> Payer:
    return Payer(merchant.http)


@pytest.fixture
def asker(merchant: Merchant) -> Payer:
    return Payer(merchant.http, confirm_mode="ask")
