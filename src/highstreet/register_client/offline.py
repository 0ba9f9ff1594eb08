"""Selling without a line to the server: cash and bank slips only, to be told when the line is back."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from highstreet.register_client.journal import Entry, Journal
from highstreet.register_client.made_ids import new_id

ENTRIES_AT_ONCE = 100
RAILS = ("cash", "slip")
"""What can be taken without asking anybody. A wallet cannot."""


class JournalForked(Exception):
    """The server has other entries under this journal's id: a copied or restored file. A person must look."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was charged. Amounts in minor units."""

    gtin: str
    quantity: int
    unit_minor: int
    line_minor: int
    name_en: str
    name_zh: str


@dataclass(frozen=True, slots=True)
class OfflineSale:
    """A sale that the register priced itself. `slip_ref` is the slip's number when the rail is `slip`."""

    currency: str
    lines: tuple[Line, ...]
    rail: str = "cash"
    given_minor: int | None = None
    slip_ref: str | None = None

    @property
    def charged_minor(self) -> int:
        """What the customer paid."""
        return sum(line.line_minor for line in self.lines)


def write_down(journal: Journal, sale: OfflineSale, sale_id: str | None = None) -> Entry:
    """Put a sale into the journal; the same sale id again gives what was put there first.

    Errors: ValueError for a rail that cannot be taken offline, or no lines.
    """
    if sale.rail not in RAILS:
        raise ValueError(f"{sale.rail} cannot be taken offline")
    if not sale.lines:
        raise ValueError("nothing is sold")
    tender: dict[str, Any] = {"id": new_id("tnd"), "rail": sale.rail}
    if sale.given_minor is not None:
        tender["given_minor"] = sale.given_minor
    if sale.slip_ref is not None:
        tender["reference"] = sale.slip_ref
    asked = {
        "id": sale_id or new_id("sal"),
        "currency": sale.currency,
        "items": [{"gtin": line.gtin, "quantity": line.quantity} for line in sale.lines],
        "tenders": [tender],
    }
    body = {
        "sale": asked,
        "charged_minor": sale.charged_minor,
        "currency": sale.currency,
        "lines": [asdict(line) for line in sale.lines],
    }
    return journal.append("sale", body, str(asked["id"]))


def send_all(
    journal: Journal, post: Callable[[dict[str, Any]], tuple[int, dict[str, Any]]], sent_at: Callable[[], str]
) -> int:
    """Send what the server has not taken, in order; how many entries it took.

    `post` gives a status and an answer. Errors: JournalForked; what `post` raises leaves the rest for later.
    """
    taken, next_seq = 0, journal.first_unsent()
    asked_back = None
    while next_seq is not None:
        entries = journal.entries(after=next_seq - 1, limit=ENTRIES_AT_ONCE)
        body = {
            "journal_id": journal.journal_id,
            "sent_at": sent_at(),
            "entries": [entry.sent for entry in entries],
        }
        status, answer = post(body)
        if status == 409 and str(answer.get("code", "")).endswith("journal_gap"):
            expected = int(answer["facts"]["expected_seq"])
            # It lacks what it once acknowledged (restored from a backup): told again, once, from there.
            if not _has(journal, expected) or expected == asked_back:
                raise JournalForked(f"the server expects entry {expected}")
            next_seq = asked_back = expected
            continue
        if status == 409 and str(answer.get("code", "")).endswith("journal_forked"):
            raise JournalForked(str(answer.get("detail", "")))
        before = journal.unsent()
        journal.take_results(answer["results"])
        taken += before - journal.unsent()
        acknowledged = int(answer["acknowledged_seq"])
        if acknowledged < entries[-1].seq and acknowledged < next_seq:
            break  # it took nothing: not now
        after = acknowledged + 1
        next_seq = after if _has(journal, after) else None
    return taken


def _has(journal: Journal, seq: int) -> bool:
    return any(entry.seq == seq for entry in journal.entries(after=seq - 1, limit=1))
