"""Pure rules of the channel: terms, and the shares they give."""

from highstreet.rooms.channel.model.contract import Acceptance, Contract, ContractState, terms_hash
from highstreet.rooms.channel.model.shares import (
    FUNDER,
    LineShares,
    Share,
    ShareBase,
    compute_shares,
    read_sheet,
    reverse_shares,
    sheet_document,
)
from highstreet.rooms.channel.model.terms import (
    BASES,
    CHANNELS,
    COLLECTORS,
    FUNDINGS,
    REST_TAKERS,
    ROLES,
    WHOLE_BP,
    ShareRule,
    StockUse,
    Terms,
    parse_terms,
)

__all__ = [
    "BASES",
    "CHANNELS",
    "COLLECTORS",
    "FUNDER",
    "FUNDINGS",
    "REST_TAKERS",
    "ROLES",
    "WHOLE_BP",
    "Acceptance",
    "Contract",
    "ContractState",
    "LineShares",
    "Share",
    "ShareBase",
    "ShareRule",
    "StockUse",
    "Terms",
    "compute_shares",
    "parse_terms",
    "read_sheet",
    "reverse_shares",
    "sheet_document",
    "terms_hash",
]
