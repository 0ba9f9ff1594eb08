"""The member code cannot be forged or kept; points by line reverse exactly."""

import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id, stable_id
from highstreet.rooms.members import (
    PURPOSES,
    code_head,
    code_keys,
    member_code,
    points_for,
    read_member_code,
    reverse_points,
)

SECRET = b"a secret of thirty-two bytes....."
STEP = timedelta(seconds=30)
AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
BRAND, MEMBER = stable_id("brd", "nordlys"), new_id("mbr")


def refused(text: str, at: datetime = AT, secret: bytes = SECRET) -> tuple[str, int]:
    with pytest.raises(Refusal) as refusal:
        read_member_code(secret, text, at)
    return refusal.value.code, refusal.value.status


def test_a_code_is_compact_capitals_and_digits() -> None:
    code = member_code(SECRET, BRAND, MEMBER, AT)
    assert len(code) == 71
    assert code.startswith("HM1")
    assert code.isascii()
    assert code.isalnum()
    assert code == code.upper()


@given(st.integers(0, 2_000_000_000), st.integers(0, 4))
def test_a_code_is_good_for_its_step_and_two_more(second: int, steps_later: int) -> None:
    at = AT + timedelta(seconds=second)
    member_id = new_id("mbr")
    code = member_code(SECRET, BRAND, member_id, at)
    if steps_later <= 2:
        assert read_member_code(SECRET, code, at + steps_later * STEP) == (BRAND, member_id)
    else:
        assert refused(code, at + steps_later * STEP) == ("members.code_stale", 409)


def test_the_last_and_first_instants_of_a_code() -> None:
    code = member_code(SECRET, BRAND, MEMBER, AT)
    assert read_member_code(SECRET, code, AT + 3 * STEP - timedelta(microseconds=1)) == (BRAND, MEMBER)
    assert refused(code, AT + 3 * STEP) == ("members.code_stale", 409)
    # A phone's clock may be half a minute fast.
    assert read_member_code(SECRET, code, AT - STEP) == (BRAND, MEMBER)
    assert refused(code, AT - STEP - timedelta(microseconds=1)) == ("members.code_stale", 409)
    assert member_code(SECRET, BRAND, MEMBER, AT + STEP) != code


@pytest.mark.parametrize("steps", [1023, 1024, 1025, 1026, 2048, -1024])
def test_a_code_does_not_come_back_when_its_low_bits_do(steps: int) -> None:
    assert refused(member_code(SECRET, BRAND, MEMBER, AT), AT + steps * STEP) == ("members.code_stale", 409)


def test_every_changed_character_is_refused() -> None:
    code = member_code(SECRET, BRAND, MEMBER, AT)
    for index in range(len(code)):
        for other in "0Z":
            if code[index] != other:
                forged = code[:index] + other + code[index + 1 :]
                assert refused(forged) in {("members.code_stale", 409), ("members.code_malformed", 422)}


def test_another_secret_or_another_members_mac_is_refused() -> None:
    code = member_code(SECRET, BRAND, MEMBER, AT)
    rival = member_code(SECRET, BRAND, new_id("mbr"), AT)
    assert refused(code, secret=b"another") == ("members.code_stale", 409)
    assert refused(rival[:-14] + code[-14:]) == ("members.code_stale", 409)
    swapped = code[:3] + code[29:55] + code[3:29] + code[55:]
    assert refused(swapped) == ("members.code_stale", 409)


@pytest.mark.parametrize("change", ["", "short", "lower", "prefix", "long", "letter", "newline", "version"])
def test_what_is_no_code_is_malformed(change: str) -> None:
    code = member_code(SECRET, BRAND, MEMBER, AT)
    text = {
        "": "",
        "short": code[:-1],
        "lower": code.lower(),
        "prefix": "HM2" + code[3:],
        "long": code + "0",
        "letter": code[:-1] + "U",
        "newline": code + "\n",
        "version": "HM1" + "Z" * 26 + code[29:],
    }[change]
    assert refused(text) == ("members.code_malformed", 422)


@given(st.text(max_size=90))
def test_no_text_breaks_the_reader(text: str) -> None:
    assert refused(text) == ("members.code_malformed", 422)


@pytest.mark.parametrize(
    ("net_minor", "currency", "per_major", "points"),
    [
        (0, "EUR", 1, 0),
        (99, "EUR", 1, 0),
        (100, "EUR", 1, 1),
        (4990, "EUR", 1, 49),
        (4990, "EUR", 2, 98),
        (4990, "JPY", 1, 4990),
        (4990, "KWD", 1, 4),
        (4990, "EUR", 0, 0),
    ],
)
def test_points_for_a_line(net_minor: int, currency: str, per_major: int, points: int) -> None:
    assert points_for(net_minor, currency, per_major) == points


def test_no_points_for_a_negative_net() -> None:
    with pytest.raises(ValueError, match="earns no points"):
        points_for(-1, "EUR")


@st.composite
def partitions(draw: st.DrawFn) -> tuple[int, list[int]]:
    parts = draw(st.lists(st.integers(0, 7), min_size=1, max_size=8).filter(any))
    return draw(st.integers(0, 10_000)), parts


@given(partitions())
def test_returning_the_whole_line_in_any_parts_reverses_exactly_what_it_earned(
    case: tuple[int, list[int]],
) -> None:
    earned, parts = case
    quantity = sum(parts)
    back = [reverse_points(earned, quantity, sum(parts[:n]), parts[n]) for n in range(len(parts))]
    assert sum(back) == earned
    assert all(points >= 0 for points in back)


@pytest.mark.parametrize("case", [(5, 2, 1, 2), (5, 0, 0, 0), (5, 2, -1, 1), (5, 2, 0, -1), (-1, 2, 0, 1)])
def test_more_than_was_sold_cannot_be_reversed(case: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        reverse_points(*case)


def test_the_purposes() -> None:
    assert set(PURPOSES) == {"service", "offers", "measurement", "insights"}


def test_a_phone_makes_the_same_codes_from_its_keys_alone() -> None:
    """As the shopper's page does it, without a network: this week and the next."""
    keys = dict(code_keys(SECRET, BRAND, MEMBER, AT))
    assert len(keys) == 2
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    for later in (timedelta(0), timedelta(days=3), timedelta(days=7), timedelta(days=8)):
        at = AT + later
        step = int(at.timestamp()) // 30
        key = keys.get(step // (7 * 24 * 120))
        if key is None:
            assert later > timedelta(days=7)
            continue
        bits = int.from_bytes(hmac.digest(key, str(step).encode(), "sha256")[:9], "big")
        pairs = [step & 1023, *(bits >> 10 * n & 1023 for n in range(7))]
        code = code_head(BRAND, MEMBER) + "".join(alphabet[p >> 5] + alphabet[p & 31] for p in pairs)
        assert code == member_code(SECRET, BRAND, MEMBER, at)
    assert set(keys) & set(dict(code_keys(SECRET, BRAND, MEMBER, AT + timedelta(days=14)))) == set()
    assert code_keys(SECRET, BRAND, new_id("mbr"), AT) != code_keys(SECRET, BRAND, MEMBER, AT)
