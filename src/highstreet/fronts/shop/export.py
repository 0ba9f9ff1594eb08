"""A person's export in plain JSON: theirs entirely, without what is another's (owners, funders, provider numbers)."""

from typing import Any

from highstreet.flows.export_person import ExportedSale, PersonExport
from highstreet.fronts.shop.models.me import ExportTold
from highstreet.kernel.time import format_utc
from highstreet.rooms.offers import CouponFacts
from highstreet.rooms.parcels import Address
from highstreet.rooms.sales import Sale


def export_told(export: PersonExport) -> ExportTold:
    """Everything, room by room."""
    person = export.person
    return ExportTold(
        exported_at=export.at,
        person={
            "person_id": person.id,
            "phone": person.phone,
            "locale": person.locale,
            "created_at": format_utc(person.created_at),
        },
        devices=[{"device_id": d.id, "linked_at": format_utc(d.linked_at)} for d in export.devices],
        sessions=[
            {
                "session_id": s.id,
                "created_at": format_utc(s.created_at),
                "expires_at": format_utc(s.expires_at),
            }
            for s in export.sessions
        ],
        memberships=export.membership["memberships"],
        follows=export.membership["follows"],
        consents=export.membership["consents"],
        points=export.membership["points"],
        touches=[
            {
                "brand_id": t.brand_id,
                "touch_id": t.touch_id,
                "code_id": t.code_id,
                "device_id": t.device_id,
                "at": format_utc(t.at),
            }
            for t in export.touches
        ],
        coupons=[_coupon(coupon) for coupon in export.coupons],
        sales=[_sale(sale) for sale in export.sales],
        events=[
            {"name": e.name, "brand_id": e.brand_id, "place_id": e.place_id, "at": format_utc(e.at)}
            for e in export.events
        ],
    )


def _coupon(coupon: CouponFacts) -> dict[str, Any]:
    return {
        "brand_id": coupon.brand_id,
        "coupon_id": coupon.coupon_id,
        "offer_id": coupon.offer_id,
        "kind": coupon.kind,
        "terms": dict(coupon.terms),
        "title_en": coupon.title_en,
        "title_zh": coupon.title_zh,
        "valid_from": format_utc(coupon.valid_from),
        "valid_until": format_utc(coupon.valid_until),
        "cap": coupon.cap,
        "reserved": coupon.reserved,
        "used": coupon.used,
    }


def _sale(exported: ExportedSale) -> dict[str, Any]:
    sale = exported.sale
    return {
        "brand_id": sale.brand_id,
        "sale_id": sale.id,
        "place_id": sale.place_id,
        "member_id": sale.member_id,
        "state": sale.state,
        "origin": sale.origin,
        "currency": sale.currency,
        "list_minor": sale.list_minor,
        "discount_minor": sale.discount_minor,
        "total_minor": sale.total_minor,
        "returned_minor": sale.returned_minor,
        "business_day": sale.business_day,
        "opened_at": format_utc(sale.opened_at),
        "paid_at": format_utc(sale.paid_at) if sale.paid_at else None,
        "proof": _without_funders(sale.proof),
        "lines": _lines(sale),
        "delivered_to": _address(exported.address),
        "tenders": [
            {
                "tender_id": t.id,
                "direction": t.direction,
                "rail": t.rail,
                "state": t.state,
                "amount_minor": t.amount_minor,
                "given_minor": t.given_minor,
                "created_at": format_utc(t.created_at),
            }
            for t in exported.tenders
        ],
        "coupons_used": [
            {
                "coupon_id": r.coupon_id,
                "offer_id": r.offer_id,
                "state": r.state,
                "discount_minor": r.discount_minor,
                "returned_minor": r.returned_minor,
            }
            for r in exported.redemptions
        ],
        "returns": [
            {
                "return_id": r.id,
                "place_id": r.place_id,
                "refund_minor": r.refund_minor,
                "reason": r.reason,
                "at": format_utc(r.at),
                "lines": [
                    {"line_no": n.line_no, "quantity": n.quantity, "refund_minor": n.refund_minor}
                    for n in r.lines
                ],
            }
            for r in exported.returns
        ],
    }


def _address(to: Address | None) -> dict[str, Any] | None:
    if to is None:
        return None
    point = to.point
    spot = {"lat": point.lat if point else None, "lon": point.lon if point else None}
    return {
        name: getattr(to, name) for name in ("name", "phone", "street", "postcode", "city", "note")
    } | spot


def _lines(sale: Sale) -> list[dict[str, Any]]:
    return [
        {
            "line_no": line.line_no,
            "variant_id": line.variant_id,
            "gtin": line.gtin,
            "name_en": line.name_en,
            "name_zh": line.name_zh,
            "quantity": line.quantity,
            "unit_list_minor": line.unit_list_minor,
            "discount_minor": line.discount_minor,
            "net_minor": line.net_minor,
            "returned_quantity": line.returned_quantity,
            "returned_minor": line.returned_minor,
        }
        for line in sale.lines
    ]


def _without_funders(value: Any) -> Any:
    """The proof of the price; who pays for a discount is between the brand and its partners."""
    if isinstance(value, dict):
        return {k: _without_funders(v) for k, v in value.items() if k != "funder_party_id"}
    return [_without_funders(v) for v in value] if isinstance(value, list) else value
