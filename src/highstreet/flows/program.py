"""The running program, as fronts and jobs need it."""

from dataclasses import dataclass, field

from highstreet.kernel.db import Database
from highstreet.kernel.live import Live
from highstreet.kernel.settings import Settings
from highstreet.kernel.time import Clock
from highstreet.rooms.identity import Sender
from highstreet.rooms.tenders.rails.wallet import WalletRail


@dataclass(slots=True)
class Program:
    """What was opened at the start and is closed at the end. `wallet` is None while that rail is off."""

    settings: Settings
    db: Database
    live: Live
    clock: Clock
    sender: Sender
    wallet: WalletRail | None
    member_secret: bytes = field(repr=False)
    pepper: bytes = field(repr=False)
