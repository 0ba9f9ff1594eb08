"""Nobody's goods are sold by another unless their own contract lets it (G2), channel by channel; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from highstreet.flows.price_sale import BasketItem, PriceSale, price_sale
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import ShareRule, SignContract, StockUse, Terms, sign_contract
from highstreet.rooms.parties import AddParty, add_party
from highstreet.rooms.stock import CountRow, CountStock, count_stock
from tests.rooms.conftest import db, seed  # noqa: F401
from tests.seeds import NOW, Seed

TERMS = Terms("operator", (ShareRule("brand", 3000),), "operator")


def sign(db: Database, seed: Seed, operator: str, stock: StockUse) -> None:  # noqa: F811
    terms, since = replace(TERMS, stock=stock), NOW - timedelta(days=1)
    db.write_now(
        sign_contract, SignContract(seed.brand_id, new_id("ctr"), 1, operator, None, terms, since, NOW)
    )


def keep(db: Database, seed: Seed, **pieces: int) -> None:  # noqa: F811
    """So many pieces of the first article at the dealer's place, by owner, and none of others."""
    owners = {seed.dealer: 0, **pieces}
    rows = [CountRow(seed.variants[0], seed.cell, seed.place_id, owner, n) for owner, n in owners.items()]
    db.write_now(count_stock, CountStock(seed.brand_id, NOW, new_id("cnt"), rows))


def owner(db: Database, seed: Seed, channel: str) -> str | None:  # noqa: F811
    """Whose piece would be sold; None: nobody's may be."""
    ask = PriceSale(
        brand_id=seed.brand_id,
        register_id=seed.register_id if channel == "register" else "",
        items=(BasketItem(seed.gtins[0], 1),),
        member_id=None,
        coupons=(),
        currency=None,
        at=NOW,
        place_id=None if channel == "register" else seed.place_id,
    )
    try:
        return db.read_now(price_sale, ask).lines[0].owner_party_id
    except Refusal as refusal:
        if refusal.code != "sale.out_of_stock":
            raise
        return None


@pytest.mark.parametrize(
    ("stock", "at_register", "in_shop"),
    [
        (StockUse(), True, True),
        (StockUse(operator_for=()), True, False),
    ],
)
def test_a_dealers_own_goods_are_promised_online_only_if_it_agreed(
    db: Database,  # noqa: F811
    seed: Seed,  # noqa: F811
    stock: StockUse,
    at_register: bool,
    in_shop: bool,
) -> None:
    sign(db, seed, seed.dealer, stock)
    keep(db, seed, **{seed.dealer: 5})
    told = [owner(db, seed, channel) for channel in ("register", "shop")]
    assert told == [seed.dealer if may else None for may in (at_register, in_shop)]


@pytest.mark.parametrize("allowed", [(), ("register",), ("shop",), ("register", "shop")])
def test_the_brands_goods_at_a_dealers_are_sold_where_it_agreed(
    db: Database,  # noqa: F811
    seed: Seed,  # noqa: F811
    allowed: tuple[str, ...],
) -> None:
    sign(db, seed, seed.dealer, StockUse(brand_for=allowed))
    keep(db, seed, **{seed.brand_party: 5})
    told = {channel: owner(db, seed, channel) for channel in ("register", "shop")}
    assert told == {c: seed.brand_party if c in allowed else None for c in ("register", "shop")}


def test_another_dealers_goods_are_sold_only_under_its_own_contract(db: Database, seed: Seed) -> None:  # noqa: F811
    sign(db, seed, seed.dealer, StockUse())
    guest = new_id("pty")
    db.write_now(add_party, AddParty(seed.brand_id, guest, "dealer", "Guest", "客商", NOW))
    keep(db, seed, **{guest: 5})
    assert owner(db, seed, "register") is None  # no contract of its own
    sign(db, seed, guest, StockUse(operator_for=("register",)))
    assert [owner(db, seed, channel) for channel in ("register", "shop")] == [guest, None]
