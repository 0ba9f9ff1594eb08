"""A bank account's statement, from camt.053 or CSV, as lines of a bill of the rail `transfer`. Pure.

camt.053: ISO 20022 BankToCustomerStatement, versions 02 to 13 read alike (iso20022.org, Payments: camt.053.001.*): one
line for each booked credit, or for each transaction of a batch. Entities and document types are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import STATEMENT_MALFORMED

_CAMT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}\}Document")
_REFERENCE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_PLACES = re.compile(r"[^0-9A-Z]")
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Credit:
    """Money that came into the account. `references` may be ours; `bank_ref` is the bank's own, or made from the line."""

    line_no: int
    booked_on: date
    currency: str
    amount_minor: int
    references: tuple[str, ...]
    bank_ref: str


def references_in(*texts: str) -> tuple[str, ...]:
    """What a payer may have meant by a reference: each text without its spaces, and the RF references within it."""
    found: dict[str, None] = {}
    for text in texts:
        plain = _PLACES.sub("", text.upper())
        if 0 < len(plain) <= 40:
            found[plain] = None
        for word in text.upper().split():
            if 3 <= len(word) <= 40:
                found[word] = None
        # Banks part an RF reference by spaces, by line ends or not at all.
        for match in _REFERENCE.finditer(plain):
            found |= {
                match[0][:length]: None for length in range(5, len(match[0]) + 1) if _is_rf(match[0][:length])
            }
    return tuple(found)


def _is_rf(text: str) -> bool:
    """Whether the check digits of an RF creditor reference hold (ISO 11649: mod 97 is 1)."""
    digits = "".join(str(int(one, 36)) for one in text[4:] + text[:4])
    return int(digits) % 97 == 1


def made_ref(*parts: str) -> str:
    """A number for a line that the bank gave none: the same line gives the same one."""
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


def read_camt(content: bytes) -> list[Credit]:
    """Booked credits of a camt.053. Errors: Refusal tenders.statement_malformed with the `line` (an entry's number)."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        line = error.position[0] if isinstance(error, ParseError) else 1
        raise STATEMENT_MALFORMED(line=line) from None
    if not _CAMT.fullmatch(root.tag):
        raise STATEMENT_MALFORMED(line=1)
    space = root.tag.removesuffix("Document")
    credits: list[Credit] = []
    seen: dict[str, int] = {}
    number = 0
    for statement in root.iter(f"{space}Stmt"):
        account = _text(statement, space, "Acct/Id/IBAN") or _text(statement, space, "Acct/Id/Othr/Id")
        for entry in statement.findall(f"{space}Ntry"):
            number += 1
            credits += _credits(number, entry, space, account, seen)
    return credits


def _credits(no: int, entry: Element, space: str, account: str, seen: dict[str, int]) -> Iterator[Credit]:
    # Version 02 has the status itself, later ones have it as a code.
    status = _text(entry, space, "Sts/Cd") or _text(entry, space, "Sts")
    is_reversal = _text(entry, space, "RvslInd") in ("true", "1")
    if status != "BOOK" or _text(entry, space, "CdtDbtInd") != "CRDT" or is_reversal:
        return
    booked_on = _date(no, entry, space)
    details = entry.findall(f"{space}NtryDtls/{space}TxDtls")
    # A batch is one entry whose transactions have amounts of their own.
    parts = [(one, _amount(no, one, space)) for one in details]
    whole = _amount(no, entry, space)
    if whole is None:
        raise STATEMENT_MALFORMED(line=no)
    is_batch = len(parts) > 1 and all(amount is not None for _, amount in parts)
    if is_batch and sum(amount[1] for _, amount in parts if amount) != whole[1]:
        is_batch = False
    listed = [(one, amount) for one, amount in parts if amount] if is_batch else [(entry, whole)]
    for one, (currency, minor) in listed:
        if minor == 0:
            continue
        texts = [
            found.text or "" for name in ("Ref", "Ustrd", "EndToEndId") for found in one.iter(space + name)
        ]
        given = _text(one, space, "Refs/AcctSvcrRef") or _text(one, space, "AcctSvcrRef")
        key = made_ref(account, given or "", booked_on.isoformat(), currency, str(minor), *texts)
        seen[key] = seen.get(key, 0) + 1
        bank_ref = f"{key}-{seen[key]}" if seen[key] > 1 else key
        yield Credit(
            no, booked_on, currency, minor, references_in(*(text[:MAX_TEXT] for text in texts)), bank_ref
        )


def _text(element: Element, space: str, path: str) -> str:
    found = element.find("/".join(space + name for name in path.split("/")))
    return "" if found is None or found.text is None else found.text.strip()


def _date(no: int, entry: Element, space: str) -> date:
    text = _text(entry, space, "BookgDt/Dt") or _text(entry, space, "BookgDt/DtTm")[:10]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise STATEMENT_MALFORMED(line=no) from None


def _amount(no: int, element: Element, space: str) -> tuple[str, int] | None:
    """Currency and minor units; a transaction of version 02 has them in AmtDtls."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = element.find("/".join(space + name for name in path.split("/")))
        if found is not None:
            currency = found.get("Ccy", "")
            try:
                return currency, Money.from_decimal_text(_padded(found.text or ""), currency).amount_minor
            except Refusal:
                raise STATEMENT_MALFORMED(line=no) from None
    return None


def _padded(text: str) -> str:
    """Banks write 10, 10.5 and 10.50000 alike."""
    text = text.strip().removeprefix("+")
    return text.rstrip("0").rstrip(".") if "." in text else text
