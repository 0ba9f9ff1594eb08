"""What follows when a sale is paid, for many sales at once: points, shares, ledger, credit, the receipt.

Stock and coupons were taken (or reserved) before by `sell_at_register.py`; all of it is one transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.rail_accounts import money_in
from highstreet.flows.share_sale import ToShare, share_sales
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import Contract, LineShares, ShareSheet, freeze_shares, parties_of
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers, signed_transfer
from highstreet.rooms.loop import CREDIT_WINDOW, LAST_TOUCH, GiveCredit, LastTouch, give_credit, last_touches
from highstreet.rooms.members import (
    MEASUREMENT,
    EarnPoints,
    MemberFacts,
    earn_points,
    earning_nets,
    points_for,
    points_rule_of,
)
from highstreet.rooms.parties import RegisterFacts
from highstreet.rooms.sales import Sale, SalePaid
from highstreet.rooms.tenders import Tender

Touches = Mapping[tuple[str, str], LastTouch]
"""The last touch of a (brand, person)."""


@dataclass(frozen=True, slots=True)
class PaidSale:
    """A sale whose captured tenders equal its total, with the facts that settling needs."""

    sale: Sale
    register: RegisterFacts
    member: MemberFacts | None
    contract: Contract
    tenders: tuple[Tender, ...]
    discounts: tuple[dict[str, Any], ...]
    at: datetime
    return_days: int
    # Tenders that came earlier, in parts: their money stands in the collector's deposits.
    deposited: frozenset[str] = frozenset()
    # As in `SellAtRegister`: a sale charged offline is heard of later, and may be too old to be dated by its device.
    heard_at: datetime | None = None
    counts_at: datetime | None = None


def settle_sales(tx: Tx, paid: Sequence[PaidSale]) -> list[dict[str, Any]]:
    """Everything that a payment sets off; each sale's receipt comes back."""
    points = _earn(tx, paid)
    touches = _touches(tx, paid)
    sheets = share_sales(tx, [_to_share(p, touches) for p in paid])
    freeze_shares(tx, sheets)
    post_transfers(tx, [_posting(p, sheet) for p, sheet in zip(paid, sheets, strict=True)])
    _give_credit(tx, paid, touches)
    receipts = []
    for p, earned, sheet in zip(paid, points, sheets, strict=True):
        receipt = _receipt(p, earned)
        receipts.append(receipt)
        touch = touches.get((p.sale.brand_id, p.sale.person_id or ""))
        tx.announce(_event(p, receipt, touch, parties_of(sheet)))
    return receipts


def _earn(tx: Tx, paid: Sequence[PaidSale]) -> list[int]:
    earns: list[EarnPoints] = []
    totals: list[int] = []
    for p in paid:
        total = 0
        if p.member is not None:
            for line, net in zip(p.sale.lines, _earning(tx, p), strict=True):
                points = points_for(net, p.sale.currency)
                total += points
                if points:
                    earns.append(
                        EarnPoints(
                            brand_id=p.sale.brand_id,
                            member_id=p.member.member_id,
                            person_id=p.member.person_id,
                            sale_id=p.sale.id,
                            line_no=line.line_no,
                            entry_id=stable_id("pnt", p.sale.id, str(line.line_no)),
                            points=points,
                            matures_at=max(p.at, p.heard_at or p.at) + timedelta(days=p.return_days),
                            at=p.at,
                        )
                    )
        totals.append(total)
    if earns:
        earn_points(tx, earns)
    return totals


def _earning(tx: Tx, p: PaidSale) -> list[int]:
    """The lines' nets, less what was paid with points where these earn none."""
    nets = [line.net_minor for line in p.sale.lines]
    by_points = sum(t.amount_minor - t.refunded_minor for t in p.tenders if t.rail == "points")
    if not by_points:
        return nets
    rule = points_rule_of(tx, p.sale.brand_id)
    return nets if rule is not None and rule.earns_on_points else earning_nets(nets, by_points)


def shares_by_party(lines: Sequence[LineShares]) -> dict[str, int]:
    """Minor units by party, in the order in which the parties first appear."""
    totals: dict[str, int] = {}
    for line in lines:
        for share in line.shares:
            totals[share.party_id] = totals.get(share.party_id, 0) + share.amount_minor
    return totals


def _posting(p: PaidSale, sheet: ShareSheet) -> Posting:
    brand_id, currency, collector = p.sale.brand_id, p.sale.currency, sheet.collector_party_id
    sales = AccountKey(brand_id, collector, "sales", currency)
    transfers: list[Transfer] = []
    for t in p.tenders:
        if t.id in p.deposited:
            deposits = AccountKey(brand_id, collector, "deposits", currency)
            transfers.append(Transfer(deposits, sales, t.amount_minor, "tender"))
        else:
            brand_party = p.register.brand_party_id
            transfers += money_in(sales, t.amount_minor, "tender", rail=t.rail, brand_party=brand_party)
    for party_id, amount in shares_by_party(sheet.lines).items():
        earned = AccountKey(brand_id, party_id, "earned", currency, collector)
        if (move := signed_transfer(sales, earned, amount, "share")) is not None:
            transfers.append(move)
    return Posting(brand_id, p.sale.id, p.at, tuple(transfers))


def _to_share(p: PaidSale, touches: Touches) -> ToShare:
    touch = touches.get((p.sale.brand_id, p.sale.person_id or ""))
    home = p.member.home_place_id if p.member else None
    return ToShare(p.sale, p.register, p.contract, home, touch.place_id if touch else None)


def _touches(tx: Tx, paid: Sequence[PaidSale]) -> Touches:
    # Touches are a person's only under their consent to measurement (C1).
    wanted = {
        (p.sale.brand_id, p.member.person_id)
        for p in paid
        if p.member is not None and MEASUREMENT in p.member.purposes
    }
    if not wanted:
        return {}
    return last_touches(tx, wanted, min(p.counts_at or p.at for p in paid) - CREDIT_WINDOW)


def _give_credit(tx: Tx, paid: Sequence[PaidSale], touches: Touches) -> None:
    credits = [
        GiveCredit(
            brand_id=p.sale.brand_id,
            sale_id=p.sale.id,
            code_id=touch.code_id,
            touch_id=touch.touch_id,
            rule=LAST_TOUCH,
            currency=p.sale.currency,
            amount_minor=p.sale.total_minor,
            at=p.at,
        )
        for p in paid
        if (touch := touches.get((p.sale.brand_id, p.sale.person_id or ""))) is not None
    ]
    if credits:
        give_credit(tx, credits)


def receipt_of(p: PaidSale) -> dict[str, Any]:
    """A receipt of a sale that earns no points."""
    return _receipt(p, 0)


def _receipt(p: PaidSale, points: int) -> dict[str, Any]:
    sale = p.sale
    return {
        "sale_id": sale.id,
        "state": "paid",
        "brand_id": sale.brand_id,
        "place": {
            "place_id": sale.place_id,
            "name_en": p.register.place_name_en,
            "name_zh": p.register.place_name_zh,
        },
        "register_id": sale.register_id,
        "currency": sale.currency,
        "lines": [
            {
                "line_no": line.line_no,
                "gtin": line.gtin,
                "name_en": line.name_en,
                "name_zh": line.name_zh,
                "quantity": line.quantity,
                "unit_list_minor": line.unit_list_minor,
                "discount_minor": line.discount_minor,
                "net_minor": line.net_minor,
            }
            for line in sale.lines
        ],
        "discounts": list(p.discounts),
        "list_minor": sale.list_minor,
        "discount_minor": sale.discount_minor,
        "total_minor": sale.total_minor,
        "tenders": [
            {
                "tender_id": t.id,
                "rail": t.rail,
                "amount_minor": t.amount_minor,
                "given_minor": t.given_minor,
                "change_minor": 0 if t.given_minor is None else t.given_minor - t.amount_minor,
            }
            for t in p.tenders
        ],
        "points_pending": points,
        "paid_at": format_utc(p.at),
    }


def _event(
    p: PaidSale, receipt: dict[str, Any], touch: LastTouch | None, party_ids: tuple[str, ...]
) -> SalePaid:
    sale = p.sale
    return SalePaid(
        at=p.at,
        brand_id=sale.brand_id,
        place_id=sale.place_id,
        person_id=sale.person_id,
        sale_id=sale.id,
        register_id=sale.register_id,
        member_id=sale.member_id,
        currency=sale.currency,
        list_minor=sale.list_minor,
        discount_minor=sale.discount_minor,
        total_minor=sale.total_minor,
        business_day=sale.business_day,
        rails=tuple(t.rail for t in p.tenders),
        code_id=touch.code_id if touch else None,
        lines=tuple(
            {
                "line_no": line.line_no,
                "variant_id": line.variant_id,
                "quantity": line.quantity,
                "net_minor": line.net_minor,
            }
            for line in sale.lines
        ),
        receipt=receipt,
        party_ids=party_ids,
        operator_party_id=p.register.operator_party_id,
    )
