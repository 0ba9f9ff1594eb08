"""Counted stock from a file: how many of a variant at a place, and whose."""

from typing import NamedTuple

from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.kernel.ids import stable_id
from highstreet.kernel.tx import Tx
from highstreet.rooms.places import sites_for
from highstreet.rooms.stock import CountRow, CountStock, count_stock


class StockImport(NamedTuple):
    """Pieces of one owner on one shelf."""

    place_id: str
    variant_id: str
    owner_party_id: str
    quantity: int


def import_stock(tx: Tx, batch: ImportBatch[StockImport]) -> ImportState:
    """Set on hand to what the file says, as of the import's start. Errors: as `count_stock`."""
    brand_id = batch.brand_id
    sites = sites_for(tx, {(brand_id, row.place_id) for row in batch.groups})
    cells = {place_id: site.cell for (_, place_id), site in sites.items()}
    rows = [
        CountRow(row.variant_id, cells.get(row.place_id, 0), row.place_id, row.owner_party_id, row.quantity)
        for row in batch.groups
    ]
    ref_id = stable_id("imp", batch.import_name, batch.state.started_at.isoformat())
    changed = count_stock(tx, CountStock(brand_id, batch.state.started_at, ref_id, rows))
    return count_batch(tx, batch, changed, len(rows) - changed)
