"""A place's day: what keeps it open, how it is closed, and how a closed day is opened again with a trace."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from highstreet.flows import lists
from highstreet.flows.differences import Difference, unexplained
from highstreet.flows.drawer import content_of, day_begins_at, reopening_ref
from highstreet.flows.office_day import DAY_STARTS_HOUR
from highstreet.kernel import idempotency
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.time import business_day, format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.days import (
    DAY_AHEAD,
    DAY_CLOSED,
    NOT_CLEAR,
    NOT_REOPENABLE,
    Carried,
    DayEntry,
    DayReopened,
    PlaceClosed,
    add_entry,
    closed_days,
    first_day_of,
    last_closed,
    moves_spanned,
    newest_by_subject,
    next_no,
    take_turn,
    trail_of_place,
)
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers, transfers_of
from highstreet.rooms.parties import (
    PlaceOfBusiness,
    RegisterRecord,
    brand_by_id,
    place_by_id,
    registers_of_places,
)
from highstreet.rooms.places import zone_of
from highstreet.rooms.registers import clerks_of
from highstreet.rooms.tenders import BILLED_RAILS, Tender

CLOSED = "place_day"
_FIRST = "2000-01-01"


@dataclass(frozen=True, slots=True)
class Blockers:
    """What keeps a day open: drawers that nobody counted, payments nobody can say anything of, differences."""

    registers: tuple[RegisterRecord, ...]
    tenders: tuple[Tender, ...]
    differences: tuple[Difference, ...]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.registers) + len(self.tenders) + len(self.differences)

    def words(self) -> str:
        """Each by its kind and what it is known by, for a refusal."""
        said = [f"register_open {one.name}" for one in self.registers]
        said += [f"tender_{one.state} {one.id}" for one in self.tenders]
        said += [f"{one.kind} {one.provider} {one.our_ref or one.day}" for one in self.differences]
        return "; ".join(said[:20])


@dataclass(frozen=True, slots=True)
class RegisterOfDay:
    """A register on one day: its count, or None; `has_business` since its last count."""

    register: RegisterRecord
    count: DayEntry | None
    has_business: bool


@dataclass(frozen=True, slots=True)
class PlaceDay:
    """A place on one of its days; `closed` by its newest entry, None while it is open. Amounts are of cash.

    `carried`: money that was asked for or is owed since that day or before, and keeps nothing open. `rails`: what was
    paid and given back there between the day's two hours. `clerks`: who was signed in, by the entry of the trail.
    """

    place: PlaceOfBusiness
    currency: str
    time_zone: str
    day: str
    today: str
    closed: DayEntry | None
    is_last: bool
    registers: tuple[RegisterOfDay, ...]
    blockers: Blockers
    carried: tuple[Tender, ...]
    trail: tuple[DayEntry, ...]
    rails: tuple[lists.RailOfDay, ...]
    clerks: dict[str, str]

    @property
    def is_closable(self) -> bool:
        """Whether nothing stands against closing it."""
        return self.closed is None and self.day <= self.today and self.blockers.count == 0


def place_day(reader: Reader, brand_id: str, place_id: str, day: date | None, now: datetime) -> PlaceDay:
    """A day of a place, by default the oldest one that is open. Errors: Refusal request.not_found."""
    place, brand = place_by_id(reader, brand_id, place_id), brand_by_id(reader, brand_id)
    if place is None or brand is None:
        raise REQUEST_NOT_FOUND()
    zone = zone_of(reader, brand_id, place_id)
    last = last_closed(reader, brand_id, place_id)
    today = business_day(now, zone, DAY_STARTS_HOUR)
    if day is None:
        day = today if last is None else min(today, date.fromisoformat(last.day) + timedelta(days=1))
    on = day.isoformat()
    own = registers_of_places(reader, brand_id, [place_id])
    closed = closed_days(reader, brand_id, place_id, on)
    counts = {entry.subject_id: entry for entry in closed if entry.day == on}
    uncounted = _uncounted(reader, place, own, last, day, zone)
    # What a later day's closing covered is closed, too.
    is_over = last is not None and last.day >= on
    until = day_begins_at(day + timedelta(days=1), zone)
    waiting = lists.open_tenders_of_place(reader, brand_id, place_id, until)
    blockers = Blockers((), (), ()) if is_over else _blockers(reader, place, uncounted, waiting, until)
    trail = trail_of_place(reader, brand_id, place_id, on)
    stood = clerks_of(reader, brand_id, {entry.id for entry in (*trail, *counts.values())})
    return PlaceDay(
        place=place,
        currency=brand.currency,
        time_zone=zone,
        day=on,
        today=today.isoformat(),
        closed=counts.get(place_id) or (last if is_over else None),
        is_last=last is not None and last.day == on,
        registers=tuple(RegisterOfDay(r, counts.get(r.id), r in uncounted) for r in own),
        blockers=blockers,
        carried=tuple(one for one in waiting if one.rail not in BILLED_RAILS),
        trail=tuple(trail),
        rails=tuple(lists.rails_of_place(reader, brand_id, place_id, day_begins_at(day, zone), until)),
        clerks={entry_id: act.staff_id for entry_id, act in stood.items()},
    )


def _uncounted(
    reader: Reader,
    place: PlaceOfBusiness,
    own: list[RegisterRecord],
    last: DayEntry | None,
    day: date,
    zone: str,
) -> tuple[RegisterRecord, ...]:
    """Registers with business up to the end of this day that no count of theirs covers."""
    first = first_day_of(reader, place.brand_id, place.id) if last is None else None
    if last is not None:
        begins = day_begins_at(date.fromisoformat(last.day) + timedelta(days=1), zone)
    else:
        begins = day_begins_at(min(day, date.fromisoformat(first)) if first else day, zone)
    since = begins if last is None else min(last.at, begins)
    until = day_begins_at(day + timedelta(days=1), zone)
    counts = newest_by_subject(reader, place.brand_id, [register.id for register in own])
    newest: dict[str, datetime] = {}
    for spans in (
        lists.business_spanned(reader, place.brand_id, place.id, since, until),
        moves_spanned(reader, place.brand_id, place.id, since, until),
    ):
        for register_id, (_, at) in spans.items():
            newest[register_id] = max(at, newest.get(register_id, at))
    return tuple(
        register
        for register in own
        if register.id in newest
        and (
            (count := counts.get(register.id)) is None
            or (count.day < day.isoformat() and count.at < newest[register.id])
        )
    )


def _blockers(
    reader: Reader,
    place: PlaceOfBusiness,
    uncounted: tuple[RegisterRecord, ...],
    waiting: Sequence[Tender],
    until: datetime,
) -> Blockers:
    return Blockers(
        registers=uncounted,
        # A bank transfer takes days, and cash that is owed waits for its owner: neither is in doubt. They are carried.
        tenders=tuple(t for t in waiting if t.rail in BILLED_RAILS),
        differences=tuple(unexplained(reader, place.brand_id, place.id, until)),
    )


def carried_of(tenders: Iterable[Tender]) -> list[Carried]:
    """What is under way, summed by rail and direction."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for one in tenders:
        sums.setdefault((one.rail, one.direction, one.currency), []).append(one.amount_minor)
    return [Carried(*key, len(amounts), sum(amounts)) for key, amounts in sorted(sums.items())]


@dataclass(frozen=True, slots=True)
class CloseDay:
    """Close a place's day, and every one before it that is still open. Whoever asks made `entry_id`."""

    brand_id: str
    place_id: str
    day: date
    entry_id: str
    note: str
    by_id: str
    at: datetime


def close_day(tx: Tx, command: CloseDay) -> dict[str, Any]:
    """Errors: Refusal days.not_clear (count, blockers), days.day_closed, days.day_ahead, request.not_found."""

    def work() -> dict[str, Any]:
        brand_id, place_id, day = command.brand_id, command.place_id, command.day.isoformat()
        if place_by_id(tx, brand_id, place_id) is None:
            raise REQUEST_NOT_FOUND()
        take_turn(tx, brand_id, place_id)
        found = place_day(tx, brand_id, place_id, command.day, command.at)
        if found.closed is not None:
            raise DAY_CLOSED(day=day)
        if day > found.today:
            raise DAY_AHEAD(day=day)
        if found.blockers.count:
            raise NOT_CLEAR(count=found.blockers.count, blockers=found.blockers.words())
        entry = _closing(tx, command, found)
        add_entry(tx, entry)
        tx.announce(
            PlaceClosed(
                at=command.at,
                brand_id=brand_id,
                place_id=place_id,
                day=day,
                currency=entry.currency,
                over_minor=entry.over_minor,
                slips_over_minor=entry.slips_over_minor,
            )
        )
        return entry_told(entry)

    key = f"{command.brand_id}:{command.entry_id}"
    done: dict[str, Any] = idempotency.once(tx, CLOSED, key, content_of(command), command.at, work)
    return done


def _closing(tx: Tx, command: CloseDay, found: PlaceDay) -> DayEntry:
    """The place's entry: the sums of the counts that it covers."""
    last = last_closed(tx, command.brand_id, command.place_id)
    first = _FIRST if last is None else (date.fromisoformat(last.day) + timedelta(days=1)).isoformat()
    counts = [
        entry
        for entry in closed_days(tx, command.brand_id, command.place_id, first)
        if entry.subject_id != command.place_id and entry.day <= found.day
    ]
    slips = [entry.slips_counted_minor for entry in counts if entry.slips_counted_minor is not None]
    return DayEntry(
        brand_id=command.brand_id,
        subject_id=command.place_id,
        day=found.day,
        no=next_no(tx, command.brand_id, command.place_id, found.day),
        id=command.entry_id,
        place_id=command.place_id,
        kind="closed",
        currency=found.currency,
        counted_minor=sum(entry.counted_minor for entry in counts),
        expected_minor=sum(entry.expected_minor for entry in counts),
        seen_minor=0,
        slips_counted_minor=sum(slips) if slips else None,
        slips_expected_minor=sum(entry.slips_expected_minor for entry in counts),
        carried=[asdict(one) for one in carried_of(found.carried)],
        pieces=None,
        note=command.note,
        by_id=command.by_id,
        at=command.at,
    )


@dataclass(frozen=True, slots=True)
class ReopenDay:
    """Open the newest closed day of a place, or of one of its registers, again. `note`: why."""

    brand_id: str
    place_id: str
    subject_id: str
    day: date
    entry_id: str
    note: str
    by_id: str
    at: datetime


def reopen_day(tx: Tx, command: ReopenDay) -> dict[str, Any]:
    """What a register's count posted is taken back; nothing is removed.

    Errors: Refusal days.not_reopenable, request.not_found.
    """

    def work() -> dict[str, Any]:
        brand_id, day = command.brand_id, command.day.isoformat()
        if place_by_id(tx, brand_id, command.place_id) is None:
            raise REQUEST_NOT_FOUND()
        take_turn(tx, brand_id, command.place_id)
        closed = last_closed(tx, brand_id, command.subject_id)
        of_place = last_closed(tx, brand_id, command.place_id)
        if closed is None or closed.day != day or closed.place_id != command.place_id:
            raise NOT_REOPENABLE(day=day)
        if command.subject_id != command.place_id and of_place is not None and of_place.day >= day:
            raise NOT_REOPENABLE(day=day)
        entry = replace(
            closed,
            no=next_no(tx, brand_id, command.subject_id, day),
            id=command.entry_id,
            kind="reopened",
            counted_minor=0,
            expected_minor=0,
            seen_minor=0,
            slips_counted_minor=None,
            slips_expected_minor=0,
            slips_seen_minor=0,
            carried=None,
            pieces=None,
            note=command.note,
            by_id=command.by_id,
            at=command.at,
        )
        add_entry(tx, entry)
        _take_back(tx, closed, command.at)
        tx.announce(
            DayReopened(
                at=command.at,
                brand_id=brand_id,
                place_id=command.place_id,
                subject_id=command.subject_id,
                day=day,
                staff_id=command.by_id,
            )
        )
        return entry_told(entry)

    key = f"{command.brand_id}:{command.entry_id}"
    done: dict[str, Any] = idempotency.once(tx, CLOSED, key, content_of(command), command.at, work)
    return done


def _take_back(tx: Tx, closed: DayEntry, at: datetime) -> None:
    """The opposite of what the count posted, between the same accounts."""

    def account(owner_id: str, kind: str, counterparty_id: str) -> AccountKey:
        return AccountKey(closed.brand_id, owner_id, kind, closed.currency, counterparty_id)

    moves = tuple(
        Transfer(
            account(one.credit_owner_id, one.credit_kind, one.credit_counterparty_id),
            account(one.debit_owner_id, one.debit_kind, one.debit_counterparty_id),
            one.amount_minor,
            "over_short_back",
        )
        for one in transfers_of(tx, closed.brand_id, [closed.id])
    )
    if moves:
        post_transfers(tx, [Posting(closed.brand_id, reopening_ref(closed), at, moves)])


def entry_told(entry: DayEntry) -> dict[str, Any]:
    """An entry as an answer."""
    return {
        "id": entry.id,
        "subject_id": entry.subject_id,
        "day": entry.day,
        "kind": entry.kind,
        "currency": entry.currency,
        "counted_minor": entry.counted_minor,
        "over_minor": entry.over_minor,
        "slips_counted_minor": entry.slips_counted_minor,
        "slips_over_minor": None if entry.slips_counted_minor is None else entry.slips_over_minor,
        "carried": entry.carried or [],
        "by_id": entry.by_id,
        "note": entry.note,
        "at": format_utc(entry.at),
    }
