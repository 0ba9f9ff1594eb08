"""A register is added to a place and gets the key that it signs in with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import (
    PAIRING_VALID,
    EndPairing,
    IssueRegisterKey,
    RevokeRegisterKey,
    StartPairing,
    end_pairing,
    issue_register_key,
    revoke_register_key,
    start_pairing,
)
from highstreet.rooms.parties import AddRegisters, RegisterFacts, RegisterRecord, add_registers, registers_for


def add_register(tx: Tx, command: AddRegisters) -> RegisterRecord:
    """Add one register. Errors: Refusal parties.place_not_found, text_malformed."""
    add_registers(tx, command)
    return command.rows[0]


@dataclass(frozen=True, slots=True)
class PairRegister:
    """A new key for a register; its other keys stay good until they are revoked."""

    brand_id: str
    register_id: str
    key_id: str
    key_hash: str
    now: datetime


def pair_register(tx: Tx, command: PairRegister) -> RegisterFacts:
    """Issue the key. Errors: Refusal request.not_found for a register that is closed or another brand's."""
    register = _active_register(tx, command.brand_id, command.register_id)
    issue_register_key(
        tx,
        IssueRegisterKey(
            brand_id=command.brand_id,
            key_id=command.key_id,
            place_id=register.place_id,
            register_id=command.register_id,
            key_hash=command.key_hash,
            now=command.now,
        ),
    )
    return register


@dataclass(frozen=True, slots=True)
class OfferPairing:
    """A code by which a browser becomes this register, asked for by `staff_id`."""

    brand_id: str
    register_id: str
    pairing_id: str
    code_hash: str
    staff_id: str
    now: datetime
    valid: timedelta = PAIRING_VALID


def offer_pairing(tx: Tx, command: OfferPairing) -> tuple[RegisterFacts, datetime]:
    """Until when the code is good. Errors: Refusal request.not_found for a register closed or another brand's."""
    register = _active_register(tx, command.brand_id, command.register_id)
    until = start_pairing(
        tx,
        StartPairing(
            brand_id=command.brand_id,
            pairing_id=command.pairing_id,
            place_id=register.place_id,
            register_id=command.register_id,
            staff_id=command.staff_id,
            code_hash=command.code_hash,
            now=command.now,
            valid=command.valid,
        ),
    )
    return register, until


def accept_pairing(tx: Tx, command: EndPairing) -> RegisterFacts:
    """The code becomes a key. Errors: Refusal identity.pairing_wrong; request.not_found for a register closed since."""
    key = end_pairing(tx, command)
    return _active_register(tx, key.brand_id, key.register_id)


def _active_register(tx: Tx, brand_id: str, register_id: str) -> RegisterFacts:
    wanted = (brand_id, register_id)
    register = registers_for(tx, {wanted}).get(wanted)
    if register is None or not register.is_active:
        raise REQUEST_NOT_FOUND()
    return register


def unpair_register(tx: Tx, command: RevokeRegisterKey) -> None:
    """End a key at once. Errors: Refusal request.not_found when no such key is in force."""
    if not revoke_register_key(tx, command):
        raise REQUEST_NOT_FOUND()
