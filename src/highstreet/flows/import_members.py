"""Members from a file. Nobody consents by being in a file: consent is asked of each person, later."""

from typing import NamedTuple

from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import from_micros
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import NewPerson, add_people
from highstreet.rooms.members import JoinBrand, join_brand, members_for


class MemberImport(NamedTuple):
    """One membership; without a phone the person is known to this brand's files only."""

    member_ref: str
    phone: str | None
    joined_at: int
    home_place_id: str | None
    entry: str
    locale: str


def member_id_of(brand_id: str, member_ref: str) -> str:
    """The id of an imported member."""
    return stable_id("mbr", brand_id, member_ref)


def import_members(tx: Tx, batch: ImportBatch[MemberImport]) -> ImportState:
    """Make people and memberships that are not there yet; those that are stay as they are.

    Errors: as `add_people` and `join_brand`.
    """
    brand_id = batch.brand_id
    ids = [member_id_of(brand_id, row.member_ref) for row in batch.groups]
    known = members_for(tx, [(brand_id, member_id) for member_id in ids])
    new = [(row, one) for row, one in zip(batch.groups, ids, strict=True) if (brand_id, one) not in known]
    people = add_people(
        tx,
        [
            NewPerson(
                stable_id("psn", brand_id, row.member_ref), row.phone, row.locale, from_micros(row.joined_at)
            )
            for row, _ in new
        ],
    )
    joined = 0
    for (row, member_id), person_id in zip(new, people, strict=True):
        made = join_brand(
            tx,
            JoinBrand(
                brand_id=brand_id,
                member_id=member_id,
                person_id=person_id,
                entry=row.entry,
                home_place_id=row.home_place_id,
                at=from_micros(row.joined_at),
            ),
        )
        joined += made.member_id == member_id
    return count_batch(tx, batch, joined, len(batch.groups) - joined)
