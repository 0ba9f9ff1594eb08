"""What `highstreet check` looks at: each look says in a line what is well, or raises what is not."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highstreet.kernel.settings import Settings


def look_at_database(settings: "Settings") -> str:
    """Where its schema stands."""
    at, head = steps_of(settings)
    if at != head:
        raise RuntimeError(f"at {at or 'nothing'}, this version needs {head}: run `highstreet migrate`")
    return f"{settings.database_url.partition(':')[0]}, at {at}"


def look_at_ledger(settings: "Settings") -> str:
    """Whether it sums to zero."""
    from highstreet.kernel.db import Database
    from highstreet.rooms.ledger import ledger_sum

    db = Database(settings.database_url, readers=1)
    try:
        sums = db.read_now(ledger_sum)
    finally:
        db.close()
    if any(sums.values()):
        raise RuntimeError(f"sums are not zero: {sums}")
    return "sums to zero in " + (", ".join(sorted(sums)) or "every currency (nothing posted yet)")


def look_at_wallet(settings: "Settings") -> str:
    """Whether it answers with the key we know."""
    import httpx

    if not settings.wallet_url:
        return "the rail is off (HIGHSTREET_WALLET_URL is empty)"
    answer = httpx.get(f"{settings.wallet_url.rstrip('/')}/v1/platform-key", timeout=5)
    told = str(answer.raise_for_status().json()["public_key"])
    if settings.wallet_platform_key and settings.wallet_platform_key != told:
        raise RuntimeError("its public key is not HIGHSTREET_WALLET_PLATFORM_KEY")
    return f"answers at {settings.wallet_url}"


def look_at_rails(settings: "Settings") -> str:
    """Which rails there are."""
    from highstreet.app import open_rails

    named = [f"{a.id} ({a.rail.name})" for a in open_rails(settings).accounts if a.id != "wallet"]
    return ", ".join(named) or "none but the wallet and cash"


def steps_of(settings: "Settings") -> tuple[str | None, str]:
    """The database's step, without making a SQLite file that is not there, and the program's."""
    from highstreet.migrations import steps

    if settings.is_sqlite and not Path(settings.database_url.partition("///")[2]).exists():
        return None, steps.head()
    return steps.current(settings.database_url), steps.head()


def first_line(error: BaseException) -> str:
    """What an error says, on one line."""
    lines = str(getattr(error, "orig", None) or error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
