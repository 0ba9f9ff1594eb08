"""All that a printed receipt says: the sale or its practice, who sold it by law, where, and when there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from highstreet.flows.train_register import paid_in_training
from highstreet.kernel.time import parse_utc
from highstreet.kernel.tx import Reader
from highstreet.rooms.parties import (
    Brand,
    Party,
    PlaceOfBusiness,
    brand_by_id,
    party_by_id,
    place_by_id,
    registers_of_places,
)
from highstreet.rooms.places import sites_for
from highstreet.rooms.sales import SALE_UNKNOWN, Sale, sales_for
from highstreet.rooms.tenders import Tender, tenders_for


@dataclass(frozen=True, slots=True)
class PaperReceipt:
    """`told` has lines, discounts, sums and tenders as the register was told them; `seller` operates the place."""

    sale_id: str
    told: dict[str, Any]
    paid_at: datetime
    time_zone: str
    brand: Brand
    place: PlaceOfBusiness
    address: str | None
    register_name: str
    seller: Party
    is_training: bool


def receipt_on_paper(
    reader: Reader, brand_id: str, place_id: str, register_id: str, sale_id: str, *, is_training: bool
) -> PaperReceipt:
    """A paid sale of this place, or one practised at this register. Errors: sales.sale_unknown, training.sale_unknown."""
    if is_training:
        practised = paid_in_training(reader, brand_id, register_id, sale_id)
        told, seller_register = practised.receipt, practised.register_id
        place_id, paid_at = practised.place_id, parse_utc(told["paid_at"])
    else:
        key = (brand_id, sale_id)
        sale = sales_for(reader, [key]).get(key)
        if sale is None or sale.state != "paid" or (sale.place_id != place_id and not sale.is_in_parts):
            raise SALE_UNKNOWN()
        told = _told(sale, tenders_for(reader, [key]).get(key, ()))
        seller_register, place_id = sale.register_id or register_id, sale.place_id
        paid_at = sale.paid_at or sale.opened_at
    brand, place = brand_by_id(reader, brand_id), place_by_id(reader, brand_id, place_id)
    assert brand is not None  # a sale hangs on both by foreign keys
    assert place is not None
    seller = party_by_id(reader, brand_id, place.operator_party_id)
    assert seller is not None
    site = sites_for(reader, {(brand_id, place_id)}).get((brand_id, place_id))
    names = {r.id: r.name for r in registers_of_places(reader, brand_id, [place_id])}
    return PaperReceipt(
        sale_id=sale_id,
        told=told,
        paid_at=paid_at,
        time_zone=site.time_zone if site else "UTC",
        brand=brand,
        place=place,
        address=site.address if site else None,
        register_name=names.get(seller_register, ""),
        seller=seller,
        is_training=is_training,
    )


def _told(sale: Sale, tenders: tuple[Tender, ...] | list[Tender]) -> dict[str, Any]:
    taken = [t for t in tenders if t.direction == "in" and t.state in ("captured", "refunded")]
    return {
        "currency": sale.currency,
        "lines": [
            {
                "name_en": line.name_en,
                "name_zh": line.name_zh,
                "quantity": line.quantity,
                "unit_list_minor": line.unit_list_minor,
                "discount_minor": line.discount_minor,
                "net_minor": line.net_minor,
            }
            for line in sale.lines
        ],
        "discounts": sale.proof.get("discounts", []),
        "list_minor": sale.list_minor,
        "discount_minor": sale.discount_minor,
        "total_minor": sale.total_minor,
        "tenders": [
            {
                "rail": t.rail,
                "amount_minor": t.amount_minor,
                "given_minor": t.given_minor,
                "change_minor": 0 if t.given_minor is None else t.given_minor - t.amount_minor,
            }
            for t in taken
        ],
    }
