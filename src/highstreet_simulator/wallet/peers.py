"""The other sides of the protocol: a merchant, a phone and a notice endpoint, for tests, demos and load.

They check what they get: anything unexpected raises Surprise.
"""

import itertools
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from highstreet_simulator.wallet import signing

Json = dict[str, Any]


class Surprise(AssertionError):
    """The wallet did not answer as its protocol says."""


def expect(answer: httpx.Response, status: int = 200) -> Json:
    """The JSON of an answer; raises Surprise when it has another status."""
    if answer.status_code != status:
        raise Surprise(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    value: Json = answer.json()
    return value


class Inbox:
    """A merchant's notice endpoint on a free port, in a thread.

    `got` are (headers, body) of all notices; the next `refusals` of them are answered with 500, the others with
    `answer`: status and body.
    """

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.refusals = 0
        self.answer = (204, b"")
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                is_refused = inbox.refusals > 0
                inbox.refusals -= is_refused
                inbox.got.append((dict(self.headers), body))
                status, said = (500, b"") if is_refused else inbox.answer
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, name="inbox", daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/notices"

    def bodies(self) -> list[Json]:
        """The notices as JSON, in the order of their coming."""
        return [json.loads(body) for _, body in self.got]

    def wait(self, count: int, timeout_s: float = 3) -> list[tuple[dict[str, str], bytes]]:
        """Wait until so many notices have come; raises Surprise when they do not."""
        give_up_at = time.monotonic() + timeout_s
        while len(self.got) < count:
            if time.monotonic() > give_up_at:
                raise Surprise(f"{len(self.got)} notices after {timeout_s} s, expected {count}")
            time.sleep(0.005)
        return self.got

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class Merchant:
    """A newly registered merchant that signs what it sends and checks the signature of every answer."""

    def __init__(self, http: httpx.Client, notify_url: str | None = None) -> None:
        self.http = http
        self.merchant_id = f"m_{secrets.token_hex(4)}"
        self.key = Ed25519PrivateKey.generate()
        self.register(notify_url)
        answer = http.get("/v1/platform-key")
        self.platform_key = signing.read_public_key(answer.json()["public_key"])
        signing.verify_answer(self.platform_key, answer.headers, answer.content)
        self._numbers = (f"T{number}" for number in itertools.count(1))

    def register(self, notify_url: str | None = None) -> None:
        """Register, or register anew with the present key."""
        public_key = signing.public_key_text(self.key.public_key())
        merchant = {"merchant_id": self.merchant_id, "public_key": public_key, "notify_url": notify_url}
        self.sim("POST", "/sim/merchants", merchant)

    def sim(self, method: str, path: str, body: Json | None = None) -> Json:
        """Speak to the control plane."""
        return expect(self.http.request(method, path, json=body))

    def move_clock(self, offset_s: float) -> None:
        """Set the wallet's clock so far from the machine's, seconds."""
        self.sim("POST", "/sim/clock", {"offset_s": offset_s})

    def next_fault(self, operation: str, fault: str, **more: object) -> None:
        """Ask for a one-shot fault."""
        self.sim("POST", "/sim/faults/next", {"operation": operation, "fault": fault, **more})

    def send(self, method: str, target: str, body: Json | None = None, **changes: Any) -> httpx.Response:
        """Send a signed request; `changes` spoil it: key, merchant_id, signed_target, signed_body, clock_off_by
        (seconds), nonce, header."""
        content = b"" if body is None else json.dumps(body).encode()
        authorization = signing.sign_request(
            changes.get("key", self.key),
            changes.get("merchant_id", self.merchant_id),
            method,
            changes.get("signed_target", target),
            int(time.time()) + changes.get("clock_off_by", 0),
            changes.get("nonce", secrets.token_hex(8)),
            changes.get("signed_body", content),
        )
        headers = {"Authorization": changes.get("header", authorization)}
        return self.http.request(
            method, target, content=content, headers=headers, timeout=changes.get("timeout", 5)
        )

    def call(self, method: str, target: str, body: Json | None = None, status: int = 200) -> Json:
        """Send a signed request and check the answer's signature and status."""
        answer = self.send(method, target, body)
        signing.verify_answer(self.platform_key, answer.headers, answer.content, now=time.time())
        return expect(answer, status)

    def order(self, payer: "Payer", total: int = 1230, number: str | None = None) -> Json:
        """The body of a barcode payment with the code that the payer shows now."""
        return {
            "out_trade_no": number or next(self._numbers),
            "auth_code": payer.code(),
            "amount": {"total": total, "currency": "CNY"},
            "subject": "Tea, green",
            "time_start": "2026-01-01T09:30:00+08:00",
        }

    def pay(self, payer: "Payer", total: int = 1230) -> Json:
        """Scan the payer's code."""
        return self.call("POST", "/v1/pay/code", self.order(payer, total))

    def query(self, number: str, status: int = 200) -> Json:
        """Query a trade."""
        return self.call("GET", f"/v1/trades/{number}", status=status)

    def reverse(self, number: str, status: int = 200) -> Json:
        """Reverse a trade."""
        return self.call("POST", f"/v1/trades/{number}/reverse", status=status)

    def refund(self, number: str, refund_no: str, total: int, status: int = 200) -> Json:
        """Refund part of a trade."""
        body = {
            "out_refund_no": refund_no,
            "out_trade_no": number,
            "amount": {"total": total, "currency": "CNY"},
            "reason": "returned",
        }
        return self.call("POST", "/v1/refunds", body, status)

    def truth(self) -> list[Json]:
        """All trades of this merchant as the wallet knows them."""
        trades: list[Json] = self.sim("GET", f"/sim/trades?merchant_id={self.merchant_id}")["trades"]
        return trades


class Payer:
    """A phone with the wallet's app and a new account; `more` as in POST /app/accounts."""

    def __init__(self, http: httpx.Client, balance_minor: int = 100_000, **more: object) -> None:
        self.http = http
        opened = expect(
            http.post("/app/accounts", json={"name": "Li", "balance_minor": balance_minor, **more})
        )
        self.path = f"/app/accounts/{opened['account_id']}"
        self.headers = {"Authorization": f"Bearer {opened['app_token']}"}

    def get(self, path: str = "") -> Json:
        """Read something of the account."""
        return expect(self.http.get(self.path + path, headers=self.headers))

    def post(self, path: str, body: Json, status: int = 200) -> Json:
        """Do something with the account."""
        return expect(self.http.post(self.path + path, json=body, headers=self.headers), status)

    def code(self) -> str:
        """The payment code on the screen."""
        return str(self.get("/code")["auth_code"])

    def confirm(self, number: str, status: int = 200) -> Json:
        """Say yes to a waiting trade."""
        return self.post("/confirm", {"out_trade_no": number}, status)

    def balance(self) -> int:
        """Minor units."""
        return int(self.get()["balance_minor"])
