"""Pages: a session in a cookie, refused to other sites, listed and ended; over HTTP on both databases."""

# ruff: noqa: F811, F401

from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import text

from highstreet.kernel.tx import Reader
from tests.fronts.office_town import PASSWORD, Town, staff_of, town
from tests.patience import PATIENCE_S

PAGE = {
    "X-Highstreet": "page",
    "Sec-Fetch-Site": "same-origin",
    "User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36",
}
PHONE = "+358401234567"


def page(town: Town) -> httpx.Client:
    """A browser on one of our pages, with cookies."""
    return httpx.Client(base_url=town.url, headers=PAGE, trust_env=False, timeout=PATIENCE_S)


def sign_in(http: httpx.Client, audience: str, login: str) -> Any:
    answer = http.post(f"/{audience}/v1/sign-in", json={"login": login, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer


def test_a_page_gets_its_session_in_a_cookie_that_no_script_reads(town: Town) -> None:
    with page(town) as http:
        answer = sign_in(http, "office", "office")
        assert answer.json()["token"] is None
        line = answer.headers["set-cookie"]
        assert line.startswith("hs_office=hs_s_")
        assert line.endswith("; Max-Age=43200; Path=/office; HttpOnly; SameSite=Lax")
        me = http.get("/office/v1/me")
        assert me.status_code == 200
        assert me.headers["cache-control"] == "no-store"
        told = me.json()
        assert (told["staff_id"], told["login"], told["brand"]["id"]) == (
            staff_of("office"),
            "office",
            town.seed.brand_id,
        )
        assert [(r["role"], r["scope"]["id"]) for r in told["roles"]] == [
            ("office_manager", town.seed.brand_id)
        ]
        assert "staff.write" in told["permissions"]
        # The browser sends it to nobody else.
        assert http.get("/dealer/v1/me").status_code == 401
        assert http.post("/office/v1/sign-out").status_code == 204
        assert dict(http.cookies) == {}
        assert http.get("/office/v1/me").status_code == 401


def test_whoever_is_no_page_gets_the_token_and_no_cookie(town: Town) -> None:
    told = town.client(None).post("/dealer/v1/sign-in", json={"login": "dealer", "password": PASSWORD})
    assert told.json()["token"].startswith("hs_s_")
    assert "set-cookie" not in told.headers


def test_a_cookie_changes_nothing_for_another_site(town: Town) -> None:
    code = {"slug": "x-1", "kind": "shelf", "campaign": "c", "label_en": "a", "label_zh": "b"}
    with page(town) as http:
        sign_in(http, "office", "office")
        before = town.row_counts()
        for headers in (
            {"X-Highstreet": ""},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            for method, path in (
                ("POST", "/office/v1/codes"),
                ("POST", "/office/v1/sign-out"),
                ("DELETE", f"/office/v1/staff/{staff_of('leaving')}"),
                ("POST", "/office/v1/sign-in"),
            ):
                answer = http.request(method, path, json=code, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (403, "request.cross_site"), path
        for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
            old = {**PAGE, **headers}
            del old["Sec-Fetch-Site"]  # an older browser, or plain http
            sent = http.build_request("POST", "/office/v1/codes", json=code, headers=old)
            del sent.headers["Sec-Fetch-Site"]
            assert http.send(sent).status_code == 403
        assert town.row_counts() == before
        assert http.post("/office/v1/codes", json=code, headers={"Origin": town.url}).status_code == 200
        # A key in a header is sent by no browser on its own.
        assert town.ask("office", "POST", "/office/v1/codes", json={**code, "slug": "x-2"})["slug"] == "x-2"


def test_a_cookie_does_not_open_another_audience(town: Town) -> None:
    with page(town) as http:
        sign_in(http, "dealer", "dealer")
        [cookie] = list(http.cookies.jar)
    for audience, status in (("office", 403), ("shop", 403), ("register", 403)):
        path = {"office": "/office/v1/staff", "shop": "/shop/v1/me", "register": "/register/v1/me"}[audience]
        with page(town) as http:
            http.cookies.set(f"hs_{audience}", str(cookie.value))
            assert http.get(path).status_code == status
            http.cookies.clear()
            http.cookies.set("hs_dealer", str(cookie.value))
            assert http.get(path).status_code == 401


def test_staff_see_their_sessions_and_end_them(town: Town) -> None:
    with page(town) as here, page(town) as there:
        town.clock.advance(timedelta(minutes=1))
        sign_in(here, "office", "office")
        town.clock.advance(timedelta(minutes=1))
        sign_in(there, "office", "office")
        told = here.get("/office/v1/me/sessions").json()
        assert [(s["is_this"], s["device_name"]) for s in told] == [
            (False, "Chrome, Android"),
            (True, "Chrome, Android"),
            (False, None),
        ]
        other = told[0]["session_id"]
        assert town.client("dealer").delete(f"/dealer/v1/me/sessions/{other}").status_code == 404
        assert here.delete(f"/office/v1/me/sessions/{other}").status_code == 204
        assert here.delete(f"/office/v1/me/sessions/{other}").status_code == 404
        assert there.get("/office/v1/me").status_code == 401
        assert here.get("/office/v1/me").status_code == 200


def test_a_new_password_ends_every_session(town: Town) -> None:
    path, new = "/dealer/v1/me/password", "another good one"
    with page(town) as http:
        sign_in(http, "dealer", "dealer")
        wrong = http.put(path, json={"password": "not mine", "new_password": new})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "identity.login_wrong")
        assert http.put(path, json={"password": PASSWORD, "new_password": "short"}).status_code == 422
        assert http.get("/dealer/v1/me").status_code == 200
        assert http.put(path, json={"password": PASSWORD, "new_password": new}).status_code == 204
        assert http.get("/dealer/v1/me").status_code == 401
        town.ask("dealer", "GET", "/dealer/v1/me", 401)
        asked = {"login": "dealer", "password": PASSWORD}
        assert http.post("/dealer/v1/sign-in", json=asked).status_code == 401
        assert http.post("/dealer/v1/sign-in", json={**asked, "password": new}).status_code == 200


def test_a_register_is_paired_once_by_a_code_and_is_seen(town: Town) -> None:
    seed = town.seed
    path = f"/office/v1/registers/{seed.register_id}/pairing"
    old = town.ask("office", "POST", path, 201)
    told = town.ask("office", "POST", path, 201)
    assert told["url"].endswith(f"/register/#pair={told['code']}")
    hashes = town.program.db.read_now(Reader.rows, text("SELECT code_hash FROM pairing"))
    assert all(told["code"].replace("-", "") not in row.code_hash for row in hashes)
    with page(town) as http:
        for code in (old["code"], "0000-0000"):
            wrong = http.post("/register/v1/pairing", json={"code": code})
            assert (wrong.status_code, wrong.json()["code"]) == (401, "identity.pairing_wrong")
        paired = http.post("/register/v1/pairing", json={"code": told["code"].lower()})
        assert paired.status_code == 200, paired.text
        assert paired.json()["key"] is None
        assert paired.headers["set-cookie"].endswith(
            "Max-Age=34560000; Path=/register; HttpOnly; SameSite=Lax"
        )
        assert http.get("/register/v1/me").json()["register_id"] == seed.register_id
        again = http.post("/register/v1/pairing", json={"code": told["code"]})
        assert again.status_code == 401
        key = _key(town, paired.json()["key_id"])
        assert (key["device_name"], key["revoked_at"]) == ("Chrome, Android", None)
        assert key["seen_at"] is not None
        assert http.post("/register/v1/sign-out", headers={"X-Highstreet": ""}).status_code == 403
        assert http.post("/register/v1/sign-out").status_code == 204
        assert http.get("/register/v1/me").status_code == 401
        assert _key(town, paired.json()["key_id"])["revoked_at"] is not None
        events = town.program.db.read_now(
            Reader.rows,
            text("SELECT name FROM outbox WHERE name LIKE 'identity.%' ORDER BY seq DESC LIMIT 3"),
        )
        assert [row.name for row in events] == [
            "identity.register_key_revoked.v1",
            "identity.register_key_issued.v1",
            "identity.pairing_started.v1",
        ]


def _key(town: Town, key_id: str) -> Any:
    for _ in range(200):  # that it was used is noted beside the request
        for register in town.ask("office", "GET", "/office/v1/registers"):
            for key in register["keys"]:
                if key["id"] == key_id and key["seen_at"]:
                    return key
    raise AssertionError("never seen")


def test_a_pairing_code_is_soon_too_old_and_guessing_ends(town: Town) -> None:
    path = f"/office/v1/registers/{town.seed.register_id}/pairing"
    told = town.ask("office", "POST", path, 201)
    town.clock.advance(timedelta(minutes=10))
    town.ask(None, "POST", "/register/v1/pairing", 401, json={"code": told["code"]})
    fresh = town.ask("office", "POST", path, 201)
    paired = town.ask(None, "POST", "/register/v1/pairing", json={"code": fresh["code"]})
    assert paired["key"].startswith("hs_r_")


def test_use_is_noted_every_few_minutes(town: Town) -> None:
    def seen() -> str:
        [told] = [s for s in town.ask("office", "GET", "/office/v1/me/sessions") if s["is_this"]]
        return str(told["seen_at"])

    first = seen()
    town.clock.advance(timedelta(minutes=4))
    assert seen() == first
    town.clock.advance(timedelta(minutes=1))
    town.app.state.actors.forget()  # as ten seconds do
    for _ in range(200):
        if seen() != first:
            return
    raise AssertionError("never noted")
