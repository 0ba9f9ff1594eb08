"""A provider's bill that somebody uploads, for a rail whose account may be gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from highstreet.flows.match_bill import MatchOwn, bring_in
from highstreet.flows.program import Program
from highstreet.rooms.tenders import UPLOADED, BillLine
from highstreet.rooms.tenders.rails.bill_files import read_bill_file


@dataclass(frozen=True, slots=True)
class BillFile:
    """A file as it was read; `day` is its provider's."""

    rail: str
    day: date
    lines: Sequence[BillLine]


async def upload_bill(program: Program, brand_id: str, file: BillFile) -> None:
    """Match an uploaded bill as a fetched one is; uploaded again it takes the place of the first."""
    command = MatchOwn(brand_id, file.rail, file.day, tuple(file.lines), program.clock.now(), source=UPLOADED)
    await bring_in(program, command)


def read_bill(rail: str, content: bytes, day: date | None) -> BillFile:
    """Read a file; on a thread, it may be long. Errors: as `read_bill_file`."""
    found, lines = read_bill_file(rail, content, day)
    return BillFile(rail, found, lines)
