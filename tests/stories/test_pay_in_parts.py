"""A sale paid in parts, over HTTP on both databases: any number of tenders, and whoever gives up gets it all back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from highstreet.flows.register_desk import shift_totals
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.time import business_day
from highstreet.rooms.identity import IssueRegisterKey, TokenKind, issue_register_key, make_token, token_hash
from tests.stories.acts import Buyer, at_once, buyer, everything, ledger_is_balanced, one, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok, payment_code, wallet_app
from tests.stories.test_payment_faults import next_fault

TOTAL = 20230
OPEN, PAID, CLOSING, ABANDONED = "open", "paid", "closing", "abandoned"


@pytest.fixture
def sound(stage: Stage) -> Iterator[Stage]:
    """After everything: nothing is open, both sides know the same money, and no piece of goods is missing."""
    whole = one(stage, "SELECT sum(on_hand) FROM stock_item")
    yield stage
    stage.drain()
    for table, states in (("sale", "'open', 'closing'"), ("tender", "'planned', 'pending', 'unknown'")):
        assert rows(stage, f"SELECT id FROM {table} WHERE state IN ({states})") == []
    assert rows(stage, "SELECT kind, last_error FROM job WHERE state = 'dead'") == []
    trades = ok(httpx.get(f"{stage.wallet_url}/sim/trades", trust_env=False))["trades"]
    ours = dict(
        rows(
            stage,
            "SELECT id, amount_minor - refunded_minor FROM tender WHERE rail = 'wallet' AND"
            " direction = 'in' AND state = 'captured'",
        )
    )
    there = {
        t["out_trade_no"]: t["amount"]["total"] - t["amount"]["refunded"]
        for t in trades
        if t["transaction_id"] is not None and t["trade_state"] == "paid"
    }
    assert {number: net for number, net in ours.items() if net} == {
        number: there[number] for number, net in ours.items() if net
    }
    sold = one(stage, "SELECT coalesce(sum(quantity - returned_quantity), 0) FROM sale_line l JOIN sale s"
                      " ON s.id = l.sale_id WHERE s.state = 'paid'")  # fmt: skip
    assert rows(stage, "SELECT sum(on_hand), sum(reserved) FROM stock_item") == [(whole - sold, 0)]
    assert ledger_is_balanced(stage)


def start(stage: Stage, hold_minutes: int = 60, **changes: Any) -> str:
    """An open sale of 202.30."""
    body = sale_of(stage, **changes) | {"tenders": [], "hold_minutes": hold_minutes}
    told = sell(stage, body, 202)
    assert (told["state"], sell(stage, body, 202)["sale_id"]) == (OPEN, told["sale_id"])
    return str(body["id"])


def part(
    stage: Stage, sale_id: str, rail: str, amount_minor: int | None = None, **more: Any
) -> dict[str, Any]:
    status = more.pop("status", 200)
    asked = {"id": new_id("tnd"), "rail": rail, "amount_minor": amount_minor, **more}
    return ok(stage.register.post(f"/register/v1/sales/{sale_id}/tenders", json=asked), status)


def read(stage: Stage, sale_id: str) -> dict[str, Any]:
    return ok(stage.register.get(f"/register/v1/sales/{sale_id}"))


def end(stage: Stage) -> None:
    """Give up what a story left open."""
    for (sale_id,) in rows(stage, "SELECT id FROM sale WHERE state = 'open'"):
        cancel(stage, sale_id)


def cancel(stage: Stage, sale_id: str, status: int = 200) -> dict[str, Any]:
    return ok(stage.register.post(f"/register/v1/sales/{sale_id}/cancel"), status)


def payer(stage: Stage, **wishes: Any) -> tuple[Any, str]:
    return wallet_app(stage, **wishes)


def balances(stage: Stage) -> dict[str, int]:
    """The ledger's balances by kind; they sum to zero."""
    found = {
        kind: int(total)
        for kind, total in rows(stage, "SELECT kind, sum(balance_minor) FROM account GROUP BY kind")
    }
    assert sum(found.values()) == 0
    return {kind: total for kind, total in found.items() if total}


def test_cash_and_two_wallets_pay_one_sale(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    told = part(stage, sale_id, "cash", 5000, given_minor=6000)
    assert (told["state"], told["due_minor"], told["held_minor"]) == (OPEN, TOTAL - 5000, 5000)
    assert balances(stage) == {"clearing_cash": -5000, "deposits": 5000}
    for amount, due in ((10_000, 5230), (None, 0)):
        wallet, account = payer(stage)
        told = part(stage, sale_id, "wallet", amount, auth_code=payment_code(wallet, account))
        assert read(stage, sale_id)["due_minor"] == due
    assert (told["state"], told["total_minor"]) == (PAID, TOTAL)
    assert [(t["rail"], t["amount_minor"]) for t in told["tenders"]] == [
        ("cash", 5000),
        ("wallet", 10_000),
        ("wallet", 5230),
    ]
    found = balances(stage)
    assert found["clearing_cash"] == -5000
    assert found["clearing_wallet"] == -15_230
    assert found["earned"] == TOTAL
    assert "deposits" not in found
    assert read(stage, sale_id)["state"] == PAID
    stock = rows(stage, "SELECT sum(reserved) FROM stock_item")[0][0]
    assert stock == 0


def test_a_declined_part_is_due_again(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    part(stage, sale_id, "cash", 230)
    wallet, account = payer(stage, balance_minor=100)
    told = part(stage, sale_id, "wallet", auth_code=payment_code(wallet, account))
    assert (told["state"], told["tender_state"], told["due_minor"]) == (OPEN, "failed", 20_000)
    assert part(stage, sale_id, "cash")["state"] == PAID


def test_the_same_part_twice_is_one_and_another_sales_is_refused(sound: Stage) -> None:
    stage = sound
    sale_id, other = start(stage), start(stage)
    asked = {"id": new_id("tnd"), "rail": "cash", "amount_minor": 100}
    path = f"/register/v1/sales/{sale_id}/tenders"
    for _ in range(2):
        assert ok(stage.register.post(path, json=asked))["held_minor"] == 100
    refused = ok(stage.register.post(f"/register/v1/sales/{other}/tenders", json=asked), 409)
    assert refused["code"] == "tenders.id_taken"
    assert read(stage, other)["held_minor"] == 0
    end(stage)


def test_parts_never_exceed_the_total_however_many_come_at_once(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    path = f"/register/v1/sales/{sale_id}/tenders"
    tills = [stage.client(stage.register_token) for _ in range(8)]

    def ask(till: Any) -> int:
        body = {"id": new_id("tnd"), "rail": "cash", "amount_minor": 5000}
        return int(till.post(path, json=body).status_code)

    answers = at_once([lambda till=till: ask(till) for till in tills])
    assert sorted(answers) == [200] * 4 + [409] * 4
    assert read(stage, sale_id)["due_minor"] == 230
    ends = at_once(
        [
            lambda till=till: till.post(
                path, json={"id": new_id("tnd"), "rail": "cash", "amount_minor": 115}
            ).json()
            for till in tills[:2]
        ]
    )
    assert sorted(end["state"] for end in ends) == [OPEN, PAID]
    assert one(stage, "SELECT sum(amount_minor) FROM tender WHERE sale_id = :id", id=sale_id) == TOTAL


def test_what_is_refused_changes_nothing(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    usual = sale_of(stage)
    sell(stage, usual)
    before = everything(stage)
    for path, asked, code, status in (
        (sale_id, {"rail": "cash", "amount_minor": TOTAL + 1}, "sales.part_too_much", 409),
        (sale_id, {"rail": "cash", "amount_minor": 500, "given_minor": 400}, "tenders.cash_too_little", 422),
        (sale_id, {"rail": "alipay", "amount_minor": 500}, "sale.rail_off", 409),
        (new_id("sal"), {"rail": "cash"}, "sales.sale_unknown", 404),
        (usual["id"], {"rail": "cash"}, "sales.sale_unknown", 404),
    ):
        answer = stage.register.post(
            f"/register/v1/sales/{path}/tenders", json={"id": new_id("tnd"), **asked}
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    both = sale_of(stage) | {"hold_minutes": 5}
    assert ok(stage.register.post("/register/v1/sales", json=both), 422)["code"] == "request.malformed"
    none = sale_of(stage) | {"tenders": []}
    assert ok(stage.register.post("/register/v1/sales", json=none), 422)["code"] == "tenders.sum_differs"
    assert everything(stage) == before
    end(stage)


def test_given_up_half_paid_every_part_goes_back_where_it_came_from(sound: Stage) -> None:
    stage = sound
    who: Buyer = buyer(stage)
    before = who.balance()
    sale_id = start(stage, member_code=who.member_code(), coupons=who.coupons)
    part(stage, sale_id, "cash", 3000)
    part(stage, sale_id, "wallet", 4000, auth_code=who.auth_code())
    shown = part(stage, sale_id, "wallet", 5000)
    assert shown["qr"]
    assert who.balance() == before - 4000
    told = cancel(stage, sale_id)
    assert (told["state"], told["held_minor"]) == (ABANDONED, 0)
    stage.drain()
    assert who.balance() == before
    moves = {
        (t["direction"], t["rail"], t["state"], t["amount_minor"]) for t in read(stage, sale_id)["parts"]
    }
    assert moves == {
        ("in", "cash", "captured", 3000),
        ("in", "wallet", "captured", 4000),
        ("in", "wallet", "reversed", 5000),
        ("out", "cash", "captured", 3000),
        ("out", "wallet", "captured", 4000),
    }
    assert balances(stage) == {}
    assert one(stage, "SELECT sum(reserved) FROM stock_item") == 0
    assert one(stage, "SELECT sum(reserved) + sum(used) FROM coupon") == 0
    cancel(stage, sale_id, 409)
    assert part(stage, sale_id, "cash", 100, status=409)["code"] == "sales.not_open"


def test_not_paid_in_time_it_goes_back_by_itself(sound: Stage) -> None:
    stage = sound
    wallet, account = payer(stage)
    sale_id = start(stage, hold_minutes=30)
    part(stage, sale_id, "wallet", 4000, auth_code=payment_code(wallet, account))
    paid = start(stage, hold_minutes=30)
    part(stage, paid, "cash")
    stage.drain()
    assert read(stage, sale_id)["state"] == OPEN
    stage.advance(timedelta(minutes=31))
    stage.drain()
    told = read(stage, sale_id)
    assert (told["state"], told["held_minor"]) == (ABANDONED, 0)
    assert int(ok(wallet.get(f"/app/accounts/{account}"))["balance_minor"]) == 100_000
    assert read(stage, paid)["state"] == PAID


def test_a_part_under_way_when_the_sale_is_given_up_never_counts(sound: Stage) -> None:
    """The reversal's outcome is not known at first: the sale closes, and ends once the provider has said so."""
    stage = sound
    wallet, account = payer(stage, confirm_mode="ask")
    sale_id = start(stage)
    part(stage, sale_id, "cash", 200)
    part(stage, sale_id, "wallet", 4000, auth_code=payment_code(wallet, account))
    next_fault(stage, "reverse", "timeout_after_effect", seconds=0)
    told = cancel(stage, sale_id)
    assert told["state"] in (CLOSING, ABANDONED)  # a job may have asked again by now
    assert part(stage, sale_id, "cash", 100, status=409)["code"] == "sales.not_open"
    stage.advance(timedelta(seconds=10))
    stage.drain()
    assert read(stage, sale_id)["state"] == ABANDONED
    assert int(ok(wallet.get(f"/app/accounts/{account}"))["balance_minor"]) == 100_000
    assert balances(stage) == {}


def test_one_part_is_called_back_and_the_rest_stays(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    part(stage, sale_id, "cash", 200)
    waiting = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": 1000}
    path = f"/register/v1/sales/{sale_id}/tenders"
    assert ok(stage.register.post(path, json=waiting))["due_minor"] == TOTAL - 1200
    told = ok(stage.register.post(f"{path}/{waiting['id']}/cancel"))
    assert (told["state"], told["due_minor"], told["held_minor"]) == (OPEN, TOTAL - 200, 200)
    assert ok(stage.register.post(f"{path}/{waiting['id']}/cancel"), 409)["code"] == "sales.not_open"
    assert part(stage, sale_id, "cash")["state"] == PAID


def test_goods_of_a_sale_paid_in_parts_come_back_to_its_tenders(sound: Stage) -> None:
    stage = sound
    wallet, account = payer(stage)
    sale_id = start(stage)
    part(stage, sale_id, "cash", 5000)
    part(stage, sale_id, "wallet", auth_code=payment_code(wallet, account))
    lines = {line["line_no"]: line["quantity"] for line in read(stage, sale_id)["lines"]}
    body = {
        "id": new_id("rtn"),
        "sale_id": sale_id,
        "items": [{"line_no": no, "quantity": quantity} for no, quantity in lines.items()],
    }
    told = ok(stage.register.post("/register/v1/returns", json=body))
    assert told["refund_minor"] == TOTAL
    assert sorted((r["rail"], r["amount_minor"]) for r in told["refunds"]) == [
        ("cash", 5000),
        ("wallet", 15_230),
    ]
    stage.drain()
    assert int(ok(wallet.get(f"/app/accounts/{account}"))["balance_minor"]) == 100_000
    assert balances(stage) == {}


def test_the_head_office_reads_how_it_was_paid_and_given_back(sound: Stage) -> None:
    stage = sound
    wallet, account = payer(stage)
    paid, given_up = start(stage), start(stage)
    part(stage, paid, "cash", 5000)
    part(stage, paid, "wallet", auth_code=payment_code(wallet, account))
    part(stage, given_up, "cash", 300)
    office = stage.office()
    open_page = office.get(f"/office/sales/{given_up}")
    assert open_page.status_code == 200
    assert "Held for sales not paid yet" in open_page.text
    cancel(stage, given_up)
    for sale_id, said in ((paid, "Paid"), (given_up, "Given up")):
        page = office.get(f"/office/sales/{sale_id}", headers={"Accept-Language": "en"})
        assert page.status_code == 200
        assert said in page.text
        told = ok(office.get(f"/office/v1/sales/{sale_id}"))
        assert len(told["tenders"]) == 2
    earned = office.get("/office/earnings")
    assert earned.status_code == 200


def test_a_sale_belongs_to_the_day_of_its_last_part(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage, hold_minutes=3 * 24 * 60)
    part(stage, sale_id, "cash", 100)
    stage.advance(timedelta(days=2))
    part(stage, sale_id, "cash")
    day = business_day(stage.clock.now(), "Europe/Helsinki").isoformat()
    assert one(stage, "SELECT business_day FROM sale WHERE id = :id", id=sale_id) == day


def drawer(stage: Stage) -> dict[str, int]:
    """What this register's shift says of each rail, counted or not: taken, less what was given back."""
    where = (stage.seed.brand_id, stage.seed.register_id, None, stage.clock.now())
    shift = stage.program.db.read_now(shift_totals, *where)
    assert shift.total_minor == sum(rail.captured_minor for rail in shift.rails)
    assert shift.refunded_minor == sum(rail.refunded_minor + rail.pending_minor for rail in shift.rails)
    return {rail.rail: rail.captured_minor - rail.refunded_minor for rail in shift.rails}


def test_a_shift_counts_parts_when_they_are_taken_and_given_back(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    part(stage, sale_id, "cash", 5000)
    assert drawer(stage) == {"cash": 5000}
    cancel(stage, sale_id)
    assert drawer(stage) == {"cash": 0}
    again = start(stage)
    part(stage, again, "cash", 230)
    stage.advance(timedelta(minutes=1))
    part(stage, again, "cash")
    assert drawer(stage) == {"cash": TOTAL}


def test_cash_nobody_was_there_to_take_back_is_owed_until_it_is_handed_out(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage, hold_minutes=30)
    part(stage, sale_id, "cash", 5000)
    stage.advance(timedelta(minutes=31))
    stage.drain()
    told = read(stage, sale_id)
    assert (told["state"], [(t["direction"], t["state"]) for t in told["parts"]]) == (
        ABANDONED,
        [("in", "captured"), ("out", "pending")],
    )
    assert balances(stage) == {"clearing_cash": -5000, "deposits": 5000}
    assert drawer(stage) == {"cash": 5000}
    assert cancel(stage, sale_id)["parts"][1]["state"] == "captured"
    assert balances(stage) == {}
    assert drawer(stage) == {"cash": 0}
    cancel(stage, sale_id, 409)


def other_place(stage: Stage) -> Any:
    """A register of another place of the brand, run by its dealer too."""
    b, place_id, register_id, token = (
        stage.seed.brand_id,
        new_id("plc"),
        new_id("reg"),
        make_token(TokenKind.REGISTER_KEY, b"o" * 32),
    )
    with stage.program.db.engine.begin() as connection:
        for table, id_ in (("place", place_id), ("register", register_id)):
            was = (
                connection.execute(
                    text(f"SELECT * FROM {table} WHERE brand_id = :b AND id = :id"),
                    {"b": b, "id": stage.seed.place_id if table == "place" else stage.seed.register_id},
                )
                .mappings()
                .one()
            )
            changed = {**was, "id": id_}
            if "external_ref" in changed:
                changed["external_ref"] = id_
            if table == "register":
                changed["place_id"] = place_id
            names = ", ".join(changed)
            marks = ", ".join(f":{name}" for name in changed)
            connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), changed)
    key = IssueRegisterKey(b, new_id("rky"), place_id, register_id, token_hash(token), stage.clock.now())
    stage.program.db.write_now(issue_register_key, key)
    return stage.client(token)


def test_at_another_place_every_rail_but_cash_and_nobody_gives_it_up(sound: Stage) -> None:
    stage = sound
    elsewhere = other_place(stage)
    sale_id = start(stage)
    path = f"/register/v1/sales/{sale_id}"
    part(stage, sale_id, "cash", 230)
    waiting = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": 100}
    shown = ok(stage.register.post(f"{path}/tenders", json=waiting))["qr"]
    assert ok(stage.register.post(f"{path}/tenders", json=waiting))["qr"] == shown
    cash = {"id": new_id("tnd"), "rail": "cash", "amount_minor": 100}
    assert ok(elsewhere.post(f"{path}/tenders", json=cash), 409)["code"] == "sales.cash_elsewhere"
    assert ok(elsewhere.post(f"{path}/cancel"), 404)["code"] == "sales.sale_unknown"
    assert ok(elsewhere.post(f"{path}/tenders/{waiting['id']}/cancel"), 404)["code"] == "sales.sale_unknown"
    ok(stage.register.post(f"{path}/tenders/{waiting['id']}/cancel"))
    wallet, account = payer(stage)
    last = {"id": new_id("tnd"), "rail": "wallet", "auth_code": payment_code(wallet, account)}
    assert ok(elsewhere.post(f"{path}/tenders", json=last))["state"] == PAID


def test_the_way_of_parts_shows_nothing_of_an_ordinary_sale(sound: Stage) -> None:
    stage = sound
    elsewhere = other_place(stage)
    body = sale_of(stage)
    sell(stage, body)
    known = {"id": body["tenders"][0]["id"], "rail": "cash"}
    for client in (elsewhere, stage.register):
        for path in (f"{body['id']}/tenders", f"{body['id']}/tenders/{known['id']}/cancel"):
            answer = client.post(f"/register/v1/sales/{path}", json=known)
            assert (answer.status_code, answer.json()["code"]) == (404, "sales.sale_unknown")


def test_at_most_twenty_parts(sound: Stage) -> None:
    stage = sound
    sale_id = start(stage)
    for _ in range(20):
        part(stage, sale_id, "cash", 1)
    assert part(stage, sale_id, "cash", 1, status=409)["code"] == "sales.too_many_parts"
    end(stage)


def test_nobody_can_use_up_the_number_of_a_refund_beforehand(sound: Stage) -> None:
    stage = sound
    wallet, account = payer(stage)
    sale_id, tender_id = start(stage), new_id("tnd")
    asked = {
        "id": tender_id,
        "rail": "wallet",
        "amount_minor": 500,
        "auth_code": payment_code(wallet, account),
    }
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/tenders", json=asked))
    for parts in ((tender_id, "let_go"), ("let_go", tender_id), (tender_id, "0")):
        taken = sale_of(stage)
        taken["items"] = [{"gtin": stage.seed.gtins[2]}]
        taken["tenders"] = [{"id": stable_id("tnd", *parts), "rail": "cash"}]
        sell(stage, taken)
    assert cancel(stage, sale_id)["state"] == ABANDONED
    stage.drain()
    assert int(ok(wallet.get(f"/app/accounts/{account}"))["balance_minor"]) == 100_000


def test_the_office_reads_a_payment_that_was_called_back(sound: Stage) -> None:
    stage = sound
    body = sale_of(stage, rail="qr")
    sell(stage, body, 202)
    cancel(stage, body["id"])
    page = stage.office().get(f"/office/sales/{body['id']}")
    assert page.status_code == 200
    assert "Given up" in page.text
