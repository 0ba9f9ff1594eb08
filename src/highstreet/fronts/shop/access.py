"""Who asks, through which address, and what every route here needs."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from highstreet.flows.program import Program
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.rate import RateLimit, asker_of
from highstreet.kernel.settings import Settings
from highstreet.kernel.web import PROBLEMS, needs

Anyone = Annotated[Actor, needs(ActorKind.NOBODY, ActorKind.SHOPPER)]
Shopper = Annotated[Actor, needs(ActorKind.SHOPPER)]


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route can answer with, for its documentation."""
    return {status: PROBLEMS[status] for status in (*statuses, 503)}


def program_of(request: Request) -> Program:
    """The running program."""
    program: Program = request.app.state.program
    return program


def person_of(actor: Actor) -> str:
    """The person; `Shopper` has made sure that there is one."""
    return str(actor.person_id)


async def _keep_private(response: Response) -> None:
    response.headers["Cache-Control"] = "no-store"


PRIVATE = Depends(_keep_private)
"""Nobody on the way keeps the answer."""


WRONG_CODES_AN_HOUR = 20


class Rates:
    """What one client address may do, in this process."""

    def __init__(self, settings: Settings) -> None:
        self.sign_ins = RateLimit(settings.sign_ins_an_hour, 3600)
        # Five wrong tries void a phone's code: one address may do so to few.
        self.wrong_codes = RateLimit(min(settings.sign_ins_an_hour, WRONG_CODES_AN_HOUR), 3600)
        self.touches = RateLimit(settings.touches_a_minute, 60)
        self.searches = RateLimit(settings.searches_a_minute, 60)


def rates_of(request: Request) -> Rates:
    """The application's rates; they live as long as it does."""
    state = request.app.state
    if not hasattr(state, "shop_rates"):
        state.shop_rates = Rates(program_of(request).settings)
    rates: Rates = state.shop_rates
    return rates


def address_of(request: Request) -> str:
    """The client's address as the server sees it (behind a proxy: uvicorn's --forwarded-allow-ips)."""
    return asker_of(request.client.host if request.client else None)
