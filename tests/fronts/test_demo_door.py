"""The demo's front door: being one of its people in one tap, on both databases, and nowhere else."""

# ruff: noqa: F811, F401

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from highstreet.kernel.ids import new_id
from highstreet.rooms.loop.tables import code, touch
from highstreet_simulator.wallet import ThreadedWallet
from tests.fronts.office_town import Town, open_town, town
from tests.patience import PATIENCE_S

PAGE = {"X-Highstreet": "page", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def demo(migrated_url: str, tmp_path: Path) -> Iterator[Town]:
    """The town in demo mode, with the people of its keys.json."""
    path = tmp_path / "keys.json"
    with open_town(migrated_url, mode="demo", demo_people=str(path)) as opened:
        keys = {f"{who}_login": who for who in ("office", "dealer", "landlord")}
        path.write_text(
            json.dumps({"try": {**keys, "register_token": opened.tokens["register"], "office_pin": "2468"}})
        )
        yield opened


def page(town: Town) -> httpx.Client:
    return httpx.Client(base_url=town.url, headers=PAGE, trust_env=False, timeout=PATIENCE_S)


def test_whoever_comes_may_be_one_of_five(demo: Town) -> None:
    told = demo.ask(None, "GET", "/door/v1/people")
    assert [(p["person"], p["audience"], p["name"]) for p in told] == [
        ("shopper", "shop", None),
        ("register", "register", None),
        ("office", "office", "Office"),
        ("dealer", "dealer", "Dealer"),
        ("landlord", "dealer", "Landlord"),
    ]
    assert [p.get("pin") for p in told] == [None, None, "2468", None, None]
    with page(demo) as http:
        assert "Where a register asks for a manager: PIN" in http.get("/").text
    for person in told:
        with page(demo) as http:
            entered = http.post("/door/v1/enter", json={"person": person["person"]})
            assert entered.status_code == 200, entered.text
            assert entered.json() == {"audience": person["audience"], "url": f"/{person['audience']}/"}
            assert f"Path=/{person['audience']};" in entered.headers["set-cookie"]
            assert http.get(f"/{person['audience']}/v1/me").status_code == 200
    with page(demo) as http:  # twice the same shopper
        ids = set()
        for _ in range(2):
            http.post("/door/v1/enter", json={"person": "shopper"})
            ids.add(http.get("/shop/v1/me").json()["person_id"])
        assert len(ids) == 1


def test_the_poster_scanned_before_entering_gets_its_credit(demo: Town) -> None:
    """The tour's way: scan as nobody, become the shopper on the same phone, then consent."""
    device, brand = new_id("dev"), demo.seed.brand_id
    with page(demo) as http:
        slug = demo.program.db.read_now(lambda reader: reader.value(select(code.c.slug)))
        touched = {"id": new_id("tch"), "slug": slug, "device_id": device}
        assert http.post("/shop/v1/touches", json=touched).status_code == 200
        entered = http.post("/door/v1/enter", json={"person": "shopper", "device_id": device})
        assert entered.status_code == 200
        joined = http.put(
            f"/shop/v1/brands/{brand}/follow",
            json={
                "entry": "shop",
                "code_slug": slug,
                "joins": True,
                "purposes": ["service", "measurement"],
                "consent_ids": [new_id("cst"), new_id("cst")],
                "member_id": new_id("mbr"),
            },
        )
        assert joined.status_code == 200, joined.text
        touches = select(touch.c.person_id).where(touch.c.device_id == device)
        assert demo.program.db.read_now(lambda reader: reader.value(touches)) is not None
        assert http.post("/door/v1/enter", json={"person": "shopper", "device_id": "x"}).status_code == 422


def test_the_wallet_is_a_door_and_its_code_can_be_scanned(migrated_url: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with (
        ThreadedWallet() as wallet,
        open_town(migrated_url, mode="demo", demo_people=str(path), wallet_url=wallet.url) as town,
        page(town) as http,
    ):
        tried = {"register_token": town.tokens["register"], "gtin": town.seed.gtins[0]}
        path.write_text(json.dumps({"try": tried}))
        door = http.get("/", headers={"Accept": "text/html"}).text
        assert f'href="{wallet.url}/?lang=en"' in door
        scanned = http.get("/door/v1/tour/wallet-code")
        assert scanned.headers["cache-control"] == "no-store"
        shown = httpx.get(f"{wallet.url}/payer/aino/code", trust_env=False).json()["auth_code"]
        assert scanned.json() == {"code": shown}
        # Whoever came before has spent of the same purse: it was filled for this visitor.
        phone = httpx.get(f"{wallet.url}/payer/aino/now?lang=en", trust_env=False).json()
        assert "5,300.00" in phone["balance"]


def test_without_a_wallet_there_is_no_such_door(demo: Town) -> None:
    with page(demo) as http:
        assert "?lang=en" not in http.get("/", headers={"Accept": "text/html"}).text
        assert http.get("/door/v1/tour/wallet-code").status_code == 404


def test_only_our_page_enters(demo: Town) -> None:
    before = demo.row_counts()
    for headers in ({}, {"X-Highstreet": "page", "Sec-Fetch-Site": "cross-site"}):
        with httpx.Client(base_url=demo.url, headers=headers, trust_env=False) as http:
            answer = http.post("/door/v1/enter", json={"person": "office"})
        assert (answer.status_code, answer.json()["code"]) == (403, "request.cross_site")
        assert "set-cookie" not in answer.headers
    with page(demo) as http:
        assert http.post("/door/v1/enter", json={"person": "anybody"}).status_code == 422
    assert demo.row_counts() == before


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("127.0.0.1", 200),
        ("[::1]:8000", 200),
        ("192.0.2.7:8000", 200),
        ("rebind.evil.example", 403),
        ("127.0.0.1.evil.example:8000", 403),
        ("localhost.evil.example", 403),
    ],
)
def test_a_strangers_name_for_this_machine_enters_nowhere(demo: Town, host: str, status: int) -> None:
    with page(demo) as http:
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert http.post("/door/v1/enter", json={"person": "office"}, headers=headers).status_code == status


@pytest.mark.parametrize("mode", ["test", "demo"])
def test_there_is_no_such_door_elsewhere(migrated_url: str, tmp_path: Path, mode: str) -> None:
    """Not in production, nor in a demo that names nobody."""
    named = str(tmp_path / "keys.json") if mode == "test" else ""
    (tmp_path / "keys.json").write_text(json.dumps({"try": {"office_login": "office"}}))
    with open_town(migrated_url, mode=mode, demo_people=named) as town, page(town) as http:
        before = town.row_counts()
        for answer in (
            http.get("/door/v1/people"),
            http.post("/door/v1/enter", json={"person": "office"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "request.not_found")
            assert "set-cookie" not in answer.headers
        assert town.row_counts() == before
