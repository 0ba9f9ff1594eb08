"""Prices and offers against what contracts promise, over HTTP: refused, waiting, paid for; never silently."""

import re
from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import Parity, ShareRule, SignContract, Terms, sign_contract
from highstreet.rooms.ledger import balances, ledger_sum
from tests.fronts.office_town import CONTRACT, OFFER, Town, town  # noqa: F401


def promise(town: Town, on_breach: str, **more: Any) -> None:  # noqa: F811
    """The dealer's contract promises so much from now on."""
    parity = Parity(on_breach, **more)
    terms = Terms("operator", (ShareRule("brand", 3000),), "operator", parity=parity)
    town.clock.advance(timedelta(seconds=1))
    now = town.clock.now()
    town.version = getattr(town, "version", 1) + 1  # type: ignore[attr-defined]
    town.program.db.write_now(
        sign_contract,
        SignContract(town.seed.brand_id, CONTRACT, town.version, town.seed.dealer, None, terms, now, now),  # type: ignore[attr-defined]
    )
    town.clock.advance(timedelta(seconds=1))


def stop_the_offer(town: Town) -> None:  # noqa: F811
    town.ask("office", "PUT", f"/office/v1/offers/{OFFER}/active", 204, json={"is_active": False})


def set_price(town: Town, list_minor: int, status: int, member: int | None = None, n: int = 0) -> Any:  # noqa: F811
    asked = {"currency": "EUR", "list_minor": list_minor, "member_minor": member}
    path = f"/office/v1/goods/{town.seed.variants[n]}/price"
    return town.ask("office", "PUT", path, status, json=asked)


def listed(town: Town, n: int = 0) -> int:  # noqa: F811
    found = town.ask("office", "GET", "/office/v1/goods")
    return next(one["list_minor"] for one in found if one["variant_id"] == town.seed.variants[n])


def cases(town: Town, who: str = "office", **asked: Any) -> list[dict[str, Any]]:  # noqa: F811
    found: list[dict[str, Any]] = town.ask(
        who, "GET", f"/{'office' if who == 'office' else 'dealer'}/v1/parity-cases", params=asked
    )
    return found


def protection(town: Town) -> dict[str, int]:  # noqa: F811
    held = town.program.db.read_now(balances, town.seed.brand_id)
    names = {town.seed.brand_party: "brand", town.seed.dealer: "dealer"}
    kinds = ("price_protection", "payable", "receivable")
    return {f"{names[b.owner_id]} {b.kind}": b.amount_minor for b in held if b.kind in kinds}


def test_without_a_promise_nothing_is_checked(town: Town) -> None:  # noqa: F811
    assert set_price(town, 100, 200)["list_minor"] == 100
    assert cases(town) == []


def test_what_is_refused_changes_nothing_and_is_told(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "refuse", tolerance_bp=500)
    assert set_price(town, 9500, 200)["list_minor"] == 9500  # just the tolerance
    told = set_price(town, 9400, 409)  # two small falls are one large one
    assert told["code"] == "channel.parity_broken"
    facts = told["facts"]
    assert (facts["goods"], facts["pieces"], facts["lost_minor"], facts["dealers"]) == (1, 10, 6000, "dealer")
    assert listed(town) == 9500
    (case,) = cases(town, state="refused")
    assert (case["id"][:3], case["change_id"], case["kind"]) == ("pcs", facts["change_id"], "price")
    (gap,) = case["worst"]
    assert (gap["shelf_minor"], gap["lowest_minor"], gap["gap_minor"], gap["pieces"]) == (
        10000,
        9400,
        600,
        10,
    )
    assert (case["paid_minor"], case["state"]) == (0, "refused")
    assert set_price(town, 11000, 200)["list_minor"] == 11000  # a rise breaks nothing
    set_price(town, 10450, 200)
    set_price(town, 10449, 409)


def test_what_waits_is_live_with_the_dealers_dated_word(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "acknowledge")
    told = set_price(town, 8000, 202)
    assert told["state"] == "waiting"
    assert listed(town) == 10000
    assert set_price(town, 8000, 202)["change_id"] == told["change_id"]  # asked again: the same
    (case,) = cases(town, "dealer", state="waiting")
    assert case["id"] == told["cases"][0]["id"]
    assert case["asked"]["list_minor"] == 8000
    assert town.ask("office", "GET", f"/office/v1/parity-cases/{case['id']}")["worst"] == case["worst"]
    path = f"/dealer/v1/parity-cases/{case['id']}"
    town.ask("other-dealer", "GET", path, 404)
    town.ask("other-dealer", "POST", f"{path}/acknowledge", 404)
    town.ask("landlord", "POST", f"{path}/acknowledge", 404)
    town.clock.advance(timedelta(hours=1))
    town.ask("dealer", "POST", f"{path}/acknowledge", 204)
    assert listed(town) == 8000
    (case,) = cases(town)
    assert (case["state"], case["ended_at"][:19]) == ("acknowledged", town.clock.now().isoformat()[:19])
    assert case["ended_by"]
    town.ask("dealer", "POST", f"{path}/decline", 409)
    set_price(town, 8000, 200)  # known: the shelf price is the new one
    assert set_price(town, 7999, 202)["cases"][0]["worst"][0]["shelf_minor"] == 8000


def test_what_is_declined_or_overtaken_is_never_live(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "acknowledge")
    first = set_price(town, 8000, 202)
    second = set_price(town, 7000, 202)
    assert {c["change_id"]: c["state"] for c in cases(town)} == {
        first["change_id"]: "withdrawn",
        second["change_id"]: "waiting",
    }
    case_id = second["cases"][0]["id"]
    town.ask("dealer", "POST", f"/dealer/v1/parity-cases/{first['cases'][0]['id']}/acknowledge", 409)
    town.ask("dealer", "POST", f"/dealer/v1/parity-cases/{case_id}/decline", 204)
    assert listed(town) == 10000
    third = set_price(town, 6000, 202)
    town.ask("office", "POST", f"/office/v1/parity-changes/{third['change_id']}/withdraw", 204)
    town.ask("office", "POST", f"/office/v1/parity-changes/{third['change_id']}/withdraw", 409)
    fourth = set_price(town, 5000, 202)
    set_price(town, 12000, 200)
    assert {c["change_id"]: c["state"] for c in cases(town)}[fourth["change_id"]] == "withdrawn"
    assert listed(town) == 12000


def test_what_is_paid_for_is_live_at_once_and_stands_in_the_ledger(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "compensate", compensate_bp=5000, floor_bp=3000)
    assert set_price(town, 8000, 200)["list_minor"] == 8000
    (case,) = cases(town, state="compensated")
    assert (case["lost_minor"], case["paid_minor"], case["worst"][0]["paid_minor"]) == (20000, 10000, 10000)
    paid = {
        "brand price_protection": -10000,
        "brand payable": 10000,
        "dealer receivable": -10000,
        "dealer price_protection": 10000,
    }
    assert protection(town) == paid
    set_price(town, 8000, 200)  # once
    assert protection(town) == paid
    assert town.program.db.read_now(ledger_sum) == {"EUR": 0}
    set_price(town, 2399, 409)  # below 30 % of what the dealer knows
    assert protection(town) == paid
    assert listed(town) == 8000


def offer(town: Town, status: int, **more: Any) -> Any:  # noqa: F811
    now = town.clock.now()
    asked = {
        "id": new_id("ofr"),
        "kind": "percent",
        "terms": {"percent_bp": 2000},
        "title_en": "20 % off",
        "funder_party_id": town.seed.brand_party,
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=7)).isoformat(),
        **more,
    }
    return town.ask("office", "POST", "/office/v1/offers", status, json=asked)


def test_an_offer_waits_for_all_goods_that_it_makes_too_cheap(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "acknowledge", tolerance_bp=1000)
    assert offer(town, 201, terms={"percent_bp": 1000})["is_active"]
    told = offer(town, 202)
    (case,) = told["cases"]
    assert (case["kind"], case["goods"], case["pieces"]) == ("offer", 3, 30)
    assert [(g["shelf_minor"], g["lowest_minor"]) for g in case["worst"]] == [
        (10000, 8000),
        (4990, 3992),
        (250, 200),
    ]
    assert len(town.ask("office", "GET", "/office/v1/offers")) == 2
    town.ask("dealer", "POST", f"/dealer/v1/parity-cases/{case['id']}/acknowledge", 204)
    assert len(town.ask("office", "GET", "/office/v1/offers")) == 3
    # Goods under both offers fall further: to 76.00, of which 80.00 was known; to 85.50, of which nothing was.
    told = set_price(town, 9500, 202)
    (gap,) = told["cases"][0]["worst"]
    assert (gap["lowest_minor"], gap["gap_minor"]) == (7600, 1450)


def test_offers_that_combine_are_checked_together(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "refuse", tolerance_bp=1500)
    offer(town, 201, terms={"percent_bp": 1000}, is_stackable=True)
    told = offer(town, 409, terms={"percent_bp": 1000}, is_stackable=True)  # 19 % together
    assert told["code"] == "channel.parity_broken"
    assert told["facts"]["goods"] == 3
    offer(town, 201, terms={"percent_bp": 1000})  # alone
    # What was stopped and what outlives its offer is checked as new.
    town.ask("office", "PUT", f"/office/v1/offers/{OFFER}/active", 409, json={"is_active": True})


def test_a_coupon_that_outlives_its_offer_is_checked_as_a_new_one(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    mine = offer(town, 201)["offer_id"]
    promise(town, "acknowledge")
    now = town.clock.now()
    asked = {
        "public_code": "LATE",
        "cap": 5,
        "valid_from": now.isoformat(),
        "valid_until": (now + timedelta(days=20)).isoformat(),
    }
    path = f"/office/v1/offers/{mine}/shared-coupons"
    town.ask("office", "POST", path, 201, json=asked)  # claimed ones last 30 days longer than the offer
    late = {**asked, "public_code": "LATER", "valid_until": (now + timedelta(days=60)).isoformat()}
    case = town.ask("office", "POST", path, 202, json=late)["cases"][0]
    assert case["kind"] == "coupon"
    town.ask("dealer", "POST", f"/dealer/v1/parity-cases/{case['id']}/acknowledge", 204)
    codes = [
        c["public_code"] for o in town.ask("office", "GET", "/office/v1/offers") for c in o["shared_coupons"]
    ]
    assert {"LATE", "LATER"} <= set(codes)


def test_the_trail_tells_what_waited_and_what_was_refused_apart_from_what_was_done(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "refuse")
    set_price(town, 9000, 409)
    promise(town, "acknowledge")
    set_price(town, 9000, 202)
    set_price(town, 12000, 200)
    trail = town.ask("office", "GET", "/office/v1/audit")
    found = trail["entries"] if isinstance(trail, dict) else trail
    assert [e["action"] for e in found][:3] == [
        "office.set_price",
        "office.keep_waiting",
        "office.keep_refused",
    ]


def page(town: Town, who: str, path: str, locale: str = "en", **form: str) -> tuple[int, str]:  # noqa: F811
    audience = path.split("/")[1]
    headers = {"Cookie": f"hs_{audience}={town.tokens[who]}; lang={locale}", "X-Highstreet": "page"}
    with town.client(None) as http:
        answer = http.post(path, data=form, headers=headers) if form else http.get(path, headers=headers)
    return answer.status_code, " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_pages_tell_a_stranger_what_happened_and_take_the_dealers_word(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    assert "No conflicts" in page(town, "office", "/office/conflicts")[1]
    promise(town, "acknowledge", tolerance_bp=500, floor_bp=4000)
    set_price(town, 3000, 409)
    waiting = set_price(town, 8000, 202)
    status, words = page(town, "office", "/office/conflicts")
    assert status == 200
    for said in (
        "list price €100.00 → €80.00",
        "All places of dealer",
        "Nothing of it is live. It waits until dealer acknowledges it.",
        "One article would cost less than was promised; 10 pieces of the dealer’s own lie on its shelves, "
        "a difference of €200.00.",
        "up to 5% below the list price",
        "It was refused at once",
        "Below 40% of that list price it is refused in any case.",
    ):
        assert said in words, (said, words)
    assert "80.00" not in page(town, "office", "/office/conflicts?state=refused")[1]
    status, words = page(town, "dealer", "/dealer/conflicts", "zh")
    assert status == 200
    assert "等待" in words
    assert "€80.00" not in page(town, "landlord", "/dealer/conflicts")[1]
    case_id = waiting["cases"][0]["id"]
    path = f"/dealer/conflicts/{case_id}/acknowledge"
    assert page(town, "landlord", path, yes="1")[0] == 404
    status, words = page(town, "dealer", path, yes="1")
    assert status == 200
    assert "Dealer acknowledged it for dealer" in words
    assert listed(town) == 8000
    assert page(town, "dealer", path, yes="1")[0] == 409
    status, words = page(town, "dealer", "/dealer/contracts")
    assert "What would fall deeper waits until dealer acknowledges it." in words
    status, words = page(town, "office", "/office/audit")
    assert "asked for a price or offer that waits for dealers" in words


def test_pages_that_change_prices_lead_to_what_waits(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "acknowledge")
    headers = {"Cookie": f"hs_office={town.tokens['office']}", "X-Highstreet": "page"}
    with town.client(None) as http:
        path = f"/office/goods/{town.seed.variants[0]}/price"
        answer = http.post(path, data={"list_price": "70"}, headers=headers)
    assert answer.status_code == 204
    change_id = cases(town, state="waiting")[0]["change_id"]
    assert answer.headers["HX-Redirect"] == f"/office/conflicts#{change_id}"
    with town.client(None) as http:
        answer = http.post(f"/office/conflicts/{change_id}/withdraw", headers=headers)
    assert answer.status_code == 204
    assert cases(town)[0]["state"] == "withdrawn"


def test_one_word_under_all_contracts_of_a_dealer(town: Town) -> None:  # noqa: F811
    stop_the_offer(town)
    promise(town, "acknowledge")
    parity = Parity("acknowledge")
    terms = Terms("operator", (ShareRule("brand", 3000),), "operator", parity=parity)
    now, seed = town.clock.now(), town.seed
    command = SignContract(seed.brand_id, new_id("ctr"), 1, seed.dealer, seed.place_id, terms, now, now)
    town.program.db.write_now(sign_contract, command)
    town.clock.advance(timedelta(seconds=1))
    told = set_price(town, 8000, 202)
    first, second = (case["id"] for case in told["cases"])
    _status, words = page(town, "dealer", "/dealer/conflicts")
    assert "Acknowledge under all 2 contracts" in words
    town.ask("dealer", "POST", f"/dealer/v1/parity-cases/{first}/acknowledge", 204)
    assert listed(town) == 10000
    told = set_price(town, 7000, 202)
    path = f"/dealer/conflicts/{told['cases'][0]['id']}/acknowledge?is_whole=true"
    assert page(town, "dealer", path, yes="1")[0] == 200
    assert listed(town) == 7000
    assert [case["state"] for case in cases(town)][:2] == ["acknowledged", "acknowledged"]
    assert next(case["state"] for case in cases(town) if case["id"] == second) == "withdrawn"
