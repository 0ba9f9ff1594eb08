"""A bank account's statement, from camt.053 or CSV, as lines of a bill of the rail `transfer`. Pure.

camt.053: ISO 20022 BankToCustomerStatement, versions 02 to 13 read alike (iso20022.org, Payments: camt.053.001.*): one
row for each booked entry, in or out, or for each transaction of a batch. Entities and document types are refused.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from highstreet.kernel.errors import Refusal
from highstreet.kernel.money import Money
from highstreet.rooms.tenders.errors import FILE_TOO_LONG, STATEMENT_MALFORMED
from highstreet.rooms.tenders.model.bounded import LIMITS, MAX_ROW, Bounds, day_within

_CAMT = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.[0-9]{2}\}Document")
_REFERENCE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}")
_PLACES = re.compile(r"[^0-9A-Z]")
MAX_TEXT = 2000
MAX_DEPTH = 32
"""Elements within each other; a camt.053 has half of that."""
_TEXT_PIECE = 100
_SIDES = {"CRDT": "in", "DBIT": "out"}
PAYERS = {
    "stripe": ("STRIPE",),
    "alipay": ("ALIPAY", "支付宝"),
    "wechat": ("TENPAY", "WECHAT PAY", "财付通", "微信支付"),
    "wallet": ("HIGHSTREET WALLET",),
}
"""What providers call themselves on the statements of those they pay out to."""


@dataclass(frozen=True, slots=True)
class BankRow:
    """Money that came into the account, or left it ("out"). `references` may be ours; `bank_ref` is made from the row.

    `payer`: the rail whose provider paid it out, by the names that providers give themselves on statements.
    """

    line_no: int
    booked_on: date
    currency: str
    amount_minor: int
    references: tuple[str, ...]
    bank_ref: str
    direction: str = "in"
    payer: str | None = None


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
            found |= dict.fromkeys(_rf_references(match[0]))
    return tuple(found)


def payer_in(*texts: str) -> str | None:
    """The rail whose provider is named."""
    said = " ".join(text[:MAX_TEXT] for text in texts).upper()
    return next((rail for rail, names in PAYERS.items() if any(name in said for name in names)), None)


def _rf_references(text: str) -> Iterator[str]:
    """The beginnings of a text whose check digits hold as an RF creditor reference (ISO 11649: mod 97 is 1)."""
    head, rest = int(f"2715{text[2:4]}"), 0  # RF and the check digits, which count as the last six
    for length, sign in enumerate(text[4:], 5):
        value = int(sign, 36)
        rest = (rest * (10 if value < 10 else 100) + value) % 97
        if (rest * 1_000_000 + head) % 97 == 1:
            yield text[:length]


def made_ref(*parts: str) -> str:
    """A number for a line that the bank gave none: the same line gives the same one."""
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


def read_camt(content: bytes, bounds: Bounds | None = None) -> list[BankRow]:
    """What a camt.053 has booked, an entry at a time.

    Errors: Refusal tenders.statement_malformed with the `line` (an entry's number), tenders.file_too_long.
    """
    bounds = bounds or Bounds()
    _check_tags(content)
    reader = _Entries(bounds)
    try:
        parser = DefusedXMLParser(target=reader, forbid_dtd=True)
        parser.feed(content)
        parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        line = error.position[0] if isinstance(error, ParseError) else 1
        raise STATEMENT_MALFORMED(line=line) from None
    return reader.rows


def _check_tags(content: bytes) -> None:
    """Refuse a tag with a million attributes before the parser makes something of it. `>` is the same in all encodings."""
    if content.count(b">") > 3 * LIMITS["elements"]:  # comments are counted by nobody else
        raise FILE_TOO_LONG(reason="elements", limit=LIMITS["elements"])
    at = -1
    while (until := content.find(b">", at + 1, at + 1 + MAX_ROW)) >= 0:
        at = until
    if len(content) - at > MAX_ROW:
        raise STATEMENT_MALFORMED(line=1)


class _Entries:
    """What the parser tells: of all elements only an account, or one entry at a time, is made and kept."""

    def __init__(self, bounds: Bounds) -> None:
        self.rows: list[BankRow] = []
        self._bounds = bounds
        self._path: list[str] = []
        self._space = self._account = ""
        self._no = 0
        self._seen: dict[str, int] = {}
        self._kept_from = 0  # how deep an account or an entry begins that we are in
        self._tree = TreeBuilder()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if not self._path:
            if not _CAMT.fullmatch(tag):
                raise STATEMENT_MALFORMED(line=1)
            self._space = tag.removesuffix("Document")
        size = 1 + len(attributes)
        self._bounds.take("elements", size)
        is_in_statement = bool(self._path) and self._path[-1] == f"{self._space}Stmt"
        self._path.append(tag)
        if len(self._path) > MAX_DEPTH:
            raise STATEMENT_MALFORMED(line=self._no + 1)
        if is_in_statement and not self._kept_from and tag.removeprefix(self._space) in ("Acct", "Ntry"):
            self._kept_from = len(self._path)
            self._bounds.renew("entry")
            self._tree = TreeBuilder()
        if self._kept_from:
            self._bounds.take("entry", size)
            self._tree.start(tag, attributes)

    def data(self, text: str) -> None:
        """Text, or a part of one."""
        if self._kept_from:
            self._bounds.take("entry", 1 + len(text) // _TEXT_PIECE)
            self._tree.data(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        if self._kept_from:
            self._tree.end(tag)
        if self._kept_from == len(self._path):
            self._kept_from = 0
            self._take(self._tree.close())
        self._path.pop()
        if tag == f"{self._space}Stmt":
            self._account = ""

    def close(self) -> None:
        """The document ends."""

    def _take(self, element: Element) -> None:
        space = self._space
        if element.tag == f"{space}Acct":
            self._account = _text(element, space, "Id/IBAN") or _text(element, space, "Id/Othr/Id")
            return
        self._no += 1
        for row in _rows(self._no, element, space, self._account, self._seen):
            self._bounds.take("rows")
            self._bounds.take("references", len(row.references))
            self.rows.append(row)


def _rows(no: int, entry: Element, space: str, account: str, seen: dict[str, int]) -> Iterator[BankRow]:
    # Version 02 has the status itself, later ones have it as a code.
    status = _text(entry, space, "Sts/Cd") or _text(entry, space, "Sts")
    side = _text(entry, space, "CdtDbtInd")
    if status != "BOOK" or side not in _SIDES:
        return
    # What was booked by mistake and is taken back: nobody's transfer, whatever it names.
    is_reversal = _text(entry, space, "RvslInd") in ("true", "1")
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
        key = made_ref(account, given or "", booked_on.isoformat(), side, currency, str(minor), *texts)
        seen[key] = seen.get(key, 0) + 1
        yield BankRow(
            line_no=no,
            booked_on=booked_on,
            currency=currency,
            amount_minor=minor,
            references=() if is_reversal else references_in(*(text[:MAX_TEXT] for text in texts)),
            bank_ref=f"{key}-{seen[key]}" if seen[key] > 1 else key,
            direction=_SIDES[side],
            payer=None if is_reversal or side == "DBIT" else payer_in(*texts, *_names(one, space)),
        )


def _names(one: Element, space: str) -> list[str]:
    """Whom the money came from: version 02 has the debtor's name itself, later ones have it of a party."""
    debtor = f".//{space}RltdPties/{space}Dbtr"
    names = (*one.iterfind(f"{debtor}/{space}Nm"), *one.iterfind(f"{debtor}/{space}Pty/{space}Nm"))
    return [name.text or "" for name in names]


def _text(element: Element, space: str, path: str) -> str:
    found = element.find("/".join(space + name for name in path.split("/")))
    return "" if found is None or found.text is None else found.text.strip()


def _date(no: int, entry: Element, space: str) -> date:
    text = _text(entry, space, "BookgDt/Dt") or _text(entry, space, "BookgDt/DtTm")[:10]
    try:
        return day_within(date.fromisoformat(text))
    except ValueError:
        raise STATEMENT_MALFORMED(line=no) from None


def _amount(no: int, element: Element, space: str) -> tuple[str, int] | None:
    """Currency and minor units; a transaction of version 02 has them in AmtDtls."""
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        found = element.find("/".join(space + name for name in path.split("/")))
        if found is not None:
            currency = found.get("Ccy", "")
            try:
                minor = Money.from_decimal_text(_padded(found.text or ""), currency).amount_minor
            except Refusal:
                raise STATEMENT_MALFORMED(line=no) from None
            if minor < 0:  # which way it went says CdtDbtInd
                raise STATEMENT_MALFORMED(line=no)
            return currency, minor
    return None


def _padded(text: str) -> str:
    """Banks write 10, 10.5 and 10.50000 alike."""
    text = text.strip().removeprefix("+")
    return text.rstrip("0").rstrip(".") if "." in text else text
