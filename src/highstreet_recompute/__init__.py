"""Works a statement out again from its own export: alone, without Highstreet and without a database.

It shares no line with the program that made the statement, so that the two can disagree.
"""

from highstreet_recompute.program import Agreed, Differs, Unreadable, main, recompute

__all__ = ["Agreed", "Differs", "Unreadable", "main", "recompute"]
