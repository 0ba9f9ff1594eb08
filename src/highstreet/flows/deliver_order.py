"""An order that is brought to the shopper: sold by the place it was ordered from, served from wherever routing says.

It is paid whole in advance; the money is held, and the sale settled, when the goods are on their way (serve_parcel.py).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from highstreet.flows.route_order import Planned, RouteAsk, RouteLine, plan_route
from highstreet.kernel.geo import Point
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.goods import variants_for
from highstreet.rooms.parcels import (
    NO_DELIVERY,
    NOBODY_SERVES,
    Address,
    Delivery,
    DeliveryState,
    OpenDelivery,
    Parcel,
    ParcelLine,
    ParcelState,
    open_delivery,
)
from highstreet.rooms.places import sites_for
from highstreet.rooms.routing import KeepDecision, keep_decision
from highstreet.rooms.sales import OrderRule, Sale, SaleLine, sales_for

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """To whom, by when, and from where."""

    address: Address
    promised_by: datetime
    planned: Planned


def rule_for_delivery(rule: OrderRule) -> OrderRule:
    """What is brought is paid whole in advance. Errors: Refusal parcels.no_delivery."""
    if rule.delivery_hours is None:
        raise NO_DELIVERY()
    return OrderRule(rule.brand_id, WHOLE_BP, 0, rule.hold_days, rule.delivery_hours)


@dataclass(frozen=True, slots=True)
class PlanDelivery:
    """Priced lines of an order that is sold by a place, and where they are to be brought."""

    brand_id: str
    sale_id: str
    place_id: str
    lines: tuple[SaleLine, ...]
    address: Address
    rule: OrderRule
    at: datetime


def plan_delivery(reader: Reader, ask: PlanDelivery) -> PlannedDelivery:
    """Errors: Refusal parcels.no_delivery, parcels.nobody_serves (gtins), channel.no_contract."""
    if ask.rule.delivery_hours is None:
        raise NO_DELIVERY()
    promised_by = ask.at + timedelta(hours=ask.rule.delivery_hours)
    destination = ask.address.point or spot_of(reader, ask.brand_id, ask.place_id)
    lines = route_lines(reader, ask.brand_id, ask.lines)
    route_ask = RouteAsk(ask.brand_id, ask.sale_id, ask.place_id, lines, destination, promised_by, ask.at)
    planned = plan_route(reader, route_ask)
    if not planned.routed.takes:
        missing = planned.routed.missing
        gtins = [line.gtin or "" for line in ask.lines if not missing or line.variant_id in missing]
        raise NOBODY_SERVES(gtins=", ".join(gtins[:10]))
    return PlannedDelivery(ask.address, promised_by, planned)


def spot_of(reader: Reader, brand_id: str, place_id: str) -> Point | None:
    """Where a place stands: for a shopper who did not say where they live, it is near enough."""
    site = sites_for(reader, {(brand_id, place_id)}).get((brand_id, place_id))
    return site.point if site else None


def route_lines(reader: Reader, brand_id: str, lines: tuple[SaleLine, ...]) -> tuple[RouteLine, ...]:
    """Lines of a sale as routing weighs them."""
    goods = variants_for(reader, {(brand_id, line.variant_id) for line in lines})
    return tuple(
        RouteLine(
            line.variant_id,
            goods[brand_id, line.variant_id].product_id,
            line.quantity,
            line.net_minor // line.quantity,
            line.unit_list_minor,
        )
        for line in lines
    )


@dataclass(frozen=True, slots=True)
class BeginDelivery:
    """An order was opened as it was planned."""

    brand_id: str
    sale_id: str
    planned: PlannedDelivery
    at: datetime


def begin_delivery(tx: Tx, command: BeginDelivery) -> None:
    """Keep why it is served from there, to whom it goes, and what each place has to pack once it is paid."""
    planned = command.planned.planned
    kept = KeepDecision(
        facts=planned.facts, rules_version=planned.rules_version, routed=planned.routed, at=command.at
    )
    keep_decision(tx, kept)
    sale = sales_for(tx, [(command.brand_id, command.sale_id)])[command.brand_id, command.sale_id]
    parcels = parcels_for(sale, sale.lines, planned.operators, 1, ParcelState.WAITING, command.at)
    head = Delivery(
        command.brand_id,
        command.sale_id,
        DeliveryState.WAITING,
        command.planned.promised_by,
        command.at,
    )
    open_delivery(tx, OpenDelivery(head, command.planned.address, parcels))


def parcels_for(
    sale: Sale,
    lines: tuple[SaleLine, ...],
    operators: dict[str, str],
    no: int,
    state: ParcelState,
    at: datetime,
) -> tuple[Parcel, ...]:
    """A parcel for each place that these lines come from, after the order's decision `no`."""
    by_place: dict[str, list[ParcelLine]] = defaultdict(list)
    for line in lines:
        by_place[sale.serves(line)].append(
            ParcelLine(line.line_no, line.variant_id, line.owner_party_id or "", line.quantity)
        )
    return tuple(
        Parcel(
            brand_id=sale.brand_id,
            id=stable_id("pcl", sale.id, place_id, str(no)),
            sale_id=sale.id,
            place_id=place_id,
            operator_party_id=operators[place_id],
            state=state,
            lines=tuple(packed),
            made_at=at,
            queued_at=at if state is ParcelState.QUEUED else None,
        )
        for place_id, packed in sorted(by_place.items())
    )
