"""Where parties are paid: bank accounts by IBAN (ISO 13616) and, where a bank asks for it, BIC (ISO 9362)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from stdnum import bic as bics
from stdnum import iban as ibans

from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.settlements.errors import ACCOUNT_MALFORMED
from highstreet.rooms.settlements.tables import bank_account

MAX_HOLDER = 70
"""As long as a name in a payment may be (ISO 20022: Max70Text)."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A party's account; `iban` and `bic` without spaces."""

    brand_id: str
    party_id: str
    holder: str
    iban: str
    bic: str | None
    changed_at: datetime

    @property
    def masked(self) -> str:
        """So much of the IBAN as its owner knows it by."""
        return f"{self.iban[:4]} … {self.iban[-4:]}"


def check_account(
    brand_id: str, party_id: str, holder: str, iban: str, bic: str | None, at: datetime
) -> BankAccount:
    """Read what was typed. Errors: Refusal settlements.account_malformed (field)."""
    name = " ".join(holder.split())
    if not 1 <= len(name) <= MAX_HOLDER or not name.isprintable():
        raise ACCOUNT_MALFORMED(field="holder")
    if not ibans.is_valid(iban):
        raise ACCOUNT_MALFORMED(field="iban")
    if bic and not bics.is_valid(bic):
        raise ACCOUNT_MALFORMED(field="bic")
    return BankAccount(brand_id, party_id, name, ibans.compact(iban), bics.compact(bic) if bic else None, at)


def keep_account(tx: Tx, kept: BankAccount) -> None:
    """Where a party is paid from now on."""
    row = {name: getattr(kept, name) for name in BankAccount.__slots__}
    if tx.insert_many(bank_account, [row], ignore_existing=True) == 1:
        return
    b = bank_account.c
    tx.run(update(bank_account).where(b.brand_id == kept.brand_id, b.party_id == kept.party_id).values(**row))


def accounts_of(reader: Reader, brand_id: str) -> dict[str, BankAccount]:
    """By party."""
    query = select(bank_account).where(bank_account.c.brand_id == brand_id)
    return {row.party_id: BankAccount(**row._mapping) for row in reader.rows(query)}
