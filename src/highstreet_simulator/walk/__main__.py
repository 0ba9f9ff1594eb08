"""`python -m highstreet_simulator.walk --keys var/demo/keys.json --url http://127.0.0.1:8000`"""

import argparse
import sys
from pathlib import Path

from highstreet_simulator.walk import WalkError, WalkOptions, run_walk


def main() -> None:
    """Walk until stopped, or for --seconds."""
    parser = argparse.ArgumentParser(prog="highstreet_simulator.walk", description="Simulated shoppers.")
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--wallet-url")
    parser.add_argument("--inbox-url")
    parser.add_argument("--phones", type=Path, help="where sessions are kept for the next walk")
    parser.add_argument("--shoppers", type=int, default=60)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", type=float, default=1.0)
    asked = parser.parse_args()
    try:
        tally = run_walk(WalkOptions(**vars(asked), wait_s=60.0))
    except WalkError as error:
        sys.exit(str(error))
    print(tally.text())


if __name__ == "__main__":
    main()
