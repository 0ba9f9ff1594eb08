"""Counting and adjusting stock, as tests/fronts/asked_routes.py lists routes."""

from typing import Any

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Asked, Content, at_place, dealer, json, office
from tests.fronts.asked_dealer_pages import dealer_page
from tests.fronts.office_town import Town


def _counted(town: Town) -> Content:
    row = {"variant_id": town.seed.variants[2], "owner_party_id": town.seed.dealer, "on_hand": 12}
    return {"place_id": town.seed.place_id, "rows": [row]}


def _adjusted(town: Town) -> Content:
    whose = {"variant_id": town.seed.variants[2], "owner_party_id": town.seed.dealer}
    return {"id": new_id("adj"), "place_id": town.seed.place_id, **whose, "reason": "found", "quantity": 1}


def _article(town: Town) -> Content:
    return {"variant_id": town.seed.variants[2]}


def _form(town: Town, **more: Any) -> Content:
    data = {"place": town.seed.place_id, "owner": town.seed.dealer, **more}
    return {"data": data, "headers": {"X-Highstreet": "page"}}


def _routes(make: Any, readers: tuple[str, ...], writers: tuple[str, ...]) -> tuple[Asked, ...]:
    return (
        make("GET", "/stock/{variant_id}", 200, 404, lacking=readers, ids=_article, sent=at_place),
        make("POST", "/stock/counts", 200, 404, lacking=writers, sent=json(_counted)),
        make("POST", "/stock/adjustments", 200, 404, lacking=writers, sent=json(_adjusted)),
    )


_NOT_READ = ("new", "landlord")
_NOT_WRITTEN = ("new", "landlord")
STOCK_OFFICE = _routes(office, ("new", "dealer", "store"), ("new", "dealer", "store"))
STOCK_DEALER = (
    *_routes(dealer, _NOT_READ, _NOT_WRITTEN),
    dealer_page("GET", "/stock/count", lacking=_NOT_READ),
    dealer_page(
        "GET",
        "/stock/count/{variant_id}",
        200,
        404,
        lacking=_NOT_READ,
        ids=_article,
        sent=lambda town: {"params": {"place": town.seed.place_id}},
    ),
    dealer_page(
        "POST",
        "/stock/count/{variant_id}",
        200,
        404,
        lacking=_NOT_WRITTEN,
        ids=_article,
        sent=lambda town: _form(town, on_hand="12"),
    ),
    dealer_page(
        "POST",
        "/stock/count/{variant_id}/adjust",
        200,
        404,
        lacking=_NOT_WRITTEN,
        ids=_article,
        sent=lambda town: _form(town, id=new_id("adj"), why="found", pieces="1"),
    ),
)
