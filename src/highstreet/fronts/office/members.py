"""Members one by one: what a brand knows of them, without who they are."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import Field

from highstreet.flows.list_members import ListedMember, list_members
from highstreet.fronts.office.asking import Instant, Told, brand_of, office, program_of
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS

router = APIRouter(tags=["office: people"], responses=PROBLEMS)
MembersReader = Annotated[Actor, office(Permission.MEMBERS_READ)]


class MemberTold(Told):
    """A member."""

    member_id: str
    tier: str
    entry: str = Field(description="How they came in.")
    joined_at: datetime
    home_place_id: str | None
    points_pending: int
    points_available: int
    purposes: list[str] = Field(description="What they consent to now.")
    phone: str | None = Field(
        description="Masked; null unless they consent to service.", examples=["+35•••••••567"]
    )


@router.get(
    "/members/list", operation_id="office_list_members", summary="Head office lists members, phones masked"
)
async def read_members(
    request: Request,
    actor: MembersReader,
    before: Annotated[Instant | None, Query(description="The joined_at of the last one seen.")] = None,
    before_id: Annotated[
        str | None, Query(pattern="^mbr_[0-9a-z]{26}$", description="The member_id of the last one seen.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[MemberTold]:
    """Members, the newest first."""
    after = None if before is None else (before, before_id or "")
    found = await program_of(request).db.read(list_members, brand_of(actor), after, limit)
    return [_told(listed) for listed in found]


def _told(listed: ListedMember) -> MemberTold:
    member = listed.member
    return MemberTold(
        member_id=member.member_id,
        tier=member.tier,
        entry=member.entry,
        joined_at=member.joined_at,
        home_place_id=member.home_place_id,
        points_pending=member.points_pending,
        points_available=member.points_available,
        purposes=list(listed.purposes),
        phone=listed.phone,
    )
