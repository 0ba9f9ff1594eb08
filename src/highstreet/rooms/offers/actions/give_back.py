"""What a use took from coupon, budget and person goes back: an order given up, goods returned."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Text, update

from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.offers.actions.counters import (
    REDEEMED,
    RESERVED,
    ROLLED_BACK,
    UNLIMITED,
    count_persons,
    move_coupons,
    spend,
)
from highstreet.rooms.offers.actions.use_coupons import SaleRef, locked_redemptions, reserved_rows
from highstreet.rooms.offers.errors import REDEMPTION_CHANGED, RETURN_BEYOND_USE
from highstreet.rooms.offers.events import CouponReturned, CouponRolledBack
from highstreet.rooms.offers.tables import redemption

_ROLL_BACK = Change(
    {"brand_id": Text, "coupon_id": Text, "sale_id": Text},
    lambda v: (
        update(redemption)
        .where(
            redemption.c.brand_id == v.brand_id,
            redemption.c.coupon_id == v.coupon_id,
            redemption.c.sale_id == v.sale_id,
            redemption.c.state == RESERVED,
        )
        .values(state=ROLLED_BACK)
    ),
)

_RETURN = Change(
    {"brand_id": Text, "coupon_id": Text, "sale_id": Text, "n": BigInteger, "state": Text},
    lambda v: (
        update(redemption)
        .where(
            redemption.c.brand_id == v.brand_id,
            redemption.c.coupon_id == v.coupon_id,
            redemption.c.sale_id == v.sale_id,
            redemption.c.state == REDEEMED,
            redemption.c.returned_minor + v.n <= redemption.c.discount_minor,
        )
        .values(returned_minor=redemption.c.returned_minor + v.n, state=v.state)
    ),
)


@dataclass(frozen=True, slots=True)
class ReturnUse:
    """`returned_minor` of a redemption's discount goes back; `is_whole`: nothing of the sale is left."""

    brand_id: str
    sale_id: str
    coupon_id: str
    returned_minor: int
    is_whole: bool
    at: datetime


def roll_back(tx: Tx, sales: Sequence[SaleRef]) -> None:
    """The orders are given up: reserved uses, their budget and their persons' counts go back.

    A sale that reserved nothing, or whose uses are redeemed or rolled back already, is left alone.
    """
    at = {(sale.brand_id, sale.sale_id): sale.at for sale in sales}
    rows = reserved_rows(tx, at)
    if not rows:
        return
    keys = [{"brand_id": row.brand_id, "coupon_id": row.coupon_id, "sale_id": row.sale_id} for row in rows]
    tx.change_all(_ROLL_BACK, keys, REDEMPTION_CHANGED())
    uses = ((row.brand_id, row.coupon_id, row.offer_id) for row in rows)
    move_coupons(tx, uses, used_by=0, reserved_by=-1, no=REDEMPTION_CHANGED())
    spend(tx, (((row.brand_id, row.offer_id), -row.discount_minor) for row in rows), REDEMPTION_CHANGED())
    _uncount_users(tx, rows)
    for row in rows:
        tx.announce(
            CouponRolledBack(
                at=at[row.brand_id, row.sale_id],
                brand_id=row.brand_id,
                person_id=row.person_id,
                offer_id=row.offer_id,
                coupon_id=row.coupon_id,
                sale_id=row.sale_id,
                discount_minor=row.discount_minor,
            )
        )


def return_redemptions(tx: Tx, returns: Sequence[ReturnUse]) -> None:
    """Money goes back to budgets as goods come back; after the whole sale the coupon can be used again.

    Errors: Refusal offers.return_beyond_use when there is no such use left, or less than `returned_minor` of it.
    """
    if not returns:
        return
    keys = {(one.brand_id, one.coupon_id, one.sale_id) for one in returns}
    amounts: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in returns:
        if one.returned_minor < 0:
            raise RETURN_BEYOND_USE()
        amounts[one.brand_id, one.coupon_id, one.sale_id] += one.returned_minor
    wholes = {(one.brand_id, one.coupon_id, one.sale_id) for one in returns if one.is_whole}
    rows = {
        (row.brand_id, row.coupon_id, row.sale_id): row
        for row in tx.rows(
            locked_redemptions().where(
                redemption.c.brand_id.in_(sorted({key[0] for key in keys})),
                redemption.c.coupon_id.in_(sorted({key[1] for key in keys})),
                redemption.c.sale_id.in_(sorted({key[2] for key in keys})),
            )
        )
    }
    if not keys <= rows.keys():
        raise RETURN_BEYOND_USE()
    changes = [
        {
            "brand_id": key[0],
            "coupon_id": key[1],
            "sale_id": key[2],
            "n": amounts[key],
            "state": "returned" if key in wholes else "redeemed",
        }
        for key in sorted(keys)
    ]
    tx.change_all(_RETURN, changes, RETURN_BEYOND_USE())
    whole_rows = [rows[key] for key in sorted(wholes)]
    uses = ((row.brand_id, row.coupon_id, row.offer_id) for row in whole_rows)
    move_coupons(tx, uses, used_by=-1, reserved_by=0, no=REDEMPTION_CHANGED())
    spent = (((key[0], rows[key].offer_id), -amounts[key]) for key in keys)
    spend(tx, spent, REDEMPTION_CHANGED())
    _uncount_users(tx, whole_rows)
    for one in returns:
        row = rows[one.brand_id, one.coupon_id, one.sale_id]
        tx.announce(
            CouponReturned(
                at=one.at,
                brand_id=one.brand_id,
                person_id=row.person_id,
                offer_id=row.offer_id,
                coupon_id=one.coupon_id,
                sale_id=one.sale_id,
                returned_minor=one.returned_minor,
                is_whole=one.is_whole,
            )
        )


def _uncount_users(tx: Tx, rows: Iterable[Row[Any]]) -> None:
    """Give a person's use of a shared coupon back; a personal coupon's count is of claims and stays."""
    counted: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in rows:
        if row.coupon_person_id is None and row.person_limit is not None and row.person_id is not None:
            counted[row.brand_id, row.offer_id, row.person_id] -= 1
    if counted:
        count_persons(tx, counted, dict.fromkeys(counted, UNLIMITED), REDEMPTION_CHANGED())
