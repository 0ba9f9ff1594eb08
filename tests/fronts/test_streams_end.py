"""Streams of registers, dealers and the office end with the right to them, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from highstreet.kernel.ids import stable_id
from highstreet.rooms.parties import PlaceRow, PutPlaces, put_places
from tests.fronts.office_town import Town, town  # noqa: F401

REGISTER = "/register/v1/stream"
STAFF_SESSION = timedelta(hours=12)


@contextmanager
def listening(town: Town, who: str, path: str, after: str | None = None) -> Iterator[Iterator[str]]:  # noqa: F811
    """The lines of an open stream, after its greeting."""
    headers = {"Last-Event-ID": after} if after else {}
    with town.client(who) as http, http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()
        assert next(lines).startswith(": highstreet")
        yield lines


def test_a_registers_stream_ends_with_its_key(town: Town) -> None:  # noqa: F811
    key_id = stable_id("rky", "town")
    other = town.ask(
        "office", "POST", "/office/v1/register-keys", 201, json={"register_id": town.seed.register_id}
    )
    with listening(town, "register", REGISTER) as lines:
        town.ask("office", "DELETE", f"/office/v1/register-keys/{other['key_id']}", 204)
        sale_id = town.sell(1)
        assert any(sale_id in line for line in lines)  # another key of the same place was no reason to end
        town.ask("office", "DELETE", f"/office/v1/register-keys/{key_id}", 204)
        town.sell(1)
        rest = list(lines)  # until the server closes it
    assert [line for line in rest if line.startswith("event: ")] == [
        "event: identity.register_key_revoked.v1"
    ]
    town.ask("register", "GET", REGISTER, 401)


def test_a_registers_stream_ends_when_its_place_changes_and_can_be_resumed(town: Town) -> None:  # noqa: F811
    seed = town.seed
    first = town.sell(1)
    with listening(town, "register", REGISTER, "0") as lines:
        assert any(first in line for line in lines)
        elsewhere = PlaceRow(town.own_place, seed.brand_party, "Moved", "搬了")
        town.program.db.write_now(put_places, PutPlaces(seed.brand_id, [elsewhere], town.clock.now()))
        here = PlaceRow(seed.place_id, seed.dealer, "Renamed", "改名", seed.landlord)
        town.program.db.write_now(put_places, PutPlaces(seed.brand_id, [here], town.clock.now()))
        rest = list(lines)
    assert [line for line in rest if line.startswith("event: ")] == ["event: parties.place_changed.v1"]
    second = town.sell(1)
    with listening(town, "register", REGISTER, "0") as lines:  # what ended the last one does not end this one
        assert any(first in line for line in lines)
        assert any(second in line for line in lines)


@pytest.mark.parametrize(("who", "path"), [("office", "/office/v1/stream"), ("dealer", "/dealer/v1/stream")])
def test_a_stream_ends_when_the_session_expires(town: Town, who: str, path: str) -> None:  # noqa: F811
    with listening(town, who, path) as lines:
        town.clock.advance(STAFF_SESSION - timedelta(microseconds=1))
        sale_id = town.sell(1)
        assert any(sale_id in line for line in lines)
        town.clock.advance(timedelta(microseconds=1))
        town.sell(1)
        assert [line for line in lines if line.startswith("event: ")] == []
    town.ask(who, "GET", path, 401)


def test_an_event_number_is_digits(town: Town) -> None:  # noqa: F811
    for who, path in (
        ("register", REGISTER),
        ("office", "/office/v1/stream"),
        ("dealer", "/dealer/v1/stream"),
    ):
        for malformed in (b"\xb2", b"x", b"-1", b"9" * 19, b"1 2"):
            town.ask(who, "GET", path, 422, headers={"Last-Event-ID": malformed})
