"""Asking Stripe: one key, one version, forms in, JSON out, an Idempotency-Key where something is made.

The official SDK is not used here, though its HTTP client can be replaced by one over `ask`: what would remain of it is
encoding, decoding and HMAC (stripe_wire has them in forty lines), for 500 modules, 30 MB and 0.8 s at the start of every
process (measured, stripe 16.1), the package `requests`, and exceptions that carry whole bodies. Tests hold the simulator
and the webhook signatures against it instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from highstreet.rooms.tenders.model import RailAnswer
from highstreet.rooms.tenders.rails import stripe_wire as wire
from highstreet.rooms.tenders.rails.heard import Heard, Json, Silence, readable
from highstreet.rooms.tenders.rails.http import Client

API_VERSION = "2026-10-28.endive"
"""The version these words were read in: that of stripe-python 16.1."""
PAY_TIMEOUT_S = 8.0
QUERY_TIMEOUT_S = 5.0
FILE_TIMEOUT_S = 60.0
MAX_ANSWER_BYTES = 256 * 1024
MAX_LIST_BYTES = 4 * 1024 * 1024
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_PAGES = 20


@dataclass(frozen=True, slots=True)
class Got:
    """An answer of Stripe's: an object, or an error below 500. `is_replayed`: as it was when its key was first used."""

    status: int
    content: Json
    is_replayed: bool = False


class StripeCalls:
    """One account's calls; keeps a pool of connections and nothing else."""

    def __init__(self, secret_key: str, account: str | None, base_url: str, client: Client | None) -> None:
        self._client = client or Client()
        self._headers = {
            "Authorization": f"Bearer {secret_key}",
            "Stripe-Version": API_VERSION,
        }
        if account is not None:
            self._headers["Stripe-Account"] = account

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def get(
        self,
        call: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> Got | RailAnswer:
        """Ask for an object; a RailAnswer when there is nothing to believe."""
        query = wire.encode(params or {}).decode()
        heard = await self._client.ask(
            "GET",
            f"{url}?{query}" if query else url,
            headers=self._headers,
            timeout_s=QUERY_TIMEOUT_S,
            max_bytes=max_bytes,
        )
        return _read(call, heard)

    async def post(
        self, call: str, url: str, params: Mapping[str, Any] | None = None, *, key: str | None = None
    ) -> Got | RailAnswer:
        """Have something made or done; with a key at most once (for a day: docs.stripe.com/api/idempotent_requests)."""
        headers = self._headers | {"Content-Type": "application/x-www-form-urlencoded"}
        if key is not None:
            headers["Idempotency-Key"] = key
        heard = await self._client.ask(
            "POST",
            url,
            headers=headers,
            content=wire.encode(params or {}),
            timeout_s=PAY_TIMEOUT_S,
            max_bytes=MAX_ANSWER_BYTES,
        )
        return _read(call, heard)

    async def find(
        self, call: str, url: str, created: tuple[int, int], is_it: Callable[[Json], bool]
    ) -> Json | RailAnswer | None:
        """The first object made in that time (epoch seconds, both included) that is the one; newest are seen first."""
        after: str | None = None
        for _ in range(MAX_PAGES):
            params = {
                "created": {"gte": created[0], "lte": created[1]},
                "limit": 100,
                "starting_after": after,
            }
            got = await self.get(call, url, params, max_bytes=MAX_LIST_BYTES)
            if isinstance(got, RailAnswer):
                return got
            if got.status != 200:
                return wire.refused(call, got.status, got.content)
            data = wire.listed(got.content)
            if (found := next((item for item in data if is_it(item)), None)) is not None:
                return found
            after = wire.ref_of(data[-1]) if data else None
            if got.content.get("object") != "list" or not isinstance(got.content.get("has_more"), bool):
                return RailAnswer("unknown", None, "answer_malformed", {"call": call, "status": got.status})
            if not got.content["has_more"] or after is None:
                return None
        return RailAnswer("unknown", None, "too_many", {"call": call})

    async def fetch_file(self, url: str) -> bytes | None:
        """A file's content, or None."""
        heard = await self._client.ask(
            "GET", url, headers=self._headers, timeout_s=FILE_TIMEOUT_S, max_bytes=MAX_FILE_BYTES
        )
        return None if isinstance(heard, Silence) or heard.status != 200 else heard.body


def _read(call: str, heard: Heard | Silence) -> Got | RailAnswer:
    # A 500 is "indeterminate", and its key goes on answering so: docs.stripe.com/error-low-level#server-errors.
    found = readable(call, heard)
    if isinstance(found, RailAnswer):
        return found
    status, content = found
    if status != 200 and not isinstance(content.get("error"), dict):
        return RailAnswer("unknown", None, "answer_malformed", {"call": call, "status": status})
    is_replayed = isinstance(heard, Heard) and heard.headers.get("Idempotent-Replayed") == "true"
    return Got(status, content, is_replayed)
