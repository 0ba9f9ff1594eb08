"""How the office's pages about offers, goods, partners and the house are asked."""

from collections.abc import Callable
from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Asked, Told, sale
from tests.fronts.office_town import CONTRACT, OFFER, staff_of


def _page(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    return Asked(
        method,
        f"/office{path}",
        "office",
        status,
        stranger,
        lacking=more.pop("lacking", ("new", "dealer", "store")),
        wrong_kinds=("register", "shopper"),
        **more,
    )


def _form(**typed: str) -> Told:
    return lambda town: {"data": {name: value.format(town=town) for name, value in typed.items()}}


def _offer(_town: Any) -> dict[str, Any]:
    return {"offer_id": OFFER}


def _contract(verb: str) -> Callable[[Any], dict[str, Any]]:
    return lambda town: {"contract_id": town.known[f"contract-{verb}"], "version": 1}


def _article(town: Any) -> dict[str, Any]:
    return {"variant_id": town.seed.variants[2]}


def _place(town: Any) -> dict[str, Any]:
    return {"place_id": town.seed.place_id}


def _day(town: Any) -> dict[str, Any]:
    return {"place_id": town.seed.place_id, "day": "2030-01-01"}


def _no_difference(_town: Any) -> dict[str, Any]:
    return {"difference_id": new_id("dif")}


def _register(town: Any) -> dict[str, Any]:
    return {"register_id": town.seed.register_id}


def _colleague(_town: Any) -> dict[str, Any]:
    return {"staff_id": staff_of("leaving")}


def _no_run(_town: Any) -> dict[str, Any]:
    return {"run_id": new_id("imp")}


OFFICE_MORE = (
    _page("GET", "/offers"),
    _page("GET", "/offers/new"),
    _page("POST", "/offers", 422, 422, sent=_form(kind="percent")),
    _page("GET", "/offers/{offer_id}", stranger=404, ids=_offer),
    _page("POST", "/offers/{offer_id}/active", 200, 404, ids=_offer, sent=_form(is_active="true")),
    _page("POST", "/offers/{offer_id}/shared", 422, 404, ids=_offer, sent=_form(public_code="x")),
    _page("GET", "/goods"),
    _page("GET", "/goods/{variant_id}", stranger=404, ids=_article),
    _page("POST", "/goods/{variant_id}/price", 200, 404, ids=_article, sent=_form(list_price="2.70")),
    _page("GET", "/stock"),
    _page("GET", "/stock/{place_id}", stranger=404, ids=_place),
    _page("GET", "/import"),
    _page("GET", "/import/example/{kind}.csv", ids=lambda _: {"kind": "goods"}),
    _page("POST", "/import", 422, 422, sent=_form(kind="goods")),
    _page("GET", "/import/{run_id}", 404, 404, ids=_no_run),
    _page("GET", "/import/{run_id}/state", 404, 404, ids=_no_run),
    _page("GET", "/import/{run_id}/bad-rows.csv", 404, 404, ids=_no_run),
    _page("GET", "/contracts"),
    _page("GET", "/contracts/new"),
    _page("GET", "/contracts/{contract_id}/{version}/changes", 200, 404, ids=_contract("page-end")),
    _page("POST", "/contracts", 422, 404, sent=_form(of=CONTRACT, leftover_to="operator")),
    _page("POST", "/contracts/{contract_id}/{version}/withdraw", 204, 404, ids=_contract("page-withdraw")),
    _page("POST", "/contracts/{contract_id}/{version}/end", 204, 404, ids=_contract("page-end")),
    _page("GET", "/earnings"),
    _page(
        "GET",
        "/earnings/statement.csv",
        stranger=404,
        sent=lambda town: {"params": {"party": town.seed.dealer}},
    ),
    _page(
        "GET",
        "/earnings/statement.json",
        stranger=404,
        sent=lambda town: {"params": {"party": town.seed.dealer}},
    ),
    _page("GET", "/closing"),
    _page("POST", "/closing/bills", 422, 422, sent=_form(rail="wallet")),
    _page(
        "POST",
        "/sales/{sale_id}/refunds/{tender_id}/otherwise",
        404,
        404,
        ids=lambda _: {"sale_id": new_id("sal"), "tender_id": new_id("tnd")},
        sent=_form(rail="cash", reason="Window over"),
    ),
    _page("POST", "/sales/{sale_id}/late-returns", 204, 404, ids=sale, sent=_form()),
    _page("POST", "/sales/{sale_id}/allowances", 422, 404, ids=sale, sent=_form(allowed="x", why="Scratch")),
    _page("GET", "/rules"),
    _page("POST", "/rules/approvals", 422, 422, sent=_form(return_from="x")),
    _page("POST", "/rules/returns", 422, 422, sent=_form(days="x")),
    _page("POST", "/rules/rails/{rail}", 422, 422, ids=lambda _: {"rail": "cash"}, sent=_form(max="x")),
    _page("POST", "/rules/points", 422, 422, sent=_form(points="x", worth="1")),
    _page("POST", "/rules/orders", 422, 422, sent=_form(hold_days="0")),
    _page("GET", "/cards"),
    _page("POST", "/cards", 422, 422, sent=_form(count="0", amount="1")),
    _page(
        "POST",
        "/cards/{card_id}/block",
        404,
        404,
        ids=lambda _: {"card_id": new_id("gcd")},
        sent=_form(),
    ),
    _page(
        "POST",
        "/sellers/{party_id}",
        404,
        404,
        ids=lambda _: {"party_id": new_id("pty")},
        sent=_form(legal_name="Nordlys Oy"),
    ),
    _page("POST", "/closing/outgoing", 404, 404, sent=_form(ids="dif_0", reason="no_sale")),
    _page(
        "POST",
        "/closing/transfers/{tender_id}/sent",
        404,
        404,
        ids=lambda _: {"tender_id": new_id("tnd")},
        sent=_form(note="sent"),
    ),
    _page("GET", "/closing/differences/{difference_id}", 404, 404, ids=_no_difference),
    _page(
        "POST",
        "/closing/differences/{difference_id}",
        404,
        404,
        ids=_no_difference,
        sent=_form(reason="loss"),
    ),
    _page("GET", "/closing/{place_id}", stranger=404, ids=_place),
    _page("POST", "/closing/{place_id}/{day}/close", 409, 404, ids=_day, sent=_form(note="")),
    _page("POST", "/closing/{place_id}/{day}/reopen", 409, 404, ids=_day, sent=_form(note="why")),
    _page("GET", "/staff"),
    _page("POST", "/staff", 422, 422, sent=_form(login="x")),
    _page("GET", "/staff/{staff_id}", stranger=404, ids=_colleague),
    _page("GET", "/staff/{staff_id}/scopes", stranger=404, ids=_colleague),
    _page(
        "POST",
        "/staff/{staff_id}/roles",
        200,
        404,
        ids=_colleague,
        sent=_form(role="assistant", scope_id="{town.seed.place_id}"),
    ),
    _page(
        "POST",
        "/staff/{staff_id}/roles/{role}/{scope_id}/take",
        200,
        404,
        ids=lambda town: {**_colleague(town), "role": "assistant", "scope_id": town.seed.place_id},
    ),
    _page(
        "POST",
        "/staff/{staff_id}/sessions/{session_id}/end",
        404,
        404,
        ids=lambda town: {**_colleague(town), "session_id": new_id("ses")},
    ),
    _page(
        "POST", "/staff/{staff_id}/sessions/end", 200, 404, ids=lambda _: {"staff_id": staff_of("assistant")}
    ),
    # Nobody dismisses themselves.
    _page(
        "POST",
        "/staff/{staff_id}/pin",
        200,
        404,
        ids=lambda _: {"staff_id": staff_of("store")},
        sent=_form(pin="4711"),
    ),
    _page("POST", "/staff/{staff_id}/dismiss", 409, 404, ids=lambda _: {"staff_id": staff_of("office")}),
    _page("GET", "/places"),
    _page("GET", "/places/{place_id}", stranger=404, ids=_place),
    _page("POST", "/places/{place_id}/registers", 204, 404, ids=_place, sent=_form(name="9")),
    _page("GET", "/registers"),
    _page("GET", "/registers/{register_id}", stranger=404, ids=_register),
    _page(
        "POST", "/registers/{register_id}/training", 204, 404, ids=_register, sent=_form(is_training="false")
    ),
    _page("POST", "/registers/{register_id}/pairing", 200, 404, ids=_register),
    _page(
        "GET",
        "/registers/{register_id}/pairing",
        200,
        404,
        ids=_register,
        sent=lambda _: {"params": {"since": "2100-01-01T00:00:00Z", "until": "2020-01-01T00:00:00Z"}},
    ),
    _page(
        "POST",
        "/registers/{register_id}/keys/{key_id}/revoke",
        404,
        404,
        ids=lambda town: {**_register(town), "key_id": new_id("rky")},
    ),
    _page(
        "POST",
        "/registers/{register_id}/seen",
        404,
        404,
        ids=_register,
        sent=lambda _: {"data": {"journal": new_id("jrn"), "seq": "1"}},
    ),
    _page("GET", "/audit"),
)
