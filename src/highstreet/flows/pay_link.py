"""A part of a sale as a link: somebody else pays it on their own phone, by the rail they choose.

The link's token is the tender's number with our seal on it: nothing is kept, nobody can guess one, and it is good once.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from highstreet.flows.charge_sale import ask_provider, check_rail, first_query
from highstreet.flows.errors import RAIL_OFF
from highstreet.flows.pay_in_parts import LINK_TIME, end_link_part
from highstreet.flows.phone_rails import phone_rails
from highstreet.flows.program import Program
from highstreet.flows.sell_at_register import RESOLVE_JOB, resolve_key
from highstreet.flows.take_own_rails import Taking, check_rules, needs_taking, take_own, trading_day
from highstreet.flows.tell_order import tell_order
from highstreet.kernel import jobs
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.parties import Brand, PlaceOfBusiness, brand_by_id, place_by_id
from highstreet.rooms.places import zone_of
from highstreet.rooms.sales import NOT_OPEN, Sale, lock_parts, sales_for
from highstreet.rooms.tenders import LINK, BrandRules, Tender, choose_rail, tender_by_id

_SEAL = 32


def _seal(program: Program, tender_id: str) -> str:
    key = program.settings.key_for("pay-links")
    return hmac.new(key, tender_id.encode(), sha256).hexdigest()[:_SEAL]


def link_of(program: Program, tender_id: str) -> str:
    """The address to send to whoever pays."""
    token = f"{tender_id.removeprefix('tnd_')}{_seal(program, tender_id)}"
    return f"{program.settings.public_url.rstrip('/')}/pay/{token}"


def tender_of(program: Program, token: str) -> str:
    """The tender of a token. Errors: Refusal request.not_found."""
    tender_id = f"tnd_{token[:-_SEAL]}"
    if not token.isascii() or not hmac.compare_digest(token[-_SEAL:], _seal(program, tender_id)):
        raise REQUEST_NOT_FOUND()
    return tender_id


@dataclass(frozen=True, slots=True)
class LinkSeen:
    """What whoever pays is shown: whose bill, how much, for how many goods. Nothing of who bought."""

    tender: Tender
    sale: Sale
    brand: Brand
    place: PlaceOfBusiness
    time_zone: str
    expires_at: datetime

    def state_at(self, now: datetime) -> str:
        """choose, waiting, paid, over."""
        if self.tender.state == "captured":
            return "paid"
        if self.tender.state in ("pending", "unknown"):
            return "waiting"
        is_open = self.tender.state == "planned" and self.sale.state == "open" and now < self.expires_at
        return "choose" if is_open else "over"


def link_seen(reader: Reader, tender_id: str) -> LinkSeen:
    """The part behind a link. Errors: Refusal request.not_found."""
    tender = tender_by_id(reader, tender_id)
    if tender is None or tender.way != LINK:
        raise REQUEST_NOT_FOUND()
    key = (tender.brand_id, tender.sale_id)
    sale, brand = sales_for(reader, [key]).get(key), brand_by_id(reader, tender.brand_id)
    place = None if sale is None else place_by_id(reader, tender.brand_id, sale.place_id)
    if sale is None or brand is None or place is None:
        raise REQUEST_NOT_FOUND()
    zone = zone_of(reader, tender.brand_id, tender.place_id)
    return LinkSeen(tender, sale, brand, place, zone, tender.created_at + LINK_TIME)


async def rails_for(program: Program, seen: LinkSeen) -> list[str]:
    """The rails that take this part on any phone, as far as can be said before the day is counted."""
    found = await phone_rails(program, seen.sale, seen.tender.place_id)
    return [rail.name for rail in found if rail.takes(seen.tender.amount_minor)]


@dataclass(frozen=True, slots=True)
class ChooseRail:
    """The payer's choice."""

    tender: Tender
    rail: str
    at: datetime
    first_query_s: float
    rules: BrandRules


def choose(tx: Tx, command: ChooseRail) -> bool:
    """From now on the part is under way by this rail, which is held to its limits now: before, nobody had one.

    The day is that of the sale's member, as for every payment of their sales: who pays is not known.
    Errors: Refusal sales.not_open, sale.rail_off, tenders.over_limit, tenders.under_minimum.
    """
    tender, rules = command.tender, command.rules
    key = (tender.brand_id, tender.sale_id)
    lock_parts(tx, *key)
    sale = sales_for(tx, [key])[key]
    if sale.state != "open" or command.at >= tender.created_at + LINK_TIME:
        raise NOT_OPEN()
    check_rules(rules, command.rail, tender.place_id, tender.amount_minor)
    if not choose_rail(tx, tender.brand_id, tender.id, command.rail, command.at):
        return False
    chosen = replace(tender, rail=command.rail, state="pending", created_at=command.at)
    taking = Taking(chosen, "", sale.member_id, "", rules)
    if needs_taking(taking):
        take_own(tx, [replace(taking, day=trading_day(tx, tender.brand_id, tender.place_id, command.at))])
    tell_order(tx, sale, command.at)
    jobs.enqueue(
        tx,
        RESOLVE_JOB,
        # Its time to be paid runs from here, not from when the link was made.
        {"tender_id": tender.id, "asked_at": format_utc(command.at)},
        run_at=command.at + timedelta(seconds=command.first_query_s),
        now=command.at,
        once_key=resolve_key(tender.id),
    )
    return True


async def pay_by_link(program: Program, tender_id: str, rail: str) -> dict[str, Any]:
    """Begin the payment by the chosen rail, or show what was begun again.

    Errors: Refusal request.not_found, and as `choose`.
    """
    seen = await program.db.read(link_seen, tender_id)
    now = program.clock.now()
    if seen.state_at(now) == "choose":
        check_rail(program, seen.tender.brand_id, rail, seen.tender.currency)
        rules = await program.rail_rules.of(program.db, seen.tender.brand_id)
        on = await phone_rails(program, seen.sale, seen.tender.place_id)
        if rail not in {found.name for found in on}:
            raise RAIL_OFF(rail=rail)
        first_query_s = first_query(program, seen.tender.brand_id, rail)
        await program.db.write(choose, ChooseRail(seen.tender, rail, now, first_query_s, rules))
        seen = await program.db.read(link_seen, tender_id)
    if seen.tender.state != "pending":
        raise NOT_OPEN()
    return await ask_provider(program, seen.tender, None)


async def end_link_in_time(program: Program, payload: dict[str, Any], now: datetime) -> None:
    """Job: a link that nobody used in its time."""
    tender = await program.db.read(tender_by_id, payload["tender_id"])
    if tender is not None and tender.state == "planned":
        await program.db.write(end_link_part, (tender, now, "link_expired"))
