"""A merchant at the simulated Alipay that speaks through python-alipay-sdk, and what its tests share."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from alipay import AliPay

from highstreet_simulator.alipay import Alipay, signing
from highstreet_simulator.provider.server import ThreadedProvider
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.wallet.peers import Inbox, Payer

KEY = signing.new_key()
FAST = ProviderSettings(
    tick_s=0.02, notify_timeout_s=2, notify_backoff_s=(0.05, 0.1, 0.2), allow_early_bill=True
)
Json = dict[str, Any]


class Shop:
    """A merchant's application that speaks through the SDK."""

    count = 0

    def __init__(self, http: httpx.Client, inbox: Inbox) -> None:
        Shop.count += 1
        self.http, self.inbox = http, inbox
        self.app_id = f"202100000000{Shop.count:04d}"
        self.sim(
            "POST",
            "/sim/merchants",
            {
                "merchant_id": self.app_id,
                "public_key": signing.public_key_text(KEY.public_key()),
                "notify_url": None,
            },
        )
        self.sdk = self.make_sdk()
        self._orders = 0

    def make_sdk(self, **changes: Any) -> AliPay:
        """An SDK that asks the simulator instead of Alipay."""
        public = self.sim("GET", "/sim/platform-key")["public_key"]
        given = {
            "appid": self.app_id,
            "app_notify_url": self.inbox.url,
            "app_private_key_string": signing.key_to_pem(KEY),
            "alipay_public_key_string": f"-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----",
        }
        sdk = AliPay(**(given | changes))
        sdk._gateway = f"{self.http.base_url}/gateway.do".replace("//gateway", "/gateway")
        return sdk

    def sim(self, method: str, path: str, body: Json | None = None) -> Json:
        answer = self.http.request(method, path, json=body)
        answer.raise_for_status()
        value: Json = answer.json()
        return value

    def next_fault(self, operation: str, fault: str, **more: object) -> None:
        self.sim("POST", "/sim/faults/next", {"operation": operation, "fault": fault, **more})

    def number(self) -> str:
        self._orders += 1
        return f"T{self.app_id[-4:]}_{self._orders}"

    def pay(self, payer: Payer, amount: Any = "12.30", number: str | None = None) -> Json:
        node: Json = self.sdk.api_alipay_trade_pay(
            number or self.number(), "bar_code", payer.code(), "Tea, green", total_amount=amount
        )
        return node

    def status(self, number: str) -> str:
        node = self.sdk.api_alipay_trade_query(number)
        return str(node.get("trade_status") or node["sub_code"])

    def moved(self) -> int:
        trades = self.sim("GET", f"/sim/trades?merchant_id={self.app_id}")["trades"]
        return sum(
            t["amount"]["total"] - t["amount"]["refunded"] for t in trades if t["trade_state"] == "paid"
        )

    def raw(self, query: Json, form: Json) -> Json:
        answer = self.http.post("/gateway.do", params=query, data=form)
        value: Json = answer.json()
        return value

    def parameters(self, method: str, content: Json, **changes: str) -> dict[str, str]:
        """Public parameters and content, signed."""
        values = {
            "app_id": self.app_id,
            "method": method,
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": "2026-01-01 09:30:00",
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False),
            **changes,
        }
        message = signing.text_to_sign(values).encode(values["charset"])
        return values | {"sign": signing.sign(KEY, message)}


@pytest.fixture(scope="module")
def alipay_http() -> Iterator[httpx.Client]:
    with (
        ThreadedProvider(Alipay(FAST)) as running,
        httpx.Client(base_url=running.url, trust_env=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def alipay_inbox() -> Iterator[Inbox]:
    box = Inbox()
    box.answer = (200, b"success")
    yield box
    box.close()


@pytest.fixture
def shop(alipay_http: httpx.Client, alipay_inbox: Inbox) -> Iterator[Shop]:
    alipay_inbox.got.clear()
    alipay_inbox.refusals = 0
    made = Shop(alipay_http, alipay_inbox)
    yield made
    alipay_inbox.answer = (200, b"success")
    made.sim("DELETE", "/sim/faults")
    made.sim("POST", "/sim/clock", {"offset_s": 0})
    assert made.sim("GET", "/sim/state")["is_conserved"] is True


def notices_of(shop: Shop, number: str) -> list[dict[str, str]]:
    told = [dict(parse_qsl(body.decode())) for _, body in list(shop.inbox.got)]
    return [values for values in told if values.get("out_trade_no") == number]
