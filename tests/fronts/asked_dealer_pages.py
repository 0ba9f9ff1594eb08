"""The pages of dealers, landlords and stores, as tests/fronts/asked_routes.py lists routes."""

from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Asked, open_to_all, sale
from tests.fronts.office_town import PASSWORD


def dealer_page(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    return Asked(
        method,
        f"/dealer{path}",
        more.pop("who", "dealer"),
        status,
        stranger,
        lacking=more.pop("lacking", ("new",)),
        wrong_kinds=("register", "shopper"),
        **more,
    )


MONEY = ("new", "store")
DEALER_PAGES = (
    open_to_all("GET", "/dealer/sign-in"),
    open_to_all(
        "POST",
        "/dealer/sign-in",
        204,
        sent=lambda _: {
            "data": {"login": "dealer", "password": PASSWORD},
            "headers": {"X-Highstreet": "page"},
        },
    ),
    dealer_page("GET", "/"),
    dealer_page("GET", "/today/share", lacking=MONEY),
    dealer_page("GET", "/sales"),
    dealer_page("GET", "/sales/{sale_id}", stranger=404, ids=sale),
    dealer_page("GET", "/stock", lacking=("new", "landlord")),
    dealer_page("GET", "/earnings", lacking=MONEY),
    dealer_page("GET", "/earnings/period", lacking=MONEY),
    dealer_page("GET", "/statement", lacking=MONEY),
    dealer_page("GET", "/statement/more", lacking=MONEY, sent=lambda _: {"params": {"kind": "sale"}}),
    dealer_page("GET", "/account", lacking=()),
    dealer_page(
        "POST",
        "/account/sessions/{session_id}/end",
        404,
        404,
        lacking=(),
        ids=lambda _: {"session_id": new_id("ses")},
    ),
    dealer_page("POST", "/account/password", 401, 401, lacking=(), sent=lambda _: {"data": {"new": "x"}}),
    dealer_page("POST", "/sign-out", 204, 204, who="dealer-leaving", lacking=()),
    open_to_all("GET", "/dealer/{page}", 404, ids=lambda _: {"page": "nothing"}),
)
