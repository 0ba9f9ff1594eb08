"""The running program, as fronts and jobs need it."""

from dataclasses import dataclass, field

from highstreet.flows.rail_rules import RememberedRules
from highstreet.kernel.db import Database
from highstreet.kernel.live import Live
from highstreet.kernel.rate import RateLimit
from highstreet.kernel.settings import Settings
from highstreet.kernel.time import Clock
from highstreet.rooms.identity import Sender
from highstreet.rooms.tenders.rails.book import Rails
from highstreet.rooms.tenders.rails.port import Rail

GUESSES, GUESSES_WITHIN_S = 10, 600


@dataclass(slots=True)
class Program:
    """What was opened at the start and is closed at the end. `rails` are those with a provider."""

    settings: Settings
    db: Database
    live: Live
    clock: Clock
    sender: Sender
    rails: Rails
    member_secret: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
    rail_rules: RememberedRules = field(default_factory=RememberedRules)
    card_guesses: RateLimit = field(default_factory=lambda: RateLimit(GUESSES, GUESSES_WITHIN_S))
    """Wrong codes of gift cards, by register."""
    pin_guesses: RateLimit = field(default_factory=lambda: RateLimit(GUESSES, GUESSES_WITHIN_S))
    """Wrong PINs of staff, by register."""
    # Where registers in training ask for play money; never in production (kernel/settings.py).
    training_wallet: Rail | None = None
