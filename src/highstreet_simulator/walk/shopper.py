"""One shopper's days: poster, map, follow, offer, walk, register, receipt, and sometimes back again."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx

from highstreet_simulator.town.records import Shopper
from highstreet_simulator.walk.ids import fixed_id
from highstreet_simulator.walk.payer import Payer
from highstreet_simulator.walk.phone import Phone
from highstreet_simulator.walk.sheet import Sheet, Shop, Spot
from highstreet_simulator.walk.tally import Tally
from highstreet_simulator.walk.till import Basket, Till
from highstreet_simulator.walk.wire import RefusedError, Wire

WALKING_M_S = 1.4
# A minute of the town is a second here.
TOWN_FASTER = 60.0
LONGEST_WALK_S = 15.0
IDLE_S = 14.0
RECEIPT_WAIT_S = 5.0

SEES_POSTER, FOLLOWS, JOINS, SCANS_DOOR, MEETS_ASSISTANT = 0.75, 0.9, 0.9, 0.25, 0.3
PAYS_CASH, SHOWS_OLD_CODE, NEVER_CONFIRMS, RETURNS = 0.28, 0.04, 0.05, 0.05
CALLED_BACK = ("close", "expired", None)
ASKS_SHARE = 0.25  # of the wallets are set to ask before they pay


@dataclass(frozen=True, slots=True)
class World:
    """What all shoppers share."""

    shop: Wire
    wallet: Wire
    inbox: Wire
    sheet: Sheet
    tills: dict[str, Till]
    tally: Tally
    speed: float
    seed: int


class Walker:
    """Chooses by dice of its own, so that a seed tells what it does; when, the servers tell."""

    def __init__(self, world: World, who: Shopper, kept: dict[str, Any]) -> None:
        self.world, self.who = world, who
        self.die = Random(f"{world.seed}:{who.key}")
        self.spot = Spot(who.lat, who.lon)
        device = fixed_id("dev", f"{world.seed}:{who.phone}")
        session, account = kept.setdefault("session", {}), kept.setdefault("wallet", {})
        self.phone = Phone(world.shop, world.inbox, who.phone, device, who.locale, session)
        self.payer = Payer(world.wallet, account)
        self.asks = self.die.random() < ASKS_SHARE
        self.to_return: tuple[dict[str, Any], Shop] | None = None

    async def live(self) -> None:
        """Walk until cancelled; what goes wrong is counted, and life goes on."""
        await self._pause(self.die.uniform(0, 6))
        await self._survive(self._get_ready())
        async with asyncio.TaskGroup() as group:
            group.create_task(self.phone.listen())
            while True:
                if self.to_return is not None:
                    await self._survive(self._bring_back(*self.to_return))
                    self.to_return = None
                else:
                    await self._survive(self._go_out())
                await self._pause(self.die.expovariate(1 / IDLE_S))

    async def _survive(self, story: Any) -> None:
        tally = self.world.tally
        try:
            await story
        except RefusedError as refused:
            tally.problems[refused.code] += 1
            if refused.status == 401:
                await self._sign_in()
        except (httpx.HTTPError, KeyError) as error:
            tally.problems[type(error).__name__] += 1
            await asyncio.sleep(1)

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.world.speed)

    async def _get_ready(self) -> None:
        await self._sign_in()
        await self.payer.open(self.who.name, self.die.randrange(20_000, 150_000, 1_000), asks=self.asks)

    async def _sign_in(self) -> None:
        while True:
            try:
                needed_code = await self.phone.sign_in()
                self.world.tally.counts["sign_ins"] += needed_code
                return
            except (RefusedError, httpx.HTTPError) as error:
                self.world.tally.problems[str(getattr(error, "code", type(error).__name__))] += 1
                await asyncio.sleep(2)

    async def _walk_to(self, spot: Spot) -> None:
        seconds = self.spot.distance_m(spot) / WALKING_M_S / TOWN_FASTER
        await self._pause(min(seconds, LONGEST_WALK_S))
        self.spot = spot

    def _choose_brand(self) -> str:
        brands_of = self.world.sheet.brands_of
        tastes = [taste for taste in self.who.tastes if brands_of.get(taste.category_key)]
        if not tastes:
            return self.die.choice(sorted(self.world.sheet.shops_of))
        taste = self.die.choices(tastes, [taste.weight for taste in tastes])[0]
        return self.die.choice(brands_of[taste.category_key])

    async def _go_out(self) -> None:
        """The whole loop, once."""
        counts, die = self.world.tally.counts, self.die
        brand_id = self._choose_brand()
        slug, offer_id = None, None
        posters = self.world.sheet.posters_of.get(brand_id, ())
        if posters and die.random() < SEES_POSTER:
            poster = die.choice(posters)
            await self._walk_to(poster.spot)
            led = await self.phone.touch(poster.slug)
            counts["touches"] += 1
            slug, offer_id = poster.slug, (led["offer"] or {}).get("offer_id")
        near = await self.phone.nearest(self.spot.lat, self.spot.lon, brand_id)
        counts["looks"] += 1
        shops = [self.world.sheet.shops[n["place"]["place_id"]] for n in near]
        if not shops:
            return
        shop = shops[min(int(die.expovariate(1.2)), len(shops) - 1)]
        if brand_id not in self.phone.members and die.random() < FOLLOWS:
            await self._follow(brand_id, slug)
        if offer_id is not None:
            with suppress(RefusedError):  # each person gets only so many
                await self.phone.claim(brand_id, offer_id)
                counts["claims"] += 1
        await self._walk_to(shop.spot)
        await self._buy(shop)

    async def _follow(self, brand_id: str, slug: str | None) -> None:
        purposes = [
            "service",
            *(p for p, share in (("offers", 0.8), ("measurement", 0.75)) if self.die.random() < share),
        ]
        joins = self.die.random() < JOINS
        await self.phone.follow(brand_id, slug, purposes, joins=joins)
        self.world.tally.counts["follows"] += 1

    async def _buy(self, shop: Shop) -> None:
        die, counts = self.die, self.world.tally.counts
        for slugs, share in ((shop.door_slugs, SCANS_DOOR), (shop.assistant_slugs, MEETS_ASSISTANT)):
            if slugs and die.random() < share:
                await self.phone.touch(die.choice(slugs))
                counts["touches"] += 1
        shelf = await self.phone.shelf(shop.brand_id, shop.place_id)
        if not shelf:
            counts["empty_shelves"] += 1
            return
        chosen = die.sample(shelf, min(len(shelf), die.choices((1, 2, 3), (55, 30, 15))[0]))
        items = tuple((goods["gtin"], 2 if die.random() < 0.08 else 1) for goods in chosen)
        is_member = shop.brand_id in self.phone.members
        coupons = (await self.phone.usable_coupons(shop.brand_id))[:1] if is_member else []
        till = self.world.tills[die.choice(shop.registers).register_id]
        async with till.line:
            code = await self.phone.member_code(shop.brand_id) if is_member else None
            sale = await self._pay(till, Basket(items, code, tuple(coupons)))
        if sale is None:
            return
        counts["coupons"] += sum(1 for d in sale["discounts"] if d["coupon_id"])
        if is_member:
            await self._await_receipt(sale["sale_id"])
        if die.random() < RETURNS:
            self.to_return = (sale, shop)

    async def _pay(self, till: Till, basket: Basket) -> dict[str, Any] | None:
        tally = self.world.tally
        started = asyncio.get_running_loop().time()
        rail = "cash" if self.die.random() < PAYS_CASH else "wallet"
        if rail == "wallet":
            sale = await self._pay_by_wallet(till, basket)
            if sale["state"] != "paid":
                rail = "cash"
        if rail == "cash":
            sale = await till.charge_cash(basket)
        if sale["state"] != "paid":
            return None
        tally.charge_s.append(asyncio.get_running_loop().time() - started)
        tally.add_sale(rail, sale["currency"], sale["total_minor"])
        return sale

    async def _pay_by_wallet(self, till: Till, basket: Basket) -> dict[str, Any]:
        die, tally, old = self.die, self.world.tally, self.payer.last_code
        auth_code = old if old and die.random() < SHOWS_OLD_CODE else await self.payer.code()
        confirming = None
        if self.asks and die.random() >= NEVER_CONFIRMS:
            confirming = asyncio.create_task(self._confirm(die.uniform(1.5, 6) / min(self.world.speed, 4)))
        try:
            sale = await till.charge_wallet(basket, auth_code)
        finally:
            if confirming is not None:
                confirming.cancel()
        if sale["state"] != "paid":
            tally.counts["given_up" if sale.get("reason") in CALLED_BACK else "declined"] += 1
            if sale.get("reason") == "insufficient_balance":
                await self.payer.top_up()
        return sale

    async def _confirm(self, after_s: float) -> None:
        """Look at the phone after a while, and say yes."""
        await asyncio.sleep(after_s)
        while True:
            with suppress(RefusedError, httpx.HTTPError):
                for trade in await self.payer.pending():
                    await self.payer.confirm(trade["out_trade_no"])
                    self.world.tally.counts["confirmed"] += 1
            await asyncio.sleep(1)

    async def _await_receipt(self, sale_id: str) -> None:
        tally, answered = self.world.tally, asyncio.get_running_loop().time()
        came = await self.phone.receipt(sale_id, RECEIPT_WAIT_S)
        if came is None:
            tally.problems["no receipt on the stream"] += 1
            return
        tally.counts["receipts"] += 1
        tally.receipt_s.append(max(0.0, came - answered))

    async def _bring_back(self, sale: dict[str, Any], shop: Shop) -> None:
        """One piece, to the same place or to another of the brand."""
        die = self.die
        if die.random() < 0.3:
            shop = die.choice(self.world.sheet.shops_of[shop.brand_id])
        await self._walk_to(shop.spot)
        till = self.world.tills[die.choice(shop.registers).register_id]
        line = die.choice(sale["lines"])
        async with till.line:
            await till.take_back(sale, line["line_no"], die.choice(("unwanted", "does not fit", "damaged")))
        self.world.tally.counts["returns"] += 1
