"""What landlords took at counters in their buildings, against what they report."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import Query, Request, Response

from highstreet.flows.compare_takings import compare_takings
from highstreet.flows.office_desk import desk_of
from highstreet.fronts.office.pages.changes import day_at
from highstreet.fronts.office.pages.shell import page_router, show
from highstreet.fronts.office.settlements import EarningsReader
from highstreet.fronts.staff import brand_of, program_of
from highstreet.rooms.parties import PartyKind, parties_of_brand, places_of_brand

router = page_router()
Month = Annotated[str, Query(pattern="^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")]


@router.get("/takings")
async def takings_page(
    request: Request,
    actor: EarningsReader,
    party: Annotated[str, Query(max_length=40)] = "",
    month: Month = "",
) -> Response:
    """A landlord's month, day by day; what differs first."""
    db, brand_id = program_of(request).db, brand_of(actor)
    desk = await db.read(desk_of, brand_id, actor.id)
    parties = await db.read(parties_of_brand, brand_id)
    landlords = sorted(
        (one for one in parties if one.kind is PartyKind.LANDLORD), key=lambda one: one.name_en
    )
    chosen = next((one for one in landlords if one.id == party), landlords[0] if landlords else None)
    month = month or f"{day_at(program_of(request).clock.now(), desk.zone):%Y-%m}"
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    found = [] if chosen is None else await db.read(compare_takings, brand_id, chosen.id, first, last)
    found = sorted(found, key=lambda one: (one.difference_minor == 0, one.day, one.place_id))
    return await show(
        request,
        actor,
        "takings.html",
        landlords=landlords,
        chosen=chosen,
        month=month,
        found=found,
        differing=sum(one.difference_minor != 0 for one in found),
        places={one.id: one for one in await db.read(places_of_brand, brand_id)},
    )
