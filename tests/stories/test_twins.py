"""Rivals by design: managers who end each other, brands that use each other's ids, staff of another place."""

from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from highstreet.flows.change_staff import DismissStaff, TakeRoleBy, dismiss_staff, take_role
from highstreet.kernel.errors import Refusal
from highstreet.kernel.ids import new_id
from highstreet.kernel.live import STREAMS_OF_ACTOR
from highstreet.rooms.parties import TakeRole
from tests.stories.acts import at_once, one, rows
from tests.stories.conftest import PASSWORD, Stage
from tests.stories.test_clerks import OTHER, hire, neighbour, sign_in
from tests.stories.test_loop import ok


def manager(stage: Stage, name: str) -> tuple[str, httpx.Client]:
    """Somebody new who may do everything at the head office."""
    asked = {
        "login": f"{name}@nordlys",
        "name": name,
        "password": PASSWORD,
        "party_id": stage.seed.brand_party,
    }
    staff_id = str(ok(stage.office().post("/office/v1/staff", json=asked), 201)["staff_id"])
    role = {"role": "office_manager", "scope_id": stage.seed.brand_id}
    ok(stage.office().post(f"/office/v1/staff/{staff_id}/roles", json=role))
    told = ok(stage.client().post("/office/v1/sign-in", json={"login": asked["login"], "password": PASSWORD}))
    return staff_id, stage.client(told["token"])


def governors(stage: Stage) -> int:
    sql = """SELECT count(*) FROM staff JOIN staff_role ON staff_role.staff_id = staff.id
        WHERE staff.is_active AND staff_role.role = 'office_manager'"""
    return int(one(stage, sql))


def test_managers_who_end_each_other_at_once_leave_one(stage: Stage) -> None:
    (anna, as_anna), (bert, as_bert) = manager(stage, "anna"), manager(stage, "bert")
    assert as_anna.delete(f"/office/v1/staff/{stage.ids['stf']}").status_code == 204
    statuses = at_once(
        [
            lambda: as_anna.delete(f"/office/v1/staff/{bert}").status_code,
            lambda: as_bert.delete(f"/office/v1/staff/{anna}").status_code,
        ]
    )
    assert statuses.count(204) == 1
    assert governors(stage) == 1


def test_who_was_ended_while_asking_ends_nobody(stage: Stage) -> None:
    (anna, _), (bert, _) = manager(stage, "anna"), manager(stage, "bert")
    brand_id, now, write = stage.seed.brand_id, stage.clock.now(), stage.program.db.write_now
    of_bert = TakeRole(brand_id, bert, "office_manager", brand_id, now)
    write(take_role, TakeRoleBy(of_bert, anna))
    with pytest.raises(Refusal, match=r"auth\.forbidden"):  # who is at work still, without the role
        write(dismiss_staff, DismissStaff(brand_id, anna, bert, now))
    write(dismiss_staff, DismissStaff(brand_id, bert, anna, now))
    of_anna = TakeRole(brand_id, anna, "office_manager", brand_id, now)
    with pytest.raises(Refusal, match=r"auth\.forbidden"):
        write(take_role, TakeRoleBy(of_anna, bert))
    assert governors(stage) == 2


def twin(stage: Stage, **ids: str) -> httpx.Client:
    """A register of ours under ids that another brand uses, too."""
    new: dict[str, Any] = {"id": new_id("reg"), "key_id": new_id("rky"), "name": "Twin", **ids}
    asked = {"is_training": False, "registers": [{**new, "place_id": stage.seed.place_id}]}
    return stage.client(
        ok(stage.office().post("/office/v1/registers/bulk", json=asked), 201)["registers"][0]["key"]
    )


def test_guesses_at_a_twin_are_not_counted_against_another_brands_register(stage: Stage) -> None:
    other = stage.program.db.write_now(neighbour, stage)
    guesser, theirs = twin(stage, id=other.register_id), stage.client(OTHER)
    wrong = {"staff_id": new_id("stf"), "pin": "0000"}
    card = {"amount_minor": 100, "currency": "EUR", "card_code": "A" * 16}
    for _ in range(12):
        last = guesser.post("/register/v1/clerk", json=wrong)
        last_card = guesser.post("/register/v1/rails", json=card)
    assert (last.status_code, last_card.status_code) == (429, 429)
    assert theirs.post("/register/v1/clerk", json=wrong).json()["code"] == "identity.pin_wrong"
    assert theirs.post("/register/v1/rails", json=card).status_code != 429


def test_a_twins_streams_are_not_another_brands(stage: Stage) -> None:
    stage.program.db.write_now(neighbour, stage)
    key_id = one(stage, "SELECT id FROM register_key ORDER BY created_at DESC, id DESC LIMIT 1")
    ours, theirs = twin(stage, key_id=key_id), stage.client(OTHER)
    with ExitStack() as stack:
        for client, times, status in ((ours, STREAMS_OF_ACTOR, 200), (ours, 1, 429), (theirs, 1, 200)):
            for _ in range(times):
                assert stack.enter_context(client.stream("GET", "/register/v1/stream")).status_code == status


def test_staff_of_another_place_keep_their_tries_and_their_secret(stage: Stage) -> None:
    far = hire(stage, "Far", None)
    tries = rows(stage, "SELECT tries_left FROM staff_pin WHERE staff_id = :id", id=far)
    asked = {
        "id": new_id("apr"),
        "staff_id": far,
        "act": "return",
        "sale_id": new_id("sal"),
        "amount_minor": 1,
    }
    for pin in ("0000", "4711"):
        assert sign_in(stage, far, pin, 403)["code"] == "identity.pin_wrong"
        told = ok(stage.register.post("/register/v1/approvals", json={**asked, "pin": pin}), 403)
        assert told["code"] == "identity.pin_wrong"
    assert rows(stage, "SELECT tries_left FROM staff_pin WHERE staff_id = :id", id=far) == tries
