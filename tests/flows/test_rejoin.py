"""Who erases themselves and joins again with the same phone goes on from the offers' counts, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from highstreet.flows.claim_offer import claim_offer
from highstreet.flows.erase_person import erase_person
from highstreet.flows.sign_in import sign_in
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import ErasePerson, RequestCode, SignedIn, SignIn, request_code
from highstreet.rooms.offers import ClaimCoupon, PublishOffer, forget_counts, publish_offer
from highstreet.rooms.offers.tables import claim_count, kept_count
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed

PEPPER = b"a secret of the app, long enough"
PHONE, OTHER_PHONE = "+358501234567", "+358501234568"
TWO, MANY = stable_id("ofr", "two"), stable_id("ofr", "many")
YEAR, HOUR = timedelta(days=365), timedelta(hours=1)


def publish(db: Database, seed: Seed, offer_id: str, limit: int | None) -> None:  # noqa: F811
    terms = {"spend_minor": 5000, "off_minor": 1000}
    offer = PublishOffer(
        seed.brand_id,
        offer_id,
        "spend_get",
        terms,
        "10 off",
        "减10",
        seed.brand_party,
        True,
        NOW - HOUR,
        NOW + 3 * YEAR,
        86_400,
        NOW,
        limit_per_person=limit,
    )
    db.write_now(publish_offer, offer)


def enter(db: Database, at: datetime, phone: str = PHONE) -> str:  # noqa: F811
    """Sign in; the person."""
    db.write_now(request_code, RequestCode(phone, "424242", "en", PEPPER, at))
    person_id, session_id = new_id("psn"), new_id("ses")
    done = db.write_now(
        sign_in, SignIn(phone, "424242", PEPPER, session_id, session_id, person_id, None, "en", at)
    )
    assert isinstance(done, SignedIn)
    return done.person_id


def claim(db: Database, seed: Seed, offer_id: str, person_id: str, at: datetime) -> None:  # noqa: F811
    db.write_now(claim_offer, ClaimCoupon(seed.brand_id, offer_id, new_id("cpn"), person_id, at))


def test_limits_go_on_and_nothing_else_does(db: Database, seed: Seed) -> None:  # noqa: F811
    publish(db, seed, TWO, 2)
    publish(db, seed, MANY, None)
    first = enter(db, NOW)
    claim(db, seed, TWO, first, NOW)
    claim(db, seed, MANY, first, NOW)
    db.write_now(erase_person, ErasePerson(first, NOW + HOUR, PEPPER))
    kept = db.read_now(Reader.rows, select(kept_count))
    # Offers without a limit keep nothing, and what is kept names neither phone nor person.
    assert [(row.offer_id, row.claimed, row.kept_until) for row in kept] == [(TWO, 1, NOW + HOUR + YEAR)]
    assert PHONE not in repr(kept)
    assert first not in repr(kept)

    second = enter(db, NOW + 2 * HOUR)
    assert second != first
    assert db.read_now(Reader.rows, select(kept_count)) == []  # taken over
    claim(db, seed, TWO, second, NOW + 2 * HOUR)
    with pytest.raises(Refusal, match=r"offers\.person_limit"):
        claim(db, seed, TWO, second, NOW + 2 * HOUR)
    for n in range(3, 6):  # however often
        db.write_now(erase_person, ErasePerson(second, NOW + n * HOUR, PEPPER))
        second = enter(db, NOW + n * HOUR + HOUR / 2)
        with pytest.raises(Refusal, match=r"offers\.person_limit"):
            claim(db, seed, TWO, second, NOW + n * HOUR + HOUR / 2)
    claim(db, seed, TWO, enter(db, NOW, OTHER_PHONE), NOW)
    of_first = select(claim_count.c.claimed).where(claim_count.c.person_id == first).order_by("claimed")
    assert [row.claimed for row in db.read_now(Reader.rows, of_first)] == [1, 1]


def test_counts_are_kept_for_a_year(db: Database, seed: Seed) -> None:  # noqa: F811
    publish(db, seed, TWO, 1)
    first = enter(db, NOW)
    claim(db, seed, TWO, first, NOW)
    db.write_now(erase_person, ErasePerson(first, NOW, PEPPER))
    assert db.write_now(forget_counts, NOW + YEAR - HOUR) == 0
    # Late by a job's day, they count no more, either.
    late = enter(db, NOW + YEAR)
    claim(db, seed, TWO, late, NOW + YEAR)
    db.write_now(erase_person, ErasePerson(late, NOW + YEAR, PEPPER))
    assert db.write_now(forget_counts, NOW + 2 * YEAR) == 1
    assert db.read_now(Reader.rows, select(kept_count)) == []
