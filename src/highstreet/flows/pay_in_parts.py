"""A sale paid by any number of tenders: opened and held, its parts added one by one, by any rail at any place.

Goods and price are kept until `held_until`. Each part is reserved from what is due before anybody is asked for
money, so that parts never exceed the total. The last part settles the sale. Given up, or not paid in time, every
part goes back to where it came from.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from highstreet.flows.charge_sale import ask_provider, call_back, check_rail, first_query, read_sale
from highstreet.flows.errors import NOTHING_DUE
from highstreet.flows.finish_sale import (
    finish_part,
    give_up,
    post_deposit_back,
    register_now,
    register_then,
    sale_state,
)
from highstreet.flows.program import Program
from highstreet.flows.refund_tender import refund_now
from highstreet.flows.return_sale import cash_back, enqueue_refund, payer_at
from highstreet.flows.sell_at_register import FIRST_QUERY_S, RESOLVE_JOB, TenderWish, resolve_key
from highstreet.flows.stand_at_register import ActHere, check_approved
from highstreet.flows.take_own_rails import (
    Taking,
    check_rules,
    needs_taking,
    pay_back_promises,
    take_own,
    trading_day,
)
from highstreet.flows.tell_order import tell_order
from highstreet.kernel import jobs
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import format_utc
from highstreet.kernel.tx import Tx
from highstreet.rooms.channel import share_sheets_for
from highstreet.rooms.ledger import Posting, post_transfers
from highstreet.rooms.parcels import end_delivery
from highstreet.rooms.parties import registers_for
from highstreet.rooms.registers import GIVE_UP
from highstreet.rooms.sales import (
    CASH_ELSEWHERE,
    NOT_OPEN,
    PART_TOO_MUCH,
    SALE_UNKNOWN,
    TOO_MANY_PARTS,
    Sale,
    free_part,
    sales_for,
    start_closing,
    take_part,
)
from highstreet.rooms.tenders import (
    ID_TAKEN,
    LINK,
    NO_RULES,
    OPEN_STATES,
    RAIL_KINDS,
    SLIP_UNUSED,
    BrandRules,
    RailAnswer,
    SettleTender,
    Tender,
    change_minor,
    creditor_reference,
    end_link,
    hand_out_owed,
    plan_tenders,
    refund_of,
    settle_tender,
    start_refunds,
    start_reversal,
    tenders_for,
    tenders_named,
)

MAX_PARTS = 20


@dataclass(frozen=True, slots=True)
class AddPart:
    """One more tender for an open sale; `wish.amount_minor` None means all that is due."""

    brand_id: str
    sale_id: str
    place_id: str
    # None: paid on the shopper's own phone.
    register_id: str | None
    wish: TenderWish
    at: datetime
    return_days: int
    rules: BrandRules = NO_RULES
    first_query_s: float = FIRST_QUERY_S


@dataclass(frozen=True, slots=True)
class Added:
    """Where the sale stands, and the tender that waits for its provider."""

    answer: dict[str, Any]
    waiting: Tender | None = None


def add_part(tx: Tx, command: AddPart) -> Added:
    """Write a part: cash is taken at once, another rail is to be asked. The same tender id again changes nothing.

    Errors: Refusal sales.sale_unknown, sales.not_open, sales.part_too_much (due_minor), sale.nothing_due,
    tenders.id_taken, tenders.cash_too_little.
    """
    key = (command.brand_id, command.sale_id)
    sale = sales_for(tx, [key]).get(key)
    if sale is None or not sale.is_in_parts:
        raise SALE_UNKNOWN()
    wish = command.wish
    known = tenders_named(tx, command.brand_id, [wish.tender_id]).get(wish.tender_id)
    if known is not None:
        if (known.sale_id, known.rail) != (sale.id, wish.rail):
            raise ID_TAKEN()
        # A register that lost its QR is shown the same one.
        is_shown = known.way == "qr" and known.state == "pending"
        return Added(sale_state(tx, sale, known), known if is_shown else None)
    due = sale.total_minor - sale.tendered_minor
    amount = due if wish.amount_minor is None else wish.amount_minor
    if sale.state != "open":
        raise NOT_OPEN()
    if amount <= 0:
        raise NOTHING_DUE()
    if len(tenders_for(tx, [key])[key]) >= MAX_PARTS:
        raise TOO_MANY_PARTS()
    kind = RAIL_KINDS[wish.rail]
    check_rules(command.rules, wish.rail, command.place_id, amount)
    if kind.is_at_place:
        _check_cash_here(tx, sale, command.place_id)
    if kind.has_drawer and wish.given_minor is not None:
        change_minor(amount, wish.given_minor)
    if not take_part(tx, *key, amount, command.at):
        raise PART_TOO_MUCH(due_minor=due)
    part = _part(command, sale, amount)
    plan_tenders(tx, [part])
    taking = Taking(part, command.register_id or "", sale.member_id, "", command.rules)
    if needs_taking(taking):
        take_own(tx, [replace(taking, day=trading_day(tx, sale.brand_id, command.place_id, command.at))])
    if part.state == "captured":
        return Added(finish_part(tx, sale, part, command.at, command.return_days))
    tell_order(tx, sale, command.at)
    state = sale_state(tx, sales_for(tx, [key])[key], part)
    if part.state == "planned":
        _end_link_in_time(tx, part)
        return Added(state)
    if not kind.has_provider:  # nobody to ask: a transfer is proven by the bank's statement
        return Added(state)
    jobs.enqueue(
        tx,
        RESOLVE_JOB,
        {"tender_id": part.id, **({} if command.register_id else {"asked_at": format_utc(command.at)})},
        run_at=command.at + timedelta(seconds=command.first_query_s),
        now=command.at,
        once_key=resolve_key(part.id),
    )
    return Added(state, part)


LINK_JOB = "tenders.end_link"
LINK_TIME = timedelta(minutes=30)
"""How long somebody who was sent a link may take to open it and say how they pay."""


def _end_link_in_time(tx: Tx, part: Tender) -> None:
    jobs.enqueue(
        tx,
        LINK_JOB,
        {"tender_id": part.id},
        run_at=part.created_at + LINK_TIME,
        now=part.created_at,
        once_key=f"{LINK_JOB}:{part.id}",
    )


def _check_cash_here(tx: Tx, sale: Sale, place_id: str) -> None:
    """Cash lies in the drawer, a slip's money at the bank, of who runs the place: others would have to claim it.

    Errors: Refusal sales.cash_elsewhere.
    """
    now, then = register_now(tx, sale), register_then(tx, sale)
    if place_id != sale.place_id or now.operator_party_id != then.operator_party_id:
        raise CASH_ELSEWHERE()


def _part(command: AddPart, sale: Sale, amount_minor: int) -> Tender:
    wish = command.wish
    kind = RAIL_KINDS[wish.rail]
    return Tender(
        brand_id=sale.brand_id,
        id=wish.tender_id,
        sale_id=sale.id,
        place_id=command.place_id,
        register_id=command.register_id,
        direction="in",
        rail=wish.rail,
        state="captured" if kind.is_at_once else "planned" if wish.rail == LINK else "pending",
        currency=sale.currency,
        amount_minor=amount_minor,
        given_minor=wish.given_minor if kind.has_drawer else None,
        created_at=command.at,
        settled_at=command.at if kind.is_at_once else None,
        way=wish.way,
        reference=creditor_reference(wish.tender_id) if wish.rail == "transfer" else wish.reference,
    )


async def pay_part(program: Program, command: AddPart, auth_code: str | None) -> dict[str, Any]:
    """Add a part and ask its provider. Errors: as `add_part`; Refusal sale.rail_off."""
    key = (command.brand_id, command.sale_id)
    sale = (await program.db.read(sales_for, [key])).get(key)
    if sale is None:
        raise SALE_UNKNOWN()
    if command.wish.rail != LINK:
        check_rail(program, command.brand_id, command.wish.rail, sale.currency)
    command = replace(
        command,
        rules=await program.rail_rules.of(program.db, command.brand_id),
        first_query_s=first_query(program, command.brand_id, command.wish.rail),
    )
    added = await program.db.write(add_part, command)
    if added.waiting is None:
        return added.answer
    return await ask_provider(program, added.waiting, auth_code)


async def call_part_back(
    program: Program, brand_id: str, place_id: str, sale_id: str, tender_id: str
) -> dict[str, Any]:
    """Call back one part that this place took; its amount is due again once its provider confirmed.

    Errors: Refusal sales.sale_unknown, sales.not_open.
    """
    key = (brand_id, sale_id)
    sale = (await program.db.read(sales_for, [key])).get(key)
    found = (await program.db.read(tenders_named, brand_id, [tender_id])).get(tender_id)
    if sale is None or not sale.is_in_parts or found is None or found.sale_id != sale_id:
        raise SALE_UNKNOWN()
    if found.place_id != place_id:
        raise SALE_UNKNOWN()
    if found.state == "planned":
        if await program.db.write(end_link_part, (found, program.clock.now(), "link_ended")):
            return await program.db.read(read_sale, brand_id, sale_id)
        # Somebody chose a rail just now.
        found = (await program.db.read(tenders_named, brand_id, [tender_id]))[tender_id]
    if found.state not in OPEN_STATES:
        raise NOT_OPEN()
    await call_back(program, found)
    return await program.db.read(read_sale, brand_id, sale_id)


def end_link_part(tx: Tx, command: tuple[Tender, datetime, str]) -> bool:
    """A link comes to nothing before anybody chose a rail: its amount is due again. False: somebody chose one."""
    part, at, reason = command
    if not end_link(tx, part.brand_id, part.id, at, reason):
        return False
    free_part(tx, part.brand_id, part.sale_id, part.amount_minor)
    tell_order(tx, sales_for(tx, [(part.brand_id, part.sale_id)])[part.brand_id, part.sale_id], at)
    return True


@dataclass(frozen=True, slots=True)
class LetGo:
    """Give up a sale paid in parts: by a register of its place, which hands out the cash, or because its time is over.

    `nonce` makes the refunds' numbers: nobody must be able to use one of them up beforehand.
    """

    brand_id: str
    sale_id: str
    at: datetime
    reason: str
    nonce: str
    register_id: str | None = None
    slips: tuple[str, ...] = ()
    """Numbers of the card terminal's slips for the refunds of slips, the oldest first."""
    approval_id: str | None = None


@dataclass(frozen=True, slots=True)
class LetGone:
    """What is to be asked of providers now: parts to reverse, and refunds."""

    reversals: tuple[Tender, ...]
    refunds: tuple[Tender, ...]


def let_go(tx: Tx, command: LetGo) -> LetGone:
    """From here on nothing more is taken: open parts are called back, captured ones given back.

    Without a register cash stays owed: it is handed out when somebody is there to take it; so does what was paid on
    a card terminal until it made a slip of its own for it.
    Errors: Refusal sales.sale_unknown, sales.not_open, sales.cash_elsewhere, tenders.slip_used, tenders.slip_unused,
    parcels.on_its_way; as `check_approved`.
    """
    key = (command.brand_id, command.sale_id)
    if sales_for(tx, [key]).get(key) is None:
        raise SALE_UNKNOWN()
    if not start_closing(tx, *key):
        raise NOT_OPEN()
    end_delivery(tx, *key, command.at, is_sent=False)
    sale = sales_for(tx, [key])[key]
    tenders = tenders_for(tx, [key])[key]
    waiting = [t for t in tenders if t.direction == "in" and t.state in OPEN_STATES]
    coming = tuple(t for t in waiting if RAIL_KINDS[t.rail].has_provider)
    taken = [
        t
        for t in tenders
        if (t.direction, t.state) == ("in", "captured") and t.refunded_minor < t.amount_minor
    ]
    if command.register_id is not None and any(RAIL_KINDS[t.rail].is_at_place for t in taken):
        _check_cash_here(tx, sale, sale.place_id)
    if command.register_id is not None:
        back_minor = sum(t.amount_minor - t.refunded_minor for t in taken)
        _check_approved(tx, sale, back_minor, command, command.register_id)
    for tender in waiting:
        if RAIL_KINDS[tender.rail].has_provider:
            start_reversal(tx, sale.brand_id, tender.id, command.at)
        else:
            _stop_waiting(tx, tender, command)
    slips = iter(command.slips)
    refunds = tuple(_give_back(tender, command, slips) for tender in taken)
    if next(slips, None) is not None:
        raise SLIP_UNUSED()
    start_refunds(tx, refunds, owes_cash=command.register_id is None)
    _note_slips(tx, sale, refunds, command)
    pay_back_promises(tx, refunds, sale.member_id)
    for refund in refunds:
        if refund.state == "captured":
            post_deposit_back(tx, sale, refund, command.at)
        elif RAIL_KINDS[refund.rail].has_provider:
            enqueue_refund(tx, refund)
    if coming:
        tell_order(tx, sale, command.at)
    else:
        give_up(tx, sale, None, command.at, reason=command.reason)
    return LetGone(coming, tuple(r for r in refunds if RAIL_KINDS[r.rail].has_provider))


def _handed_before(tx: Tx, sale: Sale, now: Sequence[Tender]) -> int:
    """What people were given at registers for this sale before, minor units."""
    ids = {tender.id for tender in now}
    tenders = tenders_for(tx, [(sale.brand_id, sale.id)])[sale.brand_id, sale.id]
    return sum(
        t.amount_minor
        for t in tenders
        if (t.direction, t.state) == ("out", "captured")
        and RAIL_KINDS[t.rail].is_at_place
        and t.id not in ids
    )


def _check_approved(
    tx: Tx,
    sale: Sale,
    back_minor: int,
    command: "LetGo | HandOut",
    register_id: str,
    *,
    before_minor: int = 0,
) -> None:
    """What goes back is what is approved: a part that comes in between asks for another approval."""
    check_approved(
        tx,
        ActHere(
            brand_id=sale.brand_id,
            register_id=register_id,
            act=GIVE_UP,
            sale_id=sale.id,
            amount_minor=back_minor,
            currency=sale.currency,
            used_for=sale.id,
            at=command.at,
            approval_id=command.approval_id,
            before_minor=before_minor,
        ),
    )


def _stop_waiting(tx: Tx, tender: Tender, command: LetGo) -> None:
    """Nobody is to be asked about a bank transfer: what arrives from now on is a late success, and goes back."""
    answer = RailAnswer("reversed", None, command.reason)
    settle_tender(tx, SettleTender(tender.brand_id, tender.id, answer, "reversed", command.at))
    free_part(tx, tender.brand_id, tender.sale_id, tender.amount_minor)


def _note_slips(tx: Tx, sale: Sale, refunds: Sequence[Tender], by: "LetGo | HandOut") -> None:
    made = [r for r in refunds if RAIL_KINDS[r.rail].needs_number and r.state == "captured"]
    if made and by.register_id is not None:
        day = trading_day(tx, sale.brand_id, sale.place_id, by.at)
        take_own(tx, [Taking(refund, by.register_id, None, day, NO_RULES) for refund in made])


def _give_back(paid: Tender, command: LetGo, slips: Iterator[str]) -> Tender:
    kind, is_owed = RAIL_KINDS[paid.rail], command.register_id is None
    return refund_of(
        paid,
        stable_id("tnd", command.nonce, paid.id),
        paid.amount_minor - paid.refunded_minor,
        command.at,
        register_id=command.register_id if kind.is_at_once else None,
        slip=next(slips, None) if kind.needs_number and not is_owed else None,
        is_owed=is_owed,
    )


@dataclass(frozen=True, slots=True)
class HandOut:
    """Give a shopper the cash that is owed them: a sale given up without them, or a refund that the office allowed."""

    brand_id: str
    sale_id: str
    register_id: str
    at: datetime
    slips: tuple[str, ...] = ()
    approval_id: str | None = None


def hand_out(tx: Tx, command: HandOut) -> bool:
    """Whether there was cash to hand out: a deposit at its own place, a refund of a paid sale at any.

    A deposit that waited until its sale's time was over needs the same approval as giving the sale up.
    Errors: Refusal sales.sale_unknown, sales.cash_elsewhere, tenders.slip_unused; as `check_approved`.
    """
    key, register_key = (command.brand_id, command.sale_id), (command.brand_id, command.register_id)
    sale = sales_for(tx, [key]).get(key)
    register = registers_for(tx, {register_key}).get(register_key)
    if sale is None or register is None:
        raise SALE_UNKNOWN()
    handed = hand_out_owed(tx, *key, command.register_id, command.at, command.slips)
    if handed and len(command.slips) > sum(RAIL_KINDS[t.rail].needs_number for t in handed):
        raise SLIP_UNUSED()
    sheet = share_sheets_for(tx, [key]).get(key)
    if handed and sheet is None:
        _check_cash_here(tx, sale, register.place_id)
        amount, before = sum(t.amount_minor for t in handed), _handed_before(tx, sale, handed)
        _check_approved(tx, sale, amount, command, command.register_id, before_minor=before)
    _note_slips(tx, sale, handed, command)
    for refund in handed:
        if sheet is None:
            post_deposit_back(tx, sale, refund, command.at)
        else:
            moves = cash_back(sheet.collector_party_id, payer_at(tx, register, command.at), refund)
            post_transfers(tx, [Posting(sale.brand_id, refund.id, command.at, tuple(moves))])
    return bool(handed)


async def hand_out_cash(program: Program, command: HandOut) -> dict[str, Any]:
    """Hand out what is owed; the sale's state. Errors: as `hand_out`; Refusal sale.nothing_due."""
    if not await program.db.write(hand_out, command):
        raise NOTHING_DUE()
    return await program.db.read(read_sale, command.brand_id, command.sale_id)


async def give_sale_up(
    program: Program,
    brand_id: str,
    sale_id: str,
    *,
    register_id: str | None = None,
    reason: str = "cancelled",
    slips: tuple[str, ...] = (),
    approval_id: str | None = None,
) -> dict[str, Any]:
    """Let a sale go and ask the providers at once; what they leave open goes on as jobs.

    Asked again by a register, cash that is still owed is handed out. Errors: as `let_go`.
    """
    at = program.clock.now()
    if register_id is not None and await program.db.write(
        hand_out, HandOut(brand_id, sale_id, register_id, at, slips, approval_id)
    ):
        return await program.db.read(read_sale, brand_id, sale_id)
    gone = await program.db.write(
        let_go, LetGo(brand_id, sale_id, at, reason, secrets.token_hex(16), register_id, slips, approval_id)
    )
    for tender in gone.reversals:
        await call_back(program, tender, is_begun=True)
    for refund in gone.refunds:
        await refund_now(program, refund)
    return await program.db.read(read_sale, brand_id, sale_id)
