"""The four simulated providers, each a process of its own, with an account of the brand's at each."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from benchmarks.processes import free_port
from highstreet.kernel.settings import Settings
from highstreet.rooms.tenders.rails import alipay_wire
from highstreet_simulator.alipay import signing as alipay_signing
from highstreet_simulator.wechat.keys import certificate_text, certify, serial_of

NAMES = ("wallet", "alipay", "wechat", "stripe")
CURRENCY = "CNY"
MERCHANT = "m_faults"
APIV3_KEY = "f" * 32
STRIPE_KEY, STRIPE_WEBHOOK = f"sk_test_{'f' * 24}", f"whsec_{'f' * 24}"
APPID = "wxd678efh567hg6787"
START_S = 30.0


@dataclass(frozen=True, slots=True)
class ProviderProcess:
    """A provider that is running, and its unsigned control plane."""

    name: str
    url: str
    http: httpx.Client

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        """Speak to the control plane."""
        answer = self.http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def trades(self) -> list[dict[str, Any]]:
        """What really happened here, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["trade_id"] if found else 0
            page = self.sim("GET", f"/sim/trades?after={after}&limit=5000")["trades"]
            if not page:
                return found
            found += page


@contextmanager
def running(folder: Path) -> Iterator[dict[str, ProviderProcess]]:
    """All four, until the block ends."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(_provider(name, folder)) for name in NAMES}
        for provider in found.values():  # they start beside each other
            _wait_for(provider.http)
        yield found


@contextmanager
def _provider(name: str, folder: Path) -> Iterator[ProviderProcess]:
    port = free_port()
    command = [sys.executable, "-m", f"highstreet_simulator.{name}", "--port", str(port)]
    command += ["--db", str(folder / f"{name}.db"), "--currency", CURRENCY, "--allow-early-bill"]
    command += ["--notify-backoff", "0.3,0.7,1.5,3,6,12", "--code-ttl", "600"]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    http = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60)
    try:
        yield ProviderProcess(name, f"http://127.0.0.1:{port}", http)
    finally:
        http.close()
        process.terminate()
        process.wait(10)


def _wait_for(http: httpx.Client) -> None:
    ends = time.monotonic() + START_S
    while True:
        try:
            if http.get("/sim/state").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
        if time.monotonic() > ends:
            raise RuntimeError(f"{http.base_url} did not start")


def enrol(providers: dict[str, ProviderProcess], folder: Path, our_url: str) -> dict[str, str]:
    """Open an account at each, write the rails' file, and say what the server's environment must be."""
    wallet = Settings(mode="test").wallet_public_key
    _merchant(providers["wallet"], our_url, public_key=wallet)
    accounts = [_alipay(providers["alipay"], folder, our_url), _wechat(providers["wechat"], folder, our_url)]
    accounts.append(_stripe(providers["stripe"], folder, our_url))
    rails = folder / "rails.toml"
    rails.write_text(
        "".join(
            "[[rail]]\n" + "".join(f'{name} = "{value}"\n' for name, value in account.items())
            for account in accounts
        )
    )
    return {
        "HIGHSTREET_WALLET_URL": providers["wallet"].url,
        "HIGHSTREET_WALLET_MERCHANT_ID": MERCHANT,
        "HIGHSTREET_RAILS_FILE": str(rails),
        "HIGHSTREET_PUBLIC_URL": our_url,
    }


def _merchant(provider: ProviderProcess, our_url: str, **credentials: str) -> None:
    asked = {"merchant_id": MERCHANT, "notify_url": f"{our_url}/hooks/{provider.name}/notices"}
    provider.sim("POST", "/sim/merchants", asked | credentials)


def _private(folder: Path, name: str, key: rsa.RSAPrivateKey) -> str:
    (folder / name).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return name


def _secret(folder: Path, name: str, value: str) -> str:
    (folder / name).write_text(value)
    return name


def _alipay(provider: ProviderProcess, folder: Path, our_url: str) -> dict[str, str]:
    key = alipay_signing.new_key()
    _merchant(provider, our_url, public_key=alipay_signing.public_key_text(key.public_key()))
    platform = alipay_wire.read_public_key(provider.sim("GET", "/sim/platform-key")["public_key"])
    (folder / "alipay-platform.pem").write_bytes(
        platform.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    return {
        "provider": "alipay",
        "url": provider.url,
        "app_id": MERCHANT,
        "private_key_file": _private(folder, "alipay.pem", key),
        "platform_key_file": "alipay-platform.pem",
    }


def _wechat(provider: ProviderProcess, folder: Path, our_url: str) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = certify(key, "merchant")
    _merchant(provider, our_url, public_key=certificate_text(certificate), secret=APIV3_KEY)
    return {
        "provider": "wechat",
        "url": provider.url,
        "mchid": MERCHANT,
        "appid": APPID,
        "serial_no": serial_of(certificate),
        "private_key_file": _private(folder, "wechat.pem", key),
        "apiv3_key_file": _secret(folder, "apiv3", APIV3_KEY),
    }


def _stripe(provider: ProviderProcess, folder: Path, our_url: str) -> dict[str, str]:
    _merchant(provider, our_url, secret=STRIPE_KEY, public_key=STRIPE_WEBHOOK)
    return {
        "provider": "stripe",
        "url": provider.url,
        "secret_key_file": _secret(folder, "stripe", STRIPE_KEY),
        "webhook_secret_file": _secret(folder, "stripe-webhook", STRIPE_WEBHOOK),
        "currency": CURRENCY,
    }
