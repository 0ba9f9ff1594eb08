"""Who may propose, accept, decline, withdraw and end contracts, as tests/fronts/asked_routes.py lists routes."""

from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.channel import Acceptor, ShareRule, SignContract, Terms, sign_contract, terms_hash
from tests.fronts.asked import Asked, Content, Told, dealer, json, office
from tests.fronts.asked_dealer_pages import dealer_page
from tests.fronts.office_town import Town

TERMS = Terms("operator", (ShareRule("brand", 1234),), "operator")
VERBS = ("accept", "decline", "page-accept", "page-decline", "withdraw", "page-withdraw", "end", "page-end")


def seed_contracts(town: Town) -> None:
    """One for each route, so that none spoils the next; those to be ended are the brand's own, and in force."""
    seed, now = town.seed, town.clock.now()
    for verb in VERBS:
        contract_id = town.known[f"contract-{verb}"] = new_id("ctr")
        is_ended = verb.endswith("end")
        town.program.db.write_now(
            sign_contract,
            SignContract(
                seed.brand_id,
                contract_id,
                1,
                seed.brand_party if is_ended else seed.dealer,
                town.own_place if is_ended else None,
                TERMS,
                now if is_ended else now + timedelta(days=300),
                now,
                () if is_ended else (Acceptor(seed.dealer),),
            ),
        )


def _of(verb: str) -> Told:
    return lambda town: {"contract_id": town.known[f"contract-{verb}"], "version": 1}


def _word(town: Town) -> Content:
    return {"party_id": town.seed.dealer, "terms_hash": terms_hash(TERMS)}


def _no(town: Town) -> Content:
    return {"party_id": town.seed.dealer}


def _form(**fields: str) -> Told:
    return lambda town: {"data": {"party_id": town.seed.dealer, **fields}}


def _draft(town: Town) -> Content:
    return {
        "operator_party_id": town.seed.dealer,
        "terms": TERMS.as_document(),
        "since": "2026-11-01T00:00:00Z",
        "until": "2026-12-01T00:00:00Z",
    }


NOT_THEIRS = ("new", "store")
OFFICE: dict[str, Any] = {"lacking": ("new", "dealer", "store"), "wrong_kinds": ("register", "shopper")}
CONTRACTS = (
    office("GET", "/contracts/templates", stranger=200),
    office("POST", "/contracts/dry-run", sent=json(_draft)),
    office("POST", "/contracts/{contract_id}/{version}/withdraw", 204, 404, ids=_of("withdraw")),
    office(
        "POST", "/contracts/{contract_id}/{version}/end", 204, 404, ids=_of("end"), sent=json(lambda _: {})
    ),
    office("GET", "/contracts/{contract_id}/{version}/dry-run", 200, 404, ids=_of("page-accept")),
    Asked(
        "GET",
        "/office/contracts/{contract_id}/{version}/trial",
        "office",
        200,
        404,
        ids=_of("page-accept"),
        **OFFICE,
    ),
    Asked(
        *("GET", "/office/contracts/{contract_id}/{version}/trial/result", "office", 200, 404),
        ids=_of("page-accept"),
        **OFFICE,
    ),
    dealer(
        *("GET", "/contracts/{contract_id}/{version}/dry-run", 200, 404),
        lacking=NOT_THEIRS,
        ids=_of("page-accept"),
    ),
    dealer("GET", "/contracts", lacking=NOT_THEIRS),
    dealer(
        "POST",
        "/contracts/{contract_id}/{version}/accept",
        204,
        404,
        lacking=NOT_THEIRS,
        ids=_of("accept"),
        sent=json(_word),
    ),
    dealer(
        "POST",
        "/contracts/{contract_id}/{version}/decline",
        204,
        404,
        lacking=NOT_THEIRS,
        ids=_of("decline"),
        sent=json(_no),
    ),
)
CONTRACT_PAGES = (
    dealer_page("GET", "/contracts", lacking=NOT_THEIRS),
    *(
        dealer_page(
            *("GET", f"/contracts/{{contract_id}}/{{version}}/trial{rest}", 200, 404),
            lacking=NOT_THEIRS,
            ids=_of("page-accept"),
        )
        for rest in ("", "/result")
    ),
    dealer_page(
        "GET",
        "/contracts/{contract_id}/{version}/changes",
        200,
        404,
        lacking=NOT_THEIRS,
        ids=_of("page-accept"),
    ),
    dealer_page(
        "POST",
        "/contracts/{contract_id}/{version}/accept",
        200,
        404,
        lacking=NOT_THEIRS,
        ids=_of("page-accept"),
        sent=_form(seen=terms_hash(TERMS)),
    ),
    dealer_page(
        "POST",
        "/contracts/{contract_id}/{version}/decline",
        200,
        404,
        lacking=NOT_THEIRS,
        ids=_of("page-decline"),
        sent=_form(),
    ),
)
