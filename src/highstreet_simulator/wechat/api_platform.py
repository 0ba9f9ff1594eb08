"""/sim/platform: what whoever runs the simulation can do with WeChat Pay alone."""

from typing import Annotated, Literal, Protocol, cast

from pydantic import Field
from starlette.requests import Request
from starlette.routing import Route

from highstreet_simulator.provider import notices, refunds
from highstreet_simulator.provider.answers import plain
from highstreet_simulator.provider.core import Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.orders import Body, read_body
from highstreet_simulator.provider.views import show_refund


class Platform(Protocol):
    """What this face adds to the shared core."""

    limited: int
    """So many calls are still to be refused with 429."""

    def rotate(self) -> dict[str, str]:
        """Put a new platform certificate in force."""
        ...

    def tell_platform(self) -> dict[str, str]:
        """The public key, its id, and the serial number of the certificate in force."""
        ...


class Limit(Body):
    """POST /sim/platform/limit"""

    times: Annotated[int, Field(ge=0, le=1000)]


class Ending(Body):
    """POST /sim/platform/refund-ends"""

    merchant_id: str
    out_refund_no: str
    status: Literal["ABNORMAL", "CLOSED"]


def tell_platform(provider: Provider, _request: Request, _body: bytes) -> object:
    """GET /sim/platform: what a merchant copies from the merchant platform's pages."""
    return _platform(provider).tell_platform()


def rotate(provider: Provider, _request: Request, _body: bytes) -> object:
    """POST /sim/platform/rotate"""
    return _platform(provider).rotate()


def limit(provider: Provider, _request: Request, body: bytes) -> object:
    """POST /sim/platform/limit: so many calls to come are refused with FREQUENCY_LIMITED."""
    _platform(provider).limited = read_body(Limit, body).times
    return {"times": _platform(provider).limited}


def end_refund(provider: Provider, _request: Request, body: bytes) -> object:
    """POST /sim/platform/refund-ends: a refund that is being processed does not succeed, and a notice says so.

    ABNORMAL keeps its money reserved (a person must send it another way), CLOSED lets go of it.
    """
    ending = read_body(Ending, body)
    with provider.store.transaction() as tx:
        moment = provider.moment()
        refund = refunds.find_refund(tx, moment, ending.merchant_id, ending.out_refund_no)
        if refund is None or refund["refund_state"] != "processing":
            raise ProviderRefusal(409, "not_processing", "no such refund is being processed")
        # Never due: the shared core knows only refunds that succeed.
        tx.execute("UPDATE refunds SET due_at = 1e12 WHERE refund_id = ?", (refund["refund_id"],))
        if ending.status == "CLOSED":
            tx.execute(
                "UPDATE trades SET refunded_minor = refunded_minor - ? WHERE trade_id = ?",
                (refund["amount_minor"], refund["trade_id"]),
            )
        provider.store.write_meta(f"refund_ended:{refund['refund_id']}", ending.status)
        kind = f"refund.{ending.status.lower()}"
        notices.queue_notice(tx, moment, kind, ending.merchant_id, show_refund(refund), 1, None)
    provider.wake.set()
    return {"out_refund_no": ending.out_refund_no, "status": ending.status}


def _platform(provider: Provider) -> Platform:
    return cast(Platform, provider)


def routes() -> list[Route]:
    """The routes under /sim/platform."""
    return [
        Route("/sim/platform", plain(tell_platform), methods=["GET"]),
        Route("/sim/platform/rotate", plain(rotate), methods=["POST"]),
        Route("/sim/platform/limit", plain(limit), methods=["POST"]),
        Route("/sim/platform/refund-ends", plain(end_refund), methods=["POST"]),
    ]
