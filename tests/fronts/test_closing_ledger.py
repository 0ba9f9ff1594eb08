"""What bills and statements bring to the ledger: fees, once and anew when a bill changes; transfers that came in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from highstreet.flows.match_bill import MatchOwn, match_own
from highstreet.kernel.ids import new_id
from highstreet.rooms.ledger import balances
from highstreet.rooms.tenders import BillLine, Tender, plan_tenders
from tests.fronts.office_town import Town, town
from tests.rooms.test_tenders_statements import RF, camt, entry, paid

__all__ = ["town"]
DAY = date(2026, 11, 20)


def ledger(town: Town, *kinds: str) -> dict[str, int]:
    assert town.ask("office", "GET", "/office/v1/ledger/check")["is_balanced"] is True
    found = town.program.db.read_now(balances, town.seed.brand_id)
    assert {one.owner_id for one in found if one.kind in kinds} <= {town.seed.dealer}  # who collects there
    return {one.kind: one.amount_minor for one in found if one.kind in kinds}


def tender(town: Town, sale_id: str, **changes: Any) -> Tender:
    usual = Tender(
        brand_id=town.seed.brand_id,
        id=new_id("tnd"),
        sale_id=sale_id,
        place_id=town.seed.place_id,
        direction="in",
        rail="alipay",
        state="captured",
        currency="EUR",
        amount_minor=1000,
        provider_ref="p1",
        created_at=town.clock.now(),
        settled_at=town.clock.now(),
    )
    return replace(usual, **changes)


def test_a_fee_is_posted_once_and_follows_its_bill(town: Town) -> None:
    by_alipay = tender(town, town.sell(1))
    town.program.db.write_now(plan_tenders, [by_alipay])
    line = BillLine(2, "paid", by_alipay.id, "p1", "EUR", 1000, town.clock.now(), 6)

    def match(*lines: BillLine) -> dict[str, int]:
        command = MatchOwn(town.seed.brand_id, "alipay", DAY, lines, town.clock.now())
        town.program.db.write_now(match_own, command)
        return ledger(town, "fees", "clearing_alipay")

    assert match(line) == {"fees": -6, "clearing_alipay": 6}
    assert match(line) == {"fees": -6, "clearing_alipay": 6}
    assert match(replace(line, fee_minor=9)) == {"fees": -9, "clearing_alipay": 9}
    # A stranger's payment has no collector: its fee waits until a person has found whose it is.
    stranger = BillLine(3, "paid", "stray-1", "p2", "EUR", 500, town.clock.now(), 3)
    assert match(stranger, replace(line, fee_minor=9)) == {"fees": -9, "clearing_alipay": 9}
    assert match() == {"fees": 0, "clearing_alipay": 0}
    assert match(line) == {"fees": -6, "clearing_alipay": 6}
    # What is given back with a refund comes back.
    assert match(replace(line, fee_minor=-4)) == {"fees": 4, "clearing_alipay": -4}


def held_sale(town: Town) -> str:
    asked = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": town.seed.gtins[0]}],
        "hold_minutes": 2000,
    }
    return str(town.ask("register", "POST", "/register/v1/sales", 202, json=asked)["sale_id"])


def test_a_statement_captures_the_transfer_it_names_and_lists_the_rest(town: Town) -> None:
    sale_id = held_sale(town)
    waiting = tender(
        town,
        sale_id,
        rail="transfer",
        state="pending",
        amount_minor=10000,
        provider_ref=None,
        settled_at=None,
        reference=RF,
    )
    town.program.db.write_now(plan_tenders, [waiting])
    path = "/office/v1/statements"
    # Less than what is due is no payment of it, and stands as a difference.
    (told,) = town.ask("office", "POST", path, content=camt(entry("60.00", paid(RF, ref="b0"))))
    assert [(d["finding"], d["tender_id"]) for d in told["differences"]] == [("amount_differs", waiting.id)]

    csv = "Date;Amount;Reference\n20.11.2026;100,00;RF18 5390 0754 7034\n20.11.2026;12,00;rent\n"
    (told,) = town.ask("office", "POST", path, content=csv.encode())
    assert told["day"] == "2026-11-20"
    found = sorted((d["finding"], d["amount_minor"]) for d in told["differences"])
    # The payment of just the amount is the transfer's; what was paid besides stands for itself.
    assert (told["matched"], found) == (1, [("missing_here", 1200), ("missing_here", 6000)])
    assert town.ask("office", "GET", f"/office/v1/sales/{sale_id}")["state"] == "paid"


def test_a_transfer_of_just_the_amount_pays_the_sale(town: Town) -> None:
    sale_id = held_sale(town)
    waiting = tender(
        town,
        sale_id,
        rail="transfer",
        state="pending",
        amount_minor=10000,
        provider_ref=None,
        settled_at=None,
        reference=RF,
        created_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
    )
    town.program.db.write_now(plan_tenders, [waiting])
    town.clock.advance(timedelta(hours=3))
    content = camt(entry("100.00", paid(RF)), entry("12.00"))
    for _ in range(2):  # the second time changes nothing
        (told,) = town.ask("office", "POST", "/office/v1/statements", content=content)
        assert (told["matched"], [d["amount_minor"] for d in told["differences"]]) == (1, [1200])
        sale = town.ask("office", "GET", f"/office/v1/sales/{sale_id}")
        assert (sale["state"], sale["tenders"][0]["state"]) == ("paid", "captured")
    assert ledger(town, "clearing_transfer") == {"clearing_transfer": -10000}
    # Another account's statement of the same day takes nothing away.
    (told,) = town.ask("office", "POST", "/office/v1/statements", content=camt(entry("3.00")))
    assert (told["matched"], sorted(d["amount_minor"] for d in told["differences"])) == (1, [300, 1200])
