"""Keys of registers, and the codes that pair a browser with one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update

from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import errors, events, model
from highstreet.rooms.identity.tables import (
    pairing,
    register_key,
)


def issue_register_key(tx: Tx, command: model.IssueRegisterKey) -> None:
    """Add a key; the register's other keys stay, so that a key can be changed without a pause.

    Errors: Refusal identity.already_there.
    """
    row = {
        "brand_id": command.brand_id,
        "id": command.key_id,
        "place_id": command.place_id,
        "register_id": command.register_id,
        "key_hash": command.key_hash,
        "created_at": command.now,
        "device_name": command.device_name,
    }
    if tx.insert_many(register_key, [row], ignore_existing=True) != 1:
        raise errors.ALREADY_THERE()
    tx.announce(
        events.RegisterKeyIssued(
            at=command.now,
            brand_id=command.brand_id,
            place_id=command.place_id,
            key_id=command.key_id,
            register_id=command.register_id,
        )
    )


def issue_unused_keys(tx: Tx, commands: Sequence[model.IssueRegisterKey]) -> None:
    """Add keys; one that is there and was never used is made anew, as its first answer may have been lost.

    Errors: Refusal identity.already_there for a key that was used or revoked, or is another register's.
    """
    k = register_key.c
    for command in commands:
        renewed = tx.run(
            update(register_key)
            .where(k.brand_id == command.brand_id, k.id == command.key_id)
            .where(k.register_id == command.register_id, k.seen_at.is_(None), k.revoked_at.is_(None))
            .values(key_hash=command.key_hash, created_at=command.now)
        )
        if renewed.rowcount != 1:
            issue_register_key(tx, command)


def revoke_register_key(tx: Tx, command: model.RevokeRegisterKey) -> bool:
    """End a key at once; False when there is none in force with this id."""
    k = register_key.c
    row = tx.first(
        update(register_key)
        .where(k.brand_id == command.brand_id, k.id == command.key_id, k.revoked_at.is_(None))
        .values(revoked_at=command.now)
        .returning(k.place_id, k.register_id)
    )
    if row is None:
        return False
    tx.announce(
        events.RegisterKeyRevoked(
            at=command.now,
            brand_id=command.brand_id,
            place_id=row.place_id,
            key_id=command.key_id,
            register_id=row.register_id,
        )
    )
    return True


def start_pairing(tx: Tx, command: model.StartPairing) -> datetime:
    """Keep a code's hash; until when it is good comes back. An earlier code for the register is worth nothing then."""
    p = pairing.c
    tx.run(
        update(pairing)
        .where(p.brand_id == command.brand_id, p.register_id == command.register_id)
        .where(p.used_at.is_(None), p.expires_at > command.now)
        .values(expires_at=command.now)
    )
    expires_at = command.now + command.valid
    row = {
        "brand_id": command.brand_id,
        "id": command.pairing_id,
        "place_id": command.place_id,
        "register_id": command.register_id,
        "code_hash": command.code_hash,
        "staff_id": command.staff_id,
        "created_at": command.now,
        "expires_at": expires_at,
    }
    if tx.insert_many(pairing, [row], ignore_existing=True) != 1:
        raise errors.ALREADY_THERE()
    tx.announce(
        events.PairingStarted(
            at=command.now,
            brand_id=command.brand_id,
            place_id=command.place_id,
            register_id=command.register_id,
            staff_id=command.staff_id,
        )
    )
    return expires_at


def end_pairing(tx: Tx, command: model.EndPairing) -> model.IssueRegisterKey:
    """Use the code up and issue the key. Errors: Refusal identity.pairing_wrong, whatever is wrong with it."""
    p = pairing.c
    row = tx.first(
        update(pairing)
        .where(p.code_hash == command.code_hash, p.used_at.is_(None), p.expires_at > command.now)
        .values(used_at=command.now)
        .returning(p.brand_id, p.place_id, p.register_id)
    )
    if row is None:
        raise errors.PAIRING_WRONG()
    key = model.IssueRegisterKey(
        brand_id=row.brand_id,
        key_id=command.key_id,
        place_id=row.place_id,
        register_id=row.register_id,
        key_hash=command.key_hash,
        now=command.now,
        device_name=command.device_name,
    )
    issue_register_key(tx, key)
    return key
