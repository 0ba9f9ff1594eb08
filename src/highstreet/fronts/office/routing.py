"""From where orders are served: the rules, what others would have done, and why each order went where it went."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from highstreet.flows.try_rules import TryRules, try_rules
from highstreet.fronts.office.asking import Asked, Told, brand_of, office, program_of
from highstreet.fronts.staff import SaleId, write_audited
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.routing import (
    TERMS,
    Cost,
    Decision,
    KeptRules,
    RouteRules,
    SetRouteRules,
    decisions_of,
    rules_history,
    rules_in_force,
    set_route_rules,
)

router = APIRouter(tags=["office: routing"], responses=PROBLEMS)
RoutingReader = Annotated[Actor, office(Permission.SALES_READ)]
RoutingWriter = Annotated[Actor, office(Permission.CONTRACTS_WRITE)]
Weight = Annotated[int, Field(ge=0, le=10**9)]
USUAL_DAYS = 90


class RouteRulesAsked(Asked):
    """What things weigh, in minor units of the brand's currency; nobody is charged them."""

    parcel_minor: Weight = Field(450, description="A place that serves.")
    km_minor: Weight = Field(35, description="A kilometre to the shopper, as the crow flies.")
    late_hour_minor: Weight = Field(250, description="An hour after the promise.")
    reject_minor: Weight = Field(1_500, description="A piece that is not there, times the chance of it.")
    load_minor: Weight = Field(300, description="A place whose hands are full; in proportion, one less busy.")
    split_minor: Weight = Field(600, description="A place after the first.")
    income_bp: Weight = Field(5_000, description="Of what dealers miss against their contracts.")
    handling_min: Weight = Field(60, description="Minutes to pack.")
    km_min: Weight = Field(3, description="Minutes a kilometre takes.")
    reach_m: Weight | None = Field(None, description="Farther places do not serve; null: however far.")
    capacity: Weight = Field(30, description="Parcels that a place has in hand at most.")
    latest_h: Weight = Field(0, description="Later than the promise by more hours: not at all.")


class SetRulesAsked(RouteRulesAsked):
    """The next version of the rules."""

    based_on: int = Field(ge=0, le=10**6, description="The version that was seen; another since is refused.")
    note: str = Field("", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Why.")


class RouteRulesTold(Told):
    """Rules as they were set. Version 0 is what every brand begins with."""

    version: int
    rules: RouteRulesAsked
    note: str
    by_id: str | None
    at: datetime | None


class ReroutedTold(Told):
    """An order that would be served from elsewhere."""

    order_id: str
    at: datetime
    was: list[str] = Field(description="Places.")
    would_be: list[str]


class TriedTold(Told):
    """Past orders, routed once more. Costs are by the rules that were tried."""

    orders: int
    moved: int
    unserved: int = Field(description="Nobody could serve them under these rules.")
    is_all: bool = Field(description="False: only the newest 500 of the time were tried.")
    was: dict[str, int]
    would_be: dict[str, int]
    examples: list[ReroutedTold]


class TakeTold(Told):
    """So many pieces come from there and belong to this owner."""

    place_id: str
    variant_id: str
    owner_party_id: str
    quantity: int


class EliminatedTold(Told):
    """A place, or one owner's goods there, that could not serve."""

    place_id: str
    owner_party_id: str | None
    reason: str


class NotChosenTold(Told):
    """A place that could have served, for more. `is_alone` false: `more_minor` is the least it would have cost more."""

    place_id: str
    is_alone: bool
    more_minor: int | None


class RouteDecisionTold(Told):
    """Why an order goes where it goes."""

    no: int
    rules_version: int
    at: datetime
    cost: dict[str, int]
    takes: list[TakeTold]
    eliminated: list[EliminatedTold]
    not_chosen: list[NotChosenTold]
    is_proven: bool = Field(description="No lawful choice costs less.")


@router.get(
    "/route-rules", operation_id="office_list_route_rules", summary="Head office lists its route rules"
)
async def list_rules(request: Request, actor: RoutingReader) -> list[RouteRulesTold]:
    """All versions, the one in force first."""
    db, brand_id = program_of(request).db, brand_of(actor)
    found = await db.read(rules_history, brand_id) or [await db.read(rules_in_force, brand_id)]
    return [rules_told(one) for one in found]


@router.post(
    "/route-rules",
    operation_id="office_set_route_rules",
    summary="Head office sets route rules",
    status_code=201,
)
async def set_rules(request: Request, actor: RoutingWriter, asked: SetRulesAsked) -> RouteRulesTold:
    """In force from now on; earlier orders stay where they are."""
    command = SetRouteRules(
        brand_id=brand_of(actor),
        based_on=asked.based_on,
        rules=rules_of(asked),
        note=asked.note,
        by_id=actor.id,
        at=program_of(request).clock.now(),
    )
    facts = {"version": asked.based_on + 1, "note": asked.note}
    return rules_told(await write_audited(request, actor, brand_of(actor), set_route_rules, command, **facts))


@router.post(
    "/route-rules/dry-run",
    operation_id="office_try_route_rules",
    summary="Head office tries route rules on past orders",
)
async def try_them(
    request: Request,
    actor: RoutingReader,
    asked: RouteRulesAsked,
    days: Annotated[int, Query(ge=1, le=366)] = USUAL_DAYS,
) -> TriedTold:
    """Nothing is changed."""
    program = program_of(request)
    since = program.clock.now() - timedelta(days=days)
    tried = await program.db.read(try_rules, TryRules(brand_of(actor), rules_of(asked), since))
    return TriedTold(
        orders=tried.orders,
        moved=tried.moved,
        unserved=tried.unserved,
        is_all=tried.is_all,
        was=cost_told(tried.was),
        would_be=cost_told(tried.would_be),
        examples=[ReroutedTold.model_validate(one) for one in tried.examples],
    )


@router.get(
    "/sales/{sale_id}/routing",
    operation_id="office_read_routing",
    summary="Head office reads why an order was served from there",
)
async def read_routing(request: Request, actor: RoutingReader, sale_id: SaleId) -> list[RouteDecisionTold]:
    """Each decision, the first first; none for a sale that was not routed."""
    found = await program_of(request).db.read(decisions_of, brand_of(actor), sale_id)
    return [_decision_told(one) for one in found]


def rules_of(asked: RouteRulesAsked) -> RouteRules:
    """The rules that were asked for."""
    return RouteRules(**{name: getattr(asked, name) for name in RouteRulesAsked.model_fields})


def rules_told(kept: KeptRules) -> RouteRulesTold:
    """Rules as they are told."""
    rules = RouteRulesAsked.model_validate(kept.rules.as_document())
    return RouteRulesTold(version=kept.version, rules=rules, note=kept.note, by_id=kept.by_id, at=kept.at)


def cost_told(cost: Cost) -> dict[str, int]:
    """By term, and the total."""
    return {name: getattr(cost, name) for name in TERMS} | {"total": cost.total}


def _decision_told(one: Decision) -> RouteDecisionTold:
    routed = one.routed
    return RouteDecisionTold(
        no=one.no,
        rules_version=one.rules_version,
        at=one.at,
        cost=cost_told(routed.cost),
        takes=[TakeTold.model_validate(take) for take in routed.takes],
        eliminated=[
            EliminatedTold(place_id=e.place_id, owner_party_id=e.owner_party_id, reason=e.reason.value)
            for e in routed.eliminated
        ],
        not_chosen=[NotChosenTold.model_validate(n) for n in routed.not_chosen],
        is_proven=routed.is_proven,
    )
