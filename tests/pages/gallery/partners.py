"""What the office has with its dealers in the gallery's town: a promise of prices, a settled week, a dispute."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from highstreet.kernel.ids import new_id

if TYPE_CHECKING:
    import httpx

    from tests.pages.gallery.town import GalleryTown

TERMS = ("collector", "collectors", "shares", "leftover_to", "funding", "tax_bp", "stock")
PARITY = {"on_breach": "acknowledge", "tolerance_bp": 500, "floor_bp": 4000}


def told(answer: httpx.Response) -> Any:
    """What was answered. Errors: AssertionError when it was refused."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.text}"
    return answer.json() if answer.content else None


def deal_with_partners(town: GalleryTown, now: datetime) -> None:
    """As their pages would show it on a usual Friday."""
    office, dealer = (town.http(cookies=town.cookies[who]) for who in ("office", "dealer"))
    _promise_and_lower(town, office, now)
    _settle(town, office, now)
    asked = {
        "party_id": town.facts["dealer_party"],
        "settlement_id": town.facts["settlement"],
        "sale_id": town.facts["dealer_sale"],
        "asked_minor": 1500,
        "text": "The coupon was the brand’s, and it was taken from our part.",
    }
    dispute = told(dealer.post("/dealer/v1/disputes", json=asked))
    word = {"text": "We look at the sale, and answer by Monday."}
    told(office.post(f"/office/v1/disputes/{dispute['id']}/words", json=word))
    _deliver(town, office)
    _send_goods(town, dealer)


def _deliver(town: GalleryTown, office: httpx.Client) -> None:
    """What the shopper ordered from the dealer's store is paid, and waits there to be packed."""
    sale = told(office.get(f"/office/v1/sales/{town.facts['dealer_sale']}"))
    shopper = town.http(cookies=town.cookies["shopper"])
    asked = {"brand_id": town.facts["brand"], "place_id": sale["place_id"], "way": "delivery"}
    asked["items"] = [{"gtin": sale["lines"][0]["gtin"], "quantity": 1}]
    priced = told(shopper.post("/shop/v1/orders/prices", json=asked))
    to = {"name": "Aino Virtanen", "street": "Mannerheimintie 1 A 7", "postcode": "00100", "city": "Helsinki"}
    more = {"id": new_id("sal"), "currency": priced["currency"], "to": to}
    more["expected_total_minor"] = priced["total_minor"]
    order = told(shopper.post("/shop/v1/orders", json=asked | more))
    town.facts["delivery"] = order["sale_id"]
    pay_by_wallet(town, shopper, order)
    dealer = town.http(cookies=town.cookies["dealer"])
    parcels = told(dealer.get("/dealer/v1/parcels"))
    town.facts["parcel"] = next(one["parcel_id"] for one in parcels if one["sale_id"] == order["sale_id"])


def _send_goods(town: GalleryTown, dealer: httpx.Client) -> None:
    """Two pieces are under way from one of the dealer's stores to another."""
    own_party = town.facts["dealer_party"]
    places = [one for one in told(dealer.get("/dealer/v1/places")) if one["operator_party_id"] == own_party]
    start, end = places[0], places[1]
    stock = told(dealer.get("/dealer/v1/stock", params={"place_id": start["place_id"]}))
    own = next(one for one in stock if one["owner_party_id"] == own_party and one["available"] > 4)
    asked = {
        "id": new_id("trn"),
        "owner_party_id": own["owner_party_id"],
        "from_place_id": start["place_id"],
        "to_place_id": end["place_id"],
        "lines": [{"variant_id": own["variant_id"], "quantity": 2}],
    }
    town.facts["transfer"] = told(dealer.post("/dealer/v1/transfers", json=asked))["transfer_id"]


def pay_by_wallet(town: GalleryTown, shopper: httpx.Client, order: dict[str, Any]) -> dict[str, Any]:
    """The deposit of an order, which may be all of it; the order once it came."""
    path = f"/shop/v1/orders/{order['brand_id']}/{order['sale_id']}"
    qr = told(shopper.post(f"{path}/tenders", json={"id": new_id("tnd"), "rail": "wallet"}))["qr"]
    town.scan(qr)
    ends = time.monotonic() + 15
    while not order["held_minor"] and time.monotonic() < ends:
        time.sleep(0.2)
        order = told(shopper.get(path))
    assert order["held_minor"] == order["deposit_minor"], order
    return order


def _promise_and_lower(town: GalleryTown, office: httpx.Client, now: datetime) -> None:
    sale = told(office.get(f"/office/v1/sales/{town.facts['dealer_sale']}"))
    contracts = told(office.get("/office/v1/contracts"))
    of = next(one for one in contracts if one["id"] == sale["sheet"]["contract_id"])
    town.facts["dealer_party"] = of["operator_party_id"]
    terms = {name: of["terms"][name] for name in TERMS if name in of["terms"]} | {"parity": PARITY}
    asked = {
        "id": of["id"],
        "operator_party_id": of["operator_party_id"],
        "place_id": of["place_id"],
        "terms": terms,
        "is_on_paper": True,
    }
    proposed = told(office.post("/office/v1/contracts", json=asked))
    town.facts |= {"contract": of["id"], "contract_version": str(proposed["version"])}
    town.at(now + timedelta(seconds=1))
    goods = told(office.get("/office/v1/goods", params={"text": town.facts["gtin"]}))
    article = next(one for one in goods if one["variant_id"] == town.facts["variant"])
    for part in (30, 80):  # refused below the floor, then waiting
        price = {"currency": article["currency"], "list_minor": article["list_minor"] * part // 100}
        office.put(f"/office/v1/goods/{article['variant_id']}/price", json=price | {"member_minor": None})


def _settle(town: GalleryTown, office: httpx.Client, now: datetime) -> None:
    days = {
        "first_day": f"{now - timedelta(days=9):%Y-%m-%d}",
        "last_day": f"{now - timedelta(days=2):%Y-%m-%d}",
    }
    asked = told(office.post("/office/v1/settlements", json=days))
    town.facts["settlement"] = asked["id"]
    ends = time.monotonic() + 30
    while asked["state"] == "making" and time.monotonic() < ends:
        time.sleep(0.2)
        asked = told(office.get("/office/v1/settlements"))[0]
    assert asked["state"] == "made", asked
    opened = told(office.post(f"/office/v1/settlements/{asked['id']}/payments"))
    for number, party_id in enumerate(dict.fromkeys([opened[0]["payer_id"], opened[0]["payee_id"]])):
        account = {"holder": "Nordlys", "iban": ("FI2112345600000785", "DE89370400440532013000")[number]}
        told(office.put(f"/office/v1/bank-accounts/{party_id}", json=account))
    ended = {"state": "paid", "bank_ref": new_id("evt")[-8:].upper()}
    told(office.post(f"/office/v1/payments/{opened[0]['id']}/end", json=ended))
    own = [one for one in opened if town.facts["dealer_party"] in (one["payer_id"], one["payee_id"])]
    assert own, opened
