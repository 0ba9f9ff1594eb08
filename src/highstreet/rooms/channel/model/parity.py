"""The promise that prices do not fall below those on the operator's shelf, and what becomes of a change that breaks it (P3).

The shelf price of an article is the list price that the operator last knew: it follows every rise, and a fall only once the
operator has acknowledged it or was paid for it. So many small falls are together as large as one large fall.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_WHOLE_BP = 10_000
ON_BREACH = ("refuse", "acknowledge", "compensate")


class Verdict(StrEnum):
    """What a contract says of a change, the mildest first."""

    ALLOWED = "allowed"
    COMPENSATED = "compensated"
    WAITS = "waits"
    REFUSED = "refused"


SEVERITY = tuple(Verdict)
_SAYS = {"refuse": Verdict.REFUSED, "acknowledge": Verdict.WAITS, "compensate": Verdict.COMPENSATED}


@dataclass(frozen=True, slots=True)
class Parity:
    """How far below the shelf price any price of the brand may fall, and what follows where it falls deeper.

    `floor_bp` of the shelf price: what is below is refused whatever `on_breach` says. `compensate_bp`: so much of the
    difference is paid for each piece of its own that the operator has on hand. Without products it holds for all.
    `online`: who compensates does so for other sellers' online prices, too.
    """

    on_breach: str
    tolerance_bp: int = 0
    compensate_bp: int = 0
    floor_bp: int | None = None
    product_ids: tuple[str, ...] = ()
    online: bool = False

    def covers(self, product_id: str) -> bool:
        """Whether an article's product is among its goods."""
        return not self.product_ids or product_id in self.product_ids

    def limit_of(self, shelf_minor: int) -> int:
        """The lowest price that breaks nothing: rounded down, as a discount of just the tolerance is."""
        return shelf_minor * (_WHOLE_BP - self.tolerance_bp) // _WHOLE_BP

    def verdict_on(self, shelf_minor: int, lowest_minor: int) -> Verdict:
        """What the contract says of an article that may be had for `lowest_minor`."""
        if lowest_minor >= self.limit_of(shelf_minor):
            return Verdict.ALLOWED
        if self.floor_bp is not None and lowest_minor * _WHOLE_BP < shelf_minor * self.floor_bp:
            return Verdict.REFUSED
        return _SAYS[self.on_breach]

    def as_document(self) -> dict[str, Any]:
        """The stored form; what says nothing is left out."""
        document: dict[str, Any] = {"on_breach": self.on_breach, "tolerance_bp": self.tolerance_bp}
        if self.on_breach == "compensate":
            document["compensate_bp"] = self.compensate_bp
        if self.floor_bp is not None:
            document["floor_bp"] = self.floor_bp
        if self.online:
            document["online"] = True
        return document | ({"product_ids": list(self.product_ids)} if self.product_ids else {})


@dataclass(frozen=True, slots=True)
class Lowered:
    """What a change does to an article: the lowest price that it may then be had for.

    `gap_minor`: how far, at most, a price falls below what the operator knows: the shelf price, or a deeper one of the same
    offers that it has acknowledged or was paid for. `pieces`: of its own on hand.
    """

    variant_id: str
    product_id: str
    shelf_minor: int
    lowest_minor: int
    gap_minor: int
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """By how much an article would fall below what is known, for how many pieces, and what of that is paid."""

    variant_id: str
    shelf_minor: int
    lowest_minor: int
    gap_minor: int
    pieces: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What one contract says of a change; the articles that break it, the largest loss first."""

    verdict: Verdict
    gaps: tuple[Gap, ...] = ()

    @property
    def paid_minor(self) -> int:
        """What it pays, all articles together."""
        return sum(gap.paid_minor for gap in self.gaps)

    @property
    def lost_minor(self) -> int:
        """The whole difference over the operator's own pieces."""
        return sum(gap.gap_minor * gap.pieces for gap in self.gaps)

    def is_within(self, known: "Finding") -> bool:
        """Whether whoever knows the other one knows this one: no other article, none deeper."""
        seen = {gap.variant_id: gap.lowest_minor for gap in known.gaps}
        return all(seen.get(g.variant_id, g.lowest_minor + 1) <= g.lowest_minor for g in self.gaps)


def judge(parity: Parity, lowered: Iterable[Lowered]) -> Finding:
    """The worst verdict over the articles, with all that break the contract; only what is compensated is paid."""
    found = []
    worst = Verdict.ALLOWED
    for one in lowered:
        if not parity.covers(one.product_id):
            continue
        verdict = parity.verdict_on(one.shelf_minor, one.lowest_minor)
        if verdict is not Verdict.ALLOWED:
            worst = max(worst, verdict, key=SEVERITY.index)
            found.append(one)
    pays_bp = parity.compensate_bp if worst is Verdict.COMPENSATED else 0
    gaps = [_gap(one, pays_bp) for one in found]
    gaps.sort(key=lambda gap: (-gap.gap_minor * gap.pieces, -gap.gap_minor, gap.variant_id))
    return Finding(worst, tuple(gaps))


def judge_online(parity: Parity, lowered: Lowered) -> Finding:
    """What a contract says of another seller's price, which nobody here can stop: it is paid for, or told."""
    if not parity.covers(lowered.product_id) or lowered.lowest_minor >= parity.limit_of(lowered.shelf_minor):
        return Finding(Verdict.ALLOWED)
    gap = _gap(lowered, parity.compensate_bp if parity.online else 0)
    return Finding(Verdict.COMPENSATED if gap.paid_minor else Verdict.ALLOWED, (gap,))


def _gap(one: Lowered, pays_bp: int) -> Gap:
    paid = one.gap_minor * one.pieces * pays_bp // _WHOLE_BP
    return Gap(one.variant_id, one.shelf_minor, one.lowest_minor, one.gap_minor, one.pieces, paid)


def worst_of(findings: Iterable[Finding]) -> Verdict:
    """The worst verdict decides."""
    return max((one.verdict for one in findings), key=SEVERITY.index, default=Verdict.ALLOWED)


def shelf_after(shelf_minor: int, list_minor: int, *, is_known: bool) -> int:
    """The shelf price once a list price is live; `is_known`: the operator acknowledged it, or was paid for it."""
    return list_minor if is_known or list_minor >= shelf_minor else shelf_minor
