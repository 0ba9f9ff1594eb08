"""What the head office looks at: registers, payments, goods, people, codes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, func, literal_column, select, type_coerce

from highstreet.kernel.time import to_micros
from highstreet.kernel.tx import Reader
from highstreet.rooms.ledger.tables import transfer
from highstreet.rooms.loop.tables import code, credit, touch
from highstreet.rooms.members import Member
from highstreet.rooms.members.tables import consent, follow, member, points_entry
from highstreet.rooms.offers.tables import coupon
from highstreet.rooms.parties import StaffRole
from highstreet.rooms.parties.tables import place, register, staff_role
from highstreet.rooms.places.tables import site
from highstreet.rooms.sales.tables import sale, sale_hour, sale_line
from highstreet.rooms.stock.tables import stock_item, stock_move
from highstreet.rooms.tenders import Tender
from highstreet.rooms.tenders.tables import STILL_OPEN, tender


@dataclass(frozen=True, slots=True)
class ListedRegister:
    """A register with its place and its newest sale since the moment asked for."""

    register_id: str
    name: str
    is_active: bool
    place_id: str
    place_name_en: str
    place_name_zh: str
    last_sale_at: datetime | None
    is_training: bool = False


def registers_listed(reader: Reader, brand_id: str, since: datetime) -> list[ListedRegister]:
    """A brand's registers by place and name. Active only where their place is."""
    r, p, h = register.c, place.c, sale_hour.c
    # One step into ix_sale_hour_brand_id_register_id_hour for each register, however many sales there are.
    newest = (
        select(h.last_paid_at)
        .where(h.brand_id == r.brand_id, h.register_id == r.id)
        .order_by(h.hour.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = reader.rows(
        select(r.id, r.name, r.is_active, p.is_active, p.id, p.name_en, p.name_zh, newest, r.is_training)
        .select_from(register)
        .join(place, (p.brand_id == r.brand_id) & (p.id == r.place_id))
        .where(r.brand_id == brand_id)
        .order_by(p.name_en, p.id, r.name, r.id)
    )
    return [
        ListedRegister(
            id_,
            name,
            is_active and place_is_active,
            place_id,
            name_en,
            name_zh,
            last_sale_at if last_sale_at is not None and last_sale_at >= since else None,
            is_training,
        )
        for (
            id_,
            name,
            is_active,
            place_is_active,
            place_id,
            name_en,
            name_zh,
            last_sale_at,
            is_training,
        ) in map(tuple, rows)
    ]


def usual_time_zone(reader: Reader, brand_id: str) -> str:
    """The time zone of most of a brand's places; UTC when none has a position."""
    zone = site.c.time_zone
    query = select(zone).where(site.c.brand_id == brand_id).group_by(zone)
    return reader.value(query.order_by(func.count().desc(), zone).limit(1)) or "UTC"


def open_tenders_of_brand(reader: Reader, brand_id: str, limit: int) -> list[Tender]:
    """Tenders nobody has answered for yet, and refunds refused for good: the shopper still waits. Oldest first."""
    t = tender.c
    query = select(tender).where(t.brand_id == brand_id, literal_column(STILL_OPEN))
    rows = reader.rows(query.order_by(t.created_at, t.id).limit(limit))
    return [Tender(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class BilledTender:
    """Whose a tender is and how it stands, for the rows of a provider's bill."""

    tender_id: str
    brand_id: str
    direction: str
    state: str
    reason: str | None


def billed_tenders(reader: Reader, tender_ids: Collection[str]) -> dict[str, BilledTender]:
    """Tenders of all brands by id: one merchant number at the provider may serve several brands."""
    t = tender.c
    found = {}
    ids = sorted(tender_ids)
    for start in range(0, len(ids), 4096):
        query = select(t.id, t.brand_id, t.direction, t.state, t.reason)
        for row in reader.rows(query.where(t.id.in_(ids[start : start + 4096]))):
            found[row.id] = BilledTender(*tuple(row))
    return found


@dataclass(frozen=True, slots=True)
class StockMoveRecord:
    """One owner's pieces that a line of a sale (negative) or a return (positive) moved."""

    ref_id: str
    line_no: int
    variant_id: str
    place_id: str
    owner_party_id: str
    quantity: int
    reason: str
    at: datetime


def stock_moves_of(reader: Reader, brand_id: str, ref_ids: Collection[str]) -> list[StockMoveRecord]:
    """What sales and returns did to stock, in the order it was done."""
    m = stock_move.c
    query = (
        select(m.ref_id, m.line_no, m.variant_id, m.place_id, m.owner_party_id, m.quantity, m.reason, m.at)
        .where(m.brand_id == brand_id, m.ref_id.in_(ref_ids))
        .order_by(m.seq)
    )
    return [StockMoveRecord(*tuple(row)) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class PointsRecord:
    """Points that a line earned, or that a return took back."""

    id: str
    line_no: int
    kind: str
    state: str
    points: int
    reversed: int
    matures_at: datetime
    at: datetime


def points_of_sale(reader: Reader, brand_id: str, member_id: str, sale_id: str) -> list[PointsRecord]:
    """All points entries of a member's sale, oldest first."""
    e = points_entry.c
    query = (
        select(e.id, e.line_no, e.kind, e.state, e.points, e.reversed, e.matures_at, e.at)
        .where(e.brand_id == brand_id, e.member_id == member_id, e.sale_id == sale_id)
        .order_by(e.at, e.line_no, e.id)
    )
    return [PointsRecord(*tuple(row)) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class TouchedWith:
    """A touch and the code it was with. Not whose it was: credit names codes, never people."""

    touch_id: str
    at: datetime
    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str


def touch_with_code(reader: Reader, brand_id: str, touch_id: str) -> TouchedWith | None:
    """One touch."""
    t, c = touch.c, code.c
    row = reader.first(
        select(t.id, t.at, c.id, c.slug, c.kind, c.campaign, c.label_en, c.label_zh)
        .select_from(touch)
        .join(code, (c.brand_id == t.brand_id) & (c.id == t.code_id))
        .where(t.brand_id == brand_id, t.id == touch_id)
    )
    return None if row is None else TouchedWith(*tuple(row))


def follows_by_code(reader: Reader, brand_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """How many began to follow by each code in a time, whether they still do or not."""
    f = follow.c
    query = (
        select(f.code_id, func.count().label("follows"))
        .where(f.brand_id == brand_id, f.code_id.is_not(None), f.since >= since, f.since < until)
        .group_by(f.code_id)
    )
    return {row.code_id: row.follows for row in reader.rows(query)}


def loop_since(reader: Reader, brand_id: str, since: datetime) -> tuple[int, int]:
    """Touches of the brand's codes since a moment, and people who began to follow it since then."""
    touches = select(func.count()).where(touch.c.brand_id == brand_id, touch.c.at >= since)
    follows = select(func.count()).where(follow.c.brand_id == brand_id, follow.c.since >= since)
    return int(reader.value(touches)), int(reader.value(follows))


DAY_US = 86_400_000_000


def growth_by_day(
    reader: Reader, brand_id: str, since: datetime, ahead: timedelta
) -> dict[date, tuple[int, int, int]]:
    """Members who joined, people who began to follow and who stopped, by day of a zone `ahead` of UTC."""
    since_us, ahead_us = to_micros(since), ahead // timedelta(microseconds=1)
    found: dict[int, list[int]] = {}
    for n, at, query_brand in (
        (0, member.c.joined_at, member.c.brand_id),
        (1, follow.c.since, follow.c.brand_id),
        (2, follow.c.until, follow.c.brand_id),
    ):
        micros = type_coerce(at, BigInteger)
        day_no = (micros + ahead_us) // DAY_US
        query = (
            select(day_no, func.count()).where(query_brand == brand_id, micros >= since_us).group_by(day_no)
        )
        for no, count in map(tuple, reader.rows(query)):
            found.setdefault(int(no), [0, 0, 0])[n] = count
    first = date(1970, 1, 1)
    return {first + timedelta(days=no): (a, b, c) for no, (a, b, c) in sorted(found.items())}


def touches_and_sales_of_code(
    reader: Reader, brand_id: str, code_id: str, since: datetime, ahead: timedelta
) -> dict[date, tuple[int, int]]:
    """One code's touches and credited sales by day of a zone `ahead` of UTC."""
    since_us, ahead_us = to_micros(since), ahead // timedelta(microseconds=1)
    found: dict[int, list[int]] = {}
    for n, of in enumerate((touch.c, credit.c)):
        micros = type_coerce(of.at, BigInteger)
        day_no = (micros + ahead_us) // DAY_US
        query = select(day_no, func.count()).where(
            of.brand_id == brand_id, of.code_id == code_id, micros >= since_us
        )
        for no, count in map(tuple, reader.rows(query.group_by(day_no))):
            found.setdefault(int(no), [0, 0])[n] = count
    first = date(1970, 1, 1)
    return {first + timedelta(days=no): (a, b) for no, (a, b) in sorted(found.items())}


@dataclass(frozen=True, slots=True)
class MemberSale:
    """A sale to a member, in few words."""

    sale_id: str
    paid_at: datetime
    place_name_en: str
    place_name_zh: str
    currency: str
    total_minor: int
    returned_minor: int


def sales_of_member(reader: Reader, brand_id: str, person_id: str, limit: int) -> list[MemberSale]:
    """A member's sales of this brand, newest first."""
    s, p = sale.c, place.c
    query = (
        select(s.id, s.paid_at, p.name_en, p.name_zh, s.currency, s.total_minor, s.returned_minor)
        .join_from(sale, place, (p.brand_id == s.brand_id) & (p.id == s.place_id))
        .where(s.person_id == person_id, s.brand_id == brand_id, s.state == "paid")
        .order_by(s.paid_at.desc(), s.id.desc())
        .limit(limit)
    )
    return [MemberSale(*tuple(row)) for row in reader.rows(query)]


def member_by_id(reader: Reader, brand_id: str, member_id: str) -> Member | None:
    """A member; None for another brand's, and for one who was erased."""
    m = member.c
    columns = (m.brand_id, m.id, m.person_id, m.tier, m.home_place_id, m.entry, m.joined_at)
    query = select(*columns, m.points_pending, m.points_available)
    row = reader.first(query.where(m.brand_id == brand_id, m.id == member_id, m.tier != "erased"))
    return None if row is None else Member(*tuple(row))


@dataclass(frozen=True, slots=True)
class LowStock:
    """An article that sells at a place, and is nearly gone there. `left`: of all owners."""

    place_id: str
    place_name_en: str
    place_name_zh: str
    variant_id: str
    name_en: str
    name_zh: str
    left: int


def low_stock_of_sellers(
    reader: Reader, brand_id: str, *, at_most: int = 2, sales: int = 200, limit: int = 12
) -> list[LowStock]:
    """What the last `sales` sales of a brand took and of which at most `at_most` pieces are left; least first.

    Bounded by the sales looked at, however much stock there is.
    """
    s, n, i, p = sale.c, sale_line.c, stock_item.c, place.c
    newest = (
        select(s.brand_id, s.id, s.place_id)
        .where(s.brand_id == brand_id, s.state == "paid", s.origin == "register")
        .order_by(s.paid_at.desc())
        .limit(sales)
        .subquery()
    )
    sold = (
        select(
            newest.c.place_id,
            n.variant_id,
            func.max(n.name_en).label("name_en"),
            func.max(n.name_zh).label("name_zh"),
        )
        .join_from(newest, sale_line, (n.brand_id == newest.c.brand_id) & (n.sale_id == newest.c.id))
        .group_by(newest.c.place_id, n.variant_id)
        .subquery()
    )
    left = func.sum(i.on_hand - i.reserved)
    query = (
        select(p.id, p.name_en, p.name_zh, sold.c.variant_id, sold.c.name_en, sold.c.name_zh, left)
        .select_from(sold)
        .join(place, (p.brand_id == brand_id) & (p.id == sold.c.place_id) & p.is_active)
        .join(site, (site.c.brand_id == p.brand_id) & (site.c.place_id == p.id))
        .join(
            stock_item,
            (i.brand_id == p.brand_id)
            & (i.variant_id == sold.c.variant_id)
            & (i.cell == site.c.cell)
            & (i.place_id == p.id),
        )
        .group_by(p.id, p.name_en, p.name_zh, sold.c.variant_id, sold.c.name_en, sold.c.name_zh)
        .having(left <= at_most)
        .order_by(left, p.name_en, sold.c.name_en)
        .limit(limit)
    )
    return [LowStock(*tuple(row)) for row in reader.rows(query)]


@dataclass(frozen=True, slots=True)
class TierCount:
    """Members of one tier and the points they hold."""

    tier: str
    members: int
    points_pending: int
    points_available: int


def members_by_tier(reader: Reader, brand_id: str) -> list[TierCount]:
    """Counts only, most members first."""
    m = member.c
    query = (
        select(m.tier, func.count(), func.sum(m.points_pending), func.sum(m.points_available))
        .where(m.brand_id == brand_id, m.tier != "erased")
        .group_by(m.tier)
        .order_by(func.count().desc(), m.tier)
    )
    return [TierCount(tier, n, int(p), int(a)) for tier, n, p, a in map(tuple, reader.rows(query))]


def followers_by_entry(reader: Reader, brand_id: str) -> dict[str, int]:
    """How many follow the brand now, by the entry they came in."""
    f = follow.c
    query = select(f.entry, func.count()).where(f.brand_id == brand_id, f.until.is_(None)).group_by(f.entry)
    return dict(map(tuple, reader.rows(query.order_by(f.entry))))


def consents_by_purpose(reader: Reader, brand_id: str) -> dict[str, int]:
    """How many people consent to each purpose now."""
    c = consent.c
    query = (
        select(c.purpose, func.count(c.person_id.distinct()))
        .where(c.brand_id == brand_id, c.withdrawn_at.is_(None))
        .group_by(c.purpose)
    )
    return dict(map(tuple, reader.rows(query.order_by(c.purpose))))


def roles_of_brand(reader: Reader, brand_id: str) -> dict[str, list[StaffRole]]:
    """The roles of a brand's staff, by staff id."""
    r = staff_role.c
    query = select(staff_role).where(r.brand_id == brand_id).order_by(r.staff_id, r.role, r.scope_id)
    roles: dict[str, list[StaffRole]] = {}
    for row in reader.rows(query):
        roles.setdefault(row.staff_id, []).append(
            StaffRole(row.brand_id, row.staff_id, row.role, row.scope_id)
        )
    return roles


@dataclass(frozen=True, slots=True)
class SharedCoupon:
    """A coupon with a public code."""

    coupon_id: str
    offer_id: str
    public_code: str
    cap: int
    reserved: int
    used: int
    valid_from: datetime
    valid_until: datetime


def shared_coupons(reader: Reader, brand_id: str) -> list[SharedCoupon]:
    """A brand's coupons with a public code, by that code."""
    c = coupon.c
    query = (
        select(c.id, c.offer_id, c.public_code, c.cap, c.reserved, c.used, c.valid_from, c.valid_until)
        .where(c.brand_id == brand_id, c.public_code.is_not(None))
        .order_by(c.public_code)
    )
    return [SharedCoupon(*tuple(row)) for row in reader.rows(query)]


def count_transfers(reader: Reader, brand_id: str) -> int:
    """How many transfers a brand's ledger holds."""
    query = select(func.count()).select_from(transfer).where(transfer.c.brand_id == brand_id)
    return int(reader.value(query))
