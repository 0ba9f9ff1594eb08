"""Sends notices: signed, with retries, several at once and therefore in no promised order."""

import asyncio
import logging
from functools import partial

import httpx

from highstreet_simulator.provider.answers import order_in
from highstreet_simulator.provider.core import Provider
from highstreet_simulator.provider.faults import Fault
from highstreet_simulator.provider.store import Row

log = logging.getLogger(__name__)
AT_ONCE = 16


class Sender:
    """Delivers what stands in the table of notices; what was not delivered is retried after a restart."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Send until cancelled."""
        timeout = httpx.Timeout(self.provider.settings.notify_timeout_s)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
            try:
                while True:
                    self._start_due(client)
                    await self.provider.wait_for_work(self.provider.settings.tick_s)
            finally:
                for task in self._under_way.values():
                    task.cancel()

    def _start_due(self, client: httpx.AsyncClient) -> None:
        room = AT_ONCE - len(self._under_way)
        if room <= 0:
            return
        due = self.provider.store.connection.execute(
            """SELECT n.*, coalesce(n.url, m.notify_url) AS notify_url FROM notices n JOIN merchants m USING (merchant_id)
               WHERE notice_state IN ('waiting', 'held') AND due_at <= ? AND coalesce(n.url, m.notify_url) IS NOT NULL
               ORDER BY seq LIMIT ?""",
            (self.provider.clock.machine_now(), AT_ONCE * 2),
        ).fetchall()
        for notice in [row for row in due if row["seq"] not in self._under_way][:room]:
            task = asyncio.create_task(self._send(client, notice))
            self._under_way[notice["seq"]] = task
            task.add_done_callback(partial(self._finish, notice["seq"]))

    def _finish(self, seq: int, task: asyncio.Task[None]) -> None:
        del self._under_way[seq]
        self.provider.wake.set()
        if not task.cancelled() and (error := task.exception()):
            log.error("a notice could not be handled", exc_info=error)

    async def _send(self, client: httpx.AsyncClient, notice: Row) -> None:
        """One attempt; faults strike at the first attempt only, so that retries can mend them."""
        is_first = (
            notice["attempts"] == 0 and notice["delivered"] == 0 and notice["notice_state"] == "waiting"
        )
        fault = self.provider.faults.draw("notice", order_in("", notice["body"])) if is_first else Fault()
        if fault.kind == "drop_notice":
            self._note(notice, "notice_state = 'dropped'")
            return
        if fault.kind == "reorder_notices":
            self._note(
                notice, "notice_state = 'held', due_at = ?", self.provider.clock.machine_now() + fault.seconds
            )
            return
        if fault.kind == "duplicate_notice":
            self._note(notice, "copies = copies + 1")
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        error = await self._post(client, notice, fault)
        if error is None:
            self._delivered(notice)
        else:
            self._failed(notice, error)

    async def _post(self, client: httpx.AsyncClient, notice: Row, fault: Fault) -> str | None:
        letter = self.provider.write_notice(
            notice, is_cut=fault.kind == "malformed_body", is_wrong=fault.kind == "bad_signature"
        )
        try:
            answer = await client.post(notice["notify_url"], content=letter.body, headers=letter.headers)
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            return f"{type(exc).__name__}: {exc}"
        return None if self.provider.took_notice(answer) else f"answered {answer.status_code}"

    def _delivered(self, notice: Row) -> None:
        self._note(
            notice,
            """delivered = delivered + 1, attempts = 0, last_error = NULL,
               notice_state = CASE WHEN delivered + 1 >= copies THEN 'delivered' ELSE 'waiting' END""",
        )
        # A held notice goes as soon as a later one has overtaken it.
        self.provider.store.connection.execute(
            "UPDATE notices SET due_at = ? WHERE notice_state = 'held' AND seq < ?",
            (self.provider.clock.machine_now(), notice["seq"]),
        )

    def _failed(self, notice: Row, error: str) -> None:
        backoff = self.provider.settings.notify_backoff_s
        attempts = notice["attempts"]
        if attempts >= len(backoff):
            self._note(notice, "notice_state = 'given_up', attempts = attempts + 1, last_error = ?", error)
            return
        due_at = self.provider.clock.machine_now() + backoff[attempts]
        self._note(
            notice,
            "notice_state = 'waiting', attempts = attempts + 1, due_at = ?, last_error = ?",
            due_at,
            error,
        )

    def _note(self, notice: Row, assignment: str, *values: object) -> None:
        # The assignments are written in this file; only values come from outside.
        self.provider.store.connection.execute(
            f"UPDATE notices SET {assignment} WHERE seq = ?",  # noqa: S608
            (*values, notice["seq"]),
        )


def count_notices(provider: Provider) -> dict[str, int]:
    """How many notices are in which state."""
    rows = provider.store.connection.execute(
        "SELECT notice_state, count(*) AS n FROM notices GROUP BY notice_state"
    )
    return {row["notice_state"]: row["n"] for row in rows}


def retry_all_now(provider: Provider) -> int:
    """Make every undelivered notice due now, those given up too; returns how many."""
    connection = provider.store.connection
    cursor = connection.execute(
        """UPDATE notices SET due_at = ?, attempts = 1, notice_state = 'waiting'
           WHERE notice_state IN ('waiting', 'held', 'given_up')""",
        (provider.clock.machine_now(),),
    )
    provider.wake.set()
    return cursor.rowcount


def list_notices(provider: Provider) -> list[dict[str, object]]:
    """Every notice with what became of it, oldest first."""
    rows = provider.store.connection.execute("SELECT * FROM notices ORDER BY seq")
    return [
        {
            "id": row["notice_id"],
            "merchant_id": row["merchant_id"],
            "type": row["type"],
            "state": row["notice_state"],
            "copies": row["copies"],
            "delivered": row["delivered"],
            "attempts": row["attempts"],
            "last_error": row["last_error"],
        }
        for row in rows
    ]
