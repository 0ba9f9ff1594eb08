"""Members from files: pseudonyms, phones, no consent."""

from sqlalchemy import select

from highstreet.kernel.time import parse_utc
from highstreet.rooms.identity.tables import person
from highstreet.rooms.members.tables import consent, member
from tests.flows.import_desk import Desk, bad_of, counts_of, desk
from tests.seeds import NOW

__all__ = ["desk"]

TEXT = "member_ref,phone,joined_at,home_place_ref,locale\nM1,040 1234567,2024-05-01,,zh\nM2,,,,\n"


def test_members_with_and_without_a_phone(desk: Desk) -> None:
    assert counts_of(desk.take("members", TEXT)) == (2, 2, 0, 0)
    joined = desk.rows(member.c.joined_at, member.c.entry, member.c.tier)
    assert (parse_utc("2024-04-30T21:00:00Z"), "import", "member") in joined
    assert (NOW, "import", "member") in joined
    phones = desk.db.read_now(lambda reader: reader.rows(select(person.c.phone, person.c.locale)))
    assert sorted((phone or "", locale) for phone, locale in phones) == [
        ("", "en"),
        ("+358401234567", "zh"),
        ("+35850n", "en"),
    ]
    assert desk.count(consent) == 0
    assert counts_of(desk.take("members", TEXT)) == (2, 0, 2, 0)
    assert (desk.count(member), desk.count(person)) == (3, 3)


def test_a_known_phone_is_the_same_person(desk: Desk) -> None:
    desk.take("members", "member_ref,phone\nM1,+358401234567\n")
    report = desk.take("members", "member_ref,phone\nOTHER,0401234567\n")
    assert counts_of(report) == (1, 0, 1, 0)
    assert (desk.count(member), desk.count(person)) == (2, 2)


def test_bad_rows(desk: Desk) -> None:
    text = "member_ref,phone,joined_at,home_place_ref\n,0401234567,,\nA,12,,\nB,,yesterday,\nC,,,P9\nD,,,\nD,,,\n"
    report = desk.take("members", text)
    assert counts_of(report) == (6, 1, 0, 5)
    assert sorted(bad_of(report)) == [
        (2, "member_ref", "import.value_missing"),
        (3, "phone", "identity.phone_malformed"),
        (4, "joined_at", "import.time_malformed"),
        (5, "home_place_ref", "import.place_unknown"),
        (7, "", "import.repeated"),
    ]


def test_who_was_erased_stays_so(desk: Desk) -> None:
    desk.take("members", TEXT)
    with desk.db.engine.begin() as connection:
        connection.execute(member.update().where(member.c.entry == "import").values(tier="erased"))
    report = desk.take("members", TEXT)
    assert counts_of(report) == (2, 0, 0, 2)
    assert {code for _, _, code in bad_of(report)} == {"members.id_taken"}
