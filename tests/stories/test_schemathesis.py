"""The OpenAPI document held against the running server: no 5xx, no answer that it does not tell of."""

import json
import os
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as openapi_checks

from highstreet.kernel.ids import new_id
from highstreet.kernel.tx import Tx
from highstreet.rooms import identity, parties
from tests.stories.acts import buyer, one, register, return_of, sale_of, sell
from tests.stories.conftest import PASSWORD, PASSWORD_HASH, Stage
from tests.stories.test_loop import ok

EXAMPLES = int(os.environ.get("HIGHSTREET_EXAMPLES", "5"))
CHECKS = [
    not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]
# They never end: a test of their own, below.
STREAMS = {
    "/register/v1/stream": "register",
    "/office/v1/stream": "office",
    "/dealer/v1/stream": "dealer",
    "/shop/v1/stream": "shop",
}
ENDS_ITSELF = {"/shop/v1/sign-out", "/shop/v1/me", "/office/v1/sign-out", "/dealer/v1/sign-out"}


def add_dealer(tx: Tx, command: tuple[Stage, str]) -> None:
    """Two people of the dealer's: one works, one is there to be changed."""
    stage, changed_id = command
    seed, now = stage.seed, stage.clock.now()
    for staff_id, login in ((new_id("stf"), "boss@dealer"), (changed_id, "other@dealer")):
        staff = identity.AddStaff(seed.brand_id, staff_id, seed.dealer, login, "Dealer", PASSWORD_HASH, now)
        identity.add_staff(tx, staff)
        parties.give_role(tx, parties.GiveRole(seed.brand_id, staff_id, "dealer_manager", seed.dealer, now))


class Town:
    """A stage with something of everything, and a token of each kind."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        dealer_staff = new_id("stf")
        stage.program.db.write_now(add_dealer, (stage, dealer_staff))
        self.who = buyer(stage)
        sale = sale_of(stage, self.who, "wallet")
        sell(stage, sale)
        back = return_of(sale["id"], {2: 1})
        ok(register(stage).post("/register/v1/returns", json=back))
        stage.drain()
        seed, ids = stage.seed, stage.ids
        self.known = {
            "brand_id": seed.brand_id,
            "place_id": seed.place_id,
            "sale_id": sale["id"],
            "offer_id": ids["ofr_percent"],
            "variant_id": seed.variants[0],
            "staff_id": dealer_staff,
            "scope_id": seed.dealer,
            "role": "dealer_manager",
            "purpose": "measurement",
            "day": stage.clock.now().date().isoformat(),
            "session_id": new_id("ses"),
            "key_id": new_id("rky"),
        }
        self.tokens = {kind: self.token(kind) for kind in ("register", "office", "dealer", "shop")}

    def token(self, kind: str) -> str:
        """A new token of a kind; a register's is always the same."""
        if kind == "register":
            return self.stage.register_token
        if kind == "shop":
            return str(self.stage.shopper(f"+3584098765{self._next():02}").headers["Authorization"][7:])
        login = "hq@nordlys" if kind == "office" else "boss@dealer"
        body = {"login": login, "password": PASSWORD}
        return str(ok(self.stage.client().post(f"/{kind}/v1/sign-in", json=body))["token"])

    def _next(self) -> int:
        self.phones = getattr(self, "phones", 9) + 1
        return self.phones


def front_of(path: str) -> str | None:
    """Whose front a path belongs to."""
    front = path.split("/")[1]
    return front if front in ("register", "office", "dealer", "shop") else None


def test_every_answer_is_in_the_document(stage: Stage) -> None:
    town = Town(stage)
    document = ok(stage.client().get("/openapi.json"))
    # What a text may hold, PostgreSQL minds more than SQLite: it gets all of it.
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    examples = EXAMPLES
    if stage.program.db.is_sqlite:
        modes, examples = modes[:1], max(1, EXAMPLES // 2)
    schema = schemathesis.openapi.from_dict(document)
    failures: set[str] = set()
    asked = 0
    with requests.Session() as session:
        session.trust_env = False
        for found in schema.get_all_operations():
            operation = found.ok()
            if operation.path in STREAMS:
                continue
            for mode in modes:
                asked += _hold(town, session, operation, (mode, examples), failures)
    assert not failures, "\n\n".join(sorted(failures))
    assert asked >= len(document["paths"]) * examples
    assert one(stage, "SELECT count(*) FROM job WHERE state = 'dead'") == 0
    assert ok(stage.office().get("/office/v1/ledger/check"))["is_balanced"]


def _hold(
    town: Town, session: requests.Session, operation: Any, how: tuple[GenerationMode, int], failures: set[str]
) -> int:
    """Ask one operation in one mode, with tokens of every kind; the count of requests."""
    front = front_of(operation.path)
    own = town.tokens[front] if front else None
    if operation.path in ENDS_ITSELF and front:
        own = town.token(front)
    others = [None, *(t for kind, t in town.tokens.items() if kind != front)]
    if operation.path in ENDS_ITSELF:
        others = [None, town.tokens["register"]]
    asked = 0

    @settings(
        max_examples=how[1],
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=how[0]), data=st.data())
    def go(case: Any, data: Any) -> None:
        nonlocal asked
        # Mostly who may ask, mostly about what is there: else nothing but 401 and 404 would be seen.
        token = own if data.draw(st.integers(0, 4)) else data.draw(st.sampled_from(others))
        if case.path_parameters and data.draw(st.integers(0, 3)):
            case.path_parameters |= {k: v for k, v in town.known.items() if k in case.path_parameters}
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        asked += 1
        try:
            answer = case.call(base_url=town.stage.url, session=session, headers=headers, timeout=30)
            case.validate_response(answer, checks=CHECKS)
        except (requests.exceptions.InvalidHeader, UnicodeError):
            return  # cannot be sent
        except BaseExceptionGroup as group:
            failures.add(f"{operation.method.upper()} {operation.path}: {group.exceptions[0]}")
        except AssertionError as failure:
            failures.add(f"{operation.method.upper()} {operation.path}: {failure}")

    try:
        go()
    except Exception as problem:
        if type(problem).__name__ != "Unsatisfiable":  # nothing of this operation can be wrong
            raise
    return asked


@pytest.mark.parametrize("path", sorted(STREAMS))
def test_a_stream_begins_at_once_and_refuses_as_documented(town: Town, path: str) -> None:
    """A live stream has no end that a generated test could wait for."""
    stage, kind = town.stage, STREAMS[path]
    document = ok(stage.client().get("/openapi.json"))
    told = document["paths"][path]["get"]["responses"]
    assert list(told["200"]["content"]) == ["text/event-stream"]
    own = stage.client(town.tokens[kind])
    with own.stream("GET", path, timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert next(answer.iter_lines()).startswith(":")
    wrong = next(token for other, token in town.tokens.items() if other != kind)
    refusals: list[Callable[[], httpx.Response]] = [
        lambda: stage.client().get(path),
        lambda: stage.client(wrong).get(path),
        lambda: own.get(path, headers={"Last-Event-ID": "9" * 21}),
        lambda: own.post(path),
    ]
    statuses = []
    for ask in refusals:
        refused = ask()
        statuses.append(refused.status_code)
        assert refused.headers["content-type"] == "application/problem+json"
        assert json.loads(refused.content)["status"] == refused.status_code
    assert statuses == [401, 403, 422, 405]
    assert {"401", "403", "422"} <= set(told)


@pytest.fixture
def town(stage: Stage) -> Town:
    return Town(stage)
