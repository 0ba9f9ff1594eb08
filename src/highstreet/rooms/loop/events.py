"""Facts the room `loop` announces."""

from dataclasses import dataclass
from typing import ClassVar

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched(Event):
    """A code was scanned or followed. `person_id` only with consent to measurement."""

    name: ClassVar[str] = "loop.touched.v1"
    touch_id: str
    code_id: str
    kind: str
    campaign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditGiven(Event):
    """A sale was credited to a code. No person: credit tells of codes."""

    name: ClassVar[str] = "loop.credit_given.v1"
    sale_id: str
    code_id: str
    campaign: str
    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditReversed(Event):
    """A return took back part or all of a sale's credit."""

    name: ClassVar[str] = "loop.credit_reversed.v1"
    sale_id: str
    code_id: str
    campaign: str
    amount_minor: int
    currency: str
