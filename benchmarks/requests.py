"""What the load sends. Little is imported here: the load's process must start quickly."""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import orjson

from benchmarks.load import Make, get, post
from highstreet.kernel.ids import new_id


def charges(
    *,
    gtins: Sequence[str],
    member_codes: Sequence[str],
    tokens: Sequence[str],
    coupons: int,
    seed: int,
) -> Make:
    """Sales of three lines with a member and one of so many coupons, all different, paid in cash."""
    rng = random.Random(seed)

    def make(_connection: int) -> bytes:
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


def chain(
    *,
    gtins: Sequence[str],
    member_codes: Sequence[str],
    tokens: Sequence[str],
    auth_codes: str,
    seed: int,
    rails: Sequence[str] = ("cash", "wallet"),
) -> Make:
    """Each connection is one register; its sales are paid by these rails in turn, a wallet's code is from the file."""
    rng = random.Random(seed)
    codes = iter(json.loads(Path(auth_codes).read_text()))
    turns = list(range(len(tokens)))

    def make(connection: int) -> bytes:
        turns[connection] += 1
        tender = {"id": new_id("tnd"), "rail": rails[turns[connection] % len(rails)]}
        if tender["rail"] == "wallet":
            tender["auth_code"] = next(codes)
        body: dict[str, object] = {
            "id": new_id("sal"),
            "currency": "EUR",
            "items": [
                {"gtin": g, "quantity": rng.randint(1, 2)} for g in rng.sample(gtins, rng.randint(1, 3))
            ],
            "tenders": [tender],
        }
        if rng.random() < 0.5:
            body["member_code"] = rng.choice(member_codes)
        return post("/register/v1/sales", tokens[connection], orjson.dumps(body))

    return make


def paths(*, file: str, seed: int = 1) -> Make:
    """The addresses in a file, in an order of their own, again and again."""
    found = json.loads(Path(file).read_text())
    random.Random(seed).shuffle(found)
    requests = [get(path) for path in found]
    asked = 0

    def make(_connection: int) -> bytes:
        nonlocal asked
        asked += 1
        return requests[asked % len(requests)]

    return make
