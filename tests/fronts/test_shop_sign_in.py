"""Signing in, sessions, and the limits by address, over HTTP on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Reader
from tests.fronts.shop_town import UNKNOWN_TOKEN, Shopper, Town, open_town

PHONE = "+358401234567"


def test_a_new_phone_becomes_a_person_and_the_same_phone_comes_back_to_them(town: Town) -> None:
    code = town.code_for("040 1234567")  # as dialled at home
    with town.client() as http:
        first = http.post("/shop/v1/sign-in", json={"phone": PHONE, "code": code})
        assert first.status_code == 200
        assert first.headers["cache-control"] == "no-store"
        told = first.json()
        assert told["is_new"] is True
        assert sorted(told) == ["expires_at", "is_new", "person_id", "session_id", "token"]
        assert told["expires_at"] == "2027-02-18T10:00:00Z"
        again = http.post("/shop/v1/sign-in", json={"phone": PHONE, "code": code})
        assert (again.status_code, again.json()["code"]) == (401, "identity.code_wrong")
    town.clock.advance(timedelta(seconds=31))
    back = town.sign_in(PHONE)
    assert back.person_id == told["person_id"]
    assert back.session_id != told["session_id"]


def test_wrong_codes_count_and_say_nothing_about_the_phone(town: Town) -> None:
    code = town.code_for(PHONE)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    with town.client() as http:

        def tried(phone: str, text: str) -> tuple[int, str]:
            answer = http.post("/shop/v1/sign-in", json={"phone": phone, "code": text})
            return answer.status_code, answer.json()["code"]

        assert tried("+358409999999", wrong) == tried(PHONE, wrong) == (401, "identity.code_wrong")
        for _ in range(3):
            assert tried(PHONE, wrong)[0] == 401
        for text_ in (wrong, code):  # four guesses from one address, and no more
            assert tried(PHONE, text_) == (429, "rate.limited")
    # The fifth would have voided the code for everybody.
    left = text("SELECT max(attempts_left) FROM sign_in_code")
    assert town.program.db.read_now(Reader.value, left) == 1


def test_one_address_cannot_use_up_a_phones_codes(town: Town) -> None:
    with town.client() as http:
        for _ in range(3):
            assert http.post("/shop/v1/sign-in/codes", json={"phone": PHONE}).status_code == 202
            town.clock.advance(timedelta(seconds=31))
        refused = http.post("/shop/v1/sign-in/codes", json={"phone": PHONE})
    assert (refused.status_code, refused.json()["code"]) == (429, "identity.code_too_soon")
    assert refused.headers["retry-after"] == str(86_400 - 93)
    query = text("SELECT sent FROM code_count WHERE address_key = ''")
    assert town.program.db.read_now(Reader.value, query) == 3  # of ten


def test_codes_are_not_sent_in_a_row(town: Town) -> None:
    town.code_for(PHONE)
    with town.client() as http:
        soon = http.post("/shop/v1/sign-in/codes", json={"phone": PHONE})
    assert (soon.status_code, soon.json()["code"]) == (429, "identity.code_too_soon")
    assert soon.headers["retry-after"] == "30"


def test_malformed_requests_for_a_code(town: Town) -> None:
    malformed: list[dict[str, object]] = [
        {},
        {"phone": "12"},
        {"phone": "x" * 41},
        {"phone": PHONE, "extra": 1},
        {"phone": 358401234567},
        {"phone": "not a phone"},
    ]
    with town.client() as http:
        for sent in malformed:
            answer = http.post("/shop/v1/sign-in/codes", json=sent)
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"


def test_malformed_sign_ins(town: Town) -> None:
    with town.client() as http:
        for sent in (
            {"phone": PHONE, "code": "12345"},
            {"phone": PHONE, "code": "１２３４５６"},
            {"phone": PHONE, "code": "123456", "device_id": "dev_1"},
            {"phone": PHONE, "code": "123456", "person_id": new_id("psn")},
        ):
            assert http.post("/shop/v1/sign-in", json=sent).status_code == 422


def test_one_address_asks_only_so_often(migrated_url: str) -> None:
    with open_town(migrated_url, sign_ins_an_hour=3, touches_a_minute=2) as town, town.client() as http:
        for n in range(3):
            answer = http.post("/shop/v1/sign-in/codes", json={"phone": f"+35840123456{n}"})
            assert answer.status_code == 202
        refused = http.post("/shop/v1/sign-in/codes", json={"phone": "+358401234569"})
        assert (refused.status_code, refused.json()["code"]) == (429, "rate.limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 3600
        tried = http.post("/shop/v1/sign-in", json={"phone": PHONE, "code": "000000"})
        assert tried.status_code == 429
        statuses = [
            http.post(
                "/shop/v1/touches",
                json={"id": new_id("tch"), "slug": "bus-stop-7", "device_id": new_id("dev")},
            ).status_code
            for _ in range(3)
        ]
        assert statuses == [200, 200, 429]


def test_one_address_errs_only_so_often_whatever_the_phone(migrated_url: str) -> None:
    with open_town(migrated_url, sign_ins_an_hour=200) as town, town.client() as http:
        phones = [f"+35840123456{n}" for n in range(6)]
        codes = {phone: town.code_for(phone) for phone in phones}
        for phone in phones[:5]:
            wrong = "000000" if codes[phone] != "000000" else "000001"
            for _ in range(4):
                assert http.post("/shop/v1/sign-in", json={"phone": phone, "code": wrong}).status_code == 401
        refused = http.post("/shop/v1/sign-in", json={"phone": phones[5], "code": "000000"})
        assert (refused.status_code, refused.json()["code"]) == (429, "rate.limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 3600
        # The last phone's code was not tried: the limit is there before the code is looked at.
        right = http.post("/shop/v1/sign-in", json={"phone": phones[5], "code": codes[phones[5]]})
        assert right.status_code == 429
        assert (
            town.program.db.read_now(Reader.value, text("SELECT max(attempts_left) FROM sign_in_code")) == 5
        )


def test_sessions_are_listed_and_ended_by_their_person_only(town: Town, anna: Shopper, bo: Shopper) -> None:
    town.clock.advance(timedelta(seconds=31))
    second = town.sign_in(PHONE)
    told = anna.ask("GET", "/me/sessions", 200)
    assert [(s["session_id"], s["is_this"]) for s in told] == [
        (second.session_id, False),
        (anna.session_id, True),
    ]
    for who, session_id, status in (
        (bo, second.session_id, 404),
        (anna, new_id("ses"), 404),
        (anna, "ses_1", 422),
        (anna, second.session_id, 204),
        (anna, second.session_id, 404),
    ):
        who.ask("DELETE", f"/me/sessions/{session_id}", status)
    second.ask("GET", "/me", 401)
    anna.ask("GET", "/me", 200)
    anna.ask("POST", "/sign-out", 204)
    anna.ask("POST", "/sign-out", 401)
    bo.ask("GET", "/me", 200)


PRIVATE = [
    ("GET", "/me"),
    ("GET", "/me/export"),
    ("DELETE", "/me"),
    ("GET", "/me/sessions"),
    ("DELETE", f"/me/sessions/{new_id('ses')}"),
    ("POST", "/sign-out"),
    ("GET", "/consents"),
    ("GET", "/coupons"),
    ("GET", "/memberships"),
    ("GET", f"/memberships/{new_id('brd')}/code"),
    ("GET", f"/memberships/{new_id('brd')}/code-keys"),
    ("GET", f"/memberships/{new_id('brd')}/points"),
    ("GET", "/feed"),
    ("GET", "/receipts"),
    ("GET", f"/receipts/{new_id('brd')}/{new_id('sal')}"),
    ("GET", f"/receipts/{new_id('brd')}/{new_id('sal')}/proof"),
    ("GET", "/stream"),
    ("GET", "/orders"),
    ("POST", "/orders"),
    ("POST", "/orders/prices"),
    ("GET", f"/orders/{new_id('brd')}/{new_id('sal')}"),
    ("POST", f"/orders/{new_id('brd')}/{new_id('sal')}/tenders"),
    ("POST", f"/orders/{new_id('brd')}/{new_id('sal')}/cancel"),
    ("POST", f"/orders/{new_id('brd')}/{new_id('sal')}/links"),
    ("POST", f"/orders/{new_id('brd')}/{new_id('sal')}/tenders/{new_id('tnd')}/cancel"),
    ("PUT", f"/brands/{new_id('brd')}/follow"),
    ("DELETE", f"/brands/{new_id('brd')}/follow"),
    ("DELETE", f"/brands/{new_id('brd')}/consents/offers"),
    ("POST", f"/brands/{new_id('brd')}/offers/{new_id('ofr')}/claims"),
]


def test_nobody_and_strangers_to_this_front_are_refused_everywhere(town: Town, register_key: str) -> None:
    for token, status, code in (
        (None, 401, "auth.required"),
        (UNKNOWN_TOKEN, 401, "auth.required"),
        (register_key, 403, "auth.forbidden"),
    ):
        with town.client(token) as http:
            for method, path in PRIVATE:
                answer = http.request(
                    method, f"/shop/v1{path}", json={} if method in ("PUT", "POST") else None
                )
                assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path)


def test_every_private_route_is_in_the_list(town: Town) -> None:
    with town.client() as http:
        paths = http.get("/openapi.json").json()["paths"]
    asked = {
        (method.upper(), path.removeprefix("/shop/v1"))
        for path, methods in paths.items()
        for method, route in methods.items()
        if path.startswith("/shop/v1") and "403" in route["responses"]
    }
    listed = {
        (method, "/".join(p if "_" not in p else "*" for p in path.split("/"))) for method, path in PRIVATE
    }
    starred = {(m, "/".join("*" if p.startswith("{") else p for p in path.split("/"))) for m, path in asked}
    assert starred == {(m, p.replace("/consents/offers", "/consents/*")) for m, p in listed}


@pytest.fixture
def register_key(town: Town) -> str:
    """A register's key: somebody, but no shopper."""
    from highstreet.rooms.identity import (
        IssueRegisterKey,
        TokenKind,
        issue_register_key,
        make_token,
        token_hash,
    )

    key = make_token(TokenKind.REGISTER_KEY, bytes([7]) * 32)
    seed = town.seed
    town.program.db.write_now(
        issue_register_key,
        IssueRegisterKey(
            seed.brand_id, new_id("rky"), seed.place_id, seed.register_id, token_hash(key), town.clock.now()
        ),
    )
    return key
