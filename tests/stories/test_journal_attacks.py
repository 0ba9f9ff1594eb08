"""A device writes whatever time it likes into its journal: no money goes out by it and no cash stays unseen (0013)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms import channel
from tests.stories.acts import buyer, ledger_is_balanced, one, return_of, rows, sale_of, sell
from tests.stories.conftest import TERMS, Stage
from tests.stories.offline import LIST_MINOR, Device
from tests.stories.test_clerks import approve, hire, policy, sold, take_back
from tests.stories.test_loop import ok, payment_code, wallet_app
from tests.stories.test_offline_journal import share_coupon

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


def sell_dated(
    stage: Stage, device: Device, at: datetime, charged_minor: int = LIST_MINOR, **changes: Any
) -> str:
    """Write a sale of that time; its id."""
    body = device.sell(charged_minor, **changes)["body"]
    device.entries.pop()
    device.write("sale", body, at=told(at))
    return str(body["sale"]["id"])


def sold_dated(
    stage: Stage, at: datetime, charged_minor: int = LIST_MINOR, **changes: Any
) -> tuple[str, Any]:
    """A new journal with one sale of that time; its id, and what came of it."""
    device = Device(stage)
    sale_id = sell_dated(stage, device, at, charged_minor, **changes)
    device.write("note", {"closes": True})
    return sale_id, ok(device.send())["results"][0]


def new_contract(stage: Stage) -> None:
    """From now on the brand takes more."""

    def sign(tx: Tx, _: None) -> None:
        shares = [{"role": "brand", "bp": 6000}, {"role": "landlord", "bp": 800}]
        terms = channel.parse_terms({**TERMS, "shares": shares})
        now = stage.clock.now()
        dealer, contract_id = stage.seed.dealer, stage.ids["ctr"]
        signed = channel.SignContract(stage.seed.brand_id, contract_id, 2, dealer, None, terms, now, now)
        channel.sign_contract(tx, signed)

    stage.program.db.write_now(sign, None)


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
    early = give_back(stage, first, told(then), approval=given[first])
    # Its time was over by our clock, and only the device says that it was used in it: the office sees that.
    assert early["state"] == "done_with_difference"
    assert early["problem"]["differences"] == [{"what": "approval", "approval_id": given[first]}]
    page = stage.office().get(f"/office/registers/{stage.seed.register_id}")
    assert "Approval used in its time only by the device’s clock" in page.text
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


@pytest.mark.parametrize("how", ["withdraws", "erases"])
def test_a_sale_stays_though_its_member_goes_before_it_is_heard(stage: Stage, how: str) -> None:
    who, device = buyer(stage), Device(stage)
    ours = {"member_code": who.member_code(), "coupons": who.coupons}
    sale_id = device.sell(16768, **ours)["body"]["sale"]["id"]
    gone = f"/shop/v1/brands/{stage.seed.brand_id}/consents/service" if how == "withdraws" else "/shop/v1/me"
    assert who.phone.delete(gone).status_code in (200, 204)
    result = ok(device.send())["results"][0]
    assert result["state"] == "done_with_difference"
    off = {"what": "price", "off_minor": LIST_MINOR - 16768, "owner_party_id": stage.seed.dealer}
    coupons = [{"what": "coupon", "coupon": code, "reason": "needs_member"} for code in who.coupons]
    assert result["problem"]["differences"] == [off, *coupons, {"what": "member"}]
    assert result["answer"]["points_pending"] == 0
    sales = rows(stage, "SELECT id, state, total_minor, member_id, person_id FROM sale")
    assert sales == [(sale_id, "paid", 16768, None, None)]
    assert [one(stage, f"SELECT count(*) FROM {t}") for t in ("redemption", "points_entry")] == [0, 0]
    assert one(stage, "SELECT sum(amount_minor) FROM tender WHERE state = 'captured'") == 16768
    assert ledger_is_balanced(stage)
    page = stage.office().get(f"/office/registers/{stage.seed.register_id}")
    assert "The member could not be known any more" in page.text


def test_no_older_contract_is_chosen_by_a_date(stage: Stage) -> None:
    stage.advance(9 * DAY)
    new_contract(stage)
    began = stage.clock.now()
    stage.advance(timedelta(hours=20))
    versions, told_of = [], []
    for at in (began + timedelta(hours=1), began - timedelta(hours=1), began - 5 * DAY):
        sale_id, result = sold_dated(stage, at)
        version = one(stage, "SELECT contract_version FROM share_sheet WHERE sale_id = :id", id=sale_id)
        versions.append(version)
        told_of.append((result["problem"] or {}).get("differences"))
        assert result["answer"]["total_minor"] == LIST_MINOR
    other = {"what": "contract", "contract_id": stage.ids["ctr"]}
    # A day back its word is taken, never silently; what is older goes by the contract of now.
    assert versions == [2, 1, 2]
    assert told_of == [None, [{**other, "version": 1}], [{**other, "version": 2}]]
    seen = ok(stage.office().get("/office/v1/journals"))["entries"]
    assert [entry["problem"]["differences"][0]["what"] for entry in seen] == ["contract"] * 2
    for language, words in (("en", "another contract was in force"), ("zh", "按设备时钟适用的是另一份合同")):
        page = stage.office().get(
            f"/office/registers/{stage.seed.register_id}", headers={"Accept-Language": language}
        )
        assert words in page.text


def test_a_sale_under_a_contract_that_ended_is_not_lost(stage: Stage) -> None:
    """Dated before there was any contract, or heard when it has ended: the one there is, and it is told."""
    sale_id, result = sold_dated(stage, stage.clock.now() - 2 * DAY)
    assert [d["what"] for d in result["problem"]["differences"]] == ["contract"]
    assert one(stage, "SELECT count(*) FROM share_sheet WHERE sale_id = :id", id=sale_id) == 1


@pytest.mark.parametrize("days", [0, 2, 15])
def test_an_old_code_and_coupon_are_not_revived_by_a_date(stage: Stage, days: int) -> None:
    who, then = buyer(stage), stage.clock.now()
    ours = {"member_code": who.member_code(), "coupons": who.coupons}
    stage.advance(days * DAY + timedelta(hours=20))
    _, result = sold_dated(stage, then + timedelta(seconds=1), 16768, **ours)
    total, points = result["answer"]["total_minor"], result["answer"]["points_pending"]
    used = one(stage, "SELECT count(*) FROM redemption")
    if not days:  # it may have waited for a network since
        assert (result["state"], total, points > 0, used) == ("done", 16768, True, 2)
        assert alerts(stage) == []
        return
    assert (result["state"], total, points, used) == ("done_with_difference", 16768, 0, 0)
    assert [d["what"] for d in result["problem"]["differences"]] == ["price", "coupon", "coupon", "member"]
    assert rows(stage, "SELECT member_id FROM sale") == [(None,)]
    assert alerts(stage) == [("heard_late", 1)]


def test_a_shared_coupon_that_ran_out_is_not_revived_by_a_date(stage: Stage) -> None:
    stage.program.db.write_now(share_coupon, (stage, "FIFTEEN", 9, None))  # good for two hours
    then = stage.clock.now() + timedelta(hours=1)
    stage.advance(timedelta(hours=24))
    assert sold_dated(stage, then, LIST_MINOR - 1500, coupons=["FIFTEEN"])[1]["state"] == "done"
    stage.advance(timedelta(hours=6))
    _, result = sold_dated(stage, then, LIST_MINOR - 1500, coupons=["FIFTEEN"])
    assert result["answer"]["total_minor"] == LIST_MINOR - 1500
    assert result["problem"]["differences"] == [
        {"what": "price", "off_minor": 1500, "owner_party_id": stage.seed.dealer},
        {"what": "coupon", "coupon": "FIFTEEN", "reason": "expired"},
    ]
    assert rows(stage, "SELECT used FROM coupon WHERE public_code = 'FIFTEEN'") == [(1,)]


def test_points_ripen_from_when_the_sale_is_heard(stage: Stage) -> None:
    who, then = buyer(stage), stage.clock.now()
    code = who.member_code()
    stage.advance(timedelta(hours=20))
    _, result = sold_dated(stage, then + timedelta(seconds=1), LIST_MINOR - 1000, member_code=code)
    assert result["answer"]["points_pending"] > 0
    days = timedelta(days=stage.program.settings.return_days)
    assert one(stage, "SELECT min(matures_at) FROM points_entry") == us(stage.clock.now() + days)
