"""A contract's way from proposal to force, by API and page; and a draft tried on what was sold; on both databases."""

import re
from datetime import timedelta
from typing import Any

from tests.fronts.office_town import CONTRACT, Town, town  # noqa: F401

TERMS: dict[str, Any] = {
    "collector": "operator",
    "collectors": {"shop": "brand"},
    "shares": [
        {"role": "brand", "tiers": [{"from_minor": 0, "bp": 1000}, {"from_minor": 5000, "bp": 4000}]},
        {"role": "landlord", "piece_minor": 50, "cap_minor": 120},
    ],
    "leftover_to": "operator",
    "funding": "funder",
}


def propose(town: Town, **more: Any) -> dict[str, Any]:  # noqa: F811
    asked = {"id": CONTRACT, "operator_party_id": town.seed.dealer, "terms": TERMS, **more}
    told: dict[str, Any] = town.ask("office", "POST", "/office/v1/contracts", 201, json=asked)
    return told


def page(town: Town, who: str, path: str, **form: str) -> tuple[int, str]:  # noqa: F811
    """A page as somebody's browser gets it, its words alone; with a form, what its being sent brings."""
    audience = path.split("/")[1]
    headers = {"Cookie": f"hs_{audience}={town.tokens[who]}; locale=en", "X-Highstreet": "page"}
    with town.client(None) as http:
        answer = http.post(path, data=form, headers=headers) if form else http.get(path, headers=headers)
    return answer.status_code, " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def word(town: Town, who: str, told: dict[str, Any], party: str, verb: str, status: int, **body: Any) -> Any:  # noqa: F811
    path = f"/dealer/v1/contracts/{told['id']}/{told['version']}/{verb}"
    return town.ask(who, "POST", path, status, json={"party_id": party, **body})


def test_both_whom_it_binds_accept_and_then_it_holds(town: Town) -> None:  # noqa: F811
    told, seed = propose(town), town.seed
    assert told["in_force_from"] is None
    assert {a["party_id"] for a in told["acceptances"]} == {seed.dealer, seed.landlord}
    seen = {"terms_hash": told["terms_hash"]}
    word(town, "dealer", told, seed.landlord, "accept", 404, **seen)  # not their company
    word(town, "landlord", told, seed.dealer, "accept", 404, **seen)
    changed = word(town, "dealer", told, seed.dealer, "accept", 409, terms_hash="0" * 64)
    assert changed["code"] == "channel.terms_changed"
    before = town.sell(1)
    word(town, "dealer", told, seed.dealer, "accept", 204, **seen)
    (shown,) = town.ask("landlord", "GET", "/dealer/v1/contracts")
    assert (shown["version"], shown["terms"]["funding"]) == (2, "funder")
    town.clock.advance(timedelta(minutes=1))
    word(town, "landlord", told, seed.landlord, "accept", 204, **seen)
    after = town.sell(1)
    sheets = [town.ask("office", "GET", f"/office/v1/sales/{s}")["sheet"] for s in (before, after)]
    assert [sheet["contract_version"] for sheet in sheets] == [1, 2]
    # 100.00: 10 % of 50.00 and 40 % of the rest; 0.50 for the piece; the rest is the dealer's.
    got = [(s["role"], s["amount_minor"], s["rule"]) for s in sheets[1]["lines"][0]["shares"]]
    assert got == [("brand", 2500, 0), ("landlord", 50, 1), ("operator", 7450, None)]
    _, words = page(town, "office", f"/office/sales/{after}")
    assert "10% at first, 40% of what is above €50.00." in words
    assert "What the others leave." in words
    town.clock.advance(timedelta(seconds=1))  # a statement ends before the second in which it is asked for
    by = {"landlord": ("piece", 50), "dealer": ("rest", 7450)}
    for who, (rule, amount) in by.items():
        (share,) = town.ask(who, "GET", f"/dealer/v1/sales/{after}")["shares"]
        assert (share["rule"], share["basis_points"], share["amount_minor"]) == (rule, None, amount)
        lines = town.ask(who, "GET", "/dealer/v1/statement/lines")["lines"]
        assert [line["rule"] for line in lines if line["sale_id"] == after] == [rule]
    assert "The building: an amount for each piece" in page(town, "landlord", f"/dealer/sales/{after}")[1]
    assert "each piece" in page(town, "landlord", "/dealer/statement")[1]


def test_a_page_shows_the_terms_and_takes_the_word(town: Town) -> None:  # noqa: F811
    told, seed = propose(town), town.seed
    _, words = page(town, "landlord", "/dealer/contracts")
    assert "gets €0.50 for each piece. At most €1.20 a line." in words
    assert told["terms_hash"] in words
    path = f"/dealer/contracts/{told['id']}/{told['version']}/decline"
    status, words = page(town, "landlord", path, party_id=seed.landlord)
    assert (status, "Came to nothing" in words) == (200, True)
    refused = word(town, "dealer", told, seed.dealer, "accept", 409, terms_hash=told["terms_hash"])
    assert refused["code"] == "channel.not_proposed"


def test_a_draft_is_tried_on_what_was_sold(town: Town) -> None:  # noqa: F811
    seed = town.seed
    town.sell(1)
    town.sell(0, 1)
    back = town.sell(1)
    town.clock.advance(timedelta(minutes=1))
    town.take_back(back, (1, 1))
    counts = town.row_counts()
    asked = {
        "operator_party_id": seed.dealer,
        "terms": TERMS,
        "since": "2026-11-01T00:00:00Z",
        "until": "2026-12-01T00:00:00Z",
    }
    told = town.ask("office", "POST", "/office/v1/contracts/dry-run", json=asked)
    assert (told["sales"], told["lines"], told["below_zero"]) == (3, 3, 0)
    sums = {p["party_id"]: (p["was_minor"], p["would_be_minor"]) for p in told["parties"]}
    assert sum(was for was, _ in sums.values()) == sum(would for _, would in sums.values())
    # Of 100.00 and 49.90, for the third sale came back: 25.00 and 4.99; 0.50 for each piece.
    assert (sums[seed.brand_party][1], sums[seed.landlord][1]) == (2500 + 499, 100)
    elsewhere = {**asked, "operator_party_id": seed.brand_party}
    assert town.ask("office", "POST", "/office/v1/contracts/dry-run", json=elsewhere)["sales"] == 0
    assert town.row_counts() == counts
