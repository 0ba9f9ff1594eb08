"""Who stands at a register, and what a manager lets be done there by PIN; on both databases, with attacks."""

from datetime import timedelta
from typing import Any

import pytest

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, parties
from highstreet.rooms.identity import token_hash
from tests.seeds import Seed, seed_brand
from tests.stories.acts import at_once, ledger_is_balanced, one, register, return_of, rows, sale_of
from tests.stories.conftest import PASSWORD, PASSWORD_HASH, Stage
from tests.stories.test_loop import ok

PIN = "4711"
OTHER = "hs_r_" + "o" * 43


def hire(stage: Stage, name: str, role: str | None, pin: str | None = PIN) -> str:
    """Somebody new at the seed's place, with a PIN."""
    office = stage.office()
    login = f"{name.lower()}@nordlys"
    asked = {"party_id": stage.seed.dealer, "login": login, "name": name, "password": PASSWORD}
    staff_id = str(ok(office.post("/office/v1/staff", json=asked), 201)["staff_id"])
    if role is not None:
        given = {"role": role, "scope_id": stage.seed.place_id}
        ok(office.post(f"/office/v1/staff/{staff_id}/roles", json=given))
    if pin is not None:
        assert office.put(f"/office/v1/staff/{staff_id}/pin", json={"pin": pin}).status_code == 204
    return staff_id


def sign_in(stage: Stage, staff_id: str, pin: str = PIN, status: int = 200) -> Any:
    return ok(stage.register.post("/register/v1/clerk", json={"staff_id": staff_id, "pin": pin}), status)


def policy(stage: Stage, **said: int | None) -> None:
    ok(stage.office().put("/office/v1/approval-policy", json=said))


def approve(stage: Stage, staff_id: str, about: dict[str, Any], status: int = 201, **more: Any) -> Any:
    """About: the facts of a `sale.needs_approval`."""
    asked = {name: about[name] for name in ("act", "sale_id", "amount_minor")}
    asked |= {"id": new_id("apr"), "staff_id": staff_id, "pin": PIN, **more}
    return ok(stage.register.post("/register/v1/approvals", json=asked), status)


def take_back(stage: Stage, body: dict[str, Any], status: int = 200, **more: Any) -> Any:
    return ok(stage.register.post("/register/v1/returns", json=body | more), status)


def sold(stage: Stage, **more: Any) -> str:
    body = sale_of(stage, **more)
    ok(stage.register.post("/register/v1/sales", json=body))
    return str(body["id"])


def second_register(tx: Tx, stage: Stage) -> None:
    """Another register at the same place, with a key of its own."""
    seed, register_id = stage.seed, new_id("reg")
    now = stage.clock.now()
    second = parties.RegisterRecord(seed.brand_id, register_id, seed.place_id, "Second", True)
    parties.add_registers(tx, parties.AddRegisters([second], now))
    key = identity.IssueRegisterKey(
        seed.brand_id, new_id("rky"), seed.place_id, register_id, token_hash(OTHER), now
    )
    identity.issue_register_key(tx, key)


def neighbour(tx: Tx, stage: Stage) -> Seed:
    """Another brand, with a register that has a key."""
    other = seed_brand(tx, "aarnivuo")
    key = identity.IssueRegisterKey(
        other.brand_id,
        new_id("rky"),
        other.place_id,
        other.register_id,
        token_hash(OTHER),
        stage.clock.now(),
    )
    identity.issue_register_key(tx, key)
    staff = identity.AddStaff(
        other.brand_id,
        new_id("stf"),
        other.brand_party,
        "hq@aarnivuo",
        "Aarni",
        PASSWORD_HASH,
        stage.clock.now(),
    )
    identity.add_staff(tx, staff)
    return other


def test_what_is_done_at_a_register_says_who_was_signed_in(stage: Stage) -> None:
    cashier = hire(stage, "Maija", "assistant")
    hire(stage, "Nopin", "assistant", None)
    hire(stage, "Elsewhere", None)
    listed = ok(stage.register.get("/register/v1/clerks"))
    assert listed == [{"staff_id": cashier, "name": "Maija", "is_approver": False}]
    signed = sign_in(stage, cashier)
    assert (signed["name"], signed["is_approver"]) == ("Maija", False)
    seal = {"clerk": signed["seal"]}
    sale_id = sold(stage, **seal)
    back = return_of(sale_id, {1: 1})
    take_back(stage, back, **seal)
    move = {"id": new_id("drm"), "direction": "in", "reason": "float", "amount_minor": 500}
    ok(stage.register.post("/register/v1/drawer/moves", json=move | seal))
    # The same again, by nobody: the same is answered, and who did it stays.
    ok(stage.register.post("/register/v1/drawer/moves", json=move))
    assert take_back(stage, back)["return_id"] == back["id"]
    count = {"id": new_id("cnt"), "counted_minor": 100}
    ok(stage.register.post("/register/v1/day/count", json=count | seal))
    noted = {sale_id, back["id"], move["id"], count["id"]}
    assert {tuple(row) for row in rows(stage, "SELECT subject_id, staff_id FROM clerk_act")} == {
        (subject, cashier) for subject in noted
    }
    told = ok(stage.office().get(f"/office/v1/sales/{sale_id}"))
    assert {c["subject_id"]: c["staff_id"] for c in told["clerks"]} == {sale_id: cashier, back["id"]: cashier}
    # Without PINs all is as it was.
    assert ok(stage.office().get(f"/office/v1/sales/{sold(stage)}"))["clerks"] == []


def test_pins_cannot_be_guessed(stage: Stage) -> None:
    cashier = hire(stage, "Maija", "assistant")
    asked = [{"staff_id": cashier, "pin": f"{n:04}"} for n in range(12)]
    desk = register(stage)
    answers = at_once([lambda a=a: desk.post("/register/v1/clerk", json=a) for a in asked])  # type: ignore[misc]
    assert {a.json()["code"] for a in answers} <= {
        "identity.pin_wrong",
        "identity.pin_locked",
        "rate.limited",
    }
    assert sum(a.json()["code"] == "identity.pin_wrong" for a in answers) <= 10
    # From wherever it is tried: the register's own limit is over, the PIN's is not.
    stage.program.db.write_now(second_register, stage)
    other = register(stage, OTHER)
    while (refused := other.post("/register/v1/clerk", json=asked[0])).json()["code"] == "identity.pin_wrong":
        pass
    assert refused.json()["code"] == "identity.pin_locked"
    right = other.post("/register/v1/clerk", json={"staff_id": cashier, "pin": PIN})
    assert right.json()["code"] == "identity.pin_locked"
    assert stage.office().put(f"/office/v1/staff/{cashier}/pin", json={"pin": "12345678"}).status_code == 204
    assert other.post("/register/v1/clerk", json={"staff_id": cashier, "pin": "12345678"}).status_code == 200
    assert one(stage, "SELECT tries_left FROM staff_pin") == 10
    # Nothing of a PIN is kept but its hash, and nothing of it stands in the audit trail.
    assert "12345678" not in str(rows(stage, "SELECT * FROM staff_pin"))
    assert "12345678" not in str(rows(stage, "SELECT facts FROM audit_entry"))


@pytest.mark.parametrize("pin", ["123", "123456789", "12a4", "１２３４"])
def test_a_pin_is_four_to_eight_digits(stage: Stage, pin: str) -> None:
    staff_id = hire(stage, "Maija", "assistant", None)
    assert stage.office().put(f"/office/v1/staff/{staff_id}/pin", json={"pin": pin}).status_code == 422


def test_staff_set_their_own_pin_with_their_password(stage: Stage) -> None:
    cashier = hire(stage, "Maija", "assistant", None)
    asked = {"login": "maija@nordlys", "password": PASSWORD}
    own = stage.client(ok(stage.client().post("/dealer/v1/sign-in", json=asked))["token"])
    wrong = own.put("/dealer/v1/me/pin", json={"password": "not the one", "pin": "2222"})
    assert wrong.json()["code"] == "identity.login_wrong"
    assert own.put("/dealer/v1/me/pin", json={"password": PASSWORD, "pin": "2222"}).status_code == 204
    assert sign_in(stage, cashier, "2222")["staff_id"] == cashier
    assert own.put("/dealer/v1/me/pin", json={"password": PASSWORD, "pin": None}).status_code == 204
    assert sign_in(stage, cashier, "2222", 403)["code"] == "identity.pin_wrong"


def test_a_seal_is_good_at_its_own_register_for_a_shift(stage: Stage) -> None:
    cashier = hire(stage, "Maija", "assistant")
    seal = sign_in(stage, cashier)["seal"]
    stage.program.db.write_now(second_register, stage)

    def refused(desk: Any, text: str) -> None:
        told = ok(desk.post("/register/v1/sales", json=sale_of(stage, clerk=text)), 409)
        assert told["code"] == "registers.clerk_gone"

    refused(stage.client(OTHER), seal)
    forged = seal[:-1] + ("0" if seal[-1] != "0" else "1")
    for text in (forged, "HC1.x", seal.replace(cashier, stage.ids["stf"])):
        refused(stage.register, text)
    sold(stage, clerk=seal)
    # Another PIN ends what was signed in by the one before.
    stage.advance(timedelta(seconds=1))
    assert stage.office().put(f"/office/v1/staff/{cashier}/pin", json={"pin": "9999"}).status_code == 204
    refused(stage.register, seal)
    seal = sign_in(stage, cashier, "9999")["seal"]
    stage.advance(timedelta(hours=11))
    sold(stage, clerk=seal)
    stage.advance(timedelta(hours=1, minutes=1))
    refused(stage.register, seal)
    # Whoever lost the role, or left, is signed in no more.
    seal = sign_in(stage, cashier, "9999")["seal"]
    role = f"/office/v1/staff/{cashier}/roles/assistant/{stage.seed.place_id}"
    assert stage.office().delete(role).status_code == 204
    refused(stage.register, seal)
    assert sign_in(stage, cashier, "9999", 403)["code"] == "identity.pin_wrong"
    assert rows(stage, "SELECT count(*) FROM sale") == [(2,)]


def test_another_brands_register_knows_nobody_of_ours(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    seal = sign_in(stage, manager)["seal"]
    sale_id = sold(stage)
    other = stage.program.db.write_now(neighbour, stage)
    desk = stage.client(OTHER)
    assert ok(desk.get("/register/v1/clerks")) == []
    signed = desk.post("/register/v1/clerk", json={"staff_id": manager, "pin": PIN})
    assert signed.json()["code"] == "identity.pin_wrong"
    body = {
        "id": new_id("sal"),
        "currency": "EUR",
        "items": [{"gtin": other.gtins[0]}],
        "tenders": [{"id": new_id("tnd"), "rail": "cash"}],
        "clerk": seal,
    }
    assert desk.post("/register/v1/sales", json=body).json()["code"] == "registers.clerk_gone"
    asked: dict[str, Any] = {"id": new_id("apr"), "staff_id": manager, "pin": PIN}
    asked |= {"act": "return", "sale_id": sale_id, "amount_minor": 1}
    assert desk.post("/register/v1/approvals", json=asked).json()["code"] == "identity.pin_wrong"


def test_a_return_from_an_amount_on_needs_a_manager(stage: Stage) -> None:
    manager, cashier = hire(stage, "Boss", "store_manager"), hire(stage, "Maija", "assistant")
    policy(stage, return_from_minor=5000)
    sale_id = sold(stage)
    assert take_back(stage, return_of(sale_id, {2: 1}))["refund_minor"] == 4990
    # Small pieces one after another add up.
    again = take_back(stage, return_of(sale_id, {2: 1}), 409)
    assert (again["code"], again["facts"]["amount_minor"]) == ("sale.needs_approval", 4990)
    body = return_of(sale_id, {1: 1})
    refused = take_back(stage, body, 409)
    assert (refused["code"], refused["facts"]) == (
        "sale.needs_approval",
        {"act": "return", "sale_id": sale_id, "amount_minor": 10000, "currency": "EUR"},
    )
    about = refused["facts"]
    assert approve(stage, cashier, about, 403)["code"] == "registers.not_approver"
    assert approve(stage, manager, about, 403, pin="0000")["code"] == "identity.pin_wrong"
    given = approve(stage, manager, about)
    assert (given["amount_minor"], given["currency"]) == (10000, "EUR")
    told = take_back(stage, body, approval=given["id"])
    assert told["refund_minor"] == 10000
    # Asked again, with or without it, it is answered the same and uses nothing.
    assert take_back(stage, body) == told
    assert take_back(stage, body, approval=given["id"]) == told
    assert ledger_is_balanced(stage)
    seen = ok(stage.office().get(f"/office/v1/sales/{sale_id}"))["register_approvals"]
    assert [(a["staff_id"], a["act"], a["amount_minor"], a["used_for"]) for a in seen] == [
        (manager, "return", 10000, body["id"])
    ]
    trail = rows(
        stage, "SELECT actor_kind, actor_id, subject_id FROM audit_entry WHERE action = :a", a=ACTION
    )
    assert trail == [("staff", manager, sale_id)]


ACTION = "register.approve_act"


def test_an_approval_is_for_one_act_of_one_amount_once(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    policy(stage, return_from_minor=0)
    sale_id, other = sold(stage), sold(stage)
    body = return_of(sale_id, {2: 1})
    about = take_back(stage, body, 409)["facts"]

    def unusable(wish: dict[str, Any], approval: dict[str, Any]) -> None:
        assert take_back(stage, wish, 409, approval=approval["id"])["code"] == "registers.approval_unusable"

    unusable(body, {"id": new_id("apr")})
    for changed in ({"amount_minor": 4989}, {"act": "give_up"}, {"act": "allowance"}, {"sale_id": other}):
        unusable(body, approve(stage, manager, about, **changed))
    # The id of an approval stands for nothing else afterwards.
    given = approve(stage, manager, about)
    assert approve(stage, manager, about, id=given["id"]) == given
    changed = approve(stage, manager, about, 409, id=given["id"], amount_minor=1)
    assert changed["code"] == "registers.approval_unusable"
    stage.program.db.write_now(second_register, stage)
    elsewhere = stage.client(OTHER).post("/register/v1/returns", json=body | {"approval": given["id"]})
    assert elsewhere.json()["code"] == "registers.approval_unusable"
    # Two returns of the same amount at once: one approval lets one of them be.
    desk = register(stage)
    twins = [return_of(sale_id, {2: 1}) | {"approval": given["id"]} for _ in range(2)]
    answers = at_once([lambda t=t: desk.post("/register/v1/returns", json=t) for t in twins])  # type: ignore[misc]
    assert sorted(a.status_code for a in answers) == [200, 409]
    unusable(return_of(sale_id, {2: 1}), given)
    late = approve(stage, manager, take_back(stage, return_of(sale_id, {1: 1}), 409)["facts"])
    stage.advance(timedelta(minutes=16))
    unusable(return_of(sale_id, {1: 1}), late)
    assert one(stage, "SELECT count(*) FROM sale_return") == 1
    assert ledger_is_balanced(stage)


def test_staff_who_were_dismissed_approve_nothing(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    policy(stage, return_from_minor=0)
    body = return_of(sold(stage), {1: 1})
    about = take_back(stage, body, 409)["facts"]
    given = approve(stage, manager, about)
    assert stage.office().delete(f"/office/v1/staff/{manager}").status_code == 204
    refused = take_back(stage, body, 409, approval=given["id"])
    assert refused["code"] == "registers.approval_unusable"
    assert approve(stage, manager, about, 403)["code"] == "identity.pin_wrong"
    assert ok(stage.register.get("/register/v1/clerks")) == []
    assert rows(stage, "SELECT used_at FROM register_approval") == [(None,)]


def test_a_return_without_the_receipt_and_a_sale_given_up(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    policy(stage, no_receipt_from_minor=0, give_up_from_minor=1)
    sale_id = sold(stage)
    take_back(stage, return_of(sale_id, {2: 1}))
    body = return_of(sale_id, {3: 1}) | {"has_receipt": False}
    given = approve(stage, manager, take_back(stage, body, 409)["facts"])
    take_back(stage, body, approval=given["id"])

    empty = sale_of(stage) | {"tenders": [], "hold_minutes": 60}
    ok(stage.register.post("/register/v1/sales", json=empty), 202)
    assert ok(stage.register.post(f"/register/v1/sales/{empty['id']}/cancel"))["state"] == "abandoned"
    held = sale_of(stage) | {"tenders": [], "hold_minutes": 60}
    ok(stage.register.post("/register/v1/sales", json=held), 202)
    part = {"id": new_id("tnd"), "rail": "cash", "amount_minor": 3000}
    ok(stage.register.post(f"/register/v1/sales/{held['id']}/tenders", json=part))
    path = f"/register/v1/sales/{held['id']}/cancel"
    refused = ok(stage.register.post(path), 409)
    assert (refused["code"], refused["facts"]["act"], refused["facts"]["amount_minor"]) == (
        "sale.needs_approval",
        "give_up",
        3000,
    )
    given = approve(stage, manager, refused["facts"])
    # Another part came in between: what was approved is not what would go back.
    ok(stage.register.post(f"/register/v1/sales/{held['id']}/tenders", json=part | {"id": new_id("tnd")}))
    again = ok(stage.register.post(path, json={"approval": given["id"]}), 409)
    assert again["code"] == "registers.approval_unusable"
    given = approve(stage, manager, ok(stage.register.post(path), 409)["facts"])
    assert ok(stage.register.post(path, json={"approval": given["id"]}))["state"] == "abandoned"
    assert ledger_is_balanced(stage)


def test_money_back_at_a_register_while_the_goods_stay(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    sale_id = sold(stage)
    path = f"/register/v1/sales/{sale_id}/allowances"
    body = {"id": new_id("rtn"), "amount_minor": 1500, "reason": "Scratch"}
    refused = ok(stage.register.post(path, json=body), 409)
    assert (refused["code"], refused["facts"]["act"]) == ("sale.needs_approval", "allowance")
    given = approve(stage, manager, refused["facts"])
    seal = sign_in(stage, manager)["seal"]
    told = ok(stage.register.post(path, json=body | {"approval": given["id"], "clerk": seal}))
    assert [(r["rail"], r["amount_minor"], r["state"]) for r in told["refunds"]] == [
        ("cash", 1500, "pending")
    ]
    assert ok(stage.register.post(path, json=body)) == told
    ok(stage.register.post(f"/register/v1/sales/{sale_id}/hand-out"))
    assert rows(stage, "SELECT staff_id, register_id FROM sale_return") == [(manager, None)]
    assert rows(stage, "SELECT subject_id FROM clerk_act") == [(body["id"],)]
    again = ok(stage.register.post(path, json=body | {"id": new_id("rtn"), "approval": given["id"]}), 409)
    assert again["code"] == "registers.approval_unusable"
    assert ledger_is_balanced(stage)


def test_the_policy_stands_in_the_audit_trail(stage: Stage) -> None:
    office = stage.office()
    nothing = {"return_from_minor": None, "no_receipt_from_minor": None, "give_up_from_minor": None}
    assert ok(office.get("/office/v1/approval-policy")) == nothing
    said = {"return_from_minor": 100, "no_receipt_from_minor": 0, "give_up_from_minor": None}
    assert ok(office.put("/office/v1/approval-policy", json=said)) == said
    assert ok(office.get("/office/v1/approval-policy")) == said
    ok(office.put("/office/v1/approval-policy", json={}))
    assert ok(office.get("/office/v1/approval-policy")) == nothing
    assert office.put("/office/v1/approval-policy", json={"return_from_minor": -1}).status_code == 422
    assert one(stage, "SELECT count(*) FROM audit_entry WHERE action = 'office.set_approval_policy'") == 2


def test_a_price_set_in_the_shop_needs_a_manager_for_what_it_takes_off(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    gtins = stage.seed.gtins
    items = [{"gtin": gtins[0], "price_minor": 6_000}, {"gtin": gtins[2]}]
    asked = ok(stage.register.post("/register/v1/quotes", json={"items": items}))
    assert [(d["kind"], d["amount_minor"]) for d in asked["discounts"]] == [("by_hand", 4_000)]
    body = sale_of(stage, items=items, expected_total_minor=asked["total_minor"])
    refused = ok(stage.register.post("/register/v1/sales", json=body), 409)
    assert refused["code"] == "sale.needs_approval"
    about = {"act": "price", "sale_id": body["id"], "amount_minor": 4_000}
    assert {k: refused["facts"][k] for k in about} == about
    given = approve(stage, manager, about)
    # Another price, and another sale, are not what was approved.
    lower = [{**items[0], "price_minor": 5_999}, items[1]]
    for other in (sale_of(stage, items=lower, id=body["id"]), sale_of(stage, items=items)):
        answer = ok(stage.register.post("/register/v1/sales", json=other | {"approval": given["id"]}), 409)
        assert answer["code"] in ("registers.approval_unusable", "sales.total_changed")
    assert one(stage, "SELECT count(*) FROM sale") == 0
    # Refused for something else, the approval is still good.
    many = [{**items[0], "quantity": 1}, {"gtin": gtins[2], "quantity": 9_000}]
    gone = sale_of(stage, items=many, id=body["id"]) | {"approval": given["id"]}
    assert ok(stage.register.post("/register/v1/sales", json=gone), 409)["code"] == "sale.out_of_stock"
    paid = ok(stage.register.post("/register/v1/sales", json=body | {"approval": given["id"]}))
    assert ok(stage.register.post("/register/v1/sales", json=body | {"approval": given["id"]})) == paid
    assert (paid["total_minor"], paid["discounts"][0]["title_en"]) == (6_250, "Price set in the shop")
    above = [{**items[0], "price_minor": 10_001}]
    answer = ok(stage.register.post("/register/v1/quotes", json={"items": above}), 422)
    assert answer["code"] == "goods.amount_out_of_range"
    page = stage.office().get(f"/office/sales/{body['id']}").text
    assert "Price set in the shop" in page
    assert ledger_is_balanced(stage)


def test_the_office_sets_a_pin_by_its_page(stage: Stage) -> None:
    staff_id = hire(stage, "Maija", "assistant", pin=None)
    path = f"/office/staff/{staff_id}/pin"
    office, headers = stage.office(), {"HX-Request": "true"}
    assert office.post(path, data={"pin": "47x1"}, headers=headers).status_code == 422
    answer = office.post(path, data={"pin": PIN}, headers=headers)
    assert (answer.status_code, "Take it away" in answer.text, PIN in answer.text) == (200, True, False)
    assert sign_in(stage, staff_id)["name"] == "Maija"
    assert office.post(path, data={"take": "1"}, headers=headers).status_code == 200
    assert sign_in(stage, staff_id, status=403)["code"] == "identity.pin_wrong"


def test_waiting_until_a_sales_time_is_over_needs_the_same_approval(stage: Stage) -> None:
    manager = hire(stage, "Boss", "store_manager")
    policy(stage, give_up_from_minor=1)
    held = sale_of(stage) | {"tenders": [], "hold_minutes": 1}
    ok(stage.register.post("/register/v1/sales", json=held), 202)
    part = {"id": new_id("tnd"), "rail": "cash", "amount_minor": 3_000}
    ok(stage.register.post(f"/register/v1/sales/{held['id']}/tenders", json=part))
    stage.advance(timedelta(minutes=2))
    stage.drain()
    for path in ("cancel", "hand-out"):
        refused = ok(stage.register.post(f"/register/v1/sales/{held['id']}/{path}"), 409)
        assert (refused["code"], refused["facts"]["amount_minor"]) == ("sale.needs_approval", 3_000)
    assert one(stage, "SELECT state FROM tender WHERE direction = 'out'") == "pending"
    given = {"approval": approve(stage, manager, refused["facts"])["id"]}
    ok(stage.register.post(f"/register/v1/sales/{held['id']}/hand-out", json=given))
    assert one(stage, "SELECT state FROM tender WHERE direction = 'out'") == "captured"
    assert ledger_is_balanced(stage)
