"""Gift cards: issued in the office, their codes printed once, read at registers that may not guess."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.program import Program
from highstreet.flows.rail_accounts import CARDS_ISSUED, CARDS_OWED
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers
from highstreet.rooms.parties import brand_by_id
from highstreet.rooms.tenders import (
    CARD_UNKNOWN,
    CODE_BYTES,
    GiftCard,
    IssueCards,
    NewCard,
    block_card,
    card_code,
    gift_card_by_hash,
    hash_card_code,
    issue_cards,
    read_card_code,
)

CARD_LIMIT_MINOR = 10**9
"""The most on one card: a slip of the finger, or somebody who wants the books to burst, ends here."""


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A new card and the code to print on it: it is shown this once."""

    id: str
    code: str


def make_cards(pepper: bytes, brand_id: str, count: int) -> tuple[list[PrintedCard], list[NewCard]]:
    """Fresh random codes, and what is kept of them."""
    printed = [PrintedCard(new_id("gcd"), card_code(secrets.token_bytes(CODE_BYTES))) for _ in range(count)]
    kept = [NewCard(card.id, hash_card_code(pepper, brand_id, card.code), card.code[-4:]) for card in printed]
    return printed, kept


def issue_gift_cards(tx: Tx, command: IssueCards) -> None:
    """Write the cards, and in the ledger what the brand owes their holders. Errors: tenders.id_taken."""
    issue_cards(tx, command)
    brand = brand_by_id(tx, command.brand_id)
    if brand is None:
        raise LookupError(command.brand_id)
    issued = AccountKey(command.brand_id, brand.party_id, CARDS_ISSUED, command.currency)
    owed = AccountKey(command.brand_id, brand.party_id, CARDS_OWED, command.currency)
    postings = [
        Posting(
            command.brand_id,
            card.id,
            command.at,
            (Transfer(issued, owed, command.amount_minor, "gift_card_issued"),),
        )
        for card in command.cards
    ]
    post_transfers(tx, postings)


@dataclass(frozen=True, slots=True)
class BlockCard:
    """Stop a card, or with `at` None let it pay again."""

    brand_id: str
    card_id: str
    at: datetime | None


def block_gift_card(tx: Tx, command: BlockCard) -> None:
    """Errors: Refusal tenders.card_unknown."""
    block_card(tx, command.brand_id, command.card_id, command.at)


async def read_card(program: Program, brand_id: str, register_id: str, text: str) -> GiftCard:
    """The card of a code that a register scanned.

    Errors: Refusal tenders.card_unknown; rate.limited after too many wrong codes at one register.
    """
    guesser = f"{brand_id}:{register_id}"
    program.card_guesses.check_only(guesser)
    kept = hash_card_code(program.pepper, brand_id, read_card_code(text))
    card = await program.db.read(gift_card_by_hash, brand_id, kept)
    if card is None:
        program.card_guesses.count(guesser)
        raise CARD_UNKNOWN()
    return card
