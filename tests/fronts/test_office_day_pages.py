"""What the office's pages of the money day say: bills that wait with their net, what came in by rail, who counted."""

import re
from dataclasses import replace
from datetime import timedelta

from highstreet.kernel.ids import new_id, stable_id
from highstreet.rooms.identity import IssueRegisterKey, issue_register_key
from highstreet.rooms.tenders import plan_tenders, refund_of
from tests.fronts.office_town import PIN, Town, staff_of, town
from tests.fronts.test_closing_ledger import tender

__all__ = ["town"]


def page(town: Town, path: str, locale: str = "en") -> str:
    """A page as head office gets it."""
    cookies = f"hs_office={town.tokens['office']}; locale={locale}"
    with town.client(None) as http:
        answer = http.get(path, headers={"Cookie": cookies, "Accept-Language": locale})
    assert answer.status_code == 200, answer.text
    return answer.text


def pay_and_give_back(town: Town, days_ago: int = 0) -> None:
    """57.88 by wallet, and 14.90 of it back."""
    at = town.clock.now() - timedelta(days=days_ago)
    paid = tender(town, town.sell(1), rail="wallet", amount_minor=5788, settled_at=at)
    back = refund_of(paid, new_id("tnd"), 1490, at)
    back = replace(back, state="captured", settled_at=at)
    town.program.db.write_now(plan_tenders, [paid, back])


def test_a_bill_that_waits_has_its_net_and_the_way_to_its_form(town: Town) -> None:
    pay_and_give_back(town)
    assert "Nothing is due yet." in page(town, "/office/closing")
    assert ">Bill not read yet<" in page(town, f"/office/closing/{town.seed.place_id}")
    pay_and_give_back(town, days_ago=3)
    (due,) = town.ask("office", "GET", "/office/v1/differences")
    assert (due["kind"], due["amount_minor"]) == ("bill_missing", 5788 - 1490)
    href = f'href="/office/closing?rail=wallet&amp;day={due["day"]}#match"'
    assert href in page(town, "/office/closing")
    assert href in page(town, f"/office/closing/{town.seed.place_id}")
    assert href in page(town, f"/office/closing/differences/{due['id']}")
    form = page(town, f"/office/closing?rail=wallet&day={due['day']}")
    assert 'id="match"' in form
    assert f'name="day" type="date" value="{due["day"]}"' in form


def test_a_places_day_says_what_came_in_and_who_counted(town: Town) -> None:
    pay_and_give_back(town)
    told = page(town, f"/office/closing/{town.seed.place_id}")
    rails = told[told.index('id="rails"') :]
    for said in ("€57.88", "given back once: €14.90", "€100.00"):
        assert said in rails
    assert rails.index("cash") < rails.index("wallet")
    other = page(town, f"/office/closing/{town.own_place}")
    assert "Nothing yet." in other
    entry_id = new_id("cnt")
    clerk = town.ask(
        "register", "POST", "/register/v1/clerk", json={"staff_id": staff_of("store"), "pin": PIN}
    )
    asked = {"id": entry_id, "counted_minor": 10_000, "clerk": clerk["seal"]}
    town.ask("register", "POST", "/register/v1/day/count", json=asked)
    assert "counted by Store" in page(town, f"/office/closing/{town.seed.place_id}")


def test_the_trail_says_what_was_approved_and_what_rules_became(town: Town) -> None:
    sale_id = town.sell(1)
    wish = {"sale_id": sale_id, "amount_minor": 1490, "staff_id": staff_of("store"), "pin": PIN}
    for act in ("return", "price"):
        asked = {**wish, "id": new_id("apr"), "act": act}
        town.ask("register", "POST", "/register/v1/approvals", 201, json=asked)
    policy = {"return_from_minor": 5000, "no_receipt_from_minor": None, "give_up_from_minor": 0}
    town.ask("office", "PUT", "/office/v1/approval-policy", json=policy)
    town.ask("office", "PUT", "/office/v1/return-policy", json={"days": None})
    order = {"deposit_bp": 2050, "minimum_minor": 700, "hold_days": 4}
    town.ask("office", "PUT", "/office/v1/order-policy", json=order)
    rails = [{"rail": "slip", "is_on": False}, {"rail": "cash", "max_minor": 90_000, "fee_bp": 65}]
    points = {"points": 100, "worth_minor": 50}
    town.ask("office", "PUT", "/office/v1/rails", json={"rails": rails, "points": points})
    told = " ".join(re.sub(r"<[^>]+>", " ", page(town, "/office/audit")).split())
    for said in (
        "What: goods came back Amount: €14.90",
        "What: a price set by hand Amount: €14.90",
        "Goods come back, from: €50.00 Without the receipt, from: never asked "
        "Given up when paid in part, from: €0.00",
        "Days: as usual here",
        "Deposit: 20.5% At least: €7.00 Days kept: 4",
        "Now: card slip not taken; cash taken · to €900.00 · costs 0.65% and €0.00 "
        "Points: 100 are worth €0.50",
    ):
        assert said in told, told


def test_a_registers_keys_can_be_told_apart(town: Town) -> None:
    first, second, seed = stable_id("rky", "town"), new_id("rky"), town.seed
    given = IssueRegisterKey(
        seed.brand_id, second, seed.place_id, seed.register_id, "0" * 64, town.clock.now()
    )
    town.program.db.write_now(issue_register_key, given)
    town.ask("register", "GET", "/register/v1/me")
    told = page(town, f"/office/registers/{town.seed.register_id}")
    keys = [" ".join(one.split()) for one in told[told.index('id="keys"') :].split("<li")[1:]]
    by_id = {key_id: one for one in keys for key_id in (first, second) if f"…{key_id[-6:]}" in one}
    assert len(by_id) == 2
    assert "made 20 Nov 2026 12:00 · never used" in by_id[second]
    assert "last used 20 Nov 2026 12:00" in by_id[first]


def test_a_return_says_why_in_the_readers_language(town: Town) -> None:
    sale_id = town.sell(2)
    town.take_back(sale_id, (1, 1))
    assert ">Not wanted<" in page(town, f"/office/sales/{sale_id}")
    assert ">不想要了<" in page(town, f"/office/sales/{sale_id}", "zh")
