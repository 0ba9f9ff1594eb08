"""Who may pack, and who may say from where orders are served, as tests/fronts/asked_routes.py lists routes."""

from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Asked, Content, Told, dealer, json, office, sale
from tests.fronts.asked_dealer_pages import dealer_page
from tests.fronts.office_town import Town

NOT_PACKING = ("new", "landlord")
_OFFICE: dict[str, Any] = {"lacking": ("new", "dealer", "store"), "wrong_kinds": ("register", "shopper")}
_TYPED = {"parcel": "4.50", "km": "0.35", "late_hour": "2.50", "reject": "15", "load": "3", "split": "6"}
_TYPED |= {"income": "50", "handling": "60", "minutes": "3", "capacity": "30", "latest": "0", "reach": ""}


def _parcel(_town: Town) -> Content:
    return {"parcel_id": new_id("pcl")}


def _rules(_town: Town) -> Content:
    return {"based_on": 0, "km_minor": 40}


def _typed(**more: str) -> Told:
    return lambda _: {"data": _TYPED | more, "headers": {"X-Highstreet": "page"}}


DELIVERY_OFFICE = (
    office("GET", "/route-rules"),
    office("POST", "/route-rules", 201, 201, sent=json(_rules)),
    office("POST", "/route-rules/dry-run", sent=json(lambda _: {"km_minor": 40})),
    office("GET", "/sales/{sale_id}/routing", ids=sale),
    Asked("GET", "/office/routing", "office", **_OFFICE),
    Asked("POST", "/office/routing/try", "office", sent=_typed(), **_OFFICE),
    # A version was set above, which this form has not seen.
    Asked("POST", "/office/routing", "office", 409, 409, sent=_typed(based_on="0"), **_OFFICE),
)


def _transfer(_town: Town) -> Content:
    return {"transfer_id": new_id("trn")}


def _goods_sent(town: Town) -> Content:
    lines = [{"variant_id": town.seed.variants[0], "quantity": 1}]
    places = {"from_place_id": new_id("plc"), "to_place_id": new_id("plc")}
    return {"id": new_id("trn"), "owner_party_id": town.seed.dealer, "lines": lines, **places}


def _goods_came(town: Town) -> Content:
    return {"id": new_id("cnt"), "lines": [{"variant_id": town.seed.variants[0], "arrived": 1}]}


def _nothing_chosen(_town: Town) -> Content:
    return {"data": {"id": new_id("trn")}, "headers": {"X-Highstreet": "page"}}


_AT: dict[str, Any] = {"ids": _transfer, "lacking": NOT_PACKING}
TRANSFERS = (
    dealer("GET", "/transfers", lacking=NOT_PACKING),
    # A place that is nobody's.
    dealer("POST", "/transfers", 404, 404, sent=json(_goods_sent), lacking=NOT_PACKING),
    dealer("GET", "/transfers/{transfer_id}", 404, 404, **_AT),
    dealer(
        "POST",
        "/transfers/{transfer_id}/receive",
        404,
        404,
        ids=_transfer,
        sent=json(_goods_came),
        lacking=NOT_PACKING,
    ),
    dealer("POST", "/transfers/{transfer_id}/cancel", 404, 404, **_AT),
    dealer_page("GET", "/transfers", lacking=NOT_PACKING),
    dealer_page("GET", "/transfers/new", lacking=NOT_PACKING),
    dealer_page("POST", "/transfers/new/goods", sent=_typed(), lacking=NOT_PACKING),
    # Nothing was chosen.
    dealer_page(
        "POST",
        "/transfers/new",
        422,
        422,
        sent=_nothing_chosen,
        lacking=NOT_PACKING,
    ),
    dealer_page("GET", "/transfers/{transfer_id}", 404, 404, **_AT),
    *(
        dealer_page(
            "POST",
            f"/transfers/{{transfer_id}}/{verb}",
            404,
            404,
            ids=_transfer,
            sent=_typed(),
            lacking=NOT_PACKING,
        )
        for verb in ("receive", "cancel")
    ),
)
DELIVERY_DEALER = (
    *TRANSFERS,
    dealer("GET", "/parcels", lacking=NOT_PACKING),
    dealer("GET", "/parcels/{parcel_id}", 404, 404, ids=_parcel, lacking=NOT_PACKING),
    *(
        dealer(
            "POST",
            f"/parcels/{{parcel_id}}/{verb}",
            404,
            404,
            ids=_parcel,
            sent=json(lambda _: {}),
            lacking=NOT_PACKING,
        )
        for verb in ("pick", "send")
    ),
    dealer_page("GET", "/parcels", lacking=NOT_PACKING),
    dealer_page("GET", "/parcels/{parcel_id}", 404, 404, ids=_parcel, lacking=NOT_PACKING),
    *(
        dealer_page(
            "POST",
            f"/parcels/{{parcel_id}}/{verb}",
            404,
            404,
            ids=_parcel,
            sent=_typed(),
            lacking=NOT_PACKING,
        )
        for verb in ("pick", "send")
    ),
)
