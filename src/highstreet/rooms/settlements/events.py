"""What settlements announce."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsMade(Event):
    """Every party has its statement of a time."""

    name = "settlements.statements_made.v1"
    settlement_id: str
    first_day: str
    last_day: str
