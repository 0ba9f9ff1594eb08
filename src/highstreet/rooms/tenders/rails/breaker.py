"""Whether a provider answers, judged from its recent answers, in this process's memory.

It refuses nobody: who insists may try, and one answer closes it again. It is for what is proposed first.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from highstreet.rooms.tenders.model import QrShown, RailAnswer

SILENT_REASONS = frozenset(
    {
        "rail_down",
        "no_answer",
        "provider_error",
        "answer_malformed",
        "answer_too_large",
        "signature_wrong",
    }
)
TRIPS_AFTER = 3
WITHIN = timedelta(seconds=60)
STAYS_OPEN = timedelta(seconds=15)


@dataclass(slots=True)
class _Seen:
    silences: int = 0
    first_at: datetime | None = None
    open_until: datetime | None = None


@dataclass(slots=True)
class Breakers:
    """One for each merchant account: three silences within a minute open it for fifteen seconds."""

    _seen: dict[str, _Seen] = field(default_factory=dict)

    def heard(self, account_id: str, answer: RailAnswer | QrShown, at: datetime) -> None:
        """What came of a call."""
        if not isinstance(answer, RailAnswer) or answer.reason not in SILENT_REASONS:
            self._seen.pop(account_id, None)
            return
        seen = self._seen.setdefault(account_id, _Seen())
        if seen.first_at is None or at - seen.first_at > WITHIN:
            seen.silences, seen.first_at = 0, at
        seen.silences += 1
        if seen.silences >= TRIPS_AFTER:
            seen.open_until = at + STAYS_OPEN

    def is_down(self, account_id: str, at: datetime) -> bool:
        """Whether this provider is better not proposed now."""
        seen = self._seen.get(account_id)
        return seen is not None and seen.open_until is not None and at < seen.open_until
