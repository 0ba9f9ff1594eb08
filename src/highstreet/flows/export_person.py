"""Everything that is kept about a person, from every room, for themselves (C1)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from highstreet.kernel.outbox import StoredEvent, read_events
from highstreet.kernel.tx import Reader
from highstreet.rooms import members, sales
from highstreet.rooms.identity import (
    DeviceRecord,
    Person,
    SessionRecord,
    devices_of_person,
    person_by_id,
    sessions_of_person,
)
from highstreet.rooms.loop import LinkedTouch, touches_of_person
from highstreet.rooms.members import consents_of_person
from highstreet.rooms.offers import CouponFacts, Redemption, coupons_of_person, redemptions_of_sale
from highstreet.rooms.parcels import Address, address_of
from highstreet.rooms.sales import Sale, SaleReturn, returns_of
from highstreet.rooms.tenders import Tender, tenders_for

_EVER = datetime(1970, 1, 1, tzinfo=UTC)
_PAGE = 500


@dataclass(frozen=True, slots=True)
class ExportedSale:
    """A sale in any state, with the money, the coupons and the returns."""

    sale: Sale
    tenders: tuple[Tender, ...]
    redemptions: tuple[Redemption, ...]
    returns: tuple[SaleReturn, ...]
    address: Address | None


@dataclass(frozen=True, slots=True)
class PersonExport:
    """One person. `membership` is what `members.export_person` keeps; `events` are those that name them."""

    at: datetime
    person: Person
    devices: tuple[DeviceRecord, ...]
    sessions: tuple[SessionRecord, ...]
    membership: dict[str, Any]
    touches: tuple[LinkedTouch, ...]
    coupons: tuple[CouponFacts, ...]
    sales: tuple[ExportedSale, ...]
    events: tuple[StoredEvent, ...]


def export_person(reader: Reader, person_id: str, now: datetime) -> PersonExport | None:
    """All of it in one snapshot; None for an unknown person."""
    person = person_by_id(reader, person_id)
    if person is None:
        return None
    brand_ids = sorted({receipt.brand_id for receipt in consents_of_person(reader, person_id)})
    return PersonExport(
        at=now,
        person=person,
        devices=tuple(devices_of_person(reader, person_id)),
        sessions=tuple(sessions_of_person(reader, person_id, now)),
        membership=members.export_person(reader, person_id),
        touches=tuple(t for brand_id in brand_ids for t in touches_of_person(reader, brand_id, person_id)),
        coupons=tuple(coupons_of_person(reader, person_id, _EVER)),
        sales=tuple(_sales(reader, person_id)),
        events=tuple(_events(reader, person_id)),
    )


def _sales(reader: Reader, person_id: str) -> list[ExportedSale]:
    own = sales.export_person(reader, person_id)
    tenders = tenders_for(reader, {(sale.brand_id, sale.id) for sale in own})
    return [
        ExportedSale(
            sale=sale,
            tenders=tenders[sale.brand_id, sale.id],
            redemptions=tuple(redemptions_of_sale(reader, sale.brand_id, sale.id)),
            returns=tuple(returns_of(reader, sale.brand_id, sale.id)),
            address=address_of(reader, sale.brand_id, sale.id),
        )
        for sale in own
    ]


def _events(reader: Reader, person_id: str) -> list[StoredEvent]:
    found: list[StoredEvent] = []
    while page := read_events(reader, after=found[-1].seq if found else 0, limit=_PAGE, person_id=person_id):
        found.extend(page)
    return found
