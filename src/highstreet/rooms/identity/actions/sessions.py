"""Sessions end, are noted as used, and are forgotten."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, and_, delete, or_, update

from highstreet.kernel.db import batched
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.identity import events, model
from highstreet.rooms.identity.tables import (
    code_count,
    pairing,
    register_key,
    session,
    sign_in_code,
)


def revoke_session(tx: Tx, command: model.RevokeSession) -> bool:
    """End a session; False when there is none in force. Whose it is, the caller has checked."""
    return _revoke(tx, session.c.id == command.session_id, command) == 1


def revoke_sessions_of(tx: Tx, command: model.RevokeSessionsOf) -> int:
    """End the sessions of a person or of staff; their count comes back. Errors: ValueError when of neither."""
    s = session.c
    if command.person_id is not None and command.staff_id is None:
        whose = s.person_id == command.person_id
    elif command.person_id is None and command.staff_id is not None and command.brand_id is not None:
        whose = and_(s.brand_id == command.brand_id, s.staff_id == command.staff_id)
    else:
        raise ValueError("sessions are a person's, or a brand's staff's")
    if command.kept_session_id is not None:
        whose = and_(whose, s.id != command.kept_session_id)
    return _revoke(tx, whose, command)


def _revoke(tx: Tx, which: ColumnElement[bool], command: model.RevokeSession | model.RevokeSessionsOf) -> int:
    s = session.c
    rows = tx.rows(
        update(session)
        .where(which, s.revoked_at.is_(None), s.expires_at > command.now)
        .values(revoked_at=command.now)
        .returning(s.id, s.person_id, s.brand_id, s.staff_id)
    )
    for row in sorted(rows, key=lambda row: str(row.id)):
        tx.announce(
            events.SessionRevoked(
                at=command.now,
                brand_id=row.brand_id,
                person_id=row.person_id,
                session_id=row.id,
                staff_id=row.staff_id,
            )
        )
    return len(rows)


_SESSION_SEEN = Change(
    {"id": Text, "at": Instant, "old": Instant},
    lambda v: update(session).where(session.c.id == v.id, session.c.seen_at <= v.old).values(seen_at=v.at),
)
_KEY_SEEN = Change(
    {"brand_id": Text, "id": Text, "at": Instant, "old": Instant},
    lambda v: (
        update(register_key)
        .where(register_key.c.brand_id == v.brand_id, register_key.c.id == v.id)
        .where(or_(register_key.c.seen_at.is_(None), register_key.c.seen_at <= v.old))
        .values(seen_at=v.at)
    ),
)


@batched
def note_seen(tx: Tx, commands: Sequence[model.NoteSeen]) -> Sequence[None]:
    """Write down that sessions and keys were used, some minutes after the last time: a chain opens all at once."""
    sessions, keys = [], []
    for seen in commands:
        times = {"at": seen.now, "old": seen.now - model.SEEN_EVERY}
        if seen.session_id is not None:
            sessions.append({"id": seen.session_id, **times})
        else:
            keys.append({"brand_id": seen.brand_id, "id": seen.key_id, **times})
    tx.change(_SESSION_SEEN, sessions)
    tx.change(_KEY_SEEN, keys)
    return [None] * len(commands)


def forget_ended(tx: Tx, command: model.ForgetEnded) -> int:
    """Remove codes and their counts after a day, and sessions 30 days after their end; how many of these two."""
    c, s = sign_in_code.c, session.c
    codes = delete(sign_in_code).where(c.sent_at <= command.now - model.DAY)
    tx.run(delete(pairing).where(pairing.c.expires_at <= command.now - model.DAY))
    tx.run(delete(code_count).where(code_count.c.day_started_at <= command.now - model.DAY))
    old = command.now - model.ENDED_KEPT
    sessions = delete(session).where(or_(s.expires_at <= old, s.revoked_at <= old))
    return tx.run(codes).rowcount + tx.run(sessions).rowcount
