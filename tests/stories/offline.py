"""A device that sells without a network, written from docs/register.md: its journal, its own hashes."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from highstreet.kernel.ids import new_id
from tests.stories.acts import sale_of
from tests.stories.conftest import Stage

LIST_MINOR = 20230
"""A basket of `sale_of` without a member."""


@dataclass
class Device:
    """One register's device. `clock_off` is how far its clock is from the stage's."""

    stage: Stage
    clock_off: timedelta = timedelta()
    journal_id: str = field(default_factory=lambda: new_id("jrn"))
    entries: list[dict[str, Any]] = field(default_factory=list)
    token: str | None = None

    def now(self) -> str:
        at: datetime = self.stage.clock.now() + self.clock_off
        return at.isoformat().replace("+00:00", "Z")

    def write(self, kind: str, body: dict[str, Any], at: str | None = None) -> dict[str, Any]:
        entry = {
            "seq": len(self.entries) + 1,
            "at": at or self.now(),
            "prev_hash": hash_of(self.entries[-1]) if self.entries else "",
            "kind": kind,
            "body": body,
        }
        self.entries.append(entry)
        return entry

    def sell(self, charged_minor: int = LIST_MINOR, **changes: Any) -> dict[str, Any]:
        """Write a sale of `sale_of` down; its entry."""
        sale = sale_of(self.stage, **changes)
        lines = [
            {**item, "quantity": item.get("quantity", 1), "names": {"en": "x", "zh": "货"}}
            for item in sale["items"]
        ]
        body = {"sale": sale, "charged_minor": charged_minor, "currency": "EUR", "lines": lines}
        return self.write("sale", body)

    def send(self, first: int = 1, last: int | None = None) -> httpx.Response:
        """Send entries by their numbers, all unless told."""
        body = {
            "journal_id": self.journal_id,
            "sent_at": self.now(),
            "entries": self.entries[first - 1 : last],
        }
        client = self.stage.client(self.token or self.stage.register_token)
        return client.post("/register/v1/journal", json=body)


def hash_of(entry: dict[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
