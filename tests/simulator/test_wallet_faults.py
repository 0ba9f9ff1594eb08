"""The simulated wallet misbehaving: each fault on calls and notices, and all of them at once."""

import json
import time

import httpx
import pytest

from highstreet_simulator.provider.faults import FaultDial, FaultDrawer, NextFault
from highstreet_simulator.wallet import signing
from highstreet_simulator.wallet.peers import Inbox, Json, Merchant, Payer
from tests.patience import until

# Faults on calls ----------------------------------------------------------------------------------


def test_a_payment_that_timed_out_before_its_effect_is_not_found(merchant: Merchant, payer: Payer) -> None:
    order = merchant.order(payer)
    merchant.next_fault("pay", "timeout_before_effect", seconds=0)
    with pytest.raises(httpx.RemoteProtocolError):
        merchant.call("POST", "/v1/pay/code", order)
    assert merchant.query(order["out_trade_no"], 404)["trade_state"] == "not_found"
    assert merchant.call("POST", "/v1/pay/code", order)["trade_state"] == "paid"


def test_a_payment_that_timed_out_after_its_effect_is_paid_without_notice(
    merchant: Merchant, payer: Payer, inbox: Inbox
) -> None:
    order = merchant.order(payer)
    merchant.next_fault("pay", "timeout_after_effect")
    with pytest.raises(httpx.ReadTimeout):
        merchant.send("POST", "/v1/pay/code", order, timeout=0.2)
    assert merchant.query(order["out_trade_no"])["trade_state"] == "paid"
    assert inbox.got == []


def test_hanging_ends_with_a_cut_connection(merchant: Merchant) -> None:
    merchant.next_fault("query", "timeout_before_effect", seconds=0.2)
    began = time.monotonic()
    with pytest.raises(httpx.RemoteProtocolError):
        merchant.query("X")
    assert 0.15 < time.monotonic() - began < 10


@pytest.mark.parametrize(("effect", "after"), [(True, "paid"), (False, None)])
@pytest.mark.parametrize("fault", ["answer_unknown", "error_500"])
def test_unknown_and_500_leave_it_open(
    merchant: Merchant, payer: Payer, fault: str, effect: bool, after: str | None
) -> None:
    order = merchant.order(payer)
    merchant.next_fault("pay", fault, effect=effect)
    answer = merchant.call("POST", "/v1/pay/code", order, 200 if fault == "answer_unknown" else 500)
    assert answer["code"] == "system_error"
    assert answer.get("trade_state") == ("unknown" if fault == "answer_unknown" else None)
    found = merchant.query(order["out_trade_no"], 200 if after else 404)
    assert found["trade_state"] == (after or "not_found")


def test_unknown_answers_of_the_other_operations(merchant: Merchant, payer: Payer) -> None:
    number = merchant.pay(payer)["out_trade_no"]
    merchant.next_fault("query", "answer_unknown")
    assert merchant.query(number)["trade_state"] == "unknown"
    merchant.next_fault("refund", "answer_unknown")
    assert merchant.refund(number, "R1", 30)["refund_state"] == "unknown"
    assert merchant.refund(number, "R1", 30)["refund_state"] == "done"
    other = merchant.pay(payer)["out_trade_no"]
    merchant.next_fault("reverse", "answer_unknown", effect=False)
    unknown = merchant.reverse(other)
    assert (unknown["trade_state"], unknown["retry_flag"]) == ("unknown", "Y")
    assert merchant.reverse(other)["retry_flag"] == "N"
    assert payer.balance() == 100_000 - 1230 + 30


def test_answered_twice_counts_once_and_tells_twice(
    merchant: Merchant, payer: Payer, asker: Payer, inbox: Inbox
) -> None:
    merchant.next_fault("pay", "answer_twice")
    paid = merchant.pay(payer)["out_trade_no"]
    assert payer.balance() == 98_770
    merchant.next_fault("refund", "answer_twice")
    merchant.refund(paid, "R1", 230)
    assert payer.balance() == 99_000
    inbox.wait(2)
    assert inbox.bodies()[0] == inbox.bodies()[1]
    merchant.next_fault("pay", "answer_twice")
    asker.post("/confirm", {"out_trade_no": merchant.pay(asker)["out_trade_no"]})
    inbox.wait(4)
    assert inbox.bodies()[2]["id"] == inbox.bodies()[3]["id"]
    assert asker.balance() == 98_770


def test_malformed_bodies_and_bad_signatures_come_with_the_effect(merchant: Merchant, payer: Payer) -> None:
    order = merchant.order(payer)
    merchant.next_fault("pay", "malformed_body")
    answer = merchant.send("POST", "/v1/pay/code", order)
    signing.verify_answer(merchant.platform_key, answer.headers, answer.content)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    merchant.next_fault("query", "bad_signature")
    with pytest.raises(signing.SignatureWrong):
        merchant.query(order["out_trade_no"])
    assert merchant.query(order["out_trade_no"])["trade_state"] == "paid"


def test_late_success_is_paid_after_a_query_said_paying(
    merchant: Merchant, payer: Payer, inbox: Inbox
) -> None:
    merchant.next_fault("pay", "late_success", seconds=20)
    trade = merchant.pay(payer)
    number = trade["out_trade_no"]
    assert trade["trade_state"] == merchant.query(number)["trade_state"] == "paying"
    assert payer.balance() == 100_000
    merchant.move_clock(21)
    assert merchant.query(number)["trade_state"] == "paid"
    inbox.wait(1)
    assert inbox.bodies()[0]["type"] == "trade.paid"


def test_late_success_loses_to_the_closing_time_and_to_a_reversal(merchant: Merchant, payer: Payer) -> None:
    merchant.next_fault("pay", "late_success", seconds=50)
    merchant.next_fault("pay", "late_success", seconds=20)
    closed, reversed_ = merchant.pay(payer)["out_trade_no"], merchant.pay(payer)["out_trade_no"]
    assert merchant.reverse(reversed_)["action"] == "close"
    merchant.move_clock(60)
    assert merchant.query(closed)["trade_state"] == "closed"
    assert merchant.query(reversed_)["trade_state"] == "reversed"
    assert payer.balance() == 100_000


def test_a_payment_landing_just_before_the_reversal_is_refunded(merchant: Merchant, asker: Payer) -> None:
    number = merchant.pay(asker)["out_trade_no"]
    merchant.next_fault("reverse", "late_success", seconds=0)
    assert merchant.reverse(number)["action"] == "refund"
    assert asker.balance() == 100_000


def test_a_payment_landing_after_the_reversal_can_be_reversed_again(
    merchant: Merchant, asker: Payer, inbox: Inbox
) -> None:
    number = merchant.pay(asker)["out_trade_no"]
    merchant.next_fault("reverse", "late_success", seconds=10)
    assert merchant.reverse(number)["action"] == "close"
    merchant.move_clock(11)
    assert merchant.query(number)["trade_state"] == "paid"
    assert asker.balance() == 98_770
    inbox.wait(2)
    assert {notice["type"] for notice in inbox.bodies()} == {"trade.closed", "trade.paid"}
    assert merchant.reverse(number)["action"] == "refund"
    assert asker.balance() == 100_000


def test_a_late_refund_is_processing_first(merchant: Merchant, payer: Payer, inbox: Inbox) -> None:
    number = merchant.pay(payer, 1000)["out_trade_no"]
    merchant.next_fault("refund", "late_success", seconds=30)
    assert merchant.refund(number, "R1", 600)["refund_state"] == "processing"
    assert merchant.refund(number, "R2", 401, 409)["refundable"] == 400
    assert payer.balance() == 99_000
    merchant.move_clock(31)
    assert merchant.call("GET", "/v1/refunds/R1")["refund_state"] == "done"
    assert payer.balance() == 99_600
    inbox.wait(1)


# Faults on notices --------------------------------------------------------------------------------


def confirmed(merchant: Merchant, asker: Payer) -> str:
    number = str(merchant.pay(asker, 10)["out_trade_no"])
    asker.confirm(number)
    return number


def test_notices_are_retried_until_2xx(merchant: Merchant, asker: Payer, inbox: Inbox) -> None:
    inbox.refusals = 2
    confirmed(merchant, asker)

    def mine() -> list[tuple[dict[str, str], bytes]]:
        # On a busy machine another test's merchant may still be told something here.
        return [(headers, body) for headers, body in inbox.got if merchant.merchant_id.encode() in body]

    until(lambda: len(mine()) >= 3)
    time.sleep(0.3)
    assert len(mine()) == 3
    assert len({body for _, body in mine()}) == 1
    assert len({headers["Wallet-Nonce"] for headers, _ in mine()}) == 3


def test_a_notice_is_given_up_and_can_be_asked_for_again(
    merchant: Merchant, asker: Payer, inbox: Inbox
) -> None:
    inbox.refusals = 4
    confirmed(merchant, asker)
    inbox.wait(4)
    until(lambda: fate(merchant) == ["given_up"])
    merchant.sim("POST", "/sim/notices/retry")
    inbox.wait(5)
    until(lambda: fate(merchant) == ["delivered"])


def test_waiting_notices_survive_that_the_merchant_takes_its_url_away(
    merchant: Merchant, asker: Payer, inbox: Inbox
) -> None:
    inbox.refusals = 1
    confirmed(merchant, asker)
    inbox.wait(1)
    merchant.register(None)
    time.sleep(0.2)
    assert (fate(merchant), len(inbox.got)) == (["waiting"], 1)
    merchant.register(inbox.url)
    inbox.wait(2)


def test_dropped_duplicated_and_badly_signed_notices(merchant: Merchant, asker: Payer, inbox: Inbox) -> None:
    merchant.next_fault("notice", "drop_notice")
    confirmed(merchant, asker)
    until(lambda: fate(merchant) == ["dropped"])
    merchant.next_fault("notice", "duplicate_notice")
    confirmed(merchant, asker)
    first, second = inbox.wait(2)
    assert first[1] == second[1]
    inbox.refusals = 1  # What a merchant does that finds a wrong signature.
    merchant.next_fault("notice", "bad_signature")
    confirmed(merchant, asker)
    inbox.wait(4)
    with pytest.raises(signing.SignatureWrong):
        signing.verify_answer(merchant.platform_key, *inbox.got[2])
    signing.verify_answer(merchant.platform_key, *inbox.got[3])
    inbox.refusals = 1
    merchant.next_fault("notice", "malformed_body")
    confirmed(merchant, asker)
    inbox.wait(6)
    with pytest.raises(json.JSONDecodeError):
        json.loads(inbox.got[4][1])
    json.loads(inbox.got[5][1])


def test_reordered_notices(merchant: Merchant, asker: Payer, inbox: Inbox) -> None:
    merchant.next_fault("notice", "reorder_notices", seconds=30)
    first = confirmed(merchant, asker)
    until(lambda: fate(merchant) == ["held"])
    second = confirmed(merchant, asker)
    inbox.wait(2)
    assert [notice["resource"]["out_trade_no"] for notice in inbox.bodies()] == [second, first]


def test_the_dial_switches_notices(merchant: Merchant, payer: Payer, asker: Payer, inbox: Inbox) -> None:
    merchant.sim(
        "PUT", "/sim/faults", {"send_notices": {"sync_code": True, "paying": False, "refund": False}}
    )
    confirmed(merchant, asker)
    number = merchant.pay(payer)["out_trade_no"]
    merchant.refund(number, "R1", 5)
    inbox.wait(1)
    time.sleep(0.1)
    assert [(notice["type"], notice["resource"]["out_trade_no"]) for notice in inbox.bodies()] == [
        ("trade.paid", number)
    ]


def fate(merchant: Merchant) -> list[str]:
    listed = merchant.sim("GET", "/sim/notices")["notices"]
    return [notice["state"] for notice in listed if notice["merchant_id"] == merchant.merchant_id]


# The dial -----------------------------------------------------------------------------------------


def test_the_same_seed_draws_the_same_faults() -> None:
    dial = FaultDial.model_validate(
        {
            "seed": 5,
            "pay": {"answer_unknown": 0.3, "error_500": 0.3, "delay_ms": [1, 9]},
            "query": {"error_500": 1},
        }
    )
    one, two = FaultDrawer(dial), FaultDrawer(dial)
    drawn = [one.draw("pay") for _ in range(200)]
    for fault in drawn:
        two.draw("query")  # Another operation's draws do not matter.
        assert two.draw("pay") == fault
    kinds = [fault.kind for fault in drawn]
    assert 40 < kinds.count("answer_unknown") < 80
    assert 50 < kinds.count("none") < 110
    assert all(0.001 <= fault.delay_s <= 0.009 for fault in drawn)
    one.add_next(NextFault(operation="query", fault="bad_signature"))
    assert [one.draw("query").kind for _ in range(2)] == ["bad_signature", "error_500"]


def test_wrong_dials_are_refused(merchant: Merchant) -> None:
    for dial in (
        {"pay": {"drop_notice": 0.1}},
        {"pay": {"error_500": 0.6, "answer_twice": 0.6}},
        {"pay": {"no_such_fault": 0.1}},
        {"query": {"delay_ms": [9, 1]}},
    ):
        assert merchant.http.put("/sim/faults", json=dial).status_code == 400
    wrong = {"operation": "notice", "fault": "late_success"}
    assert merchant.http.post("/sim/faults/next", json=wrong).status_code == 400


def test_under_every_fault_at_once_querying_and_reversing_settles_everything(
    merchant: Merchant, inbox: Inbox
) -> None:
    """What a till does: pay; when the answer is not sure, query; then reverse until confirmed."""
    some = {
        "timeout_before_effect": 0.1,
        "timeout_after_effect": 0.1,
        "answer_unknown": 0.1,
        "answer_twice": 0.1,
        "error_500": 0.1,
        "malformed_body": 0.1,
        "bad_signature": 0.1,
    }
    dial = {"seed": 3, "hang_s": 0, "pay": some, "query": some, "reverse": some}
    payers_ = [Payer(merchant.http) for _ in range(4)]
    orders = [merchant.order(payers_[position % 4], number=f"F{position}") for position in range(4)]
    merchant.sim("PUT", "/sim/faults", dial)

    def surely(method: str, target: str, body: Json | None = None) -> Json | None:
        try:
            answer = merchant.send(method, target, body)
            signing.verify_answer(merchant.platform_key, answer.headers, answer.content)
            value: Json = answer.json()
        except (httpx.HTTPError, signing.SignatureWrong, json.JSONDecodeError):
            return None
        return None if answer.status_code == 500 or value.get("trade_state") == "unknown" else value

    outcomes: dict[str, int] = {}
    for position in range(40):
        payer = payers_[position % 4]
        order = orders[position] if position < 4 else merchant.order(payer, number=f"F{position}")
        number = order["out_trade_no"]
        answer = surely("POST", "/v1/pay/code", order) or surely("GET", f"/v1/trades/{number}")
        if answer is None or answer["trade_state"] != "paid":
            while (reversal := surely("POST", f"/v1/trades/{number}/reverse")) is None:
                pass
            assert reversal["retry_flag"] == "N"
            outcomes[number] = 0
        else:
            outcomes[number] = 1230
    merchant.sim("DELETE", "/sim/faults")
    true_net = {
        trade["out_trade_no"]: trade["amount"]["total"] - trade["amount"]["refunded"]
        if trade["paid_at"]
        else 0
        for trade in merchant.truth()
    }
    assert true_net == outcomes
    assert sum(payer.balance() for payer in payers_) == 400_000 - sum(outcomes.values())
