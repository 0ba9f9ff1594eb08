"""A version of a contract, tried on past sales: by office, dealer and landlord, each told their own; on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from highstreet.flows import try_contract
from highstreet.rooms.goods import variants_for
from tests.fronts.office_town import CONTRACT, Town, town  # noqa: F401
from tests.fronts.test_contract_words import page, propose

DAYS = "first=2026-11-01&last=2026-11-30"
DRAFT: dict[str, Any] = {
    "collector": "operator",
    "shares": [{"role": "brand", "bp": 4000}, {"role": "landlord", "bp": 1000}],
    "leftover_to": "operator",
}


@pytest.fixture
def sold(town: Town) -> Town:  # noqa: F811
    """100.00, 49.90, and 100.00 that came back."""
    town.sell(1)
    town.sell(0, 1)
    back = town.sell(1)
    town.clock.advance(timedelta(minutes=1))
    town.take_back(back, (1, 1))
    return town


def tried(town: Town, who: str, version: int, days: str = DAYS) -> Any:  # noqa: F811
    front = "office" if who == "office" else "dealer"
    return town.ask(who, "GET", f"/{front}/v1/contracts/{CONTRACT}/{version}/dry-run?{days}")


def test_each_is_told_what_is_theirs(sold: Town) -> None:
    seed, version = sold.seed, propose(sold, terms=DRAFT)["version"]
    counts = sold.row_counts()
    told = tried(sold, "office", version)
    assert (told["sales"], told["is_all"], told["below_zero"], told["unknown"]) == (3, True, 0, 0)
    sums = {p["party_id"]: (p["was_minor"], p["would_be_minor"]) for p in told["parties"]}
    assert sums.keys() == {seed.brand_party, seed.dealer, seed.landlord}
    # Of 100.00 and 49.90, for the third sale came back.
    assert (sums[seed.brand_party][1], sums[seed.landlord][1]) == (4000 + 1996, 1000 + 499)
    assert sum(was for was, _ in sums.values()) == sum(would for _, would in sums.values())
    largest = told["examples"][0]
    assert largest["was"].keys() == sums.keys()
    moved = [
        sum(abs(one["would_be"].get(p, 0) - one["was"].get(p, 0)) for p in sums) for one in told["examples"]
    ]
    assert moved == sorted(moved, reverse=True)
    for who, party_id in (("dealer", seed.dealer), ("landlord", seed.landlord)):
        own = tried(sold, who, version)
        assert [p["party_id"] for p in own["parties"]] == [party_id]
        assert (own["parties"][0]["was_minor"], own["parties"][0]["would_be_minor"]) == sums[party_id]
        assert all({*one["was"], *one["would_be"]} == {party_id} for one in own["examples"])
        assert own["below_zero"] == 0
        others = {seed.brand_party, seed.dealer, seed.landlord} - {party_id}
        assert not any(other in str(own) for other in others)
    assert sold.row_counts() == counts


def test_goods_of_a_draft_are_looked_up(sold: Town) -> None:
    """The sales' own contract had no rules by product, so nothing of it was frozen with them."""
    seed = sold.seed
    key = (seed.brand_id, seed.variants[0])
    product = sold.program.db.read_now(variants_for, {key})[key].product_id
    some = {"role": "brand", "bp": 5000, "product_ids": [product]}
    version = propose(sold, terms=DRAFT | {"shares": [some]})["version"]
    sums = {p["party_id"]: p["would_be_minor"] for p in tried(sold, "office", version)["parties"]}
    before = {p["party_id"]: p["was_minor"] for p in tried(sold, "office", version)["parties"]}
    assert sums[seed.brand_party] > 0
    assert sum(sums.values()) == sum(before.values())


def test_what_was_not_kept_is_counted(sold: Town) -> None:
    shares = [*DRAFT["shares"], {"role": "home_store", "bp": 100}]
    version = propose(sold, terms=DRAFT | {"shares": shares})["version"]
    assert tried(sold, "office", version)["unknown"] == 3
    _, words = page(sold, "office", f"/office/contracts/{CONTRACT}/{version}/trial/result?{DAYS}")
    assert "Of 3 sales it was not kept whose home store" in words


def test_it_says_when_not_all_were_tried(sold: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    version = propose(sold, terms=DRAFT)["version"]
    monkeypatch.setattr(try_contract, "PAGE", 1)
    assert tried(sold, "office", version)["is_all"]
    monkeypatch.setattr(try_contract, "MOST", 2)
    told = tried(sold, "office", version)
    assert (told["sales"], told["is_all"]) == (2, False)
    _, words = page(sold, "office", f"/office/contracts/{CONTRACT}/{version}/trial/result?{DAYS}")
    assert "Only the first 2 of these days were tried" in words


def test_pages(sold: Town) -> None:
    version = propose(sold, terms=DRAFT)["version"]
    for who, front in (("office", "office"), ("dealer", "dealer"), ("landlord", "dealer")):
        at = f"/{front}/contracts/{CONTRACT}/{version}/trial"
        assert page(sold, who, f"{at}?{DAYS}")[0] == 200
        status, words = page(sold, who, f"{at}/result?{DAYS}")
        assert status == 200
        assert "as it would be" in words
        assert ("What others get is not told here" in words) is (front == "dealer")
        status, words = page(sold, who, f"{at}/result?first=2025-01-01&last=2025-01-02")
        assert "No sales in these days" in words
        assert page(sold, who, f"{at}?first=2024-01-01&last=2026-01-01")[0] == 422
    assert page(sold, "dealer", f"/dealer/contracts/{CONTRACT}/{version + 1}/trial")[0] == 404
