"""Asking a provider: its connections are taken again while they are good; what was sent, and what came, is told as it is."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from highstreet.rooms.tenders.rails import http
from highstreet.rooms.tenders.rails.heard import Heard, Silence
from highstreet.rooms.tenders.rails.http import Client, target_of

pytestmark = pytest.mark.anyio
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
LAST = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Shop:
    """A server that counts the connections made to it, and answers them as it is told."""

    def __init__(self, answer: bytes = ANSWER) -> None:
        self.answer = answer
        self.made = 0
        self.asked = 0
        self.hangs_up = False
        self.is_silent = False
        self.breaks = False
        self.trickles = False
        self.head = b""
        self.most_at_once = self._now = 0
        self.waits_for = 1
        """So many are asked before any of them is answered."""
        self._crowd = asyncio.Condition()
        self.url = ""
        self.method = "POST"  # of which nothing may be sent twice

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.made += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.head = head
                self.asked += 1
                self._now += 1
                self.most_at_once = max(self.most_at_once, self._now)
                async with self._crowd:
                    self._crowd.notify_all()
                    await self._crowd.wait_for(lambda: self.asked % self.waits_for == 0)
                self._now -= 1
                if self.breaks:
                    writer.transport.abort()
                    break
                if not self.is_silent:
                    writer.write(self.answer)
                    await writer.drain()
                while self.trickles:
                    writer.write(b" ")
                    await asyncio.sleep(0.05)
                    await writer.drain()
                if self.hangs_up:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def ask(self, client: Client, timeout_s: float = 5.0) -> Heard | Silence:
        return await client.ask(self.method, self.url, timeout_s=timeout_s, max_bytes=100)


@asynccontextmanager
async def shop(answer: bytes = ANSWER) -> AsyncIterator[tuple[Shop, Client]]:
    made = Shop(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    client = Client()
    try:
        yield made, client
    finally:
        await client.aclose()
        server.close()


def is_hi(heard: Heard | Silence) -> bool:
    return isinstance(heard, Heard) and (heard.status, heard.body) == (200, b"hi")


async def test_one_connection_serves_one_request_after_another() -> None:
    async with shop() as (server, client):
        assert all([is_hi(await server.ask(client)) for _ in range(5)])
        assert (server.asked, server.made) == (5, 1)


async def test_requests_at_once_have_a_connection_each_and_those_are_taken_again() -> None:
    async with shop() as (server, client):
        server.waits_for = 4
        for _ in range(2):
            assert all(map(is_hi, await asyncio.gather(*(server.ask(client) for _ in range(4)))))
        assert (server.asked, server.made) == (8, 4)


@pytest.mark.parametrize("answer", [ANSWER, LAST])
async def test_a_connection_that_the_provider_closed_is_not_taken_again(answer: bytes) -> None:
    async with shop(answer) as (server, client):
        server.hangs_up = True
        for _ in range(3):
            assert is_hi(await server.ask(client))
            await asyncio.sleep(0.02)  # the end of the connection arrives
        assert server.made == 3


async def test_a_connection_that_was_idle_for_long_is_not_taken_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "IDLE_S", 0.0)
    async with shop() as (server, client):
        assert is_hi(await server.ask(client))
        await asyncio.sleep(0.01)
        assert is_hi(await server.ask(client))
        assert server.made == 2


async def test_what_was_given_up_leaves_its_place_and_nothing_of_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(http, "MOST", 1)
    async with shop() as (server, client):
        server.is_silent = True
        heard = await server.ask(client, timeout_s=0.05)
        assert isinstance(heard, Silence)
        assert (heard.reason, heard.was_sent) == ("no_answer", True)
        server.is_silent = False
        server.answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"x" * 500
        assert await server.ask(client) == Silence("answer_too_large", "")
        server.answer = ANSWER
        assert is_hi(await server.ask(client))
        assert server.made == 3


async def test_no_more_are_asked_at_once_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST", 2)
    async with shop() as (server, client):
        server.waits_for = 2
        assert all(map(is_hi, await asyncio.gather(*(server.ask(client) for _ in range(8)))))
        assert (server.most_at_once, server.made) == (2, 2)


async def test_nothing_was_sent_when_nobody_listens() -> None:
    async with shop() as (server, client):
        pass
    client = Client()
    heard = await server.ask(client)
    await client.aclose()
    assert heard == Silence("rail_down", "ClientConnectorError", was_sent=False)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi", "ClientPayloadError"),
        (b"nonsense\r\n\r\n", "ClientResponseError"),
        (b"", "ServerDisconnectedError"),
    ],
)
async def test_half_an_answer_and_no_http_are_no_answer(answer: bytes, failure: str) -> None:
    async with shop(answer) as (server, client):
        server.hangs_up = True
        assert await server.ask(client) == Silence("no_answer", failure)
        assert server.asked == 1


async def test_a_connection_that_breaks_under_a_payment_is_no_answer_and_nothing_is_sent_again() -> None:
    async with shop() as (server, client):
        assert is_hi(await server.ask(client))
        server.breaks = True
        heard = await server.ask(client)
        assert isinstance(heard, Silence)
        assert (heard.reason, heard.was_sent, server.asked) == ("no_answer", True, 2)


async def test_an_answer_that_trickles_is_given_up_in_time() -> None:
    async with shop(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n") as (server, client):
        server.trickles = True
        assert await server.ask(client, timeout_s=0.3) == Silence("no_answer", "TimeoutError")


async def test_a_host_that_takes_no_connection_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", 0.1)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):  # nobody accepts them: the queue is full
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        client = Client()
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        heard = await client.ask("POST", url, content=b"x", timeout_s=5, max_bytes=100)
        await client.aclose()
    assert heard == Silence("rail_down", "ConnectionTimeoutError", was_sent=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a b",
        "http://127.0.0.1:1/\r\nx: y",
        "http://\u5317/",
        "http://x:99999/",
        "http://[",
        "ftp://x/",
        "http:///",
        "x",
    ],
)
async def test_what_is_no_address_is_not_asked(url: str) -> None:
    client = Client()
    heard = await client.ask("GET", url, timeout_s=5, max_bytes=100)
    await client.aclose()
    assert isinstance(heard, Silence)
    assert (heard.reason, heard.was_sent) == ("rail_down", False)


async def test_what_is_signed_is_what_is_sent() -> None:
    async with shop() as (server, client):
        url = f"{server.url}v3/a%2Fb/%E5%8C%97?x=1+2&y=%7B"
        assert is_hi(await client.ask("GET", url, timeout_s=5, max_bytes=100))
        assert server.head.split(b" ")[1].decode() == target_of(url) == "/v3/a%2Fb/%E5%8C%97?x=1+2&y=%7B"
        assert target_of("https://x") == "/"
