"""Balance transactions and the itemized report of them.

docs.stripe.com/api/balance_transactions; docs.stripe.com/reports/api; docs.stripe.com/reports/report-types/balance
(columns; amounts in major units; `payment_metadata[key]` and `refund_metadata[key]` on request; both ends of the interval
within what is available, else 400).
"""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

from starlette.routing import Route

from highstreet_simulator.provider.answers import asked
from highstreet_simulator.provider.core import Answer, Call
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.stripe.acts import act
from highstreet_simulator.stripe.forms import Json, dict_of, list_of, missing, need_int, need_text, refuse
from highstreet_simulator.stripe.pages import list_newest
from highstreet_simulator.stripe.tables import insert, new_id
from highstreet_simulator.stripe.views import show_balance_transaction, show_list

REPORT = "balance_change_from_activity.itemized.3"
DEFAULT_COLUMNS = [
    "balance_transaction_id",
    "created_utc",
    "created",
    "available_on",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    "description",
    "customer_facing_amount",
    "customer_facing_currency",
    "charge_id",
    "payment_intent_id",
]
DAY_S = 86_400
# Made up: a day of UTC is complete this long after its end; the real one says "within 36 hours" at worst.
READY_AFTER_S = 10 * 3600
_ZERO = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "MGA",
    "PYG",
    "RWF",
    "UGX",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
_SELECT = """SELECT 'txn_' || printf('%024d', m.movement_id) AS id, m.*, t.out_trade_no, t.currency, t.subject,
               r.out_refund_no, i.metadata AS payment_metadata, s.metadata AS refund_metadata
             FROM movements m JOIN trades t USING (trade_id) JOIN stripe_intents i USING (trade_id)
             LEFT JOIN refunds r ON r.refund_id = m.refund_id
             LEFT JOIN stripe_refunds s ON s.refund_id = r.out_refund_no"""


def list_balance(tx: Tx, _moment: Moment, call: Call) -> Json:
    """GET /v1/balance_transactions"""
    where, values = "m.merchant_id = ?", [call.merchant_id]
    if source := call.asked.get("source"):
        where += " AND (r.out_refund_no = ? OR (m.kind = 'paid' AND t.out_trade_no = ?))"
        values += [source, f"pi_{str(source).removeprefix('ch_')}"]
    rows, has_more = list_newest(tx, call, _SELECT, where, values, created="m.at", id_="m.movement_id")
    return show_list([show_balance_transaction(row) for row in rows], "/v1/balance_transactions", has_more)


def available_end(moment: Moment) -> int:
    """Until when the report has everything: the end of a UTC day; now, when early bills are allowed."""
    if moment.settings.allow_early_bill:
        return int(moment.at) + 1
    return int(moment.at - READY_AFTER_S) // DAY_S * DAY_S


def show_type(_tx: Tx, moment: Moment, call: Call) -> Json:
    """GET /v1/reporting/report_types/{report_type}"""
    name = call.request.path_params["report_type"]
    if name != REPORT:
        raise missing("reporting.report_type", name)
    return {
        "id": REPORT,
        "object": "reporting.report_type",
        "data_available_end": available_end(moment),
        "data_available_start": 0,
        "default_columns": DEFAULT_COLUMNS,
        "livemode": True,
        "name": "Itemized balance change from activity",
        "updated": int(moment.at),
        "version": 3,
    }


def create_run(tx: Tx, moment: Moment, call: Call) -> Json:
    """POST /v1/reporting/report_runs"""
    if need_text(call.asked, "report_type") != REPORT:
        raise refuse(400, f"Only {REPORT} is simulated.", param="report_type")
    parameters = dict_of(call.asked, "parameters")
    start, end = need_int(parameters, "interval_start"), need_int(parameters, "interval_end")
    if start >= end:
        raise refuse(400, "interval_start must be before interval_end.", param="parameters[interval_start]")
    if end > available_end(moment):
        message = f"Data for the report is available until {available_end(moment)}."
        raise refuse(400, message, param="parameters[interval_end]")
    columns = [str(name) for name in list_of(parameters, "columns")] or DEFAULT_COLUMNS
    rows = tx.execute(
        f"{_SELECT} WHERE m.merchant_id = ? AND m.at >= ? AND m.at < ? ORDER BY m.movement_id",
        (call.merchant_id, start, end),
    ).fetchall()
    run_id = new_id("frr")
    insert(
        tx,
        "stripe_runs",
        run_id=run_id,
        merchant_id=call.merchant_id,
        file_id=new_id("file"),
        report_type=REPORT,
        parameters={"interval_start": start, "interval_end": end, "columns": columns},
        content=write_report(rows, columns, moment.effect.bill_fault),
        created=int(moment.at),
    )
    return _show_run(_run(tx, call, run_id), call, is_done=False)


def write_report(rows: list[Row], columns: list[str], fault: str | None = None) -> bytes:
    """The file; `missing_rows` leaves its last row out, `extra_rows` adds one of a payment that never was."""
    text = io.StringIO(newline="")
    file = csv.writer(text, lineterminator="\n")
    file.writerow(columns)
    lines = [_cells(row) for row in rows]
    if fault == "missing_rows":
        lines = lines[:-1]
    if fault == "extra_rows" and lines:
        strange = {"balance_transaction_id": new_id("txn"), "source_id": new_id("ch")}
        strange |= {"payment_intent_id": new_id("pi"), "charge_id": strange["source_id"]}
        lines.append(lines[0] | strange | {"payment_metadata": {}, "refund_metadata": {}})
    for line in lines:
        file.writerow(_cell(line, column) for column in columns)
    return text.getvalue().encode()


def _cells(row: Row) -> Json:
    shown = show_balance_transaction(row)
    currency = str(row["currency"])
    created = datetime.fromtimestamp(row["at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
    cells: Json = {
        "balance_transaction_id": shown["id"],
        "created_utc": created,
        "created": created,
        "available_on": datetime.fromtimestamp(shown["available_on"], UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "currency": shown["currency"],
        "gross": show_major(shown["amount"], currency),
        "fee": show_major(shown["fee"], currency),
        "net": show_major(shown["net"], currency),
        "reporting_category": shown["reporting_category"],
        "source_id": shown["source"],
        "description": shown["description"],
        "customer_facing_amount": show_major(shown["amount"], currency),
        "customer_facing_currency": shown["currency"],
        "charge_id": "ch_" + str(row["out_trade_no"]).removeprefix("pi_"),
        "payment_intent_id": row["out_trade_no"],
    }
    cells["payment_metadata"] = json.loads(row["payment_metadata"])
    cells["refund_metadata"] = json.loads(row["refund_metadata"] or "{}")
    return cells


def _cell(line: Json, column: str) -> Any:
    name, _, key = column.removesuffix("]").partition("[")
    if name not in line or bool(key) != (name in ("payment_metadata", "refund_metadata")):
        raise refuse(400, f"Invalid column: {column}", param="parameters[columns]")
    return line[name].get(key, "") if key else line[name]


def show_major(amount: int, currency: str) -> str:
    """Major units without floats: -1230 of eur is -12.30, of jpy -1230."""
    if currency.upper() in _ZERO:
        return str(amount)
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def retrieve_run(tx: Tx, _moment: Moment, call: Call) -> Json:
    """GET /v1/reporting/report_runs/{run}: done when first asked for (the real one takes minutes)."""
    return _show_run(_run(tx, call, call.request.path_params["run"]), call, is_done=True)


def _run(tx: Tx, call: Call, run_id: str) -> Row:
    run = one(tx, "SELECT * FROM stripe_runs WHERE merchant_id = ? AND run_id = ?", call.merchant_id, run_id)
    if run is None:
        raise missing("reporting.report_run", run_id)
    return run


def _show_run(run: Row, call: Call, *, is_done: bool) -> Json:
    result = None
    if is_done:
        path = f"/v1/files/{run['file_id']}/contents"
        result = {
            "id": run["file_id"],
            "object": "file",
            "created": run["created"],
            "filename": f"{run['run_id']}.csv",
            "purpose": "finance_report_run",
            "size": len(run["content"]),
            "type": "csv",
            "url": f"{str(call.request.base_url).rstrip('/')}{path}",
        }
    return {
        "id": run["run_id"],
        "object": "reporting.report_run",
        "created": run["created"],
        "error": None,
        "livemode": True,
        "parameters": json.loads(run["parameters"]),
        "report_type": run["report_type"],
        "result": result,
        "status": "succeeded" if is_done else "pending",
        "succeeded_at": run["created"] if is_done else None,
    }


def file_contents(tx: Tx, _moment: Moment, call: Call) -> Answer:
    """GET /v1/files/{file}/contents (at files.stripe.com)"""
    file_id = call.request.path_params["file"]
    run = one(
        tx, "SELECT * FROM stripe_runs WHERE merchant_id = ? AND file_id = ?", call.merchant_id, file_id
    )
    if run is None:
        raise missing("file", file_id)
    return Answer(run["content"], media_type="text/csv")


def routes() -> list[Route]:
    """The routes of the balance and its report."""
    return [
        Route("/v1/balance_transactions", asked("query", act(list_balance)), methods=["GET"]),
        Route("/v1/reporting/report_types/{report_type}", asked("query", act(show_type)), methods=["GET"]),
        Route("/v1/reporting/report_runs", asked("bill", act(create_run)), methods=["POST"]),
        Route("/v1/reporting/report_runs/{run}", asked("bill", act(retrieve_run)), methods=["GET"]),
        Route("/v1/files/{file}/contents", asked("bill", act(file_contents)), methods=["GET"]),
    ]
