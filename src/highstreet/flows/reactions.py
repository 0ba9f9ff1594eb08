"""The one list of "when this event, do that", and of the work that is delayed or repeated.

A reaction runs in a transaction, may run twice and must not mind.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from highstreet.flows.charge_sale import resolve_tender, reverse_late_success
from highstreet.flows.let_go_in_time import let_go_in_time
from highstreet.flows.make_statements import STATEMENTS_JOB, make_statements
from highstreet.flows.pay_in_parts import LINK_JOB
from highstreet.flows.pay_link import end_link_in_time
from highstreet.flows.program import Program
from highstreet.flows.refund_tender import resolve_refund
from highstreet.flows.return_sale import REFUND_JOB
from highstreet.flows.sell_at_register import LET_GO_JOB, RESOLVE_JOB
from highstreet.kernel import idempotency, jobs
from highstreet.kernel.db import refresh_statistics
from highstreet.kernel.jobs import Every, Handler
from highstreet.kernel.outbox import RETRY_JOB, Reaction, Relay, StoredEvent
from highstreet.kernel.tx import Tx
from highstreet.lake import EXPORT, export_job
from highstreet.rooms import identity
from highstreet.rooms.members import MATURE_POINTS, mature_points_job
from highstreet.rooms.offers import FORGET_COUNTS, forget_counts_job
from highstreet.rooms.parcels import FORGET_ADDRESSES, forget_addresses_job

REVERSE_LATE_JOB = "tenders.reverse_late_success"
TIDY_JOB = "kernel.tidy"


def reverse_late_payment(tx: Tx, event: StoredEvent) -> None:
    """Money came for a payment we had given up: have it given back (M3)."""
    if event.body["direction"] != "in":  # a refund done after all: the day's bill shows it to a person
        return
    tender_id = event.body["tender_id"]
    jobs.enqueue(
        tx,
        REVERSE_LATE_JOB,
        {"tender_id": tender_id},
        run_at=event.at,
        now=event.at,
        once_key=f"{REVERSE_LATE_JOB}:{tender_id}:{event.seq}",
    )


REACTIONS: dict[str, Sequence[Reaction]] = {
    "tenders.late_success.v1": [reverse_late_payment],
}

SCHEDULE: tuple[Every, ...] = (
    MATURE_POINTS,
    FORGET_COUNTS,
    FORGET_ADDRESSES,
    Every(TIDY_JOB, 3600),
    EXPORT,
    *identity.SCHEDULE,
)


def handlers(program: Program, relay: Relay) -> dict[str, Handler]:
    """Every kind of job and who does it."""

    async def tidy(_payload: dict[str, Any], now: datetime) -> None:
        await program.db.write(idempotency.forget_old, now)
        await program.db.write(jobs.forget_done, now)
        await program.db.write(refresh_statistics, None)
        await program.db.empty_log()

    return {
        RETRY_JOB: relay.retry,
        RESOLVE_JOB: partial(resolve_tender, program),
        LINK_JOB: partial(end_link_in_time, program),
        REVERSE_LATE_JOB: partial(reverse_late_success, program),
        REFUND_JOB: partial(resolve_refund, program),
        LET_GO_JOB: partial(let_go_in_time, program),
        STATEMENTS_JOB: partial(make_statements, program.db),
        MATURE_POINTS.kind: mature_points_job(program.db),
        FORGET_COUNTS.kind: forget_counts_job(program.db),
        FORGET_ADDRESSES.kind: forget_addresses_job(program.db),
        TIDY_JOB: tidy,
        EXPORT.kind: export_job(program.db, Path(program.settings.lake_path)),
        **identity.handlers(program.db, program.sender, program.pepper),
    }
