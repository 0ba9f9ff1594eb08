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


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsOpened(Event):
    """What the parties owe each other by their statements was set off, and the rest is to be paid."""

    name = "settlements.payments_opened.v1"
    settlement_id: str
    payments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeOpened(Event):
    """A party says that a statement or a sale's shares are wrong."""

    name = "settlements.dispute_opened.v1"
    dispute_id: str
    party_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeEnded(Event):
    """It was granted, declined or withdrawn (`state`)."""

    name = "settlements.dispute_ended.v1"
    dispute_id: str
    party_id: str
    state: str
    currency: str
    granted_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEnded(Event):
    """A payment between parties was made, or came back (`state`: paid, failed)."""

    name = "settlements.payment_ended.v1"
    payment_id: str
    payer_id: str
    payee_id: str
    state: str
