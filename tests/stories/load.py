"""Registers under load whose server keeps dying: each keeps what it asks and asks again until it is answered."""

import random
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms import offers
from highstreet.rooms.members import member_code
from tests.stories.acts import Buyer
from tests.stories.conftest import Stage

PIECES = 1_000_000
SHARED_CODE = "AUTUMN"


@dataclass
class Asked:
    """A request and its final answer."""

    path: str
    body: dict[str, Any]
    status: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    tries: int = 0


def fill_shelves(tx: Tx, command: tuple[str, str, dict[str, list[str]], datetime]) -> None:
    """Goods for everybody, a coupon on a poster that all may use, and many coupons for each of some people."""
    brand_id, funder_id, coupons, now = command
    tx.run(text("UPDATE stock_item SET on_hand = :n"), {"n": PIECES})
    shared, personal = new_id("ofr"), new_id("ofr")
    for offer_id, percent_bp in ((shared, 1000), (personal, 500)):
        offers.publish_offer(
            tx,
            offers.PublishOffer(
                brand_id=brand_id,
                offer_id=offer_id,
                kind="percent",
                terms={"percent_bp": percent_bp},
                title_en="Less",
                title_zh="优惠",
                funder_party_id=funder_id,
                is_stackable=True,
                starts_at=now - timedelta(days=1),
                ends_at=now + timedelta(days=9),
                coupon_valid_s=7 * 86400,
                at=now,
            ),
        )
    shelf = offers.PublishSharedCoupon(
        brand_id, shared, new_id("cpn"), SHARED_CODE, PIECES, now, now + timedelta(days=9)
    )
    offers.publish_shared_coupon(tx, shelf)
    for member_id, coupon_ids in coupons.items():
        person_id = tx.value(text("SELECT person_id FROM member WHERE id = :id"), {"id": member_id})
        for coupon_id in coupon_ids:
            offers.claim_coupon(tx, offers.ClaimCoupon(brand_id, personal, coupon_id, person_id, now))


class Register(threading.Thread):
    """One till with its own customer: cash and wallet sales, with and without member and coupons, and returns."""

    def __init__(self, stage: Stage, number: int, who: Buyer, coupons: list[str], stop: threading.Event):
        super().__init__(name=f"register-{number}", daemon=True)
        self.stage = stage
        self.who = who
        self.stop = stop
        self.coupons = coupons
        self.random = random.Random(number)
        self.secret = stage.program.member_secret
        self.done: list[Asked] = []
        self.problem: Exception | None = None
        self.http = httpx.Client(
            base_url=stage.url,
            headers={"Authorization": f"Bearer {stage.register_token}"},
            timeout=15,
            trust_env=False,
            verify=False,
        )

    def run(self) -> None:
        try:
            with self.http:
                while not self.stop.is_set():
                    self.step()
        except Exception as problem:  # the test looks at it
            self.problem = problem

    def step(self) -> None:
        """One customer."""
        sold = [a for a in self.done if a.path == "sales" and a.answer.get("state") == "paid"]
        if sold and self.random.random() < 0.2:
            self.ask("returns", self.give_back(self.random.choice(sold)))
        else:
            self.ask("sales", self.basket())

    def basket(self) -> dict[str, Any]:
        """1 to 3 lines; half of them of a member, half paid by the wallet."""
        gtins = self.random.sample(self.stage.seed.gtins, self.random.randint(1, 3))
        body: dict[str, Any] = {
            "id": new_id("sal"),
            "currency": "EUR",
            "items": [{"gtin": gtin, "quantity": self.random.randint(1, 3)} for gtin in gtins],
            "coupons": [],
        }
        if self.random.random() < 0.6:
            now = datetime.now(UTC)
            body["member_code"] = member_code(self.secret, self.stage.seed.brand_id, self.who.member_id, now)
            body["coupons"] = [SHARED_CODE] if self.random.random() < 0.7 else []
            if self.coupons and self.random.random() < 0.4:
                body["coupons"].append(self.coupons.pop())
        tender = {"id": new_id("tnd"), "rail": "cash"}
        if self.random.random() < 0.5:
            tender |= {"rail": "wallet", "auth_code": self.who.auth_code()}
        body["tenders"] = [tender]
        if tender["rail"] == "wallet" and self.random.random() < 0.2:  # mixed: some of it in cash
            body["tenders"].append({"id": new_id("tnd"), "rail": "cash", "amount_minor": 100})
        return body

    def give_back(self, sold: Asked) -> dict[str, Any]:
        """All of a line, or a piece of it."""
        line = self.random.choice(sold.answer["lines"])
        quantity = line["quantity"] if self.random.random() < 0.5 else 1
        items = [{"line_no": line["line_no"], "quantity": quantity}]
        return {"id": new_id("rtn"), "sale_id": sold.body["id"], "items": items}

    def ask(self, path: str, body: dict[str, Any]) -> None:
        """Ask until there is an answer: the same body, the same id."""
        asked = Asked(path, body)
        ends = time.monotonic() + 120
        while True:
            asked.tries += 1
            try:
                answer = self.http.post(f"/register/v1/{path}", json=body)
            except httpx.TransportError:
                assert time.monotonic() < ends, "the server stays away"
                time.sleep(0.01)
                continue
            if answer.status_code != 503:
                break
            time.sleep(0.05)
        asked.status, asked.answer = answer.status_code, answer.json()
        self.done.append(asked)
