"""/app: the wallet app on the payer's phone."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.routing import Route

from highstreet_simulator.provider import payers
from highstreet_simulator.provider.answers import plain
from highstreet_simulator.provider.core import Provider
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import NewAccount, PendingChoice, Scan, TopUp, read_body
from highstreet_simulator.provider.store import Row, Tx
from highstreet_simulator.provider.views import show_trade

Act = Callable[[Tx, Moment, Row, bytes], object]


def open_account(provider: Provider, _request: Request, body: bytes) -> object:
    """POST /app/accounts"""
    order = read_body(NewAccount, body)
    with provider.store.transaction() as tx:
        return payers.open_account(tx, order)


def as_owner(act: Act) -> Callable[[Provider, Request, bytes], object]:
    """Check the bearer token, then act for that account in one transaction."""

    def perform(provider: Provider, request: Request, body: bytes) -> object:
        authorization = request.headers.get("authorization", "")
        with provider.store.transaction() as tx:
            account = payers.check_token(tx, request.path_params["account_id"], authorization)
            value = act(tx, provider.moment(), account, body)
        provider.wake.set()
        return value

    return perform


def show_account(tx: Tx, moment: Moment, account: Row, _body: bytes) -> object:
    """GET /app/accounts/{account_id}"""
    return payers.show_account(tx, moment, account)


def show_code(tx: Tx, moment: Moment, account: Row, _body: bytes) -> object:
    """GET /app/accounts/{account_id}/code"""
    return payers.show_code(tx, moment, account["account_id"])


def list_pending(tx: Tx, moment: Moment, account: Row, _body: bytes) -> object:
    """GET /app/accounts/{account_id}/pending"""
    return {"pending": payers.list_pending(tx, moment, account["account_id"])}


def confirm(tx: Tx, moment: Moment, account: Row, body: bytes) -> object:
    """POST /app/accounts/{account_id}/confirm"""
    choice = read_body(PendingChoice, body)
    trade = payers.answer_pending(
        tx, moment, account["account_id"], choice.out_trade_no, choice.merchant_id, is_confirmed=True
    )
    return show_trade(trade)


def refuse(tx: Tx, moment: Moment, account: Row, body: bytes) -> object:
    """POST /app/accounts/{account_id}/refuse"""
    choice = read_body(PendingChoice, body)
    trade = payers.answer_pending(
        tx, moment, account["account_id"], choice.out_trade_no, choice.merchant_id, is_confirmed=False
    )
    return show_trade(trade)


def scan(tx: Tx, moment: Moment, account: Row, body: bytes) -> object:
    """POST /app/accounts/{account_id}/scan"""
    return show_trade(payers.scan_qr(tx, moment, account["account_id"], read_body(Scan, body).code_url))


def top_up(tx: Tx, moment: Moment, account: Row, body: bytes) -> object:
    """POST /app/accounts/{account_id}/top-up"""
    payers.top_up(tx, account["account_id"], read_body(TopUp, body).amount_minor)
    row = tx.execute("SELECT * FROM accounts WHERE account_id = ?", (account["account_id"],)).fetchone()
    return payers.show_account(tx, moment, row)


def routes() -> list[Route]:
    """The routes under /app."""
    owned: list[tuple[str, str, Act]] = [
        ("GET", "", show_account),
        ("GET", "/code", show_code),
        ("GET", "/pending", list_pending),
        ("POST", "/confirm", confirm),
        ("POST", "/refuse", refuse),
        ("POST", "/scan", scan),
        ("POST", "/top-up", top_up),
    ]
    return [
        Route("/app/accounts", plain(open_account), methods=["POST"]),
        *(
            Route(f"/app/accounts/{{account_id}}{path}", plain(as_owner(act)), methods=[method])
            for method, path, act in owned
        ),
    ]
