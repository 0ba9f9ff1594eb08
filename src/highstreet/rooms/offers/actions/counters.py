"""The guarded statements that move what an offer and its coupons count."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import BigInteger, Integer, Text, literal_column, or_, update
from sqlalchemy.sql.elements import ColumnElement

from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.offers.tables import claim_count, coupon, offer

UNLIMITED = 2_000_000_000

# A `Change` knows only its own parameters, so constants stand in its text.
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")
RESERVED: ColumnElement[str] = literal_column("'reserved'")
REDEEMED: ColumnElement[str] = literal_column("'redeemed'")
ROLLED_BACK: ColumnElement[str] = literal_column("'rolled_back'")

CLAIM_FROM_OFFER = Change(
    {"brand_id": Text, "offer_id": Text, "at": BigInteger},
    lambda v: (
        update(offer)
        .where(
            offer.c.brand_id == v.brand_id,
            offer.c.id == v.offer_id,
            offer.c.is_active,
            offer.c.starts_at <= v.at,
            offer.c.ends_at > v.at,
            or_(offer.c.limit_total.is_(None), offer.c.claimed < offer.c.limit_total),
        )
        .values(claimed=offer.c.claimed + _ONE)
    ),
)

# `used_by` and `reserved_by` may be negative: a use given back.
MOVE_COUPON = Change(
    {"brand_id": Text, "coupon_id": Text, "offer_id": Text, "used_by": Integer, "reserved_by": Integer},
    lambda v: (
        update(coupon)
        .where(
            coupon.c.brand_id == v.brand_id,
            coupon.c.id == v.coupon_id,
            coupon.c.offer_id == v.offer_id,
            coupon.c.used + v.used_by >= _ZERO,
            coupon.c.reserved + v.reserved_by >= _ZERO,
            coupon.c.used + coupon.c.reserved + v.used_by + v.reserved_by <= coupon.c.cap,
        )
        .values(used=coupon.c.used + v.used_by, reserved=coupon.c.reserved + v.reserved_by)
    ),
)

SPEND = Change(
    {"brand_id": Text, "offer_id": Text, "n": BigInteger},
    lambda v: (
        update(offer)
        .where(
            offer.c.brand_id == v.brand_id,
            offer.c.id == v.offer_id,
            offer.c.spent_minor + v.n >= _ZERO,
            or_(offer.c.budget_minor.is_(None), offer.c.spent_minor + v.n <= offer.c.budget_minor),
        )
        .values(spent_minor=offer.c.spent_minor + v.n)
    ),
)

COUNT_PERSON = Change(
    {"brand_id": Text, "offer_id": Text, "person_id": Text, "n": Integer, "most": Integer},
    lambda v: (
        update(claim_count)
        .where(
            claim_count.c.brand_id == v.brand_id,
            claim_count.c.offer_id == v.offer_id,
            claim_count.c.person_id == v.person_id,
            claim_count.c.claimed + v.n >= _ZERO,
            claim_count.c.claimed + v.n <= v.most,
        )
        .values(claimed=claim_count.c.claimed + v.n)
    ),
)

Key = TypeVar("Key", bound=tuple[str, ...])


def add_up(amounts: Iterable[tuple[Key, int]]) -> list[tuple[Key, int]]:
    """One amount for each key, sorted by key, so that all writers lock rows in one order."""
    sums: dict[Key, int] = defaultdict(int)
    for key, amount in amounts:
        sums[key] += amount
    return sorted(sums.items())


def count_persons(
    tx: Tx, counted: Mapping[tuple[str, str, str], int], most: Mapping[Any, int], no: Refusal
) -> None:
    """Move (brand_id, offer_id, person_id) counts; `most` by the same keys. Raises `no` past a limit."""
    rows = [
        {"brand_id": key[0], "offer_id": key[1], "person_id": key[2], "n": n, "most": most[key]}
        for key, n in sorted(counted.items())
    ]
    fresh = [
        {
            "brand_id": row["brand_id"],
            "offer_id": row["offer_id"],
            "person_id": row["person_id"],
            "claimed": 0,
        }
        for row in rows
    ]
    tx.insert_many(claim_count, fresh, ignore_existing=True)
    tx.change_all(COUNT_PERSON, rows, no)


def spend(tx: Tx, amounts: Iterable[tuple[tuple[str, str], int]], no: Refusal) -> None:
    """Move the money spent by (brand_id, offer_id); negative gives it back. Raises `no` past a budget."""
    rows = [
        {"brand_id": brand_id, "offer_id": offer_id, "n": n}
        for (brand_id, offer_id), n in add_up(amounts)
        if n
    ]
    tx.change_all(SPEND, rows, no)


def move_coupons(
    tx: Tx, uses: Iterable[tuple[str, str, str]], *, used_by: int, reserved_by: int, no: Refusal
) -> None:
    """Move each (brand_id, coupon_id, offer_id) once per use named. Raises `no` past a cap."""
    rows = [
        {
            "brand_id": brand_id,
            "coupon_id": coupon_id,
            "offer_id": offer_id,
            "used_by": n * used_by,
            "reserved_by": n * reserved_by,
        }
        for (brand_id, coupon_id, offer_id), n in add_up((use, 1) for use in uses)
    ]
    tx.change_all(MOVE_COUPON, rows, no)
