"""The brand's bank: what payers transfer, as statements of two accounts, one told in camt.053, the other in CSV."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from xml.sax.saxutils import escape

import httpx

from benchmarks.faults.plan import Plan
from benchmarks.faults.providers import CURRENCY
from highstreet.kernel.time import business_day, utc_now

ZONE = "Europe/Helsinki"
OVERLAP = 20
"""So many bookings of the statement before are in the next one again."""
_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True, slots=True)
class Booking:
    """A movement on an account; below zero it went out. `why`: as the payer of the plan, or "back"."""

    no: int
    day: date
    amount_minor: int
    reference: str
    tender_id: str
    why: str


@dataclass
class Bank:
    """Both accounts. Which one a payer uses follows from the tender's number, not from when it happens."""

    camt: list[Booking] = field(default_factory=list)
    csv: list[Booking] = field(default_factory=list)
    told: Counter[str] = field(default_factory=Counter)
    """How many bookings of each account have been in a statement."""

    @property
    def bookings(self) -> list[Booking]:
        """All of both."""
        return self.camt + self.csv

    def book(self, tender_id: str, reference: str, amount_minor: int, why: str) -> None:
        """Money has moved."""
        account = self.camt if ord(tender_id[-1]) % 2 else self.csv
        day = business_day(utc_now(), ZONE)
        account.append(Booking(len(account), day, amount_minor, reference, tender_id, why))

    def statements(self, *, is_whole: bool = False) -> list[tuple[str, int, bytes]]:
        """What is to be told now, by account: with what was told last, or all of it again."""
        found = []
        for name, account, write in (("camt", self.camt, _camt), ("csv", self.csv, _csv)):
            since = 0 if is_whole else max(0, self.told[name] - OVERLAP)
            if is_whole or len(account) > self.told[name]:
                found.append((name, len(account), write(account[since:])))
        return found


def _camt(bookings: list[Booking]) -> bytes:
    entries = "".join(
        f'<Ntry><Amt Ccy="{CURRENCY}">{_major(abs(one.amount_minor))}</Amt>'
        f"<CdtDbtInd>{'CRDT' if one.amount_minor > 0 else 'DBIT'}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{one.day}</Dt></BookgDt><AcctSvcrRef>C{one.no:07d}</AcctSvcrRef>"
        # As people type it, by fours.
        f"<NtryDtls><TxDtls><RmtInf><Ustrd>{escape(_by_fours(one.reference))}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
        for one in bookings
    )
    account = "<Acct><Id><IBAN>FI2112345600000785</IBAN></Id></Acct>"
    return f'<Document xmlns="{_CAMT}"><BkToCstmrStmt><Stmt>{account}{entries}</Stmt></BkToCstmrStmt></Document>'.encode()


def _csv(bookings: list[Booking]) -> bytes:
    rows = [f"V{one.no:07d};{one.day};{_major(one.amount_minor)};{one.reference}" for one in bookings]
    return "\n".join(["Id;Date;Amount;Reference", *rows, ""]).encode()


def _major(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def _by_fours(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


async def keep_telling(bank: Bank, office: httpx.AsyncClient, every_s: float) -> None:
    """Upload what is new, again and again, whatever becomes of the server; until cancelled."""
    while True:
        await asyncio.sleep(every_s)
        for name, until, content in bank.statements():
            try:
                answer = await office.post("/office/v1/statements", content=content)
            except httpx.TransportError:
                continue
            if answer.is_success:
                bank.told[name] = until
            elif answer.status_code != 503:
                raise AssertionError(f"{name}: {answer.status_code} {answer.text}")


def tell_everything(bank: Bank, office: httpx.Client) -> None:
    """Both statements from the first booking: what was read before is no news."""
    for name, until, content in bank.statements(is_whole=True):
        office.post("/office/v1/statements", content=content).raise_for_status()
        bank.told[name] = until


def pay_what_is_owed(bank: Bank, owed: Callable[[], list[dict[str, object]]]) -> None:
    """The office transfers back what stands owed, naming each refund's own reference."""
    paid = {one.tender_id for one in bank.bookings if one.why == "back"}
    for row in owed():
        if row["id"] not in paid:
            bank.book(str(row["id"]), str(row["reference"]), -int(str(row["amount_minor"])), "back")


def irregular(plan: Plan) -> set[str]:
    """The transfers whose credits nobody could match: too late, too little, one too many."""
    return {
        part.tender_id
        for sale in plan.sales
        for part in sale.parts
        if part.payer in ("late", "short", "twice")
    }
