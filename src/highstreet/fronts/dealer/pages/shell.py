"""What every page of a dealer, a landlord or a store has in common: who looks, the menu, refusals as pages."""

from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from highstreet.flows.office_desk import Desk, desk_of
from highstreet.flows.sign_in_staff import StaffAtWork, show_staff
from highstreet.fronts.dealer.asking import brand_of, dealer, program_of
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import needs, page_refusal
from highstreet.look import Pages, page_locale
from highstreet.rooms.parties import Party, parties_of_brand

pages = Pages("dealer")

Colleague = Annotated[Actor, needs(ActorKind.STAFF)]
SalesReader = Annotated[Actor, dealer(Permission.SALES_READ)]
StockReader = Annotated[Actor, dealer(Permission.STOCK_READ)]
EarningsReader = Annotated[Actor, dealer(Permission.EARNINGS_READ)]


@dataclass(frozen=True, slots=True)
class Section:
    """A line of the menu. Its text is `dealer-menu_<name>`; shown to whoever has the permission for anything."""

    name: str
    icon: str
    permission: Permission

    @property
    def href(self) -> str:
        """Where it leads."""
        return "/dealer/" if self.name == "today" else f"/dealer/{self.name}"


MENU = (
    Section("today", "home", Permission.SALES_READ),
    Section("sales", "receipt", Permission.SALES_READ),
    Section("parcels", "bag", Permission.PARCELS_PACK),
    Section("stock", "box", Permission.STOCK_READ),
    Section("transfers", "truck", Permission.STOCK_READ),
    Section("earnings", "coins", Permission.EARNINGS_READ),
    Section("statement", "contract", Permission.EARNINGS_READ),
    Section("settlements", "calendar", Permission.EARNINGS_READ),
    Section("contracts", "handshake", Permission.CONTRACTS_READ),
    Section("conflicts", "alert", Permission.CONTRACTS_READ),
    Section("disputes", "edit", Permission.EARNINGS_READ),
)


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
    return APIRouter(prefix="/dealer", include_in_schema=False, route_class=PageRoute)


async def show(
    request: Request,
    actor: Actor,
    template: str,
    /,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **shown: Any,
) -> Response:
    """A page within the frame. Templates have `desk` (Desk), `work` (StaffAtWork), `menu` and `now` besides."""
    program = program_of(request)
    desk, work = await program.db.read(_at_work, brand_of(actor), actor.id)
    return pages.answer(
        request,
        template,
        status,
        headers,
        desk=desk,
        work=work,
        menu=[section for section in MENU if actor.scopes(section.permission)],
        now=program.clock.now(),
        **shown,
    )


async def names_of(request: Request, actor: Actor, party_ids: Iterable[str | None]) -> dict[str, Party]:
    """The parties of these ids, as far as the page was told of them at all."""
    found = await program_of(request).db.read(parties_of_brand, brand_of(actor))
    wanted = set(party_ids)
    return {party.id: party for party in found if party.id in wanted}


def go_to(href: str) -> Response:
    """Answer a form by another page."""
    return Response(None, 204, {"HX-Redirect": href, "Cache-Control": "no-store"})


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


def _at_work(reader: Reader, brand_id: str, staff_id: str) -> tuple[Desk, StaffAtWork]:
    return desk_of(reader, brand_id, staff_id), show_staff(reader, brand_id, staff_id)


async def _staff_of(request: Request) -> Actor | None:
    token = request.cookies.get("hs_dealer", "")
    actor: Actor | None = await request.app.state.actors.resolve(token) if token else None
    return actor if actor is not None and actor.kind is ActorKind.STAFF else None
