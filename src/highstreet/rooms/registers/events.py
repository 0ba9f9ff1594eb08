"""What registers announce about their journals, and what was approved at them."""

from dataclasses import dataclass
from typing import Any

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTaken(Event):
    """An entry of an offline journal was taken. `state`: done, done_with_difference or refused."""

    name = "registers.entry_taken.v1"
    register_id: str
    journal_id: str
    seq: int
    kind: str
    state: str
    sale_id: str | None
    difference_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised(Event):
    """A journal has a gap or a fork, a device lost its storage, or its clock cannot be right."""

    name = "registers.alert_raised.v1"
    register_id: str
    journal_id: str
    kind: str
    seq: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActApproved(Event):
    """A manager let one act be done at a register: `act` is return, give_up or allowance."""

    name = "registers.act_approved.v1"
    register_id: str
    approval_id: str
    staff_id: str
    act: str
    sale_id: str
    amount_minor: int
    currency: str
