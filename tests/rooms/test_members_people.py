"""Follows, memberships, consents, and forgetting a person."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from highstreet.kernel.db import Database
from highstreet.kernel.errors import REFUSAL_KINDS, Refusal
from highstreet.kernel.events import EVENTS
from highstreet.kernel.i18n import LOCALES, has_text
from highstreet.kernel.ids import stable_id
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity.tables import person
from highstreet.rooms.members import (
    ConsentReceipt,
    EarnPoints,
    Follow,
    FollowBrand,
    GiveConsents,
    JoinBrand,
    Member,
    MemberFacts,
    UnfollowBrand,
    WithdrawConsent,
    consents_of_person,
    earn_points,
    erase_member,
    export_person,
    follow_brand,
    follows_of_person,
    give_consents,
    has_consent,
    join_brand,
    member_of_person,
    members_for,
    memberships_of_person,
    unfollow_brand,
    withdraw_consent,
)
from tests.seeds import NOW, Seed, seed_brand

HOUR = timedelta(hours=1)


def events(db: Database) -> list[tuple[str, dict[str, Any]]]:
    return [(event.name, event.body) for event in db.read_now(read_events, after=0)]


def names(db: Database) -> list[str]:
    return [name for name, _ in events(db)]


def new_person(db: Database, name: str) -> str:
    person_id = stable_id("psn", name)
    row = {"id": person_id, "phone": None, "locale": "zh", "created_at": NOW}
    db.write_now(lambda tx, _: tx.insert_many(person, [row]), None)
    return person_id


def consents(seed: Seed, *purposes: str, number: int = 0, at: datetime = NOW) -> GiveConsents:
    return GiveConsents(
        brand_id=seed.brand_id,
        person_id=seed.person_id,
        entry="shop",
        recipient="Nordlys Oy",
        wording="2026-11",
        purposes=purposes,
        consent_ids=[stable_id("cst", purpose, str(number)) for purpose in purposes],
        at=at,
    )


def test_follow_unfollow_and_follow_again(db: Database, seed: Seed) -> None:
    code_id = stable_id("cod", "poster")
    follow = FollowBrand(seed.brand_id, seed.person_id, "poster", code_id, NOW)
    unfollow = UnfollowBrand(seed.brand_id, seed.person_id, NOW + HOUR)
    assert db.write_now(unfollow_brand, unfollow) is False
    assert db.write_now(follow_brand, follow) is True
    assert db.write_now(follow_brand, replace(follow, entry="shop", code_id=None, at=NOW + HOUR)) is False
    first = Follow(seed.brand_id, seed.person_id, "poster", code_id, NOW, None)
    assert db.read_now(follows_of_person, seed.person_id) == [first]

    assert db.write_now(unfollow_brand, unfollow) is True
    assert db.write_now(unfollow_brand, unfollow) is False
    assert db.read_now(follows_of_person, seed.person_id) == []

    again = replace(follow, entry="shop", code_id=None, at=NOW + 2 * HOUR)
    assert db.write_now(follow_brand, again) is True
    assert db.read_now(follows_of_person, seed.person_id) == [
        Follow(seed.brand_id, seed.person_id, "shop", None, NOW + 2 * HOUR, None)
    ]
    assert names(db) == ["members.followed.v1", "members.unfollowed.v1", "members.followed.v1"]
    assert events(db)[0][1]["code_id"] == code_id


def test_joining_twice_gives_the_same_member(db: Database, seed: Seed) -> None:
    person_id = new_person(db, "new")
    join = JoinBrand(seed.brand_id, stable_id("mbr", "1"), person_id, "mini-programme", seed.place_id, NOW)
    joined = db.write_now(join_brand, join)
    assert joined == Member(
        brand_id=seed.brand_id,
        member_id=join.member_id,
        person_id=person_id,
        tier="member",
        home_place_id=seed.place_id,
        entry="mini-programme",
        joined_at=NOW,
        points_pending=0,
        points_available=0,
    )
    other = replace(join, member_id=stable_id("mbr", "2"), entry="poster", home_place_id=None, at=NOW + HOUR)
    assert db.write_now(join_brand, other) == joined
    assert db.read_now(member_of_person, seed.brand_id, person_id) == joined
    assert db.read_now(memberships_of_person, person_id) == [joined]
    assert names(db) == ["members.joined.v1"]


def test_a_member_id_of_another_person_is_refused(db: Database, seed: Seed) -> None:
    person_id = new_person(db, "new")
    with pytest.raises(Refusal, match=r"members\.id_taken"):
        db.write_now(join_brand, JoinBrand(seed.brand_id, seed.member_id, person_id, "shop", None, NOW))
    assert db.read_now(member_of_person, seed.brand_id, person_id) is None
    assert names(db) == []


def test_many_at_once_join_and_follow_once(database_url: str, db: Database, seed: Seed) -> None:
    person_id = new_person(db, "new")
    rival = Database(database_url, batch_limit=1)
    bases = [db, rival] * 4

    def both(number: int) -> tuple[str, bool]:
        join = JoinBrand(seed.brand_id, stable_id("mbr", str(number)), person_id, "shop", None, NOW)
        follow = FollowBrand(seed.brand_id, person_id, "shop", None, NOW)
        base = bases[number]
        return base.write_now(join_brand, join).member_id, base.write_now(follow_brand, follow)

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(both, range(8)))
    rival.close()
    assert len({member_id for member_id, _ in outcomes}) == 1
    assert [followed for _, followed in outcomes].count(True) == 1
    assert sorted(names(db)) == ["members.followed.v1", "members.joined.v1"]


def test_consents_are_given_with_receipts(db: Database, seed: Seed) -> None:
    command = consents(seed, "service", "measurement")
    receipts = db.write_now(give_consents, command)
    assert receipts == [
        ConsentReceipt(
            brand_id=seed.brand_id,
            consent_id=consent_id,
            person_id=seed.person_id,
            purpose=purpose,
            entry="shop",
            recipient="Nordlys Oy",
            wording="2026-11",
            given_at=NOW,
            withdrawn_at=None,
        )
        for purpose, consent_id in zip(command.purposes, command.consent_ids, strict=True)
    ]
    assert db.write_now(give_consents, replace(command, at=NOW + HOUR)) == receipts
    assert sorted(db.read_now(consents_of_person, seed.person_id), key=lambda r: r.consent_id) == sorted(
        receipts, key=lambda r: r.consent_id
    )
    assert [(name, body["purpose"]) for name, body in events(db)] == [
        ("members.consent_given.v1", "service"),
        ("members.consent_given.v1", "measurement"),
    ]
    for purpose in ("service", "measurement", "offers", "insights"):
        expected = purpose in command.purposes
        assert db.read_now(has_consent, seed.brand_id, seed.person_id, purpose) is expected


def test_unknown_purposes_and_foreign_receipts_are_refused(db: Database, seed: Seed) -> None:
    with pytest.raises(Refusal, match=r"members\.purpose_unknown"):
        db.write_now(give_consents, consents(seed, "service", "spam"))
    with pytest.raises(Refusal, match=r"members\.purpose_unknown"):
        db.write_now(withdraw_consent, WithdrawConsent(seed.brand_id, seed.person_id, "spam", NOW))
    assert db.read_now(consents_of_person, seed.person_id) == []

    mine = consents(seed, "service")
    db.write_now(give_consents, mine)
    theirs = replace(mine, person_id=new_person(db, "other"))
    with pytest.raises(Refusal, match=r"members\.id_taken"):
        db.write_now(give_consents, theirs)
    with pytest.raises(Refusal, match=r"members\.id_taken"):
        db.write_now(give_consents, replace(mine, purposes=["offers"]))
    assert db.read_now(consents_of_person, theirs.person_id) == []
    assert names(db) == ["members.consent_given.v1"]


def test_withdrawal_holds_at_once_for_every_receipt(db: Database, seed: Seed) -> None:
    db.write_now(give_consents, consents(seed, "measurement", "offers"))
    db.write_now(give_consents, consents(seed, "measurement", number=1))
    withdraw = WithdrawConsent(seed.brand_id, seed.person_id, "measurement", NOW + HOUR)

    def withdraw_and_look(tx: Tx, command: WithdrawConsent) -> tuple[int, bool, frozenset[str]]:
        count = withdraw_consent(tx, command)
        key = (seed.brand_id, seed.member_id)
        is_live = has_consent(tx, seed.brand_id, seed.person_id, "measurement")
        return count, is_live, members_for(tx, [key])[key].purposes

    assert db.write_now(withdraw_and_look, withdraw) == (2, False, frozenset({"offers"}))
    assert db.write_now(withdraw_consent, withdraw) == 0
    withdrawn = [
        r.withdrawn_at for r in db.read_now(consents_of_person, seed.person_id) if r.purpose != "offers"
    ]
    assert withdrawn == [NOW + HOUR, NOW + HOUR]
    name, body = events(db)[-1]
    assert (name, body["purpose"], body["receipts"]) == ("members.consent_withdrawn.v1", "measurement", 2)
    assert names(db).count("members.consent_withdrawn.v1") == 1

    db.write_now(give_consents, consents(seed, "measurement", number=2, at=NOW + 2 * HOUR))
    assert db.read_now(has_consent, seed.brand_id, seed.person_id, "measurement") is True


def test_members_for_many_in_two_statements(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    db.write_now(give_consents, consents(seed, "service", "insights"))
    known = (seed.brand_id, seed.member_id)
    crossed = (other.brand_id, seed.member_id)
    statements: list[str] = []

    def look(tx: Tx, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], MemberFacts]:
        rows = tx.rows
        tx.rows = lambda *given: statements.append("") or rows(*given)  # type: ignore[method-assign,func-returns-value]
        return members_for(tx, wanted)

    unknown = [(seed.brand_id, stable_id("mbr", str(n))) for n in range(62)]
    wanted = [known, known, crossed, (other.brand_id, other.member_id), *unknown]
    facts = db.write_now(look, wanted)
    assert len(statements) == 2
    assert facts.keys() == {known, (other.brand_id, other.member_id)}
    assert facts[known] == MemberFacts(
        brand_id=seed.brand_id,
        member_id=seed.member_id,
        person_id=seed.person_id,
        tier="member",
        home_place_id=None,
        points_pending=0,
        points_available=0,
        purposes=frozenset({"service", "insights"}),
    )
    assert facts[other.brand_id, other.member_id].purposes == frozenset()
    assert db.read_now(members_for, []) == {}
    assert db.read_now(members_for, [crossed]) == {}


def test_a_person_can_see_everything_and_be_forgotten(db: Database, seed: Seed) -> None:
    follow = FollowBrand(seed.brand_id, seed.person_id, "shop", None, NOW)
    db.write_now(follow_brand, follow)
    db.write_now(give_consents, consents(seed, "service", "offers"))
    earn = EarnPoints(
        brand_id=seed.brand_id,
        member_id=seed.member_id,
        person_id=seed.person_id,
        sale_id=stable_id("sal", "1"),
        line_no=1,
        entry_id=stable_id("pnt", "1"),
        points=49,
        matures_at=NOW + HOUR,
        at=NOW,
    )
    db.write_now(earn_points, [earn])
    export = db.read_now(export_person, seed.person_id)
    assert orjson.loads(orjson.dumps(export)) == export
    assert [m["points_pending"] for m in export["memberships"]] == [49]
    assert export["follows"] == [
        {
            "brand_id": seed.brand_id,
            "entry": "shop",
            "code_id": None,
            "since": "2026-11-20T10:00:00Z",
            "until": None,
        }
    ]
    assert {c["purpose"] for c in export["consents"]} == {"service", "offers"}
    assert [(p["sale_id"], p["points"], p["state"]) for p in export["points"]] == [
        (earn.sale_id, 49, "pending")
    ]

    def erase(tx: Tx, person_id: str) -> int:
        return erase_member(tx, person_id, NOW + HOUR)

    before = len(events(db))
    assert db.write_now(erase, seed.person_id) == 1
    assert db.write_now(erase, seed.person_id) == 0
    assert db.read_now(members_for, [(seed.brand_id, seed.member_id)]) == {}
    assert db.read_now(member_of_person, seed.brand_id, seed.person_id) is None
    assert db.read_now(memberships_of_person, seed.person_id) == []
    assert db.read_now(follows_of_person, seed.person_id) == []
    assert db.read_now(has_consent, seed.brand_id, seed.person_id, "offers") is False
    assert sorted(names(db)[before:]) == [
        "members.consent_withdrawn.v1",
        "members.consent_withdrawn.v1",
        "members.unfollowed.v1",
    ]


@pytest.mark.parametrize("room", ["members", "loop"])
def test_every_refusal_and_event_has_its_texts(room: str) -> None:

    codes = [code for code in REFUSAL_KINDS if code.startswith(f"{room}.")]
    facts = [name for name in EVENTS if name.startswith(f"{room}.")]
    assert len(codes) == {"members": 9, "loop": 7}[room]
    assert len(facts) == {"members": 10, "loop": 3}[room]
    keys = [code.replace(".", "-") for code in codes]
    keys += [f"{key}.detail" for key in keys]
    keys += [f"event-{name.replace('.', '-')}" for name in facts]
    for locale in LOCALES:
        assert [key for key in keys if not has_text(locale, key)] == []
