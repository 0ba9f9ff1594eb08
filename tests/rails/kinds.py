"""The rails that have a simulator, each with how to make an account at it."""

import base64
import re
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from highstreet.rooms.tenders.rails import alipay_wire
from highstreet.rooms.tenders.rails.alipay import AlipayRail
from highstreet.rooms.tenders.rails.port import Rail
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet_simulator.alipay import Alipay, signing
from highstreet_simulator.wallet.face import Wallet
from tests.rails.stand import Kind, Stand


def connect_wallet(stand: Stand, merchant_id: str) -> Rail:
    key = Ed25519PrivateKey.generate()
    stand.register(merchant_id, public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode())
    return WalletRail(stand.url, merchant_id, key, None)


@cache
def alipay_key() -> RSAPrivateKey:
    """One key for all applications of a test run: RSA keys take their time."""
    return signing.new_key()


def connect_alipay(stand: Stand, merchant_id: str) -> Rail:
    key = alipay_key()
    stand.register(merchant_id, public_key=signing.public_key_text(key.public_key()))
    platform_key = alipay_wire.read_public_key(stand.sim("GET", "/sim/platform-key")["public_key"])
    return AlipayRail(stand.url, merchant_id, key, platform_key, stand.inbox.url)


KINDS = (
    Kind("wallet", Wallet, connect_wallet),
    Kind(
        "alipay",
        Alipay,
        connect_alipay,
        unscanned="not_found",
        unsign=lambda body: re.sub(rb"&sign=[^&]*", b"", body),
    ),
)
