"""Parties pay by statements: set off, once, clawed back after returns, owed again when it came back; on both databases."""

from datetime import timedelta

import pytest

from highstreet.flows.earnings import check_ledger
from highstreet.flows.pay_parties import EndPayment, PayByStatements, finish_payment, pay_by_statements
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, balances, post_transfers
from highstreet.rooms.settlements import Payment, PaymentState, Statement, settlements_of
from highstreet_recompute import recompute
from tests.flows.test_make_statements import settle
from tests.fronts.office_town import Town, town  # noqa: F401
from tests.fronts.test_statement_whole import download


def newest(town: Town) -> str:  # noqa: F811
    return town.program.db.read_now(settlements_of, town.seed.brand_id)[0].id


def pay(town: Town, settlement_id: str | None = None) -> list[Payment]:  # noqa: F811
    command = PayByStatements(town.seed.brand_id, settlement_id or newest(town), town.clock.now())
    return town.program.db.write_now(pay_by_statements, command)


def end(town: Town, payment: Payment, *, is_paid: bool) -> Payment:  # noqa: F811
    command = EndPayment(payment.brand_id, payment.id, is_paid, "B-1", town.clock.now())
    return town.program.db.write_now(finish_payment, command)


def held(town: Town, owner: str, holder: str, kind: str = "earned") -> int:  # noqa: F811
    found = town.program.db.read_now(balances, town.seed.brand_id)
    return sum(
        one.amount_minor
        for one in found
        if (one.owner_id, one.counterparty_id, one.kind) == (owner, holder, kind)
    )


def refused(town: Town, settlement_id: str | None = None) -> str:  # noqa: F811
    with pytest.raises(Refusal) as found:
        pay(town, settlement_id)
    return found.value.code


def balanced(town: Town) -> None:  # noqa: F811
    check = town.program.db.read_now(check_ledger, town.seed.brand_id)
    assert set(check.sums.values()) <= {0}
    assert check.drifted == 0


def after(statement: Statement, holder: str) -> tuple[int, int, int]:
    (one,) = [b for b in statement.balances if b.collector_party_id == holder]
    return one.before_minor, one.paid_minor, one.after_minor


def test_each_gets_what_was_held_and_a_later_return_is_clawed_back(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now()
    sold = town.sell(1, 1)
    first = settle(town, since)
    until = town.clock.now()
    due = held(town, seed.landlord, seed.dealer)
    assert due > 0
    paid = pay(town)
    assert {(one.payer_id, one.payee_id) for one in paid} == {
        (seed.dealer, seed.landlord),
        (seed.dealer, seed.brand_party),
    }
    to_landlord = next(one for one in paid if one.payee_id == seed.landlord)
    assert (to_landlord.amount_minor, to_landlord.state) == (due, PaymentState.OPEN)
    assert held(town, seed.landlord, seed.dealer) == 0
    assert held(town, seed.dealer, seed.landlord, "paid_out") == due
    assert held(town, seed.dealer, seed.dealer) == first[seed.dealer].balances[0].after_minor  # its own stays
    for one in paid:
        end(town, one, is_paid=True)
    balanced(town)
    town.clock.advance(timedelta(hours=1))
    town.take_back(sold, (1, 1))
    second = settle(town, until)[seed.landlord]
    before, told, left = after(second, seed.dealer)
    assert (before, told) == (due, due)
    assert left == held(town, seed.landlord, seed.dealer) < 0
    back = next(one for one in pay(town) if seed.landlord in (one.payer_id, one.payee_id))
    assert (back.payer_id, back.payee_id, back.amount_minor) == (seed.landlord, seed.dealer, -left)
    assert held(town, seed.landlord, seed.dealer) == 0
    balanced(town)
    town.clock.advance(timedelta(seconds=1))
    statement = download(town, "landlord")
    recompute(statement)  # or it names the line that differs
    assert [one["paid_minor"] for one in statement["balances"]] == [due + left]


def test_what_came_back_is_owed_again(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now()
    town.sell(1)
    settle(town, since)
    until = town.clock.now()
    (payment,) = [one for one in pay(town) if one.payee_id == seed.landlord]
    failed = end(town, payment, is_paid=False)
    assert (failed.state, failed.bank_ref) == (PaymentState.FAILED, "B-1")
    assert held(town, seed.landlord, seed.dealer) == payment.amount_minor
    for is_paid in (True, False):
        with pytest.raises(Refusal) as ended:
            end(town, payment, is_paid=is_paid)
        assert ended.value.code == "settlements.not_open"
    balanced(town)
    before, told, left = after(settle(town, until)[seed.landlord], seed.dealer)
    assert (before, told, left) == (payment.amount_minor, 0, payment.amount_minor)
    (again,) = [one for one in pay(town) if one.payee_id == seed.landlord]
    assert again.amount_minor == payment.amount_minor


def test_what_was_sold_after_the_period_waits_for_the_next(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now()
    town.sell(1)
    settle(town, since)
    due = held(town, seed.landlord, seed.dealer)
    town.clock.advance(timedelta(minutes=5))
    town.sell(2)
    more = held(town, seed.landlord, seed.dealer) - due
    (payment,) = [one for one in pay(town) if one.payee_id == seed.landlord]
    assert payment.amount_minor == due
    assert held(town, seed.landlord, seed.dealer) == more > 0


def test_only_the_newest_is_paid_and_once(town: Town) -> None:  # noqa: F811
    since = town.clock.now()
    town.sell(1)
    settle(town, since)
    first, until = newest(town), town.clock.now()
    town.clock.advance(timedelta(minutes=5))
    settle(town, until)
    assert refused(town, first) == "settlements.not_newest"
    pay(town)
    assert refused(town) == "settlements.already_paid"
    until = town.clock.now()
    town.clock.advance(timedelta(minutes=5))
    settle(town, until)
    assert refused(town) == "settlements.nothing_due"
    assert refused(town, new_id("stl")) == "request.not_found"
    balanced(town)


def test_gift_cards_are_set_off_against_shares(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now()
    town.sell(1)
    owed = AccountKey(seed.brand_id, seed.brand_party, "payable", "EUR", seed.dealer)
    claim = AccountKey(seed.brand_id, seed.dealer, "receivable", "EUR", seed.brand_party)
    cards = AccountKey(seed.brand_id, seed.brand_party, "gift_cards", "EUR")
    sales = AccountKey(seed.brand_id, seed.dealer, "clearing_cash", "EUR")
    posting = Posting(
        *(seed.brand_id, "card", town.clock.now()),
        (Transfer(cards, owed, 100_000, "payment"), Transfer(claim, sales, 100_000, "payment")),
    )
    town.program.db.write_now(post_transfers, [posting])
    settle(town, since)
    share = held(town, seed.brand_party, seed.dealer)
    (payment,) = [one for one in pay(town) if seed.brand_party in (one.payer_id, one.payee_id)]
    assert (payment.payer_id, payment.payee_id) == (seed.brand_party, seed.dealer)
    assert payment.amount_minor == 100_000 - share
    assert held(town, seed.brand_party, seed.dealer, "payable") == 0
    assert held(town, seed.dealer, seed.brand_party, "receivable") == 0
    balanced(town)
    end(town, payment, is_paid=False)
    assert held(town, seed.brand_party, seed.dealer, "payable") == 100_000
    assert held(town, seed.dealer, seed.brand_party, "receivable") == -100_000
    balanced(town)
