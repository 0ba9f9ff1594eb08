"""Rails without a provider, over HTTP on both databases: slips, bank transfers, gift cards and points."""

from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import text

from highstreet.flows.late_transfer import late_refund_id
from highstreet.kernel.ids import new_id
from highstreet.rooms.tenders import (
    is_creditor_reference,
    tenders_by_reference,
    tenders_named,
)
from tests.stories.acts import (
    at_once,
    buyer,
    everything,
    ledger_is_balanced,
    next_fault,
    one,
    return_of,
    rows,
    sale_of,
    sell,
)
from tests.stories.conftest import Stage
from tests.stories.own_rails import (
    POINTS,
    accounts,
    give_points,
    issue,
    left_on,
    shown_on_statement,
    state,
    tender,
)
from tests.stories.test_loop import ok
from tests.stories.test_pay_in_parts import cancel, part, read, start

TOTAL = 20230
BUYERS_TOTAL = 16768


def paid_by(stage: Stage, *tenders: dict[str, Any], status: int = 200, **changes: Any) -> dict[str, Any]:
    who = changes.pop("who", None)
    return dict(sell(stage, sale_of(stage, who, tenders=list(tenders), **changes), status))


def refusal(stage: Stage, *tenders: dict[str, Any], status: int = 409, **changes: Any) -> str:
    before = everything(stage)
    told = paid_by(stage, *tenders, status=status, **changes)
    assert everything(stage) == before
    return str(told["code"])


def take_back(stage: Stage, sale_id: str, pieces: dict[int, int], status: int = 200, **more: Any) -> Any:
    asked = return_of(sale_id, pieces) | more
    return ok(stage.register.post("/register/v1/returns", json=asked), status)


ALL = {1: 1, 2: 2, 3: 1}


# Slips ----------------------------------------------------------------------------------------------


def test_a_slip_pays_at_once_and_is_known_by_its_number(stage: Stage) -> None:
    told = paid_by(stage, tender("slip", reference="004711"))
    assert (told["state"], told["tenders"][0]["rail"], told["tenders"][0]["change_minor"]) == (
        "paid",
        "slip",
        0,
    )
    (found,) = stage.program.db.read_now(tenders_by_reference, stage.seed.brand_id, ["004711", "nothing"])[
        "004711"
    ]
    assert (found.state, found.amount_minor, found.sale_id) == ("captured", TOTAL, told["sale_id"])
    assert accounts(stage)["clearing_slip"] == -TOTAL


def test_a_slip_is_taken_once_a_day_at_a_register(stage: Stage) -> None:
    paid_by(stage, tender("slip", reference="12"))
    assert refusal(stage, tender("slip", reference="12")) == "tenders.slip_used"
    assert refusal(stage, tender("cash", 30), tender("slip", reference="12")) == "tenders.slip_used"
    stage.advance(timedelta(days=1))
    assert paid_by(stage, tender("slip", reference="12"))["state"] == "paid"


def test_the_same_slip_at_the_same_moment_pays_one_sale(stage: Stage) -> None:
    bodies = [sale_of(stage, tenders=[tender("slip", reference="77")]) for _ in range(8)]
    answers = at_once([partial(stage.register.post, "/register/v1/sales", json=body) for body in bodies])
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    assert one(stage, "SELECT count(*) FROM tender WHERE rail = 'slip'") == 1


def test_what_is_no_slip_has_no_number_and_a_slip_has_one(stage: Stage) -> None:
    for wrong in (tender("slip"), tender("cash", reference="1"), tender("slip", reference="1" * 21)):
        assert refusal(stage, wrong, status=422) == "request.malformed"
    assert refusal(stage, tender("cash", card_code="X"), status=422) == "request.malformed"
    assert refusal(stage, tender("gift_card"), status=422) == "request.malformed"


def test_a_slip_goes_back_by_a_slip_of_its_own(stage: Stage) -> None:
    sale_id = paid_by(stage, tender("cash", 230), tender("slip", reference="1"))["sale_id"]
    before = everything(stage)
    assert take_back(stage, sale_id, ALL, 422)["code"] == "tenders.slip_missing"
    assert take_back(stage, sale_id, ALL, 409, slips=["1"])["code"] == "tenders.slip_used"
    assert everything(stage) == before
    told = take_back(stage, sale_id, ALL, slips=["2"])
    assert [(r["rail"], r["state"], r["reference"]) for r in told["refunds"]] == [
        ("slip", "captured", "2"),
        ("cash", "captured", None),
    ]
    assert accounts(stage) == {}
    assert ledger_is_balanced(stage)


def test_what_goes_back_is_told_before_and_a_slip_that_nothing_uses_is_refused(stage: Stage) -> None:
    """The terminal gave 42.30 back and all went to the wallet: the shopper would have it twice."""
    who = buyer(stage)
    sale_id = start(stage)
    part(stage, sale_id, "slip", 4230, reference="1")
    assert part(stage, sale_id, "wallet", auth_code=who.auth_code())["state"] == "paid"
    before = everything(stage)

    def preview(pieces: dict[int, int], status: int = 200) -> Any:
        asked = {name: return_of(sale_id, pieces)[name] for name in ("sale_id", "items")}
        return ok(stage.register.post("/register/v1/returns/preview", json=asked), status)

    (only,) = preview({3: 1})["refunds"]
    assert (only["rail"], only["needs_slip"]) == ("wallet", False)
    told = preview(ALL)
    assert (told["currency"], told["refund_minor"]) == ("EUR", 20_230)
    assert [(r["rail"], r["amount_minor"], r["needs_slip"]) for r in told["refunds"]] == [
        ("wallet", 16_000, False),
        ("slip", 4230, True),
    ]
    assert preview({1: 9}, 409)["code"] == "sales.return_too_much"
    refused = take_back(stage, sale_id, {3: 1}, 409, slips=["2"])
    assert refused["code"] == "tenders.slip_unused"
    assert take_back(stage, sale_id, ALL, 409, slips=["2", "3"])["code"] == "tenders.slip_unused"
    assert everything(stage) == before
    assert [(r["rail"], r["amount_minor"]) for r in take_back(stage, sale_id, {3: 1})["refunds"]] == [
        ("wallet", only["amount_minor"])
    ]
    rest = preview({1: 1, 2: 2})
    assert rest["refunds"][1] == {"rail": "slip", "amount_minor": 4230, "needs_slip": True}
    take_back(stage, sale_id, {1: 1, 2: 2}, slips=["2"])
    assert ledger_is_balanced(stage)


def test_a_slip_is_no_part_of_a_sale_that_waits_for_a_wallet(stage: Stage) -> None:
    who = buyer(stage)
    wallet = tender("wallet", 5000, auth_code=who.auth_code())
    assert refusal(stage, wallet, tender("slip", reference="9")) == "sale.needs_hold"
    assert who.balance() == 100_000


def test_a_slip_in_parts_is_owed_until_its_own_slip_is_there(stage: Stage) -> None:
    sale_id = start(stage)
    part(stage, sale_id, "slip", 5000, reference="31")
    part(stage, sale_id, "cash", 1000)
    address = f"/register/v1/sales/{sale_id}/cancel"
    assert (
        ok(stage.register.post(address, json={"slips": ["32", "33"]}), 409)["code"] == "tenders.slip_unused"
    )
    told = cancel(stage, sale_id)
    assert {(p["rail"], p["state"]) for p in told["parts"] if p["direction"] == "out"} == {
        ("cash", "captured"),
        ("slip", "pending"),
    }
    assert accounts(stage) == {"clearing_slip": -5000, "deposits": 5000}
    assert ok(stage.register.post(address, json={"slips": ["31"]}), 409)["code"] == "tenders.slip_used"
    assert (
        ok(stage.register.post(address, json={"slips": ["32", "33"]}), 409)["code"] == "tenders.slip_unused"
    )
    told = ok(stage.register.post(address, json={"slips": ["32"]}))
    assert {p["reference"] for p in told["parts"] if p["rail"] == "slip"} == {"31", "32"}
    assert accounts(stage) == {}


# Bank transfers -------------------------------------------------------------------------------------


def arrived(stage: Stage, reference: str, amount_minor: int | None = None) -> dict[str, Any]:
    """The bank's statement shows it, in or out; the sale of a payment comes back, the state of a refund."""
    db = stage.program.db
    (found,) = db.read_now(tenders_by_reference, stage.seed.brand_id, [reference])[reference]
    shown_on_statement(stage, found, amount_minor)
    if found.direction == "in":
        return read(stage, found.sale_id)
    (now,) = db.read_now(tenders_named, stage.seed.brand_id, [found.id]).values()
    return {"state": now.state}


def transfer_of(told: dict[str, Any], direction: str = "in") -> dict[str, Any]:
    return next(p for p in told["parts"] if (p["rail"], p["direction"]) == ("transfer", direction))


def test_a_transfer_stays_pending_until_the_statement_proves_it(stage: Stage) -> None:
    assert refusal(stage, tender("transfer")) == "sale.needs_hold"
    sale_id = start(stage, hold_minutes=7 * 24 * 60)
    part(stage, sale_id, "cash", 230)
    shown = transfer_of(part(stage, sale_id, "transfer"))
    assert shown["state"] == "pending"
    assert is_creditor_reference(shown["reference"])
    stage.advance(timedelta(days=5))
    stage.drain()
    assert read(stage, sale_id)["state"] == "open"
    assert arrived(stage, shown["reference"])["state"] == "paid"
    assert accounts(stage)["clearing_transfer"] == -20_000
    assert arrived(stage, shown["reference"])["state"] == "paid"  # once more changes nothing
    told = take_back(stage, sale_id, ALL)
    back = next(r for r in told["refunds"] if r["rail"] == "transfer")
    assert back["state"] == "pending"
    assert back["reference"] not in (None, shown["reference"])
    stage.drain()
    assert accounts(stage)["clearing_transfer"] == -20_000
    assert arrived(stage, back["reference"])["state"] == "captured"
    assert accounts(stage) == {}


def test_a_transfer_given_up_before_it_came_goes_back_when_it_comes(stage: Stage) -> None:
    sale_id = start(stage, hold_minutes=60)
    shown = transfer_of(part(stage, sale_id, "transfer"))
    stage.advance(timedelta(hours=2))
    stage.drain()  # the time is over
    told = read(stage, sale_id)
    assert (told["state"], transfer_of(told)["state"]) == ("abandoned", "reversed")
    assert accounts(stage) == {}
    for _ in range(2):
        arrived(stage, shown["reference"])
        stage.drain()
    back = transfer_of(read(stage, sale_id), "out")
    assert (back["state"], back["amount_minor"]) == ("pending", TOTAL)
    assert accounts(stage) == {"clearing_transfer": -TOTAL, "deposits": TOTAL}
    arrived(stage, back["reference"])
    assert accounts(stage) == {}
    assert rows(stage, "SELECT kind FROM job WHERE state = 'dead'") == []


def test_nobody_uses_up_the_number_of_what_is_owed_for_a_late_transfer(stage: Stage) -> None:
    """Whoever knows a tender's number could reckon its late refund's: it is not the one that is written."""
    sale_id = start(stage, hold_minutes=60)
    shown = transfer_of(part(stage, sale_id, "transfer"))
    taken = sale_of(stage, items=[{"gtin": stage.seed.gtins[2]}])
    taken["tenders"][0]["id"] = late_refund_id(shown["tender_id"])
    assert sell(stage, taken)["state"] == "paid"
    cancel(stage, sale_id)
    for _ in range(2):
        arrived(stage, shown["reference"])
        stage.drain()
    assert rows(stage, "SELECT state, amount_minor FROM tender WHERE direction = 'out'") == [
        ("pending", TOTAL)
    ]
    assert rows(stage, "SELECT kind FROM job WHERE attempts > 1") == []


def test_a_late_transfer_is_news_once_however_often_its_statement_is_read(stage: Stage) -> None:
    sale_id = start(stage, hold_minutes=60)
    shown = transfer_of(part(stage, sale_id, "transfer"))
    stage.advance(timedelta(hours=2))
    stage.drain()
    statement = f"Date;Amount;Reference;Id\n{stage.clock.now().date()};202.30;{shown['reference']};B1\n"
    for _ in range(3):
        ok(stage.office().post("/office/v1/statements", content=statement.encode()))
        stage.drain()
    assert transfer_of(read(stage, sale_id), "out")["amount_minor"] == TOTAL
    assert one(stage, "SELECT count(*) FROM job WHERE kind = 'tenders.reverse_late_success'") == 1
    told = one(stage, "SELECT count(*) FROM tender_evidence WHERE kind = 'billed' AND tender_id = :id",
               id=shown["tender_id"])  # fmt: skip
    assert told == 1


def test_a_transfer_called_back_and_paid_otherwise_goes_back_when_it_comes(stage: Stage) -> None:
    sale_id = start(stage)
    shown = transfer_of(part(stage, sale_id, "transfer"))
    told = ok(stage.register.post(f"/register/v1/sales/{sale_id}/tenders/{shown['tender_id']}/cancel"))
    assert (told["due_minor"], transfer_of(told)["state"]) == (TOTAL, "reversed")
    assert part(stage, sale_id, "cash")["state"] == "paid"
    paid = accounts(stage)
    arrived(stage, shown["reference"])
    stage.drain()
    arrived(stage, transfer_of(read(stage, sale_id), "out")["reference"])
    assert accounts(stage) == paid


def test_another_sum_than_was_asked_for_is_nobodys_word(stage: Stage) -> None:
    sale_id = start(stage)
    shown = transfer_of(part(stage, sale_id, "transfer"))
    told = arrived(stage, shown["reference"], amount_minor=TOTAL - 1)
    assert (told["state"], transfer_of(told)["state"]) == ("open", "pending")
    (found,) = ok(stage.office().get("/office/v1/differences"))
    assert (found["kind"], found["amount_minor"], found["our_minor"]) == ("amount_differs", TOTAL - 1, TOTAL)


# Gift cards -----------------------------------------------------------------------------------------


def test_a_card_pays_a_part_gets_it_back_and_pays_again(stage: Stage) -> None:
    card = issue(stage, 15_000)
    assert accounts(stage) == {"gift_cards": 15_000, "gift_cards_issued": -15_000}
    told = paid_by(stage, tender("gift_card", 12_000, card_code=card["code"].lower()), tender("cash"))
    assert (told["state"], left_on(stage, card)) == ("paid", 3000)
    found = accounts(stage)
    # The dealer collected for the brand's promise: it has a claim on the brand.
    assert (found["receivable"], found["payable"]) == (-12_000, 12_000)
    assert (found["gift_cards"], found["clearing_cash"]) == (3000, -8230)
    assert card["code"] not in str(told)
    back = take_back(stage, told["sale_id"], ALL)
    assert {(r["rail"], r["state"], r["amount_minor"], r["reference"]) for r in back["refunds"]} == {
        ("gift_card", "captured", 12_000, None),
        ("cash", "captured", 8230, None),
    }
    assert left_on(stage, card) == 15_000
    assert accounts(stage) == {"gift_cards": 15_000, "gift_cards_issued": -15_000}
    entries = ok(stage.office().get(f"/office/v1/gift-cards/{card['id']}"))["entries"]
    assert [(e["kind"], e["amount_minor"]) for e in entries] == [("pay", 12_000), ("back", 12_000)]


def test_a_card_never_pays_more_than_is_on_it_however_many_ask_at_once(stage: Stage) -> None:
    card = issue(stage, 2500)
    items = [{"gtin": stage.seed.gtins[2]}]
    wishes = [tender("gift_card", 200, card_code=card["code"]) for _ in range(4)]
    bodies = [sale_of(stage, items=items, tenders=[wish, tender("cash")]) for wish in wishes]
    few = issue(stage, 500)
    bodies += [
        {
            **body,
            "id": new_id("sal"),
            "tenders": [tender("gift_card", 200, card_code=few["code"]), tender("cash")],
        }
        for body in bodies
    ]
    answers = at_once([partial(stage.register.post, "/register/v1/sales", json=body) for body in bodies])
    assert [a.status_code for a in answers[:4]] == [200] * 4
    assert sorted(a.status_code for a in answers[4:]) == [200, 200, 409, 409]
    refused = next(a.json() for a in answers if a.status_code == 409)
    assert (refused["code"], refused["facts"]["left_minor"]) == ("tenders.card_too_little", 100)
    assert (left_on(stage, card), left_on(stage, few)) == (1700, 100)


def test_a_card_that_is_stopped_over_or_unknown_pays_nothing(stage: Stage) -> None:
    card = issue(stage, 50_000, expires_at=(stage.clock.now() + timedelta(days=1)).isoformat())
    wish = tender("gift_card", card_code=card["code"])
    address = f"/office/v1/gift-cards/{card['id']}/block"
    ok(stage.office().put(address, json={"is_blocked": True}))
    assert refusal(stage, wish, status=404) == "tenders.card_unknown"
    ok(stage.office().put(address, json={"is_blocked": False}))
    sale_id = paid_by(stage, wish)["sale_id"]
    stage.advance(timedelta(days=2))
    assert refusal(stage, tender("gift_card", card_code=card["code"])) == "tenders.card_expired"
    # What goes back on to a card that is over can be used for a while.
    take_back(stage, sale_id, ALL)
    assert paid_by(stage, tender("gift_card", card_code=card["code"]))["state"] == "paid"


def test_whoever_guesses_codes_is_stopped(stage: Stage) -> None:
    card = issue(stage, 50_000)
    for n in range(10):
        assert (
            refusal(stage, tender("gift_card", card_code=f"GUESS{n}"), status=404) == "tenders.card_unknown"
        )
    told = paid_by(stage, tender("gift_card", card_code=card["code"]), status=429)
    assert told["code"] == "rate.limited"
    assert left_on(stage, card) == 50_000


def test_the_code_is_nowhere_but_on_the_card(stage: Stage) -> None:
    card = issue(stage, 50_000)
    paid_by(stage, tender("gift_card", card_code=card["code"]))
    with stage.program.db.engine.connect() as connection:
        for table in ("gift_card", "tender", "outbox", "audit_entry", "idempotency"):
            assert card["code"] not in str(connection.execute(text(f"SELECT * FROM {table}")).all())
    listed = ok(stage.office().get("/office/v1/gift-cards", params={"last4": card["code"][-4:]}))
    assert [c["id"] for c in listed] == [card["id"]]


def test_a_wallet_that_declines_gives_the_card_and_the_points_back(stage: Stage) -> None:
    state(stage, points=POINTS)
    who = buyer(stage, balance_minor=10)
    give_points(stage, who, 500)
    card = issue(stage, 4000)
    told = paid_by(
        stage,
        tender("gift_card", 4000, card_code=card["code"]),
        tender("points", 300),
        tender("wallet", auth_code=who.auth_code()),
        who=who,
    )
    assert told["state"] == "abandoned"
    assert (left_on(stage, card), who.points()) == (4000, (0, 500))
    assert accounts(stage) == {"gift_cards": 4000, "gift_cards_issued": -4000}
    assert {s for (s,) in rows(stage, "SELECT state FROM tender")} == {"failed"}


def test_a_card_beside_a_wallet_is_captured_with_it(stage: Stage) -> None:
    who, card = buyer(stage), issue(stage, 4000)
    next_fault(stage, "pay", "answer_unknown", effect=True)
    wallet = tender("wallet", auth_code=who.auth_code())
    body = sale_of(stage, who, tenders=[tender("gift_card", 4000, card_code=card["code"]), wallet])
    told = stage.register.post("/register/v1/sales", json=body).json()
    stage.advance(timedelta(seconds=6))
    stage.drain()
    told = read(stage, told["sale_id"])
    assert (told["state"], left_on(stage, card)) == ("paid", 0)
    assert who.balance() == 100_000 - (BUYERS_TOTAL - 4000)


# Points ---------------------------------------------------------------------------------------------


def test_points_pay_earn_nothing_and_come_back(stage: Stage) -> None:
    who = buyer(stage)
    give_points(stage, who, 10_000)
    assert refusal(stage, tender("points", 100), tender("cash"), who=who) == "sale.rail_off"
    state(stage, points={**POINTS, "points": 3, "worth_minor": 2})
    assert refusal(stage, tender("points", 100), tender("cash")) == "sale.member_needed"
    told = paid_by(stage, tender("points", 5001), tender("cash"), who=who)
    # 5001 minor at 3 points for 2: 7,501.5 points are 7,502.
    assert who.points()[1] == 10_000 - 7502
    plain = sum(n // 100 for n in (line["net_minor"] for line in told["lines"]))
    assert plain - 52 <= told["points_pending"] <= plain - 48
    receipt = ok(who.phone.get(f"/shop/v1/receipts/{stage.seed.brand_id}/{told['sale_id']}"))
    assert receipt["points"] == told["points_pending"]
    seen = ok(stage.office().get(f"/office/v1/sales/{told['sale_id']}"))
    assert ("spend", 7502) in {(entry["kind"], entry["points"]) for entry in seen["points"]}
    found = accounts(stage)
    assert (found["points_spent"], found["receivable"], found["payable"]) == (-5001, -5001, 5001)
    for piece in ({1: 1}, {2: 1}, {2: 1}, {3: 1}):
        take_back(stage, told["sale_id"], piece)
    assert who.points() == (0, 10_000)
    assert accounts(stage) == {}
    spent = {(kind, points) for kind, points in rows(stage, "SELECT kind, points FROM points_entry")}
    assert ("spend", 7502) in spent


def test_points_may_earn_when_the_brand_says_so(stage: Stage) -> None:
    state(stage, points={**POINTS, "earns_on_points": True})
    who = buyer(stage)
    give_points(stage, who, 20_000)
    told = paid_by(stage, tender("points"), who=who)
    assert told["points_pending"] == sum(line["net_minor"] // 100 for line in told["lines"])


def test_points_are_never_spent_twice(stage: Stage) -> None:
    state(stage, points=POINTS)
    who = buyer(stage)
    give_points(stage, who, 1000)
    bodies = [
        sale_of(stage, who, coupons=[], tenders=[tender("points", 400), tender("cash")]) for _ in range(4)
    ]
    answers = at_once([partial(stage.register.post, "/register/v1/sales", json=body) for body in bodies])
    assert sorted(a.status_code for a in answers) == [200, 200, 409, 409]
    refused = next(a.json() for a in answers if a.status_code == 409)
    assert (refused["code"], *(refused["facts"][n] for n in ("needed", "available"))) == (
        "members.points_too_few",
        400,
        200,
    )
    assert who.points()[1] == 200


def test_in_parts_everything_given_up_is_where_it_was(stage: Stage) -> None:
    state(stage, points=POINTS)
    who = buyer(stage)
    give_points(stage, who, 700)
    card = issue(stage, 2500)
    body = sale_of(stage, who, tenders=[], hold_minutes=60)
    sale_id = sell(stage, body, 202)["sale_id"]
    part(stage, sale_id, "points", 700)
    part(stage, sale_id, "gift_card", 2500, card_code=card["code"])
    told = part(stage, sale_id, "cash", 1000)
    assert (told["held_minor"], who.points()[1], left_on(stage, card)) == (4200, 0, 0)
    assert all(p["reference"] is None for p in told["parts"])
    assert accounts(stage)["deposits"] == 4200
    assert cancel(stage, sale_id)["state"] == "abandoned"
    assert (who.points(), left_on(stage, card)) == ((0, 700), 2500)
    assert accounts(stage) == {"gift_cards": 2500, "gift_cards_issued": -2500}


def test_in_parts_the_last_one_settles(stage: Stage) -> None:
    state(stage, points=POINTS)
    who = buyer(stage)
    give_points(stage, who, 700)
    card = issue(stage, 2500)
    sale_id = sell(stage, sale_of(stage, who, tenders=[], hold_minutes=60), 202)["sale_id"]
    part(stage, sale_id, "gift_card", 2500, card_code=card["code"])
    part(stage, sale_id, "slip", 1000, reference="8")
    part(stage, sale_id, "cash", BUYERS_TOTAL - 4200)
    told = part(stage, sale_id, "points")
    assert (told["state"], told["total_minor"]) == ("paid", BUYERS_TOTAL)
    found = accounts(stage)
    assert "deposits" not in found
    assert (found["points_spent"], found["clearing_slip"], found["receivable"]) == (-700, -1000, -3200)
    assert ledger_is_balanced(stage)
