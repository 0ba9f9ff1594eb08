"""Shoppers who walk through the town against a running Highstreet, over HTTP only, as strangers do."""

from highstreet_simulator.walk.tally import Tally
from highstreet_simulator.walk.walk import WalkError, WalkOptions, run_walk

__all__ = ["Tally", "WalkError", "WalkOptions", "run_walk"]
