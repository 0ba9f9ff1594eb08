"""Settings: environment variables that start with HIGHSTREET_, or a `.env` file; each has its line in docs/settings.md."""

import os
import re
import secrets
from base64 import b64decode, b64encode
from difflib import get_close_matches
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "highstreet-demo-secret-change-me"  # noqa: S105  refused outside the demo
PREFIX = "HIGHSTREET_"
OF_OTHERS = frozenset(
    {"HIGHSTREET_EXAMPLES", "HIGHSTREET_KILLS", "HIGHSTREET_TEST_POSTGRES", "HIGHSTREET_OFFICE_PASSWORD"}
)
"""Names that the tests and the roll-out kit read."""

PIN_PURPOSE = "one-time-codes"
"""Whose key is the pepper of codes and PINs."""


def key_of(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key of its own for each purpose, drawn from the secret."""
    return sha256(purpose.encode() + b"\0" + secret).digest()


class Settings(BaseSettings):
    """Everything that differs between one installation and another."""

    # Errors would show what was given, secrets too.
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    mode: Literal["demo", "test", "production"] = Field(
        "production",
        description="demo and test allow the default secret, http and the terminal; production refuses them.",
    )
    database_url: str = Field(
        "sqlite:///var/highstreet.db", description="sqlite:///path or postgresql://user@host/name."
    )
    secret: SecretStr = Field(
        SecretStr(DEMO_SECRET),
        description="At least 32 characters; member codes and one-time codes are keyed with it.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, description="Port to listen on.", ge=1, le=65535)
    public_url: str = Field(
        "http://127.0.0.1:8000", description="How phones and providers reach this server."
    )
    runs_worker: bool = Field(
        True, description="Run jobs and reactions inside the server; needed on SQLite, one writer."
    )
    writers: int = Field(1, description="Writer threads of one process on PostgreSQL.", ge=1, le=16)
    readers: int = Field(4, description="Reader threads of one process.", ge=1, le=64)
    queue_limit: int = Field(2048, description="Commands that may wait; more are answered 503.", ge=64)
    body_limit_bytes: int = Field(1_000_000, description="Largest request body taken.", ge=10_000)
    sign_ins_an_hour: int = Field(
        200, description="Sign-in codes asked for, and tries, from one address; 0: no limit.", ge=0
    )
    touches_a_minute: int = Field(600, description="Codes touched from one address; 0: no limit.", ge=0)
    searches_a_minute: int = Field(
        240, description="Searches by words or place from one address; 0: no limit.", ge=0
    )
    wallet_url: str = Field(
        "", description="Base address of the Wallet provider, https in production; empty: the rail is off."
    )
    wallet_merchant_id: str = Field("highstreet", description="Our merchant number at the Wallet provider.")
    wallet_private_key: SecretStr = Field(
        SecretStr(""), description="Our Ed25519 key for the Wallet provider, 32 bytes in base64."
    )
    wallet_platform_key: str = Field(
        "",
        description="The Wallet provider's public key in base64; empty: asked of the provider at start (not in production).",
    )
    training_wallet_url: str = Field(
        "",
        description="Simulated Wallet for registers in training, never in production; empty: payments are pretended.",
    )
    training_wallet_merchant_id: str = Field(
        "highstreet-training", description="Our merchant number there, another than for real payments."
    )
    rails_file: str = Field(
        "",
        description="TOML file with merchant accounts at Alipay, WeChat Pay and Stripe (docs/payments.md).",
    )
    sender: Literal["terminal", "http"] = Field(
        "terminal", description="How one-time codes are sent; production: http."
    )
    sender_url: str = Field("", description="Where the http sender posts one-time codes.")
    default_region: str = Field("FI", description="Region of phone numbers written without a country code.")
    return_days: int = Field(
        14,
        description="Days in which goods are taken back, and until points become available; a brand may set its own.",
        ge=0,
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token that /metrics asks for; empty: only this machine may ask, through no proxy.",
    )
    demo_people: str = Field(
        "", description="In demo mode: the file with the people whom the front door signs in as, in one tap."
    )
    map_path: str = Field(
        "", description="PMTiles file with the tiles of the map; empty: the map shows plain ground."
    )
    streets_path: str = Field(
        "", description="GeoJSON file of streets to walk on, LineStrings in WGS-84; empty: ways are straight."
    )
    lake_path: str = Field("var/lake", description="Folder for the Parquet files of the event lake.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level logged.")

    @field_validator("database_url")
    @classmethod
    def _refuse_other_databases(cls, url: str) -> str:
        if not re.match(r"sqlite:///.|postgresql(\+psycopg)?://", url):
            scheme, found, _ = url.partition("://")  # the rest may hold a password
            given = f", not {scheme}://" if found else ""
            raise ValueError(f"must be sqlite:///path or postgresql://user@host/name{given}")
        return url

    @model_validator(mode="after")
    def _refuse_a_town_without_work(self) -> "Settings":
        if self.is_sqlite and not self.runs_worker:
            raise ValueError(
                "HIGHSTREET_RUNS_WORKER=false needs PostgreSQL: on SQLite no other process can run jobs and "
                "reactions, so that payments would stay unsettled; leave it out, or use postgresql://"
            )
        return self

    @model_validator(mode="after")
    def _refuse_demo_in_production(self) -> "Settings":
        if self.mode != "production":
            return self
        value = self.secret.get_secret_value()
        if value == DEMO_SECRET or len(value) < 32:
            raise ValueError(
                "HIGHSTREET_SECRET must be set to at least 32 random characters, for example "
                f"{secrets.token_urlsafe(32)!r}; the default is for the demo only"
            )
        if self.training_wallet_url:
            raise ValueError("HIGHSTREET_TRAINING_WALLET_URL is for a simulator; production has none")
        if self.sender == "terminal":
            raise ValueError(
                "HIGHSTREET_SENDER must be http in production: logs are no place for one-time codes"
            )
        if not self.sender_url:
            raise ValueError("HIGHSTREET_SENDER_URL must be set when HIGHSTREET_SENDER is http")
        if self.wallet_url and not self.wallet_url.startswith("https://"):
            raise ValueError("HIGHSTREET_WALLET_URL must begin with https:// in production")
        if self.wallet_url and not self.wallet_private_key.get_secret_value():
            raise ValueError("HIGHSTREET_WALLET_PRIVATE_KEY must be set when HIGHSTREET_WALLET_URL is")
        # Asked of whoever answers at the address, it would prove nothing about the notices.
        if self.wallet_url and not self.wallet_platform_key:
            raise ValueError("HIGHSTREET_WALLET_PLATFORM_KEY must be set when HIGHSTREET_WALLET_URL is")
        return self

    def key_for(self, purpose: str) -> bytes:
        """A 32-byte key of its own for each purpose, drawn from the secret."""
        return key_of(self.secret.get_secret_value().encode(), purpose)

    @cached_property
    def wallet_key(self) -> Ed25519PrivateKey:
        """Our signing key; in demo and test drawn from the secret when none is given."""
        given = self.wallet_private_key.get_secret_value()
        raw = b64decode(given) if given else self.key_for("wallet-signing")
        return Ed25519PrivateKey.from_private_bytes(raw)

    @property
    def wallet_public_key(self) -> str:
        """What the Wallet provider must know of our key, in base64."""
        return b64encode(self.wallet_key.public_key().public_bytes_raw()).decode()

    @property
    def wallet_platform_key_bytes(self) -> bytes | None:
        """The provider's public key, None when it is still to be asked for."""
        return b64decode(self.wallet_platform_key) if self.wallet_platform_key else None

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")


def unknown_names() -> list[str]:
    """What is said of each HIGHSTREET_* name, in the environment or in `.env`, that is no setting."""
    given = {name for name in os.environ if name.upper().startswith(PREFIX)}
    file = Path(str(Settings.model_config["env_file"]))
    if file.is_file():
        lines = file.read_text(encoding="utf-8", errors="replace")
        given.update(re.findall(rf"^\s*(?:export\s+)?({PREFIX}\w*)\s*=", lines, re.M | re.I))
    known = [name.upper() for name in Settings.model_fields]
    told = []
    for name in sorted(given):
        rest = name.upper().removeprefix(PREFIX)
        if rest not in known and name not in OF_OTHERS:
            nearest = get_close_matches(rest, known, 1)
            told.append(f"{name} is no setting{f', did you mean {PREFIX}{nearest[0]}?' if nearest else ''}")
    return told
