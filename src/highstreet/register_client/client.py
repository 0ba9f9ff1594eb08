"""Asking the server so that nothing is charged twice and nothing is forgotten."""

import random
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from highstreet.register_client.journal import Asked, Entry, Journal
from highstreet.register_client.made_ids import new_id
from highstreet.register_client.offline import OfflineSale, send_all, write_down

TIMEOUT_S = 10.0
PATIENCE_S = 30.0
"""How long one question is asked again before the caller is told that there is no answer."""
TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that say nothing about whether the sale was made."""
WHO_ASKS = frozenset({401, 403})
"""The key is not good (any more): an answer to this question, not to the one that was asked before."""


SALES, RETURNS = "/register/v1/sales", "/register/v1/returns"

Fits = Callable[[httpx.Response], bool]
"""Whether it is the server that answered, and answered this."""


class NoAnswer(Exception):
    """Nobody knows yet; what answered, if anything, was not the server.

    It is in the journal: `resume()` asks again, with the same ids, until it is known.
    """

    def __init__(self, asked_id: str) -> None:
        super().__init__(f"no answer for {asked_id}")
        self.asked_id = asked_id


class Problem(Exception):
    """The server refused (RFC 9457) and nothing was changed. `code` is stable: docs/errors.md."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status, self.body = status, body
        self.code = str(body.get("code", "unknown"))
        super().__init__(f"{status} {self.code}: {body.get('detail') or body.get('title') or ''}")


def pair(url: str, code: str) -> dict[str, Any]:
    """Exchange a pairing code from the office for a register's key (`key`), told this once. Errors: Problem, NoAnswer."""
    with httpx.Client(base_url=url, timeout=TIMEOUT_S) as http:
        answer = http.post("/register/v1/pairing", json={"code": code})
    if not _ours(key=None)(answer):
        raise NoAnswer("pairing")
    return _good(answer.status_code, _object(answer))


class Register:
    """One register: its key, its journal, one connection that is kept.

    `sleep` and `http` may be given for tests and for proxies; `http` needs the server as its base_url.
    """

    def __init__(
        self,
        url: str,
        key: str,
        journal: Journal | Path | str,
        *,
        patience_s: float = PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
        http: httpx.Client | None = None,
    ) -> None:
        self.journal = journal if isinstance(journal, Journal) else Journal(journal)
        self._http = http or httpx.Client(base_url=url, timeout=TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {key}"}
        self._patience_s, self._sleep = patience_s, sleep

    def __enter__(self) -> "Register":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection and the journal."""
        self._http.close()
        self.journal.close()

    def me(self) -> dict[str, Any]:
        """Which register this key is for, and whether it is in training. Errors: Problem, NoAnswer."""
        return self._get("/register/v1/me", _ours(register_id=None))

    def quote(self, items: Iterable[dict[str, Any]], **wishes: Any) -> dict[str, Any]:
        """Price a basket: `items` of `gtin` and `quantity`; `member_code`, `coupons`. Changes nothing."""
        asked = {"items": list(items), **wishes}
        status, answer = self._ask("quote", "POST", "/register/v1/quotes", asked, _ours(total_minor=None))
        return _good(status, answer)

    def sell(self, sale: dict[str, Any]) -> dict[str, Any]:
        """Charge a basket (docs/register.md); ids that are missing are made. The receipt, or `state` open.

        Written down before it is asked, asked again on time-outs. Errors: Problem (refused, nothing happened);
        NoAnswer (it may have happened: `resume()`).
        """
        body = {**sale, "id": sale.get("id") or new_id("sal")}
        if "tenders" in sale:
            body["tenders"] = [{**t, "id": t.get("id") or new_id("tnd")} for t in sale["tenders"]]
        return self._settle(self.journal.keep(SALES, body))

    def take_back(self, sale_id: str, items: Iterable[tuple[int, int]], **wishes: Any) -> dict[str, Any]:
        """Take pieces back: pairs of line_no and quantity. As sure as `sell`. Errors: Problem, NoAnswer."""
        pieces = [{"line_no": line_no, "quantity": quantity} for line_no, quantity in items]
        body = {"id": new_id("rtn"), "sale_id": sale_id, "items": pieces, **wishes}
        return self._settle(self.journal.keep(RETURNS, body))

    def wait(self, sale_id: str, timeout_s: float = 60.0) -> dict[str, Any]:
        """Ask until an open sale is paid or abandoned; as it stands when the time is over."""
        ends, pause = time.monotonic() + timeout_s, 0.2
        while True:
            state = self.sale(sale_id)
            if state["state"] not in ("open", "closing"):
                self.journal.settle(sale_id, 200, state)
                return state
            if time.monotonic() >= ends:
                return state
            self._sleep(pause)
            pause = min(pause * 1.5, 2.0)

    def sale(self, sale_id: str) -> dict[str, Any]:
        """Where a sale of this place stands; the receipt of a paid one. Errors: Problem, NoAnswer."""
        return self._get(f"/register/v1/sales/{sale_id}", _ours(sale_id=sale_id, state=None))

    def cancel(self, sale_id: str) -> dict[str, Any]:
        """Call an open payment back; the receipt if the shopper was faster. Errors: Problem, NoAnswer."""
        path, fits = f"/register/v1/sales/{sale_id}/cancel", _ours(sale_id=sale_id, state=None)
        status, answer = self._ask(sale_id, "POST", path, None, fits)
        state = _good(status, answer)
        if state["state"] not in ("open", "closing"):
            self.journal.settle(sale_id, 200, state)
        return state

    def receipt_bytes(self, sale_id: str, *, width_mm: int = 80, lang: str = "en") -> bytes:
        """ESC/POS bytes for a printer. Errors: Problem, NoAnswer."""
        path = f"/register/v1/sales/{sale_id}/receipt.escpos"
        answer = self._send(sale_id, "GET", f"{path}?width_mm={width_mm}&lang={lang}", None, _is_paper)
        if answer.status_code != 200:
            raise Problem(answer.status_code, _object(answer))
        return answer.content

    def resume(self) -> list[Asked]:
        """After a start or a pause: ask again whatever has no answer. What is settled now; the rest stays.

        A question that the server refuses is settled, too: nothing came of it.
        """
        for asked in self.journal.unanswered():
            try:
                if asked.status == 202:
                    self.wait(asked.id, timeout_s=0)
                else:
                    self._settle(asked)
            except (Problem, NoAnswer):
                continue
        return self.journal.unanswered()

    # Offline

    def sell_offline(self, sale: OfflineSale, sale_id: str | None = None) -> Entry:
        """Write a cash or slip sale into the journal, to be sent later. Errors: ValueError."""
        return write_down(self.journal, sale, sale_id)

    def send_journal(self) -> int:
        """Send what was sold offline; how many entries the server took. Errors: NoAnswer, Problem, JournalForked."""

        def post(body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            fits = _ours(journal_id=body["journal_id"], acknowledged_seq=None, results=None)
            status, answer = self._ask("journal", "POST", "/register/v1/journal", body, fits)
            is_ours = status == 409 and "journal_" in str(answer.get("code"))
            return (status, answer) if is_ours else (status, _good(status, answer))

        return send_all(self.journal, post, lambda: datetime.now(UTC).isoformat().replace("+00:00", "Z"))

    # How it asks

    def _settle(self, asked: Asked) -> dict[str, Any]:
        if not asked.is_open and asked.answer is not None and asked.status is not None:
            return _good(asked.status, asked.answer)
        # What names this very sale or return is about it; nothing else settles the question.
        fits = _ours(sale_id=asked.id) if asked.path == SALES else _ours(return_id=asked.id)
        status, answer = self._ask(asked.id, "POST", asked.path, asked.body, fits)
        if status not in WHO_ASKS:
            self.journal.settle(asked.id, status, answer)
        return _good(status, answer)

    def _get(self, path: str, fits: Fits) -> dict[str, Any]:
        status, answer = self._ask(path, "GET", path, None, fits)
        return _good(status, answer)

    def _ask(
        self, asked_id: str, method: str, path: str, body: dict[str, Any] | None, fits: Fits
    ) -> tuple[int, dict[str, Any]]:
        answer = self._send(asked_id, method, path, body, fits)
        return answer.status_code, _object(answer)

    def _send(
        self, asked_id: str, method: str, path: str, body: dict[str, Any] | None, fits: Fits
    ) -> httpx.Response:
        ends, pause = time.monotonic() + self._patience_s, 0.2
        while True:
            try:
                answer = self._http.request(method, path, json=body, headers=self._headers)
                if answer.status_code not in TRY_AGAIN and fits(answer):
                    return answer
                wished = answer.headers.get("Retry-After", "")
                pause = max(pause, float(wished)) if wished.isdigit() else pause
            except httpx.TransportError:
                pass
            if time.monotonic() + pause >= ends:
                raise NoAnswer(asked_id)
            self._sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311  so that tills do not ask in step
            pause = min(pause * 2, 5.0)


def _ours(**names: str | None) -> Fits:
    """Whether an answer is the server's own: these names in it, with these values (None: any), or a problem of ours.

    A Wi-Fi's page to sign in at, with whatever status, and a proxy's own words say nothing about the question.
    """

    def fits(answer: httpx.Response) -> bool:
        if _is_problem(answer):
            return True
        told = _object(answer)
        if answer.status_code not in (200, 202) or _type(answer) != "application/json":
            return False
        return all(name in told and value in (None, told[name]) for name, value in names.items())

    return fits


def _is_paper(answer: httpx.Response) -> bool:
    is_bytes = answer.status_code == 200 and _type(answer) == "application/octet-stream"
    return is_bytes or _is_problem(answer)


def _is_problem(answer: httpx.Response) -> bool:
    is_one = answer.status_code >= 400 and _type(answer) == "application/problem+json"
    return is_one and isinstance(_object(answer).get("code"), str)


def _type(answer: httpx.Response) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _object(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; empty when it is none."""
    try:
        told = answer.json()
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {}


def _good(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status >= 400:
        raise Problem(status, answer)
    return answer
