"""The fault dial: how this provider misbehaves, by chance (seeded) or just once on demand."""

import random
from collections import Counter, deque
from dataclasses import dataclass, replace
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Operation = Literal["pay", "query", "reverse", "refund", "bill", "notice"]

COMMON: Final = (
    "timeout_before_effect",
    "timeout_after_effect",
    "answer_twice",
    "error_500",
    "malformed_body",
    "bad_signature",
    "clock_skew",
)
FAULTS_OF: Final[dict[str, tuple[str, ...]]] = {
    "pay": (*COMMON, "answer_unknown", "late_success", "decline_risk"),
    "query": (*COMMON, "answer_unknown"),
    "reverse": (*COMMON, "answer_unknown", "late_success"),
    "refund": (*COMMON, "answer_unknown", "late_success"),
    "bill": (*COMMON, "missing_rows", "extra_rows"),
    "notice": ("drop_notice", "duplicate_notice", "reorder_notices", "bad_signature", "malformed_body"),
}
# These two leave open whether the operation took place; chance decides unless a one-shot fault says so.
OPEN_ENDED: Final = ("answer_unknown", "error_500")

Chance = float


class Closed(BaseModel):
    """Refuses members it does not know, so that a misspelt fault is noticed."""

    model_config = ConfigDict(extra="forbid")


class NoticeRules(Closed):
    """Which events send a notice. `sync_code` is a barcode payment answered at once: wallets send none."""

    sync_code: bool = False
    paying: bool = True
    qr: bool = True
    refund: bool = True


class OperationDial(Closed):
    """Probabilities (0 to 1, together at most 1) for one operation; `delay_ms` is drawn for every call."""

    delay_ms: tuple[int, int] = (0, 0)
    timeout_before_effect: Chance = Field(0.0, ge=0, le=1)
    timeout_after_effect: Chance = Field(0.0, ge=0, le=1)
    answer_unknown: Chance = Field(0.0, ge=0, le=1)
    answer_twice: Chance = Field(0.0, ge=0, le=1)
    late_success: Chance = Field(0.0, ge=0, le=1)
    decline_risk: Chance = Field(0.0, ge=0, le=1)
    error_500: Chance = Field(0.0, ge=0, le=1)
    malformed_body: Chance = Field(0.0, ge=0, le=1)
    bad_signature: Chance = Field(0.0, ge=0, le=1)
    missing_rows: Chance = Field(0.0, ge=0, le=1)
    extra_rows: Chance = Field(0.0, ge=0, le=1)
    clock_skew: Chance = Field(0.0, ge=0, le=1)
    drop_notice: Chance = Field(0.0, ge=0, le=1)
    duplicate_notice: Chance = Field(0.0, ge=0, le=1)
    reorder_notices: Chance = Field(0.0, ge=0, le=1)

    def chances(self) -> list[tuple[str, float]]:
        """The faults with a probability above zero, in a fixed order."""
        pairs = ((name, float(getattr(self, name))) for name in type(self).model_fields if name != "delay_ms")
        return [(name, chance) for name, chance in pairs if chance > 0]


class FaultDial(Closed):
    """All that can be dialled. `hang_s`: how long a timed-out call hangs before its connection is cut.

    `is_by_order`: chance depends on the order and on how often it was called about, not on what other orders do:
    the same seed and orders meet the same faults, however they run beside each other.
    """

    seed: int = 0
    is_by_order: bool = False
    hang_s: float = Field(20.0, ge=0)
    late_success_s: float = Field(5.0, ge=0)
    reorder_s: float = Field(2.0, ge=0)
    send_notices: NoticeRules = NoticeRules()
    pay: OperationDial = OperationDial()
    query: OperationDial = OperationDial()
    reverse: OperationDial = OperationDial()
    refund: OperationDial = OperationDial()
    bill: OperationDial = OperationDial()
    notice: OperationDial = OperationDial()

    @model_validator(mode="after")
    def _check(self) -> "FaultDial":
        for operation, allowed in FAULTS_OF.items():
            dial: OperationDial = getattr(self, operation)
            chances = dial.chances()
            if wrong := [name for name, _ in chances if name not in allowed]:
                raise ValueError(f"{operation} has no fault {wrong[0]}; it has {', '.join(allowed)}")
            if sum(chance for _, chance in chances) > 1.000001:
                raise ValueError(f"the probabilities of {operation} sum to more than 1")
            if not 0 <= dial.delay_ms[0] <= dial.delay_ms[1]:
                raise ValueError(f"delay_ms of {operation} must be [min, max]")
        return self


class NextFault(Closed):
    """A fault for the next call of one operation.

    `seconds` means: how long to wait (`delay`), to hang (timeouts), until the success (`late_success`) or
    to hold back (`reorder_notices`). `effect` decides for the open-ended faults whether the operation takes
    place. `times`: for that many calls.
    """

    operation: Operation
    fault: str
    seconds: float | None = Field(None, ge=0)
    effect: bool | None = None
    times: int = Field(1, ge=1, le=1000)

    @model_validator(mode="after")
    def _check(self) -> "NextFault":
        if self.fault not in ("none", "delay") and self.fault not in FAULTS_OF[self.operation]:
            raise ValueError(f"{self.operation} has no fault {self.fault}")
        return self


@dataclass(frozen=True, slots=True)
class Fault:
    """What befalls one call; `kind` is "none" for most. `seconds` as in NextFault, already filled in."""

    kind: str = "none"
    seconds: float = 0.0
    delay_s: float = 0.0
    has_effect: bool = True


class FaultDrawer:
    """Draws a fault for each call: first those asked for with `add_next`, then by the dial."""

    def __init__(self, dial: FaultDial) -> None:
        self.turn_to(dial)
        self._next: dict[str, deque[NextFault]] = {operation: deque() for operation in FAULTS_OF}
        self.struck: Counter[tuple[str, str]] = Counter()
        """What befell so far, by operation and kind."""
        self.struck_orders: set[str] = set()

    def turn_to(self, dial: FaultDial) -> None:
        """Put a new dial in force; each operation's chances begin again from the seed."""
        self.dial = dial
        # One stream for each operation: what the queries draw does not change what the payments draw.
        self._streams = {operation: random.Random(f"{dial.seed}:{operation}") for operation in FAULTS_OF}
        self._calls: Counter[tuple[str, str]] = Counter()
        self._chances = {operation: getattr(dial, operation).chances() for operation in FAULTS_OF}

    def add_next(self, fault: NextFault) -> None:
        """Queue a one-shot fault."""
        self._next[fault.operation].extend(fault.model_copy() for _ in range(fault.times))

    def forget_next(self) -> None:
        """Drop all one-shot faults that have not been used."""
        for queue in self._next.values():
            queue.clear()

    def waiting(self) -> list[dict[str, object]]:
        """The one-shot faults that wait for their call."""
        return [fault.model_dump() for queue in self._next.values() for fault in queue]

    def draw(self, operation: Operation, order: str = "") -> Fault:
        """The fault of the call that begins now; `order` is what the call is about."""
        fault = self._draw(operation, order)
        if fault.kind != "none":
            self.struck[operation, fault.kind] += 1
            self.struck_orders.add(order)
        return fault

    def _draw(self, operation: Operation, order: str) -> Fault:
        if self._next[operation]:
            return self._asked_for(self._next[operation].popleft())
        stream = self._streams[operation]
        if self.dial.is_by_order:
            self._calls[operation, order] += 1
            stream = random.Random(f"{self.dial.seed}:{operation}:{order}:{self._calls[operation, order]}")
        low, high = getattr(self.dial, operation).delay_ms
        fault = Fault(delay_s=stream.uniform(low, high) / 1000 if high else 0.0)
        if not self._chances[operation]:
            return fault
        point = stream.random()
        for kind, chance in self._chances[operation]:
            if point < chance:
                has_effect = kind not in OPEN_ENDED or stream.random() < 0.5
                return replace(fault, kind=kind, seconds=self._usual_seconds(kind), has_effect=has_effect)
            point -= chance
        return fault

    def _asked_for(self, asked: NextFault) -> Fault:
        seconds = self._usual_seconds(asked.fault) if asked.seconds is None else asked.seconds
        if asked.fault == "delay":
            return Fault(delay_s=seconds)
        # A one-shot unknown has happened, a one-shot 500 has not: the likelier of the two at real providers.
        has_effect = asked.fault != "error_500" if asked.effect is None else asked.effect
        return Fault(kind=asked.fault, seconds=seconds, has_effect=has_effect)

    def _usual_seconds(self, kind: str) -> float:
        if kind.startswith("timeout"):
            return self.dial.hang_s
        if kind == "late_success":
            return self.dial.late_success_s
        return self.dial.reorder_s if kind == "reorder_notices" else 0.0
