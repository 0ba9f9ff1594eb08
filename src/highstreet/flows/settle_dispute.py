"""A party disputes its statement or a sale's shares; both sides talk, and the brand grants an amount or declines."""

from dataclasses import dataclass

from highstreet.flows.owe_by_agreement import owe
from highstreet.kernel.errors import REQUEST_MALFORMED, REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.parties import PartyKind, brand_by_id, parties_of_brand
from highstreet.rooms.sales import sales_for
from highstreet.rooms.settlements import (
    Dispute,
    DisputeState,
    DisputeWord,
    EndDispute,
    dispute_by_id,
    end_dispute,
    open_dispute,
    say_word,
    statements_of,
)

DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class OpenDispute:
    """A dispute with its first word. Whether the sale is the party's to see, the asker has checked."""

    dispute: Dispute
    word: DisputeWord


@dataclass(frozen=True, slots=True)
class SayInDispute:
    """A word. `party_ids`: whose disputes they may speak in; None: all of the brand's."""

    word: DisputeWord
    party_ids: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class FinishDispute:
    """How it ends, with a last word if there is one."""

    end: EndDispute
    word: DisputeWord | None
    party_ids: frozenset[str] | None


def begin_dispute(tx: Tx, asked: OpenDispute) -> Dispute:
    """Open it, in the currency of its sale, else the brand's.

    Errors: Refusal request.malformed for the brand itself; request.not_found where the party has no such statement, or
    there is no such sale; settlements.too_many_disputes; request.conflict.
    """
    new = asked.dispute
    if new.party_id in {one.id for one in parties_of_brand(tx, new.brand_id) if one.kind is PartyKind.BRAND}:
        raise REQUEST_MALFORMED(field="party_id", reason="the_brand_itself")
    if new.settlement_id is not None and not statements_of(
        tx, new.brand_id, new.settlement_id, frozenset({new.party_id})
    ):
        raise REQUEST_NOT_FOUND()
    if new.sale_id is not None and (new.brand_id, new.sale_id) not in sales_for(
        tx, [(new.brand_id, new.sale_id)]
    ):
        raise REQUEST_NOT_FOUND()
    brand = brand_by_id(tx, new.brand_id)
    if brand is None or brand.currency != new.currency:
        raise REQUEST_MALFORMED(field="currency", reason="not_the_brands")
    return open_dispute(tx, new, asked.word)


def speak(tx: Tx, asked: SayInDispute) -> Dispute:
    """Say something. Errors: Refusal request.not_found for another's; settlements.dispute_over."""
    found = _theirs(tx, asked.word.brand_id, asked.word.dispute_id, asked.party_ids)
    say_word(tx, asked.word)
    return found


def finish_dispute(tx: Tx, asked: FinishDispute) -> Dispute:
    """End it. What is granted the brand owes at once. Errors: as `speak`."""
    end = asked.end
    found = _theirs(tx, end.brand_id, end.dispute_id, asked.party_ids)
    if asked.word is not None:
        say_word(tx, asked.word)
    ended = end_dispute(tx, end)
    if ended.state is DisputeState.GRANTED:
        owe(
            tx,
            end.brand_id,
            found.party_id,
            found.id,
            DISPUTE,
            amount_minor=end.granted_minor,
            currency=found.currency,
            at=end.at,
        )
    return ended


def _theirs(tx: Tx, brand_id: str, dispute_id: str, party_ids: frozenset[str] | None) -> Dispute:
    found = dispute_by_id(tx, brand_id, dispute_id)
    if found is None or (party_ids is not None and found.party_id not in party_ids):
        raise REQUEST_NOT_FOUND()
    return found
