"""How settlements and statements are told, to the office and to dealers and landlords alike."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from highstreet.flows.earnings import cell
from highstreet.fronts.staff import Told
from highstreet.rooms.parties import Party
from highstreet.rooms.settlements import Payment, Settlement, Statement

COLUMNS = (
    *("kind", "first_day", "last_day", "party_id", "party", "role", "collector_party_id", "collector"),
    *("currency", "lines", "sold_minor", "returned_lines", "returned_minor"),
    *("before_minor", "late_minor", "earned_minor", "paid_minor", "after_minor"),
)
"""`kind`: share (one role's lines) or balance (before + late + earned - paid = after)."""


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
    """before + late + earned - paid = after."""

    collector_party_id: str
    currency: str
    before_minor: int = Field(description="As the statement before said in the end.")
    late_minor: int = Field(description="Came to an earlier period after its statement was made.")
    earned_minor: int
    paid_minor: int = Field(description="Below zero: the party paid back.")
    after_minor: int


class ClaimTold(Told):
    """What one owed the other; below zero: it had got too much."""

    creditor_id: str
    debtor_id: str
    kind: Literal["earned", "payable"] = Field(description="payable: gift cards of one taken by the other.")
    amount_minor: int


class PaymentTold(Told):
    """The one payment that settles all claims between two parties."""

    id: str
    reference: str = Field(description="What the bank is told (EndToEndId).")
    settlement_id: str
    payer_id: str
    payee_id: str
    currency: str
    amount_minor: int
    parts: list[ClaimTold]
    state: Literal["open", "paid", "failed"]
    at: datetime
    ended_at: datetime | None
    bank_ref: str | None


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


def payment_told(payment: Payment) -> PaymentTold:
    """With what was set off."""
    return PaymentTold.model_validate(payment)


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


@dataclass(frozen=True, slots=True)
class ShownSettlement:
    """A settlement on a page, whose days are written where the desk is."""

    settlement: Settlement

    @property
    def since(self) -> datetime:
        """Its first instant."""
        return self.settlement.since

    @property
    def last_at(self) -> datetime:
        """An instant of its last day."""
        return self.settlement.until - timedelta(seconds=1)

    @property
    def days(self) -> int:
        """How many it has; a day may have 23 hours."""
        return _days(self.settlement.until - self.settlement.since)

    @property
    def days_done(self) -> int:
        """Of them added up."""
        return _days(self.settlement.read_until - self.settlement.since)


def _days(time: timedelta) -> int:
    return round(time / timedelta(days=1))


def statements_csv(
    settlement: Settlement, statements: Sequence[Statement], names: Mapping[str, Party]
) -> str:
    """Statements as CSV: of each party the lines of its roles, then its balances."""

    def named(party_id: str) -> tuple[str, str]:
        return party_id, cell(names[party_id].name_en) if party_id in names else ""

    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    days = (settlement.first_day, settlement.last_day)
    for one in statements:
        for t in one.totals:
            who = (*named(one.party_id), t.role, *named(t.collector_party_id), t.currency)
            sums = (t.lines, t.sold_minor, t.returned_lines, t.returned_minor)
            rows.writerow(("share", *days, *who, *sums, "", "", t.amount_minor, "", ""))
        for b in one.balances:
            who = (*named(one.party_id), "", *named(b.collector_party_id), b.currency)
            held = (b.before_minor, b.late_minor, b.earned_minor, b.paid_minor, b.after_minor)
            rows.writerow(("balance", *days, *who, "", "", "", "", *held))
    return out.getvalue()
