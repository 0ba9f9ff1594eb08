"""What the load sends. Little is imported here: the load's process must start quickly."""

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from benchmarks.load import get, post
from highstreet.kernel.ids import new_id


def charges(
    *,
    gtins: Sequence[str],
    member_codes: Sequence[str],
    tokens: Sequence[str],
    coupons: int,
    seed: int,
) -> Callable[[], bytes]:
    """Sales of three lines with a member and one of so many coupons, all different, paid in cash."""
    rng = random.Random(seed)

    def make() -> bytes:
        body = {
            "id": new_id("sal"),
            "currency": "EUR",
            "items": [{"gtin": g, "quantity": rng.randint(1, 2)} for g in rng.sample(gtins, 3)],
            "member_code": rng.choice(member_codes),
            "coupons": [f"BENCH{rng.randrange(coupons)}"],
            "tenders": [{"id": new_id("tnd"), "rail": "cash", "given_minor": 1_000_000}],
        }
        return post("/register/v1/sales", rng.choice(tokens), orjson.dumps(body))

    return make


def paths(*, file: str, seed: int = 1) -> Callable[[], bytes]:
    """The addresses in a file, in an order of their own, again and again."""
    found = json.loads(Path(file).read_text())
    random.Random(seed).shuffle(found)
    requests = [get(path) for path in found]
    asked = 0

    def make() -> bytes:
        nonlocal asked
        asked += 1
        return requests[asked % len(requests)]

    return make
