"""A place changes hands while a payment is under way: the sale is settled as it began, on both databases."""

from datetime import timedelta

from highstreet.flows.finish_sale import FinishTender, finish_tender
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.return_sale import ReturnAtRegister, return_sale
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish, sell
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id, stable_id
from highstreet.rooms.channel import (
    ShareRule,
    SignContract,
    Terms,
    share_sheets_for,
    sign_contract,
    terms_of_sale,
)
from highstreet.rooms.ledger import balances
from highstreet.rooms.parties import AddParty, PlaceRow, PutPlaces, add_party, put_places
from highstreet.rooms.tenders import RailAnswer, SettleTender
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed

TERMS = Terms("operator", (ShareRule("brand", 3000), ShareRule("landlord", 1000)), "operator")
LATER = NOW + timedelta(minutes=2)


def start(db: Database, seed: Seed) -> tuple[str, str]:  # noqa: F811
    """An open sale of one piece for 10000, paid by wallet some time; sale and tender."""
    contract = SignContract(
        seed.brand_id, stable_id("ctr", "first"), 1, seed.dealer, None, TERMS, NOW - timedelta(days=1), NOW
    )
    db.write_now(sign_contract, contract)
    command = SellAtRegister(
        brand_id=seed.brand_id,
        register_id=seed.register_id,
        sale_id=new_id("sal"),
        items=(BasketItem(seed.gtins[0], 1),),
        member_id=None,
        coupons=(),
        currency="EUR",
        expected_total_minor=10_000,
        tenders=(TenderWish(new_id("tnd"), "wallet"),),
        fingerprint="print",
        at=NOW,
        return_days=14,
    )
    assert db.write_now(sell, command).answer["state"] == "open"
    return command.sale_id, command.tenders[0].tender_id


def hand_over(db: Database, seed: Seed) -> str:  # noqa: F811
    """The place is run by the brand and stands in another's building; the new landlord, no new contract."""
    heir = new_id("pty")
    db.write_now(add_party, AddParty(seed.brand_id, heir, "landlord", "Heir", "继任者", LATER))
    row = PlaceRow(seed.place_id, seed.brand_party, "Nordlys Centre", "北光中心店", heir)
    db.write_now(put_places, PutPlaces(seed.brand_id, [row], LATER))
    return heir


def finish(db: Database, seed: Seed, tender_id: str, outcome: str) -> str:  # noqa: F811
    evidence = {"amount_minor": 10_000, "currency": "EUR"}
    answer = RailAnswer(outcome, provider_ref="w-1", evidence=evidence)
    settle = SettleTender(seed.brand_id, tender_id, answer, "noticed", LATER)
    state: str = db.write_now(finish_tender, FinishTender(settle, 14))["state"]
    return state


def earned(db: Database, seed: Seed) -> dict[str, int]:  # noqa: F811
    return {b.owner_id: b.amount_minor for b in db.read_now(balances, seed.brand_id) if b.kind == "earned"}


def test_a_late_success_settles_under_the_contract_of_the_start(db: Database, seed: Seed) -> None:  # noqa: F811
    sale_id, tender_id = start(db, seed)
    hand_over(db, seed)
    assert finish(db, seed, tender_id, "paid") == "paid"
    assert finish(db, seed, tender_id, "paid") == "paid"  # told twice
    key = (seed.brand_id, sale_id)
    sheet = db.read_now(share_sheets_for, [key])[key]
    contract = (sheet.contract_id, sheet.contract_version, sheet.collector_party_id)
    assert contract == (stable_id("ctr", "first"), 1, seed.dealer)
    assert earned(db, seed) == {seed.brand_party: 3000, seed.landlord: 1000, seed.dealer: 6000}
    assert sum(b.amount_minor for b in db.read_now(balances, seed.brand_id)) == 0

    back = ReturnAtRegister(
        seed.brand_id, seed.register_id, new_id("rtn"), sale_id, ((1, 1),), "unwanted", "print", LATER, 14
    )
    db.write_now(return_sale, back)
    assert set(earned(db, seed).values()) == {0}


def test_a_new_version_of_the_contract_does_not_touch_it_either(db: Database, seed: Seed) -> None:  # noqa: F811
    sale_id, tender_id = start(db, seed)
    version = SignContract(
        seed.brand_id,
        stable_id("ctr", "first"),
        2,
        seed.dealer,
        None,
        Terms("brand", (), "brand"),
        NOW + timedelta(seconds=1),
        NOW,
    )
    db.write_now(sign_contract, version)
    frozen = db.read_now(terms_of_sale, seed.brand_id, sale_id)
    assert frozen is not None
    assert (frozen.contract.version, frozen.contract.terms) == (1, TERMS)
    assert (frozen.operator_party_id, frozen.landlord_party_id) == (seed.dealer, seed.landlord)
    assert finish(db, seed, tender_id, "paid") == "paid"
    assert earned(db, seed) == {seed.brand_party: 3000, seed.landlord: 1000, seed.dealer: 6000}


def test_a_late_no_gives_everything_back(db: Database, seed: Seed) -> None:  # noqa: F811
    _, tender_id = start(db, seed)
    hand_over(db, seed)
    assert finish(db, seed, tender_id, "declined") == "abandoned"
    assert db.read_now(balances, seed.brand_id) == []
