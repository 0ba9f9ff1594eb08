"""A tender, the moves its state may make, and what a provider's answer means for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from highstreet.rooms.tenders.errors import CASH_TOO_LITTLE, SUM_DIFFERS

LINK = "link"
"""The rail of a part that somebody else was sent a link for, until they choose one."""


@dataclass(frozen=True, slots=True)
class RailKind:
    """What a rail is. `currency`: whose it must be, the "place"'s, the "card"'s, or the provider "account"'s."""

    has_provider: bool = True
    """Asked, and asked again, over the network; without one it is proven by who counts, or by a statement."""
    is_at_once: bool = False
    """Captured as soon as it is written."""
    is_at_place: bool = False
    """A person of the place takes it and gives it back: it stays with who runs the place."""
    has_drawer: bool = False
    """Lies in the drawer: may be handed over too much, and is counted."""
    is_promise: bool = False
    """The brand's own promise is paid with, not money: a balance falls, and the brand owes the collector."""
    needs_number: bool = False
    """Known by the number on a slip of paper."""
    needs_member: bool = False
    works_offline: bool = False
    currency: str = "place"


_PROVIDER = RailKind(currency="account")
RAIL_KINDS: Mapping[str, RailKind] = {
    "cash": RailKind(
        has_provider=False, is_at_once=True, is_at_place=True, has_drawer=True, works_offline=True
    ),
    "wallet": _PROVIDER,
    "alipay": _PROVIDER,
    "wechat": _PROVIDER,
    "stripe": _PROVIDER,
    # A card terminal that is not connected: its slip says that it has the money.
    "slip": RailKind(
        has_provider=False, is_at_once=True, is_at_place=True, needs_number=True, works_offline=True
    ),
    # Pending until the bank's statement names its reference.
    "transfer": RailKind(has_provider=False),
    "gift_card": RailKind(has_provider=False, is_at_once=True, is_promise=True, currency="card"),
    "points": RailKind(has_provider=False, is_at_once=True, is_promise=True, needs_member=True),
    LINK: RailKind(),
}
"""The one place that says what each rail is."""
RAILS = tuple(name for name in RAIL_KINDS if name != LINK)
STATES = ("planned", "pending", "captured", "failed", "reversed", "unknown")
OPEN_STATES = ("pending", "unknown")
FINAL_STATES = ("captured", "failed", "reversed")
MOVES: frozenset[tuple[str, str]] = frozenset(
    {
        ("planned", "pending"),
        ("planned", "captured"),
        ("planned", "failed"),
        ("pending", "captured"),
        ("pending", "failed"),
        ("pending", "reversed"),
        ("pending", "unknown"),
        ("unknown", "pending"),
        ("unknown", "captured"),
        ("unknown", "failed"),
        ("unknown", "reversed"),
    }
)
"""Every lawful change of state (M3); whatever is not here never happens."""

OUTCOMES = ("paid", "paying", "unknown", "declined", "reversed", "not_found", "refunded")

SHOWN_WAYS = ("qr", "link")
"""Ways in which people are shown something and take their time; nobody waits for a code that was scanned."""

REVERSING = "reversing"
"""The reason of an unknown tender that we asked the provider to reverse: it cannot be captured any more."""
NO_EFFECT_REASONS = ("rail_down", "rail_refused")
"""This call did nothing. It ends a tender that was asked for once, not one whose earlier call is unknown."""

_STATE_AFTER = {
    ("in", "paid"): "captured",
    ("in", "paying"): "pending",
    ("in", "declined"): "failed",
    ("in", "reversed"): "reversed",
    ("in", "unknown"): "unknown",
    ("in", "not_found"): "unknown",
    ("out", "refunded"): "captured",
    ("out", "paying"): "pending",
    ("out", "declined"): "failed",
    ("out", "unknown"): "unknown",
    ("out", "not_found"): "unknown",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Money in ("in") or back ("out") by one rail, as a draft and as a record. Amounts are minor units."""

    brand_id: str
    id: str
    sale_id: str
    return_id: str | None = None
    refunds_tender_id: str | None = None
    place_id: str
    direction: str
    rail: str
    state: str
    currency: str
    amount_minor: int
    refunded_minor: int = 0
    given_minor: int | None = None
    provider_ref: str | None = None
    reason: str | None = None
    created_at: datetime
    settled_at: datetime | None = None
    way: str | None = None
    register_id: str | None = None
    reference: str | None = None
    replaced_by_id: str | None = None


@dataclass(frozen=True, slots=True)
class RailAnswer:
    """What a provider's answer means, in our words.

    `evidence` is kept with the tender; where it has `amount_minor` and `currency` they are the provider's.
    """

    outcome: str
    provider_ref: str | None = None
    reason: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something said about a tender: asked, answered, queried, noticed, reversed, billed, approved or sent."""

    brand_id: str
    tender_id: str
    at: datetime
    kind: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Notice:
    """A provider's message about a tender. `kind` is "trade" or "refund".

    `paid_tender_id`, `back_minor`: which payment a refund is of, and what of it went back in all, where it says so.
    """

    tender_id: str
    kind: str
    answer: RailAnswer
    paid_tender_id: str | None = None
    back_minor: int | None = None

    def is_about(self, tender: "Tender") -> bool:
        """Whether it can be about this tender: a payment, or the refund of that payment that has gone back whole."""
        if (self.kind == "trade") != (tender.direction == "in"):
            return False
        return self.paid_tender_id in (None, tender.refunds_tender_id) and (
            self.back_minor is None or self.back_minor >= tender.amount_minor
        )


@dataclass(frozen=True, slots=True)
class QrShown:
    """A code for the shopper to scan, payable until `expires_at`."""

    code_url: str
    expires_at: datetime


def rails_that(**wanted: bool) -> tuple[str, ...]:
    """The rails whose kind is so: `rails_that(is_at_once=True)`."""
    return tuple(name for name in RAILS if all(getattr(RAIL_KINDS[name], k) == v for k, v in wanted.items()))


def refund_state(refund: "Tender", *, is_owed: bool) -> str:
    """What a refund begins as. `is_owed`: nobody of the place is there to hand it out."""
    kind = RAIL_KINDS[refund.rail]
    is_lacking = kind.is_at_place and (is_owed or (kind.needs_number and refund.reference is None))
    return "captured" if kind.is_at_once and not is_lacking else "pending"


def waits_at_place(tender: "Tender") -> bool:
    """A refund in cash or by a card terminal that no register has handed out yet."""
    return (tender.direction, tender.state) == ("out", "pending") and RAIL_KINDS[tender.rail].is_at_place


def states_before(state: str) -> tuple[str, ...]:
    """The states that may move to `state`, sorted."""
    return tuple(sorted(before for before, after in MOVES if after == state))


def state_after(direction: str, answer: RailAnswer) -> str | None:
    """The state an answer speaks for, or None when it says nothing to a tender of this direction."""
    return _STATE_AFTER.get((direction, answer.outcome))


def check_amount(tender: Tender, answer: RailAnswer) -> RailAnswer:
    """The answer itself, or an unknown one when the provider speaks of another amount or currency."""
    said = answer.evidence
    amount = said.get("amount_minor", tender.amount_minor)
    if answer.outcome == "reversed":
        # Of what was never taken there was nothing to give back; of what was, not only a part.
        is_so = not isinstance(amount, int) or not 0 < amount < tender.amount_minor
    elif answer.outcome in ("paid", "refunded"):
        is_so = amount == tender.amount_minor and said.get("currency", tender.currency) == tender.currency
    else:
        is_so = True
    if is_so:
        return answer
    return RailAnswer("unknown", answer.provider_ref, "amount_differs", said)


def refund_order(tenders: Sequence[Tender]) -> list[Tender]:
    """The captured payments in the order in which they are given back (docs/decisions/0015-refunds.md).

    Those with a provider first, then what is not handed out (transfers, cards, points), then slips, cash last; of
    each the newest first.
    """
    captured = [t for t in tenders if (t.direction, t.state) == ("in", "captured")]
    newest = sorted(captured, key=lambda t: (t.created_at, t.id), reverse=True)
    kinds = RAIL_KINDS
    return sorted(
        newest,
        key=lambda t: (not kinds[t.rail].has_provider, kinds[t.rail].is_at_place, kinds[t.rail].has_drawer),
    )


def split_refund(tenders: Sequence[Tender], amount_minor: int) -> list[tuple[Tender, int]]:
    """Which of the payments give back how much of an amount, each at most what it still holds."""
    left, parts = amount_minor, []
    for paid in refund_order(tenders):
        part = min(left, paid.amount_minor - paid.refunded_minor)
        if part > 0:
            left -= part
            parts.append((paid, part))
    return parts


def change_minor(amount_minor: int, given_minor: int) -> int:
    """The change for cash handed over. Errors: Refusal tenders.cash_too_little (short_minor)."""
    if given_minor < amount_minor:
        raise CASH_TOO_LITTLE(short_minor=amount_minor - given_minor)
    return given_minor - amount_minor


def cover_exactly(total_minor: int, amounts: Sequence[int]) -> None:
    """Tenders are positive and sum to the total (M2). Errors: Refusal tenders.sum_differs."""
    if any(amount <= 0 for amount in amounts) or sum(amounts) != total_minor:
        raise SUM_DIFFERS(total_minor=total_minor, tendered_minor=sum(amounts))
