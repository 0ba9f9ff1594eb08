"""A payment provider in the manner of Stripe, as a process of its own. PROTOCOL.md: what of it is simulated, and how.

It knows nothing of Highstreet, and nothing of the package `stripe`, whose name it shares a part of.
"""

from starlette.applications import Starlette

from highstreet_simulator.provider import server
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.stripe.face import Stripe

__all__ = ["Stripe", "create_app"]


def create_app(settings: ProviderSettings) -> Starlette:
    """A Stripe as an ASGI app."""
    return server.create_app(Stripe(settings))
