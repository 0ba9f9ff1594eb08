"""Writing transfers."""

from collections.abc import Sequence

from highstreet.kernel.tx import Tx
from highstreet.rooms.ledger.model import Posting
from highstreet.rooms.ledger.tables import account, transfer


def post_transfers(tx: Tx, postings: Sequence[Posting]) -> None:
    """Write the transfers of many causes; accounts that do not exist yet are opened."""
    accounts = {}
    rows = []
    for posting in postings:
        for no, move in enumerate(posting.transfers, start=1):
            debit_id, credit_id = move.debit.id, move.credit.id
            accounts[debit_id] = move.debit
            accounts[credit_id] = move.credit
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
    tx.insert_many(
        account,
        [
            {
                "brand_id": key.brand_id,
                "id": account_id,
                "owner_id": key.owner_id,
                "kind": key.kind,
                "counterparty_id": key.counterparty_id,
                "currency": key.currency,
            }
            for account_id, key in sorted(accounts.items())
        ],
        ignore_existing=True,
    )
    tx.insert_many(transfer, rows)
