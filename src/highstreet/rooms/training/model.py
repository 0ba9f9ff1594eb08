"""A practised sale and what comes back of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """A line, and what came back of it."""

    line_no: int
    quantity: int
    net_minor: int
    returned_quantity: int = 0
    returned_minor: int = 0


@dataclass(frozen=True, slots=True)
class TrainingSale:
    """`state`: open, paid or abandoned. `receipt` is what the register is told once it is paid.

    `waits_for` is the tender that a wallet was asked about, with its rail and amount; None when all is cash.
    """

    brand_id: str
    id: str
    place_id: str
    register_id: str
    fingerprint: str
    state: str
    at: datetime
    receipt: dict[str, Any]
    lines: tuple[TrainingLine, ...]
    waits_for: dict[str, Any] | None = None
    reason: str | None = None

    def told(self) -> dict[str, Any]:
        """Where it stands, as a register is told."""
        if self.state == "paid":
            return {**self.receipt, "is_training": True}
        told = {
            "sale_id": self.id,
            "state": self.state,
            "currency": self.receipt["currency"],
            "total_minor": self.receipt["total_minor"],
            "is_training": True,
        }
        if self.state == "open":
            told["tender_state"] = "pending"
        return told if self.reason is None else {**told, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class EndTraining:
    """An open sale is paid, or abandoned with a reason."""

    brand_id: str
    sale_id: str
    state: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Pieces of lines with what is given back for them: (line_no, quantity, refund_minor)."""

    brand_id: str
    return_id: str
    sale_id: str
    fingerprint: str
    pieces: tuple[tuple[int, int, int], ...]
    answer: dict[str, Any]
    at: datetime
