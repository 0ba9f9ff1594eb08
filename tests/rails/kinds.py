"""The rails that have a simulator, each with how to make an account at it."""

import base64
import re
import secrets
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from highstreet.rooms.tenders.rails import alipay_wire
from highstreet.rooms.tenders.rails.alipay import AlipayRail
from highstreet.rooms.tenders.rails.port import Rail
from highstreet.rooms.tenders.rails.stripe import StripeRail
from highstreet.rooms.tenders.rails.wallet import WalletRail
from highstreet.rooms.tenders.rails.wechat import WechatRail
from highstreet_simulator.alipay import Alipay
from highstreet_simulator.alipay import signing as alipay_signing
from highstreet_simulator.stripe.face import Stripe
from highstreet_simulator.wallet.face import Wallet
from highstreet_simulator.wechat.face import WeChatPay
from tests.rails.stand import Kind, Stand
from tests.wechat_merchant import APPID, MERCHANT_CERTIFICATE, MERCHANT_KEY, MERCHANT_SERIAL


def connect_wallet(stand: Stand, merchant_id: str) -> Rail:
    key = Ed25519PrivateKey.generate()
    stand.register(merchant_id, public_key=base64.b64encode(key.public_key().public_bytes_raw()).decode())
    return WalletRail(stand.url, merchant_id, key, None)


def connect_wechat(stand: Stand, merchant_id: str) -> WechatRail:
    """With the platform's certificates."""
    return wechat_account(stand, merchant_id, None)


def connect_wechat_by_key(stand: Stand, merchant_id: str) -> WechatRail:
    """With the platform's public key."""
    told = stand.sim("GET", "/sim/platform")
    key = load_pem_public_key(told["public_key"].encode())
    assert isinstance(key, RSAPublicKey)
    return wechat_account(stand, merchant_id, (told["public_key_id"], key))


def wechat_account(
    stand: Stand, merchant_id: str, platform_key: tuple[str, RSAPublicKey] | None, **more: Any
) -> WechatRail:
    secret = secrets.token_hex(16)
    stand.register(merchant_id, public_key=MERCHANT_CERTIFICATE, secret=secret)
    return WechatRail(
        stand.url,
        merchant_id,
        APPID,
        MERCHANT_SERIAL,
        MERCHANT_KEY,
        secret.encode(),
        stand.inbox.url,
        platform_key,
        **more,
    )


@cache
def alipay_key() -> RSAPrivateKey:
    """One key for all applications of a test run: RSA keys take their time."""
    return alipay_signing.new_key()


def connect_alipay(stand: Stand, merchant_id: str) -> Rail:
    key = alipay_key()
    stand.register(merchant_id, public_key=alipay_signing.public_key_text(key.public_key()))
    platform_key = alipay_wire.read_public_key(stand.sim("GET", "/sim/platform-key")["public_key"])
    return AlipayRail(stand.url, merchant_id, key, platform_key, stand.inbox.url)


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
    Kind("wechat", WeChatPay, connect_wechat),
    Kind("wechat_by_key", WeChatPay, connect_wechat_by_key),
    Kind(
        "alipay",
        Alipay,
        connect_alipay,
        unscanned="not_found",
        unsign=lambda body: re.sub(rb"&sign=[^&]*", b"", body),
    ),
    Kind("stripe", Stripe, connect_stripe, currency="EUR", add_reader=add_stripe_reader),
    Kind("stripe_yen", Stripe, connect_stripe, currency="JPY", add_reader=add_stripe_reader),
)
