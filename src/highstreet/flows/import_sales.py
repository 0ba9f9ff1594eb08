"""Sales of the past from a file of lines. They touch no stock, points, shares or ledger: those were settled then."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from highstreet.flows.import_batch import ImportBatch, ImportState, count_batch
from highstreet.flows.import_errors import SALE_DIFFERS
from highstreet.kernel.ids import stable_id
from highstreet.kernel.time import business_day, from_micros
from highstreet.kernel.tx import Tx
from highstreet.rooms.sales import Sale, SaleLine, import_history, sales_for

ORIGIN = "import"
PIECES_MOST = 9_999
"""What a basket at a register holds of one thing at most; a larger quantity is a measure, not pieces."""


class LineImport(NamedTuple):
    """One line of a past sale. Amounts are minor units for the whole line, as the file gives them.

    `other_payer_minor`: the part of the net that somebody else than the shopper paid, a maker's coupon for
    instance. `quantity` 0 is a line of money without goods, kept as one piece and marked in the sale's proof; so
    is a measure of something sold by weight or volume, with the measure.
    """

    sale_ref: str
    place_id: str
    time_zone: str
    at: int
    member_id: str | None
    person_id: str | None
    sku: str
    quantity: int
    list_minor: int
    net_minor: int
    other_payer_minor: int
    owner_party_id: str | None


class GoodsWords(NamedTuple):
    """What a sale's line keeps of its variant."""

    variant_id: str
    gtin: str | None
    name_en: str
    name_zh: str


class SaleImport(NamedTuple):
    """A whole basket, in the order of the file, and its goods by SKU."""

    lines: Sequence[LineImport]
    goods: dict[str, GoodsWords]
    currency: str


def sale_id_of(brand_id: str, place_id: str, sale_ref: str) -> str:
    """The id of an imported sale: receipts are numbered by place."""
    return stable_id("sal", brand_id, place_id, sale_ref)


def import_sales(tx: Tx, batch: ImportBatch[SaleImport]) -> ImportState:
    """Write sales that are not there yet. Errors: Refusal import.sale_differs (409)."""
    sales = [_sale(batch.brand_id, group) for group in batch.groups]
    known = sales_for(tx, {(one.brand_id, one.id) for one in sales})
    for one in sales:
        before = known.get((one.brand_id, one.id))
        if before is not None and _sums(before) != _sums(one):
            raise SALE_DIFFERS(sale_ref=one.proof["sale_ref"])
    new = [one for one in sales if (one.brand_id, one.id) not in known]
    import_history(tx, new)
    imported = sum(len(one.lines) for one in new)
    return count_batch(tx, batch, imported, sum(len(one.lines) for one in sales) - imported)


def _sums(sale: Sale) -> tuple[object, ...]:
    return sale.currency, len(sale.lines), sale.list_minor, sale.total_minor, sale.opened_at


def _sale(brand_id: str, group: SaleImport) -> Sale:
    first = group.lines[0]
    proof: dict[str, Any] = {"kind": ORIGIN, "sale_ref": first.sale_ref}
    lines = tuple(_line(no, line, group.goods[line.sku], proof) for no, line in enumerate(group.lines, 1))
    at = from_micros(first.at)
    list_minor = sum(line.quantity * line.unit_list_minor for line in lines)
    total_minor = sum(line.net_minor for line in lines)
    return Sale(
        brand_id=brand_id,
        id=sale_id_of(brand_id, first.place_id, first.sale_ref),
        place_id=first.place_id,
        register_id=None,
        member_id=first.member_id,
        person_id=first.person_id,
        origin=ORIGIN,
        currency=group.currency,
        list_minor=list_minor,
        discount_minor=list_minor - total_minor,
        total_minor=total_minor,
        proof=proof,
        business_day=business_day(at, first.time_zone).isoformat(),
        opened_at=at,
        lines=lines,
        state="paid",
        paid_at=at,
    )


def _counts_pieces(given: LineImport) -> bool:
    """False for measures (thousandths of a gallon): too many, or worth less than a minor unit each."""
    if not 0 < given.quantity <= PIECES_MOST:
        return False
    return given.list_minor >= given.quantity or given.list_minor == 0


def _line(line_no: int, given: LineImport, goods: GoodsWords, proof: dict[str, Any]) -> SaleLine:
    """A line with its exact net; what had to be bent to whole pieces at a whole unit price stands in the proof."""
    quantity = given.quantity if _counts_pieces(given) else 1
    unit_list_minor = -(-given.list_minor // quantity)
    rounding = quantity * unit_list_minor - given.list_minor
    if rounding:
        proof.setdefault("rounding_minor", {})[str(line_no)] = rounding
    if given.other_payer_minor:
        proof.setdefault("other_payer_minor", {})[str(line_no)] = given.other_payer_minor
    if not given.quantity:
        proof.setdefault("without_goods", []).append(line_no)
    elif given.quantity != quantity:
        proof.setdefault("measured", {})[str(line_no)] = given.quantity
    return SaleLine(
        line_no=line_no,
        variant_id=goods.variant_id,
        gtin=goods.gtin,
        name_en=goods.name_en,
        name_zh=goods.name_zh,
        owner_party_id=given.owner_party_id,
        quantity=quantity,
        unit_list_minor=unit_list_minor,
        discount_minor=quantity * unit_list_minor - given.net_minor,
        net_minor=given.net_minor,
    )
