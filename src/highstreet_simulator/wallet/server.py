"""The wallet as an ASGI app, as a process and as a thread."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import TracebackType

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from highstreet_simulator.wallet import api_app, api_merchant, api_sim, page
from highstreet_simulator.wallet.core import Wallet
from highstreet_simulator.wallet.sender import Sender
from highstreet_simulator.wallet.settings import WalletSettings


class CuttableProtocol(HttpToolsProtocol):
    """Lets the app cut its own connection, which ASGI has no word for: the timeout faults need it."""

    def on_message_begin(self) -> None:
        """Put `wallet.abort` beside the request's other extensions."""
        super().on_message_begin()
        self.scope["extensions"] = {"wallet.abort": self.transport.abort}  # type: ignore[dict-item]


@asynccontextmanager
async def keep_running(wallet: Wallet) -> AsyncIterator[None]:
    """The background work of a wallet: closing times, late successes, notices."""
    tasks = [asyncio.create_task(wallet.keep_time()), asyncio.create_task(Sender(wallet).run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _show_http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    code = {404: "no_such_path", 405: "method_not_allowed"}.get(status, "system_error")
    return Response(
        orjson.dumps({"code": code, "message": str(error)}), status, media_type="application/json"
    )


async def _passed_over(_request: Request, _error: Exception) -> Response:
    """Whoever asked died before it had said everything: nothing was done, nobody is left to be told."""
    return Response(status_code=400)


def create_app(settings: WalletSettings | None = None) -> Starlette:
    """The wallet as an ASGI app; `app.state.wallet` is its Wallet.

    Without a server that runs lifespans (httpx.ASGITransport), wrap its use in
    `keep_running(app.state.wallet)` to have closing times and notices.
    """
    wallet = Wallet(settings or WalletSettings())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with keep_running(wallet):
            yield
        wallet.store.close()

    app = Starlette(
        routes=[*api_merchant.routes(), *api_app.routes(), *api_sim.routes(), *page.routes()],
        exception_handlers={HTTPException: _show_http_error, ClientDisconnect: _passed_over},
        lifespan=lifespan,
    )
    app.state.wallet = wallet
    return app


def _config(app: Starlette, host: str, port: int, log_level: str) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        log_level=log_level,
        access_log=False,
        timeout_graceful_shutdown=1,
    )


def run_wallet(
    wallet: WalletSettings | Starlette | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 8701,
    log_level: str = "warning",
) -> None:
    """Serve a wallet until interrupted. The control plane is open to whoever reaches `host`."""
    app = wallet if isinstance(wallet, Starlette) else create_app(wallet)
    uvicorn.Server(_config(app, host, port, log_level)).run()


class ThreadedWallet:
    """A wallet served by a thread of this process: `with ThreadedWallet() as wallet: wallet.url`.

    For tests and demos. With `port` 0 a free one is chosen.
    """

    def __init__(
        self, settings: WalletSettings | None = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._socket = socket.create_server((host, port))
        self._server = uvicorn.Server(_config(create_app(settings), host, port, "warning"))
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="wallet", daemon=True
        )
        self.url = f"http://{host}:{self._socket.getsockname()[1]}"

    def __enter__(self) -> "ThreadedWallet":
        """Start, and wait until it answers; raises TimeoutError."""
        self._thread.start()
        give_up_at = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > give_up_at or not self._thread.is_alive():
                raise TimeoutError("the wallet did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and wait for the file to be closed."""
        self._server.should_exit = True
        self._thread.join(5)
        self._socket.close()
