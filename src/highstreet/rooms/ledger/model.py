"""Accounts by what they are, transfers by what they mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from highstreet.kernel.ids import stable_id
from highstreet.rooms.ledger.errors import ACCOUNTS_APART, AMOUNT_NOT_POSITIVE, SAME_ACCOUNT


@dataclass(frozen=True, slots=True)
class AccountKey:
    """An account named by what it is; it comes into being with its first transfer.

    Kinds: `clearing_<rail>` (money taken by a rail), `deposits` (held for sales not paid yet),
    `sales` (a sale in passing: empty after each one), `safe` and `expenses` (cash that left a drawer, or came from
    elsewhere), `over_short` and `over_short_slip` (what counts found),
    `fees` (what providers kept), `earned` (what `owner_id` earned out of money
    that `counterparty_id` collected), `gift_cards` (owed to their holders) against `gift_cards_issued`,
    `points_spent` (points taken as money, at the brand's cost), `payable` and `receivable` (between two parties),
    `paid_out` (what `owner_id` paid of what `counterparty_id` earned), `claims_paid` and `claims_received` (what was
    paid of payables, on either side).
    """

    brand_id: str
    owner_id: str
    kind: str
    currency: str
    counterparty_id: str = ""

    @property
    def id(self) -> str:
        """The account's id: the same parts always give the same id."""
        return _account_id(self.brand_id, self.owner_id, self.kind, self.counterparty_id, self.currency)


@lru_cache(maxsize=65536)
def _account_id(*parts: str) -> str:
    return stable_id("acc", *parts)


@dataclass(frozen=True, slots=True)
class Transfer:
    """`amount_minor` (> 0) leaves the credit side of `debit` and enters `credit`. `code` says why."""

    debit: AccountKey
    credit: AccountKey
    amount_minor: int
    code: str

    def __post_init__(self) -> None:
        if self.amount_minor <= 0:
            raise AMOUNT_NOT_POSITIVE(amount_minor=self.amount_minor)
        if self.debit == self.credit:
            raise SAME_ACCOUNT()
        if (self.debit.brand_id, self.debit.currency) != (self.credit.brand_id, self.credit.currency):
            raise ACCOUNTS_APART()


def signed_transfer(debit: AccountKey, credit: AccountKey, amount_minor: int, code: str) -> Transfer | None:
    """A transfer of any amount: negative turns it round, zero makes none."""
    if amount_minor == 0:
        return None
    if amount_minor < 0:
        return Transfer(credit, debit, -amount_minor, code)
    return Transfer(debit, credit, amount_minor, code)


@dataclass(frozen=True, slots=True)
class Posting:
    """The transfers that belong to one sale, return or other cause, written together."""

    brand_id: str
    ref_id: str
    at: datetime
    transfers: tuple[Transfer, ...]

    def __post_init__(self) -> None:
        if any(move.debit.brand_id != self.brand_id for move in self.transfers):
            raise ACCOUNTS_APART()


@dataclass(frozen=True, slots=True)
class Balance:
    """Credits minus debits of an account, in minor units."""

    account_id: str
    owner_id: str
    kind: str
    counterparty_id: str
    currency: str
    amount_minor: int


def sum_by_account(transfers: Iterable[Transfer]) -> dict[AccountKey, int]:
    """What transfers do to each account (credits positive); the values always sum to zero."""
    totals: dict[AccountKey, int] = {}
    for t in transfers:
        totals[t.debit] = totals.get(t.debit, 0) - t.amount_minor
        totals[t.credit] = totals.get(t.credit, 0) + t.amount_minor
    return totals
