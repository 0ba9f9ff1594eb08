"""The platform's own keys: certificates that rotate, and the public key that does not. Kept in the file.

Both ways of checking WeChat Pay's signatures exist side by side: platform certificates, fetched from
/v3/certificates and replaced before they run out (平台证书), and since 2024 one public key per merchant, copied
from the merchant platform, whose id begins with PUB_KEY_ID_ (微信支付公钥). Source: pay.weixin.qq.com/doc/v3/merchant
/4012153196 and developers.weixin.qq.com/community/develop/doc/0004e8c40b09182972936db6d69400.
"""

from datetime import UTC, datetime, timedelta

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from highstreet_simulator.provider.clock import WALLET_ZONE
from highstreet_simulator.provider.store import Store

_LISTED = 2
"""How many certificates are told of: the one in force and the one before."""


class PlatformKeys:
    """The certificate in force is the last of `certificates`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        kept = store.read_meta("platform_keys")
        if kept is None:
            self.public_key_id = f"PUB_KEY_ID_{x509.random_serial_number() % 10**30:030d}"
            self.public_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            self.certificates: list[tuple[x509.Certificate, rsa.RSAPrivateKey]] = []
            self.rotate()
            return
        words = orjson.loads(kept)
        self.public_key_id = words["public_key_id"]
        self.public_key = _read_key(words["public_key"])
        self.certificates = [
            (x509.load_pem_x509_certificate(certificate.encode()), _read_key(key))
            for certificate, key in words["certificates"]
        ]

    def rotate(self) -> str:
        """Put a new certificate in force at once, the old one still being listed. Returns its serial number."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificates = [*self.certificates, (certify(key, "Tenpay.com sign"), key)][-_LISTED:]
        words = {
            "public_key_id": self.public_key_id,
            "public_key": private_text(self.public_key),
            "certificates": [(certificate_text(c), private_text(k)) for c, k in self.certificates],
        }
        self._store.write_meta("platform_keys", orjson.dumps(words).decode())
        return serial_of(self.certificates[-1][0])

    def signer(self, serial: str | None) -> tuple[rsa.RSAPrivateKey, str]:
        """The key that signs for whoever named this serial, and its own: the public key's, if it was named."""
        if serial == self.public_key_id:
            return self.public_key, self.public_key_id
        certificate, key = self.certificates[-1]
        return key, serial_of(certificate)


def certify(key: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    """A certificate for a key, five years long, signed by itself: its chain is nobody's concern here."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=5 * 365))
        .sign(key, SHA256())
    )


def serial_of(certificate: x509.Certificate) -> str:
    """Its serial number as WeChat Pay writes it: hexadecimal in capitals."""
    return f"{certificate.serial_number:X}"


def certificate_text(certificate: x509.Certificate) -> str:
    """PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def private_text(key: rsa.RSAPrivateKey) -> str:
    """PEM, PKCS 8."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def public_text(key: rsa.RSAPrivateKey) -> str:
    """PEM of its public half."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def validity_of(certificate: x509.Certificate) -> tuple[str, str]:
    """From when to when it is good, as RFC 3339 with +08:00."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return begin.astimezone(WALLET_ZONE).isoformat(), end.astimezone(WALLET_ZONE).isoformat()


def _read_key(text: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(text.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("an RSA key is wanted")
    return key
