"""One merchant's key and certificate for all tests of WeChat Pay: making them takes a while."""

from cryptography.hazmat.primitives.asymmetric import rsa

from highstreet_simulator.wechat.keys import certificate_text, certify, serial_of

APPID = "wxd678efh567hg6787"
MERCHANT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_CERTIFICATE = certify(MERCHANT_KEY, "merchant")
MERCHANT_CERTIFICATE = certificate_text(_CERTIFICATE)
MERCHANT_SERIAL = serial_of(_CERTIFICATE)
