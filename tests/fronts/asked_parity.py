"""Who may read and answer conflicts of prices, as tests/fronts/asked_routes.py lists routes."""

from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Address, Asked, dealer, office
from tests.fronts.asked_contracts import NOT_THEIRS
from tests.fronts.asked_dealer_pages import dealer_page
from tests.fronts.office_town import Town


def _case(_town: Town) -> Address:
    return {"case_id": new_id("pcs")}


def _change(_town: Town) -> Address:
    return {"change_id": new_id("pcg")}


_OFFICE: dict[str, Any] = {"lacking": ("new", "dealer", "store"), "wrong_kinds": ("register", "shopper")}
_POSTED: dict[str, Any] = {"sent": lambda _: {"headers": {"X-Highstreet": "page"}}}

PARITY = (
    office("GET", "/parity-cases"),
    office("GET", "/parity-cases/{case_id}", 404, 404, ids=_case),
    office("POST", "/parity-changes/{change_id}/withdraw", 404, 404, ids=_change),
    Asked("GET", "/office/conflicts", "office", **_OFFICE),
    Asked(
        *("POST", "/office/conflicts/{change_id}/withdraw", "office", 404, 404),
        ids=_change,
        **_OFFICE,
        **_POSTED,
    ),
    dealer("GET", "/parity-cases", lacking=NOT_THEIRS),
    dealer("GET", "/parity-cases/{case_id}", 404, 404, ids=_case, lacking=NOT_THEIRS),
    *(
        dealer("POST", f"/parity-cases/{{case_id}}/{verb}", 404, 404, ids=_case, lacking=NOT_THEIRS)
        for verb in ("acknowledge", "decline")
    ),
    dealer_page("GET", "/conflicts", lacking=NOT_THEIRS),
    *(
        dealer_page(
            "POST", f"/conflicts/{{case_id}}/{verb}", 404, 404, ids=_case, lacking=NOT_THEIRS, **_POSTED
        )
        for verb in ("acknowledge", "decline")
    ),
)
