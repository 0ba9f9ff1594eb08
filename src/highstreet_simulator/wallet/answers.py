"""From an effect to an HTTP answer: signatures, errors, and the faults on the way out."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

import orjson
from starlette.requests import Request
from starlette.responses import Response

from highstreet_simulator.wallet.core import NO_EFFECT, Wallet
from highstreet_simulator.wallet.errors import WalletRefusal
from highstreet_simulator.wallet.faults import Fault, Operation
from highstreet_simulator.wallet.moment import Effect

log = logging.getLogger(__name__)

JSON = "application/json"
Endpoint = Callable[[Request], Coroutine[None, None, Response]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is signed."""

    body: bytes
    status: int = 200
    media_type: str = JSON


@dataclass(frozen=True, slots=True)
class Call:
    """A signed request whose merchant is known."""

    wallet: Wallet
    request: Request
    merchant_id: str
    body: bytes


Perform = Callable[[Call, Effect], Answer]


def json_answer(value: object, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(orjson.dumps(value), status)


def wallet_of(request: Request) -> Wallet:
    """The wallet behind the app."""
    wallet: Wallet = request.app.state.wallet
    return wallet


def plain(perform: Callable[[Wallet, Request, bytes], object]) -> Endpoint:
    """An unsigned endpoint (/app, /sim): its value as JSON, its refusals as error answers."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        try:
            answer = json_answer(perform(wallet_of(request), request, body))
        except WalletRefusal as refusal:
            answer = json_answer(refusal.body(), refusal.status)
        return Response(answer.body, answer.status, media_type=answer.media_type)

    return endpoint


def signed(operation: Operation, perform: Perform, unknown: dict[str, object]) -> Endpoint:
    """A merchant's endpoint: checks the signature, lets the dial's fault strike, signs the answer.

    `unknown` is what the `answer_unknown` fault puts into the body.
    """

    async def endpoint(request: Request) -> Response:
        wallet = wallet_of(request)
        body = await request.body()
        query = request.scope["query_string"]
        target = request.scope["raw_path"].decode("latin-1") + (
            f"?{query.decode('latin-1')}" if query else ""
        )
        try:
            merchant_id, offset_s = wallet.authenticate(
                request.headers.get("authorization"), request.method, target, body
            )
        except WalletRefusal as refusal:
            return _finish(wallet, json_answer(refusal.body(), refusal.status), None)
        fault = wallet.faults.draw(operation)
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        answer = _answer(Call(wallet, request, merchant_id, body), perform, fault, unknown)
        if answer is None:
            return await cut_off(request, fault.seconds)
        return _finish(wallet, answer, offset_s, is_wrong=fault.kind == "bad_signature")

    return endpoint


def _answer(call: Call, perform: Perform, fault: Fault, unknown: dict[str, object]) -> Answer | None:
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
            return json_answer({"code": "system_error", "message": "try again, or query"}, 500)
        case "answer_unknown":
            if fault.has_effect:
                _perform(call, perform)
            return json_answer(unknown | dict(call.request.path_params))
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
        case _:
            return _perform(call, perform)


def _perform(call: Call, perform: Perform, effect: Effect = NO_EFFECT) -> Answer:
    try:
        return perform(call, effect)
    except WalletRefusal as refusal:
        return json_answer(_about(call) | refusal.body(), refusal.status)


def _about(call: Call) -> dict[str, object]:
    """Whose request and which numbers an error speaks of: a signed error must not pass for another's."""
    asked = dict(call.request.path_params)
    with suppress(orjson.JSONDecodeError):
        body = orjson.loads(call.body or b"{}")
        asked.update(body if isinstance(body, dict) else {})
    numbers = {name: asked.get(name) for name in ("out_trade_no", "out_refund_no")}
    told = {
        name: number for name, number in numbers.items() if isinstance(number, str) and len(number) <= 400
    }
    return {"merchant_id": call.merchant_id, **told}


def _finish(wallet: Wallet, answer: Answer, offset_s: float | None, *, is_wrong: bool = False) -> Response:
    headers = wallet.sign(answer.body, offset_s=offset_s, is_wrong=is_wrong)
    return Response(answer.body, answer.status, headers, answer.media_type)


async def cut_off(request: Request, hang_s: float) -> Response:
    """Say nothing for `hang_s` seconds (or until the caller gives up), then cut the connection."""
    if hang_s > 0:
        try:
            await asyncio.wait_for(_gone(request), hang_s)
        except TimeoutError:
            log.debug("the caller outlasted the hang of %s s", hang_s)
    abort = request.scope.get("extensions", {}).get("wallet.abort")
    if abort is None:
        raise ConnectionAbortedError("cut off by a fault")
    abort()
    await _gone(request)
    return Response()  # Goes nowhere: the connection is closed.


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
