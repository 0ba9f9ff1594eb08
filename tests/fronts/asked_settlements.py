"""Who may settle a period and read everybody's statement, as tests/fronts/asked_routes.py lists routes."""

from datetime import timedelta
from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.rooms.settlements import settlements_of
from tests.fronts.asked import Address, Asked, Content, dealer, json, office
from tests.fronts.asked_dealer_pages import MONEY, dealer_page
from tests.fronts.office_town import Town


def _last_week(town: Town) -> Content:
    today = town.clock.now().date()
    return {"first_day": f"{today - timedelta(days=9)}", "last_day": f"{today - timedelta(days=2)}"}


def _settlement(town: Town) -> Address:
    found = town.program.db.read_now(settlements_of, town.seed.brand_id)
    return {"settlement_id": found[0].id}


def _nobodys(_town: Town) -> Address:
    return {"settlement_id": new_id("stl"), "party_id": new_id("pty")}


_WORD = new_id("dsw")
_NOVEMBER = {"party_id": new_id("pty"), "first_day": "2026-11-01", "last_day": "2026-11-30"}


def _dispute(_town: Town) -> Address:
    return {"dispute_id": new_id("dsp")}


def _word(_town: Town) -> Content:
    return {"text": "Why?"}


def _declined(_town: Town) -> Content:
    return {"state": "declined", "text": "No."}


def _disputed(town: Town) -> Content:
    return {"party_id": town.seed.dealer, "settlement_id": new_id("stl"), "text": "Why?"}


def _typed(**typed: str) -> Any:
    return lambda _: {"data": typed, "headers": {"X-Highstreet": "page"}}


_LACKING: dict[str, Any] = {"lacking": ("new", "dealer", "store"), "wrong_kinds": ("register", "shopper")}


def _page(path: str, stranger: int = 200, status: int = 200, **more: Any) -> Asked:
    return Asked("GET", f"/office{path}", "office", status, stranger, **_LACKING, **more)


def _posted(path: str, status: int, stranger: int, ids: Any = lambda _: {}, **typed: str) -> Asked:
    return Asked(
        *("POST", f"/office{path}", "office", status, stranger),
        sent=lambda _: {"data": typed, "headers": {"X-Highstreet": "page"}},
        ids=ids,
        **_LACKING,
    )


SETTLEMENTS = (
    office("POST", "/settlements", 201, 201, sent=json(_last_week)),
    office("GET", "/settlements"),
    office("GET", "/settlements/{settlement_id}/statements", 200, 404, ids=_settlement),
    office("POST", "/settlements/{settlement_id}/payments", 409, 404, ids=_settlement),
    office("GET", "/settlements/{settlement_id}/payments", 200, 404, ids=_settlement),
    office(
        *("POST", "/payments/{payment_id}/end", 404, 404),
        sent=json(lambda _: {"state": "paid"}),
        ids=lambda _: {"payment_id": new_id("pmt")},
    ),
    dealer("GET", "/payments", lacking=MONEY),
    office("GET", "/disputes"),
    office(*("POST", "/disputes/{dispute_id}/words", 404, 404), sent=json(_word), ids=_dispute),
    office(*("POST", "/disputes/{dispute_id}/end", 404, 404), sent=json(_declined), ids=_dispute),
    dealer("GET", "/disputes", lacking=MONEY),
    dealer("POST", "/disputes", 404, 404, sent=json(_disputed), lacking=MONEY),
    dealer("POST", "/disputes/{dispute_id}/words", 404, 404, sent=json(_word), ids=_dispute, lacking=MONEY),
    dealer("POST", "/disputes/{dispute_id}/withdraw", 404, 404, ids=_dispute, lacking=MONEY),
    office("GET", "/takings", sent=lambda _: {"params": _NOVEMBER}),
    _page("/takings"),
    _page("/disputes"),
    _posted("/disputes/{dispute_id}/answer", 404, 404, ids=_dispute, word_id=_WORD, text="Why?"),
    dealer_page("GET", "/disputes", lacking=MONEY),
    dealer_page(
        *("POST", "/disputes", 422, 422),
        sent=_typed(id=new_id("dsp"), party_id="x", text="Why?"),
        lacking=MONEY,
    ),
    dealer_page(
        *("POST", "/disputes/{dispute_id}/say", 404, 404),
        sent=_typed(word_id=_WORD, text="Why?"),
        ids=_dispute,
        lacking=MONEY,
    ),
    dealer_page(
        *("POST", "/disputes/{dispute_id}/withdraw", 404, 404), sent=_typed(), ids=_dispute, lacking=MONEY
    ),
    office("GET", "/settlements/{settlement_id}/payments.xml", 409, 404, ids=_settlement),
    office("GET", "/bank-accounts"),
    office(
        *("PUT", "/bank-accounts/{party_id}", 200, 404),
        sent=json(lambda _: {"holder": "Nordlys", "iban": "FI2112345600000785"}),
        ids=lambda town: {"party_id": town.seed.dealer},
    ),
    _page("/settlements/accounts"),
    _posted(
        *("/settlements/accounts/{party_id}", 200, 404),
        ids=lambda town: {"party_id": town.seed.dealer},
        holder="Nordlys",
        iban="FI2112345600000785",
    ),
    _page("/settlements/{settlement_id}/payments.xml", 404, 409, ids=_settlement),
    _page("/settlements"),
    _posted("/settlements/{settlement_id}/pay", 409, 404, ids=_settlement),
    _posted("/settlements/payments/{payment_id}/end", 404, 404, ids=lambda _: {"payment_id": new_id("pmt")}),
    _posted("/settlements/begin", 422, 422, first="x"),
    _page("/settlements/{settlement_id}", 404, ids=_settlement),
    _page("/settlements/{settlement_id}/state", 404, ids=_settlement),
    _page("/settlements/{settlement_id}/statements.csv", 404, ids=_settlement),
    _page("/settlements/{settlement_id}/{party_id}", 404, 404, ids=_nobodys),
    dealer_page("GET", "/settlements", lacking=MONEY),
    dealer_page("GET", "/settlements/{settlement_id}/{party_id}", 404, 404, ids=_nobodys, lacking=MONEY),
    dealer_page(
        "GET", "/settlements/{settlement_id}/{party_id}/statement.csv", 404, 404, ids=_nobodys, lacking=MONEY
    ),
)
