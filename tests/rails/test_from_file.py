"""The rails' file: every account it names, and every mistake said without a secret."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from highstreet.rooms.tenders.rails.book import Rails
from highstreet.rooms.tenders.rails.from_file import RailsFileWrong, read_rails_file

APIV3 = "0123456789abcdef0123456789abcdef"
WHOLE = """
[[rail]]
provider = "alipay"
app_id = "2021000000000001"
private_key_file = "key.pem"
platform_key_file = "public.pem"

[[rail]]
id = "wechat-hq"
provider = "wechat"
brands = ["brd_one"]
mchid = "1900000001"
appid = "wx0000000000000001"
serial_no = "5F00"
private_key_file = "key.pem"
apiv3_key_file = "apiv3"
platform_key_id = "PUB_KEY_ID_01"
platform_key_file = "public.pem"

[[rail]]
provider = "stripe"
url = "http://127.0.0.1:9"
secret_key_file = "sk"
webhook_secret_file = "whsec"
currency = "EUR"
"""


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def folder(tmp_path: Path, key: RSAPrivateKey) -> Path:
    private = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    public = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    for name, content in (
        ("key.pem", private),
        ("public.pem", public),
        ("apiv3", APIV3.encode() + b"\n"),
        ("sk", b"sk_test_secret\n"),
        ("whsec", b"whsec_secret\n"),
    ):
        (tmp_path / name).write_bytes(content)
    return tmp_path


def read(folder: Path, text: str, *, is_production: bool = False) -> Rails:
    (folder / "rails.toml").write_text(text)
    return Rails(read_rails_file(folder / "rails.toml", "https://shop.example/", is_production=is_production))


def test_every_account_is_there_for_its_brands(folder: Path) -> None:
    rails = read(folder, WHOLE)
    assert [(a.id, a.rail.name) for a in rails.accounts] == [
        ("alipay", "alipay"),
        ("wechat-hq", "wechat"),
        ("stripe", "stripe"),
    ]
    assert rails.names("brd_one") == ("alipay", "wechat", "stripe")
    assert rails.names("brd_two") == ("alipay", "stripe")
    alipay = rails.account("alipay")
    assert alipay is not None
    assert getattr(alipay.rail, "notify_url", None) == "https://shop.example/hooks/alipay/notices"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('provider = "stripe"', 'provider = "paypal"', "rail 3: provider is one of alipay, wechat, stripe"),
        ('app_id = "2021000000000001"', "", "rail 1: app_id is missing"),
        ('"sk"', '"nowhere"', r"rail 3: secret_key_file cannot be read \(FileNotFoundError\)"),
        ('mchid = "1900000001"', 'mchid = "1900000001"\nmchld = "x"', "rail 2: mchld is no member"),
        ('private_key_file = "key.pem"', 'private_key_file = "sk"', "rail 1: private_key_file holds no RSA"),
        ('platform_key_file = "public.pem"', 'platform_key_file = "sk"', "platform_key_file holds no RSA"),
        ('"apiv3"', '"sk"', "rail 2: an APIv3 key has 32 bytes"),
        ('id = "wechat-hq"', 'id = "alipay"', "two rails have the same id"),
        ('id = "wechat-hq"', 'id = "wallet"', "rail 2: id is small letters"),
        ('brands = ["brd_one"]', 'brands = "brd_one"', "rail 2: brands is a list"),
        ('currency = "EUR"', 'currency = "ISK"', "rail 3: Stripe counts ISK"),
        ("[[rail]]\nprovider", "[rail]\nprovider", "rails.toml"),
        ("[[rail]]", "[[rail", "rails.toml"),
    ],
)
def test_a_mistake_is_said_and_no_secret(folder: Path, old: str, new: str, said: str) -> None:
    assert old in WHOLE
    with pytest.raises(RailsFileWrong, match=said) as caught:
        read(folder, WHOLE.replace(old, new, 1))
    assert not any(secret in str(caught.value) for secret in ("sk_test_secret", "whsec_secret", APIV3))


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RailsFileWrong, match="cannot be read"):
        read_rails_file(tmp_path / "rails.toml", "https://shop.example", is_production=False)


def test_production_wants_tls(folder: Path) -> None:
    with pytest.raises(RailsFileWrong, match="rail 3: url must begin with https"):
        read(folder, WHOLE, is_production=True)
