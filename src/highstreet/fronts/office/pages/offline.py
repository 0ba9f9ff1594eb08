"""What the office is shown of registers' offline journals."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from highstreet.fronts.staff import brand_of, program_of
from highstreet.kernel.i18n import refusal_texts
from highstreet.kernel.permissions import Actor
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.registers import (
    Alert,
    Journal,
    StoredEntry,
    alerts_to_see,
    entries_to_see,
    journals_of,
)


@dataclass(frozen=True, slots=True)
class Offline:
    """Journals, and what nobody has dealt with."""

    journals: list[Journal]
    entries: list[StoredEntry]
    alerts: list[Alert]


def offline_of(reader: Reader, brand_id: str, register_id: str | None) -> Offline:
    """Of one register, or of all."""
    where = (reader, brand_id, register_id)
    return Offline(journals_of(*where), entries_to_see(*where), alerts_to_see(*where))


async def offline_shown(request: Request, actor: Actor, register_id: str) -> dict[str, Any]:
    """What the card of one register shows; each problem by its title, and what was otherwise."""
    found = await program_of(request).db.read(offline_of, brand_of(actor), register_id)
    locale = page_locale(request)
    problems = [
        refusal_texts(locale, one.problem["code"], one.problem["facts"])[0] if one.problem else ""
        for one in found.entries
    ]
    # Each kind once: three coupons that were gone are one word.
    differs = [
        list(dict.fromkeys(d["what"] for d in (one.problem or {}).get("differences", ())))
        for one in found.entries
    ]
    told = {"journals": found.journals, "entries": found.entries, "alerts": found.alerts}
    return {**told, "problems": problems, "differs": differs, "register_id": register_id}
