"""/sim: the control plane of the simulator. Unsigned; listen on loopback only."""

from starlette.requests import Request
from starlette.routing import Route

from highstreet_simulator.provider import sender
from highstreet_simulator.provider.answers import plain
from highstreet_simulator.provider.clock import show_time, wallet_day
from highstreet_simulator.provider.core import Provider
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.faults import FaultDial, NextFault
from highstreet_simulator.provider.orders import ClockMove, NewMerchant, read_body
from highstreet_simulator.provider.views import show_refund, show_trade


def register_merchant(provider: Provider, _request: Request, body: bytes) -> object:
    """POST /sim/merchants"""
    merchant = read_body(NewMerchant, body)
    provider.register_merchant(merchant)
    return {"merchant_id": merchant.merchant_id, "notify_url": merchant.notify_url}


def set_faults(provider: Provider, _request: Request, body: bytes) -> object:
    """PUT /sim/faults: replaces the whole dial; `{}` turns everything off."""
    provider.set_dial(read_body(FaultDial, body))
    return provider.faults.dial.model_dump()


def show_faults(provider: Provider, _request: Request, _body: bytes) -> object:
    """GET /sim/faults"""
    return provider.faults.dial.model_dump() | {"next": provider.faults.waiting()}


def clear_faults(provider: Provider, _request: Request, _body: bytes) -> object:
    """DELETE /sim/faults: the dial off and no one-shot fault waiting."""
    provider.set_dial(FaultDial())
    provider.faults.forget_next()
    return provider.faults.dial.model_dump()


def add_next_fault(provider: Provider, _request: Request, body: bytes) -> object:
    """POST /sim/faults/next"""
    provider.faults.add_next(read_body(NextFault, body))
    return {"next": provider.faults.waiting()}


def show_struck(provider: Provider, _request: Request, _body: bytes) -> object:
    """GET /sim/faults/struck: how often each fault struck since the start, and the orders it befell."""
    struck = provider.faults.struck
    counts: dict[str, dict[str, int]] = {}
    for (operation, kind), times in sorted(struck.items()):
        counts.setdefault(operation, {})[kind] = times
    return {"struck": counts, "orders": sorted(provider.faults.struck_orders)}


def list_trades(provider: Provider, request: Request, _body: bytes) -> object:
    """GET /sim/trades?merchant_id=&after=&limit=: the truth, oldest first; `after` is a trade_id."""
    try:
        after = int(request.query_params.get("after", 0))
        limit = min(int(request.query_params.get("limit", 100_000)), 100_000)
    except ValueError as exc:
        raise ProviderRefusal(400, "invalid_request", "after and limit are numbers") from exc
    merchant_id = request.query_params.get("merchant_id")
    connection = provider.store.connection
    rows = connection.execute(
        """SELECT * FROM trades WHERE trade_id > :after AND (:merchant IS NULL OR merchant_id = :merchant)
           ORDER BY trade_id LIMIT :limit""",
        {"after": after, "merchant": merchant_id, "limit": limit},
    ).fetchall()
    by_trade: dict[int, list[dict[str, object]]] = {}
    for refund in connection.execute(
        """SELECT r.*, t.out_trade_no, t.transaction_id, t.currency
           FROM refunds r JOIN trades t USING (trade_id) WHERE t.trade_id > ?""",
        (after,),
    ):
        by_trade.setdefault(refund["trade_id"], []).append(show_refund(refund))
    truth = [
        show_trade(row)
        | {"trade_id": row["trade_id"], "payer_id": row["account_id"], "has_waited": bool(row["has_waited"])}
        | {"close_at": show_time(row["close_at"]), "late_at": show_time(row["late_at"])}
        | {"refunds": by_trade.get(row["trade_id"], [])}
        | provider.tell_more(row)
        for row in rows
    ]
    return {"trades": truth}


def show_state(provider: Provider, _request: Request, _body: bytes) -> object:
    """GET /sim/state: totals, and whether money was conserved."""
    connection = provider.store.connection

    def total(sql: str) -> int:
        return int(connection.execute(sql).fetchone()[0] or 0)

    funded = total("SELECT sum(funded_minor) FROM accounts")
    with_payers = total("SELECT sum(balance_minor) FROM accounts")
    with_merchants = total("SELECT sum(balance_minor) FROM merchants")
    moved = {
        row["kind"]: row["amount"]
        for row in connection.execute("SELECT kind, sum(amount_minor) AS amount FROM movements GROUP BY kind")
    }
    net = moved.get("paid", 0) - moved.get("refund", 0) - moved.get("reversed", 0)
    states = connection.execute("SELECT trade_state, count(*) AS n FROM trades GROUP BY trade_state")
    now = provider.clock.now()
    return {
        "now": show_time(now),
        "day": wallet_day(now),
        "clock_offset_s": provider.clock.offset_s,
        "funded_minor": funded,
        "with_payers_minor": with_payers,
        "with_merchants_minor": with_merchants,
        "paid_minor": moved.get("paid", 0),
        "refunded_minor": moved.get("refund", 0),
        "reversed_minor": moved.get("reversed", 0),
        "is_conserved": funded == with_payers + with_merchants and net == with_merchants,
        "trades": {row["trade_state"]: row["n"] for row in states},
        "notices": sender.count_notices(provider),
    }


def move_clock(provider: Provider, _request: Request, body: bytes) -> object:
    """POST /sim/clock"""
    provider.move_clock(read_body(ClockMove, body).offset_s)
    return {"offset_s": provider.clock.offset_s, "now": show_time(provider.clock.now())}


def list_notices(provider: Provider, _request: Request, _body: bytes) -> object:
    """GET /sim/notices"""
    return {"notices": sender.list_notices(provider)}


def retry_notices(provider: Provider, _request: Request, _body: bytes) -> object:
    """POST /sim/notices/retry: every notice that was not delivered is due now, those given up too."""
    return {"due": sender.retry_all_now(provider)}


def routes() -> list[Route]:
    """The routes under /sim."""
    return [
        Route("/sim/merchants", plain(register_merchant), methods=["POST"]),
        Route("/sim/faults", plain(set_faults), methods=["PUT"]),
        Route("/sim/faults", plain(show_faults), methods=["GET"]),
        Route("/sim/faults", plain(clear_faults), methods=["DELETE"]),
        Route("/sim/faults/struck", plain(show_struck), methods=["GET"]),
        Route("/sim/faults/next", plain(add_next_fault), methods=["POST"]),
        Route("/sim/trades", plain(list_trades), methods=["GET"]),
        Route("/sim/state", plain(show_state), methods=["GET"]),
        Route("/sim/clock", plain(move_clock), methods=["POST"]),
        Route("/sim/notices", plain(list_notices), methods=["GET"]),
        Route("/sim/notices/retry", plain(retry_notices), methods=["POST"]),
    ]
