"""Sales: a list, and each with everything that was computed for it and why."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from highstreet.flows.explain_sale import ExplainedSale, explain_sale
from highstreet.fronts.office.asking import Instant, brand_of, office, program_of
from highstreet.fronts.office.sale_models import ExplainedSaleTold, SaleHeadTold
from highstreet.fronts.staff import PlaceId, SaleId
from highstreet.kernel.permissions import Actor, Permission
from highstreet.kernel.web import PROBLEMS
from highstreet.rooms.sales import Sale, sales_of_brand

router = APIRouter(tags=["office: sales"], responses=PROBLEMS)
SalesReader = Annotated[Actor, office(Permission.SALES_READ)]


@router.get("/sales", operation_id="office_list_sales", summary="Head office lists paid sales")
async def list_sales(
    request: Request,
    actor: SalesReader,
    before: Annotated[Instant | None, Query(description="The paid_at of the last one seen.")] = None,
    before_id: Annotated[SaleId | None, Query(description="The id of the last one seen.")] = None,
    place_id: Annotated[PlaceId | None, Query(description="Only this place's.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[SaleHeadTold]:
    """Paid sales, the newest first."""
    sales = await program_of(request).db.read(
        sales_of_brand,
        brand_of(actor),
        place_ids=None if place_id is None else [place_id],
        before=None if before is None else (before, before_id or ""),
        limit=limit,
    )
    return [SaleHeadTold.model_validate(_head(sale)) for sale in sales]


@router.get(
    "/sales/{sale_id}", operation_id="office_explain_sale", summary="Head office has one sale explained"
)
async def read_sale(request: Request, actor: SalesReader, sale_id: SaleId) -> ExplainedSaleTold:
    """All of a sale: lines, price proof, tenders with evidence, coupons, stock, points, shares, ledger, credit."""
    explained = await program_of(request).db.read(explain_sale, brand_of(actor), sale_id)
    return ExplainedSaleTold.model_validate(_told(explained))


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in type(record).__slots__}


def _head(sale: Sale) -> dict[str, Any]:
    return {**_fields(sale), "lines": len(sale.lines), "is_member": sale.member_id is not None}


def _told(explained: ExplainedSale) -> dict[str, Any]:
    place, sheet, credit = explained.place, explained.sheet, explained.credit
    return {
        **_fields(explained.sale),
        "place_name_en": place.name_en if place else None,
        "place_name_zh": place.name_zh if place else None,
        "proof_holds": explained.proof_holds,
        "tenders": [{**_fields(t.tender), "evidence": t.evidence} for t in explained.tenders],
        "coupons": explained.coupons,
        "stock_moves": explained.stock_moves,
        "points": explained.points,
        "sheet": None
        if sheet is None
        else {
            **_fields(sheet),
            "terms": explained.contract.terms.as_document() if explained.contract else None,
        },
        "transfers": explained.transfers,
        "credit": None if credit is None else {**_fields(credit), "touch": explained.touch},
        "returns": [
            {
                **_fields(r.back),
                "shares": r.shares,
                "stock_moves": r.stock_moves,
                "transfers": r.transfers,
            }
            for r in explained.returns
        ],
        "return_approvals": explained.return_approvals,
        "clerks": explained.clerks,
        "register_approvals": explained.register_approvals,
    }
