"""Which rails the brand takes, how much by each, how dear they are, and what its points are worth."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import Field

from highstreet.flows.rail_rules import StateMoney, state_money
from highstreet.fronts.office.asking import Asked, Minor, Told, brand_of, office, program_of
from highstreet.fronts.staff import write_audited
from highstreet.kernel.errors import REQUEST_MALFORMED
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.tx import Reader
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.members import PointsRule, points_rule_of
from highstreet.rooms.parties import brand_by_id, places_of_brand
from highstreet.rooms.tenders import (
    CHINESE_DEFAULTS,
    RAILS,
    BrandRules,
    RailRule,
    StateRails,
    rules_of_brand,
)

router = APIRouter(tags=["office: rails"], responses=PROBLEMS)
RANK_LIMIT = 1000
RailsReader = Annotated[Actor, office(Permission.SALES_READ)]
RailsWriter = Annotated[Actor, office(Permission.SALES_REFUND)]
RailName = Literal["cash", "wallet", "alipay", "wechat", "stripe", "slip", "transfer", "gift_card", "points"]


class RailSaid(Asked):
    """What the brand says about one rail. Amounts are minor units of its currency; null is no limit."""

    rail: RailName
    is_on: bool = True
    off_at: list[Annotated[str, Field(max_length=40)]] = Field(
        [], max_length=5000, description="Places where it is off."
    )
    min_minor: Minor | None = Field(None, description="Of one payment.")
    max_minor: Minor | None = Field(None, description="Of one payment.")
    day_minor: Minor | None = Field(None, description="Of one member's payments of a trading day.")
    dynamic_day_minor: Minor | None = Field(None, description="The same, by dynamic codes alone.")
    static_day_minor: Minor | None = Field(None, description="The same, by static codes alone.")
    qr_class: Literal["dynamic", "static"] = Field(
        "dynamic", description="What the provider counts the QR codes as that registers show."
    )
    fee_bp: int = Field(0, ge=0, le=10_000, description="What it costs, in hundredths of a percent.")
    fee_fixed_minor: Minor = Field(
        0, description="And so much for each payment. With either, bills are held against it: `fee_differs`."
    )
    rank: int = Field(0, ge=0, le=RANK_LIMIT, description="0 is proposed first.")


class PointsSaid(Asked):
    """What points are taken for."""

    points: int = Field(gt=0, le=10**9)
    worth_minor: int = Field(gt=0, le=10**9, description="So many points are worth so much.")
    earns_on_points: bool = Field(False, description="Whether what was paid with points earns points.")


class RailsAsked(Asked):
    """All that the brand says; a rail that is not named is on, without limits."""

    rails: list[RailSaid] = Field(max_length=len(RAILS))
    points: PointsSaid | None = Field(None, description="Null: points are not taken as money.")


class RailsTold(Told):
    """What the brand says about every rail there is."""

    rails: list[RailSaid]
    points: PointsSaid | None
    suggestion: list[RailSaid] = Field(
        description="The usual daily limits where the currency is CNY; they hold only when they are stated."
    )


@router.get(
    "/rails", operation_id="office_read_rails", summary="Head office reads which rails the brand takes"
)
async def read_rails(request: Request, actor: RailsReader) -> RailsTold:
    """Every rail, its limits and its price."""
    return await program_of(request).db.read(_told, brand_of(actor))


@router.put(
    "/rails", operation_id="office_state_rails", summary="Head office states which rails the brand takes"
)
async def set_rails(request: Request, actor: RailsWriter, asked: RailsAsked) -> RailsTold:
    """Say it anew, in place of all that was said before; it holds for the next payment."""
    program, brand_id = program_of(request), brand_of(actor)
    places = {place.id for place in await program.db.read(places_of_brand, brand_id)}
    off = [(said.rail, place_id) for said in asked.rails for place_id in said.off_at]
    if any(place_id not in places for _, place_id in off):
        raise REQUEST_MALFORMED(field="body.rails.off_at", reason="no_place_of_the_brand")
    rules = [RailRule(**said.model_dump(exclude={"off_at"})) for said in asked.rails]
    points = None if asked.points is None else PointsRule(**asked.points.model_dump())
    command = StateMoney(StateRails(brand_id, rules, off, program.clock.now()), points)
    facts = {"rails": [said.model_dump(exclude_defaults=True) for said in asked.rails]}
    if asked.points is not None:
        facts["points"] = [asked.points.model_dump()]
    await write_audited(request, actor, brand_id, state_money, command, **facts)
    program.rail_rules.forget()
    return await program.db.read(_told, brand_id)


def _told(reader: Reader, brand_id: str) -> RailsTold:
    rules, points = rules_of_brand(reader, brand_id), points_rule_of(reader, brand_id)
    brand = brand_by_id(reader, brand_id)
    is_chinese = brand is not None and brand.currency == "CNY"
    return RailsTold(
        rails=[_said(rules, rules.of(rail)) for rail in RAILS],
        points=None
        if points is None
        else PointsSaid(
            points=points.points,
            worth_minor=points.worth_minor,
            earns_on_points=points.earns_on_points,
        ),
        suggestion=[_said(BrandRules(), rule) for rule in CHINESE_DEFAULTS.values()] if is_chinese else [],
    )


def _said(rules: BrandRules, rule: RailRule) -> RailSaid:
    fields = {name: getattr(rule, name) for name in RailRule.__dataclass_fields__}
    off_at = sorted(place_id for rail, place_id in rules.off if rail == rule.rail)
    return RailSaid.model_validate({**fields, "off_at": off_at})
