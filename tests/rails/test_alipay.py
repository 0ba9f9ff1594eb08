"""What holds at Alipay beyond the contract of all rails."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from highstreet.rooms.tenders.model import QrShown
from highstreet_simulator.wallet.peers import Inbox
from tests.rails.kinds import KINDS
from tests.rails.stand import Stand


@pytest.fixture(scope="module")
def alipay() -> Iterator[Stand]:
    inbox = Inbox()
    stand = Stand(next(kind for kind in KINDS if kind.name == "alipay"), inbox)
    yield stand
    stand.close()
    inbox.close()


@pytest.fixture
def stand(alipay: Stand) -> Iterator[Stand]:
    yield alipay
    alipay.sim("DELETE", "/sim/faults")
    alipay.sim("POST", "/sim/clock", {"offset_s": 0})


def test_a_late_success_that_the_bill_shows_goes_back_after_a_day(stand: Stand) -> None:
    """Cancelling is over after 24 hours; the refund in its place is given once, and the bill shows a reversal."""
    payer, order = stand.payer(), stand.order()
    assert stand.pay(order, payer).outcome == "paid"
    stand.sim("POST", "/sim/clock", {"offset_s": 90_000})
    stand.next_fault("refund", "timeout_after_effect", seconds=0)
    assert stand.reverse(order).outcome == "unknown"
    assert stand.reverse(order).outcome == "reversed"
    assert stand.query(order).outcome == "reversed"
    assert (stand.moved(order), payer.balance()) == (0, 1_000_000)
    day = datetime.fromisoformat(stand.sim("GET", "/sim/state")["day"]).date()
    lines = stand.rail.parse_bill(stand.run(stand.rail.fetch_bill(day)))
    ours = [(line.kind, line.amount_minor) for line in lines if line.our_ref == order.tender_id]
    assert ("reversed", 1230) in ours


def test_what_was_refunded_in_part_is_not_reversed(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    ref = stand.pay(order, payer).provider_ref
    assert stand.run(stand.rail.refund(stand.refund_of(order, 230, ref))).outcome == "refunded"
    answer = stand.reverse(order)
    assert (answer.outcome, answer.reason) == ("unknown", "ACQ.REASON_TRADE_REFUND_FEE_ERR")
    assert stand.moved(order) == 1000


def test_a_qr_that_was_called_back_cannot_be_paid(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    shown = stand.run(stand.rail.show_qr(order))
    assert isinstance(shown, QrShown)
    assert stand.reverse(order).outcome == "reversed"
    payer.post("/scan", {"code_url": shown.code_url}, 409)
    assert stand.query(order).outcome == "not_found"
    assert stand.moved(order) == 0


def test_a_qr_ends_by_itself_soon_after_we_gave_up(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    shown = stand.run(stand.rail.show_qr(order))
    assert isinstance(shown, QrShown)
    assert shown.expires_at > order.created_at + timedelta(seconds=stand.rail.timing.call_back_qr_s)
    stand.sim("POST", "/sim/clock", {"offset_s": (shown.expires_at - datetime.now(UTC)).total_seconds() + 1})
    payer.post("/scan", {"code_url": shown.code_url}, 409)


def test_a_refund_under_way_is_asked_for_again(stand: Stand) -> None:
    payer, order = stand.payer(), stand.order()
    ref = stand.pay(order, payer).provider_ref
    refund = stand.refund_of(order, 230, ref)
    stand.next_fault("refund", "late_success", seconds=30)
    first = stand.run(stand.rail.refund(refund))
    assert (first.outcome, first.reason) == ("unknown", "fund_change_n")
    assert stand.run(stand.rail.query_refund(refund)).outcome == "not_found"
    stand.sim("POST", "/sim/clock", {"offset_s": 31})
    assert stand.run(stand.rail.refund(refund)).outcome == "refunded"
    assert stand.moved(order) == 1000


def test_an_empty_day_has_an_empty_bill(stand: Stand) -> None:
    content = stand.run(stand.rail.fetch_bill(datetime(2026, 1, 1, tzinfo=UTC).date()))
    assert stand.rail.parse_bill(content) == []
