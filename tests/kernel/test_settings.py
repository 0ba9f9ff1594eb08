"""What production refuses, and that the demo does not."""

import pytest
from pydantic import ValidationError

from highstreet.kernel.settings import DEMO_SECRET, Settings

SAFE = {
    "mode": "production",
    "secret": "0123456789abcdef0123456789abcdef",
    "sender": "http",
    "sender_url": "https://sms.example/codes",
    "wallet_url": "https://wallet.example",
    "wallet_private_key": "AAAA",
    "wallet_platform_key": "AAAA",
}


def settings(**changed: str) -> Settings:
    return Settings(_env_file=None, **{**SAFE, **changed})  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"secret": DEMO_SECRET}, "HIGHSTREET_SECRET"),
        ({"secret": "short"}, "HIGHSTREET_SECRET"),
        ({"sender": "terminal"}, "HIGHSTREET_SENDER "),
        ({"sender_url": ""}, "HIGHSTREET_SENDER_URL"),
        ({"wallet_url": "http://wallet.example"}, "HIGHSTREET_WALLET_URL must begin with https://"),
        ({"wallet_url": "//wallet.example"}, "HIGHSTREET_WALLET_URL must begin with https://"),
        ({"wallet_private_key": ""}, "HIGHSTREET_WALLET_PRIVATE_KEY"),
        ({"wallet_platform_key": ""}, "HIGHSTREET_WALLET_PLATFORM_KEY"),
    ],
)
def test_production_refuses_what_is_for_the_demo(changed: dict[str, str], named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        settings(**changed)
    for mode in ("demo", "test"):
        assert settings(mode=mode, **changed).mode == mode


def test_production_as_it_should_be() -> None:
    assert settings().wallet_url == "https://wallet.example"
    without_wallet = settings(wallet_url="", wallet_private_key="", wallet_platform_key="")
    assert without_wallet.wallet_platform_key_bytes is None
