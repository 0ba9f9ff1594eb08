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


def make_plan(
    seed: int, payments: int, kills: int, *, registers: int, goods: int, is_brief: bool = False
) -> Plan:
    """The same arguments give the same plan. `is_brief`: everybody makes up their mind within seconds."""
    rng = random.Random(f"faults:{seed}")
    sales: list[SalePlan] = []
    planned = 0
    while planned < payments:
        kind = _drawn(rng, KINDS)
        count = min(rng.choice((2, 2, 3)), payments - planned) if kind == "parts" else 1
        sale_id = stable_id("sal", "faults", str(seed), str(len(sales)))
        parts = tuple(_part(rng, sale_id, no, kind, is_brief) for no in range(count))
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


def _part(rng: random.Random, sale_id: str, no: int, kind: str, is_brief: bool) -> Part:
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
    if is_brief:
        after_s, cancelled_after_s = after_s % 2, 4.0
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
            "timeout_before_effect": 0.018,
            "timeout_after_effect": 0.024,
            "answer_unknown": 0.018,
            "answer_twice": 0.018,
            "late_success": 0.018,
            "decline_risk": 0.012,
            "error_500": 0.018,
            "malformed_body": 0.012,
            "bad_signature": 0.012,
            "clock_skew": 0.012,
        },
        "query": {
            "timeout_after_effect": 0.018,
            "answer_unknown": 0.03,
            "error_500": 0.024,
            "malformed_body": 0.018,
            "bad_signature": 0.018,
            "clock_skew": 0.012,
        },
        "reverse": {
            "timeout_before_effect": 0.036,
            "timeout_after_effect": 0.036,
            "answer_unknown": 0.036,
            "late_success": 0.036,
            "error_500": 0.03,
            "malformed_body": 0.024,
            "bad_signature": 0.024,
        },
        "refund": {
            "timeout_before_effect": 0.036,
            "timeout_after_effect": 0.036,
            "answer_unknown": 0.036,
            "answer_twice": 0.03,
            "late_success": 0.036,
            "error_500": 0.03,
            "malformed_body": 0.024,
            "bad_signature": 0.024,
        },
        "notice": {
            "drop_notice": 0.06,
            "duplicate_notice": 0.06,
            "reorder_notices": 0.06,
            "bad_signature": 0.024,
            "malformed_body": 0.024,
        },
    }
