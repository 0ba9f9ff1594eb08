"""Writing transfers."""

from collections.abc import Sequence

from highstreet.kernel.tx import Tx
from highstreet.rooms.ledger.model import Posting
from highstreet.rooms.ledger.tables import account, transfer


def post_transfers(tx: Tx, postings: Sequence[Posting]) -> None:
    """Write the transfers of many causes and what they do to each balance; new accounts are opened."""
    accounts = {}
    balances: dict[str, int] = {}
    rows = []
    for posting in postings:
        for no, move in enumerate(posting.transfers, start=1):
            debit_id, credit_id = move.debit.id, move.credit.id
            accounts[debit_id] = move.debit
            accounts[credit_id] = move.credit
            balances[debit_id] = balances.get(debit_id, 0) - move.amount_minor
            balances[credit_id] = balances.get(credit_id, 0) + move.amount_minor
            rows.append(
                {
                    "brand_id": posting.brand_id,
                    "ref_id": posting.ref_id,
                    "no": no,
                    "debit_account_id": debit_id,
                    "credit_account_id": credit_id,
                    "currency": move.debit.currency,
                    "amount_minor": move.amount_minor,
                    "code": move.code,
                    "at": posting.at,
                }
            )
    tx.add_up(
        account,
        [
            {
                "brand_id": key.brand_id,
                "id": account_id,
                "owner_id": key.owner_id,
                "kind": key.kind,
                "counterparty_id": key.counterparty_id,
                "currency": key.currency,
                "balance_minor": balances[account_id],
            }
            for account_id, key in sorted(accounts.items())
        ],
        sums=["balance_minor"],
    )
    tx.insert_many(transfer, rows)
