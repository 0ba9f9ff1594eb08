"""Quotes, sales and returns at a register."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response

from highstreet.flows.charge_sale import cancel_sale, charge_sale, repeat_sale, tell_sale
from highstreet.flows.errors import MEMBER_UNKNOWN
from highstreet.flows.gift_cards import read_card
from highstreet.flows.pay_in_parts import HandOut, give_sale_up, hand_out_cash
from highstreet.flows.preview_return import preview_return
from highstreet.flows.price_reasons import discounts_of
from highstreet.flows.price_sale import BasketItem, PricedSale, PriceSale
from highstreet.flows.program import Program
from highstreet.flows.quote_basket import Quote, quote_basket
from highstreet.flows.refund_tender import return_at_register
from highstreet.flows.return_sale import ReturnAtRegister
from highstreet.flows.sell_at_register import SellAtRegister, TenderWish
from highstreet.flows.train_register import (
    cancel_in_training,
    charge_in_training,
    preview_in_training,
    read_in_training,
    return_in_training,
)
from highstreet.fronts.register.clerk_seal import clerk_of
from highstreet.fronts.register.member_hold import claimed, is_seal, read_member, seal_member
from highstreet.fronts.register.models import (
    CancelAsked,
    MemberAsked,
    MemberTold,
    PreviewAsked,
    PreviewTold,
    QuoteAsked,
    QuoteTold,
    ReturnAsked,
    ReturnTold,
    SaleAsked,
    SaleTold,
    TenderAsked,
    WayBackTold,
    wish_of,
)
from highstreet.kernel.errors import REQUEST_MALFORMED, Refusal
from highstreet.kernel.hot_routes import HotRoute
from highstreet.kernel.idempotency import fingerprint_of
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor, ActorKind, Permission
from highstreet.kernel.web import PROBLEMS, Needs, needs
from highstreet.rooms.goods import parse_gtin
from highstreet.rooms.members import CODE_STALE, MemberFacts, members_for
from highstreet.rooms.sales import sales_for
from highstreet.rooms.tenders import RAIL_KINDS


async def with_cards(
    program: Program,
    brand_id: str,
    register_id: str,
    wishes: Sequence[TenderWish],
    asked: Sequence[TenderAsked],
) -> tuple[TenderWish, ...]:
    """The same wishes, naming the cards of the codes. Errors: tenders.card_unknown, rate.limited."""
    return tuple(
        [
            wish
            if one.card_code is None
            else replace(wish, reference=(await read_card(program, brand_id, register_id, one.card_code)).id)
            for wish, one in zip(wishes, asked, strict=True)
        ]
    )


router = APIRouter(tags=["register: sales"], responses=PROBLEMS)
SELLER = Needs((ActorKind.REGISTER, ActorKind.TRAINING), Permission.SALES_SELL)
Seller = Annotated[Actor, Depends(SELLER)]
BOTH = (ActorKind.REGISTER, ActorKind.TRAINING)
Refunder = Annotated[Actor, needs(*BOTH, permission=Permission.SALES_REFUND)]
Real = Annotated[Actor, needs(ActorKind.REGISTER, permission=Permission.SALES_SELL)]
RealRefunder = Annotated[Actor, needs(ActorKind.REGISTER, permission=Permission.SALES_REFUND)]
SaleId = Annotated[str, Path(max_length=40)]


def program_of(request: Request) -> Program:
    program: Program = request.app.state.program
    return program


def ids_of(actor: Actor) -> tuple[str, str, str]:
    """Brand, register and place of a register's key; `needs` has made sure that it is one."""
    return str(actor.brand_id), str(actor.register_id), str(actor.place_id)


def member_of(program: Program, brand_id: str, register_id: str, text: str | None) -> str | None:
    """Whose code or seal it is. Errors: Refusal members.code_stale, also for another brand's."""
    if text is None:
        return None
    code_brand, member_id = read_member(program.member_secret, register_id, text, program.clock.now())
    if code_brand != brand_id:
        raise CODE_STALE()
    return member_id


def _items(asked: QuoteAsked) -> tuple[BasketItem, ...]:
    return tuple(BasketItem(parse_gtin(item.gtin), item.quantity, item.price_minor) for item in asked.items)


@router.post(
    "/quotes", operation_id="register_quote_basket", summary="Register prices a basket without selling"
)
async def quote(request: Request, actor: Seller, asked: QuoteAsked) -> QuoteTold:
    """Price a basket: every line with its reasons, and why a coupon does not help."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    found = await program.db.read(
        quote_basket,
        PriceSale(
            brand_id=brand_id,
            register_id=register_id,
            items=_items(asked),
            member_id=member_of(program, brand_id, register_id, asked.member_code),
            coupons=tuple(asked.coupons),
            currency=None,
            at=program.clock.now(),
            is_quote=True,
        ),
    )
    quoted = _quote(program, found, asked.member_code)
    quoted.is_training = actor.kind is ActorKind.TRAINING
    return quoted


def _quote(program: Program, found: Quote, shown: str | None) -> QuoteTold:
    priced = found.priced
    basket = priced.basket
    rejected: list[dict[str, Any]] = [
        {"coupon": code, "reason": reason, "missing_minor": None} for code, reason in priced.unusable
    ]
    rejected += [
        {"coupon": r.coupon_id or r.offer_id, "reason": r.reason, "missing_minor": r.missing_minor}
        for r in basket.rejected
    ]
    return QuoteTold.model_validate(
        {
            "currency": basket.currency,
            "lines": [
                {
                    "line_no": line.line_no,
                    "gtin": line.gtin,
                    "name_en": line.name_en,
                    "name_zh": line.name_zh,
                    "quantity": line.quantity,
                    "unit_list_minor": line.unit_list_minor,
                    "discount_minor": line.discount_minor,
                    "net_minor": line.net_minor,
                }
                for line in priced.lines
            ],
            "discounts": discounts_of(priced),
            "rejected": rejected,
            "list_minor": basket.list_minor,
            "discount_minor": basket.discount_minor,
            "total_minor": basket.total_minor,
            "is_member": priced.member is not None,
            "member": _member_told(program, priced, shown),
            "coupons": [
                {
                    "coupon_id": hint.coupon.coupon_id,
                    "title_en": hint.coupon.title_en,
                    "title_zh": hint.coupon.title_zh,
                    "saves_minor": hint.saves_minor,
                    "missing_minor": hint.missing_minor,
                    "reason": hint.reason,
                    "valid_until": hint.coupon.valid_until,
                }
                for hint in found.hints
            ],
            "proof": basket.proof(),
        }
    )


def _member_told(program: Program, priced: PricedSale, shown: str | None) -> MemberTold | None:
    if priced.member is None or shown is None:
        return None
    return _sealed(program, priced.ask.register_id, priced.member, shown)


def _sealed(program: Program, register_id: str, member: MemberFacts, shown: str) -> MemberTold:
    key = (register_id, member.brand_id, member.member_id, program.clock.now())
    return MemberTold(
        tier=member.tier,
        points_available=member.points_available,
        points_pending=member.points_pending,
        # A seal is not prolonged: it stands for a phone that was shown.
        seal=shown if is_seal(shown) else seal_member(program.member_secret, *key),
    )


@router.post(
    "/members", operation_id="register_read_member", summary="Register asks who a member's code is for"
)
async def read_scanned(request: Request, actor: Seller, asked: MemberAsked) -> MemberTold:
    """A member's tier and points, and the seal that stands for them while the basket fills."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    member_id = str(member_of(program, brand_id, register_id, asked.member_code))
    found = await program.db.read(members_for, {(brand_id, member_id)})
    member = found.get((brand_id, member_id))
    if member is None or not member.is_served:
        raise MEMBER_UNKNOWN()
    return _sealed(program, register_id, member, asked.member_code)


@router.post(
    "/sales",
    operation_id="register_charge_sale",
    summary="Register charges a basket",
    response_model=SaleTold,
    responses={202: {"model": SaleTold, "description": "Open: the payment is under way; ask again"}},
)
async def charge(request: Request, actor: Seller, asked: SaleAsked) -> Response:
    """Charge a basket. 200: the receipt, or abandoned; 202: still open. Ask again with the same id."""
    status, answer = await _charge(program_of(request), actor, asked)
    return Response(orjson.dumps(answer), status, media_type="application/json")


async def _charge(program: Program, actor: Actor, asked: SaleAsked) -> tuple[int, dict[str, Any]]:
    brand_id, register_id, _ = ids_of(actor)
    check_id(asked.id, "sal")
    if asked.hold_minutes is not None and asked.tenders:
        raise REQUEST_MALFORMED(field="body.tenders", reason="none_with_hold_minutes")
    items, coupons = _items(asked), tuple(asked.coupons)
    tenders = tuple(map(wish_of, asked.tenders))
    if any(t.card_code is not None for t in asked.tenders):
        tenders = await with_cards(program, brand_id, register_id, tenders, asked.tenders)
    auth_code = next((t.auth_code for t in asked.tenders if t.auth_code is not None), None)

    def fingerprint(member_id: str | None) -> str:
        # Codes turn: for being asked twice it is the member that counts, and no payment code at all.
        content = [
            register_id,
            member_id,
            items,
            coupons,
            asked.currency,
            asked.expected_total_minor,
            [(t.tender_id, t.rail, t.amount_minor, t.given_minor) for t in tenders],
            *([] if asked.hold_minutes is None else [asked.hold_minutes]),
            *[t.reference for t in tenders if t.reference is not None],
        ]
        return fingerprint_of(content)

    try:
        member_id = member_of(program, brand_id, register_id, asked.member_code)
    except Refusal as refusal:
        is_training = actor.kind is ActorKind.TRAINING  # there nothing real is told
        if asked.member_code is None or is_training or refusal.code != CODE_STALE.code:
            raise
        # A register that asks again after a crash holds an old code; its sale may be long done.
        _, member_id = claimed(asked.member_code)
        answer = await repeat_sale(program, brand_id, asked.id, fingerprint(member_id), auth_code)
        if answer is None:
            raise
        return _told(answer)
    command = SellAtRegister(
        brand_id=brand_id,
        register_id=register_id,
        sale_id=asked.id,
        items=items,
        member_id=member_id,
        coupons=coupons,
        currency=asked.currency,
        expected_total_minor=asked.expected_total_minor,
        tenders=tenders,
        fingerprint=fingerprint(member_id),
        at=(now := program.clock.now()),
        return_days=program.settings.return_days,
        held_until=None if asked.hold_minutes is None else now + timedelta(minutes=asked.hold_minutes),
        clerk_id=None if asked.clerk is None else await clerk_of(program, actor, asked.clerk),
        approval_id=asked.approval,
    )
    charge = charge_in_training if actor.kind is ActorKind.TRAINING else charge_sale
    return _told(await charge(program, command, auth_code))


def _told(answer: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return (202 if answer["state"] == "open" else 200), answer


HOT = HotRoute("/register/v1/sales", "register_charge_sale", SELLER, SaleAsked, _charge)


@router.get(
    "/sales/{sale_id}",
    operation_id="register_read_sale",
    summary="Register asks where a sale stands",
    response_model=SaleTold,
)
async def read(request: Request, actor: Seller, sale_id: SaleId) -> dict[str, Any]:
    """Where a sale of this place stands."""
    brand_id, register_id, place_id = ids_of(actor)
    if actor.kind is ActorKind.TRAINING:
        return await read_in_training(program_of(request), brand_id, register_id, check_id(sale_id, "sal"))
    return await tell_sale(program_of(request), brand_id, check_id(sale_id, "sal"), place_id)


@router.post(
    "/sales/{sale_id}/cancel",
    operation_id="register_cancel_sale",
    summary="Register cancels an open sale",
    response_model=SaleTold,
)
async def cancel(
    request: Request, actor: Seller, sale_id: SaleId, asked: CancelAsked | None = None
) -> dict[str, Any]:
    """Call back the payment of an open sale. If the shopper was faster, the answer is the receipt.

    A sale paid in parts is given up at its own place: every part goes back to where it came from. Asked again when
    it was given up without anybody there, the cash that is owed is handed out, and what was paid on a card terminal
    with the `slips` that it made for it.
    """
    brand_id, register_id, place_id = ids_of(actor)
    program, key = program_of(request), (brand_id, check_id(sale_id, "sal"))
    if actor.kind is ActorKind.TRAINING:
        return await cancel_in_training(program, brand_id, register_id, sale_id)
    found = (await program.db.read(sales_for, [key])).get(key)
    if found is not None and found.is_in_parts and found.place_id == place_id:
        asked = asked or CancelAsked()
        return await give_sale_up(
            program, *key, register_id=register_id, slips=tuple(asked.slips), approval_id=asked.approval
        )
    return await cancel_sale(program, brand_id, place_id, sale_id)


@router.post(
    "/sales/{sale_id}/hand-out",
    operation_id="register_hand_out",
    summary="Register hands out cash that is owed",
    response_model=SaleTold,
)
async def hand_out(
    request: Request, actor: RealRefunder, sale_id: SaleId, asked: CancelAsked | None = None
) -> dict[str, Any]:
    """Hand out the cash that a sale owes its shopper: the office allowed it, or nobody was there to take it."""
    brand_id, register_id, _ = ids_of(actor)
    program = program_of(request)
    asked = asked or CancelAsked()
    command = HandOut(
        brand_id,
        check_id(sale_id, "sal"),
        register_id,
        program.clock.now(),
        tuple(asked.slips),
        asked.approval,
    )
    return await hand_out_cash(program, command)


@router.post(
    "/returns",
    operation_id="register_return_sale",
    summary="Register takes goods back",
    response_model=ReturnTold,
)
async def take_back(request: Request, actor: Refunder, asked: ReturnAsked) -> dict[str, Any]:
    """Take pieces of a sale back, from any place of the brand, and refund them to where the money came from."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    command = ReturnAtRegister(
        brand_id=brand_id,
        register_id=register_id,
        return_id=check_id(asked.id, "rtn"),
        sale_id=check_id(asked.sale_id, "sal"),
        items=tuple((item.line_no, item.quantity) for item in asked.items),
        reason=asked.reason,
        fingerprint=fingerprint_of(asked.model_dump(exclude={"approval", "clerk", "has_receipt"})),
        at=program.clock.now(),
        return_days=program.settings.return_days,
        slips=tuple(asked.slips),
        has_receipt=asked.has_receipt,
        approval_id=asked.approval,
        clerk_id=await clerk_of(program, actor, asked.clerk),
    )
    take_in = return_in_training if actor.kind is ActorKind.TRAINING else return_at_register
    return await take_in(program, command)


@router.post(
    "/returns/preview",
    operation_id="register_preview_return",
    summary="Register asks what a return would give back",
)
async def preview(request: Request, actor: Refunder, asked: PreviewAsked) -> PreviewTold:
    """Price a return before it is made: each way that the money would go back, with its amount. Nothing is done."""
    program = program_of(request)
    items = tuple((item.line_no, item.quantity) for item in asked.items)
    look = preview_in_training if actor.kind is ActorKind.TRAINING else preview_return
    found = await program.db.read(look, str(actor.brand_id), check_id(asked.sale_id, "sal"), items)
    return PreviewTold(
        currency=found.currency,
        refund_minor=found.refund_minor,
        refunds=[
            WayBackTold(rail=rail, amount_minor=amount, needs_slip=RAIL_KINDS[rail].needs_number)
            for rail, amount in found.ways
        ],
    )
