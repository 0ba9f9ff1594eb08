"""Pure rules: what a statement says, and what two parties pay each other by it. Amounts are minor units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class SettlementState(StrEnum):
    """`differs`: lines and ledger do not say the same, so nobody gets a statement."""

    MAKING = "making"
    MADE = "made"
    DIFFERS = "differs"


class PaymentState(StrEnum):
    """`open`: asked of the bank or of the other party. `failed`: it came back, and what was owed is owed again."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Settlement:
    """A time that was settled: every party has a statement of it. `until` is not in it; `read_until`: added up so far."""

    brand_id: str
    id: str
    first_day: str
    last_day: str
    since: datetime
    until: datetime
    state: SettlementState
    asked_at: datetime
    made_at: datetime | None
    read_until: datetime
    differs: list[dict[str, Any]] | None


@dataclass(frozen=True, slots=True)
class Total:
    """What a party got in one role, of the money that one party collected: share lines of sales, less those of returns."""

    role: str
    collector_party_id: str
    currency: str
    lines: int
    sold_minor: int
    returned_lines: int
    returned_minor: int

    @property
    def amount_minor(self) -> int:
        """What is left."""
        return self.sold_minor - self.returned_minor


@dataclass(frozen=True, slots=True)
class StatementBalance:
    """What a collector held for a party: before + late + earned - paid = after (ValueError where it is not).

    `late_minor` came to an earlier period after its statement was made: a register that had been offline.
    `paid_minor` is below zero where the party paid back.
    """

    collector_party_id: str
    currency: str
    before_minor: int
    late_minor: int
    earned_minor: int
    paid_minor: int
    after_minor: int

    def __post_init__(self) -> None:
        if self.before_minor + self.late_minor + self.earned_minor - self.paid_minor != self.after_minor:
            raise ValueError(self)


@dataclass(frozen=True, slots=True)
class Statement:
    """One party's statement of a settlement."""

    brand_id: str
    settlement_id: str
    party_id: str
    totals: tuple[Total, ...]
    balances: tuple[StatementBalance, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """What `debtor_id` owes `creditor_id`, for `kind` (an account's); below zero: it got too much and is owed back."""

    creditor_id: str
    debtor_id: str
    kind: str
    currency: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Due:
    """The one payment that settles all claims between two parties; of nothing, where they are even."""

    payer_id: str
    payee_id: str
    currency: str
    amount_minor: int
    parts: tuple[Claim, ...]


def net_claims(claims: Sequence[Claim]) -> list[Due]:
    """Claims of each pair set off against each other, whichever way they go; what is left is paid by whoever owes it.

    A claim below zero (a return after its sale was paid out) takes from what is paid, or turns the payment round: the
    clawback. Claims of nothing, and of a party against itself, settle nothing.
    """
    pairs: dict[tuple[str, str, str], list[Claim]] = {}
    for claim in claims:
        if claim.amount_minor and claim.creditor_id != claim.debtor_id:
            first, second = sorted((claim.creditor_id, claim.debtor_id))
            pairs.setdefault((first, second, claim.currency), []).append(claim)
    found = []
    for (first, second, currency), parts in sorted(pairs.items()):
        # What `first` has to get from `second`.
        net = sum(p.amount_minor if p.creditor_id == first else -p.amount_minor for p in parts)
        payer, payee = (second, first) if net >= 0 else (first, second)
        found.append(Due(payer, payee, currency, abs(net), tuple(parts)))
    return found


Held = tuple[str, str, str]
"""(party, who collected, currency)"""


def differences(lines: Mapping[Held, int], ledger: Mapping[Held, int]) -> list[dict[str, Any]]:
    """Where what share lines add up to is not what the ledger moved."""
    return [
        {
            "party_id": key[0],
            "collector_party_id": key[1],
            "currency": key[2],
            "lines_minor": lines.get(key, 0),
            "ledger_minor": ledger.get(key, 0),
        }
        for key in sorted(lines.keys() | ledger.keys())
        if lines.get(key, 0) != ledger.get(key, 0)
    ]


@dataclass(frozen=True, slots=True)
class Payment:
    """A due payment with its state; `bank_ref` is the bank's own number of it."""

    brand_id: str
    id: str
    settlement_id: str
    payer_id: str
    payee_id: str
    currency: str
    amount_minor: int
    parts: tuple[Claim, ...]
    state: PaymentState
    at: datetime
    ended_at: datetime | None
    bank_ref: str | None

    @property
    def reference(self) -> str:
        """What the bank is told and tells back (EndToEndId): the id without its prefix, as banks take no underscore."""
        return self.id.partition("_")[2].upper()


def payment_id_of(reference: str) -> str:
    """The payment that a bank's word may name."""
    return f"pmt_{reference.lower()}"


def claim_document(claim: Claim) -> dict[str, Any]:
    """As it is stored with its payment, whose currency it has."""
    return {
        "creditor_id": claim.creditor_id,
        "debtor_id": claim.debtor_id,
        "kind": claim.kind,
        "amount_minor": claim.amount_minor,
    }


def claim_of(document: Mapping[str, Any], currency: str) -> Claim:
    """Back from what is stored."""
    return Claim(
        document["creditor_id"], document["debtor_id"], document["kind"], currency, document["amount_minor"]
    )
