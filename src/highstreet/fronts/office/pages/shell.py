"""What every page of the office has in common: who looks, the menu, and refusals that are pages, too."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from highstreet.flows.office_desk import Desk, desk_of
from highstreet.fronts.office.asking import office
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import needs, page_refusal
from highstreet.look import Pages, page_locale

pages = Pages("office")

Colleague = Annotated[Actor, needs(ActorKind.STAFF)]
SalesReader = Annotated[Actor, office(Permission.SALES_READ)]
LoopReader = Annotated[Actor, office(Permission.LOOP_READ)]
MembersReader = Annotated[Actor, office(Permission.MEMBERS_READ)]


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the menu. Its text is `office-menu_<name>`; shown to whoever has the permission for the brand."""

    name: str
    icon: str
    permission: Permission

    @property
    def href(self) -> str:
        """Where it leads."""
        return "/office/" if self.name == "today" else f"/office/{self.name}"


MENU = {
    "trade": (
        Section("today", "home", Permission.SALES_READ),
        Section("sales", "receipt", Permission.SALES_READ),
        Section("loop", "loop", Permission.LOOP_READ),
        Section("members", "people", Permission.MEMBERS_READ),
    ),
    "range": (
        Section("offers", "coupon", Permission.OFFERS_READ),
        Section("cards", "gift", Permission.SALES_READ),
        Section("goods", "box", Permission.GOODS_READ),
        Section("stock", "truck", Permission.STOCK_READ),
    ),
    "partners": (
        Section("contracts", "handshake", Permission.CONTRACTS_READ),
        Section("conflicts", "alert", Permission.CONTRACTS_READ),
        Section("routing", "route", Permission.SALES_READ),
        Section("earnings", "coins", Permission.EARNINGS_READ),
        Section("settlements", "contract", Permission.EARNINGS_READ),
        Section("disputes", "edit", Permission.EARNINGS_READ),
        Section("closing", "calendar", Permission.EARNINGS_READ),
    ),
    "house": (
        Section("places", "store", Permission.SALES_READ),
        Section("registers", "register", Permission.SALES_READ),
        Section("rules", "ruler", Permission.SALES_READ),
        Section("staff", "user", Permission.STAFF_WRITE),
        Section("audit", "clock", Permission.STAFF_WRITE),
    ),
}
"""All sections by group; the group's text is `office-group_<name>`."""


class PageRoute(APIRoute):
    """A route whose refusals and faults are drawn as pages: sign-in for nobody, words for the rest."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The route's answer, or the page that says why not."""
        answer = super().get_route_handler()

        async def drawn(request: Request) -> Response:
            try:
                return await answer(request)
            except Exception as problem:
                return await refused(request, page_refusal(request, problem))

        return drawn


def page_router() -> APIRouter:
    """The router of one section's pages."""
    return APIRouter(prefix="/office", include_in_schema=False, route_class=PageRoute)


async def show(
    request: Request,
    actor: Actor,
    template: str,
    /,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **shown: Any,
) -> Response:
    """A page within the frame. Templates have `desk` (Desk), `menu` and `now` besides."""
    program = program_of(request)
    desk = await program.db.read(desk_of, brand_of(actor), actor.id)
    return pages.answer(
        request,
        template,
        status,
        headers,
        desk=desk,
        menu=menu_of(actor, desk),
        now=program.clock.now(),
        **shown,
    )


def menu_of(actor: Actor, desk: Desk) -> dict[str, list[Section]]:
    """The sections that this actor may open, by group; no empty group."""
    found = {
        group: [s for s in sections if actor.may(s.permission, brand_id=desk.brand.id)]
        for group, sections in MENU.items()
    }
    return {group: sections for group, sections in found.items() if sections}


async def refused(request: Request, refusal: Refusal) -> Response:
    """A refusal as a page: sign-in when nobody is signed in, else what is wrong, within the frame when it can be."""
    is_part = request.headers.get("hx-request") == "true"
    if refusal.status == 401:
        headers = {"HX-Refresh": "true"} if is_part else {}
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return pages.answer(request, "sign_in.html", 401, headers, next=target, login="", problem=None)
    title, detail = refusal_texts(page_locale(request), refusal.code, refusal.facts)
    shown: dict[str, Any] = {"title": title, "detail": detail, "code": refusal.status}
    # After a fault nothing more is read: what failed may fail again.
    actor = await _staff_of(request) if refusal.status < 500 else None
    if actor is None or is_part:
        return pages.answer(request, "refused_alone.html", refusal.status, **shown)
    return await show(request, actor, "refused.html", refusal.status, **shown)


async def _staff_of(request: Request) -> Actor | None:
    token = request.cookies.get("hs_office", "")
    actor: Actor | None = await request.app.state.actors.resolve(token) if token else None
    return actor if actor is not None and actor.kind is ActorKind.STAFF else None
