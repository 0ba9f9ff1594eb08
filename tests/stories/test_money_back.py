"""Money back beyond a return at the counter, on both databases: by amount, by another rail, without the receipt."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from highstreet.flows.office_today import office_today
from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import Tender, is_creditor_reference, tenders_named
from tests.stories.acts import buyer, ledger_is_balanced, one, return_of, rows, sale_of, sell
from tests.stories.conftest import Stage
from tests.stories.own_rails import shown_on_statement
from tests.stories.test_loop import ok, payment_code, wallet_app
from tests.stories.test_pay_in_parts import drawer

TOTAL = 20230


def allow(stage: Stage, sale_id: str, amount_minor: int, status: int = 201, **more: Any) -> Any:
    asked = {"id": new_id("rtn"), "amount_minor": amount_minor, "reason": "Scratch on the left arm", **more}
    return ok(stage.office().post(f"/office/v1/sales/{sale_id}/allowances", json=asked), status)


def take_back(stage: Stage, sale_id: str, pieces: dict[int, int], status: int = 200) -> Any:
    return ok(stage.register.post("/register/v1/returns", json=return_of(sale_id, pieces)), status)


def balances(stage: Stage) -> dict[str, int]:
    found = rows(stage, "SELECT kind, sum(balance_minor) FROM account GROUP BY kind")
    return {kind: int(total) for kind, total in found if total}


def waiting_for_a_person(stage: Stage) -> tuple[Tender, ...]:
    """The refunds that the office's first page shows."""
    now = stage.clock.now()
    today = stage.program.db.read_now(office_today, stage.seed.brand_id, "Europe/Helsinki", now, ())
    return today.attention.refunds


def test_an_amount_goes_back_in_proportion_and_what_is_left_comes_back_later(stage: Stage) -> None:
    """Points, shares, credit and the ledger end at nothing, the coupons and goods follow the pieces."""
    who = buyer(stage)
    body = sale_of(stage, who, "wallet")
    total = sell(stage, body)["total_minor"]
    pending = who.points()[0]
    assert pending > 0
    asked = {"id": new_id("rtn")}
    told = allow(stage, body["id"], 1000, **asked)
    assert (told["refund_minor"], [r["state"] for r in told["refunds"]]) == (1000, ["captured"])
    assert allow(stage, body["id"], 1000, **asked) == told
    assert (
        ok(
            stage.office().post(
                f"/office/v1/sales/{body['id']}/allowances",
                json={"id": asked["id"], "amount_minor": 999, "reason": "more"},
            ),
            409,
        )["code"]
        == "idempotency.mismatch"
    )
    assert who.balance() == 100_000 - total + 1000
    assert who.points()[0] < pending
    assert one(stage, "SELECT sum(on_hand) FROM stock_item") == one(
        stage, "SELECT sum(on_hand) FROM stock_item WHERE reserved = 0"
    )
    refused = allow(stage, body["id"], total - 999, 409)
    assert (refused["code"], refused["facts"]) == ("sales.allowance_too_much", {"left_minor": total - 1000})
    first = take_back(stage, body["id"], {1: 1, 2: 1})["refund_minor"]
    allow(stage, body["id"], 500)
    rest = take_back(stage, body["id"], {2: 1, 3: 1})["refund_minor"]
    stage.drain()
    assert first + rest == total - 1500
    assert who.balance() == 100_000
    assert who.points() == (0, 0)
    assert balances(stage) == {}
    assert one(stage, "SELECT sum(returned_minor) FROM sale") == total
    assert rows(stage, "SELECT amount_minor - returned_minor FROM credit") in ([], [(0,)])
    assert allow(stage, body["id"], 1, 409)["facts"] == {"left_minor": 0}
    assert ledger_is_balanced(stage)


def test_providers_give_back_before_the_drawer_does_and_the_newest_first(stage: Stage) -> None:
    body = sale_of(stage) | {"tenders": [], "hold_minutes": 60}
    sell(stage, body, 202)
    path = f"/register/v1/sales/{body['id']}/tenders"
    ok(stage.register.post(path, json={"id": new_id("tnd"), "rail": "cash", "amount_minor": 10_000}))
    people = []
    for amount in (6000, None):
        app, account = wallet_app(stage)
        people.append((app, account))
        part = {"id": new_id("tnd"), "rail": "wallet", "amount_minor": amount}
        ok(stage.register.post(path, json=part | {"auth_code": payment_code(app, account)}))
        stage.advance(timedelta(seconds=1))
    told = allow(stage, body["id"], 12_000)
    assert [(r["rail"], r["amount_minor"], r["state"]) for r in told["refunds"]] == [
        ("wallet", 4230, "captured"),
        ("wallet", 6000, "captured"),
        ("cash", 1770, "pending"),
    ]
    for app, account in people:
        assert ok(app.get(f"/app/accounts/{account}"))["balance_minor"] == 100_000
    # Nobody handed the cash out yet: any register of the brand does, once.
    assert balances(stage)["clearing_cash"] == -10_000
    stage.register.post(f"/register/v1/sales/{body['id']}/hand-out")
    assert balances(stage)["clearing_cash"] == -8230
    again = ok(stage.register.post(f"/register/v1/sales/{body['id']}/hand-out"), 409)
    assert again["code"] == "sale.nothing_due"
    assert drawer(stage)["cash"] == 8230
    assert ledger_is_balanced(stage)


@pytest.mark.parametrize("rail", ["cash", "transfer"])
def test_what_a_provider_gives_back_no_more_goes_by_another_rail(stage: Stage, rail: str) -> None:
    """366 days later the wallet refuses for good. M3: its refund stays refused, another tender gives back, once."""
    app, account = wallet_app(stage)
    body = sale_of(stage)
    body["tenders"] = [{**body["tenders"][0], "rail": "wallet", "auth_code": payment_code(app, account)}]
    sell(stage, body)
    stage.advance(timedelta(days=366))
    told = allow(stage, body["id"], 5000)
    refused = told["refunds"][0]
    assert refused["state"] == "failed"
    assert [t.id for t in waiting_for_a_person(stage)] == [refused["tender_id"]]
    path = f"/office/v1/refunds/{refused['tender_id']}/replacement"
    asked: dict[str, Any] = {"id": new_id("tnd"), "rail": rail, "reason": "Window over"}
    if rail == "cash":
        ok(stage.office().post(path, json=asked | {"reference": "RF18 5390 0754 7034"}), 422)
    made = ok(stage.office().post(path, json=asked), 201)
    assert (made["amount_minor"], made["state"]) == (5000, "pending")
    for again in (asked, asked | {"id": new_id("tnd")}):
        assert ok(stage.office().post(path, json=again), 409)["code"] == "tenders.not_refused"
    if rail == "cash":
        ok(stage.register.post(f"/register/v1/sales/{body['id']}/hand-out"))
    else:
        assert is_creditor_reference(made["reference"])
        (instead,) = stage.program.db.read_now(tenders_named, stage.seed.brand_id, [asked["id"]]).values()
        shown_on_statement(stage, instead)
    assert rows(stage, "SELECT refunded_minor FROM tender WHERE direction = 'in'") == [(5000,)]
    assert sorted(rows(stage, "SELECT rail, state FROM tender WHERE direction = 'out'")) == sorted(
        [("wallet", "failed"), (rail, "captured")]
    )
    assert balances(stage)[f"clearing_{rail}"] == 5000
    assert waiting_for_a_person(stage) == ()
    kinds = [row[0] for row in rows(stage, "SELECT kind FROM tender_evidence ORDER BY seq")]
    assert "approved" in kinds
    assert ledger_is_balanced(stage)
    stage.drain()


def test_cash_that_the_office_allowed_stays_told_until_a_register_hands_it_out(stage: Stage) -> None:
    """On the receipt at any register, and on the office's first page from the first moment on."""
    refused = refused_refund(stage)
    sale_id = one(stage, "SELECT id FROM sale")
    read = "/register/v1/receipt"
    assert ok(stage.register.get(read, params={"code": sale_id}))["owed"] == []
    asked = {"id": new_id("tnd"), "rail": "cash", "reason": "Window over"}
    ok(stage.office().post(f"/office/v1/refunds/{refused}/replacement", json=asked), 201)
    owed = ok(stage.register.get(read, params={"code": sale_id}))["owed"]
    assert owed == [{"tender_id": asked["id"], "rail": "cash", "amount_minor": 5000}]
    assert [t.id for t in waiting_for_a_person(stage)] == [asked["id"]]
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/hand-out"))
    assert ok(stage.register.get(read, params={"code": sale_id}))["owed"] == []
    assert waiting_for_a_person(stage) == ()


def refused_refund(stage: Stage) -> str:
    """The refund of 50.00 that the wallet does not make any more: the sale was long ago."""
    app, account = wallet_app(stage)
    body = sale_of(stage)
    body["tenders"] = [{**body["tenders"][0], "rail": "wallet", "auth_code": payment_code(app, account)}]
    sell(stage, body)
    stage.advance(timedelta(days=366))
    return str(allow(stage, body["id"], 5000)["refunds"][0]["tender_id"])


def test_a_word_that_it_was_sent_captures_nothing_the_banks_row_does(stage: Stage) -> None:
    refused = refused_refund(stage)
    asked = {"id": new_id("tnd"), "rail": "transfer", "reason": "Window over"}
    path = f"/office/v1/refunds/{refused}/replacement"
    for reference in ("A-1", "\u9000\u6b3e"):  # statements could not be searched for it
        ok(stage.office().post(path, json=asked | {"reference": reference}), 422)
    made = ok(stage.office().post(path, json=asked | {"reference": "Refund 4711/a"}), 201)
    assert (made["state"], made["reference"]) == ("pending", "REFUND4711A")
    sent = f"/office/v1/refunds/{asked['id']}/sent"
    (owed,) = ok(stage.office().get("/office/v1/transfers"))
    assert (owed["tender_id"], owed["amount_minor"], owed["sent_at"]) == (asked["id"], 5000, None)
    stage.advance(timedelta(minutes=11))
    assert [t.id for t in waiting_for_a_person(stage)] == [asked["id"]]
    ok(stage.office().post(sent, json={"note": "from the bank's page"}), 204)
    stage.drain()
    (owed,) = ok(stage.office().get("/office/v1/transfers"))
    assert (owed["sent_note"], owed["sent_at"] is None) == ("from the bank's page", False)
    assert waiting_for_a_person(stage) == ()
    assert "clearing_transfer" not in balances(stage)
    (instead,) = stage.program.db.read_now(tenders_named, stage.seed.brand_id, [asked["id"]]).values()
    # Another amount is not it, and money that came in with its reference is not it either.
    shown_on_statement(stage, instead, 4999)
    shown_on_statement(stage, replace(instead, direction="in"))
    assert one(stage, "SELECT state FROM tender WHERE rail = 'transfer'") == "pending"
    for _ in range(2):
        shown_on_statement(stage, instead)
    assert balances(stage)["clearing_transfer"] == 5000
    assert ok(stage.office().get("/office/v1/transfers")) == []
    assert ok(stage.office().post(sent, json={}), 409)["code"] == "tenders.not_pending"
    assert ok(stage.office().post(f"/office/v1/refunds/{refused}/sent", json={}), 404)["code"] == (
        "tenders.not_found"
    )
    evidence = rows(stage, f"SELECT kind FROM tender_evidence WHERE tender_id = '{asked['id']}' ORDER BY seq")
    assert evidence == [("sent",), ("billed",)]
    seen = ok(stage.office().get("/office/v1/differences"))
    mine = sorted((d["kind"], d["amount_minor"]) for d in seen if d["provider"] == "transfer")
    assert mine == [("missing_here", 5000), ("outgoing_unknown", 4999)]
    assert ledger_is_balanced(stage)


def test_what_the_bank_showed_before_it_was_approved_is_found_again(stage: Stage) -> None:
    """Somebody sent the money first and wrote it down afterwards: the row waits as a difference until then."""
    refused = refused_refund(stage)
    day = stage.clock.now().date()
    csv = f"date,amount,reference\n{day},-50.00,Refund 4711\n"
    (told,) = ok(stage.office().post("/office/v1/statements", content=csv.encode()))
    assert [(d["finding"], d["cure"]) for d in told["differences"]] == [("outgoing_unknown", "name_it")]
    asked = {"id": new_id("tnd"), "rail": "transfer", "reason": "Window over", "reference": "refund-4711"}
    ok(stage.office().post(f"/office/v1/refunds/{refused}/replacement", json=asked), 201)
    assert one(stage, "SELECT state FROM tender WHERE rail = 'transfer'") == "captured"
    assert [d for d in ok(stage.office().get("/office/v1/differences")) if d["provider"] == "transfer"] == []


def test_only_what_was_refused_for_good_goes_by_another_rail(stage: Stage) -> None:
    app, account = wallet_app(stage)
    body = sale_of(stage)
    body["tenders"] = [{**body["tenders"][0], "rail": "wallet", "auth_code": payment_code(app, account)}]
    sell(stage, body)
    refund = allow(stage, body["id"], 100)["refunds"][0]["tender_id"]
    asked = {"id": new_id("tnd"), "rail": "cash", "reason": "?"}
    for tender_id, status in ((refund, 409), (body["tenders"][0]["id"], 404), (new_id("tnd"), 404)):
        ok(stage.office().post(f"/office/v1/refunds/{tender_id}/replacement", json=asked), status)


def test_without_the_receipt_a_member_finds_what_may_come_back(stage: Stage) -> None:
    who = buyer(stage)
    body = sale_of(stage, who)
    sell(stage, body)
    sell(stage, sale_of(stage))  # nobody's
    path = "/register/v1/members/sales"

    def found() -> list[dict[str, Any]]:
        return list(ok(stage.register.post(path, json={"member_code": who.member_code()}))["sales"])

    assert [(s["sale_id"], s["is_returnable"]) for s in found()] == [(body["id"], True)]
    take_back(stage, found()[0]["sale_id"], {1: 1, 2: 2, 3: 1})
    assert found() == []
    second = sale_of(stage, who, coupons=[])
    sell(stage, second)
    assert [s["sale_id"] for s in found()] == [second["id"]]
    stage.advance(timedelta(days=15))
    assert found() == []
    code = who.member_code()
    withdrawn = who.phone.delete(f"/shop/v1/brands/{stage.seed.brand_id}/consents/service")
    assert withdrawn.status_code in (200, 204), withdrawn.text
    assert stage.register.post(path, json={"member_code": code}).status_code == 404
