"""Coupons are used, reserved, rolled back and returned within every limit, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from highstreet.kernel.db import Database, batched
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tables import outbox
from highstreet.rooms.offers import (
    ClaimCoupon,
    PublishOffer,
    PublishSharedCoupon,
    ReturnUse,
    SaleRef,
    UseCoupon,
    claim_coupon,
    coupons_for,
    offer_by_id,
    publish_offer,
    publish_shared_coupon,
    redeem_reserved,
    redemptions_of_sale,
    return_redemptions,
    roll_back,
    use_coupons,
)
from highstreet.rooms.offers.tables import claim_count, redemption
from tests.seeds import NOW

LATER = NOW + timedelta(hours=1)
OFFER, SHARED, OWN = (
    stable_id("ofr", "uses"),
    stable_id("cpn", "uses", "shared"),
    stable_id("cpn", "uses", "own"),
)


def publish(db, seed, cap=3, budget_minor=1000, limit_per_person=None):
    """An offer with a shared coupon and one personal coupon of the seed's person."""
    db.write_now(
        publish_offer,
        PublishOffer(
            seed.brand_id,
            OFFER,
            "spend_get",
            {"spend_minor": 0, "off_minor": 100},
            "Frost",
            "初霜",
            seed.brand_party,
            True,
            NOW,
            LATER,
            86_400,
            NOW,
            limit_per_person=limit_per_person,
            budget_minor=budget_minor,
        ),
    )
    db.write_now(
        publish_shared_coupon, PublishSharedCoupon(seed.brand_id, OFFER, SHARED, "FROST", cap, NOW, LATER)
    )
    db.write_now(claim_coupon, ClaimCoupon(seed.brand_id, OFFER, OWN, seed.person_id, NOW))


def sale(n):
    return stable_id("sal", "uses", str(n))


def use(seed, n, coupon_id=SHARED, person_id=None, off=100):
    return UseCoupon(seed.brand_id, coupon_id, OFFER, sale(n), person_id, off, NOW)


def write(db, action, rows, **options):
    db.write_now(lambda tx, some: action(tx, some, **options), rows)


def refused(db, seed, action, rows, **options):
    before = state(db, seed), states(db)
    with pytest.raises(Refusal) as caught:
        write(db, action, rows, **options)
    assert (state(db, seed), states(db)) == before
    return caught.value.code


def state(db, seed):
    """(used, reserved) of the shared and of the personal coupon, and the money spent."""
    found = db.read_now(coupons_for, [(seed.brand_id, SHARED), (seed.brand_id, OWN)])
    shared, own = found[seed.brand_id, SHARED], found[seed.brand_id, OWN]
    spent = db.read_now(offer_by_id, seed.brand_id, OFFER).spent_minor
    return (shared.used, shared.reserved), (own.used, own.reserved), spent


def states(db):
    statement = select(redemption.c.state, redemption.c.discount_minor, redemption.c.returned_minor)
    return sorted(tuple(row) for row in db.read_now(lambda r: r.rows(statement)))


def person_counts(db):
    return dict(
        map(tuple, db.read_now(lambda r: r.rows(select(claim_count.c.person_id, claim_count.c.claimed))))
    )


def events(db):
    rows = db.read_now(lambda r: r.rows(select(outbox.c.name, outbox.c.body).order_by(outbox.c.seq)))
    return [(row.name.split(".")[1], row.body["sale_id"]) for row in rows if "sale_id" in row.body]


def test_use(db, seed):
    publish(db, seed)
    write(db, use_coupons, [use(seed, 1), use(seed, 2, off=50), use(seed, 2, OWN, seed.person_id)])
    assert state(db, seed) == ((2, 0), (1, 0), 250)
    found = db.read_now(redemptions_of_sale, seed.brand_id, sale(2))
    assert {(one.coupon_id, one.state, one.discount_minor, one.redeemed_at) for one in found} == {
        (SHARED, "redeemed", 50, NOW),
        (OWN, "redeemed", 100, NOW),
    }
    assert events(db) == [("coupon_redeemed", sale(n)) for n in (1, 2, 2)]
    write(db, use_coupons, [])


def test_use_guards(db, seed):
    publish(db, seed)
    many = [use(seed, n) for n in range(4)]
    assert refused(db, seed, use_coupons, many) == "offers.coupon_used_up"
    assert refused(db, seed, use_coupons, many, reserve=True) == "offers.coupon_used_up"
    assert (
        refused(db, seed, use_coupons, [use(seed, 1, off=501), use(seed, 2, off=500)])
        == "offers.budget_spent"
    )
    write(db, use_coupons, many[:2])
    assert refused(db, seed, use_coupons, [many[0]]) == "offers.coupon_in_sale"
    assert refused(db, seed, use_coupons, many[1:]) == "offers.coupon_used_up"
    write(db, use_coupons, [use(seed, 9, off=800)])
    assert refused(db, seed, use_coupons, [use(seed, 5, off=0)]) == "offers.coupon_used_up"
    assert refused(db, seed, use_coupons, [use(seed, 5, OWN, off=1)]) == "offers.budget_spent"
    unknown = UseCoupon(seed.brand_id, OWN, stable_id("ofr", "other"), sale(5), None, 0, NOW)
    assert refused(db, seed, use_coupons, [unknown]) == "offers.coupon_used_up"
    assert state(db, seed) == ((3, 0), (0, 0), 1000)


def test_person_limit_of_a_shared_coupon(db, seed):
    publish(db, seed, cap=9, limit_per_person=2)
    me, you = seed.person_id, stable_id("psn", "you")
    assert refused(db, seed, use_coupons, [use(seed, 1)]) == "offers.person_limit"
    # The personal coupon was a claim already: 1 of 2.
    assert refused(db, seed, use_coupons, [use(seed, 1, person_id=me), use(seed, 2, person_id=me)]) == (
        "offers.person_limit"
    )
    write(
        db,
        use_coupons,
        [use(seed, 1, person_id=me), use(seed, 2, person_id=you), use(seed, 3, person_id=you)],
    )
    assert person_counts(db) == {me: 2, you: 2}
    assert refused(db, seed, use_coupons, [use(seed, 4, person_id=you)]) == "offers.person_limit"
    write(db, use_coupons, [use(seed, 4, OWN, me)])  # its claim was counted, not its use
    whole = [ReturnUse(seed.brand_id, sale(n), c, 100, True, LATER) for n, c in ((2, SHARED), (4, OWN))]
    write(db, return_redemptions, whole)
    assert person_counts(db) == {me: 2, you: 1}
    write(db, use_coupons, [use(seed, 5, person_id=you)], reserve=True)
    assert person_counts(db) == {me: 2, you: 2}
    write(db, roll_back, [SaleRef(seed.brand_id, sale(5), LATER)])
    assert person_counts(db) == {me: 2, you: 1}


def test_reserve_then_redeem(db, seed):
    publish(db, seed)
    write(db, use_coupons, [use(seed, 1), use(seed, 2), use(seed, 2, OWN, seed.person_id)], reserve=True)
    assert state(db, seed) == ((0, 2), (0, 1), 300)
    assert events(db) == []
    refs = [SaleRef(seed.brand_id, sale(n), LATER) for n in (2, 7)]
    for _ in range(2):
        write(db, redeem_reserved, refs)
        assert state(db, seed) == ((1, 1), (1, 0), 300)
        assert events(db) == [("coupon_redeemed", sale(2))] * 2
    found = db.read_now(redemptions_of_sale, seed.brand_id, sale(2))
    assert [(one.state, one.reserved_at, one.redeemed_at) for one in found] == [("redeemed", NOW, LATER)] * 2
    write(db, roll_back, refs)  # redeemed stays redeemed
    assert state(db, seed) == ((1, 1), (1, 0), 300)
    write(db, redeem_reserved, [])
    write(db, redeem_reserved, [SaleRef(stable_id("brd", "other"), sale(1), LATER)])
    assert state(db, seed) == ((1, 1), (1, 0), 300)


def test_reserve_then_roll_back(db, seed):
    publish(db, seed, cap=2, budget_minor=200)
    write(db, use_coupons, [use(seed, 1), use(seed, 2)], reserve=True)
    assert refused(db, seed, use_coupons, [use(seed, 3)]) == "offers.coupon_used_up"
    refs = [SaleRef(seed.brand_id, sale(1), LATER)]
    for _ in range(2):
        write(db, roll_back, refs)
        assert state(db, seed) == ((0, 1), (0, 0), 100)
        assert events(db) == [("coupon_rolled_back", sale(1))]
    write(db, redeem_reserved, refs)
    write(db, use_coupons, [use(seed, 3)])
    assert state(db, seed) == ((1, 1), (0, 0), 200)
    assert [one[0] for one in states(db)] == ["redeemed", "reserved", "rolled_back"]


def test_a_rolled_back_order_is_tried_again(db, seed):
    publish(db, seed)
    write(db, use_coupons, [use(seed, 1), use(seed, 2)], reserve=True)
    write(db, roll_back, [SaleRef(seed.brand_id, sale(1), LATER)])
    for twice in ([use(seed, 1), use(seed, 1)], [use(seed, 1), use(seed, 2)]):
        assert refused(db, seed, use_coupons, twice) == "offers.coupon_in_sale"
    write(db, use_coupons, [use(seed, 1, off=70, person_id=seed.person_id), use(seed, 3)], reserve=True)
    assert state(db, seed) == ((0, 3), (0, 0), 270)
    write(db, redeem_reserved, [SaleRef(seed.brand_id, sale(1), LATER)])
    (found,) = db.read_now(redemptions_of_sale, seed.brand_id, sale(1))
    assert (found.state, found.discount_minor, found.person_id) == ("redeemed", 70, seed.person_id)


def test_returns(db, seed):
    publish(db, seed, cap=1, budget_minor=100)
    write(db, use_coupons, [use(seed, 1)])

    def back(n, minor, *, whole=False):
        return ReturnUse(seed.brand_id, sale(n), SHARED, minor, whole, LATER)

    write(db, return_redemptions, [back(1, 30), back(1, 20)])
    assert (state(db, seed), states(db)) == (((1, 0), (0, 0), 50), [("redeemed", 100, 50)])
    for wrong in ([back(1, 51)], [back(1, 26), back(1, 25)], [back(2, 1)], [back(1, -1)]):
        assert refused(db, seed, return_redemptions, wrong) == "offers.return_beyond_use"
    assert refused(db, seed, use_coupons, [use(seed, 2, off=0)]) == "offers.coupon_used_up"
    write(db, return_redemptions, [back(1, 50, whole=True)])
    assert (state(db, seed), states(db)) == (((0, 0), (0, 0), 0), [("returned", 100, 100)])
    assert refused(db, seed, return_redemptions, [back(1, 0, whole=True)]) == "offers.return_beyond_use"
    write(db, use_coupons, [use(seed, 2)], reserve=True)
    assert refused(db, seed, return_redemptions, [back(2, 100, whole=True)]) == "offers.return_beyond_use"
    assert events(db) == [("coupon_redeemed", sale(1))] + [("coupon_returned", sale(1))] * 3
    write(db, return_redemptions, [])


def test_one_hot_coupon_is_one_row_update(db, seed):
    publish(db, seed, cap=64, budget_minor=6400)
    sent = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: sent.append((a[2], a[5])))
    write(db, use_coupons, [use(seed, n) for n in range(64)])
    updates = [(sql, many) for sql, many in sent if sql.startswith("UPDATE")]
    assert len(updates) == 2
    assert len([sql for sql, _ in sent if sql.startswith(("UPDATE", "SELECT", "INSERT"))]) <= 6
    assert state(db, seed) == ((64, 0), (0, 0), 6400)


def settle(tx, uses):
    use_coupons(tx, uses)
    return [None] * len(uses)


SETTLE = batched(settle)


@pytest.mark.parametrize("is_batched", [True, False])
def test_sixty_four_threads_on_the_last_uses(db, seed, is_batched):
    publish(db, seed, cap=7, budget_minor=100_000)
    flow = SETTLE if is_batched else lambda tx, one: use_coupons(tx, [one])

    def run(n):
        try:
            db.write_now(flow, use(seed, n))
        except Refusal as refusal:
            return refusal.code
        return "used"

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(run, range(64)))
    assert (answers.count("used"), answers.count("offers.coupon_used_up")) == (7, 57)
    assert state(db, seed) == ((7, 0), (0, 0), 700)
    assert states(db) == [("redeemed", 100, 0)] * 7


def test_four_writers_on_the_last_uses(db, seed):
    """Several PostgreSQL writers meet at the row itself; SQLite has one by nature."""
    publish(db, seed, cap=7, budget_minor=650)
    rivals = (
        [Database(db.url.render_as_string(hide_password=False)) for _ in range(4)]
        if not db.is_sqlite
        else [db]
    )

    def run(n):
        try:
            rivals[n % len(rivals)].write_now(SETTLE, use(seed, n))
        except Refusal as refusal:
            return refusal.code
        return "used"

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(run, range(32)))
    for rival in rivals:
        if rival is not db:
            rival.close()
    assert answers.count("used") == 6
    assert state(db, seed) == ((6, 0), (0, 0), 600)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["use", "reserve", "redeem", "roll_back", "return", "whole"]), st.integers(0, 4)
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_counters_are_what_the_redemptions_say(db, seed, steps):
    """Any story on five sales: coupon and budget always equal the sum of the redemptions that hold."""
    publish_again(db, seed)
    for step, n in steps:
        rows, action, options = {
            "use": ([use(seed, n)], use_coupons, {}),
            "reserve": ([use(seed, n)], use_coupons, {"reserve": True}),
            "redeem": ([SaleRef(seed.brand_id, sale(n), LATER)], redeem_reserved, {}),
            "roll_back": ([SaleRef(seed.brand_id, sale(n), LATER)], roll_back, {}),
            "return": ([ReturnUse(seed.brand_id, sale(n), SHARED, 40, False, LATER)], return_redemptions, {}),
            "whole": (
                [ReturnUse(seed.brand_id, sale(n), SHARED, left(db, seed, n), True, LATER)],
                return_redemptions,
                {},
            ),
        }[step]
        with suppress(Refusal):
            write(db, action, rows, **options)
        (used, reserved), _, spent = state(db, seed)
        held = [one for one in states(db) if one[0] != "rolled_back"]
        assert used == sum(one[0] == "redeemed" for one in held)
        assert reserved == sum(one[0] == "reserved" for one in held)
        assert used + reserved <= 3
        assert spent == sum(discount - returned for _, discount, returned in held) <= 250


def left(db, seed, n):
    return sum(
        one.discount_minor - one.returned_minor
        for one in db.read_now(redemptions_of_sale, seed.brand_id, sale(n))
    )


def publish_again(db, seed):
    if db.read_now(offer_by_id, seed.brand_id, OFFER) is None:
        publish(db, seed, cap=3, budget_minor=250)
        return
    refs = [SaleRef(seed.brand_id, sale(n), LATER) for n in range(5)]
    write(db, roll_back, refs)
    for n in range(5):
        if [one.state for one in db.read_now(redemptions_of_sale, seed.brand_id, sale(n))] == ["redeemed"]:
            back = ReturnUse(seed.brand_id, sale(n), SHARED, left(db, seed, n), True, LATER)
            write(db, return_redemptions, [back])
    assert state(db, seed) == ((0, 0), (0, 0), 0)
    db.write_now(lambda tx, _: tx.run(redemption.delete()), None)
    assert db.read_now(lambda r: r.value(select(func.count()).select_from(redemption))) == 0
