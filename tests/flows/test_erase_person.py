"""Erasure against what is under way at the same moment, and consents in one transaction, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from highstreet.flows.claim_offer import claim_offer
from highstreet.flows.erase_person import erase_person
from highstreet.flows.export_person import export_person
from highstreet.flows.join_and_follow import FollowAndJoin, join_and_follow
from highstreet.flows.withdraw_consent import withdraw_consent
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import ErasePerson
from highstreet.rooms.members import MEASUREMENT, WithdrawConsent, has_consent, members_for
from highstreet.rooms.offers import ClaimCoupon
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed

PEPPER = b"a secret of the app, long enough"


def follow(seed: Seed, *purposes: str, joins: bool = False) -> FollowAndJoin:  # noqa: F811
    """The seeded member follows and consents."""
    ids = tuple(stable_id("cst", purpose) for purpose in purposes)
    return FollowAndJoin(
        seed.brand_id, seed.person_id, "shop", None, joins, purposes, ids, stable_id("mbr", "new"), NOW
    )


def rows(db: Database, table: str) -> int:  # noqa: F811
    """How many rows a table has."""
    return int(db.read_now(Reader.value, text(f"SELECT count(*) FROM {table}")))


def test_what_was_under_way_when_a_person_was_erased_leaves_nothing(db: Database, seed: Seed) -> None:  # noqa: F811
    assert db.write_now(erase_person, ErasePerson(seed.person_id, NOW, PEPPER)) is True
    assert db.write_now(erase_person, ErasePerson(seed.person_id, NOW, PEPPER)) is False
    claim = ClaimCoupon(seed.brand_id, stable_id("ofr", "x"), stable_id("cpn", "x"), seed.person_id, NOW)
    with pytest.raises(Refusal, match=r"auth\.required"):
        db.write_now(join_and_follow, follow(seed, "service"))
    with pytest.raises(Refusal, match=r"auth\.required"):
        db.write_now(claim_offer, claim)
    assert (rows(db, "follow"), rows(db, "consent"), rows(db, "coupon")) == (0, 0, 0)
    key = (seed.brand_id, seed.member_id)
    assert db.read_now(members_for, {key}) == {}


def test_a_member_stays_the_same_member(db: Database, seed: Seed) -> None:  # noqa: F811
    done = db.write_now(join_and_follow, follow(seed, "service", joins=True))
    assert done.member is not None
    assert done.member.member_id == seed.member_id
    assert [receipt.purpose for receipt in done.receipts] == ["service"]


def test_the_same_receipts_again_do_not_bring_a_withdrawn_consent_back(db: Database, seed: Seed) -> None:  # noqa: F811
    asked = follow(seed, MEASUREMENT)
    db.write_now(join_and_follow, asked)
    withdraw = WithdrawConsent(seed.brand_id, seed.person_id, MEASUREMENT, NOW + timedelta(seconds=1))
    assert db.write_now(withdraw_consent, withdraw) == 1
    again = db.write_now(join_and_follow, asked)  # a retry that was late
    assert again.receipts[0].withdrawn_at == NOW + timedelta(seconds=1)
    assert again.touches_linked == 0
    assert db.read_now(has_consent, seed.brand_id, seed.person_id, MEASUREMENT) is False


def test_erasure_is_announced_and_the_export_of_the_erased_names_nobody(db: Database, seed: Seed) -> None:  # noqa: F811
    db.write_now(join_and_follow, follow(seed, "service", "offers"))
    db.write_now(erase_person, ErasePerson(seed.person_id, NOW, PEPPER))
    names = [event.name for event in db.read_now(read_events, after=0, person_id=seed.person_id)]
    assert names == [
        "members.consent_given.v1",
        "members.consent_given.v1",
        "members.followed.v1",
        "members.unfollowed.v1",
        "members.consent_withdrawn.v1",
        "members.consent_withdrawn.v1",
        "identity.person_erased.v1",
    ]
    left = db.read_now(export_person, seed.person_id, NOW)
    assert left is not None
    assert (left.person.phone, left.devices, left.sessions, left.touches) == (None, (), (), ())
    assert left.membership["memberships"] == left.membership["follows"] == []
    assert db.read_now(export_person, stable_id("psn", "nobody"), NOW) is None
