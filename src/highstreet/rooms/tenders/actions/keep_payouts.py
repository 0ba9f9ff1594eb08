"""Writes of payouts: what the bank's statement shows of a provider, explained by the provider's bills."""

from datetime import date

from sqlalchemy import and_, func, select, update

from highstreet.kernel.tx import Tx
from highstreet.rooms.tenders.model import PAID_OUT_WITHIN, PAYOUT, DayNet, Payout, explain_payouts
from highstreet.rooms.tenders.queries import bill_nets, payouts_shown
from highstreet.rooms.tenders.tables import bill, bill_net, bill_row

_n, _r, _b = bill_net.c, bill_row.c, bill.c


def match_payouts(tx: Tx, brand_id: str, provider: str, day: date) -> None:
    """Say which bills each payout of a provider pays out, from a day on: of its bill, or of the bank's statement.

    A payout that no bills come to stands as a difference; read again after each bill, it may be explained by then.
    """
    since = (day - PAID_OUT_WITHIN).isoformat()
    own = and_(_n.brand_id == brand_id, _n.provider == provider, _n.day >= since)
    # Ours until the commit: a bill and a statement that are read at once come one after the other.
    tx.run(update(bill_net).where(own).values(net_minor=_n.net_minor))
    payouts = payouts_shown(tx, brand_id, provider, day.isoformat())
    nets = bill_nets(tx, brand_id, provider, since)
    found = explain_payouts(payouts, nets)
    of = {payout.key: payout for payout in payouts}
    explained = {(on, of[key].currency): key for key, days in found.items() for on in days}
    for net in nets:
        if net.payout is not None and net.payout[0] < day.isoformat():
            continue  # an earlier payout's, which was not looked at
        if net.payout != (key := explained.get((net.day, net.currency))):
            _write_net(tx, brand_id, provider, net, key)
    for payout in payouts:
        _write_row(tx, brand_id, provider, payout, is_explained=payout.key in found)
    for on in sorted({payout.day for payout in payouts}):
        _count(tx, brand_id, on)


def _write_net(tx: Tx, brand_id: str, provider: str, net: DayNet, key: tuple[str, str] | None) -> None:
    day, ref = key or (None, None)
    tx.run(
        update(bill_net)
        .where(_n.brand_id == brand_id, _n.provider == provider, _n.day == net.day)
        .where(_n.currency == net.currency)
        .values(payout_day=day, payout_ref=ref)
    )


def _write_row(tx: Tx, brand_id: str, provider: str, payout: Payout, *, is_explained: bool) -> None:
    finding = "matched" if is_explained else "payout_differs"
    tx.run(
        update(bill_row)
        .where(_r.brand_id == brand_id, _r.day == payout.day, _r.kind == PAYOUT, _r.our_ref == provider)
        .where(_r.provider_ref == payout.bank_ref, _r.finding != finding)
        .values(finding=finding)
    )


def _count(tx: Tx, brand_id: str, day: str) -> None:
    """The statement's own sums, which its payouts may have changed."""
    rows = select(func.count()).where(
        _r.brand_id == _b.brand_id, _r.provider == _b.provider, _r.day == _b.day
    )
    tx.run(
        update(bill)
        .where(_b.brand_id == brand_id, _b.provider == "transfer", _b.day == day)
        .values(
            matched=rows.where(_r.finding == "matched").scalar_subquery(),
            differences=rows.where(_r.finding != "matched").scalar_subquery(),
        )
    )
