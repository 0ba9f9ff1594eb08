"""What a register sold without a network comes in, and what it needs to sell so: goods, prices, offers."""

from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from highstreet.flows.price_sale import BasketItem
from highstreet.flows.register_pricelist import PriceList, currency_of, read_pricelist
from highstreet.flows.replay_journal import (
    HeardEntry,
    ReturnedOffline,
    Sending,
    SoldOffline,
    acknowledged_seq,
    replay_journal,
)
from highstreet.fronts.register.member_hold import read_member
from highstreet.fronts.register.models import Asked, Minor, Printable, ReturnAsked, SaleAsked, wish_of
from highstreet.fronts.register.sales import SELLER, Real, ids_of, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED, Refusal
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.ids import check_id, stable_id
from highstreet.kernel.permissions import Actor
from highstreet.kernel.time import parse_utc
from highstreet.kernel.web import PROBLEMS, locale_of
from highstreet.rooms.goods import parse_gtin
from highstreet.rooms.members import CODE_STALE
from highstreet.rooms.registers import ENTRY_MALFORMED, NOTE, RETURN, Entry, hash_of

router = APIRouter(tags=["register: offline"], responses=PROBLEMS)
Seller = Annotated[Actor, Depends(SELLER)]
JournalId = Annotated[
    str,
    Field(
        max_length=40,
        description="Made by the device with its storage: `jrn_…`.",
        examples=[stable_id("jrn", "example")],
    ),
]
AT_ONCE = 100
OFFLINE_RAILS = frozenset({"cash", "slip"})
"""What can be taken without asking anybody."""
PRICES_KEPT = timedelta(minutes=1)
PARTS_KEPT = 200
# A device whose clock lost its battery starts in 1970.
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class EntryAsked(Asked):
    """One entry as the device wrote it; it is hashed as it is sent."""

    seq: int = Field(ge=1, le=2**31 - 1)
    at: Printable = Field(max_length=40, description="The device's clock, RFC 3339.")
    prev_hash: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = Field(
        description="Empty for the first; else the SHA-256, in hexadecimal, of the entry before it."
    )
    kind: Literal["sale", "return", "note"]
    body: dict[str, Any]


class JournalAsked(Asked):
    """Entries of one device's journal, in order."""

    journal_id: JournalId
    sent_at: Printable = Field(max_length=40, description="The device's clock, RFC 3339.")
    entries: list[EntryAsked] = Field(max_length=AT_ONCE)


class _Kept(BaseModel):
    """What an entry says. More than we know is no reason to lose a sale."""

    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=400)


class _SaleKept(_Kept):
    sale: SaleAsked
    charged_minor: Minor
    currency: str


class _ReturnKept(_Kept):
    back: ReturnAsked = Field(alias="return")
    refunded_minor: Minor
    currency: str


class ResultTold(BaseModel):
    """What came of one entry."""

    seq: int
    state: Literal["done", "done_with_difference", "refused"]
    answer: dict[str, Any] | None = Field(description="The receipt of a sale, or the answer to a return.")
    problem: dict[str, Any] | None = Field(description="Why it was refused, or where it differs.")


class JournalTold(BaseModel):
    """How far the journal was taken, and what came of the entries sent."""

    journal_id: str
    acknowledged_seq: int
    results: list[ResultTold]


class AcknowledgedTold(BaseModel):
    """How far a journal was taken."""

    journal_id: str
    acknowledged_seq: int


@router.post(
    "/journal", operation_id="register_send_journal", summary="Register sends what it did without a network"
)
async def send_journal(request: Request, actor: Real, asked: JournalAsked) -> JournalTold:
    """Take a journal's entries, each once and in order; those taken before are answered again.

    409 `registers.journal_gap` (`expected_seq`) and `registers.journal_forked`: what came before it is kept.
    """
    program = program_of(request)
    brand_id, register_id, place_id = ids_of(actor)
    sending = Sending(
        brand_id=brand_id,
        register_id=register_id,
        place_id=place_id,
        journal_id=check_id(asked.journal_id, "jrn"),
        sent_at=_moment(asked.sent_at, "body.sent_at"),
        entries=tuple(_heard(entry) for entry in asked.entries),
    )

    def member_at(code: str, at: datetime) -> str:
        of_brand, member_id = read_member(program.member_secret, register_id, code, at)
        if of_brand != brand_id:
            raise CODE_STALE()
        return member_id

    answer = await replay_journal(program, sending, member_at)
    locale = locale_of(request)
    results = [{**one, "problem": told_problem(one["problem"], locale)} for one in answer["results"]]
    return JournalTold.model_validate({**answer, "results": results})


def told_problem(kept: dict[str, Any] | None, locale: str) -> dict[str, Any] | None:
    """A kept problem with its words."""
    if kept is None:
        return None
    title, detail = refusal_texts(locale, kept["code"], kept["facts"])
    return {"type": f"/problems/{kept['code']}", "title": title, "detail": detail, **kept}


def _moment(text: str, field: str) -> datetime:
    try:
        at = parse_utc(text)
    except ValueError:
        raise REQUEST_MALFORMED(field=field, reason="no_time") from None
    if not _FIRST <= at <= _LAST:
        raise REQUEST_MALFORMED(field=field, reason="no_time")
    return at


def _heard(asked: EntryAsked) -> HeardEntry:
    sent = asked.model_dump()
    try:
        orjson.dumps(sent)  # what it does not take, no database does: half characters, numbers without an end
        digest = hash_of(sent)
    except (TypeError, ValueError):
        raise REQUEST_MALFORMED(field="body.entries.body", reason="no_json") from None
    entry = Entry(
        seq=asked.seq,
        device_at=_moment(asked.at, "body.entries.at"),
        prev_hash=asked.prev_hash,
        kind=asked.kind,
        sent=_storable(sent),
        hash=digest,
    )
    if asked.kind == NOTE:
        return HeardEntry(entry, None)
    try:
        says = _return(asked.body) if asked.kind == RETURN else _sale(asked.body)
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        return HeardEntry(entry, ENTRY_MALFORMED(field=where[:80]))
    except Refusal as refusal:
        return HeardEntry(entry, refusal)
    return HeardEntry(entry, says)


def _storable(value: Any) -> Any:
    """The same without NUL, which no database takes."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {str(_storable(name)): _storable(one) for name, one in value.items()}
    return value


def _sale(body: dict[str, Any]) -> SoldOffline:
    kept = _SaleKept.model_validate(body)
    asked = kept.sale
    if asked.currency != kept.currency:
        raise ENTRY_MALFORMED(field="currency")
    if asked.hold_minutes is not None:
        raise ENTRY_MALFORMED(field="sale.hold_minutes")
    if any(t.rail not in OFFLINE_RAILS or t.auth_code is not None for t in asked.tenders):
        raise ENTRY_MALFORMED(field="sale.tenders")
    return SoldOffline(
        sale_id=check_id(asked.id, "sal"),
        items=tuple(BasketItem(parse_gtin(item.gtin), item.quantity) for item in asked.items),
        member_code=asked.member_code,
        coupons=tuple(asked.coupons),
        currency=asked.currency,
        charged_minor=kept.charged_minor,
        tenders=tuple(map(wish_of, asked.tenders)),
    )


def _return(body: dict[str, Any]) -> ReturnedOffline:
    kept = _ReturnKept.model_validate(body)
    asked = kept.back
    return ReturnedOffline(
        return_id=check_id(asked.id, "rtn"),
        sale_id=check_id(asked.sale_id, "sal"),
        items=tuple((item.line_no, item.quantity) for item in asked.items),
        reason=asked.reason,
        refunded_minor=kept.refunded_minor,
        has_receipt=asked.has_receipt,
        approval_id=asked.approval,
    )


@router.get(
    "/journal/{journal_id}",
    operation_id="register_read_journal",
    summary="Register asks how far its journal was taken",
)
async def read_journal(
    request: Request, actor: Real, journal_id: Annotated[str, Path(max_length=40)]
) -> AcknowledgedTold:
    """The last number that was taken; 404 `registers.journal_unknown` when none ever came."""
    brand_id, register_id, _ = ids_of(actor)
    seq = await program_of(request).db.read(
        acknowledged_seq, brand_id, register_id, check_id(journal_id, "jrn")
    )
    return AcknowledgedTold(journal_id=journal_id, acknowledged_seq=seq)


class ListedGoodsTold(BaseModel):
    """An article as it is sold without a network."""

    gtin: str
    sku: str
    name_en: str
    name_zh: str
    category: str
    list_minor: int
    member_minor: int | None


class OfflineOfferTold(BaseModel):
    """A shared coupon that this register may take without asking; its terms as in the price function."""

    public_code: str
    offer_id: str
    kind: Literal["spend_get", "percent"]
    title_en: str
    title_zh: str
    is_stackable: bool
    spend_minor: int
    off_minor: int
    percent_bp: int
    max_off_minor: int | None
    valid_from: AwareDatetime
    valid_until: AwareDatetime


class PriceListTold(BaseModel):
    """A part of the price list, by article; ask for the next with `after`."""

    currency: str
    goods: list[ListedGoodsTold]
    next_after: str | None = Field(description="Where the next part begins; null: this was the last.")
    has_member_price: bool = Field(description="Whether members pay `member_minor` now.")
    offers: list[OfflineOfferTold] = Field(description="With the first part only.")


@router.get(
    "/pricelist",
    operation_id="register_read_pricelist",
    summary="Register loads the prices it needs without a network",
    response_model=PriceListTold,
)
async def pricelist(
    request: Request,
    actor: Seller,
    after: Annotated[str, Query(max_length=40, pattern=r"^[a-z0-9_]*$")] = "",
    limit: Annotated[int, Query(ge=1, le=5000)] = 2000,
) -> Response:
    """Goods with their prices, and the offers that may be taken offline. With `If-None-Match`: 304 when nothing changed."""
    content = await _priced(request, actor, after, limit)
    headers = {
        "ETag": f'"{blake2b(content, digest_size=12).hexdigest()}"',
        "Cache-Control": "private, no-cache",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(content, 200, headers, "application/json")


async def _priced(request: Request, actor: Actor, after: str, limit: int) -> bytes:
    """Read once a minute: all registers of a brand ask for the same."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    now = program.clock.now()
    kept: dict[tuple[str, str, str, int], tuple[datetime, bytes]]
    kept = request.app.state.pricelists
    currency = await program.db.read(currency_of, brand_id, register_id)
    key = (brand_id, currency, after, limit)
    if (known := kept.get(key)) is not None and timedelta() <= now - known[0] < PRICES_KEPT:
        return known[1]
    found = await program.db.read(read_pricelist, brand_id, currency, after, limit, now)
    content = orjson.dumps(_listed(found))
    if len(kept) >= PARTS_KEPT:
        kept.clear()
    kept[key] = (now, content)
    return content


def _listed(found: PriceList) -> dict[str, Any]:
    goods = [{name: getattr(one, name) for name in ListedGoodsTold.model_fields} for one in found.goods]
    offers = [
        {
            "public_code": one.public_code,
            "spend_minor": one.terms.get("spend_minor", 0),
            "off_minor": one.terms.get("off_minor", 0),
            "percent_bp": one.terms.get("percent_bp", 0),
            "max_off_minor": one.terms.get("max_off_minor"),
            **{name: getattr(one, name) for name in _OFFER_FIELDS},
        }
        for one in found.offers
    ]
    told = {"currency": found.currency, "goods": goods, "next_after": found.next_after}
    return {**told, "has_member_price": found.has_member_price, "offers": offers}


_OFFER_FIELDS = ("offer_id", "kind", "title_en", "title_zh", "is_stackable", "valid_from", "valid_until")
