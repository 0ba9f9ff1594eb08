"""The web framework, met once: problems (RFC 9457), who asks, body limit, request log, live streams.

Fronts declare who may ask with `needs(...)` on every route; a house test holds them to it.
"""

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, get_args

import orjson
import structlog
from fastapi import Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.responses import Response
from fastapi.security.base import SecurityBase
from fastapi.sse import ServerSentEvent
from pydantic import BaseModel, ConfigDict, Field
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY, RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect

from highstreet.kernel import errors
from highstreet.kernel.browsers import (
    audience_of,
    cookie_of,
    is_cross_site,
    is_from_page,
    session_cookie,
)
from highstreet.kernel.errors import Refusal
from highstreet.kernel.i18n import negotiate, refusal_texts
from highstreet.kernel.live import Live, Topic
from highstreet.kernel.malformed import told_errors
from highstreet.kernel.outbox import StoredEvent, last_seq
from highstreet.kernel.permissions import NOBODY, Actor, ActorKind, Permission
from highstreet.kernel.request_log import Asgi, Receive, Scope, Send, route_of
from highstreet.kernel.time import Clock, SystemClock

log = structlog.get_logger("highstreet.web")


class WrongField(BaseModel):
    """What is wrong with one field of a malformed request."""

    where: Literal["body", "query", "path", "header", "cookie"] = Field(alias="in")
    pointer: str = Field(description="JSON pointer to it.", examples=["#/tenders/0/rail"])
    reason: str = Field(description="Stable word.", examples=["literal_error"])
    detail: str
    allowed: list[str | int] | None = Field(None, description="Where only few values are allowed: these.")


class Problem(BaseModel):
    """A refusal as RFC 9457 tells it. `code` is stable; texts follow Accept-Language (en, zh)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Address of the page that explains the code.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable dotted code, listed in docs/errors.md.")
    facts: dict[str, str | int | float | bool | None] = Field(description="What the texts speak of.")
    errors: list[WrongField] | None = Field(None, description="Field by field, when it is malformed.")


_PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {**_PROBLEM, "description": text}
    for status, text in {
        400: "The request is not HTTP as it should be",
        401: "Nobody is signed in",
        403: "Not allowed",
        404: "Not there, or not yours",
        405: "Method not allowed",
        409: "Refused: the state of things does not allow it",
        413: "Body too large",
        415: "Not JSON",
        422: "Malformed",
        429: "Too often",
        503: "Busy: try again later",
    }.items()
}


def problem_response(refusal: Refusal, locale: str, wrong: list[dict[str, Any]] | None = None) -> Response:
    """A refusal as an answer; `wrong` tells of single fields."""
    title, detail = refusal_texts(locale, refusal.code, refusal.facts)
    body = {
        "type": f"/problems/{refusal.code}",
        "title": title,
        "status": refusal.status,
        "detail": detail,
        "code": refusal.code,
        "facts": refusal.facts,
    }
    if wrong:
        body["errors"] = wrong
    headers = {"Content-Language": locale}
    retry_after = refusal.facts.get("retry_after_s")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if refusal.status in (413, 500):  # the rest of the body is not read; the server gives up after a fault
        headers["Connection"] = "close"
    return Response(orjson.dumps(body), refusal.status, headers, "application/problem+json")


async def refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request with a refusal, where there is no framework around it."""
    await problem_response(refusal, locale_of(Request(scope)))(scope, receive, send)


_HTTP_KINDS = {
    404: errors.REQUEST_NOT_FOUND,
    405: errors.METHOD_NOT_ALLOWED,
    413: errors.REQUEST_TOO_LARGE,
    415: errors.MEDIA_UNSUPPORTED,
}


def install_problems(app: FastAPI) -> None:
    """Turn every exception into one problem answer."""

    async def refused(request: Request, problem: Any) -> Response:
        return problem_response(problem, locale_of(request))

    async def malformed(request: Request, problem: Any) -> Response:
        first = problem.errors()[0]
        if first["loc"] == ("body",) and first["type"] != "missing" and not _is_json(request):
            return problem_response(errors.MEDIA_UNSUPPORTED(), locale_of(request))
        where = ".".join(str(part) for part in first["loc"])
        refusal, locale = (
            errors.REQUEST_MALFORMED(field=where[:120], reason=first["type"]),
            locale_of(request),
        )
        return problem_response(refusal, locale, told_errors(locale, problem.errors()))

    async def http(request: Request, problem: Any) -> Response:
        kind = _HTTP_KINDS.get(problem.status_code, errors.REQUEST_MALFORMED)
        facts: dict[str, Any] = {}
        if kind is errors.REQUEST_MALFORMED:
            facts = {"field": "body", "reason": "http"}
        elif kind is errors.REQUEST_TOO_LARGE:
            facts = {"limit_bytes": request.scope.get(MAX_BODY_SIZE_SCOPE_KEY)}
        answer = problem_response(kind(**facts), locale_of(request))
        for name, value in (problem.headers or {}).items():
            answer.headers[name] = value
        return answer

    async def hung_up(request: Request, _problem: Any) -> Response:  # nobody is left to read it
        return problem_response(
            errors.REQUEST_MALFORMED(field="body", reason="incomplete"), locale_of(request)
        )

    async def failed(request: Request, problem: Any) -> Response:
        return problem_response(note_failure(request, problem), locale_of(request))

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(ClientDisconnect, hung_up)
    app.add_exception_handler(Exception, failed)


def note_failure(request: Request, problem: Exception) -> Refusal:
    """Write a fault of ours to the log; what the caller is told of it: nothing but that it was ours."""
    log.error("request_failed", path=route_of(request.scope), exc_info=problem)
    return errors.INTERNAL_ERROR()


def page_refusal(request: Request, problem: Exception) -> Refusal:
    """What a page says of an exception. Errors: the exception itself where no page may stand for it."""
    if isinstance(problem, Refusal):
        return problem
    if isinstance(problem, HTTPException | ClientDisconnect):
        raise problem
    if not isinstance(problem, RequestValidationError):
        return note_failure(request, problem)
    first = problem.errors()[0]
    where = [str(part) for part in first["loc"]]
    if where[0] != "query":  # an address that nobody gave them
        return errors.REQUEST_NOT_FOUND()
    return errors.REQUEST_MALFORMED(field=".".join(where)[:120], reason=first["type"])


def _is_json(request: Request) -> bool:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media == "application/json" or (media.startswith("application/") and media.endswith("+json"))


def locale_of(request: Request) -> str:
    """The language to answer in."""
    return negotiate(request.headers.get("accept-language"))


class Needs(SecurityBase):
    """A route's declared actor: the kinds that may ask, and the permission they must hold somewhere.

    Whether the permission reaches the thing asked about is checked in the flow, where the thing is known.
    """

    def __init__(self, kinds: tuple[ActorKind, ...], permission: Permission | None) -> None:
        self.kinds = kinds
        self.permission = permission
        self.scheme_name = "bearer"
        self.model = HTTPBearerModel(
            description="A session token or a register key; browsers send it in the audience's cookie instead."
        )

    async def __call__(self, request: Request, response: Response) -> Actor:
        """Who asks, by header or else by cookie.

        Errors: auth.required 401, auth.forbidden 403; request.cross_site 403 for a change that another site's
        page may have made a browser ask for.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        actor: Actor | None = None
        if not token or scheme.lower() != "bearer":
            token = _cookie_token(request, response)
        if token:
            actor = await request.app.state.actors.resolve(token.strip())
        if actor is None:
            if ActorKind.NOBODY in self.kinds:
                return NOBODY
            raise errors.AUTH_REQUIRED()
        return self.admit(actor)

    def admit(self, actor: Actor) -> Actor:
        """The actor, if they may ask here. Errors: auth.forbidden 403."""
        if actor.kind not in self.kinds:
            if ActorKind.NOBODY in self.kinds:
                return NOBODY
            kind = errors.AUTH_IN_TRAINING if actor.kind is ActorKind.TRAINING else errors.AUTH_FORBIDDEN
            raise kind(permission=" ".join(self.kinds))
        if self.permission is not None and not actor.scopes(self.permission):
            raise errors.AUTH_FORBIDDEN(permission=self.permission.value)
        return actor


def _cookie_token(request: Request, response: Response) -> str:
    """The key in this audience's cookie, or nothing; whoever says to be a page must be one of ours."""
    audience = audience_of(request.scope["path"])
    token = request.cookies.get(cookie_of(audience), "") if audience else ""
    is_page = token or is_from_page(request.headers)
    if is_page and is_cross_site(request.method, request.headers):
        raise errors.CROSS_SITE()
    if token:
        response.headers["Cache-Control"] = "no-store"
    return token


def keep_session(
    request: Request, response: Response, token: str, max_age_s: int, audience: str | None = None
) -> bool:
    """Put a session into the cookie of the page that asked for it; False when no page of ours asked.

    A token in a cookie is told to no script: leave it out of the answer then. An age of 0 ends the cookie.
    The audience is that of the request's path unless another is given.
    """
    audience = audience or audience_of(request.scope["path"])
    if audience is None or not is_from_page(request.headers):
        return False
    is_secure = request.url.scheme == "https" or request.app.state.program.settings.public_url.startswith(
        "https://"
    )
    if audience == "shop":  # most shoppers are nobody: their page need not ask to know
        response.headers.append("Set-Cookie", f"hs_shop_in=1; Max-Age={max_age_s}; Path=/shop; SameSite=Lax")
    line = session_cookie(audience, token, max_age_s=max_age_s, is_secure=is_secure)
    response.headers.append("Set-Cookie", line)
    return True


def needs(*kinds: ActorKind, permission: Permission | None = None) -> Any:
    """Declare a route's actor: `actor: Annotated[Actor, needs(ActorKind.REGISTER)]`."""
    return Depends(Needs(kinds, permission))


def one_of_few(asker: Any) -> Any:
    """Declare a stream's actor, given as the `Annotated[Actor, ...]` of other routes.

    Errors: stream.too_many 429 when this actor has eight open.
    """
    who = get_args(asker)[1]

    async def listening(request: Request, actor: Annotated[Actor, who]) -> AsyncIterator[Actor]:
        live: Live = request.app.state.program.live
        with live.held(
            f"{actor.kind}:{actor.brand_id}:{actor.id}"
        ):  # brands choose the ids of their own keys
            yield actor

    return Depends(listening)


_AT_REGISTERS = (ActorKind.REGISTER, ActorKind.TRAINING)


class ActorCache:
    """Resolves tokens, remembering the answer until something about sessions, keys or roles changes.

    `forget()` is called for every committed event in this process and every NOTIFY from others; the time
    limit is the backstop when a notice is lost.
    """

    def __init__(
        self,
        resolve: Callable[[str], Awaitable[Actor | None]],
        seconds: float = 10,
        size: int = 50_000,
        clock: Clock | None = None,
    ) -> None:
        self._resolve = resolve
        self._clock = clock or SystemClock()
        self._seconds = seconds
        self._size = size
        self._known: dict[str, tuple[float, Actor]] = {}
        self._generation = 0

    async def resolve(self, token: str) -> Actor | None:
        """The actor of a token, or None. Unknown tokens are not remembered."""
        known = self._known.get(token)
        if known is not None and known[0] > time.monotonic() and not self._is_over(known[1]):
            return known[1]
        generation = self._generation
        actor = await self._resolve(token)
        if actor is None:
            self._known.pop(token, None)
            return None
        if generation == self._generation:  # nothing was revoked while we looked
            if len(self._known) >= self._size:
                self._known.clear()
            # Not all at once: a chain that opened in one minute would be looked up again in one minute.
            lasts_s = self._seconds * random.uniform(0.5, 1)  # noqa: S311
            self._known[token] = (time.monotonic() + lasts_s, actor)
        return actor

    def _is_over(self, actor: Actor) -> bool:
        return actor.expires_at is not None and actor.expires_at <= self._clock.now()

    def forget(self, *, registers_too: bool = True) -> None:
        """Something about sessions, keys or roles changed; about registers' keys or places, where they are meant, too."""
        self._generation += 1
        if registers_too:
            self._known.clear()
        else:
            self._known = {t: kept for t, kept in self._known.items() if kept[1].kind in _AT_REGISTERS}


FORM_BYTES = 65_536


class BodyLimit:
    """Refuses bodies over the limit with a problem: by their declared length at once, else as they arrive.

    Starlette counts. It would answer a declared length with plain text whenever the body is not read.
    `files`: addresses that take larger bodies, and forms with files; they must know who asks before they read.
    Other forms are read before anybody is asked who they are: they are plain and short.
    """

    def __init__(self, app: Asgi, limit_bytes: int, files: Mapping[str, int] | None = None) -> None:
        self.limits = {path: max(limit, limit_bytes) for path, limit in (files or {}).items()}
        self.limit_bytes = limit_bytes
        self.apps = {
            limit: RequestBodyLimitMiddleware(app, max_body_size=limit)
            for limit in {limit_bytes, FORM_BYTES, *self.limits.values()}
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counted."""
        if scope["type"] != "http":
            await self.apps[self.limit_bytes](scope, receive, send)
            return
        path, media = scope["path"], Headers(scope=scope).get("content-type", "").lower()
        limit_bytes = self.limits.get(path, self.limit_bytes)
        if "multipart" in media and not (path in self.limits and _is_utf8(media)):
            await refuse(errors.MEDIA_UNSUPPORTED(), scope, receive, send)
            return
        if "x-www-form-urlencoded" in media:
            limit_bytes = min(limit_bytes, FORM_BYTES)
        if _declared_bytes(scope) > limit_bytes:
            await refuse(errors.REQUEST_TOO_LARGE(limit_bytes=limit_bytes), scope, receive, send)
            return
        await self.apps[limit_bytes](scope, _utf8(receive) if "json" in media else receive, send)


def _is_utf8(media: str) -> bool:
    """A form may name any codec that Python has, and some take hours, or give what is no text."""
    charset = parse_options_header(media)[1].get(b"charset", b"utf-8")
    return charset in (b"utf-8", b"utf8")


def _utf8(receive: Receive) -> Receive:
    """The same messages; a body in UTF-16 or UTF-32, as Python would read it too, is no JSON (RFC 8259)."""
    head = b""

    async def checked() -> MutableMapping[str, Any]:
        nonlocal head
        message = await receive()
        if len(head) < 4:
            head += message.get("body", b"")[: 4 - len(head)]
            if b"\0" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise HTTPException(415)
        return message

    return checked


def _declared_bytes(scope: Scope) -> int:
    declared = Headers(scope=scope).get("content-length", "0")
    # A number too long for int() is too long for us.
    return int(declared[:20]) if declared[:20].isascii() and declared[:20].isdigit() else 0


@dataclass(frozen=True, slots=True)
class Since:
    """Where a listener begins: after event number `after`; `newest` was the last when it asked."""

    after: int
    newest: int


async def _since(
    request: Request, last_event_id: Annotated[str | None, Header(pattern=r"^[0-9]{1,18}$")] = None
) -> Since:
    newest = await request.app.state.program.db.read(last_seq)
    return Since(newest if last_event_id is None else int(last_event_id), newest)


Listening = Annotated[Since, Depends(_since)]
"""After the listener's Last-Event-ID, else from now on. Read before the answer begins: what comes after that is told."""

Shown = Callable[[StoredEvent], dict[str, Any] | None]


async def stream(
    live: Live, topic: Topic, since: Since, shown: Shown, until: datetime | None = None
) -> AsyncIterator[ServerSentEvent]:
    """A topic as server-sent events, resumable by Last-Event-ID; `shown` picks what the listener may see.

    It ends at `until`, when the listener's session does.
    """
    yield ServerSentEvent(comment="highstreet", retry=1000)
    async with aclosing(live.subscribe(topic, since.after, until)) as events:
        async for event in events:
            data = shown(event)
            if data is not None:
                yield ServerSentEvent(data=data, event=event.name, id=str(event.seq))
