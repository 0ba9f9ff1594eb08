"""`make faults`, in small: payments over all rails under faults and kills; and its proof finds what is wrong."""

import pytest
from benchmarks.faults.__main__ import SIZE, ran
from benchmarks.faults.plan import make_plan
from sqlalchemy import text

SEED = 20261123


def test_a_plan_is_drawn_from_its_seed() -> None:
    first, again, other = (
        make_plan(seed, 500, 20, registers=10, goods=10) for seed in (SEED, SEED, SEED + 1)
    )
    assert first == again != other
    assert (first.payments, len(first.kills)) == (500, 20)
    assert {part.rail for sale in first.sales for part in sale.parts} == {
        "cash",
        "wallet",
        "alipay",
        "wechat",
        "stripe",
    }


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_every_movement_is_one_tenders_and_the_proof_would_tell(kind: str) -> None:
    plan = make_plan(SEED, 40, 3, registers=SIZE.registers, goods=SIZE.goods, is_brief=True)
    with ran(plan, kind, at_once=40) as over:
        assert over.wrong == ()
        assert "struck by a fault: 0 of" not in over.table
        assert len(over.proof.heard.answers) > 20
        db = over.proof.db
        [taken] = over.proof.rows(
            "SELECT id FROM tender WHERE rail = 'wallet' AND state = 'captured' AND direction = 'in' ORDER BY id LIMIT 1"
        )
        with db.engine.connect() as connection:
            connection.execute(text("UPDATE tender SET state = 'reversed' WHERE id = :id"), taken)
            connection.commit()
        found = list(type(over.proof)(db, over.proof.providers, over.proof.heard).faults())
        assert (
            len([line for line in found if taken["id"] in line]) == 2
        )  # its provider's word, and its payer's
        assert any(line.startswith("clearing_wallet holds") for line in found)
        assert any("(paid) holds" in line for line in found)
