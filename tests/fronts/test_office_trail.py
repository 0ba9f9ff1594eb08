"""The audit trail: every change by staff is written down with the change, and nothing else is; on both databases."""

# ruff: noqa: F811, F401

import html
import re
from typing import Any

import pytest
from sqlalchemy import text

from highstreet.fronts.office.pages.audit import KNOWN
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.tx import Tx
from tests.fronts.office_town import OFFER, Town, staff_of, town


def trail(town: Town, who: str = "office", **params: Any) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = town.ask(who, "GET", "/office/v1/audit", params=params)
    return told


def test_who_did_what(town: Town) -> None:
    seed = town.seed
    assert trail(town) == []
    added = town.ask(
        "office",
        "POST",
        "/office/v1/staff",
        201,
        json={"party_id": seed.dealer, "login": "maija", "name": "Maija", "password": "long enough"},
    )["staff_id"]
    role = {"role": "store_manager", "scope_id": seed.place_id}
    town.ask("office", "POST", f"/office/v1/staff/{added}/roles", json=role)
    price = {"currency": "EUR", "list_minor": 260}
    town.ask("office", "PUT", f"/office/v1/goods/{seed.variants[2]}/price", json=price)
    town.ask("office", "PUT", f"/office/v1/offers/{OFFER}/active", 204, json={"is_active": False})
    town.ask("office", "POST", f"/office/v1/registers/{seed.register_id}/pairing", 201)
    told = trail(town)
    assert [(e["action"], e["subject_id"]) for e in told] == [
        ("office.pair_register", seed.register_id),
        ("office.set_offer_active", OFFER),
        ("office.set_price", seed.variants[2]),
        ("office.give_role", added),
        ("office.add_staff", added),
    ]
    assert {(e["actor_id"], e["actor_login"]) for e in told} == {(staff_of("office"), "office")}
    assert told[2]["facts"] == {"currency": "EUR", "list_minor": 260, "member_minor": None}
    assert told[3]["facts"] == role
    assert "long enough" not in str(told)
    assert [e["seq"] for e in trail(town, before=told[1]["seq"], limit=2)] == [e["seq"] for e in told[2:4]]
    assert [e["action"] for e in trail(town, subject_id=added)] == ["office.give_role", "office.add_staff"]
    assert trail(town, actor_id=staff_of("dealer")) == []
    assert trail(town, "other-office") == []


def test_a_refusal_is_no_change(town: Town) -> None:
    town.ask("office", "DELETE", f"/office/v1/staff/{staff_of('office')}", 409)
    town.ask("dealer", "PUT", f"/office/v1/offers/{OFFER}/active", 403, json={"is_active": False})
    assert trail(town) == []


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"])
def test_nobody_rewrites_it(town: Town, change: str) -> None:
    town.ask("office", "PUT", f"/office/v1/offers/{OFFER}/active", 204, json={"is_active": True})

    def rewrite(tx: Tx, _command: None) -> None:
        tx.run(text(change))

    with pytest.raises(Refusal):
        town.program.db.write_now(rewrite, None)
    assert len(trail(town)) == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_has_words_for_every_change(town: Town, language: str) -> None:
    store = Actor(ActorKind.STAFF, staff_of("store"), brand_id=town.seed.brand_id)
    for action in KNOWN:
        entry = Audited(store, action, None, lambda tx, command: None, None, town.clock.now(), {})
        town.program.db.write_now(audited, entry)
    with town.client(None) as http:
        http.cookies.set("hs_office", town.tokens["office"])
        told, at = "", "/office/audit"
        while at:
            page = http.get(at, headers={"Accept-Language": language})
            assert page.status_code == 200
            told += page.text.partition('id="trail"')[2]
            older = re.search(r'href="([^"]+)"[^>]*rel="next"', page.text)
            at = html.unescape(older[1]) if older else ""
    assert told.count("<li") == len(KNOWN)
    for untold in ("office-more", "office.", "register."):
        assert untold not in told
