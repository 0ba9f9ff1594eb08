"""Time: exact microseconds, RFC 3339 both ways, and the trading day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.time import (
    MovableClock,
    SystemClock,
    business_day,
    format_utc,
    from_micros,
    parse_utc,
    to_micros,
    utc_now,
)

NAIVE = datetime(2026, 11, 3, 8)  # noqa: DTZ001
NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
# A day from each end, so that an offset does not push a time out of the years 1 to 9999.
aware_times = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def test_micros_exact_values():
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert to_micros(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert to_micros(datetime(2026, 11, 3, 8, 0, 0, 1, tzinfo=UTC)) == 1_793_692_800_000_001
    assert from_micros(1_793_692_800_000_001) == datetime(2026, 11, 3, 8, 0, 0, 1, tzinfo=UTC)


@given(aware_times)
def test_micros_and_text_round_trip(at):
    assert from_micros(to_micros(at)) == at
    assert from_micros(to_micros(at)).tzinfo is UTC
    assert parse_utc(format_utc(at)) == at
    assert parse_utc(at.isoformat()) == at
    assert format_utc(at).endswith("Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-03T08:00:00Z", "2026-11-03T08:00:00Z"),
        ("2026-11-03t16:00:00.5+08:00", "2026-11-03T08:00:00.500000Z"),
        ("2026-11-03 00:00:00.000001-08:00", "2026-11-03T08:00:00.000001Z"),
        ("2026-11-03T08:00:00.123456789z", "2026-11-03T08:00:00.123456Z"),
        ("2024-02-29T23:59:59-00:00", "2024-02-29T23:59:59Z"),
    ],
)
def test_parse_and_format(text, expected):
    assert format_utc(parse_utc(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-03T08:00:00",
        "2026-11-03",
        "2026-11-03T08:00Z",
        "20261103T080000Z",
        "2026-02-29T08:00:00Z",
        "2026-11-03T24:00:00Z",
        "2026-11-03T23:59:60Z",
        "2026-11-03T08:00:00+8:00",
        "2026-11-03T08:00:00+24:00",
        "2026-11-03T08:00:00Z\n",
        "２026-11-03T08:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "",
    ],
)
def test_parse_refuses(text):
    with pytest.raises(ValueError):  # noqa: PT011
        parse_utc(text)


@pytest.mark.parametrize("use", [to_micros, format_utc, MovableClock, MovableClock(NOON).set])
def test_naive_times_are_errors(use):
    with pytest.raises(ValueError, match="without a time zone"):
        use(NAIVE)
    with pytest.raises(ValueError, match="without a time zone"):
        business_day(NAIVE, "UTC")


@pytest.mark.parametrize(
    ("text", "zone", "starts_hour", "expected"),
    [
        ("2026-11-02T19:59:59.999999Z", "Asia/Shanghai", 4, date(2026, 11, 2)),
        ("2026-11-02T20:00:00Z", "Asia/Shanghai", 4, date(2026, 11, 3)),
        ("2026-11-02T16:00:00Z", "Asia/Shanghai", 0, date(2026, 11, 3)),
        ("2026-12-31T19:00:00Z", "Asia/Shanghai", 4, date(2026, 12, 31)),
        # The clock goes back from 04:00 to 03:00 in Helsinki: the day starts at the second 04:00.
        ("2026-10-25T01:59:59Z", "Europe/Helsinki", 4, date(2026, 10, 24)),
        ("2026-10-25T02:00:00Z", "Europe/Helsinki", 4, date(2026, 10, 25)),
        # It goes forward from 03:00 to 04:00: the day starts as that happens.
        ("2026-03-29T00:59:59Z", "Europe/Helsinki", 4, date(2026, 3, 28)),
        ("2026-03-29T01:00:00Z", "Europe/Helsinki", 4, date(2026, 3, 29)),
    ],
)
def test_business_day(text, zone, starts_hour, expected):
    assert business_day(parse_utc(text), zone, starts_hour) == expected


@pytest.mark.parametrize(
    ("zone", "hour"), [("Mars/Olympus", 4), ("../etc/passwd", 4), ("", 4), ("UTC", 24), ("UTC", -1)]
)
def test_business_day_refuses(zone, hour):
    with pytest.raises(ValueError):  # noqa: PT011
        business_day(NOON, zone, hour)


def test_clocks():
    before = utc_now()
    assert before <= SystemClock().now() <= utc_now()
    assert SystemClock().now().tzinfo is UTC
    clock = MovableClock(NOON)
    assert clock.now() == clock.now() == NOON
    assert clock.advance(timedelta(seconds=30)) == clock.now() == NOON + timedelta(seconds=30)
    clock.set(NOON - timedelta(days=1))
    assert clock.now() == NOON - timedelta(days=1)
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(timedelta(microseconds=-1))
