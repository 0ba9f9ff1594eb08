"""The head office puts codes on posters, shelves and phones; what a code points to must be the brand's own."""

from highstreet.kernel.errors import REQUEST_NOT_FOUND
from highstreet.kernel.tx import Tx
from highstreet.rooms.identity import staff_of_brand
from highstreet.rooms.loop import Code, CodeRow, PutCodes, codes_of_brand, put_codes
from highstreet.rooms.offers import offer_by_id
from highstreet.rooms.parties import place_by_id


def put_code(tx: Tx, command: PutCodes) -> Code:
    """Add or change one code.

    Errors: Refusal request.not_found for a place, offer or staff of another brand; loop.slug_taken, slug_fixed.
    """
    row = command.rows[0]
    if not _is_own(tx, command.brand_id, row):
        raise REQUEST_NOT_FOUND()
    put_codes(tx, command)
    return next(c for c in codes_of_brand(tx, command.brand_id) if c.code_id == row.code_id)


def _is_own(tx: Tx, brand_id: str, row: CodeRow) -> bool:
    return (
        (row.place_id is None or place_by_id(tx, brand_id, row.place_id) is not None)
        and (row.offer_id is None or offer_by_id(tx, brand_id, row.offer_id) is not None)
        and (row.staff_id is None or row.staff_id in {s.id for s in staff_of_brand(tx, brand_id)})
    )
