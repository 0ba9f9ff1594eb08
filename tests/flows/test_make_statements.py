"""A period is settled: statements say what the lines and the ledger say, follow each other, and stay; on both databases."""

import asyncio
from datetime import datetime, timedelta

import pytest

from highstreet.flows.make_statements import ask_for_statements, make_statements
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.jobs import has_due
from highstreet.rooms.ledger import AccountKey, Posting, Transfer, post_transfers
from highstreet.rooms.settlements import (
    Settlement,
    SettlementState,
    Statement,
    StatementBalance,
    settlement_by_id,
    statements_of,
)
from tests.fronts.office_town import Town, open_session, town  # noqa: F401
from tests.fronts.test_statement_whole import download, earned


def ask(town: Town, since: datetime, until: datetime) -> Settlement:  # noqa: F811
    asked = Settlement(
        *(town.seed.brand_id, new_id("stl"), "2026-10-01", "2026-10-31", since, until),
        *(SettlementState.MAKING, town.clock.now(), None, since, None),
    )
    town.program.db.write_now(ask_for_statements, asked)
    return asked


def make(town: Town, asked: Settlement) -> Settlement:  # noqa: F811
    payload = {"brand_id": asked.brand_id, "settlement_id": asked.id}
    asyncio.run(make_statements(town.program.db, payload, town.clock.now()))
    found = town.program.db.read_now(settlement_by_id, asked.brand_id, asked.id)
    assert found is not None
    return found


def settle(town: Town, since: datetime) -> dict[str, Statement]:  # noqa: F811
    """From then to now."""
    town.clock.advance(timedelta(minutes=1))
    asked = ask(town, since, town.clock.now())
    made = make(town, asked)
    assert (made.state, made.read_until, made.differs) == (SettlementState.MADE, made.until, None)
    found = town.program.db.read_now(statements_of, asked.brand_id, asked.id)
    return {one.party_id: one for one in found}


def refusal(town: Town, since: datetime, until: datetime) -> str:  # noqa: F811
    with pytest.raises(Refusal) as refused:
        ask(town, since, until)
    return refused.value.code


def test_statements_say_what_lines_and_ledger_say(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now() - timedelta(days=3)
    sold = town.sell(2)
    town.clock.advance(timedelta(hours=1))
    town.sell(0, 3, member=seed.member_id)
    town.take_back(sold, (1, 1))
    found = settle(town, since)
    for who, party_id in (("dealer", seed.dealer), ("landlord", seed.landlord)):
        told = download(town, who)
        statement = found[party_id]
        assert [
            {
                "party_id": party_id,
                "role": one.role,
                "collector_party_id": one.collector_party_id,
                "currency": one.currency,
                "lines": one.lines + one.returned_lines,
                "amount_minor": one.amount_minor,
            }
            for one in statement.totals
        ] == [one for one in told["totals"] if one["party_id"] == party_id]
        assert [one.after_minor for one in statement.balances] == [earned(town, who)[party_id]]
        assert [(b.before_minor, b.late_minor) for b in statement.balances] == [(0, 0)]
    assert sum(total.returned_lines for total in found[seed.dealer].totals) == 1


def test_each_begins_where_the_last_ended_and_says_what_came_late(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now()
    town.sell(2)
    first = settle(town, since)[seed.dealer].balances[0]
    until = town.clock.now()
    town.clock.set(until - timedelta(seconds=30))
    town.sell(0, 3)  # heard of after the statement
    late = earned(town, "dealer")[seed.dealer] - first.after_minor
    town.clock.advance(timedelta(hours=1))
    town.sell(1)
    second = settle(town, until)[seed.dealer].balances[0]
    assert late > 0
    assert (second.before_minor, second.late_minor) == (first.after_minor, late)
    assert second.after_minor == earned(town, "dealer")[seed.dealer]


def test_a_time_that_is_not_over_or_not_the_next_is_refused(town: Town) -> None:  # noqa: F811
    start, hour = town.clock.now(), timedelta(hours=1)
    town.clock.advance(3 * hour)
    now = town.clock.now()
    assert refusal(town, start, now + hour) == "settlements.not_over"
    asked = ask(town, start, start + hour)
    assert refusal(town, start + hour, start + 2 * hour) == "settlements.not_next"  # the first is not made
    assert make(town, asked).state is SettlementState.MADE
    assert refusal(town, start, start + hour) == "settlements.not_next"  # overlap
    assert refusal(town, start + 2 * hour, start + 3 * hour) == "settlements.not_next"  # gap
    following = make(town, ask(town, start + hour, start + 2 * hour))
    assert make(town, following) == following  # done twice, kept once


def test_a_job_makes_what_was_asked_for(town: Town) -> None:  # noqa: F811
    start = town.clock.now()
    town.clock.advance(timedelta(hours=1))
    ask(town, start, town.clock.now())
    assert town.program.db.read_now(has_due, town.clock.now())


def test_nobody_gets_a_statement_where_lines_and_ledger_differ(town: Town) -> None:  # noqa: F811
    seed, since = town.seed, town.clock.now()
    town.sell(2)
    town.clock.advance(timedelta(minutes=1))
    held = AccountKey(seed.brand_id, seed.dealer, "earned", "EUR", seed.dealer)
    other = AccountKey(seed.brand_id, seed.dealer, "sales", "EUR")
    stray = Transfer(other, held, 7, "share")
    town.program.db.write_now(post_transfers, [Posting(seed.brand_id, "stray", town.clock.now(), (stray,))])
    town.clock.advance(timedelta(minutes=1))
    asked = ask(town, since, town.clock.now())
    seen = make(town, asked)
    assert seen.state is SettlementState.DIFFERS
    (differs,) = seen.differs or []
    assert differs["party_id"] == seed.dealer
    assert differs["ledger_minor"] - differs["lines_minor"] == 7
    assert town.program.db.read_now(statements_of, asked.brand_id, asked.id) == []
    back = Transfer(held, other, 7, "share")
    town.program.db.write_now(
        post_transfers,
        [Posting(seed.brand_id, "stray_back", town.clock.now() - timedelta(seconds=1), (back,))],
    )
    assert seed.dealer in settle(town, since)  # begun anew


def test_a_balance_that_does_not_add_up_is_none() -> None:
    StatementBalance("pty", "EUR", 5, 2, -9, 1, -3)
    with pytest.raises(ValueError, match="StatementBalance"):
        StatementBalance("pty", "EUR", 5, 2, -9, 1, -2)


def test_office_settles_and_a_dealer_reads_its_own(town: Town) -> None:  # noqa: F811
    seed = town.seed
    today = town.clock.now().date()
    town.sell(2)
    town.clock.set(town.clock.now() + timedelta(days=2))
    town.tokens |= {
        login: open_session(town, login, seed.brand_id, byte)
        for login, byte in (("office", 71), ("dealer", 72))
    }
    days = {"first_day": f"{today}", "last_day": f"{today}"}
    begun = town.ask("office", "POST", "/office/v1/settlements", 201, json=days)
    payload = {"brand_id": seed.brand_id, "settlement_id": begun["id"]}
    asyncio.run(make_statements(town.program.db, payload, town.clock.now()))
    (listed,) = town.ask("office", "GET", "/office/v1/settlements")
    assert (listed["state"], listed["read_until"]) == ("made", listed["until"])
    every = town.ask("office", "GET", f"/office/v1/settlements/{begun['id']}/statements")
    assert {seed.dealer, seed.brand_party} <= {one["party_id"] for one in every}
    again = town.ask("office", "POST", "/office/v1/settlements", 409, json=days)
    assert again["code"] == "settlements.not_next"
    backwards = {"first_day": f"{today}", "last_day": f"{today - timedelta(days=1)}"}
    refused = town.ask("office", "POST", "/office/v1/settlements", 422, json=backwards)
    assert refused["code"] == "request.malformed"
    endless = {"first_day": "9999-12-31", "last_day": "9999-12-31"}
    town.ask("office", "POST", "/office/v1/settlements", 422, json=endless)
    own = town.ask("dealer", "GET", "/dealer/v1/statements")
    assert own == [one for one in every if one["party_id"] == seed.dealer]
