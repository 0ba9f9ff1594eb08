"""How a receipt's price came about, for the shopper whose it is."""

from fastapi import APIRouter, Request

from highstreet.flows.explain_receipt import explain_receipt
from highstreet.fronts.shop.access import PRIVATE, Shopper, person_of, problems, program_of
from highstreet.fronts.shop.models.proof import ReceiptProofTold, proof_told
from highstreet.fronts.shop.models.shared import BrandId, SaleId

router = APIRouter(tags=["shop: wallet"], dependencies=[PRIVATE])


@router.get(
    "/receipts/{brand_id}/{sale_id}/proof",
    operation_id="shop_explain_receipt",
    summary="Shopper reads how a receipt's price came about",
    responses=problems(401, 403, 404, 422),
)
async def explain(request: Request, actor: Shopper, brand_id: BrandId, sale_id: SaleId) -> ReceiptProofTold:
    """Rules in order, what each took off each line, what was not applied and why, and which code got credit.

    404 also when it is another person's.
    """
    db = program_of(request).db
    return proof_told(await db.read(explain_receipt, person_of(actor), brand_id, sale_id))
