"""A change that waits, was refused or was paid for; and each contract's case of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from highstreet.rooms.channel.model.parity import Finding, Gap, Verdict

WORST_KEPT = 5
"""So many articles of a case are told in lists."""


class ChangeState(StrEnum):
    """Waiting ends in one of the others; `told`: nobody could stop it, an online price of somebody else's."""

    WAITING = "waiting"
    LIVE = "live"
    DECLINED = "declined"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TOLD = "told"


class CaseState(StrEnum):
    """What became of a change under one contract."""

    WAITING = "waiting"
    ACKNOWLEDGED = "acknowledged"
    DECLINED = "declined"
    COMPENSATED = "compensated"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class ParityChange:
    """What was asked for. `asked` is the command as JSON; `subject_id` the article, offer or coupon."""

    brand_id: str
    id: str
    kind: str
    subject_id: str
    asked: Mapping[str, Any]
    asked_by: str
    state: ChangeState
    at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParityCase:
    """What one contract says of it. `worst`: the articles with the largest losses; `goods`: how many there are in all."""

    brand_id: str
    id: str
    change_id: str
    contract_id: str
    contract_version: int
    operator_party_id: str
    place_id: str | None
    verdict: Verdict
    state: CaseState
    currency: str
    goods: int
    pieces: int
    lost_minor: int
    paid_minor: int
    worst: tuple[Gap, ...]
    at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True)
class OnlinePrice:
    """What a seller asks for an article online, the least it ever asked, and where and when it was last seen."""

    variant_id: str
    source: str
    price_minor: int
    lowest_minor: int
    url: str
    seen_at: datetime


def gaps_document(gaps: tuple[Gap, ...]) -> list[list[Any]]:
    """A case's articles as they are kept, a short row each."""
    return [[g.variant_id, g.shelf_minor, g.lowest_minor, g.gap_minor, g.pieces, g.paid_minor] for g in gaps]


def read_gaps(document: list[list[Any]]) -> tuple[Gap, ...]:
    """The same, read."""
    return tuple(Gap(*row) for row in document)


def finding_of(verdict: Verdict, document: list[list[Any]]) -> Finding:
    """What was found then."""
    return Finding(verdict, read_gaps(document))
