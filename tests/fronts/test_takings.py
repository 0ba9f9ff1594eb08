"""What a landlord took against what it reports, over HTTP; on both databases."""

import re
from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import ShareRule, SignContract, Terms, sign_contract
from tests.fronts.office_town import CONTRACT, Town, open_session, town

__all__ = ["town"]


def landlord_collects(town: Town) -> None:
    """From now on the landlord takes the shoppers' money."""
    town.clock.advance(timedelta(seconds=1))
    now, seed = town.clock.now(), town.seed
    terms = Terms("landlord", (ShareRule("landlord", 3000),), "operator")
    command = SignContract(seed.brand_id, CONTRACT, 2, seed.dealer, None, terms, now, now)
    town.program.db.write_now(sign_contract, command)
    town.clock.advance(timedelta(seconds=1))


def compared(town: Town, status: int = 200, **more: Any) -> Any:
    asked = {"party_id": town.seed.landlord, "first_day": "2026-11-18", "last_day": "2026-11-22"}
    return town.ask("office", "GET", "/office/v1/takings", status, params=asked | more)


def report(town: Town, *rows: str) -> Any:
    text = "place_ref,day,amount,collector\n" + "\n".join(rows)
    return town.ask("office", "POST", "/office/v1/imports/takings", content=text.encode())


def brief(found: list[dict[str, Any]]) -> list[tuple[str, int, int | None, int]]:
    return [(o["day"], o["ours_minor"], o["reported_minor"], o["difference_minor"]) for o in found]


def test_each_day_is_held_against_our_sales(town: Town) -> None:
    town.sell(1)  # the dealer's own till: not the landlord's
    landlord_collects(town)
    sale = town.sell(0, 2)
    town.sell(1)
    place, day = town.seed.place_id, f"{town.clock.now():%Y-%m-%d}"
    assert brief(compared(town)) == [(day, 4990 * 2 + 10000, None, -19980)]
    assert report(town, f"{place},{day},199.80,")["imported"] == 1
    assert brief(compared(town)) == [(day, 19980, 19980, 0)]
    town.clock.advance(timedelta(hours=20))  # a business day begins at four
    town.tokens["office"] = open_session(town, "office", town.seed.brand_id, 90)
    town.take_back(sale, (1, 1))
    later = f"{town.clock.now():%Y-%m-%d}"
    assert brief(compared(town)) == [(day, 19980, 19980, 0), (later, -4990, None, 4990)]
    told = report(town, f"{place},{later},-49.90,", f"{place},{day},199.00,")
    assert (told["imported"], told["unchanged"]) == (2, 0)
    assert brief(compared(town)) == [(day, 19980, 19900, -80), (later, -4990, -4990, 0)]
    assert report(town, f"{place},{day},199.00,")["unchanged"] == 1
    assert compared(town, party_id=new_id("pty")) == []
    assert compared(town, party_id=town.seed.dealer, last_day=day)[0]["ours_minor"] == 10000
    compared(town, 422, last_day="2027-11-22")
    compared(town, 422, last_day="2026-11-01")


def test_bad_rows(town: Town) -> None:
    place = town.seed.place_id
    told = report(
        town,
        f"{place},2026-11-19,1.00,landlord",
        f"{place},yesterday,1.00,",
        f"{place},2026-12-24,1.00,",
        f"{place},2026-11-18,,",
        f"{town.own_place},2026-11-18,1.00,",
        "nowhere,2026-11-18,1.00,",
        f"{place},2026-11-19,2.00,",
    )
    assert told["imported"] == 1
    assert sorted((one["line"], one["code"]) for one in told["bad"]) == [
        (3, "import.time_malformed"),
        (4, "import.time_malformed"),
        (5, "import.value_missing"),
        (6, "import.party_unknown"),
        (7, "import.place_unknown"),
        (8, "import.repeated"),
    ]


def test_the_page_tells_what_differs_first(town: Town) -> None:
    landlord_collects(town)
    town.sell(1)
    place, day = town.seed.place_id, f"{town.clock.now():%Y-%m-%d}"
    report(town, f"{place},{day},40.00,")
    headers = {"Cookie": f"hs_office={town.tokens['office']}; lang=en"}
    with town.client(None) as http:
        page = http.get(f"/office/takings?month={day[:7]}", headers=headers)
        empty = http.get("/office/takings?month=2020-01", headers=headers)
    words = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    assert "One day differs" in words
    for amount in ("€100.00", "€40.00", "€60.00"):
        assert amount in words, words
    assert "Nothing was taken or reported in this month" in empty.text
