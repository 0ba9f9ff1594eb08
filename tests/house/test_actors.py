"""Every route says who may ask: exactly one declared actor (kernel/web.py, `Needs`), found by walking them all.

That each is also asked by everybody, and refuses as it should, is for tests/fronts/test_authorization.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import iter_route_contexts

from highstreet.app import create_app, open_program
from highstreet.fronts import register
from highstreet.kernel.permissions import ActorKind
from highstreet.kernel.settings import Settings
from highstreet.kernel.web import Needs, needs

# The framework's own pages about the API.
OUTSIDE = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc", "/static-offline-docs"}
# Whoever may ask without being anybody must be meant to.
OPEN = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/",
    "/favicon.ico",
    "/robots.txt",
    "/pay/{token}",
    "/door/v1/about",
    "/door/v1/people",
    "/door/v1/enter",
    "/door/v1/tour",
    "/door/v1/tour/wallet-code",
    "/office/sign-in",
    "/dealer/sign-in",
    # An address without a page: 404 with a way home.
    "/office/{page}",
    "/dealer/{page}",
    "/hooks/{account}/notices",
    "/look/pictures/goods/{category}/{seed}.svg",
    "/look/pictures/places/{category}/{seed}.svg",
    "/look/pictures/scenes/{name}.svg",
    "/look/static/{name}",
    "/register/",
    "/register/static/{name}",
    "/shop/static/{name}",
    "/shop/v1/map/style.json",
    "/shop/v1/map/tiles/{z}/{x}/{y}.mvt",
    "/shop/{address:path}",
    "/office/v1/sign-in",
    "/dealer/v1/sign-in",
    "/register/v1/pairing",
    "/shop/v1/sign-in",
    "/shop/v1/sign-in/codes",
    "/shop/v1/touches",
    "/shop/v1/nearest",
    "/shop/v1/pins",
    "/shop/v1/brands",
    "/shop/v1/brands/{brand_id}",
    "/shop/v1/brands/{brand_id}/places",
    "/shop/v1/brands/{brand_id}/offers",
    "/shop/v1/brands/{brand_id}/goods",
    "/shop/v1/places/{brand_id}/{place_id}",
    "/shop/v1/places/{brand_id}/{place_id}/way",
    "/shop/v1/search",
}
FRONT_KINDS = {
    "/office/": {ActorKind.STAFF},
    "/dealer/": {ActorKind.STAFF},
    "/register/": {ActorKind.REGISTER, ActorKind.TRAINING},
    "/shop/": {ActorKind.SHOPPER},
}
# Whoever is staff may do this, whatever their role.
OWN = ("sign-out", "me", "me/sessions", "me/sessions/{session_id}", "me/password", "me/pin")
OWN_PAGES = ("sign-out", "account", "account/sessions/{session_id}/end", "account/password", "account/pin")
OWN_ROUTES = {f"/{front}/v1/{name}" for front in ("office", "dealer") for name in OWN} | {
    f"/{front}/{name}" for front in ("office", "dealer") for name in OWN_PAGES
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application as it ships; its database is never asked."""
    file = Path(tmp_path_factory.mktemp("actors")) / "empty.db"
    program = open_program(Settings(_env_file=None, mode="test", database_url=f"sqlite:///{file}"))  # type: ignore[call-arg]
    yield create_app(program, runs_worker=False)
    program.db.close()


def declared(app: FastAPI) -> dict[str, list[Needs]]:
    """The actors that each route declares, by method and path."""
    found = {}
    for context in iter_route_contexts(app.routes):
        if context.path in OUTSIDE:
            continue
        for method in context.methods or {"MOUNT"}:
            dependant = getattr(context, "dependant", None)
            found[f"{method} {context.path}"] = [] if dependant is None else _needs_of(dependant)
    return found


def _needs_of(dependant: Any) -> list[Needs]:
    below = [needed for part in dependant.dependencies for needed in _needs_of(part)]
    return [dependant.call, *below] if isinstance(dependant.call, Needs) else below


def test_every_route_declares_exactly_one_actor(app: FastAPI) -> None:
    found = declared(app)
    assert len(found) > 70
    assert {name: len(needed) for name, needed in found.items() if len(needed) != 1} == {}


def test_each_front_is_for_its_own_kind(app: FastAPI) -> None:
    strange = []
    for name, (needed,) in declared(app).items():
        path = name.split(" ")[1]
        kinds = set(needed.kinds)
        if (ActorKind.NOBODY in kinds) is not (path in OPEN):
            strange.append(name)
        for front, own in FRONT_KINDS.items():
            if path.startswith(front) and not kinds - {ActorKind.NOBODY} <= own:
                strange.append(name)
    assert strange == []


def test_staff_and_registers_need_a_permission(app: FastAPI) -> None:
    without = [
        name
        for name, (needed,) in declared(app).items()
        if {ActorKind.STAFF, ActorKind.REGISTER} & set(needed.kinds)
        and needed.permission is None
        and name.split(" ")[1] not in OWN_ROUTES
    ]
    assert without == []


# Whatever a register in training may ask; all else refuses it, without anybody having to think of it.
TRAINING = {
    "GET /register/v1/goods",
    "GET /register/v1/me",
    "GET /register/v1/pricelist",
    "GET /register/v1/sales",
    "GET /register/v1/sales/{sale_id}",
    "GET /register/v1/sales/{sale_id}/receipt.escpos",
    "GET /register/v1/sales/{sale_id}/receipt.html",
    "GET /register/v1/stream",
    "POST /register/v1/members",
    "POST /register/v1/quotes",
    "POST /register/v1/rails",
    "POST /register/v1/returns",
    "POST /register/v1/returns/preview",
    "POST /register/v1/sales",
    "POST /register/v1/sales/{sale_id}/cancel",
    "POST /register/v1/sign-out",
}


def test_training_reaches_only_what_is_made_for_it(app: FastAPI) -> None:
    found = {name for name, (needed,) in declared(app).items() if ActorKind.TRAINING in needed.kinds}
    assert found == TRAINING


def test_a_route_that_forgets_its_actor_is_caught(app: FastAPI) -> None:
    planted, router = FastAPI(), APIRouter()

    @router.get("/forgotten")
    async def forgotten() -> None: ...

    @router.get("/twice", dependencies=[needs(ActorKind.STAFF), needs(ActorKind.SHOPPER)])
    async def twice() -> None: ...

    planted.include_router(router, prefix="/office/v1")
    assert {name: len(needed) for name, needed in declared(planted).items()} == {
        "GET /office/v1/forgotten": 0,
        "GET /office/v1/twice": 2,
    }


def test_hot_routes_are_the_declared_ones(app: FastAPI) -> None:
    """The short way asks for the same actor and body as the route that the document shows."""
    contexts = {c.path: c for c in iter_route_contexts(app.routes) if "POST" in (c.methods or ())}
    for hot in register.HOT_ROUTES:
        route: Any = contexts[hot.path]
        assert route.operation_id == hot.operation_id
        assert _needs_of(route.dependant) == [hot.needs]
        assert [param.field_info.annotation for param in route.dependant.body_params] == [hot.body]
