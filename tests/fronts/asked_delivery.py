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
DELIVERY_DEALER = (
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
