"""Every refusal and every fault is one problem answer (RFC 9457), in the caller's language, without internals."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Annotated, Any

import anyio
import httpx
import pytest
import structlog
from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import BaseModel, Field

from highstreet.app import set_up_logs
from highstreet.kernel import errors
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor, ActorKind, Grant, Permission
from highstreet.kernel.request_log import RequestLog, WebMetrics
from highstreet.kernel.web import ActorCache, BodyLimit, install_problems, needs
from tests.kernel.scratch import run
from tests.servers import served

LIMIT = 2000
ANNA = Actor(ActorKind.SHOPPER, "psn_anna", person_id="psn_anna")
CLERK = Actor(
    ActorKind.STAFF, "stf_1", brand_id="brd_1", grants=frozenset({Grant(Permission.SALES_READ, "brd_1")})
)
TOKENS = {"anna": ANNA, "clerk": CLERK}


class Asked(BaseModel):
    """A small body."""

    n: int = Field(ge=0, le=10)
    text: str = Field("", max_length=10)


def make_app() -> FastAPI:
    app = FastAPI()
    install_problems(app)

    async def resolve(token: str) -> Actor | None:
        return TOKENS.get(token)

    app.state.actors = ActorCache(resolve)
    app.state.registry = CollectorRegistry()
    app.add_middleware(BodyLimit, limit_bytes=LIMIT)
    app.add_middleware(RequestLog, metrics=WebMetrics(app.state.registry))

    @app.post("/echo/{name}")
    async def echo(name: str, asked: Asked) -> dict[str, Any]:
        return {"name": name, "n": asked.n}

    @app.post("/raw")
    async def raw(request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    @app.post("/blind")
    async def blind() -> str:
        return "did not look"

    @app.get("/boom")
    async def boom() -> None:
        held = "secret-" + "variable"
        raise RuntimeError(f"internals of {len(held)}")

    @app.get("/refuse/{code}")
    async def refuse(code: str) -> None:
        kind = {kind.code: kind for kind in vars(errors).values() if isinstance(kind, errors.RefusalKind)}[
            code
        ]
        raise kind(retry_after_s=7) if kind.status in (429, 503) else kind(fact="x")

    @app.get("/mine")
    async def mine(actor: Annotated[Actor, needs(ActorKind.SHOPPER)]) -> str:
        return actor.id

    @app.get("/sales")
    async def sales(
        actor: Annotated[Actor, needs(ActorKind.STAFF, permission=Permission.SALES_READ)],
    ) -> str:
        return actor.id

    @app.get("/stock")
    async def stock(
        actor: Annotated[Actor, needs(ActorKind.STAFF, permission=Permission.STOCK_WRITE)],
    ) -> str:
        return actor.id

    @app.get("/open")
    async def open_to_all(
        actor: Annotated[Actor, needs(ActorKind.NOBODY, ActorKind.SHOPPER)],
    ) -> str:
        return actor.kind

    return app


APP = make_app()


@pytest.fixture(autouse=True)
def logs_as_in_production() -> Iterator[None]:
    set_up_logs("info", is_terminal=False)
    yield
    structlog.reset_defaults()


def ask(method: str, path: str, **sent: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(APP, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await client.request(method, path, **sent)

    return run(go())


def check_problem(answer: httpx.Response, code: str, status: int, locale: str = "en") -> dict[str, Any]:
    """It is this problem, with its texts; its facts come back."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == locale
    body = answer.json()
    assert set(body) - {"errors"} == {"type", "title", "status", "detail", "code", "facts"}
    assert ("errors" in body) <= (code == "request.malformed")
    title, detail = refusal_texts(locale, code, body["facts"])
    assert (body["title"], body["detail"]) == (title, detail)
    assert (body["code"], body["status"], body["type"]) == (code, status, f"/problems/{code}")
    facts: dict[str, Any] = body["facts"]
    return facts


@pytest.mark.parametrize(("locale", "asked"), [("en", "fi, en;q=0.5"), ("zh", "zh-TW"), ("en", "\xb2,,;q=x")])
def test_every_kind_in_the_language_asked_for(locale: str, asked: str) -> None:
    header = {"accept-language": asked.encode("latin-1")}
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, errors.RefusalKind)]
    assert len(kinds) >= 12
    for kind in kinds:
        answer = ask("GET", f"/refuse/{kind.code}", headers=header)
        facts = check_problem(answer, kind.code, kind.status, locale)
        assert answer.headers.get("retry-after") == ("7" if kind.status in (429, 503) else None)
        assert facts == ({"retry_after_s": 7} if kind.status in (429, 503) else {"fact": "x"})
        assert ("www-authenticate" in answer.headers) == (kind.status == 401)


def test_nothing_there() -> None:
    assert check_problem(ask("GET", "/nowhere"), "request.not_found", 404) == {}
    assert check_problem(ask("GET", "/echo/a/b/c"), "request.not_found", 404) == {}


def test_another_method() -> None:
    answer = ask("GET", "/echo/x")
    check_problem(answer, "method.not_allowed", 405)
    assert answer.headers["allow"] == "POST"
    check_problem(ask("BREW", "/open"), "method.not_allowed", 405)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body.1"),
        (b"", "body"),
        (b"null", "body"),
        (b"[]", "body"),
        (b'"n"', "body"),
        (b'{"n": -1}', "body.n"),
        (b'{"n": "secret-value"}', "body.n"),
        (b'{"n": 1, "text": "secret-value"}', "body.text"),
        (b'{"n": 1e999}', "body.n"),
        (b'{"n": ' + b"9" * 1900 + b"}", "body.n"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "body.n"),
        (b"[" * 1900, "body"),
    ],
)
def test_what_is_malformed_is_told_by_its_place(body: bytes, field: str) -> None:
    answer = ask("POST", "/echo/x", content=body, headers={"content-type": "application/json"})
    facts = check_problem(answer, "request.malformed", 422)
    assert str(facts["field"]).startswith(field)
    assert "secret-value" not in answer.text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_json_in_another_encoding(encoding: str) -> None:
    """RFC 8259, 8.1: JSON between systems is UTF-8."""
    body, headers = '{"n": 1}'.encode(encoding), {"content-type": "application/json"}
    check_problem(ask("POST", "/echo/x", content=body, headers=headers), "media.unsupported", 415)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data", "json", ""])
def test_another_type_of_content(content_type: str) -> None:
    answer = ask("POST", "/echo/x", content=b'{"n": 1}', headers={"content-type": content_type})
    check_problem(answer, "media.unsupported", 415)
    check_problem(ask("POST", "/echo/x"), "request.malformed", 422)


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/x+json"]
)
def test_any_kind_of_json(content_type: str) -> None:
    headers = {"content-type": content_type}
    assert ask("POST", "/echo/x", content=b'{"n": 1}', headers=headers).json() == {"name": "x", "n": 1}
    check_problem(ask("POST", "/echo/x", content=b'"n"', headers=headers), "request.malformed", 422)


def test_a_fault_of_ours_tells_nothing() -> None:
    for locale in ("en", "zh"):
        answer = ask("GET", "/boom", headers={"accept-language": locale})
        assert check_problem(answer, "internal.error", 500, locale) == {}
        assert "internals" not in answer.text
        assert answer.headers["connection"] == "close"  # the server gives it up


# Who asks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "header", "told"),
    [
        ("/mine", None, "auth.required"),
        ("/mine", "", "auth.required"),
        ("/mine", "Bearer", "auth.required"),
        ("/mine", "Bearer ", "auth.required"),
        ("/mine", "Bearer nobody", "auth.required"),
        ("/mine", "Basic anna", "auth.required"),
        ("/mine", "anna", "auth.required"),
        ("/mine", "bearer anna", "psn_anna"),
        ("/mine", "Bearer  anna ", "psn_anna"),
        ("/mine", "Bearer clerk", "auth.forbidden"),
        ("/sales", "Bearer clerk", "stf_1"),
        ("/sales", "Bearer anna", "auth.forbidden"),
        ("/stock", "Bearer clerk", "auth.forbidden"),
        ("/open", None, "nobody"),
        ("/open", "Bearer anna", "shopper"),
        ("/open", "Bearer clerk", "nobody"),
        ("/open", "Bearer \xe9\xff", "nobody"),
    ],
)
def test_who_may_ask(path: str, header: str | None, told: str) -> None:
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    answer = ask("GET", path, headers=headers)
    if "." in told:
        check_problem(answer, told, 401 if told == "auth.required" else 403)
    else:
        assert answer.json() == told


# Too much ---------------------------------------------------------------------------------------------


def chunks(size: int) -> Callable[[], Any]:
    async def send() -> Any:
        for start in range(0, size, 300):
            yield b" " * min(300, size - start)

    return send


@pytest.mark.parametrize("path", ["/echo/x", "/raw", "/blind", "/nowhere", "/boom"])
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_body_declared_too_large(path: str, locale: str) -> None:
    """Whether or not anybody would have read it, and whatever else is wrong."""
    answer = ask("POST", path, content=b" " * (LIMIT + 1), headers={"accept-language": locale})
    assert check_problem(answer, "request.too_large", 413, locale) == {"limit_bytes": LIMIT}
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["/echo/x", "/raw"])
def test_a_body_that_grows_too_large(path: str) -> None:
    headers = {"content-type": "application/json"}
    answer = ask("POST", path, content=chunks(LIMIT + 1)(), headers=headers)
    assert check_problem(answer, "request.too_large", 413) == {"limit_bytes": LIMIT}
    assert answer.headers["connection"] == "close"


def test_a_body_that_is_just_small_enough() -> None:
    assert ask("POST", "/raw", content=b" " * LIMIT).json() == {"bytes": LIMIT}
    assert ask("POST", "/raw", content=chunks(LIMIT)()).json() == {"bytes": LIMIT}
    assert ask("POST", "/blind", content=chunks(LIMIT * 3)()).status_code == 200  # never read


@pytest.mark.parametrize("declared", ["9" * 5000, "99999999999999999999", "-1", "1e9", "\xb2\xb2", "abc", ""])
def test_nonsense_lengths_do_no_harm(declared: str) -> None:
    answer = ask("POST", "/raw", content=b"x", headers={"content-length": declared.encode("latin-1")})
    assert answer.status_code in (200, 413)


# Measured and logged ----------------------------------------------------------------------------------


def test_measurements_know_patterns_not_paths(capsys: pytest.CaptureFixture[str]) -> None:
    ask("POST", "/echo/secret-name", json={"n": 1})
    ask("POST", "/echo/secret-name", json={"n": "x"})
    ask("GET", "/secret-nowhere")
    ask("GET", "/boom?secret-query=1")
    for n in range(50):
        ask(f"SECRET{n}", "/open")
    told = generate_latest(APP.state.registry).decode()
    assert 'highstreet_requests_total{route="POST /echo/{name}",status="200"}' in told
    assert 'highstreet_requests_total{route="POST /echo/{name}",status="422"}' in told
    assert 'highstreet_requests_total{route="GET unmatched",status="404"}' in told
    assert 'highstreet_requests_total{route="GET /boom",status="500"}' in told
    assert "secret" not in told.lower()
    logged = capsys.readouterr().out
    assert "/boom" in logged
    assert "secret" not in logged.lower()


@pytest.mark.parametrize("is_terminal", [False, True])
def test_a_logged_fault_shows_no_variables(is_terminal: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """Where it happened, not what the variables held: those are tokens and phones."""
    set_up_logs("info", is_terminal=is_terminal)
    ask("GET", "/boom?q=secret-query", headers={"authorization": "Bearer secret-token"})
    logged = capsys.readouterr()
    assert "request_failed" in logged.out
    assert "RuntimeError" in logged.out
    assert "test_web.py" in logged.out
    for secret in ("secret-query", "secret-token", "secret-variable"):
        assert secret not in logged.out + logged.err


# A real server ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    with served(make_app()) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


@contextmanager
def line_to(server: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(server, timeout=20) as line:
        yield line


def answer_to(server: tuple[str, int], *parts: bytes) -> bytes:
    """What comes back for these bytes; the server may hang up before it has them all."""
    with line_to(server) as line:
        try:
            for part in parts:
                line.sendall(part)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        told = b""
        try:
            while piece := line.recv(65536):
                told += piece
        except OSError:
            pass
        return told


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /open HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * 304_000 + b"\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + b"a" * 304_000 + b"\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: x\r\nAccept-Language: " + b"zh;q=1," * 40_000 + b"\r\n\r\n",
        b"GET /" + b"a" * 304_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /open HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /%00%ff%2e%2e/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x00\x01\x02\xff" * 1000,
        b"GET /open HTTP/9.9\r\n\r\n",
    ],
)
def test_monstrous_requests_harm_nobody(server: tuple[str, int], request_bytes: bytes) -> None:
    told = answer_to(server, request_bytes)
    assert not told or told.startswith(b"HTTP/1.1 ")
    assert b"Traceback" not in told
    assert not told.startswith(b"HTTP/1.1 5")
    assert b"200 OK" in answer_to(server, b"GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


def test_a_growing_body_is_refused_before_its_end(server: tuple[str, int]) -> None:
    head = b"POST /raw HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    told = answer_to(server, head, *[b"100\r\n" + b"a" * 256 + b"\r\n"] * 9)  # and no end of it
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b"request.too_large" in told


def test_a_caller_who_hangs_up_is_no_fault(
    server: tuple[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        with line_to(server) as line:
            line.sendall(b"POST /raw HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly a part")
    assert b"200 OK" in answer_to(server, b"GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    logged = capsys.readouterr()
    assert "request_failed" not in logged.out
    assert "Traceback" not in logged.err


def test_only_http_is_counted() -> None:
    """A lifespan or a websocket passes through untouched."""
    passed: list[str] = []

    async def inner(
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        passed.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    app = RequestLog(BodyLimit(inner, 10), WebMetrics(CollectorRegistry()))
    for kind in ("lifespan", "websocket"):
        asyncio.run(app({"type": kind, "headers": []}, nothing, nothing))
    assert passed == ["lifespan", "websocket"]


def test_a_listener_that_goes_while_it_is_told_something_is_no_fault() -> None:
    """FastAPI ends such a stream with a group of anyio's errors; any other error in it is one."""

    async def ends(problems: list[Exception]) -> None:
        async def inner(*_: Any) -> None:
            raise ExceptionGroup("unhandled errors in a TaskGroup", problems)

        async def nothing(*_: Any) -> Any:
            raise AssertionError

        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await RequestLog(inner, WebMetrics(CollectorRegistry()))(scope, nothing, nothing)

    gone = [anyio.BrokenResourceError(), ExceptionGroup("inner", [anyio.ClosedResourceError()])]
    asyncio.run(ends(gone))
    with pytest.raises(ExceptionGroup):
        asyncio.run(ends([*gone, ValueError("ours")]))
