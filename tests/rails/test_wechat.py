"""The connector to WeChat Pay against the simulator: what the contract of all rails does not ask for."""

import asyncio
import json
import secrets
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from highstreet.kernel.errors import Refusal
from highstreet.rooms.tenders.model import Notice, QrShown
from highstreet.rooms.tenders.rails.port import PayOrder
from highstreet.rooms.tenders.rails.wechat import WechatRail
from highstreet.rooms.tenders.rails.wechat_wire import reversal_no
from highstreet_simulator.wallet.peers import Inbox, Payer
from highstreet_simulator.wechat.face import WeChatPay
from tests.patience import PATIENCE_S
from tests.rails.kinds import connect_wechat, wechat_account
from tests.rails.stand import Kind, Stand
from tests.wechat_merchant import MERCHANT_CERTIFICATE


@pytest.fixture(scope="module")
def running() -> Iterator[Stand]:
    inbox = Inbox()
    stand = Stand(Kind("wechat", WeChatPay, connect_wechat), inbox)
    yield stand
    stand.close()
    inbox.close()


@pytest.fixture
def stand(running: Stand) -> Iterator[Stand]:
    yield running
    running.sim("DELETE", "/sim/faults")
    running.sim("POST", "/sim/clock", {"offset_s": 0})
    assert running.sim("GET", "/sim/state")["is_conserved"] is True


def show(stand: Stand, order: PayOrder) -> QrShown:
    shown = stand.run(stand.rail.show_qr(order))
    assert isinstance(shown, QrShown)
    return shown


def pay_qr(stand: Stand, order: PayOrder) -> Payer:
    payer = stand.payer()
    payer.post("/scan", {"code_url": show(stand, order).code_url})
    return payer


def told(stand: Stand, number: str, count: int = 1, rail: WechatRail | None = None) -> list[Notice]:
    """So many notices about a tender, once they have come; read as of when they were signed."""
    give_up_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up_at:
        read = [
            (rail or stand.rail).read_notice(headers, body, signed_at(headers))
            for headers, body in list(stand.inbox.got)
        ]
        about = [notice for notice in read if notice is not None and notice.tender_id == number]
        if len(about) >= count:
            return about
        time.sleep(0.02)
    raise AssertionError(f"not {count} notices of {number}")


def signed_at(headers: dict[str, str]) -> datetime:
    return datetime.fromtimestamp(int(headers["Wechatpay-Timestamp"]), UTC)


# Reversals ----------------------------------------------------------------------------------------------


def test_a_qr_that_nobody_paid_is_closed(stand: Stand) -> None:
    order, late = stand.order(), stand.order()
    shown = show(stand, order)
    show(stand, late)
    ended = stand.reverse(order)
    assert (ended.outcome, ended.reason) == ("reversed", "close")
    assert stand.reverse(order).outcome == "declined"
    payer = stand.payer()
    payer.post("/scan", {"code_url": shown.code_url}, 409)
    stand.sim("POST", "/sim/clock", {"offset_s": 400})
    assert stand.query(late).outcome == "paying"  # Nobody can pay it any more, but it is not closed.
    assert stand.reverse(late).outcome == "reversed"
    assert stand.query(late).outcome == "declined"


def test_a_qr_that_was_paid_is_refunded(stand: Stand) -> None:
    order = stand.order()
    payer = pay_qr(stand, order)
    ended = stand.reverse(order)
    assert (ended.outcome, ended.reason) == ("reversed", "refund")
    assert stand.reverse(order).outcome == stand.query(order).outcome == "reversed"
    assert payer.balance() == 1_000_000
    notices = told(stand, order.tender_id, 2)
    assert sorted((n.kind, n.answer.outcome) for n in notices) == [("trade", "paid"), ("trade", "reversed")]
    lines = stand.rail.parse_bill(stand.run(stand.rail.fetch_bill(today(stand), is_early=True)))
    ours = [(line.kind, line.amount_minor) for line in lines if line.our_ref == order.tender_id]
    assert ours == [("paid", 1230), ("reversed", 1230)]
    assert reversal_no(order.tender_id) not in {line.our_ref for line in lines}


def test_a_refund_that_takes_its_time_confirms_a_reversal_later(stand: Stand) -> None:
    order = stand.order()
    payer = pay_qr(stand, order)
    stand.next_fault("refund", "late_success", seconds=60)
    assert (stand.reverse(order).reason, stand.query(order).reason) == ("reversal_unconfirmed",) * 2
    stand.sim("POST", "/sim/clock", {"offset_s": 61})
    assert stand.reverse(order).outcome == "reversed"
    assert payer.balance() == 1_000_000


def test_an_ordinary_refund_of_a_part_is_no_reversal(stand: Stand) -> None:
    order = stand.order()
    pay_qr(stand, order)
    assert stand.run(stand.rail.refund(stand.refund_of(order, 230))).outcome == "refunded"
    assert stand.query(order).outcome == "paid"
    assert (stand.reverse(order).outcome, stand.moved(order)) == ("unknown", 1000)


def test_a_number_never_seen_is_used_up(stand: Stand) -> None:
    """A payment request that arrives after its reversal takes nothing."""
    payer, order = stand.payer(), stand.order()
    ended = stand.reverse(order)
    assert (ended.outcome, ended.reason) == ("reversed", "close")
    late = stand.run(stand.rail.pay_by_code(order, payer.code()))
    assert (late.outcome, payer.balance()) == ("declined", 1_000_000)


@pytest.mark.parametrize("fault", ["timeout_before_effect", "timeout_after_effect", "error_500"])
def test_using_up_a_number_fails_and_is_tried_again(stand: Stand, fault: str) -> None:
    order = stand.order()
    stand.next_fault("pay", fault, seconds=0)
    assert stand.reverse(order).outcome == "unknown"
    assert stand.reverse(order).outcome in ("reversed", "declined")


def test_wechat_ends_a_code_payment_after_45_s(stand: Stand) -> None:
    payer, order = stand.payer(confirm_mode="ask"), stand.order()
    assert stand.pay(order, payer).outcome == "paying"
    stand.sim("POST", "/sim/clock", {"offset_s": 46})
    assert stand.query(order).outcome == "reversed"


def test_a_code_scanned_again_for_the_same_order_finds_it_paid(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    first = stand.pay(order, payer)
    again = stand.run(stand.rail.pay_by_code(order, payer.code()))
    assert (again.outcome, again.provider_ref) == ("paid", first.provider_ref)


def test_a_refund_is_open_until_it_is_done(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    stand.pay(order, payer)
    refund = stand.refund_of(order, 230)
    stand.next_fault("refund", "late_success", seconds=60)
    assert stand.run(stand.rail.refund(refund)).outcome == "paying"
    assert stand.run(stand.rail.query_refund(refund)).outcome == "paying"
    stand.sim("POST", "/sim/clock", {"offset_s": 61})
    assert stand.run(stand.rail.query_refund(refund)).outcome == "refunded"
    (notice,) = told(stand, refund.refund_tender_id)
    assert (notice.kind, notice.answer.outcome) == ("refund", "refunded")


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [("ABNORMAL", "unknown", "refund_abnormal"), ("CLOSED", "declined", "refund_closed")],
)
def test_a_refund_that_does_not_succeed(stand: Stand, status: str, outcome: str, reason: str) -> None:
    payer, order = stand.payer(), stand.order()
    stand.pay(order, payer)
    refund = stand.refund_of(order, 230)
    stand.next_fault("refund", "late_success", seconds=60)
    assert stand.run(stand.rail.refund(refund)).outcome == "paying"
    ending = {"merchant_id": stand.merchant_id, "out_refund_no": refund.refund_tender_id, "status": status}
    stand.sim("POST", "/sim/platform/refund-ends", ending)
    answer = stand.run(stand.rail.query_refund(refund))
    assert (answer.outcome, answer.reason) == (outcome, reason)
    (notice,) = told(stand, refund.refund_tender_id)
    assert (notice.kind, notice.answer.outcome) == ("refund", outcome)


def test_calls_beyond_the_limit_do_nothing(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    stand.sim("POST", "/sim/platform/limit", {"times": 1})
    refused = stand.pay(order, payer)
    assert (refused.outcome, refused.reason) == ("declined", "rail_refused")
    again = stand.order()
    assert stand.pay(again, payer).outcome == "paid"
    for ask in (stand.query, stand.reverse):
        stand.sim("POST", "/sim/platform/limit", {"times": 1})
        assert ask(again).outcome == "unknown"
    stand.sim("POST", "/sim/platform/limit", {"times": 1})
    refund = stand.refund_of(again, 230)
    assert stand.run(stand.rail.refund(refund)).outcome == "unknown"
    assert stand.run(stand.rail.refund(refund)).outcome == "refunded"


def test_under_every_fault_at_once_the_connector_says_what_is_true(stand: Stand) -> None:
    """What a till does: charge; if that is not clear, ask; if that is not clear, call back until confirmed."""
    faults = ("timeout_before_effect", "timeout_after_effect", "answer_unknown", "answer_twice")
    some = dict.fromkeys((*faults, "error_500", "malformed_body", "bad_signature", "clock_skew"), 0.08)
    dial = dict.fromkeys(("pay", "query", "reverse"), some)
    payers = [stand.payer() for _ in range(4)]
    stand.sim("PUT", "/sim/faults", {"seed": 11, "hang_s": 0, **dial})
    ended = {}
    for number in range(60):
        order = stand.order()
        answer = stand.pay(order, payers[number % 4])
        if answer.outcome not in ("paid", "declined"):
            answer = stand.query(order)
        while answer.outcome not in ("paid", "declined", "reversed"):
            answer = stand.reverse(order)
        ended[order.tender_id] = (order, answer.outcome)
    stand.sim("DELETE", "/sim/faults")
    assert {outcome for _, outcome in ended.values()} >= {"paid", "reversed"}
    for order, outcome in ended.values():
        assert stand.moved(order) == (1230 if outcome == "paid" else 0)


# Keys ---------------------------------------------------------------------------------------------------


@pytest.fixture
def rotating() -> Iterator[Stand]:
    """A platform of its own: whose certificates change would disturb the other tests' connector."""
    inbox = Inbox()
    stand = Stand(Kind("wechat", WeChatPay, connect_wechat), inbox)
    yield stand
    stand.close()
    inbox.close()


class Clock:
    """A clock that stands."""

    at_s = 1000.0

    def __call__(self) -> float:
        return self.at_s


def certified(stand: Stand, clock: Clock) -> WechatRail:
    """A connector with certificates, its own clock and an account of its own."""
    rail = wechat_account(stand, f"m{secrets.token_hex(5)}", None, clock=clock)
    stand.run(rail.open())
    return rail


def test_a_new_certificate_is_fetched_once_a_minute_at_most(rotating: Stand) -> None:
    clock, order = Clock(), rotating.order()
    rail = certified(rotating, clock)
    try:
        assert rotating.run(rail.query(order)).outcome == "not_found"
        rotating.sim("POST", "/sim/platform/rotate")
        assert rotating.run(rail.query(order)).reason == "signature_wrong"
        clock.at_s += 59
        assert rotating.run(rail.query(order)).reason == "signature_wrong"
        clock.at_s += 2
        assert rotating.run(rail.query(order)).outcome == "not_found"
        # Twice in a row: the one in force is no longer the one that we have, nor the one before.
        rotating.sim("POST", "/sim/platform/rotate")
        rotating.sim("POST", "/sim/platform/rotate")
        clock.at_s += 61
        assert rotating.run(rail.query(order)).outcome == "not_found"
    finally:
        rotating.run(rail.aclose())


def test_a_notice_signed_with_a_new_certificate_is_taken_once_it_was_fetched(rotating: Stand) -> None:
    clock, order = Clock(), rotating.order()
    rail = certified(rotating, clock)
    try:
        shown = rotating.run(rail.show_qr(order))
        assert isinstance(shown, QrShown)
        rotating.sim("POST", "/sim/platform/rotate")
        rotating.payer().post("/scan", {"code_url": shown.code_url})
        headers, body = rotating.inbox.wait(1)[0]
        with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
            rail.read_notice(headers, body, datetime.now(UTC))
        clock.at_s += 61
        assert rotating.run(rail.query(order)).outcome == "paid"
        (notice,) = told(rotating, order.tender_id, rail=rail)
        assert notice.answer.outcome == "paid"
    finally:
        rotating.run(rail.aclose())


def test_no_payment_waits_because_somebody_named_a_certificate(rotating: Stand) -> None:
    """Anybody can send a notice; while the certificates' address hangs, payments go on, and it is asked once."""
    clock, order = Clock(), rotating.order()
    rail = certified(rotating, clock)
    usual, asked, go_on = rail._send_unchecked, [], asyncio.Event()

    async def hanging(method: str, target: str, *more: Any) -> Any:
        if target == "/v3/certificates":
            asked.append(target)
            await go_on.wait()
        return await usual(method, target, *more)

    try:
        assert rotating.run(rail.query(order)).outcome == "not_found"
        rail._send_unchecked = hanging  # type: ignore[method-assign]
        for _ in range(2):
            clock.at_s += 61
            with pytest.raises(Refusal, match=r"tenders\.notice_forged"):
                rail.read_notice({"Wechatpay-Serial": "DEADBEEF"}, b"{}", datetime.now(UTC))
            assert rotating.run(rail.query(order)).outcome == "not_found"
            assert rotating.run(rail.query(order)).outcome == "not_found"
        assert len(asked) == 1
    finally:
        rotating.run(rail.aclose())


def test_certificates_sealed_for_another_are_none(stand: Stand) -> None:
    clock, order = Clock(), stand.order()
    rail = wechat_account(stand, f"m{secrets.token_hex(5)}", None, clock=clock)
    stand.register(rail.mchid, public_key=MERCHANT_CERTIFICATE, secret="x" * 32)
    try:
        with pytest.raises(Refusal, match=r"tenders\.rail_down"):
            stand.run(rail.open())
        answer = stand.run(rail.pay_by_code(order, stand.payer().code()))
        assert (answer.outcome, answer.reason) == ("declined", "rail_down")
        assert stand.run(rail.query(order)).outcome == "unknown"
    finally:
        stand.run(rail.aclose())


# Bills --------------------------------------------------------------------------------------------------


def today(stand: Stand) -> date:
    return date.fromisoformat(stand.sim("GET", "/sim/state")["day"])


def test_a_bill_before_its_time_and_of_a_day_without_movements(stand: Stand) -> None:
    with pytest.raises(Refusal, match=r"tenders\.bill_not_ready"):
        stand.run(stand.rail.fetch_bill(today(stand)))
    quiet = stand.run(stand.rail.fetch_bill(today(stand) - timedelta(days=30)))
    assert list(stand.rail.parse_bill(quiet)) == []


@pytest.mark.parametrize("fault", ["malformed_body", "bad_signature", "error_500", "timeout_after_effect"])
def test_a_file_that_is_not_whole_is_no_bill(stand: Stand, fault: str) -> None:
    stand.pay(stand.order(), stand.payer())
    stand.next_fault("bill", "none")  # The address comes, the file does not.
    # A kept connection that broke under a GET is made anew, once.
    stand.next_fault("bill", fault, seconds=0, times=2 if fault == "timeout_after_effect" else 1)
    with pytest.raises(Refusal, match=r"tenders\.(rail_down|bill_malformed)"):
        stand.run(stand.rail.fetch_bill(today(stand), is_early=True))


@pytest.mark.parametrize(("fault", "change"), [("missing_rows", -1), ("extra_rows", 1)])
def test_a_bill_may_lack_rows_or_have_strange_ones(stand: Stand, fault: str, change: int) -> None:
    stand.pay(stand.order(), stand.payer())
    stand.pay(stand.order(), stand.payer())

    def count() -> int:
        return len(stand.rail.parse_bill(stand.run(stand.rail.fetch_bill(today(stand), is_early=True))))

    before = count()
    stand.next_fault("bill", fault)
    assert (count() - before) * change > 0


def test_nothing_secret_or_personal_is_kept(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    auth_code = payer.code()
    answers = [
        stand.run(stand.rail.pay_by_code(order, auth_code)),
        stand.query(order),
        stand.run(stand.rail.refund(stand.refund_of(order, 1))),
        stand.reverse(order),
        stand.reverse(stand.order()),
    ]
    kept = json.dumps([answer.evidence for answer in answers])
    for word in (auth_code, "openid", "acc_", "BEGIN", "signature"):
        assert word not in kept
