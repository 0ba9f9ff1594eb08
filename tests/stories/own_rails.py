"""What the stories about our own rails share: rules stated in the office, cards, points, slips."""

from typing import Any

from highstreet.kernel.ids import new_id
from highstreet.kernel.money import Money
from highstreet.rooms.tenders import Tender
from tests.stories.acts import Buyer, rows
from tests.stories.conftest import Stage
from tests.stories.test_loop import ok

POINTS = {"points": 100, "worth_minor": 100, "earns_on_points": False}


def state(stage: Stage, *rails: dict[str, Any], points: Any = None) -> dict[str, Any]:
    """The head office says what it takes, in place of what it said before."""
    return dict(ok(stage.office().put("/office/v1/rails", json={"rails": list(rails), "points": points})))


def issue(stage: Stage, amount_minor: int, **more: Any) -> dict[str, str]:
    """A gift card: its id and printed code."""
    asked = {"amount_minor": amount_minor, **more}
    return dict(ok(stage.office().post("/office/v1/gift-cards", json=asked), 201)[0])


def left_on(stage: Stage, card: dict[str, str]) -> int:
    return int(ok(stage.office().get(f"/office/v1/gift-cards/{card['id']}"))["balance_minor"])


def tender(rail: str, amount_minor: int | None = None, **more: Any) -> dict[str, Any]:
    return {"id": new_id("tnd"), "rail": rail, "amount_minor": amount_minor, **more}


def give_points(stage: Stage, who: Buyer, points: int) -> None:
    """As if they had matured long ago."""
    with stage.program.db.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE member SET points_available = {points} WHERE id = '{who.member_id}'"
        )


def shown_on_statement(stage: Stage, transfer: Tender, amount_minor: int | None = None) -> None:
    """The head office uploads the bank's statement of today: a row with the transfer's reference, out below zero."""
    minor = (amount_minor or transfer.amount_minor) * (1 if transfer.direction == "in" else -1)
    amount = Money(minor, transfer.currency).to_decimal_text()
    row = f"{stage.clock.now().date()},{amount},{transfer.reference}"
    ok(stage.office().post("/office/v1/statements", content=f"date,amount,reference\n{row}\n".encode()))


def accounts(stage: Stage) -> dict[str, int]:
    """The ledger's balances by kind, those that are not zero; together they are nothing."""
    found = {
        kind: int(total)
        for kind, total in rows(stage, "SELECT kind, sum(balance_minor) FROM account GROUP BY kind")
    }
    assert sum(found.values()) == 0
    return {kind: total for kind, total in found.items() if total}
