"""Opening hours: past midnight, holidays, clock changes, time zones, and what nobody knows."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours, State

from highstreet.kernel.errors import Refusal
from highstreet.kernel.geo import Point
from highstreet.rooms.places import hours_of, is_open, next_change, week

HELSINKI = Point(60.1699, 24.9384)
SHANGHAI = Point(31.2304, 121.4737)


def open_in_helsinki(hours: str | None, at: datetime) -> bool | None:
    return is_open(hours, "Europe/Helsinki", "FI", HELSINKI, at)


def local(*when: int, zone: str = "Europe/Helsinki", fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ((2026, 11, 20, 21, 59), False),
        ((2026, 11, 20, 22, 0), True),
        ((2026, 11, 20, 23, 59), True),
        ((2026, 11, 21, 1, 59), True),
        ((2026, 11, 21, 2, 0), False),
        ((2026, 11, 21, 22, 30), False),
    ],
)
def test_past_midnight(when: tuple[int, ...], expected: bool) -> None:
    """A Friday's bar is open on Saturday until two, and not on Saturday night."""
    assert open_in_helsinki("Fr 22:00-02:00", local(*when)) is expected


@pytest.mark.parametrize(
    ("country", "zone", "when", "expected"),
    [
        ("FI", "Europe/Helsinki", (2026, 12, 6, 12), False),
        ("FI", "Europe/Helsinki", (2026, 12, 7, 12), True),
        ("SE", "Europe/Stockholm", (2026, 12, 6, 12), True),
        ("CN", "Asia/Shanghai", (2026, 10, 1, 12), False),
        ("CN", "Asia/Shanghai", (2026, 11, 20, 12), True),
        ("FI", "Europe/Helsinki", (2026, 10, 1, 12), True),
        ("IN", "Asia/Kolkata", (2026, 1, 26, 12), True),
    ],
)
def test_holidays_of_the_country(country: str, zone: str, when: tuple[int, ...], expected: bool) -> None:
    """Finland's and China's national days; a country whose holidays nobody wrote down has none."""
    hours = "Mo-Su 10:00-20:00; PH off"
    assert is_open(hours, zone, country, HELSINKI, local(*when, zone=zone)) is expected


def test_the_same_instant_in_two_time_zones() -> None:
    """13:00Z is 15:00 in Helsinki and 21:00 in Shanghai."""
    at = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
    hours = "Mo-Fr 10:00-20:00"
    assert is_open(hours, "Europe/Helsinki", "FI", HELSINKI, at) is True
    assert is_open(hours, "Asia/Shanghai", "CN", SHANGHAI, at) is False
    assert next_change(hours, "Europe/Helsinki", "FI", HELSINKI, at) == datetime(2026, 11, 20, 18, tzinfo=UTC)
    assert next_change(hours, "Asia/Shanghai", "CN", SHANGHAI, at) == datetime(2026, 11, 23, 2, tzinfo=UTC)


def test_clocks_go_forward_and_back() -> None:
    """The night of 29 March 2026 lacks 03:00 to 04:00, that of 25 October has it twice."""
    night = "Sa 22:00-05:00"
    spring = [local(2026, 3, 28, 23).astimezone(UTC) + timedelta(hours=n) for n in range(7)]
    assert [open_in_helsinki(night, at) for at in spring] == [True] * 5 + [False] * 2
    autumn = [local(2026, 10, 24, 23).astimezone(UTC) + timedelta(hours=n) for n in range(9)]
    assert [open_in_helsinki(night, at) for at in autumn] == [True] * 7 + [False] * 2
    # An early market keeps its wall-clock hour: 07:00 is 05:00Z in winter, 04:00Z in summer.
    market = "Mo-Su 07:00-09:00"
    assert open_in_helsinki(market, datetime(2026, 3, 28, 5, 0, tzinfo=UTC)) is True
    assert open_in_helsinki(market, datetime(2026, 3, 28, 4, 0, tzinfo=UTC)) is False
    assert open_in_helsinki(market, datetime(2026, 3, 29, 4, 0, tzinfo=UTC)) is True


def test_unknown_is_not_closed() -> None:
    """No text, or a text that says unknown, is None; a sign on the door that says closed is False."""
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert open_in_helsinki(None, at) is None
    assert next_change(None, "Europe/Helsinki", "FI", HELSINKI, at) is None
    assert week(None, "Europe/Helsinki", "FI", HELSINKI, date(2026, 11, 16)) is None
    assert open_in_helsinki("Mo-Fr 09:00-18:00 unknown", at) is None
    assert open_in_helsinki("24/7 off", at) is False
    assert open_in_helsinki("24/7", at) is True
    assert next_change("24/7", "Europe/Helsinki", "FI", HELSINKI, at) is None


def test_the_sun_stands_over_the_place() -> None:
    """16:00Z in midsummer: light in Helsinki, dark in Shanghai."""
    at = datetime(2026, 6, 21, 16, tzinfo=UTC)
    assert is_open("sunrise-sunset", "Europe/Helsinki", "FI", HELSINKI, at) is True
    assert is_open("sunrise-sunset", "Asia/Shanghai", "CN", SHANGHAI, at) is False


@pytest.mark.parametrize(
    ("hours", "zone", "code"),
    [
        ("open late", "Europe/Helsinki", "places.hours_malformed"),
        ("", "Europe/Helsinki", "places.hours_malformed"),
        ("Mo-Fr 25:99", "Europe/Helsinki", "places.hours_malformed"),
        ("24/7", "Europe/Atlantis", "places.time_zone_unknown"),
        ("24/7", "", "places.time_zone_unknown"),
        ("24/7", "../../etc/passwd", "places.time_zone_unknown"),
        ("24/7", "Europe", "places.time_zone_unknown"),
    ],
)
def test_malformed(hours: str, zone: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        hours_of(hours, zone, "FI", HELSINKI)
    assert (refused.value.code, refused.value.status) == (code, 422)


def test_naive_times_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        open_in_helsinki("Mo-Fr 09:09-18:00", datetime(2026, 11, 20, 12))  # noqa: DTZ001
    with pytest.raises((ValueError, TypeError)):
        open_in_helsinki("Mo-Fr 09:09-18:00", datetime(2026, 11, 20, 12))  # noqa: DTZ001


def shown(hours: str, first_day: date) -> list[list[str]]:
    days = week(hours, "Europe/Helsinki", "FI", HELSINKI, first_day)
    assert days is not None
    assert [day.day for day in days] == [first_day + timedelta(days=n) for n in range(7)]
    return [
        [f"{s.opens_at:%H:%M}-{s.closes_at:%H:%M}{'' if s.is_sure else '?'}" for s in d.spans] for d in days
    ]


def test_week_for_display() -> None:
    """Past midnight stands on its first day (Sunday's too); always open is cut by days; holidays are empty."""
    monday = date(2026, 11, 30)
    assert shown("Mo-Fr 09:00-12:00,13:00-18:00; Fr 22:00-02:00; Su 10:00-15:00; PH off", monday) == [
        *[["09:00-12:00", "13:00-18:00"]] * 4,
        ["22:00-02:00"],
        [],
        [],  # 6 December, a holiday
    ]
    assert shown("Su 22:00-02:00", date(2026, 11, 23)) == [*[[]] * 6, ["22:00-02:00"]]
    assert shown("24/7", monday) == [["00:00-00:00"]] * 7
    assert shown("Mo 10:00-11:00 unknown", monday)[0] == ["10:00-11:00?"]


TEXTS = [
    "Mo-Fr 09:00-20:00; Sa 10:00-18:00",
    "Mo-Su 22:00-04:30; PH off",
    "Sa,Su 02:00-03:30",
    "24/7",
    "Mar-Oct Mo-Su 10:00-21:00; Nov-Feb off",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(TEXTS),
    st.lists(
        st.one_of(
            st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
            st.datetimes(datetime(2026, 10, 24, 20), datetime(2026, 10, 25, 6)),  # noqa: DTZ001
            st.datetimes(datetime(2026, 3, 28, 20), datetime(2026, 3, 29, 6)),  # noqa: DTZ001
        ),
        min_size=1,
        max_size=8,
    ),
)
def test_what_is_remembered_is_what_would_be_found(text: str, times: list[datetime]) -> None:
    """Remembering an interval never gives another answer than asking the rules, in any order of questions."""
    zone = ZoneInfo("Europe/Helsinki")
    rules = OpeningHours(text, timezone=zone, country="FI", auto_country=False, auto_timezone=False)
    for naive in times:
        at = naive.replace(tzinfo=UTC)
        asked = at.astimezone(zone)
        assert open_in_helsinki(text, at) is (rules.state(asked)[0] is State.OPEN)
        changes_at = rules.next_change(asked)
        found = next_change(text, "Europe/Helsinki", "FI", HELSINKI, at)
        assert found == (changes_at.astimezone(UTC) if changes_at else None)
