"""`make faults`, in small: payments over all rails under faults and kills; and its proof finds what is wrong."""

from typing import Any

import pytest
from benchmarks.faults.__main__ import SIZE, Ran, ran
from benchmarks.faults.plan import OF_OWN, RAILS, make_plan
from sqlalchemy import text

SEED = 20263209
"""With few sales: every rail, a slip's number twice, credits that come late, twice and short, goods that come back."""


def test_a_plan_is_drawn_from_its_seed() -> None:
    first, again, other = (
        make_plan(seed, 2000, 20, registers=10, goods=10) for seed in (SEED, SEED, SEED + 1)
    )
    assert first == again != other
    assert (first.payments, len(first.kills)) == (2000, 20)
    parts = [part for sale in first.sales for part in sale.parts]
    assert {part.rail for part in parts} == {name for name, _ in RAILS}
    assert {(part.rail, part.payer) for part in parts} >= {
        (rail, word) for rail, words in OF_OWN.items() for word, _ in words
    }
    assert {sale.beside for sale in first.sales} == {None, "cash", "gift_card", "points"}
    assert first.bill_with_more != first.bill_with_less
    assert any(first.miscounts.values())


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_movement_is_one_tenders_and_the_proof_would_tell(kind: str) -> None:
    plan = make_plan(SEED, 40, 3, registers=SIZE.registers, goods=SIZE.goods, is_brief=True)
    with ran(plan, kind, at_once=40, is_brief=True) as over:
        assert over.wrong == ()
        assert "struck by a fault: 0 of" not in over.table
        assert len(over.street.heard.answers) > 20
        # A row of nobody's keeps every place open, rows that a bill lacks some of them; at last none.
        some = [line for line in over.evening.tale if "refused" in line]
        assert some[1].startswith(f"with a row of nobody's in the bill of {plan.bill_with_more}")
        assert some[1].endswith(" 0 closed")
        assert ": 0 places refused, " not in some[2]
        assert ": 0 places refused, " in some[3]
        odd = {one.why for one in over.street.bank.bookings} & {"late", "short", "twice"}
        assert odd
        assert all(why in over.evening.tale[-1] for why in odd)
        _plant(over)


def _plant(over: Ran) -> None:
    """One wrong for each rail, for the drawers and for the day: each is told by its name."""
    picked = {rail: _one(over, "rail = :rail AND direction = 'in'", rail=rail) for rail, _ in RAILS}
    card = over.street.own.card_of[picked["gift_card"]]
    [member] = over.proof().rows("SELECT member_id AS id FROM sale WHERE id IN"
                                 " (SELECT sale_id FROM tender WHERE id = :id)", id=picked["points"])  # fmt: skip
    [row] = over.proof().rows("SELECT our_ref AS id FROM bill_row WHERE finding = 'matched' AND"
                              " provider = 'alipay' LIMIT 1")  # fmt: skip
    _do(over, "UPDATE tender SET state = 'reversed' WHERE id = :id", picked["wallet"])
    _do(over, "UPDATE tender SET reference = 'Z9' WHERE id = :id", picked["slip"])
    _do(over, "UPDATE tender SET state = 'reversed' WHERE id = :id", picked["transfer"])
    _do(over, "UPDATE tender SET amount_minor = amount_minor + 1 WHERE id = :id", picked["cash"])
    _do(over, "UPDATE gift_card SET balance_minor = balance_minor - 1 WHERE id = :id", card)
    _do(over, "UPDATE member SET points_available = points_available - 1 WHERE id = :id", member["id"])
    _do(over, "UPDATE bill_row SET finding = 'missing_here' WHERE our_ref = :id", row["id"])
    found = over.faults()
    # Its provider's word, and its payer's.
    assert len([line for line in found if picked["wallet"] in line]) == 2
    for line in (
        "clearing_wallet holds",
        "clearing_cash holds",
        "clearing_transfer holds",
        f"credits came for {picked['transfer']} (reversed)",
        f"no terminal printed slip Z9 of {picked['slip']}",
        f"card {card} lacks",
        f"member {member['id']} lacks",
        f"closed over alipay missing_here {row['id']}",
    ):
        assert any(line in one for one in found), line
    assert any("(paid) holds" in one for one in found)


def _one(over: Ran, where: str, **facts: Any) -> str:
    """A captured tender of which nothing was given back."""
    query = f"SELECT id FROM tender WHERE state = 'captured' AND refunded_minor = 0 AND {where} ORDER BY id LIMIT 1"
    return str(over.proof().rows(query, **facts)[0]["id"])


def _do(over: Ran, sql: str, wanted: str) -> None:
    with over.evening.db.engine.connect() as connection:
        assert connection.execute(text(sql), {"id": wanted}).rowcount >= 1
        connection.commit()
