"""What the brand owes a party beside its shares: set off and paid with the next statements (decision 0022)."""

from datetime import datetime

from highstreet.kernel.tx import Tx
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers
from highstreet.rooms.parties import PartyKind, parties_of_brand


def owe(
    tx: Tx,
    brand_id: str,
    party_id: str,
    reference: str,
    kind: str,
    *,
    amount_minor: int,
    currency: str,
    at: datetime,
) -> None:
    """Post it on both sides; `kind` names the cost and the income. Once for a reference."""
    brand = next(p.id for p in parties_of_brand(tx, brand_id) if p.kind is PartyKind.BRAND)
    costs = AccountKey(brand_id, brand, kind, currency, party_id)
    owed = AccountKey(brand_id, brand, "payable", currency, party_id)
    claim = AccountKey(brand_id, party_id, "receivable", currency, brand)
    income = AccountKey(brand_id, party_id, kind, currency, brand)
    moves = (Transfer(costs, owed, amount_minor, kind), Transfer(claim, income, amount_minor, kind))
    post_transfers(tx, [Posting(brand_id, reference, at, moves)])
