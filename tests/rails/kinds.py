"""The rails that have a simulator, each with how to make an account at it."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet.rooms.tenders.rails.port import Rail
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.wallet.face import Wallet
from tests.rails.stand import Kind, Stand


def connect_wallet(stand: Stand, merchant_id: str) -> Rail:
    key = Ed25519PrivateKey.generate()
    stand.register(merchant_id, public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode())
    return WalletRail(stand.url, merchant_id, key, None)


KINDS = (Kind("wallet", Wallet, connect_wallet),)
