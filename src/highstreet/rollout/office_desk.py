"""What the kit asks of the server as the head office."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import httpx

from highstreet.rollout.book import Row

PLACES_AT_ONCE = 5000
REGISTERS_AT_ONCE = 100
TIMEOUT_S = 60.0


class OfficeRefuses(Exception):
    """The server said no, or nothing."""

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class OfficeDesk:
    """A session of the head office."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        told = self._ask("POST", "/office/v1/sign-in", {"login": login, "password": password})
        self._http.headers["Authorization"] = f"Bearer {told['token']}"

    def close(self) -> None:
        """Sign out."""
        with suppress(httpx.HTTPError):
            self._http.post("/office/v1/sign-out")
        self._http.close()

    def _ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        try:
            answer = self._http.request(method, path, json=body, params=params or None)
        except httpx.HTTPError as problem:
            raise OfficeRefuses(
                f"no answer to {method} {path}: {problem or type(problem).__name__}"
            ) from None
        if answer.status_code >= 400:
            try:
                told = answer.json()
            except ValueError:
                told = {}
            text = f"{told.get('title', answer.reason_phrase)}: {told.get('detail', '')}"
            raise OfficeRefuses(f"{method} {path}: {answer.status_code} {text}", str(told.get("code", "")))
        return answer.json() if answer.content else None

    def version(self) -> str:
        """The server's version."""
        return str(self._ask("GET", "/openapi.json")["info"]["version"])

    def places(self) -> list[dict[str, Any]]:
        """All places."""
        found: list[dict[str, Any]] = []
        while True:
            after = {"after": found[-1]["place_id"]} if found else {}
            more = self._ask("GET", "/office/v1/places", limit=PLACES_AT_ONCE, **after)
            found += more
            if len(more) < PLACES_AT_ONCE:
                return found

    def registers(self) -> list[dict[str, Any]]:
        """All registers."""
        return list(self._ask("GET", "/office/v1/registers"))

    def goods(self) -> list[dict[str, Any]]:
        """Some goods that have a barcode and a price."""
        found = self._ask("GET", "/office/v1/goods", limit=200)
        return [one for one in found if one["gtin"] and one["list_minor"]]

    def add(self, rows: Sequence[Row], pairing_hours: int | None) -> list[dict[str, Any]]:
        """Add registers, in training, each with a key. The same rows again are the same registers and keys."""
        asked = [{"id": r.id, "key_id": r.key_id, "place_id": r.place_id, "name": r.name} for r in rows]
        body = {"registers": asked, "is_training": True, "pairing_hours": pairing_hours}
        return list(self._ask("POST", "/office/v1/registers/bulk", body)["registers"])

    def train(self, register_ids: Sequence[str], *, is_training: bool) -> None:
        """Put registers into training or out of it."""
        for start in range(0, len(register_ids), 1000):
            body = {"register_ids": list(register_ids[start : start + 1000]), "is_training": is_training}
            self._ask("PUT", "/office/v1/registers/training", body)
