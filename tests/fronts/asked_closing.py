"""How the routes about drawers, bills, differences and days are asked."""

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Content, json, office, register
from tests.fronts.office_town import Town


def _move(_town: Town) -> Content:
    return {"id": new_id("drm"), "direction": "in", "reason": "float", "amount_minor": 100}


def _no_difference(_town: Town) -> Content:
    return {"difference_id": new_id("dif")}


def _clear(_town: Town) -> Content:
    return {"reason": "loss"}


def _day(town: Town) -> Content:
    return {"place_id": town.seed.place_id, "day": "2030-01-01"}


def _closing(_town: Town) -> Content:
    return {"id": new_id("cls")}


def _reopening(_town: Town) -> Content:
    return {"id": new_id("cls"), "reason": "a mistake"}


CLOSING = (
    office("POST", "/bill-files", 422, 422, sent=lambda _: {"params": {"rail": "cash"}}),
    office("POST", "/statements", 422, 422, sent=lambda _: {"content": b"no statement"}),
    office("GET", "/differences"),
    office("GET", "/payouts", sent=lambda _: {"params": {"since": "2026-11-01"}}),
    office("POST", "/differences/{difference_id}", 404, 404, ids=_no_difference, sent=json(_clear)),
    office("GET", "/days/{place_id}", stranger=404, ids=_day),
    office("POST", "/days/{place_id}/{day}/close", 409, 404, ids=_day, sent=json(_closing)),
    office("POST", "/days/{place_id}/{day}/reopen", 409, 404, ids=_day, sent=json(_reopening)),
)
DRAWER = (
    register("GET", "/day"),
    register("POST", "/drawer/moves", sent=json(_move)),
    register("POST", "/day/count", sent=json(lambda _: {"id": new_id("cnt"), "counted_minor": 0})),
)
