"""Who may settle a period and read everybody's statement, as tests/fronts/asked_routes.py lists routes."""

from datetime import timedelta

from highstreet.rooms.settlements import settlements_of
from tests.fronts.asked import Address, Content, json, office
from tests.fronts.office_town import Town


def _last_week(town: Town) -> Content:
    today = town.clock.now().date()
    return {"first_day": f"{today - timedelta(days=9)}", "last_day": f"{today - timedelta(days=2)}"}


def _settlement(town: Town) -> Address:
    found = town.program.db.read_now(settlements_of, town.seed.brand_id)
    return {"settlement_id": found[0].id}


SETTLEMENTS = (
    office("POST", "/settlements", 201, 201, sent=json(_last_week)),
    office("GET", "/settlements"),
    office("GET", "/settlements/{settlement_id}/statements", 200, 404, ids=_settlement),
)
