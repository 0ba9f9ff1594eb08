"""A brand's members as its head office may see them: by their number, never by a phone in clear."""

from dataclasses import dataclass
from datetime import datetime

from highstreet.kernel.tx import Reader
from highstreet.rooms.identity import masked_phones
from highstreet.rooms.members import SERVICE, Member, members_for, members_of_brand


@dataclass(frozen=True, slots=True)
class ListedMember:
    """A member, what they consent to, and their phone masked while they consent to service."""

    member: Member
    purposes: tuple[str, ...]
    phone: str | None


def list_members(
    reader: Reader, brand_id: str, before: tuple[datetime, str] | None, limit: int
) -> list[ListedMember]:
    """The newest first; those after (joined_at, member id) of the last one seen."""
    found = members_of_brand(reader, brand_id, before, limit)
    facts = members_for(reader, {(brand_id, member.member_id) for member in found})
    purposes = {f.member_id: f.purposes for f in facts.values()}
    served = [m.person_id for m in found if SERVICE in purposes.get(m.member_id, ())]
    phones = masked_phones(reader, served)
    return [
        ListedMember(m, tuple(sorted(purposes.get(m.member_id, ()))), phones.get(m.person_id)) for m in found
    ]
