"""The day as the head office sees it come in: sales, registers, rails, what is still open, what just happened."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from highstreet.flows import lists
from highstreet.flows.lists import ListedRegister
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.tables import outbox
from highstreet.kernel.time import business_day
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import RegisterKeyRecord, register_keys_of_brand, staff_of_brand
from highstreet.rooms.loop import FunnelRow, codes_of_brand, funnel
from highstreet.rooms.parties import Brand, brand_by_id
from highstreet.rooms.sales import RegisterTotal, totals_by_register
from highstreet.rooms.tenders import RailTotal, Tender, captured_by_rail

DAY_STARTS_HOUR = 4
LAST_SALE_WITHIN = timedelta(days=30)
OPEN_TENDERS_SHOWN = 50
EVENTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class NamedTotal:
    """What one register took, with its name and its place's."""

    total: RegisterTotal
    register: ListedRegister | None


@dataclass(frozen=True, slots=True)
class OfficeDay:
    """A brand's trading day so far. Amounts in the brand's currency, minor units."""

    since: datetime
    time_zone: str
    currency: str
    sales: int
    total_minor: int
    returned_minor: int
    by_register: tuple[NamedTotal, ...]
    by_rail: tuple[RailTotal, ...]
    open_tenders: tuple[Tender, ...]
    events: tuple[StoredEvent, ...]


def office_day(reader: Reader, brand_id: str, now: datetime, names: Collection[str]) -> OfficeDay:
    """The trading day that `now` is in, where most of the brand's places are; its newest events of `names`."""
    zone = lists.usual_time_zone(reader, brand_id)
    since = day_start(now, zone)
    totals = totals_by_register(reader, brand_id, since)
    registers = {r.register_id: r for r in lists.registers_listed(reader, brand_id, since)}
    return OfficeDay(
        since=since,
        time_zone=zone,
        currency=_brand(reader, brand_id).currency,
        sales=sum(t.sales for t in totals),
        total_minor=sum(t.total_minor for t in totals),
        returned_minor=sum(t.returned_minor for t in totals),
        by_register=tuple(NamedTotal(t, registers.get(t.register_id or "")) for t in totals),
        by_rail=tuple(captured_by_rail(reader, brand_id, since)),
        open_tenders=tuple(lists.open_tenders_of_brand(reader, brand_id, OPEN_TENDERS_SHOWN)),
        events=tuple(newest_events(reader, brand_id, names, EVENTS_SHOWN)),
    )


def day_start(now: datetime, zone: str) -> datetime:
    """When the trading day of `now` began in this time zone, in UTC."""
    day = business_day(now, zone, DAY_STARTS_HOUR)
    return datetime.combine(day, time(DAY_STARTS_HOUR), ZoneInfo(zone)).astimezone(UTC)


def newest_events(reader: Reader, brand_id: str, names: Collection[str], limit: int) -> list[StoredEvent]:
    """A brand's latest events of these names, newest first."""
    o = outbox.c
    query = select(outbox).where(o.brand_id == brand_id, o.name.in_(sorted(names)))
    return [
        StoredEvent(r.seq, r.name, r.brand_id, r.place_id, r.person_id, r.at, r.body)
        for r in reader.rows(query.order_by(o.seq.desc()).limit(limit))
    ]


@dataclass(frozen=True, slots=True)
class RegisterState:
    """A register, its newest sale of the last 30 days, and its keys."""

    register: ListedRegister
    keys: tuple[RegisterKeyRecord, ...]


def register_states(reader: Reader, brand_id: str, now: datetime) -> list[RegisterState]:
    """Every register of a brand."""
    keys: dict[str, list[RegisterKeyRecord]] = {}
    for key in register_keys_of_brand(reader, brand_id):
        keys.setdefault(key.register_id, []).append(key)
    return [
        RegisterState(register, tuple(keys.get(register.register_id, ())))
        for register in lists.registers_listed(reader, brand_id, now - LAST_SALE_WITHIN)
    ]


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What one code brought: from touches over follows to money. `staff_name`: whose an assistant's code is."""

    row: FunnelRow
    follows: int
    place_id: str | None
    staff_id: str | None
    staff_name: str | None


def code_results(
    reader: Reader, brand_id: str, since: datetime, until: datetime
) -> tuple[str, list[CodeResult]]:
    """The brand's currency, and each of its codes by campaign and slug."""
    follows = lists.follows_by_code(reader, brand_id, since, until)
    rows = funnel(reader, brand_id, since, until)
    currency = _brand(reader, brand_id).currency
    codes = {code.code_id: code for code in codes_of_brand(reader, brand_id)}
    names = {staff.id: staff.name for staff in staff_of_brand(reader, brand_id)}
    return currency, [
        CodeResult(
            row, follows.get(row.code_id, 0), code.place_id, code.staff_id, names.get(code.staff_id or "")
        )
        for row in rows
        for code in (codes[row.code_id],)
    ]


def _brand(reader: Reader, brand_id: str) -> Brand:
    brand = brand_by_id(reader, brand_id)
    assert brand is not None  # staff and registers hang on it by foreign keys
    return brand
