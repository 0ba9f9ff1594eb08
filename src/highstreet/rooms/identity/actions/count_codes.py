"""How many codes a phone was sent, and tries it was given, by all and by one address; kept by keyed hashes."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, literal, or_, select, update

from highstreet.kernel.errors import RATE_LIMITED
from highstreet.kernel.tables import Instant
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import errors, model
from highstreet.rooms.identity.model import (
    RequestCode,
    SignIn,
)
from highstreet.rooms.identity.tables import (
    code_count,
)


def count_code(tx: Tx, command: RequestCode, address: str, most: int, pause: timedelta) -> None:
    """One more code for the phone, from one address or ("") from all."""
    c, now = code_count.c, command.now
    key = _count_key(command, address)
    if tx.insert_many(code_count, [_first_count(key, now, sent=1)], ignore_existing=True) == 1:
        return
    is_new_day = c.day_started_at <= now - model.DAY
    counted = tx.run(
        update(code_count)
        .where(*_is_count(key), c.sent_at <= now - pause, or_(is_new_day, c.sent < most))
        .values(
            day_started_at=case((is_new_day, literal(now, Instant)), else_=c.day_started_at),
            sent_at=now,
            sent=case((is_new_day, 1), else_=c.sent + 1),
            tries=case((is_new_day, 0), else_=c.tries),
        )
    )
    if counted.rowcount != 1:
        row = tx.first(select(code_count).where(*_is_count(key)))
        again_at = [] if row is None else [row.sent_at + pause]
        if row is not None and row.sent >= most:
            again_at.append(row.day_started_at + model.DAY)
        raise errors.CODE_TOO_SOON(retry_after_s=_seconds_until(max(again_at, default=now), now))


def count_try(tx: Tx, command: SignIn) -> None:
    """One more try of this address; a right code takes them back. Errors: Refusal rate.limited."""
    c, now = code_count.c, command.now
    key = _count_key(command, command.address)
    if tx.insert_many(code_count, [_first_count(key, now, tries=1)], ignore_existing=True) == 1:
        return
    is_new_day = c.day_started_at <= now - model.DAY
    counted = tx.run(
        update(code_count)
        .where(*_is_count(key), or_(is_new_day, c.tries < model.ADDRESS_TRIES_A_DAY))
        .values(
            day_started_at=case((is_new_day, literal(now, Instant)), else_=c.day_started_at),
            sent=case((is_new_day, 0), else_=c.sent),
            tries=case((is_new_day, 1), else_=c.tries + 1),
        )
    )
    if counted.rowcount != 1:
        started_at = tx.value(select(c.day_started_at).where(*_is_count(key)))
        raise RATE_LIMITED(retry_after_s=_seconds_until((started_at or now) + model.DAY, now))


def take_tries_back(tx: Tx, command: SignIn) -> None:
    """The code was right: this address may err again."""
    key = _count_key(command, command.address)
    tx.run(update(code_count).where(*_is_count(key)).values(tries=0))


def _count_key(command: RequestCode | SignIn, address: str) -> tuple[str, str]:
    phone, pepper = command.phone, command.pepper
    return model.phone_key(pepper, phone), model.address_key(pepper, phone, address)


def _is_count(key: tuple[str, str]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return code_count.c.phone_key == key[0], code_count.c.address_key == key[1]


def _first_count(key: tuple[str, str], now: datetime, *, sent: int = 0, tries: int = 0) -> dict[str, object]:
    row = {"phone_key": key[0], "address_key": key[1], "sent": sent, "tries": tries}
    return {**row, "day_started_at": now, "sent_at": now}


def _seconds_until(at: datetime, now: datetime) -> int:
    return max(1, int(-((now - at) // model.SECOND)))
