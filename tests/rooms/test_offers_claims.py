"""Offers are published and coupons claimed within every limit, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tables import outbox
from highstreet.rooms.identity.tables import person
from highstreet.rooms.offers import (
    ClaimCoupon,
    PublishOffer,
    PublishSharedCoupon,
    SetOfferActive,
    automatic_offers,
    claim_coupon,
    coupons_for,
    coupons_of_person,
    offer_by_id,
    offers_of_brand,
    publish_offer,
    publish_shared_coupon,
    set_offer_active,
)
from highstreet.rooms.offers.tables import claim_count, coupon
from tests.seeds import NOW, seed_brand

DAY = timedelta(days=1)


def offer_of(seed, name="frost", **other):
    made = PublishOffer(
        brand_id=seed.brand_id,
        offer_id=stable_id("ofr", seed.brand_id, name),
        kind="spend_get",
        terms={"spend_minor": 5000, "off_minor": 500},
        title_en="Spend €50, get €5 off",
        title_zh="满50欧减5欧",
        funder_party_id=seed.brand_party,
        is_stackable=True,
        starts_at=NOW,
        ends_at=NOW + DAY,
        coupon_valid_s=7 * 86_400,
        at=NOW,
    )
    return replace(made, **other)


def claim_of(offer, n=1, person_id=None, **other):
    made = ClaimCoupon(
        offer.brand_id, offer.offer_id, stable_id("cpn", offer.offer_id, str(n)), person_id, NOW
    )
    return replace(made, **other)


def add_persons(db, count):
    ids = [stable_id("psn", "claims", str(n)) for n in range(count)]
    rows = [{"id": i, "phone": f"+1{n}", "locale": "en", "created_at": NOW} for n, i in enumerate(ids)]
    db.write_now(lambda tx, _: tx.insert_many(person, rows), None)
    return ids


def refused(db, flow, command):
    with pytest.raises(Refusal) as caught:
        db.write_now(flow, command)
    return caught.value.code


def events(db):
    return [tuple(row) for row in db.read_now(lambda r: r.rows(select(outbox.c.name, outbox.c.person_id)))]


def test_publish(db, seed):
    command = offer_of(seed, limit_total=5, limit_per_person=1, budget_minor=900)
    facts = db.write_now(publish_offer, command)
    assert (facts.claimed, facts.spent_minor, facts.is_active) == (0, 0, True)
    assert db.read_now(offer_by_id, seed.brand_id, command.offer_id) == facts
    assert db.write_now(publish_offer, command) == facts
    assert events(db) == [("offers.offer_published.v1", None)]
    assert refused(db, publish_offer, replace(command, title_en="Other")) == "offers.offer_exists"
    for wrong, field in (
        ({"ends_at": NOW}, "ends_at"),
        ({"coupon_valid_s": 0}, "coupon_valid_s"),
        ({"budget_minor": -1}, "budget_minor"),
        ({"title_en": "", "title_zh": " "}, "title_en"),
        ({"title_en": "x" * 161}, "title_en"),
        ({"terms": {}}, "spend_minor"),
        ({"kind": "member_price", "terms": {}}, "limit_total"),
    ):
        with pytest.raises(Refusal) as caught:
            db.write_now(publish_offer, replace(command, **wrong))
        assert (caught.value.code, caught.value.facts) == ("offers.terms_malformed", {"field": field})


def test_a_title_in_one_language_is_enough(db, seed):
    for name, title_en, title_zh in (("en", "Frost", ""), ("zh", "  ", "霜冻")):
        command = offer_of(seed, name, title_en=title_en, title_zh=title_zh)
        facts = db.write_now(publish_offer, command)
        given = (title_en + title_zh).strip()
        assert (facts.title_en, facts.title_zh) == (given, given)
        assert db.write_now(publish_offer, command) == facts


def test_offers_that_run(db, seed):
    other = db.write_now(seed_brand, "other")
    price = offer_of(seed, "members", kind="member_price", terms={})
    for command in (
        offer_of(seed),
        price,
        replace(price, offer_id=stable_id("ofr", "later"), starts_at=NOW + timedelta(hours=1)),
        offer_of(other, "members", kind="member_price", terms={}),
    ):
        db.write_now(publish_offer, command)
    running = db.read_now(offers_of_brand, seed.brand_id, NOW)
    assert {one.offer_id for one in running} == {price.offer_id, offer_of(seed).offer_id}
    assert len(db.read_now(offers_of_brand, seed.brand_id, None)) == 3
    assert db.read_now(offers_of_brand, seed.brand_id, NOW + DAY) == []
    automatic = db.read_now(automatic_offers, [seed.brand_id, other.brand_id], NOW)
    assert {brand: [one.offer_id for one in some] for brand, some in automatic.items()} == {
        seed.brand_id: [price.offer_id],
        other.brand_id: [offer_of(other, "members").offer_id],
    }
    db.write_now(set_offer_active, SetOfferActive(seed.brand_id, price.offer_id, False))
    assert seed.brand_id not in db.read_now(automatic_offers, [seed.brand_id], NOW)
    assert refused(db, set_offer_active, SetOfferActive(other.brand_id, price.offer_id, True)) == (
        "offers.offer_not_found"
    )
    assert db.read_now(automatic_offers, [], NOW) == {}


def test_claim_once(db, seed):
    offer = offer_of(seed, limit_total=3, limit_per_person=1)
    db.write_now(publish_offer, offer)
    command = claim_of(offer, 1, seed.person_id)
    facts = db.write_now(claim_coupon, command)
    assert (facts.person_id, facts.cap, facts.used, facts.reserved) == (seed.person_id, 1, 0, 0)
    assert (facts.valid_from, facts.valid_until) == (NOW, NOW + 7 * DAY)
    assert facts.terms == {"spend_minor": 5000, "off_minor": 500}
    assert db.write_now(claim_coupon, replace(command, now=NOW + DAY)) == facts
    assert db.read_now(offer_by_id, seed.brand_id, offer.offer_id).claimed == 1
    assert events(db)[1:] == [("offers.coupon_claimed.v1", seed.person_id)]
    assert db.read_now(coupons_of_person, seed.person_id, NOW) == [facts]
    assert db.read_now(coupons_of_person, seed.person_id, NOW + 7 * DAY) == []
    (stranger,) = add_persons(db, 1)
    assert refused(db, claim_coupon, replace(command, person_id=stranger)) == "offers.coupon_exists"


def test_claim_guards(db, seed):
    first, second, third = add_persons(db, 3)
    offer = offer_of(seed, limit_total=2, limit_per_person=1)
    db.write_now(publish_offer, offer)
    for wrong, code in (
        (claim_of(offer, 1, first, now=NOW - timedelta(microseconds=1)), "offers.not_running"),
        (claim_of(offer, 1, first, now=NOW + DAY), "offers.not_running"),
        (claim_of(offer, 1, first, offer_id=stable_id("ofr", "none")), "offers.offer_not_found"),
    ):
        assert refused(db, claim_coupon, wrong) == code
    db.write_now(claim_coupon, claim_of(offer, 1, first))
    assert refused(db, claim_coupon, claim_of(offer, 2, first)) == "offers.person_limit"
    # The refusal took nothing from the total.
    assert db.read_now(offer_by_id, seed.brand_id, offer.offer_id).claimed == 1
    db.write_now(claim_coupon, claim_of(offer, 3, second))
    assert refused(db, claim_coupon, claim_of(offer, 4, third)) == "offers.claimed_out"
    db.write_now(set_offer_active, SetOfferActive(seed.brand_id, offer.offer_id, False))
    assert refused(db, claim_coupon, claim_of(offer, 4, third)) == "offers.not_running"
    price = offer_of(seed, "members", kind="member_price", terms={})
    db.write_now(publish_offer, price)
    assert refused(db, claim_coupon, claim_of(price, 5, first)) == "offers.needs_no_coupon"
    counts = db.read_now(lambda r: [tuple(row)[2:] for row in r.rows(select(claim_count))])
    assert sorted(counts) == sorted([(first, 1), (second, 1)])


def test_shared_coupons(db, seed):
    other = db.write_now(seed_brand, "other")
    offer, foreign = offer_of(seed), offer_of(other)
    for one in (offer, foreign):
        db.write_now(publish_offer, one)
    command = PublishSharedCoupon(
        seed.brand_id, offer.offer_id, stable_id("cpn", "poster"), "FROST5", 100, NOW, NOW + DAY
    )
    facts = db.write_now(publish_shared_coupon, command)
    assert (facts.public_code, facts.cap, facts.person_id) == ("FROST5", 100, None)
    assert db.write_now(publish_shared_coupon, command) == facts
    for wrong, code in (
        ({"coupon_id": stable_id("cpn", "second")}, "offers.code_taken"),
        ({"public_code": "FROST6"}, "offers.coupon_exists"),
        ({"offer_id": foreign.offer_id}, "offers.offer_not_found"),
        ({"cap": 0}, "offers.terms_malformed"),
        ({"public_code": "cpn_1"}, "offers.terms_malformed"),
        ({"valid_until": NOW}, "offers.terms_malformed"),
    ):
        assert refused(db, publish_shared_coupon, replace(command, **wrong)) == code
    # The same code at another brand is another coupon.
    twin = replace(
        command, brand_id=other.brand_id, offer_id=foreign.offer_id, coupon_id=stable_id("cpn", "twin")
    )
    db.write_now(publish_shared_coupon, twin)
    by_id, by_code = (seed.brand_id, facts.coupon_id), (other.brand_id, "FROST5")
    found = db.read_now(
        coupons_for, [by_id, by_code, (other.brand_id, facts.coupon_id), (seed.brand_id, "NONE")]
    )
    assert {pair: one.coupon_id for pair, one in found.items()} == {
        by_id: facts.coupon_id,
        by_code: twin.coupon_id,
    }
    assert db.read_now(coupons_for, []) == {}


def test_sixty_four_claim_the_last_five(db, seed):
    persons = add_persons(db, 64)
    offer = offer_of(seed, limit_total=5, limit_per_person=1)
    db.write_now(publish_offer, offer)

    def claim(n):
        try:
            return db.write_now(claim_coupon, claim_of(offer, n, persons[n])).person_id
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(claim, range(64)))
    assert answers.count("offers.claimed_out") == 59
    owners = db.read_now(lambda r: {row.person_id for row in r.rows(select(coupon.c.person_id))})
    assert owners == {answer for answer in answers if answer.startswith("psn_")}
    assert len(owners) == db.read_now(offer_by_id, seed.brand_id, offer.offer_id).claimed == 5
