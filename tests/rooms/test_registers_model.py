"""How a journal's entries hold on to each other, and how a device's clock is made ours."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from highstreet.rooms.registers import Entry, Journal, hash_of, our_time
from highstreet.rooms.registers.model import clock_findings, entry_findings, step_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIMES = st.integers(1, 83_000).map(lambda days: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days, 7 * days))
SHIFTS = st.timedeltas(timedelta(days=-400), timedelta(days=400))
BODIES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def journal(**changes: Any) -> Journal:
    fields: dict[str, Any] = {
        "brand_id": "b",
        "id": "j",
        "register_id": "r",
        "place_id": "p",
        "opened_at": NOW,
        "acknowledged_seq": 0,
        "tail_hash": "",
        "last_device_at": None,
        "last_at": None,
        "sent_at": None,
        "heard_at": NOW,
        "closed_at": None,
    }
    return Journal(**{**fields, **changes})


def chain(bodies: list[Any]) -> list[Entry]:
    """Entries as a device writes them."""
    made: list[Entry] = []
    for seq, body in enumerate(bodies, start=1):
        sent = {
            "seq": seq,
            "at": NOW.isoformat(),
            "prev_hash": made[-1].hash if made else "",
            "kind": "note",
            "body": {"b": body},
        }
        made.append(Entry(seq, NOW, str(sent["prev_hash"]), "note", sent, hash_of(sent)))
    return made


@given(BODIES)
def test_the_hash_is_that_of_sorted_json_whatever_order_it_came_in(body: Any) -> None:
    entry = {"seq": 1, "body": {"z": body, "a": 1}}
    other = {"body": {"a": 1, "z": body}, "seq": 1}
    text = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hash_of(entry) == hash_of(other) == hashlib.sha256(text.encode()).hexdigest()


@given(st.lists(st.integers(), min_size=1, max_size=6), st.data())
def test_only_the_next_of_the_chain_is_taken(bodies: list[int], data: st.DataObject) -> None:
    entries = chain(bodies)
    taken = data.draw(st.integers(0, len(entries)))
    head = journal(acknowledged_seq=taken, tail_hash=entries[taken - 1].hash if taken else "")
    for entry in entries:
        wanted = "known" if entry.seq <= taken else "next" if entry.seq == taken + 1 else "gap"
        assert step_of(head, entry) == wanted
    if taken < len(entries):
        following = entries[taken]
        loose = Entry(following.seq, NOW, "0" * 64, "note", following.sent, following.hash)
        assert step_of(head, loose) == "forked"


@given(st.lists(st.tuples(TIMES, SHIFTS), min_size=1, max_size=8))
def test_times_are_never_in_the_future_and_never_before_their_predecessor(
    steps: list[tuple[datetime, timedelta]],
) -> None:
    last: datetime | None = None
    for device_at, offset in steps:
        at = our_time(device_at, offset, NOW, last)
        assert at <= NOW
        assert last is None or at >= last
        ours = device_at + offset
        if ours <= NOW and (last is None or last <= ours):
            assert at == ours
        last = at


def test_what_a_sending_says_about_the_clock() -> None:
    minute = timedelta(minutes=1)
    assert clock_findings(journal(), NOW + 2 * minute, NOW) == []
    assert clock_findings(journal(), NOW - 3 * minute, NOW) == [("clock_off", {"off_s": -180})]
    heard = journal(sent_at=NOW, heard_at=NOW)
    later = NOW + timedelta(hours=1)
    assert clock_findings(heard, later + minute, later) == []
    assert clock_findings(heard, later + timedelta(hours=2), later) == [
        ("clock_off", {"off_s": 7200}),
        ("clock_jump", {"jump_s": 7200}),
    ]


def test_what_an_entrys_own_time_says() -> None:
    second = timedelta(seconds=1)
    before = journal(last_device_at=NOW)
    assert entry_findings(before, NOW, NOW) == []
    assert entry_findings(before, NOW - second, NOW) == [("clock_back", {"back_s": 1})]
    assert entry_findings(before, NOW + timedelta(minutes=2), NOW) == []
    assert entry_findings(before, NOW + timedelta(minutes=3), NOW) == [("clock_ahead", {"ahead_s": 180})]
