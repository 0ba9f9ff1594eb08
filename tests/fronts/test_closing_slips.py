"""Slips of card terminals counted with the drawer, and what is under way when a day is closed: listed and carried."""

from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.office_town import Town, open_session
from tests.fronts.test_closing import DAY, NEXT, close, count, ledger, reopen, seen, town
from tests.fronts.test_closing_ledger import held_sale

__all__ = ["town"]


def pay(town: Town, *tenders: dict[str, Any]) -> dict[str, Any]:
    """One piece of the first article, 100.00."""
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[0], "quantity": 1}],
        "tenders": [{"id": new_id("tnd"), **one} for one in tenders],
    }
    return dict(town.ask("register", "POST", "/register/v1/sales", json=asked))


def slip(number: str, amount_minor: int | None = None) -> dict[str, Any]:
    return {"rail": "slip", "reference": number, "amount_minor": amount_minor}


def test_slips_are_counted_blindly_against_the_terminals_own_total(town: Town) -> None:
    pay(town, slip("1"))
    told = pay(town, {"rail": "cash", "amount_minor": 4000}, slip("2", 6000))
    back = {"id": new_id("rtn"), "sale_id": told["sale_id"], "items": [{"line_no": 1, "quantity": 1}]}
    town.ask("register", "POST", "/register/v1/returns", json=back | {"slips": ["3"]})
    day = town.ask("register", "GET", "/register/v1/day")
    assert day["has_slips"] is True
    assert "10000" not in str(day)  # blind
    before = town.row_counts()
    assert count(town, 0, 409)["code"] == "days.slips_uncounted"
    assert town.row_counts() == before

    told = count(town, 0, slips_minor=9950)
    assert (told["over_minor"], told["slips_counted_minor"], told["slips_over_minor"]) == (0, 9950, -50)
    found = ledger(town)
    assert (found["over_short_slip"], found["clearing_slip"]) == (-50, -9950)
    assert "over_short" not in found
    (register,) = seen(town)["registers"]
    assert (register["slips_counted_minor"], register["slips_over_minor"]) == (9950, -50)
    closed = close(town, DAY)
    assert (closed["over_minor"], closed["slips_counted_minor"], closed["slips_over_minor"]) == (0, 9950, -50)

    reopen(town, DAY)
    reopen(town, DAY, register=town.seed.register_id)
    assert ledger(town).get("over_short_slip") is None
    assert count(town, 0, slips_minor=10_000)["slips_over_minor"] == 0


def test_a_terminal_begins_anew_with_each_total(town: Town) -> None:
    """Also slips that are written down after the count but were taken before it are counted once, by the next."""
    pay(town, slip("1"))
    assert count(town, 0, slips_minor=10_000)["slips_over_minor"] == 0
    assert town.ask("register", "GET", "/register/v1/day")["has_slips"] is False
    noon = town.clock.now()
    town.clock.set(noon - timedelta(minutes=1))
    pay(town, slip("2"))
    town.clock.set(noon + timedelta(days=1))
    assert count(town, 0, 409)["code"] == "days.slips_uncounted"
    assert count(town, 0, slips_minor=10_000)["slips_over_minor"] == 0


def test_without_slips_no_total_is_asked_for(town: Town) -> None:
    town.sell(1)
    told = count(town, 10_000)
    assert (told["slips_counted_minor"], told["slips_over_minor"]) == (None, None)
    town.clock.advance(timedelta(days=1))
    assert count(town, 10_000, slips_minor=700)["slips_over_minor"] == 700  # the terminal knows of one


def test_transfers_under_way_are_listed_and_carried(town: Town) -> None:
    sale_id = held_sale(town)
    part = {"id": new_id("tnd"), "rail": "transfer", "amount_minor": 2500}
    path = f"/register/v1/sales/{sale_id}/tenders"
    told = town.ask("register", "POST", path, json=part)
    reference = next(one["reference"] for one in told["parts"])
    town.sell(1)
    count(town, 10_000)
    (carried,) = seen(town, DAY)["carried"]
    assert (carried["id"], carried["direction"], carried["amount_minor"], carried["reference"]) == (
        part["id"],
        "in",
        2500,
        reference,
    )
    closed = close(town, DAY)
    assert closed["carried"] == [
        {"rail": "transfer", "direction": "in", "currency": "EUR", "tenders": 1, "amount_minor": 2500}
    ]
    # The next day has it still, until the bank shows it; the closed day keeps that it was carried.
    town.clock.advance(timedelta(days=1))
    town.tokens["office"] = open_session(town, "office", town.seed.brand_id, 97)
    assert [one["id"] for one in seen(town, NEXT)["carried"]] == [part["id"]]
    statement = f"date,amount,reference\n{NEXT},25.00,{reference}\n"
    town.ask("office", "POST", "/office/v1/statements", content=statement.encode())
    assert seen(town, NEXT)["carried"] == []
    (entry,) = (one for one in seen(town, DAY)["trail"] if one["id"] == closed["id"])
    assert entry["carried"] == closed["carried"]
