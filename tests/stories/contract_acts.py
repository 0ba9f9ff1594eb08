"""Acts the worked examples of docs/templates/ over HTTP: a contract by its template, sales, returns, payments."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from highstreet.kernel.ids import new_id
from highstreet.rooms.parties import AddParty, PlaceRow, PutPlaces, add_party, put_places
from highstreet.rooms.stock import CountRow, CountStock, count_stock
from highstreet_recompute import recompute
from tests.stories.acts import ledger_is_balanced, return_of
from tests.stories.conftest import Stage
from tests.stories.contract_pages import Step, steps_of
from tests.stories.test_loop import ok, wallet_app

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
HELSINKI = ZoneInfo("Europe/Helsinki")
PRICES = {10000: 0, 9000: 0, 4990: 1, 250: 2}
"""Which of the stage's goods costs so much; 90.00 is the member's price of the first."""
PASSWORD = "long enough for anybody"
STORE, HOME = "Nordlys Centre", "Home store"


@dataclass
class Deal:
    """A stage with the parties of an example, by the names that the pages give them."""

    stage: Stage
    parties: dict[str, str]
    began: datetime
    phone: httpx.Client | None = None
    sold: dict[str, tuple[str, list[int]]] = field(default_factory=dict)
    settled_until: date | None = None
    contract: dict[str, Any] = field(default_factory=dict)

    @property
    def brand_id(self) -> str:
        return self.stage.seed.brand_id

    def today(self) -> date:
        return self.stage.clock.now().astimezone(HELSINKI).date()

    def office(self) -> httpx.Client:
        """Signed in anew: sessions do not outlast the days that go by."""
        return self.stage.office()

    def staff(self, who: str) -> httpx.Client:
        """A party's manager."""
        asked = {"login": f"{who}@nordlys", "password": PASSWORD}
        return self.stage.client(ok(self.stage.client().post("/dealer/v1/sign-in", json=asked))["token"])


def open_deal(stage: Stage, *more: str) -> Deal:
    """Brand, dealer and landlord of the stage, and others; each but the brand has a manager who can sign in."""
    seed = stage.seed
    parties = {"brand": seed.brand_party, "dealer": seed.dealer, "landlord": seed.landlord}
    for who in more:
        parties[who] = new_id("pty")
        asked = AddParty(seed.brand_id, parties[who], "dealer", who.title(), who, stage.clock.now())
        stage.program.db.write_now(add_party, asked)
    deal = Deal(stage, parties, stage.clock.now())
    office = deal.office()
    for who, party_id in parties.items():
        if who != "brand":
            account = {"party_id": party_id, "login": f"{who}@nordlys", "name": who, "password": PASSWORD}
            staff_id = ok(office.post("/office/v1/staff", json=account), 201)["staff_id"]
            role = "landlord_manager" if who == "landlord" else "dealer_manager"
            given = {"role": role, "scope_id": party_id}
            ok(office.post(f"/office/v1/staff/{staff_id}/roles", json=given))
    policy = {"deposit_bp": 2000, "minimum_minor": 100, "hold_days": 14}
    ok(office.put("/office/v1/order-policy", json=policy))
    return deal


def template(deal: Deal, name: str) -> dict[str, Any]:
    """The terms that the office is offered."""
    found = ok(deal.office().get("/office/v1/contracts/templates"))
    return dict(next(one["terms"] for one in found if one["name"] == name))


def sign(deal: Deal, terms: dict[str, Any], who: str, *bound: str, of: str | None = None) -> dict[str, Any]:
    """The office proposes, and exactly these accept by what they saw; it is in force then, and not before."""
    asked: dict[str, Any] = {"operator_party_id": deal.parties[who], "terms": terms}
    told = ok(deal.office().post("/office/v1/contracts", json=asked | ({"id": of} if of else {})), 201)
    assert {one["party_id"] for one in told["acceptances"]} == {deal.parties[one] for one in bound}
    for one in bound:
        assert in_force(deal, told)["in_force_from"] is None
        path = f"/dealer/v1/contracts/{told['id']}/{told['version']}/accept"
        seen = {"party_id": deal.parties[one], "terms_hash": told["terms_hash"]}
        ok(deal.staff(one).post(path, json=seen), 204)
    deal.contract = in_force(deal, told)
    assert deal.contract["in_force_from"] is not None
    deal.stage.advance(SECOND)
    return deal.contract


def in_force(deal: Deal, told: dict[str, Any]) -> dict[str, Any]:
    found = ok(deal.office().get("/office/v1/contracts"))
    return dict(next(one for one in found if (one["id"], one["version"]) == (told["id"], told["version"])))


def count(deal: Deal, who: str, pieces: int) -> None:
    """So many pieces of each article at the stage's place are this party's."""
    seed, now = deal.stage.seed, deal.stage.clock.now()
    rows = [CountRow(v, seed.cell, seed.place_id, deal.parties[who], pieces) for v in seed.variants]
    deal.stage.program.db.write_now(count_stock, CountStock(seed.brand_id, now, new_id("cnt"), rows))


def run_place(deal: Deal, who: str, place_id: str, name: str, landlord: str | None = None) -> None:
    """A place has this operator from now on."""
    row = PlaceRow(place_id, deal.parties[who], name, name, deal.parties[landlord] if landlord else None)
    deal.stage.program.db.write_now(put_places, PutPlaces(deal.brand_id, [row], deal.stage.clock.now()))


def follow(deal: Deal, home_place_id: str | None = None, code: str | None = None) -> None:
    """A follower signs in; before, the store has entered them as its member, and they have scanned a code."""
    stage, phone, device = deal.stage, "+358401234599", new_id("dev")
    if home_place_id is not None:
        file = f"member_ref,phone,joined_at,home_place_ref\n7,{phone},2025-05-01T10:00:00Z,{home_place_id}\n"
        told = ok(deal.office().post("/office/v1/imports/members", content=file.encode()))
        assert (told["imported"], told["bad"]) == (1, []), told
    if code is not None:
        touch = {"id": new_id("tch"), "slug": code, "device_id": device}
        ok(stage.client().post("/shop/v1/touches", json=touch))
    deal.phone = stage.shopper(phone, device)
    asked = {"entry": "shop", "code_slug": code, "joins": True, "purposes": ["service", "measurement"]}
    asked |= {"consent_ids": [new_id("cst"), new_id("cst")], "member_id": new_id("mbr")}
    ok(deal.phone.put(f"/shop/v1/brands/{deal.brand_id}/follow", json=asked))


def items(deal: Deal, step: Step) -> list[dict[str, Any]]:
    gtins = deal.stage.seed.gtins
    return [{"gtin": gtins[PRICES[price]], "quantity": pieces} for pieces, price in step.goods]


def total(step: Step) -> int:
    return sum(pieces * price for pieces, price in step.goods)


def sell(deal: Deal, step: Step) -> None:
    """In cash, at the place's own register."""
    body = {"id": new_id("sal"), "currency": "EUR", "items": items(deal, step)}
    body |= {"tenders": [{"id": new_id("tnd"), "rail": "cash"}]}
    told = ok(deal.stage.register.post("/register/v1/sales", json=body))
    assert (told["state"], told["total_minor"]) == ("paid", total(step))
    deal.sold[step.number] = (body["id"], [price for _, price in step.goods])


def order(deal: Deal, step: Step) -> None:
    """On the phone, for pickup at the place, paid at once by wallet."""
    stage, phone = deal.stage, deal.phone
    assert phone is not None
    asked = {"id": new_id("sal"), "brand_id": deal.brand_id, "place_id": stage.seed.place_id}
    asked |= {"items": items(deal, step), "currency": "EUR", "expected_total_minor": total(step)}
    told = ok(phone.post("/shop/v1/orders", json=asked), 201)
    at = f"/shop/v1/orders/{deal.brand_id}/{told['sale_id']}"
    part = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": total(step)}
    shown = ok(phone.post(f"{at}/tenders", json=part))["qr"]
    app, account = wallet_app(stage)
    ok(app.post(f"/app/accounts/{account}/scan", json={"code_url": shown}))
    stage.advance(timedelta(seconds=6))
    stage.drain()
    assert ok(phone.get(at))["state"] == "paid"
    deal.sold[step.number] = (told["sale_id"], [price for _, price in step.goods])


def take_back(deal: Deal, step: Step) -> None:
    """At the place's register, by the rail it was paid by."""
    sale_id, prices = deal.sold[step.of]
    pieces = {prices.index(price) + 1: n for n, price in step.goods}
    told = ok(deal.stage.register.post("/register/v1/returns", json=return_of(sale_id, pieces)))
    assert told["refund_minor"] == total(step)
    deal.stage.drain()


def pay(deal: Deal, step: Step) -> None:
    """The day ends, its statements are made, and what they leave is transferred."""
    stage = deal.stage
    first = deal.settled_until + DAY if deal.settled_until else deal.began.astimezone(HELSINKI).date()
    last = deal.settled_until = deal.today()
    stage.advance(DAY)
    office = deal.office()
    asked = ok(
        office.post("/office/v1/settlements", json={"first_day": f"{first}", "last_day": f"{last}"}), 201
    )
    stage.drain()
    made = ok(office.get("/office/v1/settlements"))[0]
    assert (made["id"], made["state"], made["differs"]) == (asked["id"], "made", [])
    at = f"/office/v1/settlements/{made['id']}/payments"
    if not step.pays:
        assert ok(office.post(at), 409)["code"] == "settlements.nothing_due"
        return
    names = {party_id: who for who, party_id in deal.parties.items()}
    opened = ok(office.post(at), 201)
    due = {(names[p["payer_id"]], names[p["payee_id"]], p["amount_minor"]) for p in opened}
    assert due == step.pays, step
    for one in opened:
        ended = {"state": "paid", "bank_ref": "B-1"}
        assert ok(office.post(f"/office/v1/payments/{one['id']}/end", json=ended))["state"] == "paid"


def held(deal: Deal) -> dict[str, int]:
    """What each has earned and was not paid."""
    found = ok(deal.office().get("/office/v1/earnings"))["earned"]
    return {
        who: sum(one["amount_minor"] for one in found if one["owner_id"] == party_id)
        for who, party_id in deal.parties.items()
    }


def statements_agree(deal: Deal, told: Step) -> None:
    """Each party's statement of everything, as it downloads it, is worked out again and says what the page says."""
    deal.stage.advance(SECOND)
    office = deal.office().headers["Authorization"].removeprefix("Bearer ")
    for who, amount in told.gets.items():
        if who == "brand":
            asked = {"params": {"party": deal.parties["brand"]}, "headers": {"Cookie": f"hs_office={office}"}}
            statement = ok(deal.stage.client().get("/office/earnings/statement.json", **asked))
        else:
            statement = ok(deal.staff(who).get("/dealer/v1/statement.json"))
        sums = [one for _, _, one in recompute(statement).sums]
        assert sum(sums) == amount, who


ACTS = {"sold": sell, "ordered": order, "back": take_back}


def act(deal: Deal, name: str, **more: Any) -> None:
    """Everything on a page, row by row: who gets what, who pays whom, and what all earned in the end."""
    acts = ACTS | more
    for step in steps_of(name):
        if step.kind == "paid":
            pay(deal, step)
        elif step.kind == "earned":
            statements_agree(deal, step)
        else:
            before = held(deal)
            acts[step.kind](deal, step)
            after = held(deal)
            got = {who: after[who] - before[who] for who in after if after[who] != before[who]}
            assert got == {who: amount for who, amount in step.gets.items() if amount}, step
            deal.stage.advance(SECOND)
    assert ledger_is_balanced(deal.stage)
