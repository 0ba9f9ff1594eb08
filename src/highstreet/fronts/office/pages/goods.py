"""Goods and prices: the list, one article with its stock, and a new price; what lies at each place, and whose."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.change_price import ChangePrice, change_price
from highstreet.flows.list_places import list_stock
from highstreet.flows.office_desk import desk_of
from highstreet.fronts.office.asking import Words, office
from highstreet.fronts.office.pages.changes import Read, Typed, change, decimal_text, go_to, problem_of, say
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.staff import PlaceId, VariantId, brand_of, program_of
from highstreet.kernel.audit import AuditAsked, audit_trail
from highstreet.kernel.errors import REQUEST_NOT_FOUND, Refusal
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import (
    PricedVariant,
    SetPrice,
    categories_for,
    find_variants,
    variant_by_id,
)
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.parties import Party, PlaceOfBusiness, parties_of_brand, place_by_id, places_of_brand
from highstreet.rooms.stock import OwnerStock, places_with_variant, total_by_place

router = page_router()
GoodsReader = Annotated[Actor, office(Permission.GOODS_READ)]
GoodsWriter = Annotated[Actor, office(Permission.GOODS_WRITE)]
StockReader = Annotated[Actor, office(Permission.STOCK_READ)]
Text = Annotated[Words, Query()]
PageNo = Annotated[int, Query(ge=1, le=10_000)]
ON_A_PAGE = 50
FEW = 3
"""At this many free pieces or fewer, a shelf is nearly empty."""


@dataclass(frozen=True, slots=True)
class Lying:
    """One owner's pieces of an article at a place."""

    place: PlaceOfBusiness | None
    owner: Party | None
    stock: OwnerStock
    counted_at: datetime

    @property
    def available(self) -> int:
        """Pieces that nobody has reserved."""
        return self.stock.on_hand - self.stock.reserved


@router.get("/goods")
async def goods_page(request: Request, actor: GoodsReader, text: Text = "", page: PageNo = 1) -> Response:
    """All goods by name, a page of them, or those that have every word."""
    found, categories = await program_of(request).db.read(_goods, brand_of(actor), text, page)
    return await show(
        request,
        actor,
        "goods.html",
        goods=found[:ON_A_PAGE],
        categories=categories,
        text=text,
        page=page,
        has_more=len(found) > ON_A_PAGE,
        may_import=actor.may(Permission.IMPORT_RUN, brand_id=brand_of(actor)),
    )


def _goods(reader: Reader, brand_id: str, text: str, page: int) -> tuple[list[PricedVariant], dict[str, str]]:
    found = find_variants(reader, brand_id, text, ON_A_PAGE + 1, (page - 1) * ON_A_PAGE)
    return found, categories_for(reader, brand_id, {one.product_id for one in found})


@router.get("/goods/{variant_id}")
async def article_page(request: Request, actor: GoodsReader, variant_id: VariantId) -> Response:
    """One article: its prices, who changed them, and where it lies."""
    return await _article(request, actor, "article.html", variant_id)


@router.post("/goods/{variant_id}/price")
async def set_prices(
    request: Request, actor: GoodsWriter, variant_id: VariantId, list_price: Typed = "", member: Typed = ""
) -> Response:
    """Change an article's prices; sales from now on see them."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    read = Read({"list_price": list_price, "member": member}, desk.brand.currency, desk.zone)
    list_minor, member_minor = read.money("list_price"), read.money("member", is_needed=False)
    if list_minor is not None and member_minor is not None and member_minor > list_minor:
        read.wrong["member"] = "office-more_wrong_member_price"
    if list_minor is None or read.wrong:
        return await _article(
            request, actor, "article_price.html", variant_id, 422, typed=read.typed, wrong=read.wrong
        )
    command = SetPrice(
        brand_id=brand_id,
        variant_id=variant_id,
        currency=desk.brand.currency,
        list_minor=list_minor,
        member_minor=member_minor,
        at=program.clock.now(),
    )
    facts = {"currency": command.currency, "list_minor": list_minor, "member_minor": member_minor}
    asked = ChangePrice(command, actor.id)
    try:
        done = await change(request, actor, "office.set_price", variant_id, change_price, asked, **facts)
    except Refusal as refusal:
        return await _article(
            request,
            actor,
            "article_price.html",
            variant_id,
            refusal.status,
            typed=read.typed,
            problem=problem_of(request, refusal),
        )
    if done.waiting is not None:
        return go_to(f"/office/conflicts#{done.waiting.id}")
    told = say(request, "office-more_price_changed")
    return await _article(request, actor, "article_price.html", variant_id, headers=told, is_done=True)


async def _article(
    request: Request,
    actor: Actor,
    template: str,
    variant_id: str,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    brand_id = brand_of(actor)
    found = await program_of(request).db.read(_one, brand_id, variant_id)
    article = found["article"]
    typed = {
        "list_price": decimal_text(article.list_minor, article.currency),
        "member": decimal_text(article.member_minor, article.currency),
    }
    shown = {"typed": typed, "wrong": {}, "problem": None, "is_done": False, **found, **more}
    may_write = actor.may(Permission.GOODS_WRITE, brand_id=brand_id)
    may_see_stock = actor.may(Permission.STOCK_READ, brand_id=brand_id)
    return await show(
        request,
        actor,
        template,
        status,
        headers,
        few=FEW,
        may_write=may_write,
        may_see_stock=may_see_stock,
        **shown,
    )


def _one(reader: Reader, brand_id: str, variant_id: str) -> dict[str, Any]:
    article = variant_by_id(reader, brand_id, variant_id)
    if article is None:
        raise REQUEST_NOT_FOUND()
    places = {place.id: place for place in places_of_brand(reader, brand_id)}
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    asked = AuditAsked(brand_id, None, 10, None, variant_id)
    return {
        "article": article,
        "category": categories_for(reader, brand_id, {article.product_id}).get(article.product_id, ""),
        "lying": [
            Lying(places.get(place_id), parties.get(stock.owner_party_id), stock, at)
            for place_id, stock, at in places_with_variant(reader, brand_id, variant_id)
        ],
        "trail": audit_trail(reader, asked),
        "staff": {one.id: one.name for one in staff_of_brand(reader, brand_id)},
    }


@dataclass(frozen=True, slots=True)
class Shelf:
    """What lies at a place in all, and how much of it is whose."""

    place: PlaceOfBusiness
    operator: Party | None
    articles: int
    owners: tuple[tuple[Party | None, OwnerStock], ...]

    @property
    def pieces(self) -> int:
        """Of all owners."""
        return sum(stock.on_hand for _, stock in self.owners)

    @property
    def reserved(self) -> int:
        """Of all owners."""
        return sum(stock.reserved for _, stock in self.owners)


@router.get("/stock")
async def stock_page(request: Request, actor: StockReader) -> Response:
    """What lies at each place, and whose it is."""
    shelves = await program_of(request).db.read(_shelves, brand_of(actor))
    owners: dict[str, tuple[Party | None, int]] = {}
    for shelf in shelves:
        for owner, stock in shelf.owners:
            owners[stock.owner_party_id] = (
                owner,
                owners.get(stock.owner_party_id, (owner, 0))[1] + stock.on_hand,
            )
    may_import = actor.may(Permission.IMPORT_RUN, brand_id=brand_of(actor))
    by_size = sorted(owners.values(), key=lambda one: -one[1])
    return await show(request, actor, "stock.html", shelves=shelves, owners=by_size, may_import=may_import)


def _shelves(reader: Reader, brand_id: str) -> list[Shelf]:
    parties = {party.id: party for party in parties_of_brand(reader, brand_id)}
    found: dict[str, list[tuple[int, OwnerStock]]] = {}
    for place_id, articles, stock in total_by_place(reader, brand_id):
        found.setdefault(place_id, []).append((articles, stock))
    shelves = [
        Shelf(
            place,
            parties.get(place.operator_party_id),
            max((articles for articles, _ in found.get(place.id, [])), default=0),
            tuple((parties.get(stock.owner_party_id), stock) for _, stock in found.get(place.id, [])),
        )
        for place in places_of_brand(reader, brand_id)
        if place.is_active or place.id in found
    ]
    return sorted(shelves, key=lambda shelf: (shelf.place.name_en, shelf.place.id))


@router.get("/stock/{place_id}")
async def shelf_page(
    request: Request,
    actor: StockReader,
    place_id: PlaceId,
    text: Text = "",
    only: Annotated[str, Query(pattern="^(all|few)$")] = "all",
) -> Response:
    """A place's stock by article and owner; `only=few`: what is nearly gone."""
    program = program_of(request)
    place, rows, owners = await program.db.read(_shelf, brand_of(actor), place_id)
    words = text.lower().split()
    few = [row for row in rows if row.available <= FEW]
    shown = [
        row
        for row in (few if only == "few" else rows)
        if all(w in f"{row.name_en} {row.name_zh} {row.sku} {row.gtin}".lower() for w in words)
    ]
    return await show(
        request,
        actor,
        "shelf.html",
        place=place,
        rows=shown,
        total=len(rows),
        few_count=len(few),
        owners=owners,
        text=text,
        only=only,
        few=FEW,
    )


def _shelf(
    reader: Reader, brand_id: str, place_id: str
) -> tuple[PlaceOfBusiness, list[Any], dict[str, Party]]:
    place = place_by_id(reader, brand_id, place_id)
    if place is None:
        raise REQUEST_NOT_FOUND()
    rows = list_stock(reader, brand_id, place_id)
    owners = {party.id: party for party in parties_of_brand(reader, brand_id)}
    return place, sorted(rows, key=lambda row: (row.name_en or "~", row.sku or "")), owners
