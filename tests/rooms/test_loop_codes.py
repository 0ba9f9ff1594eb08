"""Codes keep their slugs; touches count once and have a person only with consent."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.loop import (
    CREDIT_WINDOW,
    Code,
    CodeRow,
    LastTouch,
    LinkedTouch,
    LinkTouches,
    PutCodes,
    RecordTouch,
    TouchedCode,
    UnlinkTouches,
    code_by_slug,
    codes_of_brand,
    last_touch,
    last_touches,
    link_touches,
    put_codes,
    record_touch,
    touches_of_person,
    unlink_touches,
)
from highstreet.rooms.loop.queries import LAST_TOUCHES
from highstreet.rooms.loop.tables import touch
from tests.seeds import NOW, Seed, seed_brand

HOUR = timedelta(hours=1)


def row(slug: str, **changes: Any) -> CodeRow:
    plain = CodeRow(
        code_id=stable_id("cod", slug),
        slug=slug,
        kind="poster",
        campaign="autumn",
        label_en=f"Poster {slug}",
        label_zh=f"海报 {slug}",
        place_id=None,
        staff_id=None,
        offer_id=None,
        lat=None,
        lon=None,
    )
    return replace(plain, **changes)


def put(db: Database, seed: Seed, *slugs: str) -> None:
    db.write_now(put_codes, PutCodes(seed.brand_id, [row(slug) for slug in slugs]))


def scan(
    slug: str, at: datetime = NOW, *, person: str | None = None, device: str = "dev_1", touch_id: str = ""
) -> RecordTouch:
    return RecordTouch(touch_id or new_id("tch"), slug, device, person, at)


def touches(db: Database) -> int:
    return int(db.read_now(lambda r: r.value(select(func.count()).select_from(touch))))


def names(db: Database) -> list[str]:
    return [event.name for event in db.read_now(read_events, after=0)]


def test_codes_are_put_and_changed(db: Database, seed: Seed) -> None:
    bus = row("bus-1", place_id=seed.place_id, offer_id=stable_id("ofr", "1"), lat=60.17, lon=24.94)
    shelf = row("shelf-1", kind="shelf", staff_id=stable_id("stf", "1"))
    assert db.write_now(put_codes, PutCodes(seed.brand_id, [shelf, bus])) == 2
    changed = replace(bus, label_en="Kamppi", label_zh="康比", campaign="winter", lat=60.1, place_id=None)
    assert db.write_now(put_codes, PutCodes(seed.brand_id, [changed, row("bus-2")])) == 2
    assert db.write_now(put_codes, PutCodes(seed.brand_id, [])) == 0
    expected = [
        Code(
            brand_id=seed.brand_id,
            code_id=each.code_id,
            slug=each.slug,
            kind=each.kind,
            campaign=each.campaign,
            label_en=each.label_en,
            label_zh=each.label_zh,
            place_id=each.place_id,
            staff_id=each.staff_id,
            offer_id=each.offer_id,
            lat=each.lat,
            lon=each.lon,
        )
        for each in (changed, row("bus-2"), shelf)
    ]
    assert db.read_now(codes_of_brand, seed.brand_id) == expected
    assert db.read_now(code_by_slug, "bus-1") == expected[0]
    assert db.read_now(code_by_slug, "bus-3") is None


def test_a_slug_is_one_codes_alone_and_for_life(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    put(db, seed, "bus-1", "bus-2")
    before = db.read_now(codes_of_brand, seed.brand_id)
    another = stable_id("cod", "another")
    wrong = [
        (other, [row("tram-1"), row("bus-1")], "loop.slug_taken", "bus-1"),
        (seed, [row("tram-1"), row("bus-1", code_id=another)], "loop.slug_taken", "bus-1"),
        (seed, [row("tram-1"), row("tram-1", code_id=another)], "loop.slug_taken", "tram-1"),
        (seed, [replace(row("bus-1"), slug="bus-2")], "loop.slug_taken", "bus-2"),
        (seed, [row("tram-1"), replace(row("bus-1"), slug="bus-9")], "loop.slug_fixed", "bus-9"),
    ]
    for who, rows, code, slug in wrong:
        with pytest.raises(Refusal) as refusal:
            db.write_now(put_codes, PutCodes(who.brand_id, rows))
        assert (refusal.value.code, refusal.value.status) == (code, 409)
        assert refusal.value.facts == {"slug": slug}
    assert db.read_now(codes_of_brand, seed.brand_id) == before
    assert db.read_now(codes_of_brand, other.brand_id) == []
    with pytest.raises(ValueError, match="once in a command"):
        db.write_now(put_codes, PutCodes(seed.brand_id, [row("a"), replace(row("a"), slug="b")]))


def test_malformed_slugs_and_kinds_are_refused(db: Database, seed: Seed) -> None:
    for slug in ("", "-a", "A", "a b", "a/b", "码", "a" * 21, "a\n"):
        with pytest.raises(Refusal, match=r"loop\.slug_malformed"):
            put(db, seed, "good", slug)
    with pytest.raises(Refusal, match=r"loop\.kind_unknown"):
        db.write_now(put_codes, PutCodes(seed.brand_id, [row("good", kind="banner")]))
    assert db.read_now(codes_of_brand, seed.brand_id) == []


def test_two_brands_race_for_a_slug(database_url: str, db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    rival = Database(database_url)

    def race(number: int) -> str:
        base, who = ((db, seed), (rival, other))[number % 2]
        mine = row(f"bus-{number // 2}", code_id=stable_id("cod", str(number)))
        try:
            base.write_now(put_codes, PutCodes(who.brand_id, [mine]))
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(race, range(16)))
    rival.close()
    pairs = [sorted(outcomes[n : n + 2]) for n in range(0, 16, 2)]
    assert pairs == [["done", "loop.slug_taken"]] * 8


def test_a_touch_is_recorded_once(db: Database, seed: Seed) -> None:
    offer_id = stable_id("ofr", "1")
    bus = row("bus-1", place_id=seed.place_id, offer_id=offer_id)
    db.write_now(put_codes, PutCodes(seed.brand_id, [bus]))
    command = scan("bus-1")
    touched = TouchedCode(
        brand_id=seed.brand_id,
        code_id=bus.code_id,
        kind="poster",
        campaign="autumn",
        offer_id=offer_id,
        place_id=seed.place_id,
        label_en="Poster bus-1",
        label_zh="海报 bus-1",
    )
    assert db.write_now(record_touch, command) == touched
    assert db.write_now(record_touch, replace(command, at=NOW + HOUR)) == touched
    assert touches(db) == 1
    (event,) = db.read_now(read_events, after=0)
    assert (event.name, event.brand_id, event.place_id, event.person_id) == (
        "loop.touched.v1",
        seed.brand_id,
        seed.place_id,
        None,
    )
    assert (event.body["touch_id"], event.body["code_id"]) == (command.touch_id, bus.code_id)
    with pytest.raises(Refusal) as refusal:
        db.write_now(record_touch, scan("bus-9"))
    assert (refusal.value.code, refusal.value.status) == ("loop.code_unknown", 404)
    assert touches(db) == 1


def test_touches_get_a_person_by_consent_and_lose_them_by_withdrawal(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    put(db, seed, "bus-1")
    put(db, other, "tram-1")
    mine = scan("bus-1", device="dev_1")
    for command in (
        mine,
        scan("bus-1", NOW - CREDIT_WINDOW, device="dev_2"),
        scan("bus-1", NOW - CREDIT_WINDOW - HOUR, device="dev_1"),
        scan("bus-1", NOW + HOUR, device="dev_1"),
        scan("bus-1", NOW - HOUR, device="dev_1", person=other.person_id),
        scan("bus-1", device="dev_3"),
        scan("tram-1", device="dev_1"),
    ):
        db.write_now(record_touch, command)
    key = (seed.brand_id, seed.person_id)
    since = NOW - CREDIT_WINDOW
    assert db.read_now(last_touches, [key], since) == {}

    link = LinkTouches(seed.brand_id, ["dev_1", "dev_2"], seed.person_id, NOW)
    assert db.write_now(link_touches, link) == 2
    assert db.write_now(link_touches, link) == 0
    assert db.write_now(link_touches, replace(link, device_ids=[])) == 0
    assert [t.device_id for t in db.read_now(touches_of_person, *key)] == ["dev_2", "dev_1"]
    assert db.read_now(touches_of_person, *key)[1] == LinkedTouch(
        seed.brand_id, mine.touch_id, stable_id("cod", "bus-1"), "dev_1", NOW
    )
    newest = LastTouch(mine.touch_id, stable_id("cod", "bus-1"), "autumn", NOW)
    assert db.read_now(last_touches, [key], since) == {key: newest}

    def unlink_and_look(tx: Tx, command: UnlinkTouches) -> tuple[int, int]:
        return unlink_touches(tx, command), len(last_touches(tx, [key], since))

    assert db.write_now(unlink_and_look, UnlinkTouches(*key)) == (2, 0)
    assert db.read_now(touches_of_person, *key) == []
    rivals = (seed.brand_id, other.person_id)
    assert db.read_now(last_touches, [rivals], since).keys() == {rivals}
    assert touches(db) == 7
    assert names(db) == ["loop.touched.v1"] * 7


TOUCHES = st.lists(
    st.tuples(st.sampled_from(["anna", "ben", "carl"]), st.integers(0, 6), st.sampled_from(["a", "b"])),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TOUCHES)
def test_the_query_answers_as_the_rule(
    db: Database, seed: Seed, recorded: list[tuple[str, int, str]]
) -> None:
    put(db, seed, "a", "b")
    db.write_now(lambda tx, _: tx.run(delete(touch)), None)
    by_person: dict[str, list[LastTouch]] = {}
    for person, hours, slug in recorded:
        command = scan(slug, NOW + hours * HOUR, person=person)
        db.write_now(record_touch, command)
        known = LastTouch(command.touch_id, stable_id("cod", slug), "autumn", command.at)
        by_person.setdefault(person, []).append(known)
    since = NOW + 2 * HOUR
    wanted = [(seed.brand_id, person) for person in ("anna", "ben", "carl", "nobody")]
    expected = {
        (seed.brand_id, person): newest
        for person, known in by_person.items()
        if (newest := last_touch(known, since)) is not None
    }
    assert db.read_now(last_touches, wanted, since) == expected
    assert db.read_now(last_touches, [], since) == {}


def test_last_touches_reads_by_its_index(db: Database, seed: Seed) -> None:
    def plan(reader: Reader) -> str:
        if reader.dialect.name == "postgresql":
            reader.run(text("SET LOCAL enable_seqscan = off"))
        statement, params = LAST_TOUCHES.prepare(reader, [("b", "p")])
        compiled = statement.compile(dialect=reader.dialect)
        given: Any = {**compiled.params, **params, "since": 0}
        if compiled.positiontup is not None:
            given = tuple(given[name] for name in compiled.positiontup)
        head = "EXPLAIN " if compiled.positiontup is None else "EXPLAIN QUERY PLAN "
        return "\n".join(
            str(line[-1]) for line in reader.connection.exec_driver_sql(head + str(compiled), given)
        )

    assert "ix_touch_brand_id_person_id_at" in db.read_now(plan)
