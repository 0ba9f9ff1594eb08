"""The rails' file (HIGHSTREET_RAILS_FILE): merchant accounts at providers, as TOML. Keys lie in files beside it.

    [[rail]]
    id = "alipay-hq"            # in the address of its notices: <public address>/hooks/alipay-hq/notices
    provider = "alipay"         # alipay, wechat or stripe
    brands = ["brd_…"]          # left out: every brand's
    app_id = "2021…"
    private_key_file = "alipay/app.pem"
    platform_key_file = "alipay/platform.pem"

Which members each provider wants stands in docs/payments.md. Nothing here is logged: errors name the member, not
what it holds.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from highstreet.rooms.tenders.rails.alipay import AlipayRail
from highstreet.rooms.tenders.rails.book import RailAccount
from highstreet.rooms.tenders.rails.port import Rail
from highstreet.rooms.tenders.rails.stripe import StripeRail
from highstreet.rooms.tenders.rails.wechat import WechatRail

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_COMMON = {"id", "provider", "brands", "url"}
ADDRESSES = {
    "alipay": "https://openapi.alipay.com",
    "wechat": "https://api.mch.weixin.qq.com",
    "stripe": "https://api.stripe.com",
}


class RailsFileWrong(ValueError):
    """The rails' file cannot be used; says which rail and which member, never a secret."""


class _Members:
    """One `[[rail]]`: its members, taken one by one, so that a misspelt one is noticed."""

    def __init__(self, where: str, found: Mapping[str, Any], folder: Path) -> None:
        self.where, self._found, self._folder = where, found, folder
        self._taken = set(_COMMON)

    def text(self, name: str, usual: str | None = None) -> str:
        """A text that must be there, unless there is a usual one."""
        self._taken.add(name)
        value = self._found.get(name, usual)
        if not isinstance(value, str) or not value.strip():
            raise RailsFileWrong(f"{self.where}: {name} is missing")
        return value.strip()

    def maybe(self, name: str) -> str | None:
        """A text that may be left out."""
        return self.text(name) if name in self._found else None

    def content(self, name: str) -> bytes:
        """What lies in the file that a member names, relative to the rails' file."""
        path = self._folder / self.text(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise RailsFileWrong(f"{self.where}: {name} cannot be read ({type(error).__name__})") from None

    def secret(self, name: str) -> str:
        """A secret on one line of a file."""
        return self.content(name).decode().strip()

    def private_key(self, name: str) -> RSAPrivateKey:
        """An RSA key in PEM."""
        try:
            key = load_pem_private_key(self.content(name), None)
        except (ValueError, TypeError):
            key = None
        if not isinstance(key, RSAPrivateKey):
            raise RailsFileWrong(f"{self.where}: {name} holds no RSA private key in PEM")
        return key

    def public_key(self, name: str) -> RSAPublicKey:
        """An RSA public key in PEM."""
        try:
            key = load_pem_public_key(self.content(name))
        except ValueError:
            key = None
        if not isinstance(key, RSAPublicKey):
            raise RailsFileWrong(f"{self.where}: {name} holds no RSA public key in PEM")
        return key

    def end(self) -> None:
        """Refuse what nobody asked for."""
        if strange := sorted(set(self._found) - self._taken):
            raise RailsFileWrong(f"{self.where}: {strange[0]} is no member of this provider's")


def _alipay(it: _Members, url: str, notify_url: str) -> Rail:
    return AlipayRail(
        url,
        it.text("app_id"),
        it.private_key("private_key_file"),
        it.public_key("platform_key_file"),
        notify_url,
        qr_product_code=it.text("qr_product_code", "QR_CODE_OFFLINE"),
    )


def _wechat(it: _Members, url: str, notify_url: str) -> Rail:
    key_id = it.maybe("platform_key_id")
    return WechatRail(
        url,
        it.text("mchid"),
        it.text("appid"),
        it.text("serial_no"),
        it.private_key("private_key_file"),
        it.secret("apiv3_key_file").encode(),
        notify_url,
        None if key_id is None else (key_id, it.public_key("platform_key_file")),
    )


def _stripe(it: _Members, url: str, _notify_url: str) -> Rail:
    return StripeRail(
        url,
        it.secret("secret_key_file"),
        it.secret("webhook_secret_file"),
        it.maybe("account"),
        it.text("currency"),
    )


_MAKERS: dict[str, Callable[[_Members, str, str], Rail]] = {
    "alipay": _alipay,
    "wechat": _wechat,
    "stripe": _stripe,
}


def read_rails_file(path: Path, public_url: str, *, is_production: bool) -> list[RailAccount]:
    """The accounts of a rails' file. Errors: RailsFileWrong; in production also for an address without TLS."""
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8")).get("rail", [])
    except OSError as error:
        raise RailsFileWrong(f"{path.name} cannot be read ({type(error).__name__})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RailsFileWrong(f"{path.name}: {error}") from None
    if not isinstance(listed, list) or not all(isinstance(found, dict) for found in listed):
        raise RailsFileWrong(f"{path.name}: write each account as [[rail]]")
    accounts = [_account(no, found, path, public_url, is_production) for no, found in enumerate(listed, 1)]
    if len({account.id for account in accounts}) != len(accounts):
        raise RailsFileWrong(f"{path.name}: two rails have the same id")
    return accounts


def _account(no: int, found: dict[str, Any], path: Path, public_url: str, is_production: bool) -> RailAccount:
    it = _Members(f"{path.name}, rail {no}", found, path.parent)
    provider = it.text("provider")
    make = _MAKERS.get(provider)
    if make is None:
        raise RailsFileWrong(f"{it.where}: provider is one of {', '.join(_MAKERS)}")
    account_id = it.text("id", provider)
    if not _ID.fullmatch(account_id) or account_id == "wallet":
        raise RailsFileWrong(f"{it.where}: id is small letters, digits and hyphens, and not wallet")
    brands = found.get("brands")
    if brands is not None and (not isinstance(brands, list) or not all(isinstance(b, str) for b in brands)):
        raise RailsFileWrong(f"{it.where}: brands is a list of brands' ids")
    url = it.text("url", ADDRESSES[provider])
    if is_production and not url.startswith("https://"):
        raise RailsFileWrong(f"{it.where}: url must begin with https:// in production")
    try:
        rail = make(it, url, f"{public_url.rstrip('/')}/hooks/{account_id}/notices")
    except RailsFileWrong:
        raise
    except ValueError as error:
        raise RailsFileWrong(f"{it.where}: {error}") from None
    it.end()
    return RailAccount(account_id, rail, None if brands is None else frozenset(brands))
