"""domain.md's loop, steps 1 to 6, over HTTP only, every number; then returns bring it all back."""

import json
import queue
import threading
import time
from datetime import timedelta
from typing import Any

import httpx

from highstreet.kernel.ids import new_id
from highstreet.rooms.goods import check_proof
from tests.patience import PATIENCE_S
from tests.stories.conftest import Stage


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


class Stream:
    """A live stream read in a thread, as a phone does."""

    def __init__(self, client: httpx.Client, path: str, last_event_id: str | None = None) -> None:
        self.events: queue.Queue[tuple[float, str, str, Any]] = queue.Queue()
        self.opened = threading.Event()
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        self.thread = threading.Thread(target=self._read, args=(client, path, headers), daemon=True)
        self.thread.start()
        assert self.opened.wait(5)

    def _read(self, client: httpx.Client, path: str, headers: dict[str, str]) -> None:
        fields: dict[str, str] = {}
        try:
            with client.stream("GET", path, headers=headers, timeout=None) as answer:
                for line in answer.iter_lines():
                    self.opened.set()
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif "event" in fields:
                        event = (time.monotonic(), fields["event"], fields["id"], json.loads(fields["data"]))
                        self.events.put(event)
                        fields = {}
        except (httpx.HTTPError, RuntimeError):
            return

    def next(self, name: str, seconds: float = PATIENCE_S) -> tuple[float, str, Any]:
        ends = time.monotonic() + seconds
        while True:
            at, event, event_id, data = self.events.get(timeout=max(0.01, ends - time.monotonic()))
            if event == name:
                return at, event_id, data


def wallet_app(stage: Stage, **wishes: Any) -> tuple[httpx.Client, str]:
    """A shopper's wallet with 1,000.00 EUR."""
    # A connection kept between a customer and the next may be closed just as it is used again.
    limits = httpx.Limits(max_keepalive_connections=0)
    http = httpx.Client(base_url=stage.wallet_url, trust_env=False, limits=limits)
    stage.clients.append(http)
    made = ok(http.post("/app/accounts", json={"name": "Aino", "balance_minor": 100_000, **wishes}))
    http.headers["Authorization"] = f"Bearer {made['app_token']}"
    return http, made["account_id"]


def payment_code(app: httpx.Client, account_id: str) -> str:
    return str(ok(app.get(f"/app/accounts/{account_id}/code"))["auth_code"])


def follow_and_claim(stage: Stage, shopper: httpx.Client) -> tuple[list[str], str]:
    """Steps 3: follow, join with consent, one tap per offer."""
    brand = stage.seed.brand_id
    followed = ok(
        shopper.put(
            f"/shop/v1/brands/{brand}/follow",
            json={
                "entry": "poster",
                "code_slug": stage.slugs["poster"],
                "joins": True,
                "purposes": ["service", "measurement"],
                "consent_ids": [new_id("cst"), new_id("cst")],
                "member_id": new_id("mbr"),
            },
        )
    )
    assert [c["purpose"] for c in followed["consents"]] == ["service", "measurement"]
    coupons = []
    for offer in ("ofr_percent", "ofr_spend"):
        coupon_id = new_id("cpn")
        path = f"/shop/v1/brands/{brand}/offers/{stage.ids[offer]}/claims"
        for _ in range(2):  # asked twice, claimed once
            assert ok(shopper.post(path, json={"coupon_id": coupon_id}))["coupon_id"] == coupon_id
        coupons.append(coupon_id)
    return coupons, str(followed["member_id"])


def facts(stage: Stage, office: httpx.Client, shopper: httpx.Client) -> dict[str, Any]:
    """Everything that a sale moves, as its parties see it."""
    stock = ok(office.get("/office/v1/stock", params={"place_id": stage.seed.place_id}))
    earnings = ok(office.get("/office/v1/earnings"))
    # The funnel ends just before `until`, and the clock stands still.
    stage.clock.advance(timedelta(seconds=1))
    poster = next(
        c for c in ok(office.get("/office/v1/funnel"))["codes"] if c["slug"] == stage.slugs["poster"]
    )
    member = ok(shopper.get("/shop/v1/memberships"))[0]
    return {
        "stock": {s["sku"]: (s["owner_party_id"], s["on_hand"], s["reserved"]) for s in stock},
        "earned": {e["owner_id"]: e["amount_minor"] for e in earnings["earned"] if e["amount_minor"]},
        "clearing": {
            (e["owner_id"], e["kind"]): e["amount_minor"] for e in earnings["clearing"] if e["amount_minor"]
        },
        "claims": earnings["claims"],
        "poster": [poster[k] for k in ("touches", "follows", "sales", "amount_minor", "returned_minor")],
        "points": (member["points_pending"], member["points_available"]),
        "coupons": [c["state"] for c in ok(shopper.get("/shop/v1/coupons"))],
    }


def find_place(stage: Stage, device: str) -> None:
    """Steps 1 and 2: a poster scanned without signing in; the map: near, open, in stock there."""
    anyone = stage.client()
    touch = {"id": new_id("tch"), "slug": stage.slugs["poster"], "device_id": device}
    for _ in range(2):
        assert ok(anyone.post("/shop/v1/touches", json=touch))["campaign"] == "autumn"
    where = {"lat": 60.1704, "lon": 24.94, "gtin": stage.seed.gtins[0]}
    (near,) = ok(anyone.get("/shop/v1/nearest", params=where))
    assert near["place"]["place_id"] == stage.seed.place_id
    assert (near["distance_m"], near["walking_minutes"]) == (105, 2)
    assert (near["is_open"], near["stock"]) == (True, "in_stock")


def charge(stage: Stage, body: dict[str, Any]) -> float:
    """Step 4: goods, the member's code, the wallet's code; when the register was answered comes back."""
    asked = {k: body[k] for k in ("items", "member_code", "coupons")}
    quote = ok(stage.register.post("/register/v1/quotes", json=asked))
    assert check_proof(quote["proof"])
    assert [line["net_minor"] for line in quote["lines"]] == [7848, 8702, 218]
    assert [d["amount_minor"] for d in quote["discounts"]] == [1000, 962, 1500]
    sale = ok(stage.register.post("/register/v1/sales", json=body))
    answered_at = time.monotonic()
    totals = (sale["state"], sale["list_minor"], sale["discount_minor"], sale["total_minor"])
    assert totals == ("paid", 20230, 3462, 16768)
    assert [(line["quantity"], line["unit_list_minor"], line["net_minor"]) for line in sale["lines"]] == [
        (1, 10000, 7848),
        (2, 4990, 8702),
        (1, 250, 218),
    ]
    assert (sale["tenders"][0]["rail"], sale["tenders"][0]["amount_minor"]) == ("wallet", 16768)
    assert sale["points_pending"] == 167
    return answered_at


def test_the_loop(stage: Stage) -> None:
    seed, device = stage.seed, new_id("dev")
    find_place(stage, device)
    # 3. Follow, join with consent, one tap for each offer.
    shopper = stage.shopper(device_id=device)
    coupons, member_id = follow_and_claim(stage, shopper)
    office = stage.office()
    start = facts(stage, office, shopper)
    assert start == {
        "stock": {f"S-{n}": (seed.dealer, 10, 0) for n in range(3)},
        "earned": {},
        "clearing": {},
        "claims": [],
        "poster": [1, 1, 0, 0, 0],
        "points": (0, 0),
        "coupons": ["usable", "usable"],
    }
    app, account = wallet_app(stage)
    stream = Stream(shopper, "/shop/v1/stream")
    body = basket(stage, shopper, coupons, app, account)
    answered_at = charge(stage, body)
    # 5. The receipt is on the phone within a second; everything was settled in one transaction.
    seen_at, event_id, receipt = stream.next("sales.sale_paid.v1")
    assert seen_at - answered_at < 1.0
    assert (receipt["sale_id"], receipt["total_minor"], receipt["points"]) == (body["id"], 16768, 167)
    assert "code_id" not in json.dumps(receipt)
    assert facts(stage, office, shopper) == {
        "stock": {"S-0": (seed.dealer, 9, 0), "S-1": (seed.dealer, 8, 0), "S-2": (seed.dealer, 9, 0)},
        "earned": {seed.dealer: 11237, seed.brand_party: 4191, seed.landlord: 1340},
        "clearing": {(seed.dealer, "clearing_wallet"): -16768},
        "claims": [],
        "poster": [1, 1, 1, 16768, 0],
        "points": (167, 0),
        "coupons": ["used_up", "used_up"],
    }
    check_explained(stage, ok(office.get(f"/office/v1/sales/{body['id']}")), member_id)
    assert ok(app.get(f"/app/accounts/{account}"))["balance_minor"] == 100_000 - 16768
    return_all(stage, office, shopper, body["id"], start)
    assert ok(app.get(f"/app/accounts/{account}"))["balance_minor"] == 100_000
    # The phone was asleep: it resumes after the last number it saw.
    resumed = Stream(shopper, "/shop/v1/stream", last_event_id=event_id)
    assert resumed.next("sales.sale_returned.v1")[2]["refund_minor"] == 4351
    assert resumed.next("sales.sale_returned.v1")[2]["refund_minor"] == 12417


def return_all(
    stage: Stage, office: httpx.Client, shopper: httpx.Client, sale_id: str, start: dict[str, Any]
) -> None:
    """Step 6: returns, in part and then all; everything is as it was at the start."""
    seed = stage.seed
    give_back(stage, sale_id, {2: 1}, 4351)
    halfway = facts(stage, office, shopper)
    assert halfway["stock"]["S-1"] == (seed.dealer, 9, 0)
    # brand floor(2175 x 4351 / 8702) = 1087, landlord 348, the dealer the rest: 2916
    assert halfway["earned"] == {
        seed.dealer: 11237 - 2916,
        seed.brand_party: 4191 - 1087,
        seed.landlord: 1340 - 348,
    }
    assert halfway["poster"] == [1, 1, 1, 16768, 4351]
    assert halfway["points"] == (167 - 43, 0)
    assert halfway["coupons"] == ["used_up", "used_up"]
    give_back(stage, sale_id, {1: 1, 2: 1, 3: 1}, 12417)
    assert facts(stage, office, shopper) == {**start, "poster": [1, 1, 1, 16768, 16768]}
    assert ok(office.get("/office/v1/ledger/check"))["is_balanced"]
    too_much = {"id": new_id("rtn"), "sale_id": sale_id, "items": [{"line_no": 1, "quantity": 1}]}
    refused = ok(stage.register.post("/register/v1/returns", json=too_much), 409)
    assert refused["code"] == "sales.return_too_much"


def basket(
    stage: Stage, shopper: httpx.Client, coupons: list[str], app: httpx.Client, account: str
) -> dict[str, Any]:
    gtins = stage.seed.gtins
    return {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": gtins[0]}, {"gtin": gtins[1], "quantity": 2}, {"gtin": gtins[2]}],
        "member_code": ok(shopper.get(f"/shop/v1/memberships/{stage.seed.brand_id}/code"))["code"],
        "coupons": coupons,
        "tenders": [{"id": new_id("tnd"), "rail": "wallet", "auth_code": payment_code(app, account)}],
    }


def give_back(stage: Stage, sale_id: str, pieces: dict[int, int], refund_minor: int) -> None:
    body = {
        "id": new_id("rtn"),
        "sale_id": sale_id,
        "items": [{"line_no": line_no, "quantity": n} for line_no, n in pieces.items()],
    }
    first = ok(stage.register.post("/register/v1/returns", json=body))
    assert first["refund_minor"] == refund_minor
    assert [(r["rail"], r["amount_minor"], r["state"]) for r in first["refunds"]] == [
        ("wallet", refund_minor, "captured")
    ]
    again = ok(stage.register.post("/register/v1/returns", json=body))
    assert (again["return_id"], again["refund_minor"]) == (body["id"], refund_minor)


def check_explained(stage: Stage, sale: dict[str, Any], member_id: str) -> None:
    """The office's page of the sale: each transfer, each share, the credit, and why."""
    seed = stage.seed
    assert (sale["member_id"], sale["proof_holds"]) == (member_id, True)
    moves = [
        (
            t["code"],
            t["debit_owner_id"],
            t["debit_kind"],
            t["credit_owner_id"],
            t["credit_kind"],
            t["amount_minor"],
        )
        for t in sale["transfers"]
    ]
    assert moves == [
        ("tender", seed.dealer, "clearing_wallet", seed.dealer, "sales", 16768),
        ("share", seed.dealer, "sales", seed.brand_party, "earned", 4191),
        ("share", seed.dealer, "sales", seed.landlord, "earned", 1340),
        ("share", seed.dealer, "sales", seed.dealer, "earned", 11237),
    ]
    shares = {
        line["line_no"]: {s["role"]: s["amount_minor"] for s in line["shares"]}
        for line in sale["sheet"]["lines"]
    }
    assert shares == {
        1: {"brand": 1962, "landlord": 627, "operator": 5259},
        2: {"brand": 2175, "landlord": 696, "operator": 5831},
        3: {"brand": 54, "landlord": 17, "operator": 147},
    }
    assert (sale["sheet"]["contract_id"], sale["sheet"]["contract_version"]) == (stage.ids["ctr"], 1)
    assert sale["credit"]["code_id"] == stage.ids["cod_poster"]
    assert sale["credit"]["amount_minor"] == 16768
