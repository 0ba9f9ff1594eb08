"""A wallet holds one currency for the life of its file."""

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from highstreet_simulator.wallet import ThreadedWallet, WalletSettings, create_app
from highstreet_simulator.wallet.peers import Merchant, Payer


def test_a_wallet_of_euros_takes_euros_only(tmp_path: Path) -> None:
    settings = WalletSettings(db=str(tmp_path / "w.db"), currency="EUR")
    with ThreadedWallet(settings) as wallet, httpx.Client(base_url=wallet.url, trust_env=False) as http:
        merchant, payer = Merchant(http), Payer(http)
        order = merchant.order(payer, 1230)
        refused = merchant.call("POST", "/v1/pay/code", order, 400)
        assert (refused["code"], refused["message"]) == (
            "invalid_request",
            "amount.currency: this wallet holds EUR",
        )
        paid = merchant.call("POST", "/v1/pay/code", order | {"amount": {"total": 1230, "currency": "EUR"}})
        assert (paid["trade_state"], paid["amount"]["currency"]) == ("paid", "EUR")
        unnamed = merchant.order(payer, 70) | {"amount": {"total": 70}}
        assert merchant.call("POST", "/v1/pay/code", unnamed)["amount"]["currency"] == "EUR"
        refund = {"out_refund_no": "R1", "out_trade_no": order["out_trade_no"], "amount": {"total": 30}}
        merchant.call("POST", "/v1/refunds", refund | {"amount": {"total": 30, "currency": "CNY"}}, 400)
        assert merchant.call("POST", "/v1/refunds", refund)["amount"] == {"total": 30, "currency": "EUR"}
        assert merchant.reverse("never-seen")["amount"]["currency"] == "EUR"
        assert payer.balance() == 100_000 - 1230 - 70 + 30


def test_a_file_of_another_currency_is_refused(tmp_path: Path) -> None:
    db = str(tmp_path / "w.db")
    create_app(WalletSettings(db=db)).state.provider.store.close()
    with pytest.raises(ValueError, match="holds CNY, not EUR"):
        create_app(WalletSettings(db=db, currency="EUR"))
    command = [sys.executable, "-m", "highstreet_simulator.wallet", "--db", db, "--currency", "EUR"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert done.stderr.strip().endswith("holds CNY, not EUR")
