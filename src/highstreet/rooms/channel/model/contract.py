"""A version of a contract, and where it stands between those whom it binds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from highstreet.rooms.channel.model.terms import Terms


class ContractState(StrEnum):
    """Proposed until all have accepted (or one has not); then coming, in force, ended by its day."""

    PROPOSED = "proposed"
    CLOSED = "closed"
    COMING = "coming"
    IN_FORCE = "in_force"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a contract, as it stood."""

    brand_id: str
    id: str
    version: int
    operator_party_id: str
    place_id: str | None
    terms: Terms
    effective_from: datetime
    effective_to: datetime | None
    in_force_from: datetime | None
    closed_at: datetime | None = None
    closed_by: str | None = None

    def state_at(self, now: datetime) -> ContractState:
        """Where it stands."""
        if self.in_force_from is None:
            return ContractState.PROPOSED if self.closed_at is None else ContractState.CLOSED
        if self.effective_to is not None and self.effective_to <= now:
            return ContractState.ENDED
        return ContractState.COMING if self.in_force_from > now else ContractState.IN_FORCE


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a party was asked to accept a version of a contract; `accepted_at` None: it has not."""

    contract_id: str
    version: int
    party_id: str
    terms_hash: str
    accepted_at: datetime | None
    staff_id: str | None
    is_on_paper: bool


def terms_hash(terms: Terms | Mapping[str, Any]) -> str:
    """SHA-256 of the terms as sorted JSON without blanks: the same terms always give the same 64 hex digits."""
    document = terms.as_document() if isinstance(terms, Terms) else terms
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()
