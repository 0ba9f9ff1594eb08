"""What a rail with card readers promises (port.ReaderRail), under each fault of the dial."""

from typing import cast

import pytest

from highstreet.rooms.tenders.model import RailAnswer
from highstreet.rooms.tenders.rails.port import PayOrder, ReaderRail
from highstreet_simulator.provider.faults import COMMON
from highstreet_simulator.wallet.peers import Payer
from tests.rails.stand import Stand
from tests.rails.test_contract import ENDED, agrees, next_fault

OF_A_CALL = (*COMMON, "answer_unknown")


@pytest.fixture
def reader(stand: Stand) -> str:
    """A new reader at the counter."""
    if "reader" not in stand.rail.ways or stand.kind.add_reader is None:
        pytest.skip("this rail has no readers")
    return stand.kind.add_reader(stand)


def begin(stand: Stand, order: PayOrder, reader: str) -> RailAnswer:
    return stand.run(cast(ReaderRail, stand.rail).pay_on_reader(order, reader))


def tap(payer: Payer, reader: str, status: int = 200) -> None:
    payer.post("/tap", {"reader_id": reader}, status)


def is_idle(stand: Stand, reader: str) -> bool:
    """Whether a new payment can begin there."""
    order = stand.order()
    begun = begin(stand, order, reader).outcome == "paying"
    assert stand.reverse(order).outcome == "reversed"
    return begun


def test_a_card_is_charged_once_however_often_it_is_asked(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(), stand.order()
    begun = begin(stand, order, reader)
    assert (begun.outcome, begun.evidence["amount_minor"]) == ("paying", 1230)
    assert begun.provider_ref
    assert begin(stand, order, reader).outcome == "paying"
    assert stand.query(order).outcome == "paying"
    tap(payer, reader)
    for _ in range(2):
        assert stand.query(order).outcome == "paid"
    again = begin(stand, order, reader)
    assert (again.outcome, again.provider_ref) == ("paid", begun.provider_ref)
    tap(payer, reader, 409)
    assert stand.moved(order) == 1230
    assert payer.balance() == 1_000_000 - 1230
    assert stand.reverse(order).outcome == "reversed"
    assert stand.query(order).outcome == "reversed"
    assert stand.moved(order) == 0


def test_a_declined_card_ends_the_tender_and_frees_the_reader(stand: Stand, reader: str) -> None:
    poor, rich = stand.payer(100), stand.payer()
    order = stand.order()
    assert begin(stand, order, reader).outcome == "paying"
    tap(poor, reader)
    answer = stand.query(order)
    assert (answer.outcome, answer.reason) == ("declined", "insufficient_funds")
    tap(rich, reader, 409)
    assert stand.query(order).outcome == "declined"
    assert stand.moved(order) == 0
    risky = stand.order()
    stand.next_fault("pay", "none")
    next_fault(stand, "pay", "decline_risk")
    assert begin(stand, risky, reader).outcome == "paying"
    tap(rich, reader)
    assert stand.query(risky).outcome == "declined"
    assert stand.moved(risky) == 0
    assert is_idle(stand, reader)


def test_a_holder_who_presses_cancel_ends_the_tender(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(), stand.order()
    assert begin(stand, order, reader).outcome == "paying"
    payer.post("/tap", {"reader_id": reader, "how": "cancel"})
    answer = stand.query(order)
    assert (answer.outcome, answer.reason) == ("declined", "customer_canceled")
    tap(payer, reader, 409)
    assert stand.query(order).outcome == "declined"
    assert is_idle(stand, reader)


def test_a_card_that_wants_its_pin_is_not_given_up(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(), stand.order()
    assert begin(stand, order, reader).outcome == "paying"
    payer.post("/tap", {"reader_id": reader, "how": "needs_pin"})
    assert stand.query(order).outcome == "paying"
    tap(payer, reader)
    assert stand.query(order).outcome == "paid"
    assert stand.moved(order) == 1230


def test_a_reader_that_cannot_is_a_declined_payment(stand: Stand, reader: str) -> None:
    first, second, third, fourth = (stand.order() for _ in range(4))
    assert begin(stand, first, reader).outcome == "paying"
    busy = begin(stand, second, reader)
    assert busy.outcome == "declined"
    assert stand.query(first).outcome == "paying"
    stand.sim("PUT", f"/sim/readers/{reader}", {"is_online": False})
    assert begin(stand, third, reader).outcome == "declined"
    stand.sim("PUT", f"/sim/readers/{reader}", {"is_online": True})
    assert begin(stand, fourth, "tmr_nobodys").outcome == "declined"
    for order in (second, third, fourth):
        assert stand.query(order).outcome == "declined"
    tap(stand.payer(), reader)
    assert stand.query(first).outcome == "paid"
    assert [stand.moved(order) for order in (first, second, third, fourth)] == [1230, 0, 0, 0]


def test_a_card_that_needs_its_holder_s_word_is_waited_for(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(confirm_mode="ask"), stand.order()
    ref = begin(stand, order, reader).provider_ref
    tap(payer, reader)
    assert stand.query(order).outcome == "paying"
    payer.confirm(str(ref))
    assert stand.query(order).outcome == "paid"
    assert stand.moved(order) == 1230


def test_a_reversal_stops_the_reader(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(), stand.order()
    assert begin(stand, order, reader).outcome == "paying"
    assert stand.reverse(order).outcome == "reversed"
    tap(payer, reader, 409)
    assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    assert is_idle(stand, reader)


def test_a_card_that_gets_through_before_the_reversal_goes_back(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(confirm_mode="ask"), stand.order()
    assert begin(stand, order, reader).outcome == "paying"
    tap(payer, reader)
    stand.next_fault("reverse", "late_success", seconds=0)
    assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000


@pytest.mark.parametrize("fault", OF_A_CALL)
@pytest.mark.parametrize("nth", [1, 2])
def test_a_payment_under_a_fault_ends_as_the_provider_knows_it(
    stand: Stand, reader: str, fault: str, nth: int
) -> None:
    """The first call makes the payment, the second hands it to the reader; either may be lost."""
    payer, order = stand.payer(), stand.order()
    for _ in range(nth - 1):
        stand.next_fault("pay", "none")
    next_fault(stand, "pay", fault)
    begun = begin(stand, order, reader)
    assert begun.outcome in ("paying", "unknown")
    asked = stand.query(order)
    assert asked.outcome in ("paying", "not_found")
    again = begin(stand, order, reader)
    assert again.outcome in ("paying", "unknown")
    if again.outcome == "paying":
        tap(payer, reader)
        asked = stand.query(order)
        assert asked.outcome in ENDED
        assert agrees(stand, order, asked.outcome)
    assert stand.reverse(order).outcome in ("reversed", "declined")
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000
    assert is_idle(stand, reader)


@pytest.mark.parametrize("fault", OF_A_CALL)
def test_calling_back_under_a_fault(stand: Stand, reader: str, fault: str) -> None:
    payer, order = stand.payer(), stand.order()
    assert begin(stand, order, reader).outcome == "paying"
    next_fault(stand, "reverse", fault)
    assert stand.reverse(order).outcome in ("reversed", "unknown")
    assert stand.reverse(order).outcome == "reversed"
    tap(payer, reader, 409)
    assert stand.moved(order) == 0


def test_a_success_that_comes_late_is_heard_of(stand: Stand, reader: str) -> None:
    payer, order = stand.payer(), stand.order()
    stand.next_fault("pay", "none")
    stand.next_fault("pay", "late_success", seconds=60)
    assert begin(stand, order, reader).outcome == "paying"
    tap(payer, reader)
    assert stand.query(order).outcome == "paying"
    assert stand.reverse(order).outcome == "unknown"  # it is on its way: nobody can stop it
    stand.sim("POST", "/sim/clock", {"offset_s": 61})
    assert stand.query(order).outcome == "paid"
    assert stand.reverse(order).outcome == "reversed"
    assert stand.moved(order) == 0
    assert payer.balance() == 1_000_000
