"""How a route is asked in the tests of who may ask: by whom, with what, and what a stranger is told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fronts.office_town import Town

Content = dict[str, Any]
Told = Callable[[Town], Content]


@dataclass(frozen=True)
class Asked:
    """One route. `stranger` is told this status: 404, or 200 with nothing of the first brand in it."""

    method: str
    path: str
    who: str | None
    status: int = 200
    stranger: int = 200
    sent: Told = lambda town: {}
    ids: Told = lambda town: {}
    # Staff without the permission, or with it for a part of the brand only.
    lacking: tuple[str, ...] = ()
    wrong_kinds: tuple[str, ...] = ()
    is_stream: bool = False

    @property
    def name(self) -> str:
        """As it stands in the list of routes."""
        return f"{self.method} {self.path}"


class Address(str):
    """Fills `{address:path}`, too."""

    def __format__(self, _spec: str) -> str:
        return str(self)


STRANGERS = {
    "office": "other-office",
    "leaving": "other-office",
    "page-leaving": "other-page-leaving",
    "dealer-leaving": "other-dealer-leaving",
    "changing": "other-changing",
    "dealer-changing": "other-dealer-changing",
    "dealer": "other-dealer",
    "register": "other-register",
    "leaving-register": "other-register",
    "shopper": "other-shopper",
}


def open_to_all(method: str, path: str, status: int = 200, **more: Any) -> Asked:
    return Asked(method, path, None, status, **more)


def office(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    return Asked(
        method,
        f"/office/v1{path}",
        more.pop("who", "office"),
        status,
        stranger,
        lacking=more.pop("lacking", ("new", "dealer", "store")),
        wrong_kinds=("register", "shopper"),
        **more,
    )


def dealer(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    return Asked(
        method,
        f"/dealer/v1{path}",
        more.pop("who", "dealer"),
        status,
        stranger,
        lacking=more.pop("lacking", ("new",)),
        wrong_kinds=("register", "shopper"),
        **more,
    )


def register(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    # Every register key has all that a register may; one that was revoked is nobody.
    return Asked(
        method, f"/register/v1{path}", "register", status, stranger, wrong_kinds=("office", "shopper"), **more
    )


def shopper(method: str, path: str, status: int = 200, stranger: int = 200, **more: Any) -> Asked:
    return Asked(
        method, f"/shop/v1{path}", "shopper", status, stranger, wrong_kinds=("office", "register"), **more
    )


def brand(town: Town) -> Content:
    return {"brand_id": town.seed.brand_id}


def json(make: Callable[[Town], Content]) -> Told:
    return lambda town: {"json": make(town)}


def at_place(town: Town) -> Content:
    return {"params": {"place_id": town.seed.place_id}}


def sale(town: Town) -> Content:
    return {"sale_id": town.known["sale"]}
