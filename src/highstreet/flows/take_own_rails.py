"""Slips, gift cards and points, and limits of a day: what a tender needs besides its own row, taken and given back.

Sales without them come here never: `needs_taking` looks at what the command carries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.errors import MEMBER_NEEDED, RAIL_OFF
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import business_day
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.members import (
    RestorePoints,
    SpendPoints,
    give_points_back,
    points_rule_of,
    spend_points,
)
from highstreet.rooms.places import zone_of
from highstreet.rooms.tenders import (
    RAIL_KINDS,
    BrandRules,
    MoveOfCard,
    NoteSlip,
    Tender,
    UseOfDay,
    check_payment,
    note_slip,
    put_on_card,
    take_from_card,
    tenders_named,
    use_days,
)


def trading_day(reader: Reader, brand_id: str, place_id: str, at: datetime) -> str:
    """The trading day (ISO) of a place at a moment."""
    return business_day(at, zone_of(reader, brand_id, place_id)).isoformat()


@dataclass(frozen=True, slots=True)
class Taking:
    """A tender just written, whose it is and on which trading day of its place."""

    tender: Tender
    register_id: str
    member_id: str | None
    day: str
    rules: BrandRules


def check_rules(rules: BrandRules, rail: str, place_id: str, amount_minor: int) -> None:
    """Whether a brand takes so much by this rail here. Errors: sale.rail_off, tenders.over_limit, under_minimum."""
    if rules.why_off(rail, place_id) is not None:
        raise RAIL_OFF(rail=rail)
    check_payment(rules.of(rail), amount_minor)


def needs_taking(taking: Taking) -> bool:
    """Whether there is more to it than its row."""
    kind = RAIL_KINDS[taking.tender.rail]
    is_counted = taking.member_id is not None and taking.rules.counts_days(
        taking.tender.rail, taking.tender.way
    )
    return kind.needs_number or kind.is_promise or is_counted


def take_own(tx: Tx, takings: Sequence[Taking]) -> None:
    """Note slips, take from cards and points, and count what is limited by the day.

    Errors: Refusal tenders.slip_used, card_unknown, card_expired, card_too_little, over_limit;
    members.points_too_few; sale.member_needed, sale.rail_off.
    """
    use_days(tx, [use for one in takings if (use := _use_of_day(one)) is not None])
    for one in takings:
        tender = one.tender
        if RAIL_KINDS[tender.rail].needs_number:
            slip = NoteSlip(tender.brand_id, one.register_id, one.day, tender.reference or "", tender.id)
            note_slip(tx, slip)
        elif tender.rail == "gift_card":
            take_from_card(tx, _move_of_card(tender, tender.reference or ""))
        elif tender.rail == "points":
            _spend(tx, one)


def _use_of_day(one: Taking) -> UseOfDay | None:
    tender = one.tender
    limits = tuple(one.rules.of(tender.rail).day_limits(tender.way))
    if one.member_id is None or not limits:
        return None
    return UseOfDay(
        tender.brand_id, tender.id, one.member_id, tender.rail, one.day, tender.amount_minor, limits
    )


def _move_of_card(tender: Tender, card_id: str) -> MoveOfCard:
    return MoveOfCard(
        tender.brand_id, card_id, tender.id, tender.currency, tender.amount_minor, tender.created_at
    )


def _spend(tx: Tx, one: Taking) -> None:
    tender = one.tender
    rule = points_rule_of(tx, tender.brand_id)
    if rule is None:
        raise RAIL_OFF(rail=tender.rail)
    if one.member_id is None:
        raise MEMBER_NEEDED(rail=tender.rail)
    points = rule.points_for_minor(tender.amount_minor)
    entry_id = _spend_id(tender.id)
    spend_points(
        tx,
        SpendPoints(tender.brand_id, one.member_id, tender.sale_id, entry_id, points, tender.created_at),
    )


def _spend_id(tender_id: str) -> str:
    return stable_id("pnt", tender_id, "spend")


def put_back_failed(tx: Tx, tenders: Sequence[Tender], member_id: str | None, at: datetime) -> None:
    """Payments that were planned and came to nothing: what was taken for them goes back."""
    for tender in tenders:
        if tender.rail == "gift_card" and tender.reference is not None:
            move = MoveOfCard(
                tender.brand_id, tender.reference, tender.id, tender.currency, tender.amount_minor, at
            )
            put_on_card(tx, move)
        elif tender.rail == "points" and member_id is not None:
            _restore(tx, tender, tender.id, member_id, (0, tender.amount_minor), at)


def pay_back_promises(tx: Tx, refunds: Sequence[Tender], member_id: str | None) -> None:
    """Refunds just started by `start_refunds`: money goes back on to cards, and points to the member."""
    refunds = [refund for refund in refunds if RAIL_KINDS[refund.rail].is_promise]
    if not refunds:
        return
    brand_id = refunds[0].brand_id
    paid = tenders_named(tx, brand_id, sorted({refund.refunds_tender_id or "" for refund in refunds}))
    for refund in refunds:
        before = paid[refund.refunds_tender_id or ""]
        if refund.rail == "gift_card":
            put_on_card(tx, _move_of_card(refund, before.reference or ""))
        elif member_id is not None:
            back = (before.refunded_minor - refund.amount_minor, before.refunded_minor)
            _restore(tx, before, refund.id, member_id, back, refund.created_at)


def _restore(
    tx: Tx, paid: Tender, why_id: str, member_id: str, refunded: tuple[int, int], at: datetime
) -> None:
    before, after = refunded
    give_points_back(
        tx,
        RestorePoints(
            brand_id=paid.brand_id,
            member_id=member_id,
            sale_id=paid.sale_id,
            spend_id=_spend_id(paid.id),
            entry_id=stable_id("pnt", why_id, "restore"),
            amount_minor=paid.amount_minor,
            refunded_before=before,
            refunded_after=after,
            at=at,
        ),
    )
