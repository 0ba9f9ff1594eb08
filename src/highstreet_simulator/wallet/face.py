"""The Wallet's face: Ed25519 signatures both ways, as PROTOCOL.md says."""

import base64
import hashlib
import secrets
import time
from contextlib import suppress

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from highstreet_simulator.provider.core import Answer, Call, Letter, Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import Operation
from highstreet_simulator.provider.orders import NewMerchant
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.provider.store import Row, changed
from highstreet_simulator.wallet import api_merchant, page, signing


class Wallet(Provider):
    """A wallet in the manner of the Chinese ones, with a protocol of its own."""

    def __init__(self, settings: ProviderSettings) -> None:
        super().__init__(settings)
        self.key, self.key_id = self._open_key()
        self._keys: dict[str, Ed25519PublicKey] = {}  # by their text
        self._nonces_pruned_at = 0.0

    def _open_key(self) -> tuple[Ed25519PrivateKey, str]:
        """The platform key, made at the first start and kept in the file, with its id."""
        kept = self.store.read_meta("platform_key")
        if kept is None:
            kept = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
            self.store.write_meta("platform_key", kept)
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept))
        return key, hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]

    def routes(self) -> list[Route]:
        """The routes under /v1, and the pages of the payer's phone."""
        return [*api_merchant.routes(), *page.routes()]

    def check_credentials(self, merchant: NewMerchant) -> None:
        """An Ed25519 key."""
        try:
            signing.read_public_key(merchant.public_key)
        except ValueError as exc:
            raise ProviderRefusal(
                400, "invalid_request", "public_key: base64 of 32 raw bytes is wanted"
            ) from exc

    def authenticate(self, request: Request, body: bytes) -> Call:
        """Who signed a request, and by which clock to date the answer.

        Raises a 401 refusal: `signature_missing`, `unknown_merchant`, `clock_skew`, `signature_wrong` or
        `nonce_replayed`.
        """
        authorization = request.headers.get("authorization")
        if not authorization:
            raise ProviderRefusal(401, "signature_missing", "sign the request: see PROTOCOL.md")
        try:
            credentials = signing.parse_authorization(authorization)
        except signing.SignatureWrong as exc:
            raise ProviderRefusal(401, "signature_wrong", str(exc)) from exc
        key = self._key_of(credentials.merchant_id)
        # A moved clock must not lock out a merchant whose own clock was not moved (or was moved with it):
        # either clock will do, and the answer is dated by the one that fitted.
        machine_now = self.clock.machine_now()
        gaps = {
            offset: abs(machine_now + offset - credentials.timestamp) for offset in (self.clock.offset_s, 0.0)
        }
        offset_s = min(gaps, key=lambda offset: gaps[offset])
        if gaps[offset_s] > self.settings.clock_skew_s:
            raise ProviderRefusal(401, "clock_skew", "the timestamp is too far from the wallet's clock")
        query = request.scope["query_string"].decode("latin-1")
        target = request.scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        try:
            signing.verify_request(key, credentials, request.method, target, body)
        except signing.SignatureWrong as exc:
            raise ProviderRefusal(401, "signature_wrong", str(exc)) from exc
        self._use_nonce(credentials)
        return Call(self, request, credentials.merchant_id, body, clock_offset_s=offset_s)

    def _key_of(self, merchant_id: str) -> Ed25519PublicKey:
        text = str(self.merchant(merchant_id)["public_key"])
        if text not in self._keys:
            self._keys[text] = signing.read_public_key(text)
        return self._keys[text]

    def _use_nonce(self, credentials: signing.Credentials) -> None:
        now = self.clock.machine_now()
        with self.store.transaction() as tx:
            if now - self._nonces_pruned_at > 60:
                # Older ones are refused for their timestamp, by whichever of the two clocks is behind.
                horizon = now + min(0.0, self.clock.offset_s) - self.settings.clock_skew_s - 60
                tx.execute("DELETE FROM nonces WHERE timestamp < ?", (horizon,))
                self._nonces_pruned_at = now
            fresh = changed(
                tx,
                "INSERT OR IGNORE INTO nonces (merchant_id, nonce, timestamp) VALUES (?, ?, ?)",
                credentials.merchant_id,
                credentials.nonce,
                credentials.timestamp,
            )
        if not fresh:
            raise ProviderRefusal(401, "nonce_replayed", "this nonce was used before")

    def refuse(self, refusal: ProviderRefusal, call: Call | None) -> Answer:
        """Whose request and which numbers an error speaks of: a signed error must not pass for another's."""
        about = {} if call is None else _about(call)
        return Answer(orjson.dumps(about | refusal.body()), refusal.status)

    def say_unknown(self, call: Call, operation: Operation) -> Answer:
        """A body that says that it does not know."""
        body: dict[str, object] = {"code": "system_error", "message": "the outcome is not known; query"}
        if call.request.url.path.startswith("/v1/refunds"):
            body["refund_state"] = "unknown"
        else:
            body["trade_state"] = "unknown"
        if operation == "reverse":
            body |= {"action": None, "retry_flag": "Y"}
        return Answer(orjson.dumps(body | dict(call.request.path_params)))

    def seal(self, answer: Answer, call: Call | None, *, is_wrong: bool = False) -> Response:
        """The body with the Wallet-* headers."""
        offset_s = None if call is None else call.clock_offset_s
        headers = self.sign(answer.body, offset_s=offset_s, is_wrong=is_wrong)
        return Response(answer.body, answer.status, headers, answer.media_type)

    def write_notice(self, notice: Row, *, is_cut: bool = False, is_wrong: bool = False) -> Letter:
        """The kept body as it is."""
        body: bytes = notice["body"]
        body = body[: len(body) // 2] if is_cut else body
        headers = {"Content-Type": "application/json"} | self.sign(body, is_wrong=is_wrong)
        return Letter(body, headers)

    def tell_key(self) -> Response:
        """The platform key, signed with itself."""
        told = {
            "key_id": self.key_id,
            "algorithm": "Ed25519",
            "public_key": signing.public_key_text(self.key.public_key()),
        }
        return self.seal(Answer(orjson.dumps(told)), None)

    def sign(self, body: bytes, *, offset_s: float | None = None, is_wrong: bool = False) -> dict[str, str]:
        """The Wallet-* headers for a body; `is_wrong` signs something else, for the `bad_signature` fault."""
        now = time.time() + (self.clock.offset_s if offset_s is None else offset_s)
        signed = body + b"!" if is_wrong else body
        return signing.sign_answer(self.key, self.key_id, int(now), secrets.token_hex(12), signed)


def _about(call: Call) -> dict[str, object]:
    asked = dict(call.request.path_params)
    with suppress(orjson.JSONDecodeError):
        body = orjson.loads(call.body or b"{}")
        asked.update(body if isinstance(body, dict) else {})
    numbers = {name: asked.get(name) for name in ("out_trade_no", "out_refund_no")}
    told = {
        name: number for name, number in numbers.items() if isinstance(number, str) and len(number) <= 400
    }
    return {"merchant_id": call.merchant_id, **told}
