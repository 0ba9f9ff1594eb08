"""Reads of the room `loop`."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Subquery, Text, bindparam, func, select, union_all

from highstreet.kernel.keys import KeyedQuery, Wanted
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Reader
from highstreet.rooms.loop.model import AT_PLACE, Code, Credit, FunnelRow, LastTouch, LinkedTouch
from highstreet.rooms.loop.tables import code, credit, touch

_CODE = select(
    code.c.brand_id,
    code.c.id,
    code.c.slug,
    code.c.kind,
    code.c.campaign,
    code.c.label_en,
    code.c.label_zh,
    code.c.place_id,
    code.c.staff_id,
    code.c.offer_id,
    code.c.lat,
    code.c.lon,
)


def code_by_slug(reader: Reader, slug: str) -> Code | None:
    """The code with this slug, of whichever brand."""
    row = reader.first(_CODE.where(code.c.slug == slug))
    return None if row is None else Code(*tuple(row))


def codes_of_brand(reader: Reader, brand_id: str) -> list[Code]:
    """A brand's codes by slug."""
    query = _CODE.where(code.c.brand_id == brand_id).order_by(code.c.slug)
    return [Code(*tuple(row)) for row in reader.rows(query)]


def _last_touches(wanted: Wanted) -> Select[Any]:
    """For each wanted pair one step into ix_touch_brand_id_person_id_at, however many touches there are."""
    earlier = touch.alias("earlier")
    newest = (
        select(earlier.c.id)
        .where(earlier.c.brand_id == wanted.brand_id, earlier.c.person_id == wanted.person_id)
        .where(earlier.c.at >= bindparam("since", type_=Instant))
        .order_by(earlier.c.at.desc(), earlier.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            touch.c.brand_id,
            touch.c.person_id,
            touch.c.id,
            touch.c.code_id,
            code.c.campaign,
            touch.c.at,
            code.c.place_id,
        )
        .select_from(wanted.rows)
        .join(touch, (touch.c.brand_id == wanted.brand_id) & (touch.c.id == newest))
        .join(code, (code.c.brand_id == touch.c.brand_id) & (code.c.id == touch.c.code_id))
    )


LAST_TOUCHES = KeyedQuery({"brand_id": Text, "person_id": Text}, _last_touches)


def last_touches(
    reader: Reader, wanted: Collection[tuple[str, str]], since: datetime
) -> dict[tuple[str, str], LastTouch]:
    """The latest touch, not before `since`, of each (brand_id, person_id) that has one (`model.last_touch`)."""
    return {
        (row.brand_id, row.person_id): LastTouch(row.id, row.code_id, row.campaign, row.at, row.place_id)
        for row in LAST_TOUCHES.rows(reader, wanted, since=since)
    }


_CREDITED = KeyedQuery(
    {"brand_id": Text, "sale_id": Text},
    lambda wanted: (
        select(credit.c.brand_id, credit.c.sale_id, credit.c.code_id, credit.c.currency, code.c.campaign)
        .select_from(wanted.rows)
        .join(credit, (credit.c.brand_id == wanted.brand_id) & (credit.c.sale_id == wanted.sale_id))
        .join(code, (code.c.brand_id == credit.c.brand_id) & (code.c.id == credit.c.code_id))
    ),
)


def credits_of(reader: Reader, sales: Collection[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    """Code, campaign and currency of the credit of those (brand_id, sale_id) that have one, in key order."""
    rows = _CREDITED.rows(reader, sales)
    found = {(row.brand_id, row.sale_id): row for row in rows}
    return dict(sorted(found.items()))


_CAMPAIGNS = KeyedQuery(
    {"brand_id": Text, "code_id": Text},
    lambda wanted: (
        select(code.c.brand_id, code.c.id, code.c.campaign)
        .select_from(wanted.rows)
        .join(code, (code.c.brand_id == wanted.brand_id) & (code.c.id == wanted.code_id))
    ),
)


def campaigns_of(reader: Reader, codes: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The campaigns of those (brand_id, code_id) that exist."""
    return {(row.brand_id, row.id): row.campaign for row in _CAMPAIGNS.rows(reader, codes)}


def touches_of_person(reader: Reader, brand_id: str, person_id: str) -> list[LinkedTouch]:
    """The touches linked to a person, the oldest first (what a person may see and export)."""
    t = touch.c
    query = (
        select(t.brand_id, t.id, t.code_id, t.device_id, t.at)
        .where(t.brand_id == brand_id, t.person_id == person_id)
        .order_by(t.at, t.id)
    )
    return [LinkedTouch(*tuple(row)) for row in reader.rows(query)]


def _touched(brand_id: str, since: datetime, until: datetime) -> Subquery:
    """Touches and devices by code."""
    t = touch.c
    return (
        select(t.code_id, func.count().label("touches"), func.count(t.device_id.distinct()).label("devices"))
        .where(t.brand_id == brand_id, t.at >= since, t.at < until)
        .group_by(t.code_id)
        .subquery()
    )


def _visited(brand_id: str, since: datetime, until: datetime) -> Subquery:
    """By code, the devices that were at a place after they had met it.

    Who was at a place is looked for first: most devices never were, and are not looked at again.
    """
    t, k, c = touch.c, code.c, credit.c
    is_in_time = (t.brand_id == brand_id) & (t.at >= since) & (t.at < until)
    hanging = select(k.id).where(k.brand_id == brand_id, k.kind.in_(AT_PLACE))
    at_place = select(t.device_id, t.at).where(is_in_time, t.code_id.in_(hanging))
    bought = (
        select(t.device_id, c.at)
        .join(touch, (t.brand_id == c.brand_id) & (t.id == c.touch_id))
        .where(c.brand_id == brand_id, c.at >= since, c.at < until)
    )
    there = union_all(at_place, bought).subquery()
    came = (
        select(there.c.device_id, func.max(there.c.at).label("last_at"))
        .group_by(there.c.device_id)
        .subquery()
    )
    return (
        select(t.code_id, func.count(t.device_id.distinct()).label("visits"))
        .join(came, came.c.device_id == t.device_id)
        .where(is_in_time, t.at <= came.c.last_at)
        .group_by(t.code_id)
        .subquery()
    )


def funnel(reader: Reader, brand_id: str, since: datetime, until: datetime) -> list[FunnelRow]:
    """Every code of a brand with its touches, visits and credited sales, each counted at its own instant.

    From `since` up to, not including, `until`; by campaign, then slug. A brand has one currency.
    """
    c = credit.c
    touched, visited = _touched(brand_id, since, until), _visited(brand_id, since, until)
    credited = (
        select(
            c.code_id,
            func.count().label("sales"),
            func.sum(c.amount_minor).label("amount_minor"),
            func.sum(c.returned_minor).label("returned_minor"),
        )
        .where(c.brand_id == brand_id, c.at >= since, c.at < until)
        .group_by(c.code_id)
        .subquery()
    )
    counts = (
        touched.c.touches,
        touched.c.devices,
        visited.c.visits,
        credited.c.sales,
        credited.c.amount_minor,
        credited.c.returned_minor,
    )
    k = code.c
    rows = reader.rows(
        select(k.id, k.slug, k.kind, k.campaign, k.label_en, k.label_zh, *counts)
        .outerjoin(touched, touched.c.code_id == k.id)
        .outerjoin(visited, visited.c.code_id == k.id)
        .outerjoin(credited, credited.c.code_id == k.id)
        .where(k.brand_id == brand_id)
        .order_by(k.campaign, k.slug)
    )
    # PostgreSQL sums bigint as numeric.
    return [FunnelRow(*tuple(row)[:6], *(int(count or 0) for count in tuple(row)[6:])) for row in rows]


def credits_for(reader: Reader, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Credit]:
    """The credit of sales by (brand, sale); sales without credit are missing."""
    t = credit.c
    query = select(credit).where(
        t.brand_id.in_({key[0] for key in wanted}), t.sale_id.in_({key[1] for key in wanted})
    )
    return {
        (row.brand_id, row.sale_id): Credit(
            brand_id=row.brand_id,
            sale_id=row.sale_id,
            code_id=row.code_id,
            touch_id=row.touch_id,
            rule=row.rule,
            currency=row.currency,
            amount_minor=row.amount_minor,
            returned_minor=row.returned_minor,
            at=row.at,
        )
        for row in reader.rows(query)
    }
