"""What will happen, drawn from a seed before it begins."""

import random
from dataclasses import dataclass

from highstreet.kernel.ids import stable_id

RAILS = (("cash", 10), ("wallet", 30), ("alipay", 25), ("wechat", 25), ("stripe", 10))
KINDS = (("whole", 68), ("mixed", 8), ("parts", 24))
PAYERS = (("pays", 64), ("hesitates", 22), ("refuses", 5), ("never", 9))


@dataclass(frozen=True, slots=True)
class Part:
    """One payment: a tender that is asked for, and what its payer does."""

    tender_id: str
    rail: str
    way: str | None
    """code, qr, or None for cash."""
    payer: str
    """pays at once; hesitates, and says yes after `after_s`; refuses then; never answers."""
    after_s: float
    cancelled_after_s: float | None
    """When the register loses its patience; None: it leaves that to the program."""


@dataclass(frozen=True, slots=True)
class SalePlan:
    """One basket. `kind`: whole (one payment), mixed (cash beside it), parts (one after the other)."""

    sale_id: str
    register: int
    goods: tuple[tuple[int, int], ...]
    kind: str
    parts: tuple[Part, ...]
    is_given_up: bool
    """Paid in parts, and let go before the last one."""
    comes_back: str
    """Of a paid sale: "nothing", "a line" or "all"."""

    def name(self, prefix: str, what: str) -> str:
        """A further id that belongs to this sale."""
        return stable_id(prefix, self.sale_id, what)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided beforehand."""

    seed: int
    sales: tuple[SalePlan, ...]
    kills: tuple[tuple[int, float], ...]
    """After how many finished sales the server is killed, and how many seconds later."""

    @property
    def payments(self) -> int:
        """How many tenders are planned."""
        return sum(len(sale.parts) for sale in self.sales)


def make_plan(seed: int, payments: int, kills: int, *, registers: int, goods: int) -> Plan:
    """The same arguments give the same plan."""
    rng = random.Random(f"faults:{seed}")
    sales: list[SalePlan] = []
    planned = 0
    while planned < payments:
        kind = _drawn(rng, KINDS)
        count = min(rng.choice((2, 2, 3)), payments - planned) if kind == "parts" else 1
        sale_id = stable_id("sal", "faults", str(seed), str(len(sales)))
        parts = tuple(_part(rng, sale_id, no, kind) for no in range(count))
        sales.append(
            SalePlan(
                sale_id=sale_id,
                register=rng.randrange(registers),
                goods=tuple((g, rng.randint(1, 3)) for g in rng.sample(range(goods), rng.randint(1, 3))),
                kind=kind,
                parts=parts,
                is_given_up=kind == "parts" and rng.random() < 0.2,
                comes_back=_drawn(rng, (("nothing", 84), ("a line", 10), ("all", 6))),
            )
        )
        planned += count
    moments = sorted(rng.sample(range(len(sales)), min(kills, len(sales))))
    return Plan(seed, tuple(sales), tuple((moment, rng.uniform(0.0, 0.4)) for moment in moments))


def _part(rng: random.Random, sale_id: str, no: int, kind: str) -> Part:
    rail = _drawn(rng, RAILS)
    while kind == "mixed" and rail == "cash":
        rail = _drawn(rng, RAILS)
    way = None if rail == "cash" else "qr" if rail == "stripe" or rng.random() < 0.35 else "code"
    payer = _drawn(rng, PAYERS)
    # Most say yes within seconds; some just when the program loses its patience (30 s): before, between and after.
    after_s = rng.uniform(0.2, 6.0) if rng.random() < 0.6 else rng.uniform(24.0, 36.0)
    cancelled_after_s = rng.uniform(1.0, 25.0) if rng.random() < 0.3 else None
    if payer == "never" and rail in ("alipay", "stripe") and cancelled_after_s is None:
        cancelled_after_s = rng.uniform(1.0, 40.0) if rng.random() < 0.8 else None
    return Part(stable_id("tnd", sale_id, str(no)), rail, way, payer, after_s, cancelled_after_s)


def _drawn(rng: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*choices, strict=True)
    return str(rng.choices(names, weights)[0])


def dial(seed: int) -> dict[str, object]:
    """How every provider misbehaves: about three payments in ten meet something."""
    return {
        "seed": seed,
        "is_by_order": True,
        "hang_s": 12,
        "late_success_s": 7,
        "pay": {
            "delay_ms": [5, 120],
            "timeout_before_effect": 0.03,
            "timeout_after_effect": 0.04,
            "answer_unknown": 0.03,
            "answer_twice": 0.03,
            "late_success": 0.03,
            "decline_risk": 0.02,
            "error_500": 0.03,
            "malformed_body": 0.02,
            "bad_signature": 0.02,
            "clock_skew": 0.02,
        },
        "query": {
            "timeout_after_effect": 0.03,
            "answer_unknown": 0.05,
            "error_500": 0.04,
            "malformed_body": 0.03,
            "bad_signature": 0.03,
            "clock_skew": 0.02,
        },
        "reverse": {
            "timeout_before_effect": 0.06,
            "timeout_after_effect": 0.06,
            "answer_unknown": 0.06,
            "late_success": 0.06,
            "error_500": 0.05,
            "malformed_body": 0.04,
            "bad_signature": 0.04,
        },
        "refund": {
            "timeout_before_effect": 0.06,
            "timeout_after_effect": 0.06,
            "answer_unknown": 0.06,
            "answer_twice": 0.05,
            "late_success": 0.06,
            "error_500": 0.05,
            "malformed_body": 0.04,
            "bad_signature": 0.04,
        },
        "notice": {
            "drop_notice": 0.1,
            "duplicate_notice": 0.1,
            "reorder_notices": 0.1,
            "bad_signature": 0.04,
            "malformed_body": 0.04,
        },
    }
