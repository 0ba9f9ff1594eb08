"""The door of the room `settlements`."""

from highstreet.rooms.settlements.actions import (
    MadeStatements,
    begin_settlement,
    keep_differences,
    keep_statements,
    tell_progress,
)
from highstreet.rooms.settlements.errors import (
    NOT_NEXT,
    NOT_OVER,
)
from highstreet.rooms.settlements.model import (
    Held,
    Settlement,
    SettlementState,
    Statement,
    StatementBalance,
    Total,
    differences,
)
from highstreet.rooms.settlements.queries import (
    settlement_by_id,
    settlements_of,
    statements_of,
)

__all__ = [
    "NOT_NEXT",
    "NOT_OVER",
    "Held",
    "MadeStatements",
    "Settlement",
    "SettlementState",
    "Statement",
    "StatementBalance",
    "Total",
    "begin_settlement",
    "differences",
    "keep_differences",
    "keep_statements",
    "settlement_by_id",
    "settlements_of",
    "statements_of",
    "tell_progress",
]
