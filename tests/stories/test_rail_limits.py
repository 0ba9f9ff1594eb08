"""What a brand says about its rails holds for the next payment; the picker knows it before the shopper is asked."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from highstreet.rooms.tenders import RAILS
from tests.stories.acts import Buyer, at_once, buyer, next_fault, one, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.own_rails import POINTS, give_points, issue, state, tender
from tests.stories.test_loop import ok
from tests.stories.test_pay_in_parts import cancel, part

TOTAL = 20230
BUYERS_TOTAL = 16768


def refused(stage: Stage, who: Buyer | None, *tenders: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    told = sell(stage, sale_of(stage, who, tenders=list(tenders)), 409)
    return told["code"], {k: v for k, v in told["facts"].items() if k != "rail"}


def pick(stage: Stage, amount_minor: int | None, status: int = 200, **more: Any) -> dict[str, Any]:
    asked = {"amount_minor": amount_minor, "currency": "EUR", **more}
    return dict(ok(stage.register.post("/register/v1/rails", json=asked), status))


def why_not(told: dict[str, Any]) -> dict[str, str | None]:
    return {rail["rail"]: rail["reason"] for rail in told["rails"]}


def test_the_office_says_it_and_reads_it_again(stage: Stage) -> None:
    office = stage.office()
    plain = ok(office.get("/office/v1/rails"))
    assert [rail["rail"] for rail in plain["rails"]] == list(RAILS)
    assert plain["points"] is None
    assert plain["suggestion"] == []  # the place's currency is not CNY
    said = {"rail": "cash", "max_minor": 10_000, "off_at": [stage.seed.place_id], "rank": 3}
    told = state(stage, said, points=POINTS)
    cash = next(rail for rail in told["rails"] if rail["rail"] == "cash")
    assert {name: cash[name] for name in said} == said
    assert told["points"] == POINTS
    assert ok(office.get("/office/v1/rails")) == told
    trail = ok(office.get("/office/v1/audit"))
    assert trail[0]["action"] == "office.state_rails"
    assert trail[0]["facts"]["rails"][0]["max_minor"] == 10_000
    for wrong in (
        {"rails": [{"rail": "cash", "off_at": ["plc_nowhere"]}]},
        {"rails": [{"rail": "cash", "min_minor": 2, "max_minor": 1}]},
        {"rails": [{"rail": "cash"}, {"rail": "cash"}]},
        {"rails": [], "points": {**POINTS, "points": 0}},
    ):
        ok(office.put("/office/v1/rails", json=wrong), 422)
    assert ok(office.get("/office/v1/rails")) == told


def test_a_rail_is_switched_off_and_on_at_once(stage: Stage) -> None:
    wish = [tender("cash")]
    assert sell(stage, sale_of(stage, tenders=wish))["state"] == "paid"
    for off in ({"is_on": False}, {"off_at": [stage.seed.place_id]}):
        state(stage, {"rail": "cash", **off})
        assert refused(stage, None, tender("cash"))[0] == "sale.rail_off"
        held = sell(stage, sale_of(stage, tenders=[], hold_minutes=60), 202)["sale_id"]
        assert part(stage, held, "cash", 10, status=409)["code"] == "sale.rail_off"
        assert why_not(pick(stage, 100))["cash"] == ("off" if "is_on" in off else "off_here")
        cancel(stage, held)
    state(stage)
    assert sell(stage, sale_of(stage, tenders=[tender("cash")]))["state"] == "paid"


def test_one_payment_has_a_least_and_a_most(stage: Stage) -> None:
    state(stage, {"rail": "cash", "min_minor": 100, "max_minor": 20_000})
    assert refused(stage, None, tender("cash")) == (
        "tenders.over_limit",
        {"limit": "payment", "limit_minor": 20_000, "left_minor": 20_000},
    )
    small = (tender("cash", 99), tender("slip", reference="1"))
    assert refused(stage, None, *small) == ("tenders.under_minimum", {"limit_minor": 100})
    sale = sale_of(stage, tenders=[tender("cash", 20_000), tender("slip", reference="1")])
    assert sell(stage, sale)["state"] == "paid"


def test_a_day_of_a_member_is_counted_and_what_failed_is_not(stage: Stage) -> None:
    state(stage, {"rail": "wallet", "day_minor": 20_000, "dynamic_day_minor": BUYERS_TOTAL})
    who = buyer(stage)
    body = sale_of(stage, who, "wallet")
    assert sell(stage, body)["state"] == "paid"
    assert rows(stage, "SELECT limit_kind, used_minor FROM rail_day ORDER BY limit_kind") == [
        ("day", BUYERS_TOTAL),
        ("dynamic_day", BUYERS_TOTAL),
    ]
    wish = tender("wallet", 5000, auth_code=who.auth_code())
    left = {"limit": "day", "limit_minor": 20_000, "left_minor": 20_000 - BUYERS_TOTAL}
    plain = partial(sale_of, stage, who, coupons=[])
    told = sell(stage, plain(tenders=[wish, tender("cash")]), 409)
    assert (told["code"], {k: told["facts"][k] for k in left}) == ("tenders.over_limit", left)
    told = sell(stage, plain(tenders=[{**wish, "amount_minor": 3000}, tender("cash")]), 409)
    assert (told["facts"]["limit"], told["facts"]["left_minor"]) == ("dynamic_day", 0)
    # Another person, and nobody known, has a day of their own.
    assert sell(stage, sale_of(stage, buyer(stage, 1), "wallet"))["state"] == "paid"
    told = pick(stage, 1000, member_code=who.member_code())
    assert why_not(told)["wallet"] == "day_limit"
    assert why_not(pick(stage, 1000))["wallet"] is None
    stage.advance(timedelta(days=1))
    poor = buyer(stage, 2, balance_minor=1)
    assert sell(stage, sale_of(stage, poor, "wallet"))["state"] == "abandoned"
    assert one(stage, "SELECT sum(used_minor) FROM rail_day WHERE member_id = :m", m=poor.member_id) == 0
    assert (
        sell(stage, plain(tenders=[{**wish, "auth_code": who.auth_code()}, tender("cash")]))["state"]
        == "paid"
    )


def test_a_day_is_never_passed_however_many_come_at_once(stage: Stage) -> None:
    state(stage, {"rail": "cash", "day_minor": 500})
    who = buyer(stage)
    items = [{"gtin": stage.seed.gtins[2]}]
    bodies = [
        sale_of(
            stage,
            who,
            items=items,
            coupons=[],
            tenders=[tender("cash", 200), tender("slip", reference=str(n))],
        )
        for n in range(5)
    ]
    answers = at_once([partial(stage.register.post, "/register/v1/sales", json=body) for body in bodies])
    assert sorted(a.status_code for a in answers) == [200, 200, 409, 409, 409]
    assert one(stage, "SELECT used_minor FROM rail_day") == 400


def test_a_called_back_part_is_no_part_of_the_day(stage: Stage) -> None:
    state(stage, {"rail": "wallet", "day_minor": 1000, "static_day_minor": 700, "qr_class": "static"})
    who = buyer(stage)
    sale_id = sell(stage, sale_of(stage, who, tenders=[], hold_minutes=60), 202)["sale_id"]
    told = part(stage, sale_id, "wallet", 800, status=409)
    assert (told["facts"]["limit"], told["facts"]["left_minor"]) == ("static_day", 700)
    told = part(stage, sale_id, "wallet", 700)
    assert told["qr"]
    address = f"/register/v1/sales/{sale_id}/tenders/{told['parts'][0]['tender_id']}/cancel"
    ok(stage.register.post(address))
    assert part(stage, sale_id, "wallet", 600)["qr"]
    cancel(stage, sale_id)
    assert one(stage, "SELECT sum(used_minor) FROM rail_day") == 0


def test_the_picker_says_what_fits_in_words(stage: Stage) -> None:
    who, card = buyer(stage), issue(stage, 5000)
    give_points(stage, who, 300)
    told = pick(stage, 20_000)
    assert (told["amount_minor"], told["splits"]) == (20_000, [])
    assert why_not(told) == {
        "cash": None,
        "wallet": None,
        "slip": None,
        "transfer": "needs_hold",
        "gift_card": "no_card",
    }
    found = {rail["rail"]: rail for rail in told["rails"]}
    assert (found["wallet"]["ways"], found["cash"]["ways"]) == (["code", "qr"], [])
    assert found["gift_card"]["words_zh"] == "请先扫描礼品卡。"
    assert found["cash"]["words_en"] is None
    state(stage, {"rail": "cash", "rank": 2}, {"rail": "wallet", "fee_bp": 60, "rank": 1}, points=POINTS)
    told = pick(stage, 20_000, member_code=who.member_code(), card_code=card["code"])
    assert [r["rail"] for r in told["rails"]][:3] == ["slip", "wallet", "cash"]
    found = {rail["rail"]: rail for rail in told["rails"]}
    assert (found["gift_card"]["reason"], found["gift_card"]["max_minor"]) == ("card_too_little", 5000)
    assert (found["points"]["reason"], found["points"]["max_minor"]) == ("points_too_few", 300)
    assert why_not(pick(stage, 100))["points"] == "no_member"
    offline = why_not(pick(stage, 100, is_offline=True, card_code=card["code"]))
    assert offline == {"cash": None, "slip": None, "wallet": "offline", "transfer": "offline"} | {
        "gift_card": "offline",
        "points": "offline",
    }
    assert set(why_not(pick(stage, 100, currency="CNY")).values()) == {"currency"}
    assert pick(stage, None, 422)["code"] == "request.malformed"
    assert pick(stage, 10, 404, card_code="WRONG")["code"] == "tenders.card_unknown"


def test_the_picker_proposes_a_split_that_can_be_paid(stage: Stage) -> None:
    off = [{"rail": rail, "is_on": False} for rail in ("cash", "transfer")]
    limits = [{"rail": "wallet", "max_minor": 12_000}, {"rail": "slip", "max_minor": 3000, "rank": 1}]
    state(stage, *off, *limits, points=POINTS)
    who, card = buyer(stage), issue(stage, 5000)
    give_points(stage, who, 1000)
    sale_id = sell(stage, sale_of(stage, who, tenders=[], hold_minutes=60), 202)["sale_id"]
    told = pick(stage, None, sale_id=sale_id, card_code=card["code"])
    assert told["amount_minor"] == BUYERS_TOTAL
    assert not any(rail["can"] for rail in told["rails"])
    best = told["splits"][0]
    assert best == {
        "parts": [{"rail": "wallet", "amount_minor": 12_000}, {"rail": "gift_card", "amount_minor": 4768}],
        "later_minor": 0,
    }
    more = {"wallet": {"auth_code": who.auth_code()}, "gift_card": {"card_code": card["code"]}}
    for one_part in best["parts"]:
        rail = one_part["rail"]
        done = part(stage, sale_id, rail, one_part["amount_minor"], **more[rail])
    assert done["state"] == "paid"
    assert pick(stage, None, 409, sale_id=sale_id)["code"] == "sales.not_open"
    # With less to hand, a deposit: the rest stays due.
    told = pick(stage, 100_000, member_code=who.member_code())
    assert told["splits"] == [
        {
            "parts": [
                {"rail": "wallet", "amount_minor": 12_000},
                {"rail": "points", "amount_minor": 1000},
                {"rail": "slip", "amount_minor": 3000},
            ],
            "later_minor": 84_000,
        }
    ]


@pytest.mark.parametrize("fault", ["error_500", "malformed_body"])
def test_a_provider_that_does_not_answer_is_not_proposed_for_a_while(stage: Stage, fault: str) -> None:
    who = buyer(stage)
    assert why_not(pick(stage, 100))["wallet"] is None
    for _ in range(3):
        next_fault(stage, "pay", fault, **({"effect": False} if fault == "error_500" else {}))
        wish = tender("wallet", 10, auth_code=who.auth_code())
        sell(
            stage, sale_of(stage, tenders=[wish, tender("cash")], items=[{"gtin": stage.seed.gtins[2]}]), 202
        )
    told = pick(stage, 100)
    assert why_not(told)["wallet"] == "provider_down"
    assert told["rails"][0]["rail"] == "cash"
    stage.advance(timedelta(seconds=16))
    assert why_not(pick(stage, 100))["wallet"] is None
    assert sell(stage, sale_of(stage, who, "wallet"))["state"] == "paid"  # nobody who insists is refused
    stage.drain()
    stage.advance(timedelta(seconds=40))
    stage.drain()
