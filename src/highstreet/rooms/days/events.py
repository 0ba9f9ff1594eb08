"""What days announce."""

from dataclasses import dataclass

from highstreet.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterCounted(Event):
    """A drawer was counted, and its card terminal's slips, and the register's day closed. Over is above zero."""

    name = "days.register_counted.v1"
    register_id: str
    day: str
    currency: str
    counted_minor: int
    over_minor: int
    slips_over_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceClosed(Event):
    """A place's day was closed: nothing of it is unexplained."""

    name = "days.place_closed.v1"
    day: str
    currency: str
    over_minor: int
    slips_over_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReopened(Event):
    """Somebody opened a closed day of a register or a place again."""

    name = "days.day_reopened.v1"
    subject_id: str
    day: str
    staff_id: str
