"""The door of the room `ledger`."""

from highstreet.rooms.ledger.actions import post_transfers
from highstreet.rooms.ledger.model import (
    AccountKey,
    Balance,
    Posting,
    Transfer,
    signed_transfer,
    sum_by_account,
)
from highstreet.rooms.ledger.queries import (
    TransferRecord,
    balances,
    ledger_sum,
    moved_between,
    summed_balances,
    transfers_of,
)

__all__ = [
    "AccountKey",
    "Balance",
    "Posting",
    "Transfer",
    "TransferRecord",
    "balances",
    "ledger_sum",
    "moved_between",
    "post_transfers",
    "signed_transfer",
    "sum_by_account",
    "summed_balances",
    "transfers_of",
]
