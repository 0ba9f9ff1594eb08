"""Reads of the room `members`."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Text, exists, func, literal_column, or_, select

from highstreet.kernel.keys import KeyedQuery
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader
from highstreet.rooms.members.model import (
    SERVICE,
    TIER_ERASED,
    ConsentReceipt,
    Follow,
    Member,
    MemberFacts,
    PointsEntry,
    PointsRule,
)
from highstreet.rooms.members.tables import consent, follow, member, points_entry, points_rule

# A literal, not a parameter, so that both databases use the partial indexes of tables.py.
IS_EARN = points_entry.c.kind == literal_column("'earn'")
IS_PENDING = points_entry.c.state == literal_column("'pending'")

_MEMBER = select(
    member.c.brand_id,
    member.c.id,
    member.c.person_id,
    member.c.tier,
    member.c.home_place_id,
    member.c.entry,
    member.c.joined_at,
    member.c.points_pending,
    member.c.points_available,
).where(member.c.tier != TIER_ERASED)
_CONSENT = select(
    consent.c.brand_id,
    consent.c.id,
    consent.c.person_id,
    consent.c.purpose,
    consent.c.entry,
    consent.c.recipient,
    consent.c.wording,
    consent.c.given_at,
    consent.c.withdrawn_at,
)


_FACTS = KeyedQuery(
    {"brand_id": Text, "member_id": Text},
    lambda wanted: (
        select(
            member.c.brand_id,
            member.c.id,
            member.c.person_id,
            member.c.tier,
            member.c.home_place_id,
            member.c.points_pending,
            member.c.points_available,
        )
        .select_from(wanted.rows)
        .join(member, (member.c.brand_id == wanted.brand_id) & (member.c.id == wanted.member_id))
        .where(member.c.tier != TIER_ERASED)
    ),
)
# At most two rows for each purpose, however often it was given and withdrawn.
_PURPOSES = KeyedQuery(
    {"brand_id": Text, "person_id": Text},
    lambda wanted: (
        select(
            consent.c.brand_id,
            consent.c.person_id,
            consent.c.purpose,
            consent.c.withdrawn_at.is_(None).label("is_live"),
        )
        .distinct()
        .select_from(wanted.rows)
        .join(consent, (consent.c.brand_id == wanted.brand_id) & (consent.c.person_id == wanted.person_id))
    ),
)
_EARNED = KeyedQuery(
    {"brand_id": Text, "sale_id": Text},
    lambda wanted: (
        select(
            points_entry.c.brand_id,
            points_entry.c.sale_id,
            points_entry.c.line_no,
            points_entry.c.state,
            points_entry.c.matures_at,
            member.c.person_id,
        )
        .select_from(wanted.rows)
        .join(
            points_entry,
            (points_entry.c.brand_id == wanted.brand_id) & (points_entry.c.sale_id == wanted.sale_id),
        )
        .join(
            member, (member.c.brand_id == points_entry.c.brand_id) & (member.c.id == points_entry.c.member_id)
        )
        .where(IS_EARN)
    ),
)


def members_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], MemberFacts]:
    """The members of these (brand_id, member_id) with live consents; unknown and erased are left out."""
    found = _FACTS.rows(reader, wanted)
    if not found:
        return {}
    purposes: dict[tuple[str, str], set[str]] = defaultdict(set)
    withdrawn: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in _PURPOSES.rows(reader, {(row.brand_id, row.person_id) for row in found}):
        (purposes if row.is_live else withdrawn)[row.brand_id, row.person_id].add(row.purpose)
    return {
        (row.brand_id, row.id): MemberFacts(
            brand_id=row.brand_id,
            member_id=row.id,
            person_id=row.person_id,
            tier=row.tier,
            home_place_id=row.home_place_id,
            points_pending=row.points_pending,
            points_available=row.points_available,
            purposes=frozenset(purposes[row.brand_id, row.person_id]),
            is_served=SERVICE
            not in withdrawn[row.brand_id, row.person_id] - purposes[row.brand_id, row.person_id],
        )
        for row in found
    }


def earned_of(reader: Reader, sales: Collection[tuple[str, str]]) -> dict[tuple[str, str, int], Row[Any]]:
    """By (brand_id, sale_id, line_no), where a line's points stand and whose they are."""
    return {(row.brand_id, row.sale_id, row.line_no): row for row in _EARNED.rows(reader, sales)}


def member_of_person(reader: Reader, brand_id: str, person_id: str) -> Member | None:
    """The person's membership of this brand."""
    row = reader.first(_MEMBER.where(member.c.brand_id == brand_id, member.c.person_id == person_id))
    return None if row is None else Member(*tuple(row))


def members_of_brand(
    reader: Reader, brand_id: str, before: tuple[datetime, str] | None, limit: int
) -> list[Member]:
    """A brand's members, the newest first; those after (joined_at, id) of the last one seen."""
    m = member.c
    query = _MEMBER.where(m.brand_id == brand_id)
    if before is not None:
        at, member_id = before
        query = query.where(m.joined_at <= at, or_(m.joined_at < at, m.id < member_id))
    rows = reader.rows(query.order_by(m.joined_at.desc(), m.id.desc()).limit(limit))
    return [Member(*tuple(row)) for row in rows]


def memberships_of_person(reader: Reader, person_id: str) -> list[Member]:
    """All memberships, the oldest first."""
    query = _MEMBER.where(member.c.person_id == person_id).order_by(member.c.joined_at, member.c.brand_id)
    return [Member(*tuple(row)) for row in reader.rows(query)]


def points_of_member(
    reader: Reader, brand_id: str, member_id: str, before: tuple[datetime, str] | None, limit: int
) -> list[PointsEntry]:
    """What a member earned and gave back, the newest first; those after (at, id) of the last one seen."""
    e = points_entry.c
    query = select(
        e.id, e.sale_id, e.line_no, e.kind, e.state, e.points, e.reversed, e.matures_at, e.at
    ).where(e.brand_id == brand_id, e.member_id == member_id)
    if before is not None:
        at, entry_id = before
        query = query.where(e.at <= at, or_(e.at < at, e.id < entry_id))
    rows = reader.rows(query.order_by(e.at.desc(), e.id.desc()).limit(limit))
    return [PointsEntry(*tuple(row)) for row in rows]


def points_rule_of(reader: Reader, brand_id: str) -> PointsRule | None:
    """What the brand takes points for; None: it takes none."""
    r = points_rule.c
    row = reader.first(select(r.points, r.worth_minor, r.earns_on_points).where(r.brand_id == brand_id))
    return None if row is None else PointsRule(*tuple(row))


def points_earned_by(reader: Reader, brand_id: str, sale_ids: Collection[str]) -> dict[str, int]:
    """What sales earned, before any return; those that earned nothing are left out."""
    e = points_entry.c
    query = select(e.sale_id, func.sum(e.points).label("points"))
    query = query.where(e.brand_id == brand_id, e.sale_id.in_(sorted(sale_ids)), IS_EARN).group_by(e.sale_id)
    return {row.sale_id: int(row.points) for row in reader.rows(query)}


def follows_of_person(reader: Reader, person_id: str) -> list[Follow]:
    """The brands the person follows now, the oldest first."""
    f = follow.c
    query = (
        select(f.brand_id, f.person_id, f.entry, f.code_id, f.since, f.until)
        .where(f.person_id == person_id, f.until.is_(None))
        .order_by(f.since, f.brand_id)
    )
    return [Follow(*tuple(row)) for row in reader.rows(query)]


def consents_of_person(reader: Reader, person_id: str) -> list[ConsentReceipt]:
    """All receipts, withdrawn ones too, the oldest first."""
    query = _CONSENT.where(consent.c.person_id == person_id).order_by(consent.c.given_at, consent.c.id)
    return [ConsentReceipt(*tuple(row)) for row in reader.rows(query)]


def consents_by_id(reader: Reader, brand_id: str, consent_ids: Collection[str]) -> dict[str, ConsentReceipt]:
    """Receipts by their ids."""
    query = _CONSENT.where(consent.c.brand_id == brand_id, consent.c.id.in_(list(consent_ids)))
    return {row.id: ConsentReceipt(*tuple(row)) for row in reader.rows(query)}


def has_consent(reader: Reader, brand_id: str, person_id: str, purpose: str) -> bool:
    """Whether a live consent to this purpose exists now."""
    c = consent.c
    live = exists().where(
        c.brand_id == brand_id, c.person_id == person_id, c.purpose == purpose, c.withdrawn_at.is_(None)
    )
    return bool(reader.value(select(live)))


def export_person(reader: Reader, person_id: str) -> dict[str, Any]:
    """Everything this room keeps about a person, as plain JSON values; times in RFC 3339."""
    m, f, e = member.c, follow.c, points_entry.c
    points = reader.rows(
        select(e.brand_id, e.id, e.member_id, e.sale_id, e.line_no, e.kind, e.state, e.points)
        .add_columns(e.reversed, e.matures_at, e.at)
        .join(member, (m.brand_id == e.brand_id) & (m.id == e.member_id))
        .where(m.person_id == person_id)
        .order_by(e.at, e.id)
    )
    follows = reader.rows(
        select(f.brand_id, f.entry, f.code_id, f.since, f.until)
        .where(f.person_id == person_id)
        .order_by(f.since, f.brand_id)
    )
    return {
        "memberships": [_plain(asdict(each)) for each in memberships_of_person(reader, person_id)],
        "follows": [_plain(row._asdict()) for row in follows],
        "consents": [_plain(asdict(each)) for each in consents_of_person(reader, person_id)],
        "points": [_plain(row._asdict()) for row in points],
    }


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        str(name): format_utc(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }
