"""What bills come to: what is paid out of them, and whether their fees are what was agreed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from highstreet.rooms.tenders.model.bills import CURES, BillLine, Finding

PAID_OUT_WITHIN = timedelta(days=40)
"""A payout is of bills of at most so many days before it."""
FEE = "fee"
"""What a finding about a bill's fees is of, in place of a kind of row."""
RAILS_WITH_FEES = ("alipay", "wechat", "stripe")
"""Rails whose bills say what was kept for each payment."""
FEE_ROUNDING_MINOR = 1
"""Providers round a payment's fee up, down or half up: so much is no difference."""


def nets_of(lines: Iterable[BillLine]) -> dict[str, int]:
    """What a bill adds to the balance at its provider, by currency: paid less given back less fees."""
    nets: dict[str, int] = {}
    for line in lines:
        kept_in = line.fee_currency or line.currency
        if line.net_minor is not None:
            nets[kept_in] = nets.get(kept_in, 0) + line.net_minor
            continue
        signed = line.amount_minor if line.kind == "paid" else -line.amount_minor
        nets[line.currency] = nets.get(line.currency, 0) + signed
        nets[kept_in] = nets.get(kept_in, 0) - line.fee_minor
    return nets


@dataclass(frozen=True, slots=True)
class DayNet:
    """What the bill of a day came to in a currency; `payout`: the (day, number) of the bank's row that paid it out."""

    day: str
    currency: str
    net_minor: int
    payout: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """A row of the bank's statement by which a provider paid out what it held."""

    day: str
    bank_ref: str
    currency: str
    amount_minor: int

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by."""
        return self.day, self.bank_ref


def explain_payouts(payouts: Sequence[Payout], nets: Sequence[DayNet]) -> dict[tuple[str, str], set[str]]:
    """Which bill days each payout pays out, the oldest first; one that no days come to is left out.

    The days of a payout follow one another among the bills that were not paid out yet, end with the day of the payout
    at the latest, and come to just its amount. A day is paid out once.
    """
    sums: dict[tuple[str, str], int] = {}
    for net in nets:
        if net.payout is not None:
            sums[net.payout] = sums.get(net.payout, 0) + net.net_minor
    found: dict[tuple[str, str], set[str]] = {}
    for payout in payouts:  # what still holds stays
        if sums.get(payout.key) == payout.amount_minor:
            found[payout.key] = {net.day for net in nets if net.payout == payout.key}
    asked = {payout.key for payout in payouts}
    free = [net for net in nets if net.payout is None or (net.payout in asked and net.payout not in found)]
    for payout in sorted(payouts, key=lambda one: one.key):
        if payout.key in found:
            continue
        days = _run_of(payout, free)
        if days:
            found[payout.key] = days
            free = [net for net in free if net.currency != payout.currency or net.day not in days]
    return found


def _run_of(payout: Payout, free: Sequence[DayNet]) -> set[str]:
    begins = (date.fromisoformat(payout.day) - PAID_OUT_WITHIN).isoformat()
    own = sorted(
        (net for net in free if net.currency == payout.currency and begins <= net.day <= payout.day),
        key=lambda net: net.day,
    )
    for start in range(len(own)):
        total = 0
        for end in range(start, len(own)):
            total += own[end].net_minor
            if total == payout.amount_minor:
                return {net.day for net in own[start : end + 1]}
    return set()


def fee_findings(
    findings: Sequence[Finding], fee_bp: int, fee_fixed_minor: int, at: datetime
) -> list[Finding]:
    """One finding for each currency in which our payments were charged otherwise than agreed; none without a rate.

    It names the first such payment, and is of what was charged too much (below zero: too little). What is given back
    has no agreed fee: some providers give the fee back, some do not.
    """
    if not fee_bp and not fee_fixed_minor:
        return []
    first: dict[str, Finding] = {}
    over: dict[str, int] = {}
    for one in findings:
        if (
            one.kind != "paid"
            or one.line_no == 0
            or one.tender_id is None
            or one.fee_currency != one.currency
        ):
            continue
        agreed = agreed_fee_minor(one.amount_minor, fee_bp, fee_fixed_minor)
        if abs(one.fee_minor - agreed) <= FEE_ROUNDING_MINOR:
            continue
        first.setdefault(one.currency, one)
        over[one.currency] = over.get(one.currency, 0) + one.fee_minor - agreed
    return [
        Finding(
            line_no=0,
            kind=FEE,
            our_ref=one.our_ref,
            provider_ref=one.provider_ref,
            currency=currency,
            amount_minor=over[currency],
            tender_id=None,
            finding="fee_differs",
            cure=CURES["fee_differs"],
            moved_at=at,
        )
        for currency, one in first.items()
    ]


def agreed_fee_minor(amount_minor: int, fee_bp: int, fee_fixed_minor: int) -> int:
    """What a rail costs for a payment, half a minor unit up."""
    return (amount_minor * fee_bp + 5_000) // 10_000 + fee_fixed_minor
