"""Coupons are used in sales: at once at the register, or reserved by an order and redeemed when it is paid."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Text, join, select, update

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.offers.actions.counters import (
    REDEEMED,
    RESERVED,
    ROLLED_BACK,
    count_persons,
    move_coupons,
    spend,
)
from highstreet.rooms.offers.errors import (
    BUDGET_SPENT,
    COUPON_IN_SALE,
    COUPON_USED_UP,
    PERSON_LIMIT,
    REDEMPTION_CHANGED,
)
from highstreet.rooms.offers.events import CouponRedeemed
from highstreet.rooms.offers.tables import coupon, offer, redemption

_REDEEM = Change(
    {"brand_id": Text, "coupon_id": Text, "sale_id": Text, "at": BigInteger},
    lambda v: (
        update(redemption)
        .where(
            redemption.c.brand_id == v.brand_id,
            redemption.c.coupon_id == v.coupon_id,
            redemption.c.sale_id == v.sale_id,
            redemption.c.state == RESERVED,
        )
        .values(state=REDEEMED, redeemed_at=v.at)
    ),
)

_USE_AGAIN = Change(
    {
        "brand_id": Text,
        "coupon_id": Text,
        "sale_id": Text,
        "person_id": Text,
        "state": Text,
        "discount_minor": BigInteger,
        "reserved_at": BigInteger,
        "redeemed_at": BigInteger,
    },
    lambda v: (
        update(redemption)
        .where(
            redemption.c.brand_id == v.brand_id,
            redemption.c.coupon_id == v.coupon_id,
            redemption.c.sale_id == v.sale_id,
            redemption.c.state == ROLLED_BACK,
        )
        .values(
            state=v.state,
            person_id=v.person_id,
            discount_minor=v.discount_minor,
            reserved_at=v.reserved_at,
            redeemed_at=v.redeemed_at,
        )
    ),
)


@dataclass(frozen=True, slots=True)
class UseCoupon:
    """A coupon takes `discount_minor` off a sale. `person_id`: who buys, if known."""

    brand_id: str
    coupon_id: str
    offer_id: str
    sale_id: str
    person_id: str | None
    discount_minor: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SaleRef:
    """A sale, and when what is done to it happened."""

    brand_id: str
    sale_id: str
    at: datetime


def use_coupons(tx: Tx, uses: Sequence[UseCoupon], *, reserve: bool = False) -> None:
    """Count the uses of many sales against caps, budgets and persons, and record them.

    Whether a coupon is in time and its user's is asked before, with `why_not`; the limits are guarded here.
    Errors: Refusal offers.coupon_used_up, budget_spent, person_limit, coupon_in_sale (used in it before,
    and not rolled back).
    """
    if not uses:
        return
    move_coupons(
        tx,
        ((use.brand_id, use.coupon_id, use.offer_id) for use in uses),
        used_by=0 if reserve else 1,
        reserved_by=1 if reserve else 0,
        no=COUPON_USED_UP(),
    )
    spend(tx, (((use.brand_id, use.offer_id), use.discount_minor) for use in uses), BUDGET_SPENT())
    _count_users(tx, uses)
    rows = [
        {
            "brand_id": use.brand_id,
            "coupon_id": use.coupon_id,
            "sale_id": use.sale_id,
            "offer_id": use.offer_id,
            "person_id": use.person_id,
            "state": "reserved" if reserve else "redeemed",
            "discount_minor": use.discount_minor,
            "returned_minor": 0,
            "reserved_at": use.at,
            "redeemed_at": None if reserve else use.at,
        }
        for use in uses
    ]
    old = len(rows) - tx.insert_many(redemption, rows, ignore_existing=True)
    if old:
        _use_again(tx, rows, old)
    if not reserve:
        for use in uses:
            _announce_redeemed(tx, use, use.at)


def _use_again(tx: Tx, rows: Sequence[Mapping[str, Any]], expected: int) -> None:
    """An order that was rolled back is tried again: its old redemptions come to life, or none does."""
    changes = [
        {
            **row,
            "reserved_at": to_micros(row["reserved_at"]),
            "redeemed_at": row["redeemed_at"] and to_micros(row["redeemed_at"]),
        }
        for row in rows
    ]
    if tx.change(_USE_AGAIN, changes) != expected:
        raise COUPON_IN_SALE()


def _count_users(tx: Tx, uses: Sequence[UseCoupon]) -> None:
    """Count who uses shared coupons of offers with a limit per person."""
    limits = _shared_limits(tx, {(use.brand_id, use.coupon_id) for use in uses})
    if not limits:
        return
    counted: dict[tuple[str, str, str], int] = defaultdict(int)
    most = {}
    for use in uses:
        limit = limits.get((use.brand_id, use.coupon_id))
        if limit is None:
            continue
        if use.person_id is None:  # a limit per person cannot be kept for nobody
            raise PERSON_LIMIT(limit=limit)
        person = (use.brand_id, use.offer_id, use.person_id)
        counted[person] += 1
        most[person] = limit
    count_persons(tx, counted, most, PERSON_LIMIT(limit=max(most.values())))


_SHARED_LIMITS = KeyedQuery(
    {"brand_id": Text, "coupon_id": Text},
    lambda wanted: (
        select(coupon.c.brand_id, coupon.c.id, coupon.c.person_id, offer.c.limit_per_person)
        .select_from(wanted.rows)
        .join(coupon, (coupon.c.brand_id == wanted.brand_id) & (coupon.c.id == wanted.coupon_id))
        .join(offer, (offer.c.brand_id == coupon.c.brand_id) & (offer.c.id == coupon.c.offer_id))
    ),
)


def _shared_limits(tx: Tx, coupons: set[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    """The limit per person of each coupon that is shared and has one; neither ever changes."""
    # Chosen here: with "no person" in the SELECT, SQLite would begin with every shared coupon there is.
    return {
        (row.brand_id, row.id): row.limit_per_person
        for row in _SHARED_LIMITS.rows(tx, coupons)
        if row.person_id is None and row.limit_per_person is not None
    }


def redeem_reserved(tx: Tx, sales: Sequence[SaleRef]) -> None:
    """The sales are paid: what they reserved is used. A sale that reserved nothing, or did this before, is left alone."""
    at = {(sale.brand_id, sale.sale_id): sale.at for sale in sales}
    rows = reserved_rows(tx, at)
    if not rows:
        return
    keys = [
        {
            "brand_id": row.brand_id,
            "coupon_id": row.coupon_id,
            "sale_id": row.sale_id,
            "at": to_micros(at[row.brand_id, row.sale_id]),
        }
        for row in rows
    ]
    tx.change_all(_REDEEM, keys, REDEMPTION_CHANGED())
    uses = ((row.brand_id, row.coupon_id, row.offer_id) for row in rows)
    move_coupons(tx, uses, used_by=1, reserved_by=-1, no=REDEMPTION_CHANGED())
    for row in rows:
        _announce_redeemed(tx, row, at[row.brand_id, row.sale_id])


def locked_redemptions(begin: Any = None, on: Any = None) -> Any:
    """SELECT of redemptions with whether their coupon counts persons (`person_limit`), FOR UPDATE.

    `begin` is a table of keys to begin with, and `on` which redemptions are theirs.
    """
    return (
        select(
            redemption,
            coupon.c.person_id.label("coupon_person_id"),
            offer.c.limit_per_person.label("person_limit"),
        )
        .select_from(redemption if begin is None else join(begin, redemption, on))
        .join(coupon, (coupon.c.brand_id == redemption.c.brand_id) & (coupon.c.id == redemption.c.coupon_id))
        .join(offer, (offer.c.brand_id == coupon.c.brand_id) & (offer.c.id == coupon.c.offer_id))
        .order_by(redemption.c.brand_id, redemption.c.coupon_id, redemption.c.sale_id)
        .with_for_update(of=redemption)
    )


_RESERVED = KeyedQuery(
    {"brand_id": Text, "sale_id": Text},
    lambda wanted: locked_redemptions(
        wanted.rows,
        (redemption.c.brand_id == wanted.brand_id) & (redemption.c.sale_id == wanted.sale_id),
    ).where(redemption.c.state == RESERVED),
)


def reserved_rows(tx: Tx, at: Mapping[tuple[str, str], datetime]) -> list[Row[Any]]:
    """The reserved redemptions of the sales, locked, in the order of their keys."""
    return list(_RESERVED.rows(tx, list(at)))


def _announce_redeemed(tx: Tx, use: Any, at: datetime) -> None:
    tx.announce(
        CouponRedeemed(
            at=at,
            brand_id=use.brand_id,
            person_id=use.person_id,
            offer_id=use.offer_id,
            coupon_id=use.coupon_id,
            sale_id=use.sale_id,
            discount_minor=use.discount_minor,
        )
    )
