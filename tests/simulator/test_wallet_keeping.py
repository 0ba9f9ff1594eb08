"""What the simulated wallet keeps: its state over restarts, and every fen."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from highstreet_simulator.provider import payers, refunds, trades
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Effect
from highstreet_simulator.provider.orders import CodeOrder, NewAccount, NewMerchant, RefundOrder
from highstreet_simulator.wallet import ThreadedWallet, WalletSettings, signing
from highstreet_simulator.wallet.face import Wallet
from highstreet_simulator.wallet.peers import Inbox, Merchant, Payer

# Restarts and conservation ------------------------------------------------------------------------


def test_everything_survives_a_restart(tmp_path: Path, inbox: Inbox) -> None:
    kept = WalletSettings(db=str(tmp_path / "wallet.db"), tick_s=0.02, notify_backoff_s=(0.3, 0.3))
    with ThreadedWallet(kept) as before:
        merchant = Merchant(httpx.Client(base_url=before.url, trust_env=False), inbox.url)
        asker = Payer(merchant.http, confirm_mode="ask")
        inbox.refusals = 1
        number = merchant.pay(asker, 10)["out_trade_no"]
        asker.confirm(number)
        inbox.wait(1)
        merchant.send("GET", f"/v1/trades/{number}", nonce="nonce-kept")
        merchant.sim("PUT", "/sim/faults", {"refund": {"timeout_before_effect": 1}, "hang_s": 0})
        trade = merchant.query(number)
    with ThreadedWallet(kept) as after:
        merchant.http = asker.http = httpx.Client(base_url=after.url, trust_env=False)
        assert merchant.query(number) == trade  # Signed by the same platform key.
        replayed = merchant.send("GET", f"/v1/trades/{number}", nonce="nonce-kept")
        assert replayed.json()["code"] == "nonce_replayed"
        with pytest.raises(httpx.RemoteProtocolError):
            merchant.refund(number, "R1", 1)
        assert asker.balance() == 99_990
        inbox.wait(2)
        signing.verify_answer(merchant.platform_key, *inbox.got[1])


class Conservation(RuleBasedStateMachine):
    """Any mixture of operations, faults and moved clocks keeps every fen."""

    accounts = Bundle("accounts")
    numbers = Bundle("numbers")

    def __init__(self) -> None:
        super().__init__()
        self.wallet = Wallet(WalletSettings())
        self.count = 0

    @initialize()
    def enrol(self) -> None:
        key = signing.public_key_text(Ed25519PrivateKey.generate().public_key())
        self.wallet.register_merchant(
            NewMerchant(merchant_id="m", public_key=key, notify_url="http://localhost/n")
        )

    @rule(
        target=accounts, balance=st.integers(0, 500), limit=st.none() | st.integers(0, 300), ask=st.booleans()
    )
    def open_account(self, balance: int, limit: int | None, ask: bool) -> str:
        order = NewAccount(
            name="x", balance_minor=balance, daily_limit_minor=limit, confirm_mode="ask" if ask else "auto"
        )
        with self.wallet.store.transaction() as tx:
            return str(payers.open_account(tx, order)["account_id"])

    @rule(
        target=numbers,
        account=accounts,
        total=st.integers(1, 200),
        late_s=st.none() | st.integers(1, 60),
    )
    def pay(self, account: str, total: int, late_s: int | None) -> str:
        self.count += 1
        number = f"T{self.count}"
        moment = self.wallet.moment(Effect(late_s=late_s))
        with self.wallet.store.transaction() as tx:
            code = str(payers.show_code(tx, moment, account)["auth_code"])
            order = CodeOrder.model_validate(
                {"out_trade_no": number, "auth_code": code, "amount": {"total": total}, "subject": "s"}
            )
            trades.pay_by_code(tx, moment, "m", order)
        return number

    @rule(account=accounts, number=numbers, is_confirmed=st.booleans())
    def answer(self, account: str, number: str, is_confirmed: bool) -> None:
        self.attempt(
            lambda tx, moment: payers.answer_pending(tx, moment, account, number, None, is_confirmed),
            Effect(),
        )

    @rule(number=numbers, late_s=st.none() | st.integers(0, 60))
    def reverse(self, number: str, late_s: int | None) -> None:
        self.attempt(lambda tx, moment: trades.reverse_trade(tx, moment, "m", number), Effect(late_s=late_s))

    @rule(
        number=numbers,
        amount=st.integers(1, 200),
        key=st.integers(0, 5),
        late_s=st.none() | st.integers(1, 60),
    )
    def refund(self, number: str, amount: int, key: int, late_s: int | None) -> None:
        order = RefundOrder.model_validate(
            {"out_refund_no": f"R{key}", "out_trade_no": number, "amount": {"total": amount}}
        )
        self.attempt(lambda tx, moment: refunds.refund_trade(tx, moment, "m", order), Effect(late_s=late_s))

    @rule(seconds=st.integers(1, 90))
    def move_clock(self, seconds: int) -> None:
        self.wallet.move_clock(self.wallet.clock.offset_s + seconds)

    def attempt(self, perform: Callable[[Any, Any], Any], effect: Effect) -> None:
        with suppress(ProviderRefusal):
            self.wallet.in_transaction(perform, effect)

    @invariant()
    def every_fen_is_somewhere(self) -> None:
        def total(sql: str) -> int:
            return int(self.wallet.store.connection.execute(sql).fetchone()[0] or 0)

        held = total("SELECT sum(balance_minor) FROM merchants")
        assert total("SELECT sum(funded_minor - balance_minor) FROM accounts") == held
        expected = total(
            """SELECT sum(total_minor - refunded_minor) FROM trades
               WHERE paid_at IS NOT NULL"""
        ) + total("SELECT sum(amount_minor) FROM refunds WHERE refund_state = 'processing'")
        assert expected == held
        moved = total(
            "SELECT sum(CASE kind WHEN 'paid' THEN amount_minor ELSE -amount_minor END) FROM movements"
        )
        assert moved == held

    def teardown(self) -> None:
        self.wallet.store.close()


def test_money_is_conserved_whatever_happens() -> None:
    run_state_machine_as_test(
        Conservation,
        settings=hypothesis_settings(
            max_examples=40, stateful_step_count=25, deadline=None, derandomize=True
        ),
    )
