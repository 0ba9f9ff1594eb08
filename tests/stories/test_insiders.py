"""Somebody with a login or a register's key who wants money or mischief: what they say is held against what others know."""

from datetime import datetime
from typing import Any

import pytest

from highstreet.flows.drawer import MOVES_A_DAY
from highstreet.flows.order_goods import MAX_PIECES
from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import BILL_ZONE
from tests.stories.acts import ledger_is_balanced, next_fault, one, rows, sell
from tests.stories.conftest import Stage
from tests.stories.offline import LIST_MINOR, Device
from tests.stories.test_loop import follow_and_claim, ok
from tests.stories.test_payment_faults import basket, payer, told


def test_a_bill_by_hand_settles_nothing_that_its_provider_denies(stage: Stage) -> None:
    """A real bill with one number changed: the QR that nobody paid stays unpaid, and one that was paid is settled."""
    who = payer(stage)
    paid, unpaid = basket(stage, who), basket(stage, None)
    sell(stage, paid)
    shown = sell(stage, unpaid, 202)["qr"]
    rail = stage.program.rails.find(stage.seed.brand_id, "wallet")
    assert rail is not None
    day = datetime.now(BILL_ZONE).date()
    bill = stage.server.run(rail.fetch_bill(day, is_early=True))
    (there,), (here,) = ([t["id"] for t in body["tenders"]] for body in (paid, unpaid))
    forged = bill.replace(there.encode(), here.encode())
    assert forged != bill

    def upload() -> Any:
        return ok(stage.office().post("/office/v1/bill-files?rail=wallet", content=forged))

    found = upload()
    assert told(stage, unpaid) == ("open", "pending")
    assert (found["matched"], [d["finding"] for d in found["differences"]]) == (
        0,
        ["state_differs", "missing_there"],
    )
    who.do("scan", code_url=shown)
    stage.drain()
    upload()
    assert told(stage, unpaid)[0] == "paid"
    assert ledger_is_balanced(stage)


def test_a_bill_by_hand_does_not_say_which_payment_it_was(stage: Stage) -> None:
    """What the provider confirms is kept as the provider told it."""
    next_fault(stage, "pay", "timeout_after_effect", seconds=0)
    next_fault(stage, "notice", "drop_notice")
    body = basket(stage, payer(stage))
    sell(stage, body, 202)
    rail = stage.program.rails.find(stage.seed.brand_id, "wallet")
    assert rail is not None
    (line,) = rail.parse_bill(
        bill := stage.server.run(rail.fetch_bill(datetime.now(BILL_ZONE).date(), is_early=True))
    )
    forged = bill.replace(line.provider_ref.encode(), b"9" * len(line.provider_ref))
    assert forged != bill
    ok(stage.office().post("/office/v1/bill-files?rail=wallet", content=forged))
    assert told(stage, body)[0] == "paid"
    assert rows(stage, "SELECT provider_ref FROM tender") == [(line.provider_ref,)]


@pytest.mark.parametrize("charged_minor", [1, LIST_MINOR // 4 - 1, 2 * LIST_MINOR + 1, 10**12])
def test_what_no_old_price_list_explains_is_kept_for_somebody_to_look_at(
    stage: Stage, charged_minor: int
) -> None:
    device = Device(stage)
    device.sell(charged_minor)
    (found,) = ok(device.send())["results"]
    assert (found["state"], found["problem"]["code"]) == ("refused", "registers.charged_far_off")
    assert found["problem"]["facts"] == {"list_minor": LIST_MINOR, "charged_minor": charged_minor}
    assert rows(stage, "SELECT id FROM sale") == rows(stage, "SELECT id FROM points_entry") == []
    refused = ok(stage.office().get("/office/v1/journals"))
    assert device.entries[0]["body"]["sale"]["id"] in str(refused)


@pytest.mark.parametrize("charged_minor", [(LIST_MINOR + 3) // 4, 2 * LIST_MINOR])
def test_what_an_old_price_list_may_explain_is_taken(stage: Stage, charged_minor: int) -> None:
    device = Device(stage)
    device.sell(charged_minor)
    (found,) = ok(device.send())["results"]
    assert found["state"] == "done_with_difference"
    assert one(stage, "SELECT total_minor FROM sale") == charged_minor
    assert ledger_is_balanced(stage)


def test_a_drawer_is_moved_so_often_a_day(stage: Stage) -> None:
    def move(status: int = 200, **changes: Any) -> Any:
        asked = {"id": new_id("drm"), "direction": "in", "reason": "other", "amount_minor": 1, **changes}
        return ok(stage.register.post("/register/v1/drawer/moves", json=asked), status)

    assert move(422, amount_minor=10**10 + 1)["code"] == "request.malformed"
    for _ in range(MOVES_A_DAY):
        move()
    assert move(409)["code"] == "days.moves_full"
    ok(
        stage.register.post(
            "/register/v1/day/count", json={"id": new_id("cnt"), "counted_minor": MOVES_A_DAY}
        )
    )
    assert ledger_is_balanced(stage)


def test_a_gift_card_has_a_limit(stage: Stage) -> None:
    asked = {"count": 1, "amount_minor": 10**9 + 1}
    assert ok(stage.office().post("/office/v1/gift-cards", json=asked), 422)["code"] == "request.malformed"


def test_nobody_keeps_a_shop_empty_by_ordering(stage: Stage) -> None:
    phone, seed = stage.shopper(), stage.seed
    follow_and_claim(stage, phone)
    policy = {"deposit_bp": 2000, "minimum_minor": 100, "hold_days": 14}
    ok(stage.office().put("/office/v1/order-policy", json=policy))
    pieces = [MAX_PIECES, 1]
    asked = {
        "id": new_id("sal"),
        "brand_id": seed.brand_id,
        "place_id": seed.place_id,
        "items": [{"gtin": gtin, "quantity": n} for gtin, n in zip(seed.gtins, pieces, strict=False)],
        "currency": "EUR",
        "expected_total_minor": 1,
    }
    refused = ok(phone.post("/shop/v1/orders", json=asked), 422)
    assert (refused["code"], refused["facts"]) == ("sales.order_too_large", {"limit": MAX_PIECES})
    assert rows(stage, "SELECT id FROM sale") == []
