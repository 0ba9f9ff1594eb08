"""Members and followers: how many, how it grows, and each as far as they consent."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Path, Query, Request, Response

from highstreet.flows import lists
from highstreet.flows.list_members import ListedMember, list_members
from highstreet.fronts.office.pages.shell import MembersReader, page_router, show
from highstreet.fronts.staff import Id, brand_of, program_of
from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.i18n import text
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Reader
from highstreet.look import page_locale
from highstreet.rooms.identity import masked_phones
from highstreet.rooms.members import SERVICE, consents_of_person, members_for, points_of_member
from highstreet.rooms.parties import places_of_brand

router = page_router()

PAGE = 50
DAYS = 30
MemberId = Annotated[Id, Path(examples=[stable_id("mbr", "example")])]


@router.get("/members")
async def members_page(
    request: Request, actor: MembersReader, before: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Counts, growth, and the newest members."""
    program, brand_id = program_of(request), brand_of(actor)
    now = program.clock.now()

    def read(reader: Reader) -> dict[str, Any]:
        zone = lists.usual_time_zone(reader, brand_id)
        ahead = now.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
        return {
            "zone": zone,
            "tiers": lists.members_by_tier(reader, brand_id),
            "entries": lists.followers_by_entry(reader, brand_id),
            "consents": lists.consents_by_purpose(reader, brand_id),
            "growth": lists.growth_by_day(reader, brand_id, now - timedelta(days=DAYS), ahead),
            "found": list_members(reader, brand_id, _before(before), PAGE + 1),
            "places": {p.id: p for p in places_of_brand(reader, brand_id)},
        }

    shown = await program.db.read(read)
    found: list[ListedMember] = shown.pop("found")
    last = found[PAGE - 1].member if len(found) > PAGE else None
    older = (
        f"/office/members?before={last.joined_at.isoformat().replace('+', '%2B')}~{last.member_id}"
        if last
        else ""
    )
    return await show(
        request,
        actor,
        "members.html",
        members=found[:PAGE],
        older=older,
        first="/office/members" if before else "",
        chart=_chart(shown["growth"], shown["zone"], now, page_locale(request)),
        **shown,
    )


@router.get("/members/{member_id}")
async def member_page(request: Request, actor: MembersReader, member_id: MemberId) -> Response:
    """One member, as far as their consent allows."""
    program, brand_id = program_of(request), brand_of(actor)

    def read(reader: Reader) -> dict[str, Any]:
        member = lists.member_by_id(reader, brand_id, member_id)
        if member is None:
            raise REQUEST_NOT_FOUND()
        key = (brand_id, member_id)
        facts = members_for(reader, {key}).get(key)
        purposes = facts.purposes if facts else frozenset[str]()
        is_served = SERVICE in purposes
        receipts = [c for c in consents_of_person(reader, member.person_id) if c.brand_id == brand_id]
        return {
            "member": member,
            "purposes": purposes,
            "phone": masked_phones(reader, [member.person_id]).get(member.person_id) if is_served else None,
            "receipts": receipts,
            # Each points at a sale: without consent nobody reads here what was bought.
            "points": points_of_member(reader, brand_id, member_id, None, 12) if is_served else None,
            "sales": lists.sales_of_member(reader, brand_id, member.person_id, 20) if is_served else None,
            "places": {p.id: p for p in places_of_brand(reader, brand_id)},
        }

    return await show(request, actor, "member.html", **await program.db.read(read))


def _chart(growth: dict[Any, tuple[int, int, int]], zone: str, now: datetime, locale: str) -> dict[str, Any]:
    last = now.astimezone(ZoneInfo(zone)).date()
    dates = [last - timedelta(days=n) for n in range(DAYS - 1, -1, -1)]
    noon = [datetime(d.year, d.month, d.day, 12, tzinfo=ZoneInfo(zone)) for d in dates]
    return {
        "at": [int(at.timestamp()) for at in noon],
        "zone": zone,
        "step": "day",
        "lines": [
            {
                "label": text(locale, label),
                "kind": kind,
                "values": [growth.get(d, (0, 0, 0))[n] for d in dates],
            }
            for n, (label, kind) in enumerate(
                (("office-joined_col", "bars"), ("office-followed_col", "dashes"))
            )
        ],
    }


def _before(given: str) -> tuple[datetime, str] | None:
    at, _, member_id = given.partition("~")
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (found, member_id[:40]) if found.tzinfo is not None else None
