"""What a shopper holds: coupons and memberships with their brands, and receipts with places and tenders."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from highstreet.flows.join_and_follow import require_service
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Reader
from highstreet.rooms.members import (
    Member,
    PointsEntry,
    member_of_person,
    memberships_of_person,
    points_earned_by,
    points_for,
    points_of_member,
)
from highstreet.rooms.offers import CouponFacts, coupons_of_person, why_not
from highstreet.rooms.parties import Brand, PlaceOfBusiness, brand_by_id, place_by_id
from highstreet.rooms.places import sites_for
from highstreet.rooms.sales import (
    SALE_UNKNOWN,
    Before,
    Sale,
    SaleReturn,
    returns_of,
    sales_for,
    sales_of_person,
)
from highstreet.rooms.tenders import Tender, tenders_for

USABLE = "usable"


@dataclass(frozen=True, slots=True)
class HeldCoupon:
    """A coupon, its brand, and whether it can be used: `usable`, or the reason why not."""

    coupon: CouponFacts
    brand: Brand
    state: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership and its brand."""

    member: Member
    brand: Brand


@dataclass(frozen=True, slots=True)
class Receipt:
    """A paid sale as its shopper sees it. `points` are those it earned, before any return; `time_zone` the place's."""

    sale: Sale
    brand: Brand
    place: PlaceOfBusiness
    time_zone: str
    tenders: tuple[Tender, ...]
    points: int
    returns: tuple[SaleReturn, ...] = ()
    refunds: tuple[Tender, ...] = ()
    """Money that went back, or is on its way."""


def coupons_held(
    reader: Reader, person_id: str, now: datetime, after: str | None, limit: int
) -> list[HeldCoupon]:
    """A page of the coupons that have not expired, the first to expire first."""
    coupons = coupons_of_person(reader, person_id, now, after=after, limit=limit)
    known = brands_for(reader, (c.brand_id for c in coupons))
    return [held_coupon(c, known[c.brand_id], person_id, now) for c in coupons]


def held_coupon(coupon: CouponFacts, brand: Brand, person_id: str, now: datetime) -> HeldCoupon:
    """A coupon with its state in words."""
    return HeldCoupon(coupon, brand, why_not(coupon, person_id, now) or USABLE)


def memberships_held(reader: Reader, person_id: str) -> list[Membership]:
    """All memberships, the oldest first."""
    members = memberships_of_person(reader, person_id)
    known = brands_for(reader, (m.brand_id for m in members))
    return [Membership(m, known[m.brand_id]) for m in members]


def member_id_to_show(reader: Reader, brand_id: str, person_id: str) -> str:
    """Whose member code may be shown. Errors: Refusal request.not_found; shop.service_needed once withdrawn."""
    member = member_of_person(reader, brand_id, person_id)
    if member is None:
        raise REQUEST_NOT_FOUND()
    require_service(reader, brand_id, person_id)
    return member.member_id


def points_held(
    reader: Reader, brand_id: str, person_id: str, before: Before | None, limit: int
) -> tuple[Membership, list[PointsEntry]]:
    """A membership and what its points came from, the newest first. Errors: Refusal request.not_found."""
    member = member_of_person(reader, brand_id, person_id)
    if member is None:
        raise REQUEST_NOT_FOUND()
    entries = points_of_member(reader, brand_id, member.member_id, before, limit)
    return Membership(member, brands_for(reader, [brand_id])[brand_id]), entries


def receipts_of(reader: Reader, person_id: str, before: Before | None, limit: int) -> list[Receipt]:
    """Paid sales over all brands, the newest first, without their returns."""
    return _receipts(reader, sales_of_person(reader, person_id, before=before, limit=limit))


def receipt_of(reader: Reader, person_id: str, brand_id: str, sale_id: str) -> Receipt:
    """One receipt with its returns. Errors: Refusal sales.sale_unknown, also for another person's."""
    sale = sales_for(reader, [(brand_id, sale_id)]).get((brand_id, sale_id))
    if sale is None or sale.person_id != person_id or sale.state != "paid":
        raise SALE_UNKNOWN()
    return _receipts(reader, [sale], returns_of(reader, brand_id, sale_id))[0]


def brands_for(reader: Reader, brand_ids: Iterable[str]) -> dict[str, Brand]:
    """Brands by id; unknown ones are left out."""
    found = (brand_by_id(reader, brand_id) for brand_id in sorted(set(brand_ids)))
    return {brand.id: brand for brand in found if brand is not None}


def _receipts(reader: Reader, sales: Collection[Sale], returns: Iterable[SaleReturn] = ()) -> list[Receipt]:
    brands = brands_for(reader, (s.brand_id for s in sales))
    places = {
        key: place
        for key in {(s.brand_id, s.place_id) for s in sales}
        if (place := place_by_id(reader, *key)) is not None
    }
    sites = sites_for(reader, set(places))
    tenders = tenders_for(reader, {(s.brand_id, s.id) for s in sales})
    return [
        Receipt(
            sale=sale,
            brand=brands[sale.brand_id],
            place=places[sale.brand_id, sale.place_id],
            time_zone=site.time_zone if (site := sites.get((sale.brand_id, sale.place_id))) else "UTC",
            tenders=tuple(
                t for t in tenders[sale.brand_id, sale.id] if t.direction == "in" and t.state == "captured"
            ),
            points=_points(reader, sale, tenders[sale.brand_id, sale.id]),
            returns=tuple(returns),
            refunds=tuple(t for t in tenders[sale.brand_id, sale.id] if t.direction == "out"),
        )
        for sale in sales
    ]


def _points(reader: Reader, sale: Sale, tenders: Iterable[Tender]) -> int:
    if sale.member_id is None:
        return 0
    if any(t.rail == "points" for t in tenders):  # what it earned then hung on the rule of then
        return points_earned_by(reader, sale.brand_id, [sale.id]).get(sale.id, 0)
    return sum(points_for(line.net_minor, sale.currency) for line in sale.lines)
