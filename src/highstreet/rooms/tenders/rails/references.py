"""Numbers that people copy: an ISO 11649 creditor reference for a bank transfer, a gift card's printed code."""

import hashlib
import hmac
import re

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REFERENCE_DIGITS = 16
CODE_LENGTH = 16
CODE_BYTES = 10
"""80 random bits a code: nobody finds a card by guessing."""
_NO_REFERENCE = re.compile(r"[^0-9A-Z]")
_READ_AS = str.maketrans("OIL", "011", " -")


def creditor_reference(tender_id: str) -> str:
    """`RF`, two check digits (ISO 7064 MOD 97-10) and sixteen digits made from the tender's id.

    Digits only: the check then finds every one digit read wrong and every two changed about. The same tender has the
    same reference; that no other has it is the database's to guard.
    """
    digest = int.from_bytes(hashlib.sha256(tender_id.encode()).digest(), "big")
    body = f"{digest % 10**_REFERENCE_DIGITS:0{_REFERENCE_DIGITS}d}"
    return f"RF{98 - _remainder(f'{body}RF00'):02d}{body}"


def is_creditor_reference(text: str) -> bool:
    """Whether a reference holds in itself; spaces and small letters are passed over."""
    plain = text.replace(" ", "").upper()
    if not plain.isascii() or not plain.isalnum() or not plain.startswith("RF") or not 5 <= len(plain) <= 25:
        return False
    return plain[2:4].isdigit() and _remainder(plain[4:] + plain[:4]) == 1


def plain_reference(text: str) -> str:
    """A reference as statements are searched for it: capital letters and digits alone."""
    return _NO_REFERENCE.sub("", text.upper())


def _remainder(text: str) -> int:
    return int("".join(str(int(letter, 36)) for letter in text)) % 97


def card_code(random_bytes: bytes) -> str:
    """A gift card's code from `CODE_BYTES` random ones, without letters that look alike."""
    if len(random_bytes) != CODE_BYTES:
        raise ValueError(f"a card's code is made of {CODE_BYTES} bytes")
    return _letters(random_bytes, CODE_LENGTH)


def read_card_code(text: str) -> str:
    """As it is printed, however it was typed: without spaces and dashes, O for 0, I and L for 1."""
    return text.upper().translate(_READ_AS)


def hash_card_code(pepper: bytes, brand_id: str, code: str) -> str:
    """What is kept of a code: whoever has the database alone cannot pay with it."""
    return hmac.new(pepper, f"gift card {brand_id} {code}".encode(), "sha256").hexdigest()


def _letters(content: bytes, count: int) -> str:
    bits = int.from_bytes(content, "big")
    return "".join(_LETTERS[bits >> 5 * n & 31] for n in range(count))
