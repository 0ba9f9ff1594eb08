"""What pages that change something have in common: the audited write, what was typed, and what is said after."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Form, Request, Response

from highstreet.fronts.staff import program_of, write_named
from highstreet.kernel.audit import Audited
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import refusal_texts, text
from highstreet.kernel.money import MAX_AMOUNT_MINOR, Money
from highstreet.kernel.permissions import Actor
from highstreet.kernel.tx import Tx
from highstreet.look import page_locale

C = TypeVar("C")
R = TypeVar("R")
Typed = Annotated[str, Form(max_length=400)]
FIRST_DAY, LAST_DAY = date(2000, 1, 2), date(2199, 12, 30)


async def change(
    request: Request,
    actor: Actor,
    action: str,
    subject_id: str | None,
    flow: Callable[[Tx, C], R],
    command: C,
    **facts: Any,
) -> R:
    """Change something and write down who did; `action` is the name the JSON route gives it."""
    program = program_of(request)
    return await write_named(
        program, Audited(actor, action, subject_id, flow, command, program.clock.now(), facts)
    )


def say(request: Request, key: str, **args: str | int) -> dict[str, str]:
    """The header that makes the page say a text in passing."""
    return {"HX-Trigger": json.dumps({"say": text(page_locale(request), key, **args)})}


def go_to(href: str) -> Response:
    """Answer a form by another page."""
    return Response(None, 204, {"HX-Redirect": href, "Cache-Control": "no-store"})


def problem_of(request: Request, refusal: Refusal) -> tuple[str, str]:
    """Title and detail of a refusal, in the page's language."""
    return refusal_texts(page_locale(request), refusal.code, refusal.facts)


class Read:
    """Reads what was typed; `wrong` gets a text's key for each field that cannot be read."""

    def __init__(self, typed: dict[str, str], currency: str, zone: str) -> None:
        self.typed, self.currency, self.zone = typed, currency, zone
        self.wrong: dict[str, str] = {}

    def text(self, name: str, *, is_needed: bool = True) -> str:
        """A line of text."""
        value = self.typed.get(name, "").strip()
        if not value.isprintable() or (is_needed and not value):
            self.wrong[name] = "office-more_wrong_missing"
        return value

    def money(self, name: str, *, is_needed: bool = True) -> int | None:
        """Minor units of `12.30` or `12,30`; None when nothing was typed and nothing is needed."""
        value = self.typed.get(name, "").strip().replace(",", ".").replace("\N{NO-BREAK SPACE}", "")
        if not value and not is_needed:
            return None
        try:
            minor = Money.from_decimal_text(value, self.currency).amount_minor
        except Refusal:
            minor = -1
        if not 0 <= minor <= MAX_AMOUNT_MINOR:
            self.wrong[name] = "office-more_wrong_money"
            return None
        return minor

    def whole(self, name: str, least: int, most: int, *, is_needed: bool = True) -> int | None:
        """A whole number."""
        value = self.typed.get(name, "").strip()
        if not value and not is_needed:
            return None
        found = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else -1
        if not least <= found <= most:
            self.wrong[name] = "office-more_wrong_number"
            return None
        return found

    def basis_points(self, name: str, least: int = 1, *, is_needed: bool = True) -> int | None:
        """Basis points of a percentage with at most two decimals."""
        value = self.typed.get(name, "").strip().rstrip("%").replace(",", ".")
        if not value and not is_needed:
            return None
        try:
            found = Money.from_decimal_text(value, "EUR").amount_minor
        except Refusal:
            found = -1
        if not least <= found <= 10_000:
            self.wrong[name] = "office-more_wrong_percent"
            return None
        return found

    def day(self, name: str, *, is_end: bool = False) -> datetime | None:
        """The instant at which a day begins at the desk; with `is_end`, at which it is over."""
        try:
            found = date.fromisoformat(self.typed.get(name, ""))
        except ValueError:
            found = date.min
        if not FIRST_DAY <= found <= LAST_DAY:
            self.wrong[name] = "office-more_wrong_day"
            return None
        return day_begins(found + timedelta(days=is_end), self.zone)


def day_begins(day: date, zone: str) -> datetime:
    """Midnight of that day there, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def last_whole_day(ends_at: datetime, zone: str) -> datetime | None:
    """An instant of the last day before an end that is a midnight there; None for an end within a day."""
    is_midnight = ends_at.astimezone(ZoneInfo(zone)).time() == time()
    return ends_at - timedelta(microseconds=1) if is_midnight else None


def day_at(at: datetime, zone: str) -> date:
    """Which day it is there."""
    return at.astimezone(ZoneInfo(zone)).date()


def decimal_text(minor: int | None, currency: str) -> str:
    """What a field for money holds: 12.30."""
    return "" if minor is None else Money(minor, currency).to_decimal_text()
