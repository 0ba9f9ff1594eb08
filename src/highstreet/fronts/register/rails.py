"""Which way to pay fits: asked by a register before it asks the shopper."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from highstreet.flows.gift_cards import read_card
from highstreet.flows.pick_rail import AskRails, pick_rail
from highstreet.fronts.register.models import Asked, Minor, Printable, SaleId
from highstreet.fronts.register.sales import Seller, ids_of, member_of, program_of
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.i18n import text
from highstreet.kernel.ids import check_id
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.tenders import RailPicked

router = APIRouter(tags=["register: sales"], responses=PROBLEMS)


class RailsAsked(Asked):
    """How much is to be paid, and by whom. Nothing is changed."""

    amount_minor: Minor | None = Field(None, description="With `sale_id` left out: all that is due of it.")
    currency: Printable = Field(min_length=3, max_length=3)
    sale_id: SaleId | None = Field(None, description="A sale that is paid in parts; its member is known.")
    member_code: Printable | None = Field(
        None, max_length=120, description="As scanned, or the seal that stands for it."
    )
    card_code: Printable | None = Field(None, max_length=40, description="Of the gift card that was shown.")
    is_offline: bool = Field(False, description="What could be taken without a connection.")


class RailPickedTold(BaseModel):
    """A rail, and whether it can take the whole amount now."""

    model_config = ConfigDict(from_attributes=True)
    rail: str
    ways: list[str] = Field(
        description="`code`: scan the payer's; `qr`: show ours; empty without a provider."
    )
    can: bool
    max_minor: int = Field(description="The most of this amount that it can take.")
    reason: str | None = Field(description="Why it cannot take the whole.")
    words_en: str | None
    words_zh: str | None


class SplitPartTold(BaseModel):
    """One tender of a proposal."""

    rail: str
    amount_minor: int


class SplitTold(BaseModel):
    """Tenders that together are the amount; `later_minor`: what stays due, a deposit was all that can be paid now."""

    parts: list[SplitPartTold]
    later_minor: int


class RailsTold(BaseModel):
    """Every rail the brand has, those that can first, each best first."""

    amount_minor: int
    currency: str
    rails: list[RailPickedTold]
    splits: list[SplitTold] = Field(description="Best first; only when no single rail can.")


@router.post(
    "/rails", operation_id="register_pick_rail", summary="Register asks which rails can take an amount"
)
async def pick(request: Request, actor: Seller, asked: RailsAsked) -> RailsTold:
    """Which rails can take this amount, from this person, now; and splits when none can alone."""
    program = program_of(request)
    brand_id, register_id, _ = ids_of(actor)
    if asked.amount_minor is None and asked.sale_id is None:
        raise REQUEST_MALFORMED(field="body.amount_minor", reason="or_a_sale")
    card = None
    if asked.card_code is not None:
        card = await read_card(program, brand_id, register_id, asked.card_code)
    amount, picked = await pick_rail(
        program,
        AskRails(
            brand_id=brand_id,
            register_id=register_id,
            amount_minor=asked.amount_minor,
            currency=asked.currency,
            sale_id=None if asked.sale_id is None else check_id(asked.sale_id, "sal"),
            member_id=member_of(program, brand_id, register_id, asked.member_code),
            card=card,
            is_offline=asked.is_offline,
            at=program.clock.now(),
        ),
    )
    return RailsTold(
        amount_minor=amount,
        currency=asked.currency,
        rails=[_told(rail) for rail in picked.rails],
        splits=[
            SplitTold(
                parts=[SplitPartTold(rail=rail, amount_minor=share) for rail, share in split.parts],
                later_minor=split.later_minor,
            )
            for split in picked.splits
        ],
    )


def _told(rail: RailPicked) -> RailPickedTold:
    words = {locale: rail.reason and text(locale, f"rail-why_{rail.reason}") for locale in ("en", "zh")}
    return RailPickedTold(
        rail=rail.rail,
        ways=list(rail.ways),
        can=rail.can,
        max_minor=rail.max_minor,
        reason=rail.reason,
        words_en=words["en"],
        words_zh=words["zh"],
    )
