"""Wallet: a payment provider in the manner of the Chinese wallets, as a process of its own.

It knows nothing of Highstreet. `PROTOCOL.md` beside this file is the contract for a merchant's connector.
"""

from highstreet_simulator.wallet.server import ThreadedWallet, create_app, run_wallet
from highstreet_simulator.wallet.settings import WalletSettings

__all__ = ["ThreadedWallet", "WalletSettings", "create_app", "run_wallet"]
