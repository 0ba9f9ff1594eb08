"""Every route of the application with a valid request, who may ask, and what others are told.

`tests/fronts/test_authorization.py` asks each in this order, in one town: the shopper follows before
claiming, whoever signs out does so at the end. A route that is not here fails that test.
"""

from collections.abc import Callable, Iterator
from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.asked import (
    Address,
    Asked,
    Content,
    at_place,
    brand,
    dealer,
    json,
    office,
    open_to_all,
    register,
    sale,
    shopper,
)
from tests.fronts.asked_bodies import (
    basket_sent,
    card_sent,
    charge_sent,
    code_sent,
    contract_sent,
    follow_sent,
    journal_sent,
    member_sent,
    offer_sent,
    preview_sent,
    return_sent,
    rolled_out_sent,
    shared_coupon_sent,
    staff_sent,
    training_sent,
)
from tests.fronts.asked_clerks import APPROVALS, CLERKS, OWN_PIN
from tests.fronts.asked_closing import CLOSING, DRAWER
from tests.fronts.asked_contracts import CONTRACT_PAGES, CONTRACTS
from tests.fronts.asked_dealer_pages import DEALER_PAGES
from tests.fronts.asked_delivery import DELIVERY_DEALER, DELIVERY_OFFICE
from tests.fronts.asked_office_pages import OFFICE_MORE
from tests.fronts.asked_orders import MONEY_BACK, ORDERS, PAY_LINK
from tests.fronts.asked_parity import PARITY
from tests.fronts.asked_settlements import SETTLEMENTS
from tests.fronts.asked_stock import STOCK_DEALER, STOCK_OFFICE
from tests.fronts.office_town import CODE, OFFER, PASSWORD, Town, staff_of


def own_sessions(make: Callable[..., Asked]) -> Iterator[Asked]:
    """What the office's and the dealers' doors have in common."""
    audience = make("GET", "").path.split("/")[1]
    yield make("GET", "/me", lacking=())
    yield make("GET", "/me/sessions", lacking=())
    yield make(
        "DELETE",
        "/me/sessions/{session_id}",
        204,
        404,
        lacking=(),
        ids=lambda town: {"session_id": town.known[f"spare_{audience}"]},
    )
    yield OWN_PIN[audience]
    if audience == "office":  # after it they are signed out everywhere
        yield make("PUT", "/me/password", 204, 204, who="changing", lacking=(), sent=json(_password))
    else:
        yield make("PUT", "/me/password", 204, 204, who="dealer-changing", lacking=(), sent=json(_password))


def _password(town: Town) -> Content:
    return {"password": PASSWORD, "new_password": "another good one"}


OFFICE = (
    office("GET", "/today"),
    office("GET", "/funnel"),
    office("GET", "/questions/sales-by-code-and-day"),
    office("GET", "/stream", is_stream=True),
    office("GET", "/sales"),
    office("GET", "/sales/{sale_id}", stranger=404, ids=sale),
    office("POST", "/sales/{sale_id}/return-approvals", 201, 404, ids=sale),
    *MONEY_BACK,
    office("GET", "/return-policy"),
    office("PUT", "/return-policy", sent=json(lambda _: {"days": 30})),
    *APPROVALS,
    office("GET", "/rails"),
    office("PUT", "/rails", sent=json(lambda _: {"rails": [{"rail": "cash", "rank": 1}]})),
    office("POST", "/gift-cards", 201, 201, sent=json(lambda _: {"amount_minor": 500})),
    office("GET", "/gift-cards"),
    office("GET", "/gift-cards/{card_id}", 200, 404, ids=card_sent),
    office(
        "PUT",
        "/gift-cards/{card_id}/block",
        200,
        404,
        ids=card_sent,
        sent=json(lambda _: {"is_blocked": True}),
    ),
    office("GET", "/earnings"),
    office("GET", "/ledger/check"),
    office("POST", "/bills/{rail}/{day}", ids=lambda town: {"rail": "wallet", "day": town.known["day"]}),
    office("GET", "/bills/{rail}/{day}", ids=lambda town: {"rail": "wallet", "day": town.known["day"]}),
    office("GET", "/journals"),
    office(
        "POST",
        "/journals/{journal_id}/seen",
        404,
        404,
        ids=lambda _: {"journal_id": new_id("jrn")},
        sent=json(lambda _: {"seq": 1}),
    ),
    *CLOSING,
    office("GET", "/parties"),
    office("GET", "/places"),
    office("GET", "/registers"),
    office(
        "POST",
        "/registers",
        201,
        404,
        sent=json(lambda town: {"place_id": town.seed.place_id, "name": "2"}),
    ),
    office(
        "POST",
        "/register-keys",
        201,
        404,
        sent=json(lambda town: {"register_id": town.seed.register_id}),
    ),
    office(
        "POST",
        "/registers/{register_id}/pairing",
        201,
        404,
        ids=lambda town: {"register_id": town.seed.register_id},
    ),
    office("POST", "/registers/bulk", 201, 404, sent=json(rolled_out_sent)),
    office("PUT", "/registers/training", 200, 404, sent=json(training_sent)),
    office(
        "PUT",
        "/parties/{party_id}/seller-lines",
        204,
        404,
        ids=lambda town: {"party_id": town.seed.dealer},
        sent=json(lambda _: {"legal_name": "Kauppias Oy", "tax_number": "FI12345671"}),
    ),
    office(
        "DELETE", "/register-keys/{key_id}", 204, 404, ids=lambda town: {"key_id": town.known["spare_key"]}
    ),
    office("GET", "/offers"),
    office("POST", "/offers", 201, 404, sent=json(offer_sent)),
    office(
        "POST",
        "/offers/{offer_id}/shared-coupons",
        201,
        404,
        ids=lambda town: {"offer_id": OFFER},
        sent=json(shared_coupon_sent),
    ),
    office(
        "PUT",
        "/offers/{offer_id}/active",
        204,
        404,
        ids=lambda town: {"offer_id": OFFER},
        sent=json(lambda town: {"is_active": True}),
    ),
    office("GET", "/codes"),
    office("POST", "/codes", 200, 404, sent=json(code_sent)),
    *PARITY,
    *DELIVERY_OFFICE,
    *SETTLEMENTS,
    office("GET", "/contracts"),
    office("POST", "/contracts", 201, 404, sent=json(contract_sent)),
    office("GET", "/goods"),
    office(
        "PUT",
        "/goods/{variant_id}/price",
        200,
        404,
        ids=lambda town: {"variant_id": town.seed.variants[2]},
        sent=json(lambda town: {"currency": "EUR", "list_minor": 260}),
    ),
    office("GET", "/stock", 200, 404, sent=at_place),
    *STOCK_OFFICE,
    office("GET", "/staff"),
    office("GET", "/audit"),
    office("GET", "/members/list"),
    office(
        "POST",
        "/imports/{kind}",
        ids=lambda _: {"kind": "goods"},
        sent=lambda _: {"content": b"sku,name_en,list_price\nX-1,Shell,1\n"},
    ),
    office("GET", "/staff/{staff_id}/sessions", ids=lambda town: {"staff_id": staff_of("office")}),
    office(
        "DELETE",
        "/staff/{staff_id}/sessions",
        204,
        404,
        ids=lambda town: {"staff_id": staff_of("assistant")},
    ),
    office("POST", "/staff", 201, 404, sent=json(staff_sent)),
    office(
        "POST",
        "/staff/{staff_id}/roles",
        200,
        404,
        ids=lambda town: {"staff_id": staff_of("leaving")},
        sent=json(lambda town: {"role": "store_manager", "scope_id": town.seed.place_id}),
    ),
    office(
        "DELETE",
        "/staff/{staff_id}/roles/{role}/{scope_id}",
        204,
        404,
        ids=lambda town: {
            "staff_id": staff_of("leaving"),
            "role": "store_manager",
            "scope_id": town.seed.place_id,
        },
    ),
    office("DELETE", "/staff/{staff_id}", 204, 404, ids=lambda town: {"staff_id": staff_of("assistant")}),
    office("GET", "/members"),
)
DEALER = (
    dealer("GET", "/places", lacking=("new", "leaving")),
    dealer("GET", "/sales"),
    dealer("GET", "/sales/{sale_id}", stranger=404, ids=sale),
    dealer("GET", "/stock", 200, 404, lacking=("new", "landlord"), sent=at_place),
    *STOCK_DEALER,
    *DELIVERY_DEALER,
    dealer("GET", "/stream", is_stream=True),
    dealer("GET", "/earnings", lacking=("new", "store")),
    dealer("GET", "/statements", lacking=("new", "store")),
    dealer("GET", "/statement.csv", lacking=("new", "store")),
    dealer("GET", "/statement.json", lacking=("new", "store")),
    dealer("GET", "/recompute.py", lacking=("new", "store")),
    dealer("GET", "/statement", lacking=("new", "store")),
    dealer("GET", "/statement/lines", lacking=("new", "store")),
)
REGISTER = (
    # Before the office asks for another code.
    open_to_all("POST", "/register/v1/pairing", sent=lambda town: {"json": {"code": town.known["pairing"]}}),
    register("POST", "/quotes", stranger=200, sent=json(basket_sent)),
    register("POST", "/rails", stranger=200, sent=json(lambda _: {"amount_minor": 100, "currency": "EUR"})),
    register("POST", "/members", stranger=409, sent=json(member_sent)),
    register("POST", "/members/sales", stranger=409, sent=json(member_sent)),
    register("POST", "/sales", stranger=200, sent=json(charge_sent)),
    register(
        "POST", "/sales/{sale_id}/hand-out", stranger=404, ids=lambda town: {"sale_id": town.known["owing"]}
    ),
    register("GET", "/sales/{sale_id}", stranger=404, ids=sale),
    register(
        "POST", "/sales/{sale_id}/cancel", stranger=404, ids=lambda town: {"sale_id": town.known["open_sale"]}
    ),
    register(
        "POST",
        "/sales/{sale_id}/tenders",
        stranger=404,
        ids=lambda town: {"sale_id": town.known["sale_in_parts"]},
        sent=json(lambda _: {"id": new_id("tnd"), "rail": "cash", "amount_minor": 1}),
    ),
    register(
        "POST",
        "/sales/{sale_id}/tenders/{tender_id}/cancel",
        stranger=404,
        ids=lambda town: {"sale_id": town.known["sale_in_parts"], "tender_id": town.known["part"]},
    ),
    register("GET", "/sales/{sale_id}/receipt.escpos", stranger=404, ids=sale),
    register("GET", "/sales/{sale_id}/receipt.html", stranger=404, ids=sale),
    register("POST", "/returns", stranger=404, sent=json(return_sent)),
    register("POST", "/returns/preview", stranger=404, sent=json(preview_sent)),
    *CLERKS,
    register("GET", "/me"),
    register("GET", "/shift"),
    *DRAWER,
    register("GET", "/sales"),
    register(
        "GET", "/receipt", stranger=404, sent=lambda town: {"params": {"code": town.known["sale"].upper()}}
    ),
    register(
        "GET", "/orders", stranger=404, sent=lambda town: {"params": {"code": town.known["sale_in_parts"]}}
    ),
    register("GET", "/goods", sent=lambda town: {"params": {"text": "shell"}}),
    register("GET", "/pricelist"),
    register("POST", "/journal", stranger=200, sent=json(journal_sent)),
    register("GET", "/journal/{journal_id}", 404, 404, ids=lambda _: {"journal_id": new_id("jrn")}),
    register("GET", "/stream", is_stream=True),
)
SHOP = (
    open_to_all("POST", "/shop/v1/sign-in/codes", 202, sent=lambda _: {"json": {"phone": "+358401112233"}}),
    open_to_all("POST", "/shop/v1/sign-in", sent=lambda town: {"json": town.known["code_of_phone"]}),
    open_to_all(
        "POST",
        "/shop/v1/touches",
        sent=lambda _: {"json": {"id": new_id("tch"), "slug": "bus-7", "device_id": new_id("dev")}},
    ),
    open_to_all("GET", "/shop/v1/nearest", sent=lambda _: {"params": {"lat": 60.17, "lon": 24.94}}),
    open_to_all("GET", "/shop/v1/pins", sent=lambda _: {"params": {"lat": 60.17, "lon": 24.94}}),
    open_to_all("GET", "/shop/v1/brands"),
    open_to_all("GET", "/shop/v1/brands/{brand_id}", ids=brand),
    open_to_all("GET", "/shop/v1/brands/{brand_id}/places", ids=brand),
    open_to_all("GET", "/shop/v1/brands/{brand_id}/offers", ids=brand),
    open_to_all("GET", "/shop/v1/brands/{brand_id}/goods", ids=brand),
    open_to_all(
        "GET",
        "/shop/v1/places/{brand_id}/{place_id}",
        ids=lambda town: {**brand(town), "place_id": town.seed.place_id},
    ),
    open_to_all(
        "GET",
        "/shop/v1/places/{brand_id}/{place_id}/way",
        ids=lambda town: {**brand(town), "place_id": town.seed.place_id},
        sent=lambda _: {"params": {"lat": 60.17, "lon": 24.94}},
    ),
    open_to_all("GET", "/shop/v1/search", sent=lambda _: {"params": {"text": "nord"}}),
    # Everybody may follow, claim and withdraw for themselves: a stranger does so, and only for themselves.
    shopper("PUT", "/brands/{brand_id}/follow", ids=brand, sent=json(follow_sent)),
    shopper(
        "POST",
        "/brands/{brand_id}/offers/{offer_id}/claims",
        200,
        ids=lambda town: {**brand(town), "offer_id": OFFER},
        sent=lambda _: {"json": {"coupon_id": new_id("cpn")}},
    ),
    shopper("GET", "/coupons"),
    shopper("GET", "/memberships"),
    shopper("GET", "/memberships/{brand_id}/code", ids=brand),
    shopper("GET", "/memberships/{brand_id}/code-keys", ids=brand),
    shopper("GET", "/memberships/{brand_id}/points", ids=brand),
    shopper("GET", "/feed"),
    shopper("GET", "/receipts"),
    shopper(
        "GET",
        "/receipts/{brand_id}/{sale_id}",
        stranger=404,
        ids=lambda town: {**brand(town), "sale_id": town.known["receipt"]},
    ),
    shopper(
        "GET",
        "/receipts/{brand_id}/{sale_id}/proof",
        stranger=404,
        ids=lambda town: {**brand(town), "sale_id": town.known["receipt"]},
    ),
    *ORDERS,
    shopper("GET", "/consents"),
    shopper("GET", "/stream", is_stream=True),
    shopper("GET", "/me"),
    shopper("GET", "/me/export"),
    shopper("GET", "/me/sessions"),
    shopper(
        "DELETE",
        "/me/sessions/{session_id}",
        204,
        404,
        ids=lambda town: {"session_id": town.known["spare_session"]},
    ),
    shopper(
        "DELETE",
        "/brands/{brand_id}/consents/{purpose}",
        ids=lambda town: {**brand(town), "purpose": "service"},
    ),
    shopper("DELETE", "/brands/{brand_id}/follow", 204, 204, ids=brand),
    shopper("POST", "/sign-out", 204, 204),
    Asked("DELETE", "/shop/v1/me", "erased-shopper", 204, wrong_kinds=("office", "register")),
)
SIGN_IN = (
    open_to_all(
        "POST", "/office/v1/sign-in", sent=lambda _: {"json": {"login": "office", "password": PASSWORD}}
    ),
    open_to_all(
        "POST", "/dealer/v1/sign-in", sent=lambda _: {"json": {"login": "dealer", "password": PASSWORD}}
    ),
    # Whoever is staff may see themselves and sign out, whatever their role.
    *(route for make in (office, dealer) for route in own_sessions(make)),
    office("POST", "/sign-out", 204, 204, who="leaving", lacking=()),
    dealer("POST", "/sign-out", 204, 204, lacking=()),
    Asked(
        "POST",
        "/register/v1/sign-out",
        "leaving-register",
        204,
        204,
        wrong_kinds=("office", "shopper"),
    ),
)
PAGES = (
    open_to_all("GET", "/shop/{address:path}", ids=lambda _: {"address": Address("wallet")}),
    open_to_all("GET", "/shop/static/{name}", ids=lambda _: {"name": "index.html"}),
    open_to_all("GET", "/register/"),
    open_to_all("GET", "/register/static/{name}", ids=lambda _: {"name": "index.html"}),
    open_to_all("GET", "/look/static/{name}", ids=lambda _: {"name": "app.svg"}),
    open_to_all(
        "GET", "/look/pictures/goods/{category}/{seed}.svg", ids=lambda _: {"category": "Coats", "seed": "1"}
    ),
    open_to_all(
        "GET", "/look/pictures/places/{category}/{seed}.svg", ids=lambda _: {"category": "Books", "seed": "1"}
    ),
    open_to_all("GET", "/look/pictures/scenes/{name}.svg", ids=lambda _: {"name": "map"}),
    open_to_all("GET", "/shop/v1/map/style.json"),
    open_to_all("GET", "/shop/v1/map/tiles/{z}/{x}/{y}.mvt", 204, ids=lambda _: {"z": 15, "x": 1, "y": 1}),
)
OTHERS = (
    open_to_all("GET", "/"),
    open_to_all("GET", "/favicon.ico"),
    *PAY_LINK,
    open_to_all("GET", "/robots.txt"),
    # This town is no demo: tests/fronts/test_demo_door.py has one.
    open_to_all("GET", "/door/v1/about"),
    open_to_all("GET", "/door/v1/people", 404),
    open_to_all("GET", "/door/v1/tour", 404),
    open_to_all("GET", "/door/v1/tour/wallet-code", 404),
    open_to_all("POST", "/door/v1/enter", 404, sent=lambda _: {"json": {"person": "office"}}),
    open_to_all(
        "POST",
        "/hooks/{account}/notices",
        204,
        ids=lambda town: {"account": "wallet"},
        sent=lambda town: town.known["notice"],
    ),
    open_to_all("GET", "/healthz"),
    open_to_all("GET", "/readyz"),
    Asked(
        "GET", "/metrics", "metrics", wrong_kinds=("office", "register")
    ),  # the shoppers are signed out by now
)


def office_page(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    lacking = more.pop("lacking", ("new", "dealer", "store"))
    return Asked(
        method,
        f"/office{path}",
        more.pop("who", "office"),
        status,
        stranger,
        lacking=lacking,
        wrong_kinds=("register", "shopper"),
        **more,
    )


OFFICE_PAGES = (
    open_to_all("GET", "/office/sign-in"),
    open_to_all(
        "POST",
        "/office/sign-in",
        204,
        sent=lambda _: {
            "data": {"login": "office", "password": PASSWORD},
            "headers": {"X-Highstreet": "page"},
        },
    ),
    office_page("GET", "/"),
    office_page("GET", "/today/live"),
    office_page("GET", "/sales"),
    office_page("GET", "/sales/{sale_id}", stranger=404, ids=sale),
    office_page("GET", "/loop"),
    office_page("GET", "/loop/{code_id}", stranger=404, ids=lambda _: {"code_id": CODE}),
    office_page("GET", "/members"),
    office_page(
        "GET", "/members/{member_id}", stranger=404, ids=lambda town: {"member_id": town.seed.member_id}
    ),
    office_page("GET", "/account", lacking=()),
    office_page(
        "POST",
        "/account/sessions/{session_id}/end",
        404,
        404,
        lacking=(),
        ids=lambda _: {"session_id": new_id("ses")},
    ),
    office_page("POST", "/account/password", 401, 401, lacking=(), sent=lambda _: {"data": {"new": "x"}}),
    office_page("POST", "/account/pin", 401, 401, lacking=(), sent=lambda _: {"data": {"pin": "4711"}}),
    office_page("POST", "/sign-out", 204, 204, who="page-leaving", lacking=()),
    open_to_all("GET", "/office/{page}", 404, ids=lambda _: {"page": "nothing"}),
)
# The register calls an open payment back before the bill would settle it.
ROUTES = (
    *REGISTER,
    *OFFICE,
    *OFFICE_PAGES,
    *OFFICE_MORE,
    *CONTRACTS,
    *CONTRACT_PAGES,
    *DEALER,
    *DEALER_PAGES,
    *SIGN_IN,
    *SHOP,
    *PAGES,
    *OTHERS,
)
