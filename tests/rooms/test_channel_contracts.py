"""Contracts and frozen shares on both databases: the version in force, overlaps, what was frozen stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import has_text, refusal_texts
from highstreet.kernel.outbox import read_events
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import (
    ReverseShares,
    ShareBase,
    ShareRule,
    ShareSheet,
    SignContract,
    Terms,
    compute_shares,
    contracts_for,
    contracts_of_brand,
    freeze_shares,
    record_reversal,
    reverse_shares,
    share_reversals_of,
    share_sheets_for,
    sign_contract,
)
from highstreet.rooms.channel import errors as refusals
from highstreet.rooms.sales.tables import sale
from tests.seeds import NOW, Seed, seed_brand

DAY = timedelta(days=1)
TERMS = Terms("operator", (ShareRule("brand", 2000),), "operator")
LATER_TERMS = Terms("brand", (ShareRule("operator", 7000), ShareRule("landlord", 500)), "brand")


def sign(
    db: Database,
    seed: Seed,
    version: int,
    effective_from: datetime,
    *,
    contract_id: str = "c1",
    place_id: str | None = None,
    terms: Terms = TERMS,
    operator: str | None = None,
) -> None:
    db.write_now(
        sign_contract,
        SignContract(
            seed.brand_id, contract_id, version, operator or seed.dealer, place_id, terms, effective_from, NOW
        ),
    )


def in_force(db: Database, seed: Seed, at: datetime) -> tuple[str, int] | None:
    key = (seed.brand_id, seed.dealer, seed.place_id)
    found = db.read_now(contracts_for, {key}, at).get(key)
    return None if found is None else (found.id, found.version)


def test_the_version_in_force_at_an_instant(db: Database, seed: Seed) -> None:
    sign(db, seed, 1, NOW)
    sign(db, seed, 2, NOW + 10 * DAY, terms=LATER_TERMS)
    sign(db, seed, 7, NOW + 20 * DAY)
    tick = timedelta(microseconds=1)
    cases = [
        (NOW - tick, None),
        (NOW, 1),
        (NOW + 10 * DAY - tick, 1),
        (NOW + 10 * DAY, 2),
        (NOW + 20 * DAY - tick, 2),
        (NOW + 20 * DAY, 7),
        (NOW + 9999 * DAY, 7),
    ]
    for at, version in cases:
        assert in_force(db, seed, at) == (None if version is None else ("c1", version)), at
    versions = db.read_now(contracts_of_brand, seed.brand_id)
    assert [(c.version, c.terms, c.effective_from, c.effective_to) for c in versions] == [
        (1, TERMS, NOW, NOW + 10 * DAY),
        (2, LATER_TERMS, NOW + 10 * DAY, NOW + 20 * DAY),
        (7, TERMS, NOW + 20 * DAY, None),
    ]
    events = db.read_now(read_events, after=0)
    assert [(e.name, e.body["version"]) for e in events] == [
        ("channel.contract_signed.v1", version) for version in (1, 2, 7)
    ]


def test_the_narrower_contract_wins_then_the_newer(db: Database, seed: Seed) -> None:
    sign(db, seed, 1, NOW)
    sign(db, seed, 1, NOW + DAY, contract_id="c2")
    assert in_force(db, seed, NOW) == ("c1", 1)
    assert in_force(db, seed, NOW + DAY) == ("c2", 1)
    sign(db, seed, 1, NOW - DAY, contract_id="c3", place_id=seed.place_id)
    assert in_force(db, seed, NOW + DAY) == ("c3", 1)
    sign(db, seed, 1, NOW, contract_id="c4", place_id="plc_other")
    assert in_force(db, seed, NOW + DAY) == ("c3", 1)


def test_a_version_must_follow_the_one_before(db: Database, seed: Seed) -> None:
    sign(db, seed, 1, NOW)
    sign(db, seed, 2, NOW + 10 * DAY)
    before = db.read_now(contracts_of_brand, seed.brand_id)
    for version, days in [(2, 20), (2, 10), (1, 20), (3, 10), (3, 9), (3, 0), (3, -5), (0, 20)]:
        with pytest.raises(Refusal, match=r"channel\.period_overlaps") as caught:
            sign(db, seed, version, NOW + days * DAY)
        assert (caught.value.status, caught.value.facts) == (409, {"version": version})
        assert db.read_now(contracts_of_brand, seed.brand_id) == before
        assert len(db.read_now(read_events, after=0)) == 2


def test_brands_and_operators_are_apart(db: Database, seed: Seed) -> None:
    other = db.write_now(seed_brand, "other")
    sign(db, seed, 1, NOW)
    sign(db, other, 1, NOW, terms=LATER_TERMS)
    ours = (seed.brand_id, seed.dealer, seed.place_id)
    theirs = (other.brand_id, other.dealer, other.place_id)
    crossed = (seed.brand_id, other.dealer, other.place_id)
    found = db.read_now(contracts_for, {ours, theirs, crossed}, NOW)
    assert {key: c.terms for key, c in found.items()} == {ours: TERMS, theirs: LATER_TERMS}
    assert db.read_now(contracts_for, [], NOW) == {}
    assert len(db.read_now(contracts_of_brand, seed.brand_id)) == 1
    assert db.read_now(contracts_of_brand, seed.brand_id, seed.landlord) == []
    with pytest.raises(Refusal, match=r"request\.conflict"):
        sign(db, seed, 1, NOW, contract_id="c9", operator=other.dealer)


# Frozen shares ----------------------------------------------------------------------------------------


def paid_sale(tx: Tx, seed: Seed) -> None:
    row = {
        "brand_id": seed.brand_id,
        "id": "s1",
        "place_id": seed.place_id,
        "state": "paid",
        "origin": "register",
        "currency": "EUR",
        "list_minor": 1500,
        "discount_minor": 0,
        "total_minor": 1500,
        "returned_minor": 0,
        "proof": {},
        "business_day": "2026-11-20",
        "opened_at": NOW,
    }
    tx.run(insert(sale).values(**row))


def sheet_of(seed: Seed) -> ShareSheet:
    roles = {"brand": seed.brand_party, "operator": seed.dealer, "landlord": seed.landlord}
    bases = [ShareBase(1, 999, seed.dealer), ShareBase(2, 501, seed.brand_party)]
    lines = compute_shares(TERMS, roles, bases)
    return ShareSheet(seed.brand_id, "s1", "c1", 1, seed.dealer, lines)


def test_shares_stay_as_they_were_frozen(db: Database, seed: Seed) -> None:
    db.write_now(paid_sale, seed)
    sign(db, seed, 1, NOW)
    sheet = sheet_of(seed)
    db.write_now(freeze_shares, [sheet])
    sign(db, seed, 2, NOW + DAY, terms=LATER_TERMS)
    key = (seed.brand_id, "s1")
    assert db.read_now(share_sheets_for, [key, (seed.brand_id, "s9")]) == {key: sheet}
    with pytest.raises(Refusal, match=r"request\.conflict"):
        db.write_now(freeze_shares, [sheet])
    assert db.read_now(share_sheets_for, [key]) == {key: sheet}


def test_shares_need_their_contract_and_their_sale(db: Database, seed: Seed) -> None:
    sign(db, seed, 1, NOW)
    with pytest.raises(Refusal, match=r"request\.conflict"):
        db.write_now(freeze_shares, [sheet_of(seed)])
    db.write_now(paid_sale, seed)
    sheet = sheet_of(seed)
    wrong = ShareSheet(sheet.brand_id, "s1", "c1", 2, sheet.collector_party_id, sheet.lines)
    with pytest.raises(Refusal, match=r"request\.conflict"):
        db.write_now(freeze_shares, [wrong])
    assert db.read_now(share_sheets_for, [(seed.brand_id, "s1")]) == {}


def test_reversals_are_kept_by_return(db: Database, seed: Seed) -> None:
    db.write_now(paid_sale, seed)
    sign(db, seed, 1, NOW)
    sheet = sheet_of(seed)
    db.write_now(freeze_shares, [sheet])
    first = ReverseShares(seed.brand_id, "r1", "s1", (reverse_shares(sheet.lines[0], 0, 333),))
    second = ReverseShares(
        seed.brand_id,
        "r2",
        "s1",
        (reverse_shares(sheet.lines[0], 333, 666), reverse_shares(sheet.lines[1], 0, 501)),
    )
    for reversal in (first, second):
        db.write_now(record_reversal, reversal)
    found = db.read_now(share_reversals_of, seed.brand_id, "s1")
    assert found == {"r1": first.lines, "r2": second.lines}
    back: dict[tuple[int, str], int] = {}
    for lines in found.values():
        for line in lines:
            for share in line.shares:
                back[line.line_no, share.role] = back.get((line.line_no, share.role), 0) + share.amount_minor
    assert back == {(line.line_no, s.role): s.amount_minor for line in sheet.lines for s in line.shares}
    with pytest.raises(Refusal, match=r"request\.conflict"):
        db.write_now(record_reversal, first)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_texts(locale: str) -> None:
    for kind in (refusals.NO_CONTRACT, refusals.TERMS_MALFORMED, refusals.PERIOD_OVERLAPS):
        assert all(refusal_texts(locale, kind.code, {}))
    assert has_text(locale, "event-channel-contract_signed-v1")
