"""A street with two brands behind a real server, for the tests of the shoppers' front."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from highstreet.app import create_app, open_program
from highstreet.flows.price_sale import BasketItem
from highstreet.flows.program import Program
from highstreet.flows.return_sale import ReturnAtRegister, return_sale
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish, sell
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.settings import Settings
from highstreet.kernel.time import MovableClock
from highstreet.rooms.channel import ShareRule, SignContract, Terms, sign_contract
from highstreet.rooms.identity import TerminalSender, TokenKind, make_token
from highstreet.rooms.loop import CodeRow, PutCodes, put_codes
from highstreet.rooms.offers import PublishOffer, publish_offer
from tests.patience import PATIENCE_S
from tests.seeds import NOW, Seed, seed_brand
from tests.servers import served

SPEND_GET, SHORT, ENDED = (stable_id("ofr", name) for name in ("spend-get", "short", "ended"))
SLUG, OTHER_SLUG = "bus-stop-7", "far-away"
TERMS = Terms("operator", (ShareRule("brand", 3000),), "operator")


@dataclass
class Shopper:
    """Somebody signed in, with a phone of their own."""

    http: httpx.Client
    person_id: str
    session_id: str
    device_id: str

    def ask(self, method: str, path: str, status: int, **sent: Any) -> Any:
        """Ask, check the status, and give the answer."""
        answer = self.http.request(method, f"/shop/v1{path}", **sent)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@dataclass
class Town:
    """The program, its server, and what was seeded."""

    program: Program
    clock: MovableClock
    url: str
    seed: Seed
    other: Seed

    def client(self, token: str | None = None) -> httpx.Client:
        """A phone; nobody's without a token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=PATIENCE_S)

    def code_for(self, phone: str) -> str:
        """Ask for a code and read it from the phone."""
        sender = self.program.sender
        assert isinstance(sender, TerminalSender)
        before = len(sender.sent)
        with self.client() as http:
            answer = http.post("/shop/v1/sign-in/codes", json={"phone": phone})
        assert answer.status_code == 202, answer.text
        ends = time.monotonic() + PATIENCE_S
        while len(sender.sent) == before:
            assert time.monotonic() < ends, "no code was sent"
            time.sleep(0.01)
        return sender.sent[-1][1]

    def sign_in(self, phone: str, device_id: str | None = None) -> Shopper:
        """Sign in on a new device, or this one."""
        device_id = device_id or new_id("dev")
        asked = {"phone": phone, "code": self.code_for(phone), "device_id": device_id}
        with self.client() as http:
            answer = http.post("/shop/v1/sign-in", json=asked)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        return Shopper(self.client(told["token"]), told["person_id"], told["session_id"], device_id)

    def sell_to(self, member_id: str | None, *coupons: str, quantity: int = 1) -> str:
        """A cash sale of the first article at the first brand's register; the sale's id."""
        command = SellAtRegister(
            brand_id=self.seed.brand_id,
            register_id=self.seed.register_id,
            sale_id=new_id("sal"),
            items=(BasketItem(self.seed.gtins[0], quantity),),
            member_id=member_id,
            coupons=coupons,
            currency="EUR",
            expected_total_minor=None,
            tenders=(TenderWish(new_id("tnd"), "cash", given_minor=100_000),),
            fingerprint="print",
            at=self.clock.now(),
            return_days=14,
        )
        assert self.program.db.write_now(sell, command).answer["state"] == "paid"
        return command.sale_id

    def take_back(self, sale_id: str, quantity: int = 1) -> str:
        """Return pieces of a sale's first line; the return's id."""
        return_id = new_id("rtn")
        command = ReturnAtRegister(
            brand_id=self.seed.brand_id,
            register_id=self.seed.register_id,
            return_id=return_id,
            sale_id=sale_id,
            items=((1, quantity),),
            reason="unwanted",
            fingerprint="print",
            at=self.clock.now(),
            return_days=14,
        )
        self.program.db.write_now(return_sale, command)
        return return_id


def follow_asked(*purposes: str, **more: Any) -> dict[str, Any]:
    """The body of a follow, with fresh consent ids."""
    return {
        "entry": "shop",
        "purposes": list(purposes),
        "consent_ids": [new_id("cst") for _ in purposes],
        **more,
    }


@contextmanager
def open_town(url_of_database: str, **settings: Any) -> Iterator[Town]:
    """Seed two brands and serve the program."""
    clock = MovableClock(NOW)
    known = {"mode": "test", "database_url": url_of_database, "readers": 2, **settings}
    program = open_program(Settings(_env_file=None, **known), clock, TerminalSender(keeps=True))  # type: ignore[call-arg]
    write = program.db.write_now
    seed, other = write(seed_brand, "nordlys"), write(seed_brand, "ostrea")
    _seed_deals(program, seed, other)
    app = create_app(program, runs_worker=True)
    try:
        with served(app) as url:
            yield Town(program, clock, url, seed, other)
    finally:
        program.db.close()


def _seed_deals(program: Program, seed: Seed, other: Seed) -> None:
    write, month = program.db.write_now, timedelta(days=30)
    for at in (seed, other):
        contract = SignContract(
            at.brand_id, stable_id("ctr", at.brand_id), 1, at.dealer, None, TERMS, NOW - month, NOW
        )
        write(sign_contract, contract)
    for offer_id, starts_at, ends_at, total in (
        (SPEND_GET, NOW - month, NOW + month, None),
        (SHORT, NOW - month, NOW + month, 1),
        (ENDED, NOW - month, NOW - month / 2, None),
    ):
        offer = PublishOffer(
            seed.brand_id,
            offer_id,
            "spend_get",
            {"spend_minor": 5000, "off_minor": 1000},
            "10 off from 50",
            "满50减10",
            seed.brand_party,
            True,
            starts_at,
            ends_at,
            7 * 86400,
            NOW - month,
            limit_total=total,
            limit_per_person=1,
            budget_minor=100_000,
        )
        write(publish_offer, offer)
    codes = [
        (seed, SLUG, seed.place_id, SPEND_GET),
        (seed, "old-poster", None, ENDED),
        (other, OTHER_SLUG, None, None),
    ]
    for at, slug, place_id, offer_id in codes:
        row = CodeRow(
            stable_id("cod", slug),
            slug,
            "poster",
            "autumn",
            "Poster",
            "海报",
            place_id,
            None,
            offer_id,
            None,
            None,
        )
        write(put_codes, PutCodes(at.brand_id, [row]))


@pytest.fixture
def town(migrated_url: str) -> Iterator[Town]:
    """The street on each database, without limits by address."""
    with open_town(migrated_url, sign_ins_an_hour=0, touches_a_minute=0) as opened:
        yield opened


@pytest.fixture
def anna(town: Town) -> Shopper:
    """A shopper."""
    return town.sign_in("+358401234567")


@pytest.fixture
def bo(town: Town) -> Shopper:
    """Another shopper."""
    return town.sign_in("+358407654321")


UNKNOWN_TOKEN = make_token(TokenKind.SESSION, bytes(32))
