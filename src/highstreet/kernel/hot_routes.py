"""The few routes that are asked most, answered without the framework's layers.

Each is declared in its front as an ordinary FastAPI route, too, with the same body model and the same
function behind it. A request goes the short way only while everything about it is plain: a bearer's key that
may ask, a body in JSON that fits the model. Anything else is handed, body and all, to the ordinary route,
so that every refusal of a request is told in one place. Why: docs/performance.md.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from highstreet.kernel.errors import Refusal
from highstreet.kernel.permissions import Actor
from highstreet.kernel.request_log import Asgi, Receive, Scope, Send
from highstreet.kernel.web import ActorCache, Needs, refuse


@dataclass(frozen=True, slots=True)
class HotRoute:
    """A POST route: `run(program, actor, body)` returns a status and an answer in plain JSON values."""

    path: str
    operation_id: str
    needs: Needs
    body: type[BaseModel]
    run: Callable[[Any, Actor, Any], Awaitable[tuple[int, Any]]]


class HotRoutes:
    """Answers the hot routes; everything else goes on to the application."""

    def __init__(self, app: Asgi, owner: Any, routes: Sequence[HotRoute], limit_bytes: int) -> None:
        self.app = app
        self.owner = owner
        self.limit_bytes = limit_bytes
        self._routes: Mapping[str, tuple[HotRoute, TypeAdapter[Any], Any]] = {
            hot.path: (hot, TypeAdapter(hot.body), _Named(hot.operation_id)) for hot in routes
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a hot route, or pass the request on."""
        known = self._routes.get(scope["path"]) if scope["type"] == "http" else None
        if known is None or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        hot, adapter, named = known
        actor = await self._actor(hot, scope["headers"])
        if actor is None:
            await self.app(scope, receive, send)
            return
        messages, content = await _whole_body(receive, self.limit_bytes)
        asked = None
        if content is not None:
            try:
                asked = adapter.validate_json(content)
            except ValidationError:
                asked = None
        if asked is None:
            await self.app(scope, _replay(messages, receive), send)
            return
        scope["route"] = named  # for the measurements
        try:
            status, answer = await hot.run(self.owner.state.program, actor, asked)
        except Refusal as refusal:
            await refuse(refusal, scope, receive, send)
            return
        told = orjson.dumps(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(told))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": told})

    async def _actor(self, hot: HotRoute, headers: Sequence[tuple[bytes, bytes]]) -> Actor | None:
        token, is_json = "", False
        for name, value in headers:
            if name == b"authorization":
                if token or value[:7].lower() != b"bearer ":
                    return None
                token = value[7:].decode("latin-1").strip()
            elif name == b"content-type":
                is_json = value == b"application/json"
        if not token or not is_json:
            return None
        actors: ActorCache = self.owner.state.actors
        actor = await actors.resolve(token)
        try:
            return hot.needs.admit(actor) if actor is not None else None
        except Refusal:
            return None


class _Named:
    def __init__(self, operation_id: str) -> None:
        self.operation_id = operation_id


async def _whole_body(receive: Receive, limit_bytes: int) -> tuple[list[Any], bytes | None]:
    """The messages taken, and the body; None when it is not whole or over the limit."""
    messages, parts, length = [], [], 0
    while True:
        message = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        part = message.get("body", b"")
        parts.append(part)
        length += len(part)
        if length > limit_bytes:
            return messages, None
        if not message.get("more_body", False):
            return messages, parts[0] if len(parts) == 1 else b"".join(parts)


def _replay(messages: list[Any], receive: Receive) -> Receive:
    """The messages again, then what comes after them."""
    left = iter(messages)

    async def again() -> Any:
        for message in left:
            return message
        return await receive()

    return again
