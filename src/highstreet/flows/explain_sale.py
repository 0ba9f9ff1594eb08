"""Everything that was computed for a sale and why, from each room's own records, in one snapshot."""

from dataclasses import dataclass
from typing import Any

from highstreet.flows.lists import (
    PointsRecord,
    StockMoveRecord,
    TouchedWith,
    points_of_sale,
    stock_moves_of,
    touch_with_code,
)
from highstreet.kernel.tx import Reader
from highstreet.rooms.channel import (
    Contract,
    LineShares,
    ShareSheet,
    contracts_of_brand,
    share_reversals_of,
    share_sheets_for,
)
from highstreet.rooms.goods import check_proof
from highstreet.rooms.ledger import TransferRecord, transfers_of
from highstreet.rooms.loop import Credit, credits_for
from highstreet.rooms.offers import Redemption, redemptions_of_sale
from highstreet.rooms.parties import PlaceOfBusiness, place_by_id
from highstreet.rooms.registers import Approval, ClerkAct, approvals_at_registers, clerks_of
from highstreet.rooms.sales import (
    SALE_UNKNOWN,
    ReturnApproval,
    Sale,
    SaleReturn,
    approvals_of,
    returns_of,
    sales_for,
)
from highstreet.rooms.tenders import Evidence, Tender, evidence_of, tenders_for


@dataclass(frozen=True, slots=True)
class ExplainedTender:
    """A tender and all that was said about it."""

    tender: Tender
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class ExplainedReturn:
    """A return and what it reversed."""

    back: SaleReturn
    shares: tuple[LineShares, ...]
    stock_moves: tuple[StockMoveRecord, ...]
    transfers: tuple[TransferRecord, ...]


@dataclass(frozen=True, slots=True)
class ExplainedSale:
    """A sale and everything it set off. `proof_holds` is None for history, which has no proof."""

    sale: Sale
    place: PlaceOfBusiness | None
    proof_holds: bool | None
    tenders: tuple[ExplainedTender, ...]
    coupons: tuple[Redemption, ...]
    stock_moves: tuple[StockMoveRecord, ...]
    points: tuple[PointsRecord, ...]
    sheet: ShareSheet | None
    contract: Contract | None
    transfers: tuple[TransferRecord, ...]
    credit: Credit | None
    touch: TouchedWith | None
    returns: tuple[ExplainedReturn, ...]
    return_approvals: tuple[ReturnApproval, ...]
    # Who was signed in for the sale and for each return, and what was approved at registers by PIN.
    clerks: tuple[ClerkAct, ...]
    register_approvals: tuple[Approval, ...]


def explain_sale(reader: Reader, brand_id: str, sale_id: str) -> ExplainedSale:
    """One sale. Errors: Refusal sales.sale_unknown, also for another brand's."""
    key = (brand_id, sale_id)
    sale = sales_for(reader, [key]).get(key)
    if sale is None:
        raise SALE_UNKNOWN()
    tenders = tenders_for(reader, [key])[key]
    backs = returns_of(reader, brand_id, sale_id)
    # A refund confirmed later by its provider is posted under the refund's own number.
    refund_of = {t.id: t.return_id for t in tenders if t.return_id is not None}
    # So is a part of a sale paid in parts, and what is given back of one that was given up.
    parts = {t.id for t in tenders if t.return_id is None}
    refs = [sale_id, *(back.id for back in backs)]
    moves = stock_moves_of(reader, brand_id, refs)
    transfers = transfers_of(reader, brand_id, [*refs, *refund_of, *sorted(parts)])
    sheet = share_sheets_for(reader, [key]).get(key)
    credit = credits_for(reader, [key]).get(key)
    reversals = share_reversals_of(reader, brand_id, sale_id)
    return ExplainedSale(
        sale=sale,
        place=place_by_id(reader, brand_id, sale.place_id),
        proof_holds=proof_holds(sale),
        tenders=tuple(ExplainedTender(t, tuple(evidence_of(reader, brand_id, t.id))) for t in tenders),
        coupons=tuple(redemptions_of_sale(reader, brand_id, sale_id)),
        stock_moves=tuple(m for m in moves if m.ref_id == sale_id),
        points=()
        if sale.member_id is None
        else tuple(points_of_sale(reader, brand_id, sale.member_id, sale_id)),
        sheet=sheet,
        contract=None if sheet is None else _contract_of(reader, sheet),
        transfers=tuple(t for t in transfers if t.ref_id == sale_id or t.ref_id in parts),
        credit=credit,
        touch=None if credit is None else touch_with_code(reader, brand_id, credit.touch_id),
        returns=tuple(
            ExplainedReturn(
                back=back,
                shares=reversals.get(back.id, ()),
                stock_moves=tuple(m for m in moves if m.ref_id == back.id),
                transfers=tuple(t for t in transfers if refund_of.get(t.ref_id, t.ref_id) == back.id),
            )
            for back in backs
        ),
        return_approvals=tuple(approvals_of(reader, brand_id, sale_id)),
        clerks=tuple(clerks_of(reader, brand_id, refs).values()),
        register_approvals=tuple(approvals_at_registers(reader, brand_id, sale_id)),
    )


def proof_holds(sale: Sale) -> bool | None:
    """Whether the kept proof, recomputed, gives this sale's lines and total; None when there is no proof."""
    if "version" not in sale.proof:
        return None
    # Beside the proof stand the discounts in words, for the receipt.
    proof: dict[str, Any] = {name: part for name, part in sale.proof.items() if name != "discounts"}
    if not check_proof(proof):
        return False
    proved = {line["line_no"]: line["net_minor"] for line in proof["lines"]}
    is_same = proved == {line.line_no: line.net_minor for line in sale.lines}
    return is_same and bool(proof["total_minor"] == sale.total_minor)


def _contract_of(reader: Reader, sheet: ShareSheet) -> Contract | None:
    """The version that was applied, as it stands in the files."""
    for version in contracts_of_brand(reader, sheet.brand_id):
        if (version.id, version.version) == (sheet.contract_id, sheet.contract_version):
            return version
    return None
