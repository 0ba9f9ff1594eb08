"""Wallet: a payment provider in the manner of the Chinese wallets, as a process of its own.

It knows nothing of Highstreet. `PROTOCOL.md` beside this file is the contract for a merchant's connector.
"""

from starlette.applications import Starlette

from highstreet_simulator.provider import server
from highstreet_simulator.provider.settings import ProviderSettings as WalletSettings
from highstreet_simulator.wallet.face import Wallet

__all__ = ["ThreadedWallet", "WalletSettings", "create_app"]


def create_app(settings: WalletSettings | None = None) -> Starlette:
    """A wallet as an ASGI app."""
    return server.create_app(Wallet(settings or WalletSettings()))


class ThreadedWallet(server.ThreadedProvider):
    """A wallet in a thread."""

    def __init__(
        self, settings: WalletSettings | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        super().__init__(Wallet(settings or WalletSettings()), host=host, port=port)
