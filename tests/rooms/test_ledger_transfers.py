"""The ledger: sums are zero by shape, transfers are only ever added, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

import highstreet.rooms.ledger as door
from highstreet.kernel.db import Database
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.rooms.ledger import (
    AccountKey,
    Balance,
    Posting,
    Transfer,
    balances,
    ledger_sum,
    post_transfers,
    signed_transfer,
    sum_by_account,
    transfers_of,
)
from highstreet.rooms.ledger import errors as refusals
from highstreet.rooms.ledger.tables import MAX_BALANCE_MINOR, account, transfer

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
CASH = AccountKey("brd", "pty_d", "clearing_cash", "EUR")
SALES = AccountKey("brd", "pty_d", "sales", "EUR")
EARNED = AccountKey("brd", "pty_b", "earned", "EUR", "pty_d")
YUAN = (replace(CASH, currency="CNY"), replace(SALES, currency="CNY"))

accounts = st.sampled_from([CASH, SALES, EARNED, replace(EARNED, owner_id="pty_l")])
transfers = st.builds(
    lambda pair, amount: Transfer(pair[0], pair[1], amount, "x"),
    st.tuples(accounts, accounts).filter(lambda pair: pair[0] != pair[1]),
    st.integers(1, 10**15),
)


# Shape ------------------------------------------------------------------------------------------------


@given(st.lists(transfers, max_size=20))
def test_any_transfers_sum_to_zero(moves: list[Transfer]) -> None:
    totals = sum_by_account(moves)
    assert sum(totals.values()) == 0
    assert set(totals) == {key for move in moves for key in (move.debit, move.credit)}


@given(st.integers(-(10**15), 10**15))
def test_a_signed_transfer_moves_exactly_that(amount: int) -> None:
    move = signed_transfer(CASH, SALES, amount, "x")
    assert (move is None) == (amount == 0)
    totals = sum_by_account([move] if move else [])
    assert (totals.get(SALES, 0), totals.get(CASH, 0)) == (amount, -amount)
    back = signed_transfer(CASH, SALES, -amount, "x")
    assert set(sum_by_account([m for m in (move, back) if m]).values()) <= {0}


@pytest.mark.parametrize("amount", [0, -1, -(10**15)])
def test_a_transfer_moves_more_than_nothing(amount: int) -> None:
    with pytest.raises(Refusal, match=r"ledger\.amount_not_positive"):
        Transfer(CASH, SALES, amount, "x")


def test_a_transfer_stays_between_two_accounts_of_a_brand_and_currency() -> None:
    with pytest.raises(Refusal, match=r"ledger\.same_account"):
        Transfer(CASH, replace(CASH), 1, "x")
    for other in (replace(SALES, currency="CNY"), replace(SALES, brand_id="brd_2")):
        with pytest.raises(Refusal, match=r"ledger\.accounts_apart"):
            Transfer(CASH, other, 1, "x")
    with pytest.raises(Refusal, match=r"ledger\.accounts_apart"):
        Posting("brd_2", "sal", AT, (Transfer(CASH, SALES, 1, "x"),))


def test_an_account_is_named_by_what_it_is() -> None:
    assert CASH.id == AccountKey("brd", "pty_d", "clearing_cash", "EUR").id
    others = [
        replace(CASH, brand_id="brd_2"),
        replace(CASH, owner_id="pty_b"),
        replace(CASH, kind="sales"),
        replace(CASH, currency="CNY"),
        replace(CASH, counterparty_id="pty_b"),
        # The same letters, cut elsewhere.
        AccountKey("brdp", "ty_d", "clearing_cash", "EUR"),
    ]
    assert len({key.id for key in [CASH, *others]}) == 7


def test_the_door_only_adds() -> None:
    """No public name of the room changes or removes a transfer."""
    writers = {
        name for name in door.__all__ if name.split("_")[0] in ("post", "change", "delete", "remove", "void")
    }
    assert writers == {"post_transfers"}


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_refusals_have_texts(locale: str) -> None:
    for kind in (refusals.SAME_ACCOUNT, refusals.AMOUNT_NOT_POSITIVE, refusals.ACCOUNTS_APART):
        title, detail = refusal_texts(locale, kind.code, {})
        assert title
        assert detail


# Rows -------------------------------------------------------------------------------------------------


def post(db: Database, ref_id: str, *moves: Transfer) -> None:
    db.write_now(post_transfers, [Posting("brd", ref_id, AT, moves)])


def test_posted_and_read_back(db: Database) -> None:
    post(db, "s1", Transfer(CASH, SALES, 1000, "tender"), Transfer(SALES, EARNED, 400, "share"))
    post(db, "s2", Transfer(CASH, SALES, 5, "tender"), Transfer(*YUAN, 7, "tender"))
    assert db.read_now(ledger_sum) == {"EUR": 0, "CNY": 0}
    assert db.read_now(balances, "brd") == [
        Balance(SALES.id, "pty_d", "sales", "", "EUR", 605),
        Balance(EARNED.id, "pty_b", "earned", "pty_d", "EUR", 400),
        Balance(YUAN[1].id, "pty_d", "sales", "", "CNY", 7),
        Balance(YUAN[0].id, "pty_d", "clearing_cash", "", "CNY", -7),
        Balance(CASH.id, "pty_d", "clearing_cash", "", "EUR", -1005),
    ]
    assert [b.amount_minor for b in db.read_now(balances, "brd", kind="earned")] == [400]
    assert [b.kind for b in db.read_now(balances, "brd", owner_id="pty_b")] == ["earned"]
    assert db.read_now(balances, "brd_2") == []
    read = db.read_now(transfers_of, "brd", ["s1", "s9"])
    assert [(t.ref_id, t.no, t.code, t.amount_minor) for t in read] == [
        ("s1", 1, "tender", 1000),
        ("s1", 2, "share", 400),
    ]
    assert (read[1].debit_kind, read[1].debit_counterparty_id) == ("sales", "")
    assert (read[1].credit_owner_id, read[1].credit_counterparty_id, read[1].at) == ("pty_b", "pty_d", AT)
    assert db.read_now(transfers_of, "brd_2", ["s1"]) == []


def test_one_cause_is_posted_once(db: Database) -> None:
    post(db, "s1", Transfer(CASH, SALES, 1000, "tender"))
    with pytest.raises(Refusal, match=r"request\.conflict"):
        post(db, "s1", Transfer(CASH, SALES, 1000, "tender"))
    assert [b.amount_minor for b in db.read_now(balances, "brd")] == [1000, -1000]


def test_many_causes_at_once(db: Database) -> None:
    postings = [
        Posting(
            "brd", f"s{no}", AT, (Transfer(CASH, SALES, 10**13, "a"), Transfer(SALES, EARNED, no + 1, "b"))
        )
        for no in range(64)
    ]
    db.write_now(post_transfers, postings)
    db.write_now(post_transfers, [])
    assert db.read_now(ledger_sum) == {"EUR": 0}
    assert {b.kind: b.amount_minor for b in db.read_now(balances, "brd")} == {
        "sales": 64 * 10**13 - 65 * 32,
        "earned": 65 * 32,
        "clearing_cash": -64 * 10**13,
    }


def test_the_database_keeps_transfers_as_written(db: Database) -> None:
    """With the migrations' triggers no writer changes or removes a row, not even past the door."""
    post(db, "s1", Transfer(CASH, SALES, 1000, "tender"))
    for statement in (update(transfer).values(amount_minor=1), delete(transfer)):
        with pytest.raises(Refusal, match=r"request\.conflict") as caught:
            db.write_now(lambda tx, s: tx.run(s).rowcount, statement)
        assert "append-only" in str(caught.value.__cause__)
    assert [b.amount_minor for b in db.read_now(balances, "brd")] == [1000, -1000]


def test_a_balance_has_an_end_and_stays_a_whole_number(db: Database) -> None:
    for no in range(9):
        post(db, f"s{no}", Transfer(CASH, SALES, 10**15, "x"))
    with pytest.raises(Refusal, match=r"request\.conflict"):
        post(db, "s9", Transfer(CASH, SALES, 1, "x"))
    assert [b.amount_minor for b in db.read_now(balances, "brd")] == [MAX_BALANCE_MINOR, -MAX_BALANCE_MINOR]
    assert db.read_now(ledger_sum) == {"EUR": 0}


def test_a_failed_cause_leaves_no_accounts(db: Database) -> None:
    post(db, "s1", Transfer(CASH, SALES, 1, "x"))
    with pytest.raises(Refusal, match=r"request\.conflict"):
        post(db, "s1", Transfer(SALES, EARNED, 1, "x"))
    assert db.read_now(lambda reader: reader.value(select(func.count()).select_from(account))) == 2
