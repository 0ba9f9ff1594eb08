"""What no single caller may have: the measurements, many streams, other encodings, a connection without a request."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from highstreet.app import ImpatientProtocol
from highstreet.kernel.ids import new_id, stable_id
from highstreet.kernel.live import STREAMS_OF_ACTOR
from highstreet.migrations import run
from highstreet.rooms.offers import ClaimCoupon, PublishOffer, claim_coupon, publish_offer
from tests.databases import sqlite_url
from tests.fronts.office_town import Town, open_town
from tests.fronts.shop_town import Town as Street
from tests.fronts.shop_town import open_town as open_street
from tests.patience import PATIENCE_S, until
from tests.seeds import NOW

TOKEN = "a token for the monitor"


@pytest.fixture
def town(tmp_path: Any) -> Iterator[Town]:
    """Two brands; the database does not matter here."""
    url = sqlite_url(tmp_path)
    run.upgrade(url)
    with open_town(url) as opened:
        yield opened


def test_measurements_without_a_token_are_for_this_machine_and_for_no_proxy(town: Town) -> None:
    with town.client(None) as http:
        assert "highstreet_streams_open" in http.get("/metrics").text
        for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP", "X-Forwarded-Proto", "Via"):
            answer = http.get("/metrics", headers={name: "127.0.0.1"})
            assert (answer.status_code, answer.json()["code"]) == (401, "auth.required")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("::1", 200),
        ("::ffff:127.0.0.1", 200),
        ("192.0.2.1", 401),
        ("::ffff:c000:201", 401),
    ],
)
def test_measurements_without_a_token_go_by_the_address(town: Town, address: str, status: int) -> None:
    assert ask_from(town, address).status_code == status


def ask_from(town: Town, address: str, **headers: str) -> httpx.Response:
    """Ask for the measurements from elsewhere."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(town.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.get("/metrics", headers=headers)

    return asyncio.run(ask())


def test_measurements_with_a_token_are_for_its_bearer_wherever(tmp_path: Any) -> None:
    url = sqlite_url(tmp_path)
    run.upgrade(url)
    with open_town(url, metrics_token=TOKEN) as town:
        bearer = {"Authorization": f"Bearer {TOKEN}"}
        assert ask_from(town, "192.0.2.1", **bearer, **{"X-Forwarded-For": "192.0.2.2"}).status_code == 200
        assert ask_from(town, "127.0.0.1").status_code == 401
        assert ask_from(town, "127.0.0.1", Authorization=f"Bearer {TOKEN}x").status_code == 401
        town.tokens["metrics"] = TOKEN  # it opens nothing else
        for path in ("/office/v1/today", "/register/v1/me", "/shop/v1/me", "/dealer/v1/sales"):
            town.ask("metrics", "GET", path, 403)


def test_json_is_utf_8(town: Town) -> None:
    text = json.dumps({"items": [{"gtin": town.seed.gtins[0], "quantity": 1}]})
    with town.client("register") as http:

        def quote(content: bytes) -> tuple[int, str | None]:
            answer = http.post(
                "/register/v1/quotes", content=content, headers={"Content-Type": "application/json"}
            )
            return answer.status_code, answer.json().get("code")

        assert quote(text.encode()) == (200, None)
        for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
            assert quote(text.encode(encoding)) == (415, "media.unsupported"), encoding
        for content in (b"1\0", b"\0", b"\xff\xfe", b"\xfe\xff1"):
            assert quote(content) == (415, "media.unsupported")
        assert quote(b'{"items": "\xff"}')[0] == 422  # neither


def test_forms_are_short_plain_and_utf_8(town: Town) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\nx-9999b%s\r\n--x--\r\n'
    slow = part % (b"login", b"a" * 20_000)  # Python's punycode takes the square of it
    with town.client(None) as http:
        for path in ("/office/sign-in", "/dealer/sign-in", "/office/offers", "/door/v1/enter"):
            for media in (
                "multipart/form-data; boundary=x; charset=punycode",
                "multipart/form-data; boundary=x",
            ):
                answer = http.post(path, content=slow, headers={"Content-Type": media})
                assert (answer.status_code, answer.json()["code"]) == (415, "media.unsupported")
        media = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = http.post("/office/sign-in", content=b"login=" + b"a" * 70_000, headers=media)
        assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    with town.client("office") as http:
        for charset in ("punycode", "unicode_escape", "utf-7", '"utf-16"', "latin-1"):
            media = {
                "Content-Type": f"multipart/form-data; boundary=x; charset={charset}",
                "X-Highstreet": "page",
            }
            assert http.post("/office/import", content=slow, headers=media).status_code == 415


def test_pins_are_as_many_as_searches(town: Town) -> None:
    with town.client(None) as http:
        here = {"lat": 60.17, "lon": 24.94}
        plain = http.get("/shop/v1/pins", params=here, headers={"Accept-Encoding": "identity"})
        packed = http.get("/shop/v1/pins", params=here, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.json() == plain.json()
        assert [pin["place_id"] for pin in plain.json()["pins"]] != []
        assert http.get("/shop/v1/pins", params={**here, "limit": 401}).status_code == 422
        limit = town.program.settings.searches_a_minute
        assert limit
        answers = {http.get("/shop/v1/pins", params={**here, "limit": 1}).status_code for _ in range(limit)}
        assert answers == {200, 429}


def test_the_documents_of_the_api_are_in_no_frame(town: Town) -> None:
    with town.client(None) as http:
        for path in ("/docs", "/redoc"):
            answer = http.get(path)
            assert answer.headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_an_actor_has_eight_streams_and_gets_one_back_when_it_closes_one(town: Town) -> None:
    held = town.program.live._held
    for who, path in (
        ("register", "/register/v1/stream"),
        ("office", "/office/v1/stream"),
        ("dealer", "/dealer/v1/stream"),
    ):
        with ExitStack() as stack:
            opened = [stack.enter_context(stream(town, who, path)) for _ in range(STREAMS_OF_ACTOR)]
            refused = town.ask(who, "GET", path, 429)
            assert (refused["code"], refused["facts"]) == ("stream.too_many", {"limit": 8})
            opened[0].close()
            until(lambda: sum(held.values()) == STREAMS_OF_ACTOR - 1)
            stack.enter_context(stream(town, who, path))
        until(lambda: not held)


@contextmanager
def stream(town: Town, who: str, path: str) -> Iterator[httpx.Response]:
    with town.client(who) as http, http.stream("GET", path) as answer:
        assert answer.status_code == 200
        lines = answer.iter_lines()  # to let go of it would close the stream
        next(lines)
        yield answer


class _Hasty(ImpatientProtocol):
    LOOK_EVERY_S = 0.15


@pytest.fixture
def hasty_port(town: Town) -> Iterator[int]:
    """The program behind a server that looks at its connections every 150 ms."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(town.app, http=_Hasty, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    until(lambda: server.started)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)
    listener.close()


HEAD = (
    b"POST /shop/v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n"
)
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def answered(connection: socket.socket) -> None:
    """One whole request and its answer."""
    connection.sendall(WHOLE)
    told = b""
    while not told.endswith(b'{"status":"ok"}'):
        told += connection.recv(4096)
    assert told.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("is_second", [False, True])
@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", HEAD, HEAD + b"\r\n{"])
def test_a_request_that_never_arrives_ends_its_connection(
    hasty_port: int, is_second: bool, sent: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", hasty_port), timeout=PATIENCE_S) as connection:
        if is_second:
            answered(connection)
        connection.sendall(sent)
        began = time.monotonic()
        while connection.recv(4096):  # until the server closes
            pass
        assert time.monotonic() - began > 0.1


def test_a_slow_but_living_connection_and_a_stream_go_on(hasty_port: int, town: Town) -> None:
    with socket.create_connection(("127.0.0.1", hasty_port), timeout=5) as connection:
        for _ in range(4):
            answered(connection)
            time.sleep(0.2)
    headers = {"Authorization": f"Bearer {town.tokens['register']}"}
    url = f"http://127.0.0.1:{hasty_port}/register/v1/stream"
    with httpx.stream("GET", url, headers=headers, timeout=10, trust_env=False) as answer:
        lines = answer.iter_lines()
        next(lines)
        time.sleep(0.7)
        sale_id = town.sell(1)
        town.program.live.wake()
        assert any(sale_id in line for line in lines)


def test_claimed_coupons_come_in_pages(migrated_url: str) -> None:
    with open_street(migrated_url, sign_ins_an_hour=0) as street:
        anna, bo = street.sign_in("+358401234567"), street.sign_in("+358407654321")
        wanted = [claim(street, anna.person_id, n) for n in range(5)]
        other = claim(street, bo.person_id, 9)

        def page(**params: Any) -> list[str]:
            return [c["coupon_id"] for c in anna.ask("GET", "/coupons", 200, params=params)]

        assert page() == wanted
        assert page(limit=2) == wanted[:2]
        assert page(limit=2, after=wanted[1]) == wanted[2:4]
        assert page(after=wanted[4]) == page(after=other) == page(after=new_id("cpn")) == []
        for params in ({"limit": 0}, {"limit": 201}, {"after": "x"}):
            anna.ask("GET", "/coupons", 422, params=params)


def claim(street: Street, person_id: str, n: int) -> str:
    """A coupon; the first three expire at one instant."""
    offer_id = stable_id("ofr", f"many-{n}")
    terms = {"spend_minor": 5000, "off_minor": 1000}
    brand_id, party = street.seed.brand_id, street.seed.brand_party
    valid_s = 86_400 + max(0, n - 2)
    offer = PublishOffer(
        brand_id,
        offer_id,
        "spend_get",
        terms,
        "10 off",
        "减10",
        party,
        True,
        NOW,
        street.clock.now().replace(year=2027),
        valid_s,
        NOW,
    )
    street.program.db.write_now(publish_offer, offer)
    command = ClaimCoupon(brand_id, offer_id, new_id("cpn"), person_id, street.clock.now())
    return street.program.db.write_now(claim_coupon, command).coupon_id
