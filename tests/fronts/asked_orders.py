"""Orders for pickup, pay links and money back: their routes with a valid request (tests/fronts/asked_routes.py)."""

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Content, json, office, open_to_all, sale, shopper
from tests.fronts.office_town import Town


def _allowance(_town: Town) -> Content:
    return {"id": new_id("rtn"), "amount_minor": 1, "reason": "Scratch"}


def _other_rail(_town: Town) -> Content:
    return {"id": new_id("tnd"), "rail": "transfer", "reference": "RF18", "reason": "Window over"}


def _order_policy(_town: Town) -> Content:
    return {"deposit_bp": 2000, "minimum_minor": 0, "hold_days": 14}


def _order_price(town: Town) -> Content:
    seed = town.seed
    item = {"gtin": seed.gtins[2], "quantity": 1}
    return {"brand_id": seed.brand_id, "place_id": seed.place_id, "items": [item]}


def _order(town: Town) -> Content:
    # The office set another price before.
    return {**_order_price(town), "id": new_id("sal"), "currency": "EUR", "expected_total_minor": 270}


def _order_part(_town: Town) -> Content:
    return {"id": new_id("tnd"), "rail": "wallet", "amount_minor": 1}


def _order_link(_town: Town) -> Content:
    return {"id": new_id("tnd"), "amount_minor": 1}


def _own_part(town: Town) -> dict[str, str]:
    return {**_own_order(town), "tender_id": town.known["order_link"]}


def _pay_link(town: Town) -> dict[str, str]:
    return {"token": town.known["pay_link"].rpartition("/")[2]}


def _own_order(town: Town) -> dict[str, str]:
    return {"brand_id": town.seed.brand_id, "sale_id": town.known["order"]}


MONEY_BACK = (
    office("POST", "/sales/{sale_id}/allowances", 201, 404, ids=sale, sent=json(_allowance)),
    office(
        "POST",
        "/refunds/{tender_id}/replacement",
        201,
        404,
        ids=lambda town: {"tender_id": town.known["refused_refund"]},
        sent=json(_other_rail),
    ),
    office("GET", "/transfers"),
    office(
        "POST",
        "/refunds/{tender_id}/sent",
        404,
        404,
        ids=lambda _: {"tender_id": new_id("tnd")},
        sent=json(lambda _: {"note": "sent"}),
    ),
    office("PUT", "/order-policy", sent=json(_order_policy)),
    office("GET", "/order-policy"),
)
ORDERS = (
    shopper("POST", "/orders/prices", sent=json(_order_price)),
    shopper("POST", "/orders", 201, 201, sent=json(_order)),
    shopper("GET", "/orders"),
    shopper("GET", "/orders/{brand_id}/{sale_id}", stranger=404, ids=_own_order),
    shopper(
        "POST", "/orders/{brand_id}/{sale_id}/tenders", stranger=404, ids=_own_order, sent=json(_order_part)
    ),
    shopper("POST", "/orders/{brand_id}/{sale_id}/links", 201, 404, ids=_own_order, sent=json(_order_link)),
    shopper("POST", "/orders/{brand_id}/{sale_id}/tenders/{tender_id}/cancel", stranger=404, ids=_own_part),
    shopper("POST", "/orders/{brand_id}/{sale_id}/cancel", stranger=404, ids=_own_order),
)
PAY_LINK = (
    open_to_all("GET", "/pay/{token}", ids=_pay_link),
    open_to_all("POST", "/pay/{token}", ids=_pay_link, sent=lambda _: {"data": {"rail": "wallet"}}),
)
