"""A receipt on paper: bytes for the till's printer, or a page to print."""

from functools import partial
from typing import Annotated, Literal

import segno
from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup

from highstreet.flows.receipt_on_paper import PaperReceipt, receipt_on_paper
from highstreet.fronts.register.paper import escpos, layout
from highstreet.fronts.register.sales import SaleId, Seller, ids_of, program_of
from highstreet.kernel import i18n
from highstreet.kernel.ids import check_id
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.web import PROBLEMS
from highstreet.look import Pages

router = APIRouter(tags=["register: sales"], responses=PROBLEMS)
pages = Pages("register")
Lang = Annotated[Literal["en", "zh"], Query(description="Language of the receipt.")]


def code_of(receipt: PaperReceipt) -> str:
    """What the receipt's QR holds: scanned at any register of the brand it finds the sale (`GET /receipt`)."""
    return receipt.sale_id.partition("_")[2].upper()


async def _receipt(request: Request, actor: Actor, sale_id: str) -> PaperReceipt:
    brand_id, register_id, place_id = ids_of(actor)
    found: PaperReceipt = await program_of(request).db.read(
        partial(receipt_on_paper, is_training=actor.kind is ActorKind.TRAINING),
        brand_id,
        place_id,
        register_id,
        check_id(sale_id, "sal"),
    )
    return found


@router.get(
    "/sales/{sale_id}/receipt.escpos",
    operation_id="register_print_receipt",
    summary="Register asks for a receipt as its printer's bytes",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    },
)
async def print_receipt(
    request: Request,
    actor: Seller,
    sale_id: SaleId,
    width_mm: Annotated[Literal["58", "80"], Query(description="Of the paper.")] = "80",
    lang: Lang = "en",
    opens_drawer: Annotated[bool, Query(description="Kick the cash drawer first.")] = False,
) -> Response:
    """ESC/POS bytes of a paid sale: send them to the printer as they are."""
    receipt = await _receipt(request, actor, sale_id)
    printed = escpos(
        layout(receipt, lang), code_of(receipt), width_mm=int(width_mm), opens_drawer=opens_drawer
    )
    return Response(printed, media_type="application/octet-stream", headers={"Cache-Control": "no-store"})


@router.get(
    "/sales/{sale_id}/receipt.html",
    operation_id="register_show_receipt",
    summary="Register asks for a receipt as a page to print",
    response_class=Response,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def show_receipt(request: Request, actor: Seller, sale_id: SaleId, lang: Lang = "en") -> Response:
    """A page as wide as the paper in the browser's printer; nothing but the receipt is on it."""
    receipt = await _receipt(request, actor, sale_id)
    code = code_of(receipt)
    return pages.answer(
        request,
        "receipt.html",
        locale=lang,
        t=partial(i18n.text, lang),
        rows=layout(receipt, lang),
        code=code,
        qr=Markup(segno.make(code, error="m").svg_inline(border=2, omitsize=True)),  # noqa: S704  segno's own
    )
