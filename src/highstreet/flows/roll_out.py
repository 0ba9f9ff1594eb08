"""Many registers at once: added to their places, each with a key and, if wished, a code to pair a browser."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from highstreet.kernel.errors import REQUEST_CONFLICT
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import IssueRegisterKey, StartPairing, issue_unused_keys, start_pairing
from highstreet.rooms.parties import AddRegisters, RegisterRecord, add_registers, registers_of_places


@dataclass(frozen=True, slots=True)
class RolledOut:
    """One register with the hashes of what it is given; its ids were made by whoever rolls out."""

    register: RegisterRecord
    key_id: str
    key_hash: str = field(repr=False)
    pairing_id: str | None = None
    code_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RollOut:
    """At most a few hundred registers, so that the command stays short."""

    brand_id: str
    staff_id: str
    rows: Sequence[RolledOut]
    pairing_valid: timedelta
    now: datetime


def roll_out(tx: Tx, command: RollOut) -> int:
    """All or none; how many registers are new. Asked again with the same ids, keys and codes are made anew.

    Errors: Refusal parties.place_not_found, text_malformed, rows_malformed; request.conflict for an id that is
    another register's; identity.already_there for a key that is in use.
    """
    wanted = {row.register.id: row.register for row in command.rows}
    places = {row.place_id for row in wanted.values()}
    there = {r.id: r for r in registers_of_places(tx, command.brand_id, places) if r.id in wanted}
    for known in there.values():
        if (known.place_id, known.name) != (wanted[known.id].place_id, wanted[known.id].name):
            raise REQUEST_CONFLICT()
    new = [row for row in wanted.values() if row.id not in there]
    add_registers(tx, AddRegisters(new, command.now))
    keys = [
        IssueRegisterKey(
            brand_id=command.brand_id,
            key_id=row.key_id,
            place_id=row.register.place_id,
            register_id=row.register.id,
            key_hash=row.key_hash,
            now=command.now,
        )
        for row in command.rows
    ]
    issue_unused_keys(tx, keys)
    for row in command.rows:
        if row.pairing_id is not None and row.code_hash is not None:
            _offer_code(tx, command, row, row.pairing_id, row.code_hash)
    return len(new)


def _offer_code(tx: Tx, command: RollOut, row: RolledOut, pairing_id: str, code_hash: str) -> None:
    start_pairing(
        tx,
        StartPairing(
            brand_id=command.brand_id,
            pairing_id=pairing_id,
            place_id=row.register.place_id,
            register_id=row.register.id,
            staff_id=command.staff_id,
            code_hash=code_hash,
            now=command.now,
            valid=command.pairing_valid,
        ),
    )
