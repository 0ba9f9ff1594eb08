"""Write where places stand; the stock of a place that moved follows it into its new cell."""

from highstreet.kernel.tx import Tx
from highstreet.rooms.places import MovedSite, PutSites, put_sites
from highstreet.rooms.stock import MoveCell, move_cell


def place_sites(tx: Tx, command: PutSites) -> list[MovedSite]:
    """The places that moved come back. Errors: as `places.put_sites`."""
    moved = put_sites(tx, command)
    move_cell(tx, [MoveCell(one.brand_id, one.place_id, one.cell) for one in moved])
    return moved
