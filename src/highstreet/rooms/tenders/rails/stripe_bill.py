"""Fetching Stripe's report of a day: ask for it, wait until it is written, take the file.

docs.stripe.com/reports/api: a run is `pending` for minutes, then its `result` is a file at files.stripe.com; the interval
must lie within what the report type says is available, which lags behind by hours.
"""

import asyncio
import time
from datetime import date
from typing import Any
from urllib.parse import quote

from highstreet.rooms.tenders.errors import BILL_NOT_READY, RAIL_DOWN
from highstreet.rooms.tenders.model import RailAnswer, bill_day
from highstreet.rooms.tenders.rails import stripe_wire as wire
from highstreet.rooms.tenders.rails.heard import Json
from highstreet.rooms.tenders.rails.stripe_calls import StripeCalls
from highstreet.rooms.tenders.rails.stripe_report import COLUMNS, REPORT_TYPE

API_URL, FILES_URL = "https://api.stripe.com", "https://files.stripe.com"
RUN_WAITS_S = (0.0, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


async def fetch_report(calls: StripeCalls, base_url: str, day: date, *, is_early: bool) -> bytes:
    """The report of one of our days; early: of as much of it as there is.

    Errors: Refusal tenders.bill_not_ready while Stripe has not all of it, or is still writing; tenders.rail_down
    when no believable answer came.
    """
    start, end = (int(at.timestamp()) for at in bill_day(day))
    about = await _got(calls, f"{base_url}/v1/reporting/report_types/{REPORT_TYPE}")
    available = about.get("data_available_end")
    if type(available) is not int:
        raise RAIL_DOWN()
    if is_early:
        end = min(end, available)
    if end > available or end <= start:
        raise BILL_NOT_READY(day=day.isoformat())
    asked = {
        "report_type": REPORT_TYPE,
        "parameters": {"interval_start": start, "interval_end": end, "columns": list(COLUMNS)},
    }
    # Asked again within the hour it is the same run, for the next attempt to find it written.
    key = None if is_early else f"bill-{start}-{end}-{int(time.time()) // 3600}"
    made = await calls.post("bill", f"{base_url}/v1/reporting/report_runs", asked, key=key)
    if isinstance(made, RailAnswer) or made.status != 200:
        raise RAIL_DOWN()
    run_id = quote(wire.ref_of(made.content) or "", safe="")
    for wait_s in RUN_WAITS_S:
        await asyncio.sleep(wait_s)
        run = await _got(calls, f"{base_url}/v1/reporting/report_runs/{run_id}")
        if run.get("status") == "succeeded":
            return await _fetch_file(calls, base_url, run.get("result"))
        if run.get("status") != "pending":
            raise RAIL_DOWN()
    raise BILL_NOT_READY(day=day.isoformat())


async def _fetch_file(calls: StripeCalls, base_url: str, file: Any) -> bytes:
    """The file, if it is as long as it must be. Its `url` is not followed: the key goes to Stripe alone."""
    file_id = wire.ref_of(file)
    if file_id is None or not isinstance(file, dict):
        raise RAIL_DOWN()
    base = FILES_URL if base_url == API_URL else base_url
    content = await calls.fetch_file(f"{base}/v1/files/{quote(file_id, safe='')}/contents")
    if content is None or len(content) != file.get("size"):
        raise RAIL_DOWN()
    return content


async def _got(calls: StripeCalls, url: str) -> Json:
    """An object, or Refusal tenders.rail_down."""
    got = await calls.get("bill", url)
    if isinstance(got, RailAnswer) or got.status != 200:
        raise RAIL_DOWN()
    return got.content
