"""A register's side of Highstreet, for other people's till software: `docs/register_client.md`.

Needs the standard library and httpx only, and nothing else of Highstreet: the folder may be copied.
"""

from highstreet.register_client.chain import canonical, hash_of
from highstreet.register_client.client import NoAnswer, Problem, Register, pair
from highstreet.register_client.journal import Asked, Entry, Journal, JournalInUse
from highstreet.register_client.made_ids import new_id, stable_id
from highstreet.register_client.offline import JournalForked, Line, OfflineSale, write_down

__all__ = [
    "Asked",
    "Entry",
    "Journal",
    "JournalForked",
    "JournalInUse",
    "Line",
    "NoAnswer",
    "OfflineSale",
    "Problem",
    "Register",
    "canonical",
    "hash_of",
    "new_id",
    "pair",
    "stable_id",
    "write_down",
]
