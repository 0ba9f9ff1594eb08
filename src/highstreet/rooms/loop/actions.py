"""Writes of the room `loop`: codes, touches and credit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, Text, select, update
from sqlalchemy.types import TypeEngine

from highstreet.kernel.errors import Refusal
from highstreet.kernel.tx import Change, Tx
from highstreet.rooms.loop.errors import (
    CODE_UNKNOWN,
    CREDIT_GIVEN_BEFORE,
    CREDIT_NOT_REVERSIBLE,
    SLUG_FIXED,
    SLUG_TAKEN,
)
from highstreet.rooms.loop.events import CreditGiven, CreditReversed, Touched
from highstreet.rooms.loop.model import CREDIT_WINDOW, TouchedCode, check_kind, check_slug
from highstreet.rooms.loop.queries import campaigns_of, code_by_slug, credits_of
from highstreet.rooms.loop.tables import code, credit, touch


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code to put. Positions in WGS-84 degrees."""

    code_id: str
    slug: str
    kind: str
    campaign: str
    label_en: str
    label_zh: str
    place_id: str | None
    staff_id: str | None
    offer_id: str | None
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class PutCodes:
    """Add or change a brand's codes."""

    brand_id: str
    rows: Sequence[CodeRow]


_CODE_PARAMS: dict[str, type[TypeEngine[Any]] | TypeEngine[Any]] = {
    "brand_id": Text,
    "id": Text,
    "slug": Text,
    "kind": Text,
    "campaign": Text,
    "label_en": Text,
    "label_zh": Text,
    "place_id": Text,
    "staff_id": Text,
    "offer_id": Text,
    "lat": Float(53),
    "lon": Float(53),
}
_CHANGED = [name for name in _CODE_PARAMS if name not in ("brand_id", "id", "slug")]
# The slug is part of the guard: what is printed stays what it is.
_PUT_CODE = Change(
    _CODE_PARAMS,
    lambda v: (
        update(code)
        .where(code.c.brand_id == v.brand_id, code.c.id == v.id, code.c.slug == v.slug)
        .values({name: getattr(v, name) for name in _CHANGED})
    ),
)


def put_codes(tx: Tx, command: PutCodes) -> int:
    """Add codes, or change all but the slug of those that exist; the count of rows comes back.

    Errors: Refusal loop.slug_malformed, loop.kind_unknown; loop.slug_taken (slug) when another code, of any
    brand, has it; loop.slug_fixed (slug) when the code has another slug already.
    """
    rows = [
        {
            "brand_id": command.brand_id,
            "id": row.code_id,
            "slug": check_slug(row.slug),
            "kind": check_kind(row.kind),
            "campaign": row.campaign,
            "label_en": row.label_en,
            "label_zh": row.label_zh,
            "place_id": row.place_id,
            "staff_id": row.staff_id,
            "offer_id": row.offer_id,
            "lat": row.lat,
            "lon": row.lon,
        }
        for row in sorted(command.rows, key=lambda row: row.code_id)
    ]
    if len({row.code_id for row in command.rows}) < len(rows):
        raise ValueError("a code is put once in a command")
    tx.insert_many(code, rows, ignore_existing=True)
    if tx.change(_PUT_CODE, rows) != len(rows):
        raise _slug_refusal(tx, command)
    return len(rows)


def _slug_refusal(tx: Tx, command: PutCodes) -> Refusal:
    """Which slug was the trouble; only the caller's own slug is told."""
    owner_of = {
        row.slug: (row.brand_id, row.id)
        for row in tx.rows(
            select(code.c.brand_id, code.c.id, code.c.slug).where(
                code.c.slug.in_({row.slug for row in command.rows})
            )
        )
    }
    for row in command.rows:
        owner = owner_of.get(row.slug)
        if owner is not None and owner != (command.brand_id, row.code_id):
            return SLUG_TAKEN(slug=row.slug)
    changed = next(row.slug for row in command.rows if row.slug not in owner_of)
    return SLUG_FIXED(slug=changed)


@dataclass(frozen=True, slots=True)
class RecordTouch:
    """A device met a code. `person_id` only after consent to measurement."""

    touch_id: str
    slug: str
    device_id: str
    person_id: str | None
    at: datetime


def record_touch(tx: Tx, command: RecordTouch) -> TouchedCode:
    """Record the touch, once for each touch id, and say what was touched.

    Errors: Refusal loop.code_unknown.
    """
    found = code_by_slug(tx, command.slug)
    if found is None:
        raise CODE_UNKNOWN()
    row = {
        "brand_id": found.brand_id,
        "id": command.touch_id,
        "code_id": found.code_id,
        "device_id": command.device_id,
        "person_id": command.person_id,
        "at": command.at,
    }
    if tx.insert_many(touch, [row], ignore_existing=True):
        tx.announce(
            Touched(
                at=command.at,
                brand_id=found.brand_id,
                place_id=found.place_id,
                person_id=command.person_id,
                touch_id=command.touch_id,
                code_id=found.code_id,
                kind=found.kind,
                campaign=found.campaign,
            )
        )
    return TouchedCode(
        brand_id=found.brand_id,
        code_id=found.code_id,
        kind=found.kind,
        campaign=found.campaign,
        offer_id=found.offer_id,
        place_id=found.place_id,
        label_en=found.label_en,
        label_zh=found.label_zh,
    )


@dataclass(frozen=True, slots=True)
class LinkTouches:
    """Consent to measurement was given at `at` by a person known on these devices."""

    brand_id: str
    device_ids: Sequence[str]
    person_id: str
    at: datetime


def link_touches(tx: Tx, command: LinkTouches) -> int:
    """Say whose the devices' touches are; the count linked comes back.

    Only touches that nobody has, and that can still earn credit (`CREDIT_WINDOW`): no more than is needed.
    """
    t = touch.c
    return tx.run(
        update(touch)
        .where(t.brand_id == command.brand_id, t.device_id.in_(list(command.device_ids)))
        .where(t.person_id.is_(None), t.at >= command.at - CREDIT_WINDOW, t.at <= command.at)
        .values(person_id=command.person_id)
    ).rowcount


@dataclass(frozen=True, slots=True)
class UnlinkTouches:
    """Consent to measurement was withdrawn."""

    brand_id: str
    person_id: str


def unlink_touches(tx: Tx, command: UnlinkTouches) -> int:
    """Forget whose the person's touches were; the count comes back. Credit already given stays: it names no one."""
    return tx.run(
        update(touch)
        .where(touch.c.brand_id == command.brand_id, touch.c.person_id == command.person_id)
        .values(person_id=None)
    ).rowcount


@dataclass(frozen=True, slots=True)
class GiveCredit:
    """Credit a settled sale to the code of one touch; `rule` says why that one."""

    brand_id: str
    sale_id: str
    code_id: str
    touch_id: str
    rule: str
    currency: str
    amount_minor: int
    at: datetime


def give_credit(tx: Tx, credits: Sequence[GiveCredit]) -> None:
    """Give many sales' credit.

    Errors: Refusal loop.credit_given_before when a sale has credit already; loop.code_unknown.
    """
    if not credits:
        return
    codes = {(given.brand_id, given.code_id) for given in credits}
    campaigns = campaigns_of(tx, codes)
    if len(campaigns) != len(codes):
        raise CODE_UNKNOWN()
    rows = [
        {
            "brand_id": given.brand_id,
            "sale_id": given.sale_id,
            "code_id": given.code_id,
            "touch_id": given.touch_id,
            "rule": given.rule,
            "currency": given.currency,
            "amount_minor": given.amount_minor,
            "returned_minor": 0,
            "at": given.at,
        }
        for given in credits
    ]
    if tx.insert_many(credit, rows, ignore_existing=True) != len(rows):
        raise CREDIT_GIVEN_BEFORE()
    for given in credits:
        tx.announce(
            CreditGiven(
                at=given.at,
                brand_id=given.brand_id,
                sale_id=given.sale_id,
                code_id=given.code_id,
                campaign=campaigns[given.brand_id, given.code_id],
                amount_minor=given.amount_minor,
                currency=given.currency,
            )
        )


@dataclass(frozen=True, slots=True)
class ReverseCredit:
    """A return gives this much of a sale back."""

    brand_id: str
    sale_id: str
    amount_minor: int
    at: datetime


_TAKE_BACK = Change(
    {"brand_id": Text, "sale_id": Text, "amount_minor": BigInteger},
    lambda v: (
        update(credit)
        .where(credit.c.brand_id == v.brand_id, credit.c.sale_id == v.sale_id)
        .where(credit.c.returned_minor + v.amount_minor <= credit.c.amount_minor)
        .values(returned_minor=credit.c.returned_minor + v.amount_minor)
    ),
)


def reverse_credit(tx: Tx, reversals: Sequence[ReverseCredit]) -> int:
    """Take credit back; sales without credit are skipped. The count of sales changed comes back.

    Errors: Refusal loop.credit_not_reversible when more would come back than was credited.
    """
    taken: dict[tuple[str, str], int] = defaultdict(int)
    when: dict[tuple[str, str], datetime] = {}
    for reversal in reversals:
        if reversal.amount_minor < 0:
            raise ValueError("a reversal takes credit back, it never gives it")
        if reversal.amount_minor:
            taken[reversal.brand_id, reversal.sale_id] += reversal.amount_minor
            when[reversal.brand_id, reversal.sale_id] = reversal.at
    if not taken:
        return 0
    found = credits_of(tx, taken)
    rows = [{"brand_id": key[0], "sale_id": key[1], "amount_minor": taken[key]} for key in found]
    tx.change_all(_TAKE_BACK, rows, CREDIT_NOT_REVERSIBLE())
    for key, row in found.items():
        tx.announce(
            CreditReversed(
                at=when[key],
                brand_id=row.brand_id,
                sale_id=row.sale_id,
                code_id=row.code_id,
                campaign=row.campaign,
                amount_minor=taken[key],
                currency=row.currency,
            )
        )
    return len(found)
