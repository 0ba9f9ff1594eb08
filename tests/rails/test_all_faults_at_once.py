"""A register's day at a provider where everything goes wrong now and then: every payment ends as the provider knows it."""

from highstreet.rooms.tenders.model import RailAnswer
from highstreet.rooms.tenders.rails.port import PayOrder, RefundOrder
from tests.rails.stand import Stand

SOME = {
    "timeout_before_effect": 0.08,
    "timeout_after_effect": 0.08,
    "answer_unknown": 0.08,
    "answer_twice": 0.08,
    "error_500": 0.08,
    "malformed_body": 0.08,
    "bad_signature": 0.08,
}
PATIENCE = 60


def settle(stand: Stand, order: PayOrder, answer: RailAnswer) -> str:
    """What flows/charge_sale.py does: ask once more, then call back until the provider confirms."""
    if answer.outcome not in ("paid", "declined", "reversed"):
        answer = stand.query(order)
    for _ in range(PATIENCE):
        if answer.outcome in ("paid", "declined", "reversed"):
            return answer.outcome
        answer = stand.reverse(order)
    raise AssertionError(f"never confirmed: {answer}")


def give_back(stand: Stand, refund: RefundOrder) -> None:
    """A refund is owed: it is asked for until it is done."""
    for _ in range(PATIENCE):
        if stand.run(stand.rail.refund(refund)).outcome == "refunded":
            return
    raise AssertionError("never refunded")


def test_every_payment_ends_as_the_provider_knows_it(stand: Stand) -> None:
    payer = stand.payer()
    dial = {"seed": 11, "hang_s": 0, "pay": SOME, "query": SOME, "reverse": SOME, "refund": SOME}
    kept: dict[str, int] = {}
    orders = [stand.order() for _ in range(40)]
    for position, order in enumerate(orders):
        stand.sim("PUT", "/sim/faults", dial | {"seed": position})
        answer = stand.pay(order, payer)
        outcome = settle(stand, order, answer)
        kept[order.tender_id] = 1230 if outcome == "paid" else 0
        if outcome == "paid" and position % 3 == 0:
            give_back(stand, stand.refund_of(order, 230, answer.provider_ref))
            kept[order.tender_id] -= 230
    stand.sim("DELETE", "/sim/faults")
    assert {order.tender_id: stand.moved(order) for order in orders} == kept
    assert payer.balance() == 1_000_000 - sum(kept.values())
    assert 0 < sum(1 for minor in kept.values() if minor) < len(orders)
