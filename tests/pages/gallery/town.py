"""The gallery's town: the demo's, at a fixed moment, with nine days of trade behind it that are the same each time."""

import asyncio
import hashlib
import json
import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import uvicorn

from highstreet import migrations
from highstreet.app import Server, create_app, open_program
from highstreet.demo import sofa
from highstreet.demo.names import Keys
from highstreet.demo.seed import seed_town
from highstreet.demo.streets import write_streets
from highstreet.flows.program import Program
from highstreet.kernel.db import Database
from highstreet.kernel.ids import new_id
from highstreet.kernel.settings import Settings
from highstreet.kernel.time import MovableClock
from highstreet.kernel.tx import Tx
from highstreet.migrations.run import upgrade
from highstreet.rooms.identity import (
    NewPerson,
    OpenSession,
    TerminalSender,
    TokenKind,
    add_people,
    make_token,
    open_session,
    token_hash,
)
from highstreet_simulator.town.plan import TownPlan
from highstreet_simulator.town.tiles import write_tiles
from highstreet_simulator.wallet import ThreadedWallet, WalletSettings
from tests.pages.gallery.partners import deal_with_partners, pay_by_wallet
from tests.stories.conftest import free_port, wait_for

# A Friday afternoon in Helsinki: the shops are open.
NOW = datetime(2026, 11, 20, 13, 24, tzinfo=UTC)
DAYS = 8
ZONE = ZoneInfo("Europe/Helsinki")
SECRET = "the gallery's secret, which opens nothing else anywhere"
PASSWORDLESS = {
    "X-Highstreet": "page",
    "User-Agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0 Mobile",
}
PEOPLE = ("shopper", "register", "office", "dealer", "landlord")


@dataclass
class GalleryTown:
    """The running town: where it is, who one can be, and what lies in it."""

    url: str
    wallet_url: str
    program: Program
    clock: MovableClock
    keys: dict[str, Any]
    run: Any
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    clients: list[httpx.Client] = field(default_factory=list)
    # What the pages' addresses need: brand, place, sale … as `{brand}` in a path.
    facts: dict[str, str] = field(default_factory=dict)
    account: dict[str, str] = field(default_factory=dict)

    def scan(self, qr: str) -> None:
        """The wallet's app pays what a QR asks for."""
        with httpx.Client(base_url=self.wallet_url, trust_env=False, verify=False) as http:
            header = {"Authorization": f"Bearer {self.account['app_token']}"}
            path = f"/app/accounts/{self.account['account_id']}/scan"
            told(http.post(path, headers=header, json={"code_url": qr}))

    def http(self, token: str | None = None, cookies: dict[str, str] | None = None) -> httpx.Client:
        headers = dict(PASSWORDLESS) if cookies is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        made = httpx.Client(
            base_url=self.url, headers=headers, cookies=cookies, timeout=30, trust_env=False, verify=False
        )
        self.clients.append(made)
        return made

    def enter(self, person: str) -> dict[str, str]:
        """Be one of the demo's people, as the front door does it; their cookies come back."""
        http = self.http(cookies={})
        told(http.post("/door/v1/enter", json={"person": person}))
        return {cookie.name: str(cookie.value) for cookie in http.cookies.jar}

    def at(self, moment: datetime) -> None:
        """Move our clock, and the wallet's."""
        self.clock.set(moment)
        offset = moment.timestamp() - time.time()
        told(httpx.post(f"{self.wallet_url}/sim/clock", json={"offset_s": offset}, trust_env=False))

    def auth_code(self) -> str:
        """What the shopper's wallet shows now."""
        self.at(self.clock.now())
        with httpx.Client(base_url=self.wallet_url, trust_env=False, verify=False) as http:
            header = {"Authorization": f"Bearer {self.account['app_token']}"}
            return str(
                told(http.get(f"/app/accounts/{self.account['account_id']}/code", headers=header))[
                    "auth_code"
                ]
            )

    def member_code(self) -> str:
        """The shopper's code that the register scans."""
        path = f"/shop/v1/memberships/{self.facts['brand']}/code"
        return str(told(self.http(cookies=self.cookies["shopper"]).get(path))["code"])


def told(answer: httpx.Response) -> Any:
    """What was answered. Errors: AssertionError when it was refused."""
    assert answer.is_success, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    return answer.json() if answer.content else None


@contextmanager
def open_gallery(folder: Path, plan: TownPlan, days: int = DAYS) -> Iterator[GalleryTown]:
    """Seed (once for each version of the schema), copy, start, and let the nine days pass."""
    plan = _well_stocked(plan)
    seeded = folder / f"seed-{_version(plan)}"
    if not (seeded / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _seed(seeded, plan)
    live = folder / "live"
    shutil.rmtree(live, ignore_errors=True)
    shutil.copytree(seeded, live)
    with ThreadedWallet(WalletSettings(currency="EUR", tick_s=0.05)) as wallet:
        town, stop = _start(live, wallet.url)
        try:
            _live(town, plan, days)
            yield town
        finally:
            for client in town.clients:
                client.close()
            stop()
            town.program.db.close()


def _well_stocked(plan: TownPlan) -> TownPlan:
    """Enough of what the register sells in every variant."""
    place = next(p.key for p in plan.places if p.brand_key == plan.brands[0].key)
    sold = {(place, gtin) for gtin in _shelf(plan, place)}
    lines = (
        replace(line, quantity=90) if (line.place_key, line.gtin) in sold else line for line in plan.stock
    )
    return replace(plan, stock=tuple(lines))


def _version(plan: TownPlan) -> str:
    steps = sorted(Path(migrations.__path__[0]).glob("versions/[0-9]*.py"))
    steps.append(Path(sofa.__file__))
    known = b"".join(step.read_bytes() for step in steps) + plan.digest().encode() + NOW.isoformat().encode()
    return hashlib.sha256(known).hexdigest()[:12]


def _seed(folder: Path, plan: TownPlan) -> None:
    folder.mkdir(parents=True)
    write_tiles(folder / "town.pmtiles")
    write_streets(folder / "streets.json")
    url = f"sqlite:///{folder / 'town.db'}"
    upgrade(url)
    db = Database(url, readers=1)
    try:
        begun = MovableClock(NOW - timedelta(days=DAYS + 1))
        seed_town(db, plan, begun, lambda _done, _of: None, secret=SECRET.encode())
    finally:
        db.close()
    (folder / "keys.json").write_text(json.dumps(Keys(plan, SECRET.encode()).document()))
    (folder / "done").touch()


def _start(folder: Path, wallet_url: str) -> tuple[GalleryTown, Any]:
    port = free_port()
    settings = Settings(
        mode="demo",
        database_url=f"sqlite:///{folder / 'town.db'}",
        secret=SECRET,
        port=port,
        public_url=f"http://127.0.0.1:{port}",
        wallet_url=wallet_url,
        wallet_merchant_id="gallery",
        demo_people=str(folder / "keys.json"),
        map_path=str(folder / "town.pmtiles"),
        streets_path=str(folder / "streets.json"),
        lake_path=str(folder / "lake"),
        log_level="error",
        sign_ins_an_hour=0,
        touches_a_minute=0,
        searches_a_minute=0,
    )
    clock = MovableClock(NOW - timedelta(days=DAYS))
    program = open_program(settings, clock=clock, sender=TerminalSender(keeps=True))
    merchant = {
        "merchant_id": "gallery",
        "public_key": settings.wallet_public_key,
        "notify_url": f"http://127.0.0.1:{port}/hooks/wallet/notices",
    }
    told(httpx.post(f"{wallet_url}/sim/merchants", json=merchant, trust_env=False))
    app = create_app(program)
    # Without its Date header the pages go by the browser's clock, which stands still as ours does.
    config = uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1, date_header=False)
    server, loop = Server(program, config), asyncio.new_event_loop()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.serve())

    thread = threading.Thread(target=serve)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(15)

    def run(job: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(job, loop).result(30)

    url = f"http://127.0.0.1:{port}"
    wait_for(f"{url}/healthz")
    keys = json.loads((folder / "keys.json").read_text())
    return GalleryTown(url, wallet_url, program, clock, keys, run), stop


def _live(town: GalleryTown, plan: TownPlan, days: int) -> None:
    """Some days (four or more, today among them) of trade at one brand, and what the shopper of the front door did."""
    chance = random.Random(7)
    brand = plan.brands[0]
    stage = told(town.http().get("/door/v1/tour"))
    town.facts |= {
        "brand": stage["brand_id"],
        "place": stage["place_id"],
        "slug": stage["slug"],
        "gtin": stage["gtin"],
    }
    places = [p for p in town.keys["places"] if p["brand_id"] == stage["brand_id"]]
    # Places of each kind: of the register, of the brand, of the dealer and the landlord whom one can be.
    ours = [p for p in plan.places if p.brand_key == brand.key]
    logins = {town.keys["try"][f"{who}_login"].partition("@")[0] for who in ("dealer", "landlord")}
    theirs = {person.party_key for person in plan.staff if person.login in logins}
    kept = [p.key for p in ours if {p.operator_key, p.landlord_key} & theirs]
    busy = [p for p in places if p["key"] in {*(p.key for p in ours[:4]), *kept[:8]}]
    pieces = {key: _pieces(plan, key) for key in {p["key"] for p in busy}}
    slugs = [
        c["slug"] for c in town.keys["codes"] if c["brand_id"] == stage["brand_id"] and c["kind"] != "place"
    ][:9]
    town.at(NOW - timedelta(days=days))
    shoppers = [_shopper(town, number) for number in range(12)]
    for number, shopper in enumerate(shoppers):
        _join(town, shopper, slugs[number % len(slugs)], claims=number % 3 == 0)
    visitor = _visitor(town, stage, plan, days)
    for day in range(days, -1, -1):
        _day(town, day, busy, pieces, shoppers, slugs, chance)
        next(visitor)
    _greet(town, places)
    _name_things(town, stage)
    deal_with_partners(town, NOW)


def _pieces(plan: TownPlan, place_key: str) -> list[str]:
    return [line.gtin for line in plan.stock if line.place_key == place_key and line.quantity > 3]


def _shelf(plan: TownPlan, place_key: str) -> list[str]:
    """Four articles that lie there in number, of different products and prices that a spend-and-get offer reaches."""
    lines = sorted(
        (line for line in plan.stock if line.place_key == place_key),
        key=lambda line: (-line.quantity, line.gtin),
    )
    product = {v.gtin: p.key for p in plan.products for v in p.variants}
    found: dict[str, str] = {}
    for line in lines:
        found.setdefault(product[line.gtin], line.gtin)
    return list(found.values())[:4]


def _shopper(town: GalleryTown, number: int) -> httpx.Client:
    token = make_token(TokenKind.SESSION, hashlib.sha256(f"gallery {number}".encode()).digest())
    person = NewPerson(new_id("psn"), f"+3584800010{number:02}", ("en", "zh")[number % 2], town.clock.now())
    session = OpenSession(person.id, token_hash(token), new_id("ses"), "Chrome, Android", town.clock.now())
    town.program.db.write_now(_open, (person, session))
    return town.http(token)


def _open(tx: Tx, command: tuple[NewPerson, OpenSession]) -> None:
    add_people(tx, [command[0]])
    open_session(tx, command[1])


def _join(town: GalleryTown, shopper: httpx.Client, slug: str, *, claims: bool) -> None:
    device = new_id("dev")
    told(shopper.post("/shop/v1/touches", json={"id": new_id("tch"), "slug": slug, "device_id": device}))
    purposes = ["service", "measurement"]
    body = {
        "entry": "poster",
        "code_slug": slug,
        "joins": True,
        "purposes": purposes,
        "consent_ids": [new_id("cst") for _ in purposes],
        "member_id": new_id("mbr"),
    }
    told(shopper.put(f"/shop/v1/brands/{town.facts['brand']}/follow", json=body))
    if claims:
        _claim(town, shopper, town.facts["brand"])


def _claim(town: GalleryTown, shopper: httpx.Client, brand_id: str) -> None:
    """Whatever can be claimed there now."""
    for one in told(shopper.get("/shop/v1/feed")):
        if one["brand"]["brand_id"] == brand_id and one["can_claim"]:
            path = f"/shop/v1/brands/{brand_id}/offers/{one['offer']['offer_id']}/claims"
            told(shopper.post(path, json={"coupon_id": new_id("cpn")}))


def _day(
    town: GalleryTown,
    day: int,
    busy: list[Any],
    pieces: dict[str, list[str]],
    shoppers: list[httpx.Client],
    slugs: list[str],
    chance: random.Random,
) -> None:
    """A day's sales, in the order of their times; the last day ends now."""
    opens = (NOW - timedelta(days=day)).astimezone(ZONE).replace(hour=10, minute=0)
    minutes = 290 if day == 0 else 520
    for minute in sorted(chance.sample(range(4, minutes), 16 + chance.randrange(8))):
        town.clock.set(opens + timedelta(minutes=minute))
        place = chance.choice(busy)
        member = chance.choice(shoppers) if chance.random() < 0.55 else None
        if chance.random() < 0.6:
            touch = {"id": new_id("tch"), "slug": chance.choice(slugs), "device_id": new_id("dev")}
            told((member or town.http()).post("/shop/v1/touches", json=touch))
        gtins = chance.sample(pieces[place["key"]], chance.randint(1, 3))
        sold = _sell(town, place, gtins, member)
        if sold and chance.random() < 0.06:
            back = {"id": new_id("rtn"), "sale_id": sold["sale_id"], "items": [{"line_no": 1, "quantity": 1}]}
            told(
                town.http(chance.choice(place["registers"])["token"]).post("/register/v1/returns", json=back)
            )


def _sell(town: GalleryTown, place: Any, gtins: list[str], member: httpx.Client | None) -> Any:
    """One basket for cash."""
    coupons, code = [], None
    if member is not None:
        code = told(member.get(f"/shop/v1/memberships/{town.facts['brand']}/code"))["code"]
        coupons = [c["coupon_id"] for c in told(member.get("/shop/v1/coupons")) if c["state"] == "usable"]
    register = town.http(place["registers"][0]["token"])
    asked = {"items": [{"gtin": gtin} for gtin in gtins], "member_code": code, "coupons": coupons}
    quote = register.post("/register/v1/quotes", json=asked)
    if quote.status_code == 409:  # sold out meanwhile
        return None
    total = told(quote)["total_minor"]
    given = -(-total // 1000) * 1000
    tender = {"id": new_id("tnd"), "rail": "cash", "given_minor": given}
    sale = register.post(
        "/register/v1/sales", json={**asked, "id": new_id("sal"), "currency": "EUR", "tenders": [tender]}
    )
    return told(sale) if sale.is_success else None


def _visitor(town: GalleryTown, stage: Any, plan: TownPlan, days: int) -> Iterator[None]:
    """The front door's shopper, evening by evening: follows, joins, claims, buys twice, brings one piece back."""
    brand = stage["brand_id"]
    place = next(p for p in town.keys["places"] if p["place_id"] == stage["place_id"])
    register, shelf = town.http(place["registers"][0]["token"]), _shelf(plan, place["key"])
    town.facts["gtins"] = " ".join(shelf)
    with httpx.Client(base_url=town.wallet_url, trust_env=False, verify=False) as http:
        opened = {"name": "Visitor", "balance_minor": 500_000, "confirm_mode": "auto"}
        town.account = told(http.post("/app/accounts", json=opened))
    yield from (None for _ in range(days - 3))

    town.at(NOW - timedelta(days=3) + timedelta(hours=4))
    town.cookies = {"shopper": town.enter("shopper")}
    shopper = town.http(cookies=town.cookies["shopper"])
    _join(town, shopper, stage["slug"], claims=True)
    for other in [b for b in town.keys["brands"] if b["brand_id"] != brand][:3]:
        body = {"entry": "map", "joins": False, "purposes": [], "consent_ids": []}
        told(shopper.put(f"/shop/v1/brands/{other['brand_id']}/follow", json=body))
    first = _charge(town, register, shelf[:2], shopper)
    town.facts["returned"] = first["sale_id"]
    yield
    town.at(NOW - timedelta(days=2) + timedelta(hours=4))
    back = {"id": new_id("rtn"), "sale_id": first["sale_id"], "items": [{"line_no": 1, "quantity": 1}]}
    told(register.post("/register/v1/returns", json=back))
    yield
    yield
    town.at(NOW - timedelta(minutes=18))
    _claim(town, shopper, brand)
    town.facts["sale"] = _charge(town, register, shelf[1:4], shopper)["sale_id"]
    _claim(town, shopper, brand)
    _order(town, shopper)
    yield


def _order(town: GalleryTown, shopper: httpx.Client) -> None:
    """A sofa: its deposit paid by the wallet, a part of the rest as a link for somebody else."""
    place = next(p for p in town.keys["places"] if p["key"].startswith(sofa.BRAND))
    town.facts |= {"sofa_brand": place["brand_id"], "sofa_place": place["place_id"], "sofa": sofa.GTIN}
    body = {"entry": "map", "joins": True, "purposes": ["service"], "consent_ids": [new_id("cst")]}
    told(shopper.put(f"/shop/v1/brands/{place['brand_id']}/follow", json=body))
    asked = {"brand_id": place["brand_id"], "place_id": place["place_id"], "items": [{"gtin": sofa.GTIN}]}
    more = {"id": new_id("sal"), "currency": "EUR", "expected_total_minor": sofa.PRICE_MINOR}
    order = told(shopper.post("/shop/v1/orders", json=asked | more))
    path = f"/shop/v1/orders/{place['brand_id']}/{order['sale_id']}"
    town.facts["order"] = order["sale_id"]
    pay_by_wallet(town, shopper, order)
    linked = told(shopper.post(f"{path}/links", json={"id": new_id("tnd"), "amount_minor": 200_000}))
    town.facts["pay_link"] = linked["parts"][-1]["link"].rpartition("/")[2]


def _greet(town: GalleryTown, places: list[Any]) -> None:
    """It is now; nearly all registers of the brand are awake, and the people of the other doors come in."""
    town.at(NOW - timedelta(minutes=1))
    for place in places[:-2]:
        for register in place["registers"]:
            told(town.http(register["token"]).get("/register/v1/me"))
    town.at(NOW)
    for person in PEOPLE[1:]:
        town.cookies[person] = town.enter(person)


def _charge(town: GalleryTown, register: httpx.Client, gtins: list[str], shopper: httpx.Client) -> Any:
    """With member's code and coupons, by the wallet."""
    held = told(shopper.get("/shop/v1/coupons"))
    body = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": gtin} for gtin in gtins],
        "member_code": town.member_code(),
        "coupons": [c["coupon_id"] for c in held if c["state"] == "usable"],
        "tenders": [{"id": new_id("tnd"), "rail": "wallet", "auth_code": town.auth_code()}],
    }
    sale = told(register.post("/register/v1/sales", json=body))
    ends = time.monotonic() + 15
    while sale["state"] == "open" and time.monotonic() < ends:
        time.sleep(0.2)
        sale = told(register.get(f"/register/v1/sales/{body['id']}"))
    assert sale["state"] == "paid", sale
    return sale


def _give_pins(office: httpx.Client) -> None:
    """Three of each role sign in at registers: who of them is at ours, the register lists."""
    found = told(office.get("/office/v1/staff"))
    staff = found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list))
    for one in staff:
        told(office.put(f"/office/v1/staff/{one['staff_id']}/pin", json={"pin": "4711"}))


def _name_things(town: GalleryTown, stage: Any) -> None:
    """Ids for the addresses of the office's and the dealers' pages."""
    office = town.http(cookies=town.cookies["office"])

    def some(path: str, name: str, **wanted: Any) -> str:
        found = told(office.get(f"/office/v1/{path}"))
        rows = found if isinstance(found, list) else next(v for v in found.values() if isinstance(v, list))
        fits = [row for row in rows if all(row.get(k) == v for k, v in wanted.items())] or rows
        return str(fits[0][name])

    goods = [g for g in told(office.get("/office/v1/goods", params={"text": stage["gtin"]})) if g]
    town.facts["variant"] = str(goods[0]["variant_id"]) if goods else ""
    town.facts["register"] = some("registers", "register_id", place_id=stage["place_id"])
    town.facts["offer"] = some("offers", "offer_id", kind="spend_get")
    town.facts["code"] = some("codes", "code_id", slug=stage["slug"])
    town.facts["colleague"] = some("staff", "staff_id", role="assistant")
    town.facts["member"] = some("members/list", "member_id")
    _give_pins(office)
    dealer = town.http(cookies=town.cookies["dealer"])
    sales = told(dealer.get("/dealer/v1/sales"))
    rows = sales if isinstance(sales, list) else next(v for v in sales.values() if isinstance(v, list))
    town.facts["dealer_sale"] = str(rows[0].get("sale_id") or rows[0]["id"])
