"""What shoppers' tests do again and again: come in, join, buy."""

import time
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Page

from highstreet.kernel.ids import new_id
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

PHONE = "+358401234567"


@dataclass
class Somebody:
    """A shopper who is signed in, in a page and through the API with the same session."""

    stage: Stage
    http: httpx.Client

    @property
    def cookies(self) -> dict[str, str]:
        """For `browse(cookies=…)`: the session, and that there is one."""
        token = self.http.headers["Authorization"].removeprefix("Bearer ")
        return {"hs_shop": token, "hs_shop_in": "1"}

    def join(self, *purposes: str, joins: bool = True) -> None:
        body = {
            "entry": "shop",
            "joins": joins,
            "purposes": list(purposes),
            "consent_ids": [new_id("cst") for _ in purposes],
        }
        ok(self.http.put(f"/shop/v1/brands/{self.stage.seed.brand_id}/follow", json=body))

    def member_code(self) -> str:
        path = f"/shop/v1/memberships/{self.stage.seed.brand_id}/code"
        return str(ok(self.http.get(path))["code"])

    def buy(self, member_code: str | None = None) -> dict[str, Any]:
        """Four pieces for cash at the register; the register's answer."""
        gtins = self.stage.seed.gtins
        coupons = ok(self.http.get("/shop/v1/coupons"))
        body = {
            "id": new_id("sal"),
            "currency": "EUR",
            "items": [{"gtin": gtins[0]}, {"gtin": gtins[1], "quantity": 2}, {"gtin": gtins[2]}],
            "member_code": member_code or self.member_code(),
            "coupons": [one["coupon_id"] for one in coupons],
            "tenders": [{"id": new_id("tnd"), "rail": "cash", "given_minor": 20000}],
        }
        return {"id": body["id"], **ok(self.stage.register.post("/register/v1/sales", json=body))}


def somebody(stage: Stage, phone: str = PHONE) -> Somebody:
    return Somebody(stage, stage.shopper(phone))


def code_sent(stage: Stage, phone: str = PHONE) -> str:
    """The one-time code that was sent last."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        if code := stage.sender.last_code(phone):
            return str(code)
        time.sleep(0.02)
    raise TimeoutError("no code was sent")


def shown_code(page: Page) -> str:
    """The member's code that the wallet shows now, as its QR says."""
    card = page.locator(".member-card[data-code]")
    card.wait_for()
    return str(card.get_attribute("data-code"))
