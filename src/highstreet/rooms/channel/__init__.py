"""The door of the room `channel`."""

from highstreet.rooms.channel.actions import (
    ReverseShares,
    SignContract,
    freeze_shares,
    freeze_terms,
    record_reversal,
    sign_contract,
)
from highstreet.rooms.channel.errors import NO_CONTRACT
from highstreet.rooms.channel.model import (
    Contract,
    LineShares,
    Share,
    ShareBase,
    Terms,
    compute_shares,
    parse_terms,
    reverse_shares,
    sheet_document,
)
from highstreet.rooms.channel.queries import (
    SaleTerms,
    ShareSheet,
    contracts_for,
    contracts_of_brand,
    parties_of,
    share_reversals_of,
    share_sheets_for,
    terms_of_sale,
    terms_of_sales,
)

__all__ = [
    "NO_CONTRACT",
    "Contract",
    "LineShares",
    "ReverseShares",
    "SaleTerms",
    "Share",
    "ShareBase",
    "ShareSheet",
    "SignContract",
    "Terms",
    "compute_shares",
    "contracts_for",
    "contracts_of_brand",
    "freeze_shares",
    "freeze_terms",
    "parse_terms",
    "parties_of",
    "record_reversal",
    "reverse_shares",
    "share_reversals_of",
    "share_sheets_for",
    "sheet_document",
    "sign_contract",
    "terms_of_sale",
    "terms_of_sales",
]
