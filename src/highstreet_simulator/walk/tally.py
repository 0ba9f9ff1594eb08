"""What came of a walk."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tally:
    """Counts, times in seconds, and what was refused or went wrong."""

    wanted_sales: int | None = None
    is_enough: asyncio.Event = field(default_factory=asyncio.Event)
    counts: Counter[str] = field(default_factory=Counter)
    rails: Counter[str] = field(default_factory=Counter)
    taken: dict[str, int] = field(default_factory=dict)
    charge_s: list[float] = field(default_factory=list)
    receipt_s: list[float] = field(default_factory=list)
    problems: Counter[str] = field(default_factory=Counter)

    @property
    def sales(self) -> int:
        """Sales paid."""
        return self.counts["sales"]

    def add_sale(self, rail: str, currency: str, amount_minor: int) -> None:
        """A sale was paid."""
        self.counts["sales"] += 1
        if self.wanted_sales is not None and self.sales >= self.wanted_sales:
            self.is_enough.set()
        self.rails[rail] += 1
        self.taken[currency] = self.taken.get(currency, 0) + amount_minor

    def text(self) -> str:
        """A summary of a few lines."""
        c = self.counts
        taken = ", ".join(
            f"{amount / 100:,.2f} {currency}" for currency, amount in sorted(self.taken.items())
        )
        rails = ", ".join(f"{rail} {count}" for rail, count in self.rails.most_common())
        lines = [
            f"sales      {c['sales']}: {taken or 'nothing'} ({rails or 'no rail'})",
            f"before     {c['sign_ins']} sign-ins, {c['touches']} touches, {c['looks']} looks around, "
            f"{c['follows']} follows, {c['claims']} coupons claimed, {c['coupons']} used",
            f"after      {c['receipts']} receipts on phones, {c['returns']} returns; "
            f"{c['declined']} payments declined, {c['given_up']} given up, {c['confirmed']} confirmed late",
            f"waiting    until paid at the register: {_spread(self.charge_s)};",
            f"           then until the receipt was on the phone: {_spread(self.receipt_s)}",
        ]
        if self.problems:
            lines.append(
                "refused    "
                + ", ".join(f"{what} {count} times" for what, count in self.problems.most_common(6))
                + " (the codes are explained in docs/errors.md)"
            )
        return "\n".join(lines)


def _spread(times: list[float]) -> str:
    if not times:
        return "–"
    ordered = sorted(times)
    middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"half within {middle * 1000:.0f} ms, 99 of 100 within {late * 1000:.0f} ms"
