"""Where everything meets: settings in, a running program and its web application out."""

import asyncio
import gc
import hmac
import logging
import socket
from collections.abc import AsyncIterator, Coroutine, MutableMapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from fastapi_offline import FastAPIOffline
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from highstreet import __version__
from highstreet.flows.program import Program
from highstreet.flows.reactions import REACTIONS, SCHEDULE, handlers
from highstreet.flows.resolve_actor import resolve_actor, seen_now
from highstreet.fronts import dealer, door, hooks, office, register, shop
from highstreet.kernel import jobs, web
from highstreet.kernel.db import Database
from highstreet.kernel.errors import AUTH_REQUIRED, BUSY_TRY_LATER, Refusal
from highstreet.kernel.hot_routes import HotRoutes
from highstreet.kernel.live import Live, listen_postgres
from highstreet.kernel.outbox import Relay, last_seq
from highstreet.kernel.permissions import Actor, ActorKind
from highstreet.kernel.request_log import Asgi, Receive, RequestLog, Scope, Send, WebMetrics
from highstreet.kernel.settings import PIN_PURPOSE, Settings
from highstreet.kernel.time import Clock, SystemClock
from highstreet.kernel.tx import Committed
from highstreet.kernel.web import ActorCache, BodyLimit, install_problems, needs
from highstreet.look.web import router as look_router
from highstreet.rooms.identity import HttpSender, NoteSeen, Sender, TerminalSender, note_seen
from highstreet.rooms.tenders.rails.book import RailAccount, Rails
from highstreet.rooms.tenders.rails.from_file import read_rails_file
from highstreet.rooms.tenders.rails.wallet import WalletRail

log = structlog.get_logger("highstreet.app")


def open_program(settings: Settings, clock: Clock | None = None, sender: Sender | None = None) -> Program:
    """Open the database and everything that the fronts and jobs share. Errors: RailsFileWrong."""
    rails = open_rails(settings)  # first: it may refuse, and nothing is to be closed then
    db = Database(
        settings.database_url,
        writers=settings.writers,
        readers=settings.readers,
        queue_limit=settings.queue_limit,
    )
    clock = clock or SystemClock()
    if sender is None:
        sender = HttpSender(settings.sender_url) if settings.sender == "http" else TerminalSender()
    return Program(
        settings=settings,
        db=db,
        live=Live(db, clock),
        clock=clock,
        sender=sender,
        rails=rails,
        member_secret=settings.key_for("member-codes"),
        pepper=settings.key_for(PIN_PURPOSE),
        training_wallet=open_training_wallet(settings),
    )


def open_training_wallet(settings: Settings) -> WalletRail | None:
    """An account of its own, so that no bill of a real one ever holds what was practised."""
    if not settings.training_wallet_url:
        return None
    account = settings.training_wallet_merchant_id
    return WalletRail(settings.training_wallet_url, account, settings.wallet_key, None)


def open_rails(settings: Settings) -> Rails:
    """The rails that the settings name. Errors: RailsFileWrong."""
    accounts = []
    if settings.wallet_url:
        wallet = WalletRail(
            settings.wallet_url,
            settings.wallet_merchant_id,
            settings.wallet_key,
            settings.wallet_platform_key_bytes,
        )
        accounts.append(RailAccount("wallet", wallet))
    if settings.rails_file:
        is_production = settings.mode == "production"
        accounts += read_rails_file(
            Path(settings.rails_file), settings.public_url, is_production=is_production
        )
    return Rails(accounts)


class Worker:
    """Reactions and jobs, run beside the web server (SQLite) or as a process of its own (PostgreSQL)."""

    def __init__(self, program: Program) -> None:
        self.relay = Relay(program.db, REACTIONS, program.clock)
        self.runner = jobs.Runner(program.db, handlers(program, self.relay), program.clock, SCHEDULE)
        self.relay_wake = asyncio.Event()
        self.runner_wake = asyncio.Event()

    async def run(self) -> None:
        """Run until cancelled."""
        await asyncio.gather(self.relay.run(self.relay_wake), self.runner.run(self.runner_wake))

    def wake(self, what: Committed) -> None:
        """Something was committed, here or in another process."""
        if self.relay.wants(what.events):
            self.relay_wake.set()
        if what.has_jobs:
            self.runner_wake.set()

    async def drain(self) -> None:
        """Everything that is due now (tests with a moved clock)."""
        while await self.relay.run_once() or await self.runner.run_once():
            pass


def create_app(program: Program, *, runs_worker: bool | None = None) -> FastAPI:
    """The web application of a program."""
    worker = Worker(program)
    should_work = program.settings.runs_worker if runs_worker is None else runs_worker

    notes = set[asyncio.Task[None]]()  # or else nothing keeps them from being collected

    metrics_token = program.settings.metrics_token.get_secret_value()

    async def look_up(token: str) -> Any:
        if metrics_token and hmac.compare_digest(token.encode(), metrics_token.encode()):
            return Actor(ActorKind.PLATFORM, "metrics")
        now = program.clock.now()
        actor = await program.db.read(resolve_actor, token, now)
        if actor is not None and (seen := seen_now(actor, now)) is not None:
            note = asyncio.create_task(_note(program, seen))
            notes.add(note)
            note.add_done_callback(notes.discard)
        return actor

    # With SQLite all that changes is changed in this process: no notice of it can be lost.
    actors = ActorCache(look_up, seconds=60 if program.db.is_sqlite else 30, clock=program.clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await _open_rails(program)
        tasks = _background(program, worker if should_work else None, actors)
        _calm_garbage_collector()
        try:
            yield
        finally:
            program.live.close()
            await office.close_imports(app.state)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await _close_rails(program)

    app = FastAPIOffline(
        title="Highstreet",
        version=__version__,
        summary="From the map to the register to everyone's share.",
        lifespan=lifespan,
    )
    app.state.program = program
    app.state.worker = worker
    app.state.actors = actors
    app.state.pricelists = {}
    install_problems(app)
    door.install_lost_page(app)
    registry = CollectorRegistry()
    registry.register(_ProgramMetrics(program))
    app.add_middleware(
        BodyLimit,
        limit_bytes=program.settings.body_limit_bytes,
        files=office.UPLOADS,
    )
    app.add_middleware(
        HotRoutes, owner=app, routes=register.HOT_ROUTES, limit_bytes=program.settings.body_limit_bytes
    )
    app.add_middleware(RequestLog, metrics=WebMetrics(registry))
    app.add_middleware(DocsGuard)
    for front in (register, shop, office, dealer, door, hooks):
        app.include_router(front.router)
    app.include_router(look_router)
    _add_health(app, program, registry)
    return app


async def _open_rails(program: Program) -> None:
    await program.rails.open()
    if program.training_wallet is not None:
        with suppress(Refusal):  # asked again when somebody practises
            await program.training_wallet.open()


async def _close_rails(program: Program) -> None:
    await program.rails.aclose()
    if program.training_wallet is not None:
        await program.training_wallet.aclose()


class DocsGuard:
    """The API's own pages come from a library and start from inline scripts: at least nothing else, and in no frame."""

    HEADERS = (
        (b"content-security-policy", b"default-src 'self' 'unsafe-inline' data:; frame-ancestors 'none'"),
        (b"x-frame-options", b"DENY"),
    )

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; its answer gets the headers."""
        if scope["type"] != "http" or scope["path"] not in ("/docs", "/redoc"):
            await self.app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.HEADERS]
            await send(message)

        await self.app(scope, receive, guarded)


async def _note(program: Program, seen: NoteSeen) -> None:
    with suppress(Exception):  # nobody waits for it, and the next use is as good
        await program.db.write(note_seen, seen)


def _background(program: Program, worker: Worker | None, actors: ActorCache) -> list[asyncio.Task[None]]:
    loop = asyncio.get_running_loop()

    def committed(what: Committed) -> None:
        with suppress(RuntimeError):  # the loop is closing
            loop.call_soon_threadsafe(woken, what)

    def woken(what: Committed) -> None:
        if what.changes_access:  # what is taken away ends at once, not when the cache ages
            actors.forget(registers_too=what.changes_register_access)
        program.rail_rules.committed(what)
        if what.has_events:
            program.live.wake()
        if worker is not None:
            worker.wake(what)

    program.db.on_commit(committed)
    work: list[Coroutine[Any, Any, None]] = [program.live.run()]
    if worker is not None:
        work.append(worker.run())
    if not program.db.is_sqlite:
        work.append(listen_postgres(program.db, woken))
    return [asyncio.create_task(job) for job in work]


class Server(uvicorn.Server):
    """uvicorn, ending the live streams first: they would keep a stopping server waiting."""

    def __init__(self, program: Program, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.program = program

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, end streams, let requests finish."""
        self.program.live.close()
        await super().shutdown(sockets=sockets)


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP that ends a connection whose request has not fully arrived within 30 to 60 s.

    uvicorn itself waits for ever for a first request, for the rest of headers and for a body.
    """

    LOOK_EVERY_S = 30.0
    _look: asyncio.TimerHandle | None = None
    _waited: tuple[object, bool] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look now and then: no timer for each request."""
        super().connection_made(transport)
        self._look = self.loop.call_later(self.LOOK_EVERY_S, self._look_again)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_again(self) -> None:
        waits = self._waits_for()
        if waits is not None and waits == self._waited:
            self.transport.close()
            return
        self._waited = waits
        self._look = self.loop.call_later(self.LOOK_EVERY_S, self._look_again)

    def _waits_for(self) -> tuple[object, bool] | None:
        """Which part of a request is missing: it is the same one as long as this is equal."""
        cycle = self.cycle
        if cycle is None:
            return None, True
        if cycle.response_complete:  # with a timer uvicorn ends an idle connection by itself
            return (cycle, True) if self.timeout_keep_alive_task is None else None
        return (cycle, False) if cycle.more_body else None


def _calm_garbage_collector() -> None:
    # What was made at the start stays: looking at it again and again took a tenth of the server's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _ProgramMetrics(Collector):
    def __init__(self, program: Program) -> None:
        self.program = program

    def collect(self) -> list[Metric]:
        db = self.program.db
        gauges = {
            "highstreet_commands_waiting": ("Commands taken in and not answered", db.waiting),
            "highstreet_commands_written": ("Commands committed since the start", db.commands),
            "highstreet_batches_written": ("Transactions committed since the start", db.batches),
            "highstreet_streams_open": ("Live streams open", self.program.live.listeners),
            "highstreet_last_event": ("Number of the newest event", db.read_now(last_seq)),
        }
        metrics: list[Metric] = [GaugeMetricFamily(n, text, value=v) for n, (text, v) in gauges.items()]
        by_state = GaugeMetricFamily("highstreet_jobs", "Jobs by state", labels=["state"])
        for state, count in db.read_now(jobs.count_by_state).items():
            by_state.add_metric([state], count)
        return [*metrics, by_state]


def _add_health(app: FastAPI, program: Program, registry: CollectorRegistry) -> None:
    anyone = needs(ActorKind.NOBODY)
    may_measure = [anyone, Depends(_from_this_machine)]
    if program.settings.metrics_token.get_secret_value():
        may_measure = [needs(ActorKind.PLATFORM)]

    @app.get(
        "/healthz",
        tags=["health"],
        operation_id="health_live",
        summary="Monitor asks whether the process answers",
        dependencies=[anyone],
    )
    async def health_live() -> dict[str, str]:
        """The process answers."""
        return {"status": "ok"}

    @app.get(
        "/readyz",
        tags=["health"],
        operation_id="health_ready",
        summary="Monitor asks whether writes reach the disk",
        dependencies=[anyone],
        responses={503: web.PROBLEMS[503]},
    )
    async def health_ready() -> dict[str, str]:
        """The database answers, a write reaches the disk, and the queue is not full."""
        if program.db.waiting >= program.settings.queue_limit // 2:
            raise BUSY_TRY_LATER(retry_after_s=1)
        try:
            await asyncio.wait_for(program.db.read(last_seq), 2)
            await asyncio.wait_for(program.db.write(_touch, None), 5)
        except Exception as problem:
            raise BUSY_TRY_LATER(retry_after_s=1) from problem
        return {"status": "ok"}

    @app.get(
        "/metrics",
        tags=["health"],
        operation_id="health_metrics",
        summary="Prometheus collects measurements",
        dependencies=may_measure,
        response_class=PlainTextResponse,
        responses={401: web.PROBLEMS[401]},
    )
    async def metrics(_request: Request) -> Response:
        """Prometheus text: for the bearer of HIGHSTREET_METRICS_TOKEN, or without one for this machine."""
        text = await asyncio.to_thread(partial(generate_latest, registry))
        return Response(text, media_type="text/plain; version=0.0.4")


_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


async def _from_this_machine(request: Request) -> None:
    """Errors: Refusal auth.required unless asked from here, and by no proxy for somebody else."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        raise AUTH_REQUIRED() from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if not (mapped or address).is_loopback or any(name in request.headers for name in _FORWARDED):
        raise AUTH_REQUIRED()


def _touch(_tx: Any, _command: None) -> None:
    return None


def set_up_logs(level: str, *, is_terminal: bool) -> None:
    """Structured lines: JSON for machines, coloured text on a terminal."""
    # A traceback without its variables: they may hold what is a person's.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = console if is_terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
    )
