"""A device writes whatever time it likes into its journal: no money goes out by it and no cash stays unseen (0013)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from tests.stories.acts import ledger_is_balanced, one, return_of, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.offline import LIST_MINOR, Device
from tests.stories.test_clerks import approve, hire, policy, sold, take_back
from tests.stories.test_loop import ok, payment_code, wallet_app

WHOLE = {1: 1, 2: 2, 3: 1}
DAY = timedelta(days=1)


def told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def us(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def give_back(stage: Stage, sale_id: str, at: str, **more: Any) -> Any:
    """A new journal with one return of a whole basket in it; what came of it."""
    device = Device(stage)
    asked = return_of(sale_id, WHOLE) | more
    device.write("return", {"return": asked, "refunded_minor": LIST_MINOR, "currency": "EUR"}, at=at)
    device.write("note", {"closes": True}, at=at)
    return ok(device.send())["results"][0]


def sell_dated(stage: Stage, device: Device, at: datetime) -> None:
    body = device.sell()["body"]
    device.entries.pop()
    device.write("sale", body, at=told(at))


def alerts(stage: Stage) -> list[tuple[Any, ...]]:
    return rows(stage, "SELECT kind, seq FROM register_alert WHERE seen_at IS NULL ORDER BY kind, seq")


def count(stage: Stage, minor: int) -> int:
    asked = {"id": new_id("cnt"), "counted_minor": minor}
    return int(ok(stage.register.post("/register/v1/day/count", json=asked))["over_minor"])


@pytest.mark.parametrize("at", ["paid", "1970-01-01T00:00:01Z"])
def test_a_return_dated_back_into_its_window_is_refused_and_kept(stage: Stage, at: str) -> None:
    sale_id, paid = sold(stage), stage.clock.now()
    stage.advance(400 * DAY)
    found = give_back(stage, sale_id, told(paid + timedelta(minutes=1)) if at == "paid" else at)
    assert (found["state"], found["problem"]["code"]) == ("refused", "sales.return_too_late")
    assert one(stage, "SELECT count(*) FROM sale_return") == 0
    assert alerts(stage) == [("heard_late", 1)]
    told_late = [a["kind"] for a in ok(stage.office().get("/office/v1/journals"))["alerts"]]
    assert told_late == ["heard_late"]
    page = stage.office().get(f"/office/registers/{stage.seed.register_id}")
    assert "Heard more than a day late" in page.text


def test_a_late_return_in_its_window_is_of_when_it_is_heard(stage: Stage) -> None:
    sale_id, paid = sold(stage), stage.clock.now()
    stage.advance(2 * DAY)
    assert give_back(stage, sale_id, told(paid - 9 * DAY))["state"] == "done"
    assert one(stage, "SELECT at FROM sale_return") == us(stage.clock.now())


def test_a_young_return_is_by_its_own_time_but_never_before_its_sale(stage: Stage) -> None:
    first, second, paid = sold(stage), sold(stage), stage.clock.now()
    days = stage.program.settings.return_days
    stage.advance(timedelta(hours=2))
    assert give_back(stage, first, told(paid - timedelta(hours=1)))["state"] == "done"
    paid_at = one(stage, "SELECT paid_at FROM sale WHERE id = :id", id=first)
    assert one(stage, "SELECT at FROM sale_return") == paid_at
    # Taken back on the last day of the window, heard in the night after it.
    stage.advance(timedelta(days=days) + timedelta(hours=9))
    assert take_back(stage, return_of(second, {1: 1}), 409)["code"] == "sales.return_too_late"
    assert give_back(stage, second, told(paid + timedelta(days=days) - timedelta(hours=1)))["state"] == "done"
    assert alerts(stage) == []


def test_a_wallet_is_paid_back_only_by_now(stage: Stage) -> None:
    app, account = wallet_app(stage)
    body = sale_of(stage)
    code = payment_code(app, account)
    body["tenders"] = [{**body["tenders"][0], "rail": "wallet", "auth_code": code}]
    sell(stage, body)
    paid = stage.clock.now()
    days = stage.program.settings.return_days
    stage.advance(timedelta(days=days, hours=9))
    found = give_back(stage, body["id"], told(paid + timedelta(days=days) - timedelta(hours=1)))
    assert (found["state"], found["problem"]["code"]) == ("refused", "sales.return_too_late")
    assert one(stage, "SELECT count(*) FROM tender WHERE direction = 'out'") == 0


def test_an_approval_that_ran_out_is_not_revived_by_a_date(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    policy(stage, return_from_minor=0)
    first, second, third = sold(stage), sold(stage), sold(stage)
    given = {}
    for sale_id in (first, second, third):
        needs = take_back(stage, return_of(sale_id, WHOLE), 409)["facts"]
        given[sale_id] = str(approve(stage, manager, needs)["id"])
    then = stage.clock.now()
    # Used at once, heard when the network is back.
    stage.advance(timedelta(hours=2))
    assert give_back(stage, first, told(then), approval=given[first])["state"] == "done"
    late = give_back(stage, second, told(then + timedelta(minutes=30)), approval=given[second])
    assert late["problem"]["code"] == "registers.approval_unusable"
    stage.advance(3 * DAY)
    found = give_back(stage, third, told(then), approval=given[third])
    assert (found["state"], found["problem"]["code"]) == ("refused", "registers.approval_unusable")


@pytest.mark.parametrize("days", [2, 9, 15])
def test_cash_heard_late_is_in_the_next_count_once(stage: Stage, days: int) -> None:
    stage.advance(20 * DAY)
    sold(stage)
    assert count(stage, LIST_MINOR) == 0
    stage.advance(DAY)
    device = Device(stage)
    sell_dated(stage, device, stage.clock.now() - days * DAY)
    sell_dated(stage, device, stage.clock.now() - timedelta(hours=20))
    assert [r["state"] for r in ok(device.send())["results"]] == ["done"] * 2
    sold(stage)
    assert count(stage, 4 * LIST_MINOR) == 0
    assert alerts(stage) == [("heard_late", 1)]
    # The sale itself stays of its own time.
    first = one(stage, "SELECT min(paid_at) FROM sale")
    assert abs(first - us(stage.clock.now() - days * DAY)) < 1_000_000
    # And what was counted is in no later count again.
    for _ in range(3):
        stage.advance(3 * DAY)
        assert count(stage, 4 * LIST_MINOR) == 0
    assert ledger_is_balanced(stage)


def test_late_entries_are_one_alert_until_somebody_has_dealt_with_it(stage: Stage) -> None:
    began = stage.clock.now()
    stage.advance(9 * DAY)
    device = Device(stage)
    for hours in (1, 2):
        sell_dated(stage, device, began + timedelta(hours=hours))
    ok(device.send())
    assert alerts(stage) == [("heard_late", 1)]
    seen = {"seq": 1, "kind": "heard_late", "note": ""}
    path = f"/office/v1/journals/{device.journal_id}/seen"
    assert stage.office().post(path, json=seen).status_code in (200, 204)
    assert alerts(stage) == []
    sell_dated(stage, device, began + timedelta(hours=3))
    ok(device.send())
    assert alerts(stage) == [("heard_late", 3)]
