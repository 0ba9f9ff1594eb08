"""What an effect needs to know of its surroundings, so that it reads no clock and no dial itself."""

from dataclasses import dataclass

from highstreet_simulator.provider.faults import NoticeRules
from highstreet_simulator.provider.settings import ProviderSettings


@dataclass(frozen=True, slots=True)
class Effect:
    """How a fault bends an operation: succeed `late_s` seconds later, decline, send notices twice, or leave
    rows out of a bill or add strange ones."""

    late_s: float | None = None
    decline_reason: str | None = None
    notice_copies: int = 1
    bill_fault: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is the wallet's time, `machine_at` the machine's; both epoch seconds."""

    at: float
    machine_at: float
    settings: ProviderSettings
    rules: NoticeRules
    effect: Effect = Effect()
