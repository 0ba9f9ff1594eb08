"""The simulated telephone network: takes one-time codes as an SMS gateway does, and shows them to phones.

`POST /codes {"phone", "code", "locale"}` → 204, from Highstreet's http sender. `GET /codes/{phone}?after=N`
waits up to 5 s for that phone's message number N + 1 or later → `{"code", "number"}`, else 404; N = -1 asks how many
there were.
"""

import json
import sys
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

WAIT_S = 5.0
BODY_LIMIT = 10_000


class Inbox:
    """Listens on a loopback port from the moment it is made; `close` ends it."""

    def __init__(self, port: int = 0) -> None:
        self.latest: deque[tuple[int, str, str]] = deque(maxlen=50)  # (running number, phone, code)
        self._count = 0
        self._by_phone: dict[str, tuple[int, str]] = {}
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", port), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="inbox", daemon=True
        )
        self._thread.start()

    def take(self, phone: str, code: str) -> None:
        """A message has come."""
        with self._changed:
            number, before = self._by_phone.get(phone, (0, ""))
            if code != before:  # the gateway may be asked twice for the same message
                self._by_phone[phone] = (number + 1, code)
                self._count += 1
                self.latest.append((self._count, phone, code))
            self._changed.notify_all()

    def wait(self, phone: str, after: int, timeout_s: float = WAIT_S) -> tuple[int, str] | None:
        """The newest message of a phone if its number is beyond `after`, else None when the time is up."""
        with self._changed:
            has_come = self._changed.wait_for(lambda: self.number(phone) > after, timeout_s)
            return self._by_phone.get(phone, (0, "")) if has_come else None

    def number(self, phone: str) -> int:
        """How many messages this phone has had."""
        return self._by_phone.get(phone, (0, ""))[0]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # a whole town signs in at once

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A phone that hung up while it waited is no fault."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            try:
                message = json.loads(self.rfile.read(min(length, BODY_LIMIT)))
                inbox.take(str(message["phone"]), str(message["code"]))
            except (ValueError, KeyError, TypeError):
                self._answer(400, {"error": "phone and code are wanted"})
            else:
                self._answer(204, None)

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            phone = unquote(asked.path.removeprefix("/codes/"))
            after = int((parse_qs(asked.query).get("after") or ["0"])[0])
            found = inbox.wait(phone, after)
            if found is None:
                self._answer(404, {"error": "no message", "number": inbox.number(phone)})
            else:
                self._answer(200, {"number": found[0], "code": found[1]})

        def _answer(self, status: int, body: dict[str, object] | None) -> None:
            content = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            return

    return Handler
