"""One running wallet: its file, clock, key and fault dial, and who may speak to it."""

import asyncio
import base64
import hashlib
import logging
import secrets
import time
from collections.abc import Callable
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from highstreet_simulator.wallet import refunds, signing, trades
from highstreet_simulator.wallet.clock import WalletClock
from highstreet_simulator.wallet.errors import WalletRefusal
from highstreet_simulator.wallet.faults import FaultDial, FaultDrawer
from highstreet_simulator.wallet.moment import Effect, Moment
from highstreet_simulator.wallet.orders import NewMerchant
from highstreet_simulator.wallet.settings import WalletSettings
from highstreet_simulator.wallet.store import Row, Store, Tx, changed, one

NO_EFFECT = Effect()
log = logging.getLogger(__name__)


class Wallet:
    """Everything that the HTTP faces share. Used on one event loop only."""

    def __init__(self, settings: WalletSettings) -> None:
        self.settings = settings
        self.store = Store(settings.db)
        self._keep_currency()
        self.clock = WalletClock(float(self.store.read_meta("clock_offset_s") or 0.0))
        self.key, self.key_id = self._open_key()
        dial = self.store.read_meta("faults")
        self.faults = FaultDrawer(FaultDial.model_validate_json(dial) if dial else FaultDial())
        self.wake = asyncio.Event()
        self._merchant_keys: dict[str, Ed25519PublicKey] = {}
        self._nonces_pruned_at = 0.0

    def _keep_currency(self) -> None:
        """Raises ValueError when the file holds another currency."""
        kept = self.store.read_meta("currency")
        if kept is None:
            self.store.write_meta("currency", self.settings.currency)
        elif kept != self.settings.currency:
            self.store.close()
            raise ValueError(f"{self.settings.db} holds {kept}, not {self.settings.currency}")

    def _open_key(self) -> tuple[Ed25519PrivateKey, str]:
        """The platform key, made at the first start and kept in the file, with its id."""
        kept = self.store.read_meta("platform_key")
        if kept is None:
            kept = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
            self.store.write_meta("platform_key", kept)
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept))
        return key, hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]

    def moment(self, effect: Effect = NO_EFFECT) -> Moment:
        """Now, with the dial's rules for notices."""
        machine_at = self.clock.machine_now()
        return Moment(
            at=machine_at + self.clock.offset_s,
            machine_at=machine_at,
            settings=self.settings,
            rules=self.faults.dial.send_notices,
            effect=effect,
        )

    def in_transaction(
        self, perform: Callable[[Tx, Moment], Row | None], effect: Effect = NO_EFFECT
    ) -> Row | None:
        """Run one effect in a transaction and wake the sender of notices."""
        with self.store.transaction() as tx:
            row = perform(tx, self.moment(effect))
        self.wake.set()
        return row

    def set_dial(self, dial: FaultDial) -> None:
        """Put a fault dial in force, also after a restart."""
        self.faults.turn_to(dial)
        self.store.write_meta("faults", dial.model_dump_json())

    def move_clock(self, offset_s: float) -> None:
        """Set the clock's offset from the machine's, also after a restart; what falls due, happens."""
        self.clock.offset_s = offset_s
        self.store.write_meta("clock_offset_s", repr(offset_s))
        self.apply_due()

    def apply_due(self) -> None:
        """Close, land and complete all that is due now."""
        with self.store.transaction() as tx:
            moment = self.moment()
            if trades.apply_all_due(tx, moment) + refunds.complete_all_due(tx, moment):
                self.wake.set()

    def register_merchant(self, merchant: NewMerchant) -> None:
        """Enrol a merchant, or give a known one a new key or notify_url; raises `invalid_request` (400)."""
        try:
            signing.read_public_key(merchant.public_key)
        except ValueError as exc:
            raise WalletRefusal(
                400, "invalid_request", "public_key: base64 of 32 raw bytes is wanted"
            ) from exc
        with self.store.transaction() as tx:
            tx.execute(
                """INSERT INTO merchants (merchant_id, public_key, notify_url) VALUES (?, ?, ?)
                   ON CONFLICT (merchant_id) DO UPDATE
                   SET public_key = excluded.public_key, notify_url = excluded.notify_url""",
                (merchant.merchant_id, merchant.public_key, merchant.notify_url),
            )
        self._merchant_keys.pop(merchant.merchant_id, None)

    def authenticate(
        self, authorization: str | None, method: str, target: str, body: bytes
    ) -> tuple[str, float]:
        """Who signed a request: (merchant_id, the clock offset by which to date the answer).

        Raises a 401 refusal: `signature_missing`, `unknown_merchant`, `clock_skew`, `signature_wrong` or
        `nonce_replayed`.
        """
        if not authorization:
            raise WalletRefusal(401, "signature_missing", "sign the request: see PROTOCOL.md")
        try:
            credentials = signing.parse_authorization(authorization)
        except signing.SignatureWrong as exc:
            raise WalletRefusal(401, "signature_wrong", str(exc)) from exc
        key = self._merchant_key(credentials.merchant_id)
        # A moved clock must not lock out a merchant whose own clock was not moved (or was moved with it):
        # either clock will do, and the answer is dated by the one that fitted.
        machine_now = self.clock.machine_now()
        gaps = {
            offset: abs(machine_now + offset - credentials.timestamp) for offset in (self.clock.offset_s, 0.0)
        }
        offset_s = min(gaps, key=lambda offset: gaps[offset])
        if gaps[offset_s] > self.settings.clock_skew_s:
            raise WalletRefusal(401, "clock_skew", "the timestamp is too far from the wallet's clock")
        try:
            signing.verify_request(key, credentials, method, target, body)
        except signing.SignatureWrong as exc:
            raise WalletRefusal(401, "signature_wrong", str(exc)) from exc
        self._use_nonce(credentials)
        return credentials.merchant_id, offset_s

    def _merchant_key(self, merchant_id: str) -> Ed25519PublicKey:
        key = self._merchant_keys.get(merchant_id)
        if key is None:
            row = one(
                self.store.connection, "SELECT public_key FROM merchants WHERE merchant_id = ?", merchant_id
            )
            if row is None:
                raise WalletRefusal(401, "unknown_merchant", "no merchant is registered under this id")
            key = self._merchant_keys[merchant_id] = signing.read_public_key(row["public_key"])
        return key

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
            raise WalletRefusal(401, "nonce_replayed", "this nonce was used before")

    def sign(self, body: bytes, *, offset_s: float | None = None, is_wrong: bool = False) -> dict[str, str]:
        """The Wallet-* headers for a body; `is_wrong` signs something else, for the `bad_signature` fault."""
        now = time.time() + (self.clock.offset_s if offset_s is None else offset_s)
        signed = body + b"!" if is_wrong else body
        return signing.sign_answer(self.key, self.key_id, int(now), secrets.token_hex(12), signed)

    async def keep_time(self) -> None:
        """Apply what falls due, tick by tick, until cancelled."""
        while True:
            try:
                self.apply_due()
            except Exception:
                # One broken trade must not stop the clock for all others.
                log.exception("what was due could not be applied")
            await asyncio.sleep(self.settings.tick_s)

    async def wait_for_work(self, timeout_s: float) -> None:
        """Sleep until something happened or the time is up."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.wake.wait(), timeout_s)
        self.wake.clear()
