"""Hot routes answer as the ordinary route does, whatever is asked; what is not plain goes the ordinary way."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field

from highstreet.kernel.errors import REQUEST_CONFLICT
from highstreet.kernel.hot_routes import HotRoute, HotRoutes
from highstreet.kernel.permissions import Actor, ActorKind, Permission, grants_of
from highstreet.kernel.web import BodyLimit, Needs, install_problems

LIMIT = 300
TILL = Needs((ActorKind.REGISTER,), Permission.SALES_SELL)
ACTORS = {
    "till": Actor(ActorKind.REGISTER, "rky_1", grants=grants_of("assistant", "plc_1")),
    "mute": Actor(ActorKind.REGISTER, "rky_2"),
    "anna": Actor(ActorKind.SHOPPER, "per_1"),
}


class Asked(BaseModel):
    """A body."""

    model_config = ConfigDict(extra="forbid", strict=True)

    n: int = Field(ge=1)
    text: str = ""


class Known:
    """Who holds which token."""

    async def resolve(self, token: str) -> Actor | None:
        """The actor."""
        return ACTORS.get(token)


def make(went: list[str], *, is_hot: bool) -> FastAPI:
    app = FastAPI()
    app.state.program, app.state.actors = "the program", Known()
    install_problems(app)

    async def run(program: Any, actor: Actor, asked: Asked) -> tuple[int, Any]:
        assert program == "the program"
        if asked.n == 9:
            raise REQUEST_CONFLICT()
        if asked.n == 13:
            raise RuntimeError("a fault")
        return 202 if asked.n == 2 else 200, {"by": actor.id, "n": asked.n, "text": asked.text}

    @app.post("/things", operation_id="make_thing")
    async def ordinary(actor: Annotated[Actor, Depends(TILL)], asked: Asked) -> Any:
        from fastapi.responses import JSONResponse

        went.append("ordinary")
        status, answer = await run(app.state.program, actor, asked)
        return JSONResponse(answer, status)

    app.add_middleware(BodyLimit, limit_bytes=LIMIT)
    if is_hot:
        hot = HotRoute("/things", "make_thing", TILL, Asked, run)
        app.add_middleware(HotRoutes, owner=app, routes=(hot,), limit_bytes=LIMIT)
    return app


@pytest.fixture
def went() -> list[str]:
    """Which requests took the ordinary way, of the application with the hot route."""
    return []


@pytest.fixture
def both(went: list[str]) -> Iterator[tuple[TestClient, TestClient]]:
    """The same application with the hot route and without."""
    with (
        TestClient(make(went, is_hot=True), raise_server_exceptions=False) as hot,
        TestClient(make([], is_hot=False), raise_server_exceptions=False) as plain,
    ):
        yield hot, plain


JSON = {"content-type": "application/json"}
KEY = {"authorization": "Bearer till"}


def chunks() -> Iterator[bytes]:
    yield b'{"n":'
    yield b"1}"


def long_chunks() -> Iterator[bytes]:
    yield b'{"n": 1, "text": "'
    for _ in range(10):
        yield b"x" * 100
    yield b'"}'


CASES: dict[str, tuple[dict[str, Any], bool]] = {
    # what is asked, and whether the hot route answers it
    "plain": ({"headers": JSON | KEY, "content": b'{"n": 1, "text": "\\u5e97"}'}, True),
    "another status": ({"headers": JSON | KEY, "content": b'{"n": 2}'}, True),
    "refused": ({"headers": JSON | KEY, "content": b'{"n": 9}'}, True),
    "refused in Chinese": ({"headers": JSON | KEY | {"accept-language": "zh"}, "content": b'{"n": 9}'}, True),
    "a fault": ({"headers": JSON | KEY, "content": b'{"n": 13}'}, True),
    "in chunks": ({"headers": JSON | KEY, "content": chunks}, True),
    "nobody": ({"headers": JSON, "content": b'{"n": 1}'}, False),
    "an unknown key": ({"headers": JSON | {"authorization": "Bearer x"}, "content": b'{"n": 1}'}, False),
    "another scheme": ({"headers": JSON | {"authorization": "Basic till"}, "content": b'{"n": 1}'}, False),
    "the wrong kind": ({"headers": JSON | {"authorization": "Bearer anna"}, "content": b'{"n": 1}'}, False),
    "without the right": (
        {"headers": JSON | {"authorization": "Bearer mute"}, "content": b'{"n": 1}'},
        False,
    ),
    "no JSON": ({"headers": JSON | KEY, "content": b"{"}, False),
    "nothing": ({"headers": JSON | KEY, "content": b""}, False),
    "too small": ({"headers": JSON | KEY, "content": b'{"n": 0}'}, False),
    "a text for a number": ({"headers": JSON | KEY, "content": b'{"n": "1"}'}, False),
    "one member too many": ({"headers": JSON | KEY, "content": b'{"n": 1, "m": 1}'}, False),
    "not UTF-8": ({"headers": JSON | KEY, "content": b'{"n": 1, "text": "\xff"}'}, False),
    "another type": ({"headers": KEY | {"content-type": "text/plain"}, "content": b'{"n": 1}'}, False),
    "too long": ({"headers": JSON | KEY, "content": b'{"n": 1, "text": "' + b"x" * LIMIT + b'"}'}, False),
    "too long in chunks": ({"headers": JSON | KEY, "content": long_chunks}, False),
}


@pytest.mark.parametrize("case", CASES)
def test_the_answer_is_the_same(both: tuple[TestClient, TestClient], went: list[str], case: str) -> None:
    asked, is_hot = CASES[case]

    def told(client: TestClient) -> tuple[int, Any, str]:
        content = asked["content"]() if callable(asked["content"]) else asked["content"]
        answer = client.post("/things", headers=asked["headers"], content=content)
        return answer.status_code, answer.json(), answer.headers["content-type"]

    hot, plain = both
    assert told(hot) == told(plain)
    if is_hot:
        assert went == []


def test_other_methods_and_paths_pass_by(both: tuple[TestClient, TestClient]) -> None:
    hot, plain = both
    for method, path in (("GET", "/things"), ("POST", "/things/"), ("DELETE", "/things"), ("GET", "/x")):
        assert hot.request(method, path).status_code == plain.request(method, path).status_code


def test_a_body_in_a_charset_of_its_own_goes_the_ordinary_way(
    both: tuple[TestClient, TestClient], went: list[str]
) -> None:
    hot, _ = both
    headers = KEY | {"content-type": "application/json; charset=utf-8"}
    assert hot.post("/things", headers=headers, content=b'{"n": 1}').status_code == 200
    assert went == ["ordinary"]
