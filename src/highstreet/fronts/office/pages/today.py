"""Today as it comes."""

from fastapi import Request, Response

from highstreet.fronts.office.pages.shell import SalesReader, page_router, show

router = page_router()


@router.get("/")
async def today_page(request: Request, actor: SalesReader) -> Response:
    """The day so far."""
    return await show(request, actor, "today.html")
