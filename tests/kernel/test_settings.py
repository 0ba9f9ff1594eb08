"""Settings: what production refuses, what each value may be, and keys that differ by purpose."""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from highstreet.kernel.settings import DEMO_SECRET, Settings, unknown_names

SECRET = "a secret of thirty-two characters"
KEY = b64encode(bytes(range(32))).decode()
PRODUCTION = {"secret": SECRET, "sender": "http", "sender_url": "https://sms.example/send"}


def made(**values: Any) -> Settings:
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"HIGHSTREET_{name.upper()}", raising=False)


def test_the_default_is_production_and_wants_a_secret() -> None:
    with pytest.raises(ValidationError, match="HIGHSTREET_SECRET must be set"):
        made()
    for secret in (DEMO_SECRET, "", "short", SECRET[:31]):
        with pytest.raises(ValidationError, match="HIGHSTREET_SECRET must be set") as refused:
            made(**{**PRODUCTION, "secret": secret})
        assert not secret or secret not in str(refused.value)
    assert made(**PRODUCTION).mode == "production"
    assert made(mode="demo").mode == "demo"
    assert made(mode="test").mode == "test"


def test_the_proposed_secret_is_a_new_one_each_time() -> None:
    proposals = set()
    for _ in range(3):
        with pytest.raises(ValidationError) as refused:
            made()
        [proposal] = [part for part in str(refused.value).split("'") if len(part) >= 43 and " " not in part]
        assert made(**{**PRODUCTION, "secret": proposal}).mode == "production"
        proposals.add(proposal)
    assert len(proposals) == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sender": "terminal"}, "HIGHSTREET_SENDER must be http"),
        ({"sender_url": ""}, "HIGHSTREET_SENDER_URL must be set"),
        ({"wallet_url": "http://wallet.example"}, "HIGHSTREET_WALLET_URL must begin with https"),
        ({"wallet_private_key": ""}, "HIGHSTREET_WALLET_PRIVATE_KEY must be set"),
        ({"wallet_platform_key": ""}, "HIGHSTREET_WALLET_PLATFORM_KEY must be set"),
    ],
)
def test_production_is_told_what_is_missing(changes: dict[str, str], told: str) -> None:
    whole = {
        **PRODUCTION,
        "wallet_url": "https://wallet.example",
        "wallet_private_key": KEY,
        "wallet_platform_key": KEY,
    }
    assert made(**whole).wallet_key.private_bytes_raw() == bytes(range(32))
    with pytest.raises(ValidationError, match=told) as refused:
        made(**{**whole, **changes})
    assert KEY not in str(refused.value)
    assert SECRET not in str(refused.value)
    assert made(**{**whole, **changes, "mode": "demo"}).mode == "demo"


def test_values_come_from_the_environment_and_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "HIGHSTREET_MODE=test\nHIGHSTREET_PORT=8123\nHIGHSTREET_READERS=7\nOTHER=1\n"
    )
    monkeypatch.setenv("HIGHSTREET_READERS", "9")
    monkeypatch.setenv("PORT", "1")
    settings = Settings()
    assert (settings.mode, settings.port, settings.readers) == ("test", 8123, 9)


@pytest.mark.parametrize(
    "wrong",
    [
        {"port": 0},
        {"port": 65536},
        {"port": "http"},
        {"writers": 0},
        {"writers": 17},
        {"readers": 0},
        {"readers": 65},
        {"queue_limit": 63},
        {"body_limit_bytes": 9_999},
        {"sign_ins_an_hour": -1},
        {"touches_a_minute": -1},
        {"return_days": -1},
        {"mode": "live"},
        {"sender": "pigeon"},
        {"log_level": "loud"},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        made(**{"mode": "test", **wrong})
    assert [error["loc"] for error in refused.value.errors()] == [
        (name,) for name in wrong if name != "mode"
    ] or [("mode",)]


def test_secrets_do_not_show() -> None:
    settings = made(**PRODUCTION, wallet_private_key=KEY)
    for shown in (repr(settings), str(settings), settings.model_dump_json(), str(settings.model_dump())):
        assert SECRET not in shown
        assert KEY not in shown


def test_each_purpose_has_its_own_key() -> None:
    settings = made(mode="test", secret=SECRET)
    keys = {settings.key_for(purpose) for purpose in ("member-codes", "one-time-codes", "wallet-signing", "")}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {32}
    assert settings.key_for("member-codes") == made(mode="demo", secret=SECRET).key_for("member-codes")
    assert settings.key_for("member-codes") != made(mode="test", secret=SECRET + "x").key_for("member-codes")


def test_wallet_keys() -> None:
    settings = made(mode="test", secret=SECRET)
    assert len(b64decode(settings.wallet_public_key)) == 32
    assert settings.wallet_public_key == made(mode="test", secret=SECRET).wallet_public_key
    assert settings.wallet_platform_key_bytes is None
    key = b64encode(b"p" * 32).decode()
    assert made(mode="test", wallet_platform_key=key).wallet_platform_key_bytes == b"p" * 32


@pytest.mark.parametrize(
    ("url", "is_sqlite"),
    [("sqlite:///var/x.db", True), ("postgresql://u@h/n", False), ("postgresql+psycopg://h/n", False)],
)
def test_which_database(url: str, is_sqlite: bool) -> None:
    assert made(mode="test", database_url=url).is_sqlite is is_sqlite


@pytest.mark.parametrize("url", ["mysql://u:pass-word@h/n", "postgres://u@h/n", "sqlite://", "pass-word", ""])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="must be sqlite:///path or postgresql://") as refused:
        made(mode="test", database_url=url)
    assert "pass-word" not in str(refused.value)
    assert ("not mysql://" in str(refused.value)) is url.startswith("mysql")


def test_sqlite_needs_the_servers_own_worker() -> None:
    with pytest.raises(ValidationError, match="HIGHSTREET_RUNS_WORKER=false needs PostgreSQL"):
        made(mode="test", runs_worker=False)
    assert not made(mode="test", runs_worker=False, database_url="postgresql://u@h/n").runs_worker


def test_names_that_are_no_settings_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert unknown_names() == []
    (tmp_path / ".env").write_text(
        "# HIGHSTREET_OLD=1\nHIGHSTREET_MODE=test\nexport highstreet_prot = 8123\n"
    )
    monkeypatch.setenv("HIGHSTREET_DATABSE_URL", "sqlite:///x.db")
    monkeypatch.setenv("HIGHSTREET_COLOUR", "blue")
    monkeypatch.setenv("HIGHSTREET_KILLS", "9")
    assert unknown_names() == [
        "HIGHSTREET_COLOUR is no setting",
        "HIGHSTREET_DATABSE_URL is no setting, did you mean HIGHSTREET_DATABASE_URL?",
        "highstreet_prot is no setting, did you mean HIGHSTREET_PORT?",
    ]
