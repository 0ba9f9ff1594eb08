"""What is sent with the requests of `asked_routes.py`."""

from highstreet.kernel.ids import new_id
from highstreet.rooms.members import member_code
from tests.fronts.asked import (
    Content,
)
from tests.fronts.office_town import Town


def journal_sent(town: Town) -> Content:
    at = town.clock.now().isoformat()
    note = {"seq": 1, "at": at, "prev_hash": "", "kind": "note", "body": {"text": "no network"}}
    return {"journal_id": new_id("jrn"), "sent_at": at, "entries": [note]}


def offer_sent(town: Town) -> Content:
    return {
        "kind": "percent",
        "terms": {"percent_bp": 1000},
        "title_en": "10 %",
        "title_zh": "九折",
        "funder_party_id": town.seed.brand_party,
        "starts_at": "2026-11-20T00:00:00Z",
        "ends_at": "2026-12-20T00:00:00Z",
    }


def shared_coupon_sent(town: Town) -> Content:
    return {
        "public_code": "ANOTHER",
        "cap": 5,
        "valid_from": "2026-11-20T00:00:00Z",
        "valid_until": "2026-11-30T00:00:00Z",
    }


def code_sent(town: Town) -> Content:
    return {
        "slug": "shelf-1",
        "kind": "shelf",
        "campaign": "autumn",
        "label_en": "Shelf",
        "label_zh": "货架",
        "place_id": town.seed.place_id,
    }


def contract_sent(town: Town) -> Content:
    terms = {"collector": "brand", "shares": [{"role": "landlord", "bp": 500}], "leftover_to": "brand"}
    return {"operator_party_id": town.seed.dealer, "place_id": town.seed.place_id, "terms": terms}


def staff_sent(town: Town) -> Content:
    return {"party_id": town.seed.dealer, "login": "maija", "name": "Maija", "password": "long enough"}


def member_sent(town: Town) -> Content:
    secret, seed = town.program.member_secret, town.seed
    return {"member_code": member_code(secret, seed.brand_id, seed.member_id, town.clock.now())}


def basket_sent(town: Town) -> Content:
    return {"items": [{"gtin": town.seed.gtins[0], "quantity": 1}]}


def charge_sent(town: Town, rail: str = "cash") -> Content:
    tender = {"id": new_id("tnd"), "rail": rail}
    return {"id": new_id("sal"), "currency": "EUR", "tenders": [tender], **basket_sent(town)}


def rolled_out_sent(town: Town) -> Content:
    row = {"id": new_id("reg"), "key_id": new_id("rky"), "place_id": town.seed.place_id, "name": "9"}
    return {"registers": [row], "pairing_hours": 24}


def training_sent(town: Town) -> Content:
    return {"register_ids": [town.seed.register_id], "is_training": False}


def preview_sent(town: Town) -> Content:
    return {"sale_id": town.known["sale"], "items": [{"line_no": 1, "quantity": 1}]}


def return_sent(town: Town) -> Content:
    return {"id": new_id("rtn"), **preview_sent(town)}


def card_sent(town: Town) -> Content:
    return {"card_id": town.known["gift_card"]}


def follow_sent(town: Town) -> Content:
    return {"entry": "shop", "joins": True, "purposes": ["service"], "consent_ids": [new_id("cst")]}
