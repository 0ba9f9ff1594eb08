"""What tenders announce. `direction` is "in" for a payment, "out" for a refund."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderSettled(Event):
    """An open tender came to its end: captured, failed or reversed."""

    name = "tenders.tender_settled.v1"
    tender_id: str
    sale_id: str
    direction: str
    rail: str
    state: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderUnknown(Event):
    """Nobody can say what became of a tender: ask the provider again."""

    name = "tenders.tender_unknown.v1"
    tender_id: str
    sale_id: str
    direction: str
    rail: str
    amount_minor: int
    currency: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateSuccess(Event):
    """The provider says that money moved for a tender that had failed or been reversed: give it back."""

    name = "tenders.late_success.v1"
    tender_id: str
    sale_id: str
    direction: str
    rail: str
    state: str
    amount_minor: int
    currency: str
    provider_ref: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateReversal(Event):
    """The provider says that it gave back the money of a captured tender: a person must clear it."""

    name = "tenders.late_reversal.v1"
    tender_id: str
    sale_id: str
    rail: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillMatched(Event):
    """A provider's bill of one day was compared with our tenders; it may be again."""

    name = "tenders.bill_matched.v1"
    provider: str
    day: str
    matched: int
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RailsStated(Event):
    """A brand said anew which rails it takes, and how much by each."""

    name = "tenders.rails_stated.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftCardsIssued(Event):
    """Gift cards of one value were issued."""

    name = "tenders.gift_cards_issued.v1"
    cards: int
    amount_minor: int
    currency: str
