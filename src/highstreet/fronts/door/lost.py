"""An address that leads nowhere: a browser gets a page with the way home, a program its problem."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from highstreet.fronts.door.page import pages

Handler = Callable[[Request, Any], Awaitable[Response]]


def install_lost_page(app: FastAPI) -> None:
    """Draw a page where no route was found and a browser asks; call it after the problems are installed."""
    told: Handler = app.exception_handlers[HTTPException]  # type: ignore[assignment]

    async def lost(request: Request, problem: Any) -> Response:
        if problem.status_code == 404 and wants_page(request):
            return pages.answer(request, "lost.html", 404)
        return await told(request, problem)

    app.add_exception_handler(HTTPException, lost)


def wants_page(request: Request) -> bool:
    """Whether a person looks: a browser that goes to an address, and not to one of the API's."""
    is_api = "/v1/" in request.url.path
    return request.method == "GET" and not is_api and "text/html" in request.headers.get("accept", "")
