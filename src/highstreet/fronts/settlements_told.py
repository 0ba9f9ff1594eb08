"""How settlements and statements are told, to the office and to dealers and landlords alike."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from highstreet.fronts.staff import Told
from highstreet.rooms.settlements import Settlement, Statement


class HeldApartTold(Told):
    """Where share lines and ledger do not say the same."""

    party_id: str
    collector_party_id: str
    currency: str
    lines_minor: int
    ledger_minor: int


class SettlementTold(Told):
    """A period that is settled, or is being settled."""

    id: str
    first_day: str
    last_day: str
    since: datetime
    until: datetime
    state: Literal["making", "made", "differs"]
    read_until: datetime = Field(description="Added up so far: progress towards `until`.")
    made_at: datetime | None
    differs: list[HeldApartTold] = Field(description="Why nobody has a statement; none where all agrees.")


class TotalTold(Told):
    """Share lines of one role, of the money that one party collected."""

    role: str
    collector_party_id: str
    currency: str
    lines: int
    sold_minor: int
    returned_lines: int
    returned_minor: int
    amount_minor: int


class HeldTold(Told):
    """before + late + earned = after."""

    collector_party_id: str
    currency: str
    before_minor: int = Field(description="As the statement before said in the end.")
    late_minor: int = Field(description="Came to an earlier period after its statement was made.")
    earned_minor: int
    after_minor: int


class KeptStatementTold(Told):
    """One party's statement; it never changes."""

    settlement_id: str
    first_day: str
    last_day: str
    party_id: str
    totals: list[TotalTold]
    balances: list[HeldTold]


def settlement_told(settlement: Settlement) -> SettlementTold:
    """Without whose it is: who asks knows."""
    return SettlementTold(
        id=settlement.id,
        first_day=settlement.first_day,
        last_day=settlement.last_day,
        since=settlement.since,
        until=settlement.until,
        state=settlement.state.value,
        read_until=settlement.read_until,
        made_at=settlement.made_at,
        differs=[HeldApartTold.model_validate(one) for one in settlement.differs or ()],
    )


def statement_told(settlement: Settlement, statement: Statement) -> KeptStatementTold:
    """A kept statement with the days that it is of."""
    return KeptStatementTold(
        settlement_id=settlement.id,
        first_day=settlement.first_day,
        last_day=settlement.last_day,
        party_id=statement.party_id,
        totals=[TotalTold.model_validate(one) for one in statement.totals],
        balances=[HeldTold.model_validate(one) for one in statement.balances],
    )
