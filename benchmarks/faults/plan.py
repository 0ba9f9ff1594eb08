"""What will happen, drawn from a seed before it begins."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from highstreet.kernel.ids import stable_id

RAILS = (
    ("cash", 8),
    ("wallet", 23),
    ("alipay", 20),
    ("wechat", 20),
    ("stripe", 8),
    ("slip", 6),
    ("transfer", 10),
    ("gift_card", 5),
    ("points", 5),
)
"""A transfer is only ever a part: of all payments it is half as many."""
PROVIDERS = ("wallet", "alipay", "wechat", "stripe")
KINDS = (("whole", 64), ("mixed", 10), ("parts", 26))
PAYERS = (("pays", 64), ("hesitates", 22), ("refuses", 5), ("never", 9))
OF_OWN = {
    "cash": (("pays", 1),),
    "slip": (("pays", 75), ("used", 25)),
    "gift_card": (("pays", 70), ("too_little", 15), ("stopped", 15)),
    "points": (("pays", 75), ("too_few", 25)),
    "transfer": (("pays", 55), ("late", 15), ("short", 12), ("twice", 10), ("never", 8)),
}
"""What goes wrong where no provider is asked: a slip's number that was typed before, a card with too little on it or
stopped, a member with too few points; a credit that comes after we gave it up, is of less, comes twice, or never."""
BESIDE = (("cash", 50), ("gift_card", 25), ("points", 25))
MEMBERS = 40
"""Number 0 has no points, the others plenty."""


@dataclass(frozen=True, slots=True)
class Part:
    """One payment: a tender that is asked for, and what its payer does."""

    tender_id: str
    rail: str
    way: str | None
    """code, qr, or None where no provider is asked."""
    payer: str
    """pays at once; hesitates, and says yes after `after_s`; refuses then; never answers. Or of `OF_OWN`."""
    after_s: float
    cancelled_after_s: float | None
    """When the register loses its patience; None: it leaves that to the program."""
    card: int = 0
    """Which of the gift cards, as often as there are some."""


@dataclass(frozen=True, slots=True)
class SalePlan:
    """One basket. `kind`: whole (one payment), mixed (another beside it), parts (one after the other)."""

    sale_id: str
    register: int
    goods: tuple[tuple[int, int], ...]
    kind: str
    parts: tuple[Part, ...]
    beside: str | None
    """By what the first hundredth of a mixed sale is paid: cash, gift_card or points."""
    member: int | None
    is_given_up: bool
    """Paid in parts, and let go before the last one."""
    comes_back: str
    """Of a paid sale: "nothing", "a line" or "all"."""
    back_at: int
    """The register that takes it back."""

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
    miscounts: Mapping[int, int]
    """By how much some drawers are counted wrong in the evening: register → minor units over, or short."""
    bill_with_more: str
    bill_with_less: str
    """The providers whose bill has a row of nobody's, or lacks some, when it is read for the first time."""

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
        if any(part.payer == "too_few" for part in parts):  # one member, who has none for the others either
            parts = tuple(replace(p, payer="too_few") if p.rail == "points" else p for p in parts)
        beside = _drawn(rng, BESIDE) if kind == "mixed" else None
        register = rng.randrange(registers)
        sales.append(
            SalePlan(
                sale_id=sale_id,
                register=register,
                goods=tuple((g, rng.randint(1, 3)) for g in rng.sample(range(goods), rng.randint(1, 3))),
                kind=kind,
                parts=parts,
                beside=beside,
                member=_member(rng, parts, beside),
                is_given_up=kind == "parts" and rng.random() < 0.2,
                comes_back=_drawn(rng, (("nothing", 84), ("a line", 10), ("all", 6))),
                back_at=register if rng.random() < 0.7 else rng.randrange(registers),
            )
        )
        planned += count
    # Who waits for minutes comes a quarter earlier than drawn: else the end of a run is nothing but that.
    quarter = len(sales) // 4
    order = sorted(range(len(sales)), key=lambda n: n - quarter if _is_long(sales[n]) else n)
    moments = sorted(rng.sample(range(len(sales)), min(kills, len(sales))))
    more, less = rng.sample(PROVIDERS, 2)
    return Plan(
        seed,
        tuple(sales[n] for n in order),
        tuple((moment, rng.uniform(0.0, 0.4)) for moment in moments),
        {r: rng.choice((-1, 1)) * rng.randint(1, 5000) for r in range(registers) if rng.random() < 0.2},
        more,
        less,
    )


def _part(rng: random.Random, sale_id: str, no: int, kind: str, is_brief: bool) -> Part:
    rail = _drawn(rng, RAILS)
    while (kind == "mixed" and rail not in PROVIDERS) or (kind == "whole" and rail == "transfer"):
        rail = _drawn(rng, RAILS)
    way = None if rail not in PROVIDERS else "qr" if rail == "stripe" or rng.random() < 0.35 else "code"
    payer = _drawn(rng, OF_OWN.get(rail, PAYERS))
    # Most say yes within seconds; some just when the program loses its patience (30 s): before, between and after.
    after_s = rng.uniform(0.2, 6.0) if rng.random() < 0.6 else rng.uniform(24.0, 36.0)
    cancelled_after_s = rng.uniform(1.0, 25.0) if rng.random() < 0.3 else None
    if payer == "never" and rail in ("alipay", "stripe") and cancelled_after_s is None:
        cancelled_after_s = rng.uniform(1.0, 40.0) if rng.random() < 0.8 else None
    if is_brief:
        after_s, cancelled_after_s = after_s % 2, 4.0
    if rail == "transfer":  # nobody but the register ends the waiting for one
        is_right = payer in ("pays", "twice")
        cancelled_after_s = (
            None if is_right else rng.uniform(2.0, 5.0) if is_brief else rng.uniform(4.0, 20.0)
        )
    return Part(
        stable_id("tnd", sale_id, str(no)),
        rail,
        way,
        payer,
        after_s,
        cancelled_after_s,
        rng.randrange(10_000),
    )


def _is_long(sale: SalePlan) -> bool:
    """Whether a part waits until the program itself loses its patience."""
    return any(part.payer == "never" and part.cancelled_after_s is None for part in sale.parts)


def _member(rng: random.Random, parts: tuple[Part, ...], beside: str | None) -> int | None:
    """Who shows their code: where points are paid with somebody must, elsewhere some do."""
    rich, is_shown = rng.randrange(1, MEMBERS), rng.random() < 0.15
    if any(part.payer == "too_few" for part in parts):
        return 0
    needs_one = beside == "points" or any(part.rail == "points" for part in parts)
    return rich if needs_one or is_shown else None


def _drawn(rng: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    names, weights = zip(*choices, strict=True)
    return str(rng.choices(names, weights)[0])


def dial(seed: int, hang_s: float = 12) -> dict[str, object]:
    """How every provider misbehaves: about three payments in ten meet something. `hang_s`: until a call is cut off."""
    return {
        "seed": seed,
        "is_by_order": True,
        "hang_s": hang_s,
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
