"""What was sold without a network comes in once, in order, and none of it is lost (G2, G4, M5, W1)."""

from datetime import timedelta
from typing import Any

import pytest

from highstreet.flows import replay_journal
from highstreet.kernel.errors import BUSY_TRY_LATER
from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.goods import check_proof
from highstreet.rooms.offers import PublishOffer, PublishSharedCoupon, publish_offer, publish_shared_coupon
from highstreet.rooms.registers import take_entry
from highstreet.rooms.stock import CountRow, CountStock, count_stock
from tests.stories.acts import (
    at_once,
    buyer,
    everything,
    ledger_is_balanced,
    one,
    return_of,
    rows,
    sell,
    stock_left,
)
from tests.stories.conftest import Stage
from tests.stories.offline import LIST_MINOR, Device
from tests.stories.test_loop import ok


def counts(stage: Stage) -> tuple[int, ...]:
    tables = ("sale", "tender", "journal_entry", "transfer")
    return tuple(one(stage, f"SELECT count(*) FROM {name}") for name in tables)


def test_each_entry_once_whatever_is_sent_again(stage: Stage) -> None:
    device = Device(stage)
    device.sell()
    device.write("note", {"text": "the network is gone"})
    stage.advance(timedelta(minutes=3))
    device.sell()
    stage.advance(timedelta(minutes=3))

    first = ok(device.send(last=2))
    assert (first["acknowledged_seq"], [r["state"] for r in first["results"]]) == (2, ["done", "done"])
    receipt = first["results"][0]["answer"]
    assert (receipt["state"], receipt["total_minor"]) == ("paid", LIST_MINOR)
    assert receipt["sale_id"] == device.entries[0]["body"]["sale"]["id"]
    # The answer was lost: all of it again, then twenty at once.
    again = ok(device.send())
    assert again["results"][:2] == first["results"]
    assert again["acknowledged_seq"] == 3
    seen = counts(stage)
    assert seen[:3] == (2, 2, 3)
    answers = at_once([device.send] * 20)
    assert [ok(answer) for answer in answers] == [again] * 20
    assert counts(stage) == seen
    assert stock_left(stage) == [(8, 0), (6, 0), (8, 0)]
    assert ledger_is_balanced(stage)
    # Sold when it was sold, not when it was sent.
    paid = [at for (at,) in rows(stage, "SELECT paid_at FROM sale ORDER BY paid_at")]
    assert paid[1] - paid[0] == 180_000_000
    journal = f"/register/v1/journal/{device.journal_id}"
    assert ok(stage.register.get(journal)) == {"journal_id": device.journal_id, "acknowledged_seq": 3}
    assert ok(stage.register.get(f"/register/v1/journal/{new_id('jrn')}"), 404)["code"] == (
        "registers.journal_unknown"
    )


def test_at_once_from_the_start(stage: Stage) -> None:
    device = Device(stage)
    for _ in range(3):
        device.sell()
    answers = [ok(answer) for answer in at_once([device.send] * 10)]
    assert answers == [answers[0]] * 10
    assert counts(stage)[:3] == (3, 3, 3)


def test_a_gap_and_a_fork_are_refused_and_what_came_before_is_kept(stage: Stage) -> None:
    device = Device(stage)
    for _ in range(4):
        device.sell()
    gap = ok(device.send(first=2), 409)
    assert (gap["code"], gap["facts"]["expected_seq"]) == ("registers.journal_gap", 1)
    hole = Device(stage, journal_id=device.journal_id, entries=[*device.entries[:2], device.entries[3]])
    assert ok(hole.send(), 409)["facts"] == {"expected_seq": 3, "seq": 4}
    assert one(stage, "SELECT acknowledged_seq FROM journal") == 2

    # Another content with a number that was taken, and one that does not follow.
    other = Device(stage, journal_id=device.journal_id)
    other.sell()
    fork = ok(other.send(), 409)
    assert (fork["code"], fork["facts"]) == ("registers.journal_forked", {"seq": 1})
    loose = {**device.entries[2], "prev_hash": "0" * 64}
    assert ok(Device(stage, journal_id=device.journal_id, entries=[*device.entries[:2], loose]).send(), 409)[
        "code"
    ] == ("registers.journal_forked")
    assert ok(device.send())["acknowledged_seq"] == 4
    assert one(stage, "SELECT count(*) FROM sale") == 4
    alerts = rows(stage, "SELECT kind, seq FROM register_alert ORDER BY kind, seq")
    assert alerts == [("forked", 1), ("forked", 3), ("gap", 2), ("gap", 4)]


def test_a_price_that_changed_is_recorded_as_charged_and_owned(stage: Stage) -> None:
    device = Device(stage)
    device.sell(charged_minor=LIST_MINOR - 230)
    device.sell(charged_minor=LIST_MINOR + 1001)
    answer = ok(device.send())
    assert [r["state"] for r in answer["results"]] == ["done_with_difference"] * 2
    for result, off in zip(answer["results"], (230, -1001), strict=True):
        assert result["problem"]["code"] == "registers.sold_with_difference"
        assert result["problem"]["differences"] == [
            {"what": "price", "off_minor": off, "owner_party_id": stage.seed.dealer}
        ]
        assert result["answer"]["total_minor"] == LIST_MINOR - off
        assert result["answer"]["tenders"][0]["amount_minor"] == LIST_MINOR - off
        explained = ok(stage.office().get(f"/office/v1/sales/{result['answer']['sale_id']}"))
        rule = explained["proof"]["rules"][-1]
        assert (rule["kind"], rule["funder_party_id"]) == ("charged_offline", stage.seed.dealer)
        page = stage.office().get(f"/office/sales/{result['answer']['sale_id']}")
        assert (page.status_code, "Charged offline" in page.text) == (200, True)
        assert check_proof({k: v for k, v in explained["proof"].items() if k != "discounts"})
    assert ledger_is_balanced(stage)
    # It comes back whole, like any other.
    sale_id = answer["results"][1]["answer"]["sale_id"]
    back = ok(stage.register.post("/register/v1/returns", json=return_of(sale_id, {1: 1, 2: 2, 3: 1})))
    assert back["refund_minor"] == LIST_MINOR + 1001


def test_goods_that_were_gone_are_found_then_sold(stage: Stage) -> None:
    seed = stage.seed
    device = Device(stage)
    device.sell()
    rest = [CountRow(variant, seed.cell, seed.place_id, seed.dealer, 1) for variant in seed.variants[:2]]
    stage.program.db.write_now(count_stock, CountStock(seed.brand_id, stage.clock.now(), "imp", rest))
    result = ok(device.send())["results"][0]
    assert result["state"] == "done_with_difference"
    assert result["problem"]["differences"] == [{"what": "stock", "gtin": seed.gtins[1], "missing": 1}]
    # Never below zero, and the moves still sum to what is there.
    assert stock_left(stage) == [(0, 0), (0, 0), (9, 0)]
    moves = (
        "SELECT reason, quantity FROM stock_move WHERE variant_id = :v AND reason <> 'counted' ORDER BY seq"
    )
    assert rows(stage, moves, v=seed.variants[1]) == [("found", 1), ("sold", -2)]
    wanted = rows(stage, "SELECT body FROM outbox WHERE name = 'stock.count_wanted.v1'")
    assert len(wanted) == 1
    # A second shelf-empty sale: nothing is there any more, of anybody.
    device.sell()
    differences = ok(device.send())["results"][1]["problem"]["differences"]
    missing = {d["gtin"]: d["missing"] for d in differences}
    assert missing == {seed.gtins[0]: 1, seed.gtins[1]: 2}
    assert ledger_is_balanced(stage)


def share_coupon(tx: Tx, command: tuple[Stage, str, int, int | None]) -> None:
    stage, code, cap, budget = command
    now, offer_id = stage.clock.now(), new_id("ofr")
    publish_offer(
        tx,
        PublishOffer(
            brand_id=stage.seed.brand_id,
            offer_id=offer_id,
            kind="spend_get",
            terms={"spend_minor": 10000, "off_minor": 1500},
            title_en="15 off",
            title_zh="减15",
            funder_party_id=stage.seed.brand_party,
            is_stackable=True,
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=9),
            coupon_valid_s=86400,
            at=now,
            budget_minor=budget,
            is_offline=True,
        ),
    )
    publish_shared_coupon(
        tx,
        PublishSharedCoupon(
            stage.seed.brand_id, offer_id, new_id("cpn"), code, cap, now, now + timedelta(hours=2)
        ),
    )


@pytest.mark.parametrize(
    ("cap", "budget", "reason"), [(1, None, "used_up"), (9, 1500, "offers.budget_spent")]
)
def test_a_coupon_used_up_meanwhile_is_not_used_and_its_discount_is_owned(
    stage: Stage, cap: int, budget: int | None, reason: str
) -> None:
    stage.program.db.write_now(share_coupon, (stage, "FIFTEEN", cap, budget))
    device = Device(stage)
    device.sell(LIST_MINOR - 1500, coupons=["FIFTEEN"])
    device.sell(LIST_MINOR - 1500, coupons=["FIFTEEN"])
    good, gone = ok(device.send())["results"]
    assert (good["state"], gone["state"]) == ("done", "done_with_difference")
    assert gone["answer"]["total_minor"] == LIST_MINOR - 1500
    assert gone["problem"]["differences"] == [
        {"what": "price", "off_minor": 1500, "owner_party_id": stage.seed.dealer},
        {"what": "coupon", "coupon": "FIFTEEN", "reason": reason},
    ]
    assert rows(stage, "SELECT used, reserved FROM coupon WHERE public_code = 'FIFTEEN'") == [(1, 0)]
    assert one(stage, "SELECT sum(spent_minor) FROM offer") == 1500
    taken = [r for (r,) in rows(stage, "SELECT body FROM outbox WHERE name = 'registers.entry_taken.v1'")]
    assert len(taken) == 2


def test_a_coupon_is_judged_by_the_time_of_the_sale(stage: Stage) -> None:
    stage.program.db.write_now(share_coupon, (stage, "FIFTEEN", 9, None))
    device = Device(stage)
    device.sell(LIST_MINOR - 1500, coupons=["FIFTEEN"])
    stage.advance(timedelta(hours=3))
    device.sell(LIST_MINOR - 1500, coupons=["FIFTEEN"])
    stage.advance(timedelta(hours=1))
    in_time, late = ok(device.send())["results"]
    assert in_time["state"] == "done"
    assert late["problem"]["differences"][1] == {"what": "coupon", "coupon": "FIFTEEN", "reason": "expired"}


def test_a_member_is_read_by_the_code_of_that_time(stage: Stage) -> None:
    who = buyer(stage)
    device = Device(stage)
    code = who.member_code()
    stage.advance(timedelta(minutes=4))  # from the scan to the money
    device.sell(LIST_MINOR - 1000, member_code=code)
    stage.advance(timedelta(hours=5))
    device.sell(LIST_MINOR - 1000, member_code=code)
    known, lost = ok(device.send())["results"]
    assert known["state"] == "done"
    assert known["answer"]["points_pending"] > 0
    assert [d["what"] for d in lost["problem"]["differences"]] == ["price", "member"]
    members = rows(stage, "SELECT member_id FROM sale ORDER BY paid_at")
    assert members == [(who.member_id,), (None,)]


def test_clocks_that_cannot_be_right_are_recorded_and_times_stay_in_order(stage: Stage) -> None:
    device = Device(stage, clock_off=timedelta(hours=1))
    began = stage.clock.now()
    device.sell()
    device.clock_off = timedelta(minutes=-30)  # set back between two sales
    device.sell()
    device.clock_off = timedelta(hours=5)
    device.sell()
    device.clock_off = timedelta(hours=1)
    stage.advance(timedelta(minutes=10))
    ok(device.send())
    paid = [at for (at,) in rows(stage, "SELECT paid_at FROM sale ORDER BY paid_at, opened_at")]
    ids = [
        sale_id
        for (sale_id,) in rows(stage, "SELECT sale_id FROM (SELECT id AS sale_id, paid_at FROM sale) s")
    ]
    assert len(ids) == 3
    now = int(stage.clock.now().timestamp() * 1_000_000)
    start = int(began.timestamp() * 1_000_000)
    assert start - 10_000_000 <= paid[0] == paid[1]  # never before its predecessor
    assert paid[2] <= now + 10_000_000  # never in the future
    device.clock_off = timedelta(hours=2)
    device.sell()
    ok(device.send(first=4))
    kinds = rows(stage, "SELECT kind, seq FROM register_alert ORDER BY kind, seq")
    assert kinds == [
        ("clock_ahead", 3),
        ("clock_back", 2),
        ("clock_back", 4),
        ("clock_jump", 3),
        ("clock_off", 0),
        ("clock_off", 3),
    ]
    alert = rows(stage, "SELECT facts FROM register_alert WHERE kind = 'clock_jump'")[0][0]
    assert "3600" in str(alert)


def test_what_cannot_be_understood_is_refused_kept_and_stops_nothing(stage: Stage) -> None:
    device = Device(stage)
    device.write("sale", {"sale": "what\0is this"})
    device.sell(items=[{"gtin": "02000000000091"}])
    device.sell(tenders=[{"id": new_id("tnd"), "rail": "wallet"}])
    device.sell()
    answer = ok(device.send())
    assert [r["state"] for r in answer["results"]] == ["refused"] * 3 + ["done"]
    assert [r["problem"]["code"] for r in answer["results"][:3]] == [
        "registers.entry_malformed",
        "sale.goods_unknown",
        "registers.entry_malformed",
    ]
    assert ok(device.send()) == answer
    assert counts(stage)[:3] == (1, 1, 4)
    assert "02000000000091" in str(rows(stage, "SELECT sent FROM journal_entry WHERE seq = 2"))


def test_a_device_that_lost_its_storage_is_noticed(stage: Stage) -> None:
    old, new = Device(stage), Device(stage)
    old.sell()
    ok(old.send())
    new.sell()
    ok(new.send())
    ok(new.send())
    assert rows(stage, "SELECT journal_id, kind, seq FROM register_alert") == [
        (old.journal_id, "storage_lost", 1)
    ]
    # What the old one still has is taken all the same; one that was closed is no loss.
    old.sell()
    assert ok(old.send())["acknowledged_seq"] == 2
    new.write("note", {"closes": True})
    ok(new.send())
    third = Device(stage)
    third.write("note", {"text": "paired anew"})
    ok(third.send())
    assert one(stage, "SELECT count(*) FROM register_alert") == 1


def test_a_sale_asked_for_online_and_written_down_is_one(stage: Stage) -> None:
    device = Device(stage)
    entry = device.sell()
    receipt = sell(stage, entry["body"]["sale"])
    assert ok(device.send())["results"] == [{"seq": 1, "state": "done", "answer": receipt, "problem": None}]
    # The same id for another amount is not that sale.
    body = {**entry["body"], "charged_minor": 1}
    device.write("sale", body)
    assert ok(device.send())["results"][1]["problem"]["code"] == "idempotency.mismatch"
    assert counts(stage)[:2] == (1, 1)


def test_goods_taken_back_offline(stage: Stage) -> None:
    device = Device(stage)
    sale = device.sell()["body"]["sale"]
    body = {"return": return_of(sale["id"], {3: 1}), "refunded_minor": 250, "currency": "EUR"}
    device.write("return", body)
    device.write("return", {**body, "return": return_of(sale["id"], {2: 1}), "refunded_minor": 5000})
    device.write("return", {**body, "return": return_of(sale["id"], {3: 1})})
    results = ok(device.send())["results"]
    assert [r["state"] for r in results] == ["done", "done", "done_with_difference", "refused"]
    assert results[2]["problem"]["differences"] == [{"what": "refund", "off_minor": 10}]
    assert results[3]["problem"]["code"] == "sales.return_too_much"
    assert ledger_is_balanced(stage)


def test_killed_before_the_commit_nothing_is_half_done(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(stage)
    device.sell()
    device.sell()
    calls: list[int] = []

    def dies(tx: Tx, command: Any) -> Any:
        taken = take_entry(tx, command)
        calls.append(command.entry.seq)
        if command.entry.seq == 2 and calls.count(2) == 1:
            raise BUSY_TRY_LATER(retry_after_s=1)
        return taken

    monkeypatch.setattr(replay_journal, "take_entry", dies)
    before = everything(stage, "journal", "journal_entry")
    assert device.send(first=1, last=1).status_code == 200
    middle = everything(stage, "journal", "journal_entry")
    assert middle != before
    assert ok(device.send(), 503)["code"] == "busy.try_later"
    assert everything(stage, "journal", "journal_entry") == middle
    assert one(stage, "SELECT acknowledged_seq FROM journal") == 1
    answer = ok(device.send())
    assert [r["state"] for r in answer["results"]] == ["done", "done"]
    assert counts(stage)[:3] == (2, 2, 2)


def test_a_journal_is_its_registers_own(stage: Stage) -> None:
    device = Device(stage)
    device.sell()
    ok(device.send())
    for strange in ('"\\ud800"', "123456789012345678901234567890"):
        entry = f'{{"seq":2,"at":"{device.now()}","prev_hash":"","kind":"note","body":{{"x":{strange}}}}}'
        text = f'{{"journal_id":"{device.journal_id}","sent_at":"{device.now()}","entries":[{entry}]}}'
        asked = stage.register.post(
            "/register/v1/journal", content=text, headers={"Content-Type": "application/json"}
        )
        assert ok(asked, 422)["code"] == "request.malformed"
    wrong = {"journal_id": device.journal_id, "sent_at": "yesterday", "entries": []}
    assert ok(stage.register.post("/register/v1/journal", json=wrong), 422)["code"] == "request.malformed"
    dull = {**wrong, "sent_at": "0001-01-01T00:00:00Z"}
    assert ok(stage.register.post("/register/v1/journal", json=dull), 422)["code"] == "request.malformed"


def test_the_price_list_in_parts_and_only_when_it_changed(stage: Stage) -> None:
    stage.program.db.write_now(share_coupon, (stage, "FIFTEEN", 9, None))
    first = stage.register.get("/register/v1/pricelist", params={"limit": 2})
    told = ok(first)
    assert (len(told["goods"]), told["has_member_price"], told["currency"]) == (2, True, "EUR")
    offer = told["offers"][0]
    assert (offer["public_code"], offer["kind"], offer["off_minor"]) == ("FIFTEEN", "spend_get", 1500)
    rest = ok(stage.register.get("/register/v1/pricelist", params={"limit": 2, "after": told["next_after"]}))
    assert (len(rest["goods"]), rest["next_after"], rest["offers"]) == (1, None, [])
    goods = {g["gtin"]: (g["list_minor"], g["member_minor"]) for g in told["goods"] + rest["goods"]}
    assert goods == dict(zip(stage.seed.gtins, [(10000, 9000), (4990, None), (250, None)], strict=True))
    same = stage.register.get(
        "/register/v1/pricelist", params={"limit": 2}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    stage.advance(timedelta(hours=3))
    later = ok(
        stage.register.get(
            "/register/v1/pricelist", params={"limit": 2}, headers={"If-None-Match": first.headers["ETag"]}
        )
    )
    assert later["offers"] == []
