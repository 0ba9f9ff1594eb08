"""What an effect needs to know of its surroundings, so that it reads no clock and no dial itself."""

from dataclasses import dataclass

from highstreet_simulator.wallet.faults import NoticeRules
from highstreet_simulator.wallet.settings import WalletSettings


@dataclass(frozen=True, slots=True)
class Effect:
    """How a fault bends an operation: succeed `late_s` seconds later, decline, or send notices twice."""

    late_s: float | None = None
    decline_reason: str | None = None
    notice_copies: int = 1


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is the wallet's time, `machine_at` the machine's; both epoch seconds."""

    at: float
    machine_at: float
    settings: WalletSettings
    rules: NoticeRules
    effect: Effect = Effect()
