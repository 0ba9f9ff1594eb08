"""Where a rail's money stands in the ledger, and who owes whom when the brand's own promise was paid with."""

from highstreet.rooms.ledger import AccountKey, Transfer
from highstreet.rooms.tenders import RAIL_KINDS

CARDS_OWED = "gift_cards"
"""What the brand still owes to the holders of gift cards."""
CARDS_ISSUED = "gift_cards_issued"
"""What was issued on them: the other side."""
_FUNDED_FROM = {"gift_card": CARDS_OWED, "points": "points_spent"}


def money_in(to: AccountKey, amount_minor: int, code: str, *, rail: str, brand_party: str) -> list[Transfer]:
    """Transfers that bring a tender's money to an account of the collector (`to.owner_id`).

    A provider's, the drawer's or the bank's comes out of the collector's own `clearing_<rail>`. A gift card or points
    are the brand's to make good: who collects for another company has a claim on the brand.
    """
    brand_id, collector, currency = to.brand_id, to.owner_id, to.currency
    if not RAIL_KINDS[rail].is_promise:
        return [
            Transfer(AccountKey(brand_id, collector, f"clearing_{rail}", currency), to, amount_minor, code)
        ]
    funded = AccountKey(brand_id, brand_party, _FUNDED_FROM[rail], currency)
    if collector == brand_party:
        return [Transfer(funded, to, amount_minor, code)]
    claim = AccountKey(brand_id, collector, "receivable", currency, brand_party)
    owed = AccountKey(brand_id, brand_party, "payable", currency, collector)
    return [Transfer(claim, to, amount_minor, code), Transfer(funded, owed, amount_minor, code)]


def money_out(of: AccountKey, amount_minor: int, code: str, *, rail: str, brand_party: str) -> list[Transfer]:
    """The way back, exactly."""
    there = money_in(of, amount_minor, code, rail=rail, brand_party=brand_party)
    return [Transfer(move.credit, move.debit, move.amount_minor, code) for move in there]
