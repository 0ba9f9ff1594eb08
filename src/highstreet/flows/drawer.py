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
from highstreet.flows.settle_sale import collector_at
from highstreet.kernel import idempotency
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import business_day, format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.channel import contracts_for
from highstreet.rooms.days import (
    DAY_AHEAD,
    DAY_CLOSED,
    OVERLAP,
    DayEntry,
    DrawerMove,
    RegisterCounted,
    add_entry,
    check_reason,
    counted,
    expected_minor,
    last_closed,
    moved_minor,
    moves_of_register,
    moves_spanned,
    next_no,
    open_day,
    record_move,
    take_turn,
)
from highstreet.rooms.ledger import AccountKey, Posting, post_transfers, signed_transfer
from highstreet.rooms.parties import RegisterFacts

MOVED, COUNTED = "drawer_move", "drawer_count"
SAFE, EXPENSES, OVER_SHORT = "safe", "expenses", "over_short"
"""The ledger's accounts on the other side of a drawer: cash kept elsewhere, costs paid in cash, and what a count found."""
_INSTANT = timedelta(microseconds=1)
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OpenDay:
    """The day that a register's business belongs to now; `day` after `today`: today's is counted already."""

    desk: RegisterDesk
    day: date
    today: date
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
    since = day_begins_at(today, zone) if last is None else last.at + _INSTANT
    spans = [
        found[register_id][0]
        for found in (
            lists.business_spanned(reader, brand_id, place_id, since, now + _INSTANT),
            moves_spanned(reader, brand_id, place_id, since, now + _INSTANT),
        )
        if register_id in found
    ]
    first = business_day(min(spans), zone, DAY_STARTS_HOUR) if spans else None
    closed_through = max((entry.day for entry in (last, of_place) if entry is not None), default=None)
    day = open_day(today, first, closed_through)
    return OpenDay(
        desk, day, today, last, tuple(moves_of_register(reader, brand_id, register_id, day.isoformat()))
    )


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


def move_cash(tx: Tx, command: MoveCash) -> dict[str, Any]:
    """Write it and post it; the same id again changes nothing.

    Errors: Refusal days.reason_unknown, days.day_closed, days.day_ahead, days.id_taken, sale.register_unknown,
    idempotency.mismatch.
    """
    check_reason(command.direction, command.reason)

    def work() -> dict[str, Any]:
        found = _turn_at(tx, command.brand_id, command.register_id, command.at)
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
        return move_told(move)

    key = f"{command.brand_id}:{command.move_id}"
    done: dict[str, Any] = idempotency.once(tx, MOVED, key, content_of(command), command.at, work)
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
    """What a person counted, as a sum or by pieces (face value in minor units: number). The register made `count_id`."""

    brand_id: str
    register_id: str
    count_id: str
    total_minor: int | None
    pieces: Mapping[str, int] | None
    note: str
    day: str | None
    by_id: str
    at: datetime


def count_drawer(tx: Tx, command: CountDrawer) -> dict[str, Any]:
    """Close a register's day by its count; over and short are posted. The same id again changes nothing.

    What should be in the drawer was never told. Errors: Refusal days.count_differs, days.day_closed, days.day_ahead,
    days.id_taken, sale.register_unknown, idempotency.mismatch.
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
            )
        )
        return count_told(entry)

    key = f"{command.brand_id}:{command.count_id}"
    done: dict[str, Any] = idempotency.once(tx, COUNTED, key, content_of(command), command.at, work)
    return done


def _entry(tx: Tx, command: CountDrawer, found: OpenDay, day: str, counted_minor: int) -> DayEntry:
    brand_id, register, last = command.brand_id, found.desk.register, found.last
    place_id, register_id = register.place_id, command.register_id

    def moved_since(since: datetime) -> int:
        cash = lists.cash_at_register(tx, brand_id, place_id, register_id, since)
        return cash + moved_minor(tx, brand_id, register_id, since)

    window = moved_since(
        day_begins_at(found.today, found.desk.time_zone) if last is None else last.at - OVERLAP
    )
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
        expected_minor=expected_minor(last, window),
        seen_minor=moved_since(command.at - OVERLAP),
        pieces=None if command.pieces is None else dict(command.pieces),
        note=command.note,
        by_id=command.by_id,
        at=command.at,
    )


def _post_over(tx: Tx, register: RegisterFacts, entry: DayEntry) -> None:
    holder = holder_of(tx, register, entry.at)
    cash = AccountKey(entry.brand_id, holder, "clearing_cash", entry.currency)
    over = AccountKey(entry.brand_id, holder, OVER_SHORT, entry.currency)
    if transfer := signed_transfer(cash, over, entry.over_minor, "over_short"):
        post_transfers(tx, [Posting(entry.brand_id, entry.id, entry.at, (transfer,))])


def count_told(entry: DayEntry) -> dict[str, Any]:
    """A count as its register is told it, once it is on disk."""
    return {
        "id": entry.id,
        "register_id": entry.subject_id,
        "day": entry.day,
        "currency": entry.currency,
        "counted_minor": entry.counted_minor,
        "over_minor": entry.over_minor,
        "at": format_utc(entry.at),
    }


def reopening_ref(entry: DayEntry) -> str:
    """What the ledger calls the taking back of what a count posted."""
    return stable_id("trf", entry.id, "reopened")
