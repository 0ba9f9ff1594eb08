"""The rails that have a simulator, each with how to make an account at it."""

import base64
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet.rooms.tenders.rails.port import Rail
from highstreet.rooms.tenders.rails.stripe import StripeRail
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.stripe.face import Stripe
from highstreet_simulator.wallet.face import Wallet
from tests.rails.stand import Kind, Stand


def connect_wallet(stand: Stand, merchant_id: str) -> Rail:
    key = Ed25519PrivateKey.generate()
    stand.register(merchant_id, public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode())
    return WalletRail(stand.url, merchant_id, key, None)


def connect_stripe(stand: Stand, merchant_id: str) -> Rail:
    key, secret = f"sk_test_{secrets.token_hex(16)}", f"whsec_{secrets.token_hex(16)}"
    stand.register(merchant_id, secret=key, public_key=secret)
    stand.kept[merchant_id] = key
    return StripeRail(stand.url, key, secret, None, stand.kind.currency)


def add_stripe_reader(stand: Stand) -> str:
    answer = stand.http.post(
        "/v1/terminal/readers",
        data={"registration_code": "simulated-s700", "label": "Register 1"},
        headers={"Authorization": f"Bearer {stand.kept[stand.merchant_id]}"},
    )
    return str(answer.raise_for_status().json()["id"])


KINDS = (
    Kind("wallet", Wallet, connect_wallet),
    Kind("stripe", Stripe, connect_stripe, currency="EUR", add_reader=add_stripe_reader),
    Kind("stripe_yen", Stripe, connect_stripe, currency="JPY", add_reader=add_stripe_reader),
)
