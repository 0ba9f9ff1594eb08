"""The door of the room `channel`."""

from highstreet.rooms.channel.actions import (
    ReverseShares,
    SignContract,
    freeze_shares,
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
    ShareSheet,
    contracts_for,
    contracts_of_brand,
    share_reversals_of,
    share_sheets_for,
)

__all__ = [
    "NO_CONTRACT",
    "Contract",
    "LineShares",
    "ReverseShares",
    "Share",
    "ShareBase",
    "ShareSheet",
    "SignContract",
    "Terms",
    "compute_shares",
    "contracts_for",
    "contracts_of_brand",
    "freeze_shares",
    "parse_terms",
    "record_reversal",
    "reverse_shares",
    "share_reversals_of",
    "share_sheets_for",
    "sheet_document",
    "sign_contract",
]
