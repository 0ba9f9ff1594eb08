"""Who stands at a register, and what a manager lets be done there. PINs are checked outside of transactions."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from highstreet.flows.errors import NEEDS_APPROVAL, REGISTER_UNKNOWN
from highstreet.flows.program import Program
from highstreet.kernel.audit import Audited, audited
from highstreet.kernel.permissions import Actor, ActorKind, Grant, Permission, grants_of
from highstreet.kernel.tx import Reader, Tx
from highstreet.rooms.identity import (
    PIN_WRONG,
    SetPin,
    StaffRecord,
    free_pin_tries,
    hash_pin,
    pin_of_staff,
    set_pin,
    staff_by_id,
    staff_with_pin,
    take_pin_try,
    verify_pin,
)
from highstreet.rooms.parties import registers_for, roles_of_staff
from highstreet.rooms.registers import (
    APPROVAL_UNUSABLE,
    CLERK_GONE,
    NOT_APPROVER,
    PRICE_ACT,
    Approval,
    ClerkAct,
    UseApproval,
    approval_by_id,
    approval_rule_of,
    approve_act,
    note_clerks,
    use_approval,
)
from highstreet.rooms.sales import SALE_UNKNOWN, sales_for

SHIFT = timedelta(hours=12)
"""So long somebody stays signed in at a register."""


@dataclass(frozen=True, slots=True)
class StaffHere:
    """A member of staff with a role at a register's place, and whether they may approve there."""

    staff: StaffRecord
    is_approver: bool


def staff_here(reader: Reader, brand_id: str, register_id: str, staff_id: str) -> StaffHere | None:
    """Active staff who may sell or approve at this register now; None for anybody else."""
    key = (brand_id, register_id)
    register = registers_for(reader, {key}).get(key)
    if register is None or not register.is_active:
        raise REGISTER_UNKNOWN()
    staff = staff_by_id(reader, brand_id, staff_id)
    if staff is None or not staff.is_active:
        return None
    roles = roles_of_staff(reader, brand_id, staff_id)
    grants = frozenset[Grant]().union(*(grants_of(role.role, role.scope_id) for role in roles))
    actor = Actor(ActorKind.STAFF, staff_id, brand_id=brand_id, grants=grants)

    def may(permission: Permission) -> bool:
        party_id, place_id = register.operator_party_id, register.place_id
        return actor.may(permission, brand_id=brand_id, party_id=party_id, place_id=place_id)

    is_approver = may(Permission.SALES_APPROVE)
    return StaffHere(staff, is_approver) if is_approver or may(Permission.SALES_SELL) else None


def staff_at_register(reader: Reader, brand_id: str, register_id: str) -> list[StaffHere]:
    """Who can sign in at this register by PIN, by name."""
    found = [
        staff_here(reader, brand_id, register_id, staff.id) for staff in staff_with_pin(reader, brand_id)
    ]
    return [one for one in found if one is not None]


@dataclass(frozen=True, slots=True)
class ClerkSince:
    """Somebody who says that they signed in at this register then."""

    brand_id: str
    register_id: str
    staff_id: str
    since: datetime


def clerk_now(reader: Reader, clerk: ClerkSince) -> StaffHere:
    """The clerk, if they still work here and their PIN is still the one of then.

    Errors: Refusal registers.clerk_gone.
    """
    here = staff_here(reader, clerk.brand_id, clerk.register_id, clerk.staff_id)
    pin = pin_of_staff(reader, clerk.brand_id, clerk.staff_id)
    if here is None or pin is None or pin.set_at > clerk.since:
        raise CLERK_GONE()
    return here


async def sign_in_clerk(
    program: Program, brand_id: str, register_id: str, staff_id: str, pin: str
) -> StaffHere:
    """Staff sign in at a register. Errors: Refusal identity.pin_wrong, pin_locked, rate.limited.

    A wrong PIN, unknown staff and staff of another place are told the same.
    """
    return await _check_pin(program, brand_id, register_id, staff_id, pin)


async def _check_pin(program: Program, brand_id: str, register_id: str, staff_id: str, pin: str) -> StaffHere:
    """Of staff of another place no try is taken: nobody here learns of their PIN, or locks it."""
    guesser = f"{brand_id}:{register_id}"
    program.pin_guesses.check_only(guesser)
    here = await program.db.read(staff_here, brand_id, register_id, staff_id)
    kept = None if here is None else await program.db.write(take_pin_try, (brand_id, staff_id))
    pin_hash = None if kept is None else kept.pin_hash
    is_right = await asyncio.to_thread(verify_pin, program.pepper, brand_id, staff_id, pin, pin_hash)
    if here is None or pin_hash is None or not is_right:
        program.pin_guesses.count(guesser)
        raise PIN_WRONG()
    await program.db.write(free_pin_tries, (brand_id, staff_id, pin_hash))
    return here


async def new_pin(program: Program, brand_id: str, staff_id: str, pin: str | None) -> SetPin:
    """What sets a PIN, or takes it away: slow, as it hashes. Errors: Refusal identity.pin_malformed."""
    pin_hash = (
        None if pin is None else await asyncio.to_thread(hash_pin, program.pepper, brand_id, staff_id, pin)
    )
    return SetPin(brand_id, staff_id, pin_hash, program.clock.now())


async def approve_by_pin(program: Program, wished: Approval, pin: str) -> Approval:
    """A manager lets it be done once; it stands in the audit trail under their name.

    Errors: as `sign_in_clerk`; Refusal registers.not_approver, approval_unusable, sales.sale_unknown.
    """
    await _check_pin(program, wished.brand_id, wished.register_id, wished.staff_id, pin)
    actor = Actor(ActorKind.STAFF, wished.staff_id, brand_id=wished.brand_id)
    facts = {
        "act": wished.act,
        "amount_minor": wished.amount_minor,
        "register_id": wished.register_id,
        "place_id": wished.place_id,
    }
    ask = Audited(actor, "register.approve_act", wished.sale_id, _approve, wished, wished.approved_at, facts)
    return await program.db.write(audited, ask)


def _approve(tx: Tx, wished: Approval) -> Approval:
    here = staff_here(tx, wished.brand_id, wished.register_id, wished.staff_id)
    if here is None or not here.is_approver:
        raise NOT_APPROVER()
    if wished.act == PRICE_ACT:  # the sale is yet to be
        here_key = (wished.brand_id, wished.register_id)
        return approve_act(tx, replace(wished, currency=registers_for(tx, {here_key})[here_key].currency))
    key = (wished.brand_id, wished.sale_id)
    sale = sales_for(tx, [key]).get(key)
    if sale is None:
        raise SALE_UNKNOWN()
    return approve_act(tx, replace(wished, currency=sale.currency))


def note_clerk(
    tx: Tx, subject: tuple[str, str], register_id: str, clerk_id: str | None, at: datetime
) -> None:
    """Write down who was signed in for `subject` (brand, what was done); nothing when nobody was."""
    if clerk_id is not None:
        note_clerks(tx, [ClerkAct(*subject, register_id, clerk_id, at)])


@dataclass(frozen=True, slots=True)
class ActHere:
    """Something about to be done at a register, and the approval that came with it, if any."""

    brand_id: str
    register_id: str
    act: str
    sale_id: str
    amount_minor: int
    currency: str
    used_for: str
    at: datetime
    approval_id: str | None
    has_receipt: bool = True
    before_minor: int = 0
    """What went back of the sale before: in small pieces it needs an approval, too."""


def check_approved(tx: Tx, act: ActHere) -> Approval | None:
    """Use the approval up with what is being done; None when none is needed and none came.

    Who approved must still be allowed to: staff who were dismissed meanwhile approve nothing.
    Errors: Refusal sale.needs_approval (act, sale_id, amount_minor, currency), registers.approval_unusable.
    """
    if act.approval_id is None:
        rule = approval_rule_of(tx, act.brand_id)
        if rule.is_needed(act.act, act.before_minor + act.amount_minor, has_receipt=act.has_receipt):
            raise NEEDS_APPROVAL(
                act=act.act, sale_id=act.sale_id, amount_minor=act.amount_minor, currency=act.currency
            )
        return None
    given = approval_by_id(tx, act.brand_id, act.approval_id)
    here = staff_here(tx, act.brand_id, act.register_id, given.staff_id) if given else None
    if here is None or not here.is_approver:
        raise APPROVAL_UNUSABLE()
    return use_approval(
        tx,
        UseApproval(
            brand_id=act.brand_id,
            approval_id=act.approval_id,
            register_id=act.register_id,
            act=act.act,
            sale_id=act.sale_id,
            amount_minor=act.amount_minor,
            currency=act.currency,
            used_for=act.used_for,
            at=act.at,
        ),
    )


__all__ = [
    "SHIFT",
    "ActHere",
    "ClerkSince",
    "StaffHere",
    "approve_by_pin",
    "check_approved",
    "clerk_now",
    "new_pin",
    "note_clerk",
    "set_pin",
    "sign_in_clerk",
    "staff_at_register",
    "staff_here",
]
