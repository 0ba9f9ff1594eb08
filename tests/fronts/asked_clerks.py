"""Who stands at a register: its routes with a valid request (tests/fronts/asked_routes.py)."""

from highstreet.kernel.ids import new_id
from tests.fronts.asked import Content, dealer, json, office, register
from tests.fronts.office_town import PASSWORD, PIN, Town, staff_of


def _store(_town: Town) -> Content:
    return {"staff_id": staff_of("store"), "pin": PIN}


def _approval(town: Town) -> Content:
    about = {"act": "allowance", "sale_id": town.known["sale"], "amount_minor": 1}
    town.known["approval"] = new_id("apr")
    return {**_store(town), "id": town.known["approval"], **about}


def _allowance(town: Town) -> Content:
    about = {"amount_minor": 1, "reason": "Scratch"}
    return {"id": new_id("rtn"), "approval": town.known["approval"], **about}


def _own_pin(_town: Town) -> Content:
    return {"password": PASSWORD, "pin": PIN}


CLERKS = (
    register("GET", "/clerks"),
    register("POST", "/clerk", 200, 403, sent=json(_store)),
    register("POST", "/approvals", 201, 403, sent=json(_approval)),
    register(
        "POST",
        "/sales/{sale_id}/allowances",
        200,
        404,
        ids=lambda town: {"sale_id": town.known["sale"]},
        sent=json(_allowance),
    ),
)
APPROVALS = (
    office("PUT", "/approval-policy", sent=json(lambda _: {"return_from_minor": 10_000})),
    office("GET", "/approval-policy"),
    office(
        "PUT",
        "/staff/{staff_id}/pin",
        204,
        404,
        ids=lambda _: {"staff_id": staff_of("store")},
        sent=json(lambda _: {"pin": PIN}),
    ),
)
OWN_PIN = {
    "office": office("PUT", "/me/pin", 204, 204, lacking=(), sent=json(_own_pin)),
    "dealer": dealer("PUT", "/me/pin", 204, 204, lacking=(), sent=json(_own_pin)),
}
