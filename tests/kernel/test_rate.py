"""Rates: a sliding window for each asker."""

import pytest
import time_machine

from highstreet.kernel.errors import Refusal
from highstreet.kernel.rate import RateLimit, asker_of


def test_a_window_slides() -> None:
    with time_machine.travel(1_000_000_000, tick=False) as now:
        limit = RateLimit(2, 60)
        limit.check("a")
        limit.check("a")
        limit.check("b")
        with pytest.raises(Refusal) as refused:
            limit.check("a")
        assert refused.value.code == "rate.limited"
        wait_s = refused.value.facts["retry_after_s"]
        assert isinstance(wait_s, int)
        assert 1 <= wait_s <= 60
        now.shift(120)
        limit.check("a")


def test_none_is_no_limit() -> None:
    limit = RateLimit(0, 60)
    for _ in range(1000):
        limit.check("a")


@pytest.mark.parametrize(
    ("address", "asker"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("", "unknown"),
        (None, "unknown"),
        ("testclient", "unknown"),
    ],
)
def test_who_is_counted(address: str | None, asker: str) -> None:
    assert asker_of(address) == asker


def test_what_went_wrong_is_counted_afterwards() -> None:
    limit = RateLimit(2, 60)
    for _ in range(5):
        limit.check_only("a")
    for _ in range(2):
        limit.check_only("a")
        limit.count("a")
    with pytest.raises(Refusal) as refused:
        limit.check_only("a")
    assert refused.value.code == "rate.limited"
    limit.count("a")
    limit.check_only("b")
