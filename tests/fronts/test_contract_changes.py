"""What a version of a contract changes, told by sentence and field, and on what was sold; on both databases."""

from dataclasses import replace
from typing import Any

from highstreet.fronts.contracts_shown import sentences_compared, untold_changes
from highstreet.rooms.channel import ShareRule, StockUse, Terms
from tests.fronts.office_town import CONTRACT, Town, town  # noqa: F401
from tests.fronts.test_contract_words import page, propose

BEFORE: dict[str, Any] = {
    "collector": "operator",
    "shares": [{"role": "brand", "bp": 3012}, {"role": "landlord", "bp": 1000}],
    "leftover_to": "operator",
    "stock": {"operator_for": ["register", "shop"]},
}


def test_what_goes_comes_and_stays_in_the_order_in_which_it_reads() -> None:
    found = sentences_compared(["a", "b", "c"], ["a", "d", "c", "e"])
    assert found == [("stayed", "a"), ("went", "b"), ("came", "d"), ("stayed", "c"), ("came", "e")]


def test_what_no_sentence_tells_is_told_by_field() -> None:
    rule = ShareRule("brand", 3000, product_ids=("prd_a",))
    terms = Terms("operator", (rule,), "operator")
    swapped = replace(terms, shares=(replace(rule, product_ids=("prd_b",)),))
    (one,) = untold_changes(terms, swapped)
    assert (one.kind, one.role, one.number, one.before, one.after) == (
        "goods",
        "brand",
        1,
        ("prd_a",),
        ("prd_b",),
    )
    (one,) = untold_changes(terms, replace(terms, stock=StockUse(brand_for=("shop",))))
    assert (one.kind, one.before, one.after) == ("brand_for", ("register", "shop"), ("shop",))
    (one,) = untold_changes(terms, replace(terms, collectors=(("shop", "operator"),)))
    assert (one.kind, one.channel, one.before, one.after) == ("collector_in", "shop", (), ("operator",))
    assert untold_changes(terms, terms) == ()


def test_office_and_party_see_what_a_proposal_changes(town: Town) -> None:  # noqa: F811
    told = propose(town, terms=BEFORE)
    path = f"contracts/{CONTRACT}/{told['version']}/changes"
    for who, of in (("office", "office"), ("dealer", "dealer")):
        status, words = page(town, who, f"/{of}/{path}")
        assert status == 200
        assert "Compared with version 1" in words
        assert "Goes:" in words
        assert "gets 30% of what is paid for each line." in words
        assert "Comes:" in words
        assert "gets 30.12% of what is paid for each line." in words
        assert "1 sentence goes, 1 comes, 7 stay." in words
        assert "Also changed" not in words
    # The landlord was never asked for version 1, and is told nothing of it.
    status, words = page(town, "landlord", f"/dealer/{path}")
    assert (status, "no earlier version" in words, "30%" in words) == (200, True, False)
    assert page(town, "landlord", f"/dealer/{path}?against=1")[0] == 404
    assert page(town, "office", f"/office/{path}?against={told['version']}")[0] == 404
    assert page(town, "office", f"/office/contracts/{CONTRACT}/9/changes")[0] == 404


def test_a_field_that_only_the_document_says_is_named_on_the_page(town: Town) -> None:  # noqa: F811
    stock = {"operator_for": ["register", "shop"], "brand_for": ["shop"]}
    shares = [{"role": "brand", "bp": 3000}, {"role": "landlord", "bp": 1000}]
    told = propose(town, terms={**BEFORE, "shares": shares, "stock": stock})
    status, words = page(town, "dealer", f"/dealer/contracts/{CONTRACT}/{told['version']}/changes")
    assert status == 200
    assert "Where goods of the brand may be sold" in words
    assert "Before the registers, the online shop After the online shop" in words
    assert "Goes:" not in words


def test_a_version_that_changes_nothing_says_so_and_a_first_one_has_none_before(town: Town) -> None:  # noqa: F811
    shares = [{"role": "brand", "bp": 3000}, {"role": "landlord", "bp": 1000}]
    told = propose(town, terms={**BEFORE, "shares": shares})
    _, words = page(town, "office", f"/office/contracts/{CONTRACT}/{told['version']}/changes")
    assert "Nothing changes" in words
    _, words = page(town, "office", f"/office/contracts/{CONTRACT}/1/changes")
    assert "There is no earlier version" in words
