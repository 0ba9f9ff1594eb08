"""What a routing is decided from: everything that was known at that moment, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from highstreet.kernel.geo import Point

SURE_BP = 10_000
"""A confidence of 1, in basis points: somebody has just seen the goods."""

Parts = Mapping[str, int]
"""What each party gets of one piece, in minor units, by the party's id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A line of an order: so many pieces of a variant. Errors: ValueError when the quantity is below 1."""

    variant_id: str
    quantity: int

    def __post_init__(self) -> None:
        if self.quantity < 1:
            raise ValueError(f"a quantity is 1 or more, not {self.quantity}")


@dataclass(frozen=True, slots=True)
class Territory:
    """Somebody alone may serve the destination. `breach_minor` is what it costs to let another; None: forbidden."""

    holder_party_id: str
    breach_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be routed, as of `at`.

    `channel` is the word under which owners consent (delivery, pickup, …). Without a destination the shopper comes to
    the place. `promised_by` is when the goods were promised to be handed over; None: nothing was promised.
    Errors: ValueError when there is no line, or a variant stands on two: the caller adds them up.
    """

    brand_id: str
    id: str
    channel: str
    lines: tuple[Wanted, ...]
    at: datetime
    destination: Point | None = None
    promised_by: datetime | None = None
    territory: Territory | None = None

    def __post_init__(self) -> None:
        if not self.lines or len({line.variant_id for line in self.lines}) != len(self.lines):
            raise ValueError("an order has lines, each of another variant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place that may serve. `ready_at` is when it can next hand goods over; None: not in sight.

    `load` counts the orders it has open, `capacity` how many it takes at a time.
    """

    place_id: str
    operator_party_id: str
    position: Point | None
    ready_at: datetime | None
    load: int = 0
    capacity: int = 1


@dataclass(frozen=True, slots=True)
class Pieces:
    """One owner's available pieces of a variant at a place, and how sure we are of each of them, in basis points.

    Errors: ValueError when the confidence is not 0 to 10,000.
    """

    place_id: str
    variant_id: str
    owner_party_id: str
    available: int
    confidence_bp: int = SURE_BP

    def __post_init__(self) -> None:
        if not 0 <= self.confidence_bp <= SURE_BP:
            raise ValueError(f"a confidence is 0 to {SURE_BP} bp, not {self.confidence_bp}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """An order and all that may serve it.

    `consents`: for which channels an owner lets its stock be promised; who is absent lets it for none.
    `parts`: what each party gets of one piece, by place, owner and variant. `due`: what the contracts name for it of
    one piece of a variant; who gets less by a choice misses the difference, and nobody else's gain makes up for it.
    `barred`: by place and owner, why its goods there may not be taken, whatever it consents to elsewhere (a `Reason`).
    """

    order: Order
    candidates: tuple[Candidate, ...]
    stock: tuple[Pieces, ...]
    consents: Mapping[str, frozenset[str]]
    parts: Mapping[tuple[str, str, str], Parts] = field(default_factory=dict)
    due: Mapping[str, Parts] = field(default_factory=dict)
    barred: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Take:
    """So many pieces of a variant come from this place and belong to this owner."""

    place_id: str
    variant_id: str
    owner_party_id: str
    quantity: int
