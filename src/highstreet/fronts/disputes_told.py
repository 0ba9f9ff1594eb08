"""Disputes as head office, dealers and landlords are told of them, and what both ask."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from highstreet.fronts.staff import Asked, Id, Told
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.money import MAX_AMOUNT_MINOR
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parties import Party, parties_of_brand
from highstreet.rooms.settlements import (
    MAX_TEXT,
    Dispute,
    DisputeState,
    DisputeWord,
    Settlement,
    disputes_of,
    settlements_of,
    words_of,
)

DisputeId = Annotated[Id, Field(examples=[stable_id("dsp", "example")])]
WordId = Annotated[Id, Field(examples=[stable_id("dsw", "example")])]
StateWord = Literal["open", "granted", "declined", "withdrawn"]


def plain_text(text: str) -> str:
    """What was written, without spaces around it and without control characters. Errors: Refusal request.malformed."""
    plain = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    if not plain or len(plain) > MAX_TEXT or not all(one.isprintable() or one == "\n" for one in plain):
        raise REQUEST_MALFORMED(field="text", reason="not_1_to_2000_characters")
    return plain


def _is_plain(text: str) -> str:
    if not all(one.isprintable() or one in "\r\n" for one in text) or not text.strip():
        raise ValueError("printable text and line ends")
    return text


Words = Annotated[
    str, Field(min_length=1, max_length=MAX_TEXT, description="Plain text."), AfterValidator(_is_plain)
]
Amount = Annotated[int, Field(gt=0, le=MAX_AMOUNT_MINOR)]


class WordAsked(Asked):
    """A word; its id makes it once."""

    id: WordId = Field(default_factory=lambda: new_id("dsw"))
    text: Words


class WordTold(Told):
    """What somebody said."""

    id: str
    side: Literal["party", "brand"]
    staff_id: str
    text: str
    at: datetime


class DisputeTold(Told):
    """What a party says is wrong, and what became of it."""

    id: str
    party_id: str
    settlement_id: str | None
    sale_id: str | None
    currency: str
    asked_minor: int | None = Field(description="What the party thinks it is owed, if it says so.")
    state: StateWord
    granted_minor: int = Field(description="What the brand owes for it; it is paid with the next statements.")
    opened_at: datetime
    ended_at: datetime | None
    words: list[WordTold]


@dataclass(frozen=True, slots=True)
class ShownDispute:
    """A dispute with the names of all that it speaks of."""

    dispute: Dispute
    words: tuple[DisputeWord, ...]
    party: Party | None
    settlement: Settlement | None
    staff: dict[str, str]


def disputes_told(
    reader: Reader, brand_id: str, party_ids: Collection[str] | None, state: DisputeState | None
) -> list[DisputeTold]:
    """The newest, of these parties or of all, each with its words."""
    found = disputes_of(reader, brand_id, party_ids=party_ids, state=state)
    words = words_of(reader, brand_id, {one.id for one in found})
    return [dispute_told(one, words[one.id]) for one in found]


def dispute_told(one: Dispute, words: Collection[DisputeWord]) -> DisputeTold:
    """One, with these words."""
    fields = {name: getattr(one, name) for name in Dispute.__slots__ if name not in ("brand_id", "words")}
    said = [
        WordTold(id=word.id, side=_side(word), staff_id=word.staff_id, text=word.text, at=word.at)
        for word in words
    ]
    return DisputeTold(**fields, words=said)


def _side(word: DisputeWord) -> Literal["party", "brand"]:
    return "party" if word.side == "party" else "brand"


def one_told(reader: Reader, brand_id: str, of: Dispute) -> DisputeTold:
    """One, with all its words."""
    return dispute_told(of, words_of(reader, brand_id, [of.id])[of.id])


def disputes_shown(
    reader: Reader, brand_id: str, party_ids: Collection[str] | None, state: DisputeState | None
) -> list[ShownDispute]:
    """The open ones first."""
    found = disputes_of(reader, brand_id, party_ids=party_ids, state=state)
    words = words_of(reader, brand_id, {one.id for one in found})
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    settlements = {one.id: one for one in settlements_of(reader, brand_id)}
    staff = {one.id: one.name for one in staff_of_brand(reader, brand_id)}
    shown = [
        ShownDispute(
            one,
            tuple(words[one.id]),
            parties.get(one.party_id),
            settlements.get(one.settlement_id or ""),
            staff,
        )
        for one in found
    ]
    return sorted(shown, key=lambda one: one.dispute.state is not DisputeState.OPEN)
