"""The audit trail: who changed what and when, by person, kind of change and day."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import Query, Request, Response

from highstreet.flows.office_desk import desk_of
from highstreet.fronts.office.pages.changes import day_begins
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.office.pages.staff import StaffWriter
from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.audit import AuditAsked, audit_trail
from highstreet.kernel.tx import Reader
from highstreet.rooms.goods import variants_for
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.offers import offers_of_brand
from highstreet.rooms.parties import parties_of_brand, places_of_brand, registers_of_places

router = page_router()
ON_A_PAGE = 50
GROUPS: dict[str, tuple[str, ...]] = {
    "offers": (
        "office.publish_offer",
        "office.publish_shared_coupon",
        "office.set_offer_active",
        "office.put_code",
    ),
    "goods": (
        "office.set_price",
        "office.import_file",
        "office.count_stock",
        "office.adjust_stock",
        "dealer.count_stock",
        "dealer.adjust_stock",
    ),
    "contracts": (
        "office.sign_contract",
        "office.withdraw_contract",
        "office.end_contract",
        "office.keep_waiting",
        "office.keep_refused",
        "office.withdraw_change",
        "office.settle_period",
        "office.open_payments",
        "office.read_payment_file",
        "office.set_account",
        "office.end_payment",
        "office.say_in_dispute",
        "office.end_dispute",
        "dealer.open_dispute",
        "dealer.say_in_dispute",
        "dealer.withdraw_dispute",
        "dealer.accept_contract",
        "dealer.decline_contract",
        "dealer.acknowledge_parity_case",
        "dealer.decline_parity_case",
        "office.set_route_rules",
        "dealer.pick_parcel",
        "dealer.send_parcel",
        "dealer.send_transfer",
        "dealer.receive_transfer",
        "dealer.cancel_transfer",
        "office.set_seller_lines",
    ),
    "registers": (
        "office.add_register",
        "office.issue_register_key",
        "office.pair_register",
        "office.revoke_register_key",
    ),
    "staff": (
        "office.add_staff",
        "office.dismiss_staff",
        "office.give_role",
        "office.take_role",
        "office.end_staff_sessions",
        "office.set_staff_pin",
        "office.change_pin",
    ),
    "sales": (
        "office.set_return_policy",
        "office.approve_returns",
        "office.allow_refund",
        "office.refund_otherwise",
        "office.note_sent",
        "office.match_bill",
        "office.set_approval_policy",
        "office.set_order_policy",
        "register.approve_act",
    ),
    "rails": ("office.state_rails", "office.issue_gift_cards", "office.block_gift_card"),
    "days": (
        "office.upload_bill",
        "office.upload_statement",
        "office.clear_difference",
        "office.close_day",
        "office.reopen_day",
    ),
}
"""What can be chosen, and which changes that is; an action's text is `office-more_did_<its name>`."""
FACTS = (
    "kind",
    "title_en",
    "budget_minor",
    "public_code",
    "cap",
    "is_active",
    "slug",
    "list_minor",
    "member_minor",
    "rows",
    "imported",
    "bad",
    "operator_party_id",
    "place_id",
    "owner_party_id",
    "reason",
    "quantity",
    "on_hand",
    "register_id",
    "party_id",
    "name",
    "login",
    "role",
    "scope_id",
    "days",
    "count",
    "act",
    "amount_minor",
    "is_blocked",
    "return_from_minor",
    "no_receipt_from_minor",
    "give_up_from_minor",
    "deposit_bp",
    "minimum_minor",
    "hold_days",
    "delivery_hours",
    "version",
    "note",
    "rails",
    "points",
)
"""What of a change is shown, in this order; its text is `office-more_fact_<its name>`."""
EMPTY = {
    "return_from_minor": "office-more_never_asked",
    "no_receipt_from_minor": "office-more_never_asked",
    "give_up_from_minor": "office-more_never_asked",
    "days": "office-more_usual_days",
}
"""What it says when one of these was left empty; any other is left out then."""
KNOWN = {action for group in GROUPS.values() for action in group}


@router.get("/audit")
async def audit_page(
    request: Request,
    actor: StaffWriter,
    who: Annotated[str, Query(pattern="^(stf_[0-9a-z]{26})?$")] = "",
    what: Annotated[str, Query(pattern="^[a-z]{0,20}$")] = "",
    day: Annotated[str, Query(pattern="^(20[0-9]{2}-[01][0-9]-[0-3][0-9])?$")] = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """Changes, the newest first."""
    program, brand_id = program_of(request), brand_of(actor)
    desk = await program.db.read(desk_of, brand_id, actor.id)
    try:
        chosen = date.fromisoformat(day) if day else None
    except ValueError:
        chosen, day = None, ""
    asked = AuditAsked(
        brand_id,
        before,
        ON_A_PAGE + 1,
        who or None,
        actions=GROUPS.get(what, ()),
        since=day_begins(chosen, desk.zone) if chosen else None,
        until=day_begins(chosen + timedelta(days=1), desk.zone) if chosen else None,
    )
    found = await program.db.read(_trail, asked)
    entries = found.pop("entries")
    return await show(
        request,
        actor,
        "audit.html",
        entries=entries[:ON_A_PAGE],
        next_before=entries[ON_A_PAGE - 1].seq if len(entries) > ON_A_PAGE else None,
        who=who,
        what=what if what in GROUPS else "",
        day=day,
        before=before,
        groups=list(GROUPS),
        known=KNOWN,
        fact_names=FACTS,
        empty=EMPTY,
        **found,
    )


def _trail(reader: Reader, asked: AuditAsked) -> dict[str, Any]:
    """Entries, and the names of what they are about."""
    entries = audit_trail(reader, asked)
    brand_id = asked.brand_id
    staff = staff_of_brand(reader, brand_id)
    ids = {str(id_) for e in entries for id_ in (e.subject_id, *e.facts.values()) if isinstance(id_, str)}
    names: dict[str, Any] = {party.id: party for party in parties_of_brand(reader, brand_id)}
    places = {place.id: place for place in places_of_brand(reader, brand_id)}
    names |= places
    registers = {
        one.id: (one.name, places[one.place_id]) for one in registers_of_places(reader, brand_id, places)
    }
    goods = variants_for(reader, {(brand_id, id_) for id_ in ids if id_.startswith("var_")})
    names |= {variant_id: one for (_, variant_id), one in goods.items()}
    titles = {offer.offer_id: offer for offer in offers_of_brand(reader, brand_id, None)}
    people = {one.id: one.name for one in staff}
    return {
        "entries": entries,
        "names": names,
        "titles": titles,
        "people": people,
        "staff": staff,
        "registers": registers,
    }
