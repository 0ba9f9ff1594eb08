"""The running program, as fronts and jobs need it."""

from dataclasses import dataclass, field

from highstreet.kernel.db import Database
from highstreet.kernel.live import Live
from highstreet.kernel.settings import Settings
from highstreet.kernel.time import Clock
from highstreet.rooms.identity import Sender
from highstreet.rooms.tenders.rails.book import Rails
from highstreet.rooms.tenders.rails.port import Rail


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
    # Where registers in training ask for play money; never in production (kernel/settings.py).
    training_wallet: Rail | None = None
