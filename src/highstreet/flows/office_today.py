"""The office's first page: the day so far beside other days, places and registers as they are, what needs a person."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from highstreet.flows import lists
from highstreet.flows.lists import ListedRegister, LowStock
from highstreet.flows.office_day import day_start, newest_events
from highstreet.kernel.outbox import StoredEvent
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import register_keys_of_brand
from highstreet.rooms.parties import PlaceOfBusiness, places_of_brand
from highstreet.rooms.places import Site, hours_of, sites_for
from highstreet.rooms.sales import HourTotal, RegisterTotal, totals_by_hour, totals_by_register
from highstreet.rooms.tenders import RailTotal, Tender, captured_by_rail, transfers_owed, waits_at_place

FRESH = timedelta(minutes=30)
"""A register that sold within this is selling."""
SILENT = timedelta(hours=1)
"""A register at a place open for this long should have been heard of."""
WAITS = timedelta(minutes=2)
"""A payment in doubt for longer needs a person; a refund, after `REFUND_WAITS`."""
REFUND_WAITS = timedelta(minutes=10)
SHOWN_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """Paid sales of a time, in minor units. `returned_minor`: of these sales, by now."""

    sales: int = 0
    member_sales: int = 0
    total_minor: int = 0
    discount_minor: int = 0
    returned_minor: int = 0

    @property
    def average_minor(self) -> int:
        """Of a sale; 0 without sales."""
        return self.total_minor // self.sales if self.sales else 0

    @property
    def member_bp(self) -> int:
        """Sales to members, in basis points of all."""
        return self.member_sales * 10_000 // self.sales if self.sales else 0


@dataclass(frozen=True, slots=True)
class RegisterNow:
    """A register as it is. State: selling, ready, silent, resting (its place is closed), unpaired, off."""

    register: ListedRegister
    heard_at: datetime | None
    state: str
    sales: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """An active place as it is, with its registers and what they took today."""

    place: PlaceOfBusiness
    site: Site | None
    is_open: bool | None
    registers: tuple[RegisterNow, ...]
    sales: int
    total_minor: int

    @property
    def heard_at(self) -> datetime | None:
        """When one of its registers was heard of last."""
        return max((r.heard_at for r in self.registers if r.heard_at), default=None)

    @property
    def state(self) -> str:
        """The most telling one of its registers': silent, selling, ready, resting, unpaired, off; none without any."""
        states = {register.state for register in self.registers}
        for state in ("silent", "selling", "ready", "resting", "unpaired", "off"):
            if state in states:
                return state
        return "none"


@dataclass(frozen=True, slots=True)
class Attention:
    """What a person should look at."""

    payments: tuple[Tender, ...]
    refunds: tuple[Tender, ...]
    silent: tuple[tuple[PlaceNow, RegisterNow], ...]
    low_stock: tuple[LowStock, ...]

    def __len__(self) -> int:
        return len(self.payments) + len(self.refunds) + len(self.silent) + len(self.low_stock)


@dataclass(frozen=True, slots=True)
class OfficeToday:
    """A brand's trading day until now; `yesterday` and `last_week` until the same time of their days."""

    since: datetime
    now: datetime
    today: Figures
    yesterday: Figures
    last_week: Figures
    hours: tuple[tuple[datetime, int, int], ...]
    """Each hour of the day until it ends: its beginning, what was taken, and what was a week before."""
    rails: tuple[RailTotal, ...]
    touches: int
    follows: int
    places: tuple[PlaceNow, ...]
    attention: Attention
    events: tuple[StoredEvent, ...]


def office_today(
    reader: Reader, brand_id: str, zone: str, now: datetime, names: Collection[str]
) -> OfficeToday:
    """The trading day that `now` is in; its newest events of `names`."""
    since = day_start(now, zone)
    after = now + timedelta(hours=1)  # what is paid while we read belongs to today
    today = totals_by_hour(reader, brand_id, since, after)
    week_now = days_before(now, zone, 7)
    week_since = day_start(week_now, zone)
    last_week = totals_by_hour(reader, brand_id, week_since, week_now)
    week_whole = totals_by_hour(reader, brand_id, week_since, week_since + timedelta(days=1))
    before = days_before(now, zone, 1)
    yesterday = totals_by_hour(reader, brand_id, day_start(before, zone), before)
    places = _places(reader, brand_id, now, totals_by_register(reader, brand_id, since))
    touches, follows = lists.loop_since(reader, brand_id, since)
    return OfficeToday(
        since=since,
        now=now,
        today=_figures(today),
        yesterday=_figures(yesterday),
        last_week=_figures(last_week),
        hours=_curve(since, today, week_since, week_whole),
        rails=tuple(captured_by_rail(reader, brand_id, since)),
        touches=touches,
        follows=follows,
        places=places,
        attention=_attention(reader, brand_id, now, places),
        events=tuple(newest_events(reader, brand_id, names, 12)),
    )


def days_before(at: datetime, zone: str, days: int) -> datetime:
    """The same time by the clock on the wall, so many days before."""
    wall = at.astimezone(ZoneInfo(zone))
    return (wall - timedelta(days=days)).astimezone(UTC)


def _figures(hours: Iterable[HourTotal]) -> Figures:
    found = list(hours)
    return Figures(
        sales=sum(h.sales for h in found),
        member_sales=sum(h.member_sales for h in found),
        total_minor=sum(h.total_minor for h in found),
        discount_minor=sum(h.discount_minor for h in found),
        returned_minor=sum(h.returned_minor for h in found),
    )


def _curve(
    since: datetime, today: Sequence[HourTotal], week_since: datetime, week: Sequence[HourTotal]
) -> tuple[tuple[datetime, int, int], ...]:
    taken = {(h.hour - since) // timedelta(hours=1): h.total_minor for h in today}
    before = {(h.hour - week_since) // timedelta(hours=1): h.total_minor for h in week}
    return tuple((since + timedelta(hours=n), taken.get(n, 0), before.get(n, 0)) for n in range(24))


def _places(
    reader: Reader, brand_id: str, now: datetime, totals: Sequence[RegisterTotal]
) -> tuple[PlaceNow, ...]:
    by_register = {t.register_id: t for t in totals}
    by_place: dict[str, tuple[int, int]] = {}
    for t in totals:
        sales, total = by_place.get(t.place_id, (0, 0))
        by_place[t.place_id] = (sales + t.sales, total + t.total_minor)
    registers: dict[str, list[ListedRegister]] = {}
    for register in lists.registers_listed(reader, brand_id, now - timedelta(days=30)):
        registers.setdefault(register.place_id, []).append(register)
    keyed: dict[str, datetime | None] = {}
    for key in register_keys_of_brand(reader, brand_id):
        if key.revoked_at is None:
            keyed[key.register_id] = max(
                filter(None, (keyed.get(key.register_id), key.seen_at)), default=None
            )
    places = [p for p in places_of_brand(reader, brand_id) if p.is_active]
    sites = sites_for(reader, {(brand_id, p.id) for p in places})
    found = []
    for place in places:
        site = sites.get((brand_id, place.id))
        hours = hours_of(site.opening_hours, site.time_zone, site.country, site.point) if site else None
        is_open, was_open = (hours.at(now)[0], hours.at(now - SILENT)[0]) if hours else (None, None)
        here = tuple(
            _register(r, keyed, now, (is_open, was_open), by_register.get(r.register_id))
            for r in registers.get(place.id, ())
        )
        found.append(PlaceNow(place, site, is_open, here, *by_place.get(place.id, (0, 0))))
    return tuple(sorted(found, key=lambda p: (-p.total_minor, p.place.name_en)))


def _register(
    register: ListedRegister,
    keyed: dict[str, datetime | None],
    now: datetime,
    is_and_was_open: tuple[bool | None, bool | None],
    total: RegisterTotal | None,
) -> RegisterNow:
    sold_at, id_ = register.last_sale_at, register.register_id
    heard_at = max(filter(None, (sold_at, keyed.get(id_))), default=None)
    if not register.is_active:
        state = "off"
    elif id_ not in keyed:
        state = "unpaired"
    elif sold_at is not None and now - sold_at < FRESH:
        state = "selling"
    elif heard_at is not None and now - heard_at < SILENT:
        state = "ready"
    elif is_and_was_open == (True, True) and heard_at is not None:
        state = "silent"
    else:
        state = "ready" if is_and_was_open[0] else "resting"
    return RegisterNow(
        register, heard_at, state, total.sales if total else 0, total.total_minor if total else 0
    )


def _attention(reader: Reader, brand_id: str, now: datetime, places: Sequence[PlaceNow]) -> Attention:
    still_open = lists.open_tenders_of_brand(reader, brand_id, SHOWN_AT_MOST)
    # Whoever sent a transfer has done what a person can: the rest is the bank's.
    sent = {one.tender.id for one in transfers_owed(reader, brand_id) if one.sent is not None}
    return Attention(
        # A bank transfer takes days; what the statement cannot settle is unknown.
        payments=tuple(
            t
            for t in still_open
            if t.direction == "in"
            and now - t.created_at > WAITS
            and (t.state, t.rail) != ("pending", "transfer")
        ),
        refunds=tuple(
            t
            for t in still_open
            if t.direction == "out"
            and t.id not in sent
            # What a person is to hand out waits for one from the first moment on.
            and (t.state == "failed" or waits_at_place(t) or now - t.created_at > REFUND_WAITS)
        ),
        silent=tuple((p, r) for p in places for r in p.registers if r.state == "silent"),
        low_stock=tuple(lists.low_stock_of_sellers(reader, brand_id)),
    )
