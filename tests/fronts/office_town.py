"""Two brands with their people behind a real server, for the tests of the office's and the dealers' fronts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from highstreet.app import create_app, open_program
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.program import Program
from highstreet.flows.return_sale import ReturnAtRegister, return_sale
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish, sell
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.settings import Settings
from highstreet.kernel.tables import metadata
from highstreet.kernel.time import MovableClock
from highstreet.kernel.tx import Reader
from highstreet.rooms import identity, loop, parties
from highstreet.rooms.channel import ShareRule, SignContract, StockUse, Terms, sign_contract
from highstreet.rooms.identity import TerminalSender, TokenKind, hash_password, make_token, token_hash
from highstreet.rooms.members import MEASUREMENT, FollowBrand, GiveConsents, follow_brand, give_consents
from highstreet.rooms.offers import PublishOffer, PublishSharedCoupon, publish_offer, publish_shared_coupon
from highstreet.rooms.stock import CountRow, CountStock, count_stock
from highstreet.rooms.tenders.rails.book import RailAccount, Rails
from highstreet.rooms.tenders.rails.wallet import WalletRail
from tests.patience import PATIENCE_S
from tests.seeds import NOW, Seed, seed_brand
from tests.servers import served

PASSWORD = "correct horse battery"
PIN = "4711"
TERMS = Terms(
    "operator",
    (ShareRule("brand", 3000), ShareRule("landlord", 1000)),
    "operator",
    stock=StockUse(operator_for=("register", "shop")),  # who comes after it at a place may sell what it left
)
MONTH = timedelta(days=30)
OFFER, COUPON, CODE, CONTRACT, TOUCH = (
    stable_id(prefix, "town") for prefix in ("ofr", "cpn", "cod", "ctr", "tch")
)
PEOPLE = {
    # login: (brand, party, role, scope), as fields of the town
    "office": ("seed", "brand_party", "office_manager", "brand_id"),
    "dealer": ("seed", "dealer", "dealer_manager", "dealer"),
    "landlord": ("seed", "landlord", "landlord_manager", "landlord"),
    "store": ("seed", "dealer", "store_manager", "place_id"),
    "assistant": ("seed", "dealer", "assistant", "place_id"),
    "new": ("seed", "dealer", None, None),
    "leaving": ("seed", "dealer", None, None),
    "page-leaving": ("seed", "dealer", None, None),
    "dealer-leaving": ("seed", "dealer", None, None),
    "other-dealer-leaving": ("other", "dealer", None, None),
    "other-page-leaving": ("other", "dealer", None, None),
    "other-office": ("other", "brand_party", "office_manager", "brand_id"),
    "other-dealer": ("other", "dealer", "dealer_manager", "dealer"),
    "changing": ("seed", "dealer", None, None),
    "other-changing": ("other", "dealer", None, None),
    "dealer-changing": ("seed", "dealer", None, None),
    "other-dealer-changing": ("other", "dealer", None, None),
}


@lru_cache
def password_hash() -> str:
    """Argon2 is slow on purpose: once for all tests."""
    return hash_password(PASSWORD)


@dataclass
class Town:
    """The program, its server, and who is signed in: tokens by login, `shopper` and `register`."""

    program: Program
    clock: MovableClock
    url: str
    app: Any
    seed: Seed
    other: Seed
    # A place of the first brand that it operates itself, in nobody's building.
    own_place: str
    own_register: str
    tokens: dict[str, str] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def client(self, who: str | None) -> httpx.Client:
        """Somebody's browser; nobody's without a login."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=PATIENCE_S)

    def ask(self, who: str | None, method: str, path: str, status: int = 200, **sent: Any) -> Any:
        """Ask, check the status, and give the answer."""
        with self.client(who) as http:
            answer = http.request(method, path, **sent)
        assert answer.status_code == status, answer.text
        is_json = answer.headers.get("content-type", "").split(";")[0].endswith("json")
        return answer.json() if is_json and answer.content else answer.text

    def sell(
        self, *quantities: int, at: str = "", member: str | None = None, coupon: str | None = None
    ) -> str:
        """A cash sale of so many pieces of the first, second and third article; the sale's id."""
        command = SellAtRegister(
            brand_id=self.seed.brand_id,
            register_id=at or self.seed.register_id,
            sale_id=new_id("sal"),
            items=tuple(
                BasketItem(gtin, n) for gtin, n in zip(self.seed.gtins, quantities, strict=False) if n
            ),
            member_id=member,
            coupons=(coupon,) if coupon else (),
            currency="EUR",
            expected_total_minor=None,
            tenders=(TenderWish(new_id("tnd"), "cash", given_minor=None),),
            fingerprint="print",
            at=self.clock.now(),
            return_days=14,
        )
        assert self.program.db.write_now(sell, command).answer["state"] == "paid"
        return command.sale_id

    def take_back(self, sale_id: str, *items: tuple[int, int]) -> str:
        """Return (line, pieces) of a sale; the return's id."""
        return_id = new_id("rtn")
        command = ReturnAtRegister(
            brand_id=self.seed.brand_id,
            register_id=self.seed.register_id,
            return_id=return_id,
            sale_id=sale_id,
            items=items,
            reason="unwanted",
            fingerprint="print",
            at=self.clock.now(),
            return_days=14,
        )
        self.program.db.write_now(return_sale, command)
        return return_id

    def row_counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return self.program.db.read_now(_row_counts)


def _row_counts(reader: Reader) -> dict[str, int]:
    names = sorted(metadata.tables)
    union = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{name}\"" for name in names)
    return dict(map(tuple, reader.rows(text(union))))


@contextmanager
def open_town(
    url_of_database: str, wallet: WalletRail | None = None, start: datetime = NOW, **settings: Any
) -> Iterator[Town]:
    """Seed two brands and serve the program, without a worker: nothing happens but what a test does."""
    clock = MovableClock(start)
    lake = TemporaryDirectory()
    known = {
        "lake_path": lake.name,
        "mode": "test",
        "database_url": url_of_database,
        "readers": 2,
        "sign_ins_an_hour": 0,
        **settings,
    }
    program = open_program(Settings(_env_file=None, **known), clock, TerminalSender(keeps=True))  # type: ignore[call-arg]
    program.rails = Rails([] if wallet is None else [RailAccount("wallet", wallet)])
    write = program.db.write_now
    seed, other = write(seed_brand, "nordlys"), write(seed_brand, "ostrea")
    app = create_app(program, runs_worker=False)
    own_place, own_register = stable_id("plc", "own"), stable_id("reg", "own")
    try:
        with served(app) as url:
            town = Town(program, clock, url, app, seed, other, own_place, own_register)
            _seed_deals(town)
            _seed_people(town)
            yield town
    finally:
        program.db.close()
        lake.cleanup()


def _seed_deals(town: Town) -> None:
    write, seed, now = town.program.db.write_now, town.seed, town.clock.now()
    place = parties.PlaceRow(town.own_place, seed.brand_party, "Own store", "直营店")
    write(parties.put_places, parties.PutPlaces(seed.brand_id, [place], now))
    register = parties.RegisterRecord(seed.brand_id, town.own_register, town.own_place, "1", is_active=True)
    write(parties.add_registers, parties.AddRegisters([register], now))
    row = CountRow(seed.variants[2], 0, town.own_place, seed.brand_party, 20)
    write(count_stock, CountStock(seed.brand_id, now, "town", [row]))
    for brand, operator, terms in (
        (seed, seed.dealer, TERMS),
        (seed, seed.brand_party, Terms("brand", (), "brand")),
        (town.other, town.other.dealer, TERMS),
    ):
        contract_id = CONTRACT if operator == seed.dealer else stable_id("ctr", operator)
        contract = SignContract(brand.brand_id, contract_id, 1, operator, None, terms, now - MONTH, now)
        write(sign_contract, contract)
    offer = PublishOffer(
        brand_id=seed.brand_id,
        offer_id=OFFER,
        kind="spend_get",
        terms={"spend_minor": 5000, "off_minor": 1000},
        title_en="10 off from 50",
        title_zh="满50减10",
        funder_party_id=seed.brand_party,
        is_stackable=True,
        starts_at=now - MONTH,
        ends_at=now + MONTH,
        coupon_valid_s=86_400,
        at=now - MONTH,
        budget_minor=100_000,
    )
    write(publish_offer, offer)
    coupon = PublishSharedCoupon(seed.brand_id, OFFER, COUPON, "TENOFF", 100, now - MONTH, now + MONTH)
    write(publish_shared_coupon, coupon)
    code = loop.CodeRow(
        CODE, "bus-7", "poster", "autumn", "Bus stop", "公交站", None, None, None, 60.17, 24.94
    )
    write(loop.put_codes, loop.PutCodes(seed.brand_id, [code]))


def _seed_people(town: Town) -> None:
    write, now = town.program.db.write_now, town.clock.now()
    for n, (login, (brand, party, role, scope)) in enumerate(PEOPLE.items(), 1):
        seed: Seed = getattr(town, brand)
        staff_id = staff_of(login)
        write(
            identity.add_staff,
            identity.AddStaff(
                seed.brand_id, staff_id, getattr(seed, party), login, login.title(), password_hash(), now
            ),
        )
        if role is not None and scope is not None:
            write(
                parties.give_role,
                parties.GiveRole(seed.brand_id, staff_id, role, getattr(seed, scope), now),
            )
        town.tokens[login] = open_session(town, login, seed.brand_id, n)
    kept = identity.hash_pin(town.program.pepper, town.seed.brand_id, staff_of("store"), PIN)
    write(identity.set_pin, identity.SetPin(town.seed.brand_id, staff_of("store"), kept, now))
    key = town.tokens["register"] = make_token(TokenKind.REGISTER_KEY, bytes([200]) * 32)
    command = identity.IssueRegisterKey(
        town.seed.brand_id,
        stable_id("rky", "town"),
        town.seed.place_id,
        town.seed.register_id,
        token_hash(key),
        now,
    )
    write(identity.issue_register_key, command)


def staff_of(login: str) -> str:
    """The staff id of a login."""
    return stable_id("stf", login)


def open_session(town: Town, login: str, brand_id: str, seed_byte: int) -> str:
    """A token for staff, without the slow password."""
    token = make_token(TokenKind.SESSION, bytes([seed_byte]) * 32)
    command = identity.OpenStaffSession(
        brand_id, staff_of(login), password_hash(), token_hash(token), new_id("ses"), town.clock.now()
    )
    town.program.db.write_now(identity.open_staff_session, command)
    return token


def scan_and_follow(town: Town) -> None:
    """The member touched the poster, follows by it and lets the brand measure."""
    write, seed = town.program.db.write_now, town.seed
    now = town.clock.now()
    device = new_id("dev")
    write(loop.record_touch, loop.RecordTouch(TOUCH, "bus-7", device, None, now))
    write(
        give_consents,
        GiveConsents(
            brand_id=seed.brand_id,
            person_id=seed.person_id,
            entry="shop",
            recipient="nordlys",
            wording="2026-11",
            purposes=(MEASUREMENT,),
            consent_ids=(new_id("cst"),),
            at=now,
        ),
    )
    write(loop.link_touches, loop.LinkTouches(seed.brand_id, [device], seed.person_id, now))
    write(follow_brand, FollowBrand(seed.brand_id, seed.person_id, "shop", CODE, now))


@pytest.fixture
def town(migrated_url: str) -> Iterator[Town]:
    """The two brands on each database."""
    with open_town(migrated_url) as opened:
        yield opened
