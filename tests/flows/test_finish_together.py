"""Providers' answers that the writer brings in together: each comes to what it comes to alone. Both databases."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from threading import Event
from typing import Any

from sqlalchemy import text

from highstreet.flows.finish_sale import FinishTender, finish_tender
from highstreet.flows.pay_in_parts import AddPart, add_part
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish, sell
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import ShareRule, SignContract, Terms, sign_contract
from highstreet.rooms.tenders import RailAnswer, SettleTender
from tests.rooms.conftest import db  # noqa: F401
from tests.seeds import NOW, Seed, seed_brand

TERMS = Terms("operator", (ShareRule("brand", 3000), ShareRule("landlord", 1000)), "operator")
LATER = NOW + timedelta(seconds=2)
Told = dict[str, Any]


class Shop:
    """A brand, and sales of one piece for 100.00 that wait for a wallet."""

    def __init__(self, db: Database, name: str) -> None:  # noqa: F811
        self.db = db
        self.seed: Seed = db.write_now(seed_brand, name)
        since = NOW - timedelta(days=1)
        contract = stable_id("ctr", name)
        seed = self.seed
        db.write_now(
            sign_contract, SignContract(seed.brand_id, contract, 1, seed.dealer, None, TERMS, since, NOW)
        )

    def id(self, prefix: str, *names: object) -> str:
        return stable_id(prefix, self.seed.brand_id, *map(str, names))

    def open(self, name: str, *wishes: tuple[str, int | None], by_member: bool = False) -> None:
        tenders = tuple(
            TenderWish(self.id("tnd", name, n), rail, amount, way="code" if rail == "wallet" else None)
            for n, (rail, amount) in enumerate(wishes or [("wallet", None)])
        )
        self.db.write_now(sell, self._sale(name, tenders, by_member=by_member))

    def open_in_parts(self, name: str, *amounts: int) -> None:
        self.db.write_now(sell, self._sale(name, (), hold=timedelta(hours=1)))
        for n, amount in enumerate(amounts):
            wish = TenderWish(self.id("tnd", name, n), "wallet", amount, way="code")
            seed, sale_id = self.seed, self.id("sal", name)
            self.db.write_now(
                add_part, AddPart(seed.brand_id, sale_id, seed.place_id, seed.register_id, wish, NOW, 14)
            )

    def _sale(
        self,
        name: str,
        tenders: tuple[TenderWish, ...],
        *,
        by_member: bool = False,
        hold: timedelta | None = None,
    ) -> SellAtRegister:
        seed = self.seed
        return SellAtRegister(
            brand_id=seed.brand_id,
            register_id=seed.register_id,
            sale_id=self.id("sal", name),
            items=(BasketItem(seed.gtins[0], 1),),
            member_id=seed.member_id if by_member else None,
            coupons=(),
            currency="EUR",
            expected_total_minor=None,
            tenders=tenders,
            fingerprint=name,
            at=NOW,
            return_days=14,
            held_until=NOW + hold if hold else None,
        )

    def said(self, name: str, outcome: str, amount: int = 10_000, *, n: int = 0) -> FinishTender:
        evidence = {"amount_minor": amount, "currency": "EUR"}
        answer = RailAnswer(outcome, f"w-{name}-{n}", None if outcome == "paid" else "some", evidence)
        tender_id = self.id("tnd", name, n)
        return FinishTender(SettleTender(self.seed.brand_id, tender_id, answer, "answered", LATER), 14)

    def together(self, commands: Sequence[FinishTender]) -> list[Told | BaseException]:
        """All of them are waiting when the writer takes the first."""
        go = Event()

        def hold(_tx: Tx, _command: None) -> bool:
            return go.wait(30)

        async def run() -> list[Told | BaseException]:
            held = asyncio.create_task(self.db.write(hold, None))
            tasks = [asyncio.create_task(self.db.write(finish_tender, one)) for one in commands]
            await asyncio.sleep(0)  # each runs up to where it waits for the writer
            go.set()
            assert await held
            return await asyncio.gather(*tasks, return_exceptions=True)

        return asyncio.run(run())

    def alone(self, commands: Sequence[FinishTender]) -> list[Told | BaseException]:
        told: list[Told | BaseException] = []
        for one in commands:
            try:
                told.append(self.db.write_now(finish_tender, one))
            except Refusal as refusal:
                told.append(refusal)
        return told

    def books(self) -> dict[str, Any]:
        """All that the sales came to, with names in the place of ids."""
        brand = self.seed.brand_id
        queries = {
            "sale": "SELECT id, state, business_day, paid_at FROM sale WHERE brand_id = :b",
            "tender": "SELECT id, state, reason, provider_ref, settled_at FROM tender WHERE brand_id = :b",
        }
        counted = {
            "events": "SELECT name FROM outbox WHERE brand_id = :b",
            "evidence": "SELECT tender_id FROM tender_evidence WHERE brand_id = :b",
            "answers": "SELECT scope FROM idempotency WHERE key LIKE :b || ':%'",
        }
        summed = {
            "ledger": "SELECT owner_id, kind, balance_minor FROM account WHERE brand_id = :b",
            "stock": "SELECT variant_id, on_hand, reserved FROM stock_item WHERE brand_id = :b",
            "moves": "SELECT reason, sum(quantity) FROM stock_move WHERE brand_id = :b GROUP BY reason",
            "points": "SELECT points_pending, points_available FROM member WHERE brand_id = :b",
            "hours": "SELECT sum(sales), sum(total_minor) FROM sale_hour WHERE brand_id = :b",
        }
        names = {
            self.id(prefix, name, *n): f"{prefix} {name} {n}"
            for name in NAMES
            for prefix, n in (("sal", ()), ("tnd", (0,)), ("tnd", (1,)))
        }
        seed = self.seed
        names |= {seed.brand_party: "brand", seed.dealer: "dealer", seed.landlord: "landlord", brand: "all"}
        names |= {variant: f"variant {n}" for n, variant in enumerate(seed.variants)}

        def ask(sql: str) -> list[tuple[Any, ...]]:
            with self.db.engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(sql), {"b": brand})]

        found: dict[str, Any] = {
            kind: {names[row[0]]: row[1:] for row in ask(sql)} for kind, sql in queries.items()
        }
        found |= {kind: Counter(names.get(r[0], r[0]) for r in ask(sql)) for kind, sql in counted.items()}
        for kind, sql in summed.items():
            found[kind] = sorted((str(names.get(r[0], r[0])), *map(str, r[1:])) for r in ask(sql))
        return found

    def waiting_jobs(self) -> set[str]:
        """The payments that somebody will ask about."""
        ours = {self.id("tnd", name, n): f"{name} {n}" for name in NAMES for n in (0, 1)}
        with self.db.engine.connect() as connection:
            keys = connection.execute(text("SELECT once_key FROM job WHERE state = 'waiting'")).scalars()
            ids = {str(key).rpartition(":")[2] for key in keys}
        return {ours[one] for one in ids if one in ours}


NAMES = ("paid", "member", "cash", "no", "other", "twice", "late", "lost", "parts", "one part", "slow")


def script(shop: Shop) -> list[FinishTender]:
    """Sales of every kind, and what is heard of them at once."""
    for name in ("paid", "no", "other", "twice", "late", "slow"):
        shop.open(name)
    shop.open("member", by_member=True)
    shop.open("cash", ("cash", 3_000), ("wallet", None))
    shop.open_in_parts("parts", 4_000, 6_000)
    shop.open_in_parts("one part", 4_000)
    shop.alone([shop.said("late", "declined")])  # this one had failed before
    said = shop.said
    return [
        said("paid", "paid"),
        said("no", "declined"),
        said("twice", "paid"),
        said("parts", "paid", 4_000, n=0),
        said("member", "paid"),
        said("other", "paid", 9_999),
        said("twice", "paid"),
        said("late", "paid"),
        said("cash", "paid", 7_000, n=1),
        said("parts", "paid", 6_000, n=1),
        said("one part", "paid", 4_000),
        said("slow", "unknown"),
    ]


def states(told: Sequence[Told | BaseException]) -> list[Any]:
    return [one["state"] if isinstance(one, dict) else one for one in told]


EXPECTED = ["paid", "abandoned", "paid", "open", "paid", "open"]
EXPECTED += ["paid", "abandoned", "paid", "paid", "open", "open"]


def test_together_comes_to_what_it_comes_to_one_by_one(db: Database) -> None:  # noqa: F811
    one_by_one, at_once = Shop(db, "nordlys"), Shop(db, "aurora")
    alone = one_by_one.alone(script(one_by_one))
    together = at_once.together(script(at_once))
    assert states(together) == states(alone) == EXPECTED
    assert together[2] == together[6]  # told twice, the same receipt
    books = at_once.books()
    assert books == one_by_one.books()
    assert books["tender"]["tnd other (0,)"][:2] == ("unknown", "amount_differs")
    assert books["events"]["tenders.late_success.v1"] == 1
    assert books["events"]["sales.sale_paid.v1"] == 5
    assert sum(int(row[2]) for row in books["ledger"]) == 0
    # Whoever has an end is not asked about any more.
    assert at_once.waiting_jobs() == one_by_one.waiting_jobs() == {"other 0", "slow 0"}


def test_one_that_is_refused_spoils_no_other(db: Database) -> None:  # noqa: F811
    shop = Shop(db, "nordlys")
    shop.open("paid")
    shop.open("twice")
    told = shop.together([shop.said("paid", "paid"), shop.said("lost", "paid"), shop.said("twice", "paid")])
    assert states([told[0], told[2]]) == ["paid", "paid"]
    assert isinstance(told[1], Refusal)
    assert told[1].code == "tenders.not_found"
    books = shop.books()
    assert books["hours"] == [("2", "20000")]
    assert books["evidence"] == {"tnd paid (0,)": 1, "tnd twice (0,)": 1}


def test_one_transaction_settles_them_all(db: Database) -> None:  # noqa: F811
    shop = Shop(db, "nordlys")
    names = ("paid", "twice", "late", "slow")
    for name in names:
        shop.open(name)
    before = db.batches
    told = shop.together([shop.said(name, "paid") for name in names])
    assert states(told) == ["paid"] * 4
    assert db.batches - before <= 2  # what held the writer, and they


def test_the_same_sale_id_at_two_brands_is_two_sales(db: Database) -> None:  # noqa: F811
    here, there = Shop(db, "nordlys"), Shop(db, "aurora")
    sale_id = here.id("sal", "paid")
    own_id = there.id
    there.id = lambda prefix, *names: sale_id if prefix == "sal" else own_id(prefix, *names)  # type: ignore[method-assign]
    here.open("paid")
    there.open("paid")
    told = here.together([here.said("paid", "paid"), there.said("paid", "paid")])
    assert [one["brand_id"] for one in told if isinstance(one, dict)] == [
        here.seed.brand_id,
        there.seed.brand_id,
    ]
