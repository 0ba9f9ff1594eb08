"""From an effect to an HTTP answer: refusals, and the faults on the way out."""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import replace

import orjson
from starlette.requests import Request
from starlette.responses import Response

from highstreet_simulator.provider.core import NO_EFFECT, Answer, Call, Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Fault, Operation
from highstreet_simulator.provider.moment import Effect

# How far off the fault `clock_skew` dates an answer: further than anyone may accept.
SKEW_S = 3600.0
log = logging.getLogger(__name__)
_TENDER = re.compile(rb"tnd_[0-9a-z]{26}")

Endpoint = Callable[[Request], Coroutine[None, None, Response]]
Perform = Callable[[Call, Effect], Answer]


def json_answer(value: object, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(orjson.dumps(value), status)


def provider_of(request: Request) -> Provider:
    """The provider behind the app."""
    provider: Provider = request.app.state.provider
    return provider


def plain(perform: Callable[[Provider, Request, bytes], object]) -> Endpoint:
    """An unsigned endpoint (/app, /sim): its value as JSON, its refusals as error answers.

    A browser says from which page it asks: other sites' pages have no business here.
    """

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        origin = request.headers.get("origin")
        try:
            if origin is not None and origin.partition("://")[2] != request.headers.get("host"):
                raise ProviderRefusal(403, "foreign_page", "another site's page may not ask this")
            answer = json_answer(perform(provider_of(request), request, body))
        except ProviderRefusal as refusal:
            answer = json_answer(refusal.body(), refusal.status)
        return Response(answer.body, answer.status, media_type=answer.media_type)

    return endpoint


def asked(operation: Operation | Callable[[Call], Operation], perform: Perform) -> Endpoint:
    """A merchant's endpoint: checks who asks, lets the dial's fault strike, seals the answer."""

    async def endpoint(request: Request) -> Response:
        provider = provider_of(request)
        body = await request.body()
        try:
            call = provider.authenticate(request, body)
            kind = operation if isinstance(operation, str) else operation(call)
        except ProviderRefusal as refusal:
            return provider.seal(provider.refuse(refusal, None), None)
        fault = provider.faults.draw(kind, order_in(request.url.path, request.url.query.encode(), body))
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        answer = _answer(call, kind, perform, fault)
        if answer is None:
            return await cut_off(request, fault.seconds)
        if fault.kind == "clock_skew":
            call = replace(call, clock_offset_s=(call.clock_offset_s or 0.0) - SKEW_S)
        return provider.seal(answer, call, is_wrong=fault.kind == "bad_signature")

    return endpoint


def order_in(path: str, *texts: bytes) -> str:
    """Which of the merchant's orders a request is about: the tenders' ids it names, else its path."""
    found = {name.decode() for text in (path.encode(), *texts) for name in _TENDER.findall(text)}
    return " ".join(sorted(found)) or path


def _answer(call: Call, operation: Operation, perform: Perform, fault: Fault) -> Answer | None:
    """Perform a call as its fault wants it; None when there is to be no answer."""
    match fault.kind:
        case "timeout_before_effect":
            return None
        case "timeout_after_effect":
            _perform(call, perform)
            return None
        case "error_500":
            if fault.has_effect:
                _perform(call, perform)
            return call.provider.refuse(ProviderRefusal(500, "system_error", "try again, or query"), None)
        case "answer_unknown":
            if fault.has_effect:
                _perform(call, perform)
            return call.provider.say_unknown(call, operation)
        case "answer_twice":
            _perform(call, perform, Effect(notice_copies=2))
            return _perform(call, perform, Effect(notice_copies=2))
        case "malformed_body":
            whole = _perform(call, perform)
            return Answer(whole.body[: len(whole.body) // 2], whole.status, whole.media_type)
        case "late_success":
            return _perform(call, perform, Effect(late_s=fault.seconds))
        case "decline_risk":
            return _perform(call, perform, Effect(decline_reason="risk"))
        case "missing_rows" | "extra_rows":
            return _perform(call, perform, Effect(bill_fault=fault.kind))
        case _:
            return _perform(call, perform)


def _perform(call: Call, perform: Perform, effect: Effect = NO_EFFECT) -> Answer:
    try:
        return perform(call, effect)
    except ProviderRefusal as refusal:
        return call.provider.refuse(refusal, call)


async def cut_off(request: Request, hang_s: float) -> Response:
    """Say nothing for `hang_s` seconds (or until the caller gives up), then cut the connection."""
    if hang_s > 0:
        try:
            await asyncio.wait_for(_gone(request), hang_s)
        except TimeoutError:
            log.debug("the caller outlasted the hang of %s s", hang_s)
    abort = request.scope.get("extensions", {}).get("provider.abort")
    if abort is None:
        raise ConnectionAbortedError("cut off by a fault")
    abort()
    await _gone(request)
    return Response()  # Goes nowhere: the connection is closed.


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
