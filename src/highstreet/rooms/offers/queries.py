"""Reads of offers, coupons and redemptions."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Text, and_, bindparam, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Reader
from highstreet.rooms.offers.model import MEMBER_PRICE, CouponFacts, OfferFacts, Redemption, last_use
from highstreet.rooms.offers.tables import coupon, offer, redemption

T = TypeVar("T")

_OFFER = select(
    offer.c.brand_id,
    offer.c.id,
    offer.c.kind,
    offer.c.terms,
    offer.c.title_en,
    offer.c.title_zh,
    offer.c.funder_party_id,
    offer.c.is_stackable,
    offer.c.is_active,
    offer.c.starts_at,
    offer.c.ends_at,
    offer.c.coupon_valid_s,
    offer.c.limit_total,
    offer.c.limit_per_person,
    offer.c.claimed,
    offer.c.budget_minor,
    offer.c.spent_minor,
    offer.c.is_offline,
)

_COUPON = select(
    coupon.c.brand_id,
    coupon.c.id,
    coupon.c.offer_id,
    coupon.c.person_id,
    offer.c.kind,
    offer.c.terms,
    offer.c.title_en,
    offer.c.title_zh,
    offer.c.funder_party_id,
    offer.c.is_stackable,
    offer.c.is_active,
    offer.c.starts_at,
    offer.c.ends_at,
    coupon.c.valid_from,
    coupon.c.valid_until,
    coupon.c.cap,
    coupon.c.reserved,
    coupon.c.used,
    offer.c.limit_per_person,
    coupon.c.public_code,
).join_from(coupon, offer, (offer.c.brand_id == coupon.c.brand_id) & (offer.c.id == coupon.c.offer_id))

_REDEMPTION = select(
    redemption.c.brand_id,
    redemption.c.coupon_id,
    redemption.c.sale_id,
    redemption.c.offer_id,
    redemption.c.person_id,
    redemption.c.state,
    redemption.c.discount_minor,
    redemption.c.returned_minor,
    redemption.c.reserved_at,
    redemption.c.redeemed_at,
)


def _is_running(now: Any) -> tuple[ColumnElement[bool], ...]:
    return offer.c.is_active, offer.c.starts_at <= now, offer.c.ends_at > now


_BY_ID = KeyedQuery(
    {"brand_id": Text, "coupon_id": Text},
    lambda wanted: _COUPON.join(
        wanted.rows, (coupon.c.brand_id == wanted.brand_id) & (coupon.c.id == wanted.coupon_id)
    ),
)
_BY_CODE = KeyedQuery(
    {"brand_id": Text, "code": Text},
    lambda wanted: _COUPON.join(
        wanted.rows, (coupon.c.brand_id == wanted.brand_id) & (coupon.c.public_code == wanted.code)
    ),
)
_AUTOMATIC = KeyedQuery(
    {"brand_id": Text},
    lambda wanted: (
        _OFFER.join(wanted.rows, offer.c.brand_id == wanted.brand_id)
        .where(offer.c.kind == MEMBER_PRICE, *_is_running(bindparam("now", type_=Instant)))
        .order_by(offer.c.brand_id, offer.c.starts_at.desc(), offer.c.id)
    ),
)


def coupons_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], CouponFacts]:
    """Coupons by (brand_id, coupon id or public code); what is not found is not in the answer.

    A text starting with `cpn_` is an id, any other a public code. One statement for each sort.
    """
    asked = set(wanted)
    by_id = {pair for pair in asked if pair[1].startswith("cpn_")}
    by_code = asked - by_id
    found = {}
    for row in _BY_ID.rows(reader, by_id):
        facts = _made(CouponFacts, row)
        found[facts.brand_id, facts.coupon_id] = facts
    for row in _BY_CODE.rows(reader, by_code):
        facts = _made(CouponFacts, row)
        found[facts.brand_id, facts.public_code or ""] = facts
    return found


def offline_coupons(reader: Reader, brand_id: str, now: datetime) -> list[CouponFacts]:
    """Shared coupons that registers may take offline and that are not over yet, by their public code."""
    statement = _COUPON.where(
        coupon.c.brand_id == brand_id,
        coupon.c.public_code.is_not(None),
        coupon.c.valid_until > now,
        offer.c.is_offline,
        offer.c.is_active,
    )
    return [_made(CouponFacts, row) for row in reader.rows(statement.order_by(coupon.c.public_code))]


def automatic_offers(
    reader: Reader, brand_ids: Collection[str], now: datetime
) -> dict[str, list[OfferFacts]]:
    """Running offers that need no coupon (member prices), by brand; the newest first."""
    found: dict[str, list[OfferFacts]] = {}
    for row in _AUTOMATIC.rows(reader, [(brand_id,) for brand_id in brand_ids], now=now):
        found.setdefault(row[0], []).append(_made(OfferFacts, row))
    return found


def offers_of_brand(reader: Reader, brand_id: str, now: datetime | None) -> list[OfferFacts]:
    """A brand's offers that run now, or all of them when `now` is None; the newest first."""
    statement = _OFFER.where(offer.c.brand_id == brand_id).order_by(offer.c.starts_at.desc(), offer.c.id)
    if now is not None:
        statement = statement.where(*_is_running(now))
    return [_made(OfferFacts, row) for row in reader.rows(statement)]


def offers_in_reach(reader: Reader, brand_id: str, now: datetime) -> list[OfferFacts]:
    """Offers that are not stopped and of which somebody may still use a coupon, now or later; those to come, too."""
    c = coupon.c
    shared = select(c.offer_id, func.max(c.valid_until).label("until")).where(
        c.brand_id == brand_id, c.public_code.is_not(None)
    )
    until = {row.offer_id: row.until for row in reader.rows(shared.group_by(c.offer_id))}
    running = reader.rows(_OFFER.where(offer.c.brand_id == brand_id, offer.c.is_active).order_by(offer.c.id))
    found = [_made(OfferFacts, row) for row in running]
    return [one for one in found if last_use(one, until.get(one.offer_id)) > now]


def offer_by_id(reader: Reader, brand_id: str, offer_id: str) -> OfferFacts | None:
    """One offer, running or not."""
    row = reader.first(_OFFER.where(offer.c.brand_id == brand_id, offer.c.id == offer_id))
    return None if row is None else _made(OfferFacts, row)


def coupons_of_person(
    reader: Reader, person_id: str, now: datetime, *, after: str | None = None, limit: int | None = None
) -> list[CouponFacts]:
    """A person's coupons of all brands that have not expired, used ones too; the first to expire first.

    Of many a page: those after the coupon `after` of theirs.
    """
    c = coupon.c
    statement = _COUPON.where(c.person_id == person_id, c.valid_until > now).order_by(c.valid_until, c.id)
    if after is not None:
        last = reader.value(select(c.valid_until).where(c.person_id == person_id, c.id == after))
        if last is None:
            return []
        statement = statement.where(or_(c.valid_until > last, and_(c.valid_until == last, c.id > after)))
    return [_made(CouponFacts, row) for row in reader.rows(statement.limit(limit))]


def redemptions_of_sale(reader: Reader, brand_id: str, sale_id: str) -> list[Redemption]:
    """What was used in a sale, in any state."""
    statement = _REDEMPTION.where(
        redemption.c.brand_id == brand_id, redemption.c.sale_id == sale_id
    ).order_by(redemption.c.coupon_id)
    return [_made(Redemption, row) for row in reader.rows(statement)]


@dataclass(frozen=True, slots=True)
class OfferUses:
    """How often an offer's coupons were used, by how it ended; amounts in the brand's currency."""

    reserved: int
    redeemed: int
    returned: int
    discount_minor: int
    returned_minor: int


def uses_by_offer(reader: Reader, brand_id: str, offer_id: str | None = None) -> dict[str, OfferUses]:
    """Of all of a brand's offers that were used, or of one. What was rolled back was never used."""
    r = redemption.c
    query = (
        select(r.offer_id, r.state, func.count(), func.sum(r.discount_minor), func.sum(r.returned_minor))
        .where(r.brand_id == brand_id, r.state != "rolled_back")
        .group_by(r.offer_id, r.state)
    )
    if offer_id is not None:
        query = query.where(r.offer_id == offer_id)
    counts: dict[str, dict[str, tuple[int, int, int]]] = {}
    for offer_of, state, n, discount, returned in map(tuple, reader.rows(query)):
        counts.setdefault(offer_of, {})[state] = (n, int(discount), int(returned))
    none = (0, 0, 0)
    return {
        offer_of: OfferUses(
            reserved=by.get("reserved", none)[0],
            redeemed=by.get("redeemed", none)[0] + by.get("returned", none)[0],
            returned=by.get("returned", none)[0],
            discount_minor=by.get("redeemed", none)[1] + by.get("returned", none)[1],
            returned_minor=by.get("redeemed", none)[2] + by.get("returned", none)[2],
        )
        for offer_of, by in counts.items()
    }


def _made(kind: Callable[..., T], row: Any) -> T:
    """The dataclass whose fields the SELECT names in order."""
    return kind(*row)
