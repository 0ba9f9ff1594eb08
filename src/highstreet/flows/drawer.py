"""The drawer of a register: cash in and out without a sale, and the blind count that ends its day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from highstreet.flows import lists
from highstreet.flows.errors import REGISTER_UNKNOWN
from highstreet.flows.office_day import DAY_STARTS_HOUR
from highstreet.flows.register_desk import RegisterDesk, register_desk
from highstreet.flows.share_sale import collector_at
from highstreet.flows.stand_at_register import note_clerk
from highstreet.kernel import idempotency
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import business_day, format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import contracts_for
from highstreet.rooms.days import (
    DAY_AHEAD,
    DAY_CLOSED,
    MOVES_FULL,
    OVERLAP,
    SLIPS_UNCOUNTED,
    DayEntry,
    DrawerMove,
    RegisterCounted,
    add_entry,
    check_reason,
    counted,
    expected_minor,
    first_day_of,
    last_closed,
    moved_minor,
    moves_of_register,
    moves_spanned,
    next_no,
    open_day,
    record_move,
    slips_expected_minor,
    take_turn,
)
from highstreet.rooms.ledger import AccountKey, Posting, post_transfers, signed_transfer
from highstreet.rooms.parties import RegisterFacts

MOVED, COUNTED = "drawer_move", "drawer_count"
SAFE, EXPENSES, OVER_SHORT, OVER_SHORT_SLIP = "safe", "expenses", "over_short", "over_short_slip"
"""The ledger's accounts on the other side of a drawer: cash kept elsewhere, costs paid in cash, and what a count found of
cash and of the slips of a card terminal."""
SLIP = "slip"
MOVES_A_DAY = 200
"""Each is read again by the next: more than any drawer sees in a day, and few enough to cost nobody else time."""
_INSTANT = timedelta(microseconds=1)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenDay:
    """The day that a register's business belongs to now; `day` after `today`: today's is counted already.

    `begun_at`: what comes from then on is of no count yet.
    """

    desk: RegisterDesk
    day: date
    today: date
    begun_at: datetime
    last: DayEntry | None
    moves: tuple[DrawerMove, ...]

    @property
    def is_counted(self) -> bool:
        """Whether the trading day of now is over for this drawer."""
        return self.day > self.today


def day_begins_at(day: date, zone: str) -> datetime:
    """When a trading day begins in this time zone."""
    return datetime.combine(day, time(DAY_STARTS_HOUR), ZoneInfo(zone))


def open_day_of(reader: Reader, brand_id: str, register_id: str, now: datetime) -> OpenDay:
    """Where a register's day stands. Errors: Refusal request.not_found."""
    desk = register_desk(reader, brand_id, register_id)
    place_id, zone = desk.register.place_id, desk.time_zone
    today = business_day(now, zone, DAY_STARTS_HOUR)
    last, of_place = last_closed(reader, brand_id, register_id), last_closed(reader, brand_id, place_id)
    begun_at = _books_begin(reader, desk, today) if last is None else last.at + _INSTANT
    spans = [
        found[register_id][0]
        for found in (
            lists.business_spanned(reader, brand_id, place_id, begun_at, now + _INSTANT),
            moves_spanned(reader, brand_id, place_id, begun_at, now + _INSTANT),
        )
        if register_id in found
    ]
    first = business_day(min(spans), zone, DAY_STARTS_HOUR) if spans else None
    closed_through = max((entry.day for entry in (last, of_place) if entry is not None), default=None)
    day = open_day(today, first, closed_through)
    return OpenDay(
        desk,
        day,
        today,
        begun_at,
        last,
        tuple(moves_of_register(reader, brand_id, register_id, day.isoformat())),
    )


def _books_begin(reader: Reader, desk: RegisterDesk, today: date) -> datetime:
    """When the first day began that anything was written about this drawer, be it counted or opened again."""
    register = desk.register
    first = first_day_of(reader, register.brand_id, register.place_id, register.register_id)
    day = today if first is None else min(today, date.fromisoformat(first))
    return day_begins_at(day, desk.time_zone)


def _check_day(wished: str | None, found: OpenDay) -> str:
    """The open day, if it is the one that was meant. Errors: Refusal days.day_closed, days.day_ahead."""
    day = found.day.isoformat()
    if wished is not None and wished != day:
        raise (DAY_CLOSED if wished < day else DAY_AHEAD)(day=wished)
    return day


def holder_of(reader: Reader, register: RegisterFacts, at: datetime) -> str:
    """Whose cash lies in this drawer."""
    place = (register.brand_id, register.operator_party_id, register.place_id)
    contract = contracts_for(reader, {place}, at).get(place)
    return collector_at(contract, register) if contract else register.operator_party_id


@dataclass(frozen=True, slots=True)
class MoveCash:
    """Put cash into a drawer ("in") or take it out ("out"). The register made `move_id`.

    `day`: the day that is meant, where the register knows one (it may have been offline).
    """

    brand_id: str
    register_id: str
    move_id: str
    direction: str
    reason: str
    note: str
    amount_minor: int
    day: str | None
    by_id: str
    at: datetime
    clerk_id: str | None = None


def move_cash(tx: Tx, command: MoveCash) -> dict[str, Any]:
    """Write it and post it; the same id again changes nothing.

    Errors: Refusal days.reason_unknown, days.day_closed, days.day_ahead, days.id_taken, days.moves_full,
    sale.register_unknown, idempotency.mismatch.
    """
    check_reason(command.direction, command.reason)

    def work() -> dict[str, Any]:
        found = _turn_at(tx, command.brand_id, command.register_id, command.at)
        if len(found.moves) >= MOVES_A_DAY:
            raise MOVES_FULL(limit=MOVES_A_DAY)
        register = found.desk.register
        move = DrawerMove(
            brand_id=command.brand_id,
            id=command.move_id,
            place_id=register.place_id,
            register_id=command.register_id,
            day=_check_day(command.day, found),
            direction=command.direction,
            reason=command.reason,
            note=command.note,
            currency=register.currency,
            amount_minor=command.amount_minor,
            at=command.at,
            by_id=command.by_id,
        )
        record_move(tx, move)
        _post_move(tx, register, move)
        note_clerk(tx, (move.brand_id, move.id), move.register_id, command.clerk_id, move.at)
        return move_told(move)

    key = f"{command.brand_id}:{command.move_id}"
    done: dict[str, Any] = idempotency.once(
        tx, MOVED, key, content_of(replace(command, clerk_id=None)), command.at, work
    )
    return done


def content_of(command: Any) -> Any:
    """What was asked, without when and by which key: asked again later it is the same."""
    return replace(command, at=_ANY_TIME, by_id="")


def move_told(move: DrawerMove) -> dict[str, Any]:
    """A move as its register is told it."""
    return {
        "id": move.id,
        "day": move.day,
        "direction": move.direction,
        "reason": move.reason,
        "note": move.note,
        "currency": move.currency,
        "amount_minor": move.amount_minor,
        "at": format_utc(move.at),
    }


def _turn_at(tx: Tx, brand_id: str, register_id: str, at: datetime) -> OpenDay:
    desk = register_desk(tx, brand_id, register_id)
    if not desk.register.is_active:
        raise REGISTER_UNKNOWN()
    take_turn(tx, brand_id, desk.register.place_id)
    return open_day_of(tx, brand_id, register_id, at)


def _post_move(tx: Tx, register: RegisterFacts, move: DrawerMove) -> None:
    holder, currency = holder_of(tx, register, move.at), move.currency
    cash = AccountKey(move.brand_id, holder, "clearing_cash", currency)
    other = AccountKey(move.brand_id, holder, EXPENSES if move.reason == "expense" else SAFE, currency)
    transfer = signed_transfer(cash, other, move.signed_minor, f"cash_{move.direction}")
    assert transfer is not None  # a move is of something: a CHECK of its table
    post_transfers(tx, [Posting(move.brand_id, move.id, move.at, (transfer,))])


@dataclass(frozen=True, slots=True)
class CountDrawer:
    """What a person counted, as a sum or by pieces (face value in minor units: number). The register made `count_id`.

    `slips_minor`: what the card terminal shows by its own total since the last one, less what it gave back.
    """

    brand_id: str
    register_id: str
    count_id: str
    total_minor: int | None
    pieces: Mapping[str, int] | None
    note: str
    day: str | None
    by_id: str
    at: datetime
    clerk_id: str | None = None
    slips_minor: int | None = None


def count_drawer(tx: Tx, command: CountDrawer) -> dict[str, Any]:
    """Close a register's day by its count; over and short are posted. The same id again changes nothing.

    What should be there was never told. Errors: Refusal days.count_differs, days.slips_uncounted, days.day_closed,
    days.day_ahead, days.id_taken, sale.register_unknown, idempotency.mismatch.
    """
    counted_minor = counted(command.total_minor, command.pieces)

    def work() -> dict[str, Any]:
        found = _turn_at(tx, command.brand_id, command.register_id, command.at)
        day = _check_day(command.day, found)
        if found.is_counted:
            raise DAY_AHEAD(day=day)
        entry = _entry(tx, command, found, day, counted_minor)
        add_entry(tx, entry)
        _post_over(tx, found.desk.register, entry)
        note_clerk(tx, (entry.brand_id, entry.id), command.register_id, command.clerk_id, entry.at)
        tx.announce(
            RegisterCounted(
                at=entry.at,
                brand_id=entry.brand_id,
                place_id=entry.place_id,
                register_id=entry.subject_id,
                day=day,
                currency=entry.currency,
                counted_minor=counted_minor,
                over_minor=entry.over_minor,
                slips_over_minor=entry.slips_over_minor,
            )
        )
        return count_told(entry)

    key = f"{command.brand_id}:{command.count_id}"
    done: dict[str, Any] = idempotency.once(
        tx, COUNTED, key, content_of(replace(command, clerk_id=None)), command.at, work
    )
    return done


def _entry(tx: Tx, command: CountDrawer, found: OpenDay, day: str, counted_minor: int) -> DayEntry:
    brand_id, register, last = command.brand_id, found.desk.register, found.last
    place_id, register_id = register.place_id, command.register_id

    def moved_since(since: datetime) -> int:
        cash, _ = lists.taken_at_register(tx, brand_id, place_id, register_id, "cash", since)
        return cash + moved_minor(tx, brand_id, register_id, since)

    def slips_since(since: datetime) -> int:
        return lists.taken_at_register(tx, brand_id, place_id, register_id, SLIP, since)[0]

    window_at = found.begun_at if last is None else last.at - OVERLAP
    slips_expected = slips_expected_minor(last, slips_since(window_at))
    if command.slips_minor is None and (slips_expected or has_slips(tx, found)):
        raise SLIPS_UNCOUNTED()
    return DayEntry(
        brand_id=brand_id,
        subject_id=register_id,
        day=day,
        no=next_no(tx, brand_id, register_id, day),
        id=command.count_id,
        place_id=place_id,
        kind="closed",
        currency=register.currency,
        counted_minor=counted_minor,
        expected_minor=expected_minor(last, moved_since(window_at)),
        seen_minor=moved_since(command.at - OVERLAP),
        slips_counted_minor=command.slips_minor,
        slips_expected_minor=slips_expected,
        slips_seen_minor=slips_since(command.at - OVERLAP),
        pieces=None if command.pieces is None else dict(command.pieces),
        note=command.note,
        by_id=command.by_id,
        at=command.at,
    )


def has_slips(reader: Reader, found: OpenDay) -> bool:
    """Whether slips of a card terminal were taken or given back since the last count."""
    register = found.desk.register
    where = (register.brand_id, register.place_id, register.register_id)
    return lists.taken_at_register(reader, *where, SLIP, found.begun_at)[1] > 0


def _post_over(tx: Tx, register: RegisterFacts, entry: DayEntry) -> None:
    holder = holder_of(tx, register, entry.at)

    def account(kind: str) -> AccountKey:
        return AccountKey(entry.brand_id, holder, kind, entry.currency)

    found = (
        signed_transfer(account("clearing_cash"), account(OVER_SHORT), entry.over_minor, "over_short"),
        signed_transfer(
            account(f"clearing_{SLIP}"), account(OVER_SHORT_SLIP), entry.slips_over_minor, "over_short"
        ),
    )
    if transfers := tuple(one for one in found if one is not None):
        post_transfers(tx, [Posting(entry.brand_id, entry.id, entry.at, transfers)])


def count_told(entry: DayEntry) -> dict[str, Any]:
    """A count as its register is told it, once it is on disk."""
    return {
        "id": entry.id,
        "register_id": entry.subject_id,
        "day": entry.day,
        "currency": entry.currency,
        "counted_minor": entry.counted_minor,
        "over_minor": entry.over_minor,
        "slips_counted_minor": entry.slips_counted_minor,
        "slips_over_minor": None if entry.slips_counted_minor is None else entry.slips_over_minor,
        "at": format_utc(entry.at),
    }


def reopening_ref(entry: DayEntry) -> str:
    """What the ledger calls the taking back of what a count posted."""
    return stable_id("trf", entry.id, "reopened")
