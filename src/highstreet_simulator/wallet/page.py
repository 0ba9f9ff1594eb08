"""/: the payer's phone as a page, for people who try things out. Not signed in: loopback only, as /sim."""

from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from highstreet_simulator.provider import payers, trades
from highstreet_simulator.provider.answers import provider_of
from highstreet_simulator.provider.errors import ProviderRefusal
from highstreet_simulator.provider.moment import Moment
from highstreet_simulator.provider.orders import PayQr, PendingChoice, read_body
from highstreet_simulator.provider.store import Row, Tx, one
from highstreet_simulator.wallet import page_payers
from highstreet_simulator.wallet.drawn import bars_path, qr_path
from highstreet_simulator.wallet.page_payers import PAYERS, QR_END, PagePayer
from highstreet_simulator.wallet.page_words import LANGUAGES, WORDS, say

FOLDER = Path(__file__).with_name("pages")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
FILES = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}
SIGNS = {"EUR": "€", "CNY": "¥", "USD": "$", "GBP": "£"}
TOP_UP_MINOR = 10_000
YEAR_S = 31_536_000

_templates = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)
Act = Callable[[Tx, Moment, PagePayer, bytes], object]


def language_of(request: Request) -> str:
    """As asked for once, else the browser's."""
    wanted = request.query_params.get("lang") or request.cookies.get("wallet_lang") or ""
    if wanted in LANGUAGES:
        return wanted
    return "zh" if request.headers.get("accept-language", "").lower().startswith("zh") else "en"


def money(minor: int, currency: str) -> str:
    """€1,234.50"""
    return f"{SIGNS.get(currency, f'{currency} ')}{minor / 100:,.2f}"


def who_asks(trade: Row) -> str:
    """The payee, as merchants write it before " · " in the subject."""
    return str(trade["subject"]).partition(" · ")[0]


def draw(request: Request, name: str, status: int = 200, **facts: Any) -> Response:
    """One of the templates, with its words and the page's policy; the language asked for is remembered."""
    language = language_of(request)
    text = _text(request, name, **facts)
    answer = Response(text, status, HEADERS, "text/html; charset=utf-8")
    if request.query_params.get("lang") == language:
        answer.set_cookie("wallet_lang", language, max_age=YEAR_S, httponly=True, samesite="lax")
    return answer


def _text(request: Request, name: str, **facts: Any) -> str:
    language = language_of(request)
    currency = provider_of(request).settings.currency

    def t(key: str, **more: object) -> str:
        return say(language, key, **more)

    return _templates.get_template(name).render(
        t=t,
        words=WORDS,
        language=language,
        other="en" if language == "zh" else "zh",
        path=request.url.path,
        money=lambda minor: money(minor, currency),
        named=lambda payer: payer.zh if language == "zh" else payer.en,
        who=who_asks,
        top_up_minor=TOP_UP_MINOR,
        **facts,
    )


def _payer(request: Request) -> PagePayer:
    found = PAYERS.get(request.path_params["payer"])
    if found is None:
        raise ProviderRefusal(404, "no_such_path", "nobody of that name")
    return found


async def choose(request: Request) -> Response:
    """GET /: whose phone to hold."""
    with provider_of(request).store.transaction() as tx:
        found = [(payer, page_payers.account_of(tx, payer)) for payer in PAYERS.values()]
    return draw(request, "choose.html", found=found)


async def phone(request: Request) -> Response:
    """GET /payer/{payer}: the phone, with its code."""
    if (payer := PAYERS.get(request.path_params["payer"])) is None:
        return RedirectResponse("/", 303)
    facts = _now(request, payer)
    answer = draw(request, "phone.html", payer=payer, is_wrong="wrong" in request.query_params, **facts)
    return _held(answer, payer)


def _held(answer: Response, payer: PagePayer) -> Response:
    """Whose phone is held from now on: the payer's who was opened, or who paid, last."""
    answer.set_cookie("wallet_payer", payer.key, max_age=YEAR_S, httponly=True, samesite="lax")
    return answer


async def phone_now(request: Request) -> Response:
    """GET /payer/{payer}/now: the parts of the phone that change, by their id."""
    try:
        payer = _payer(request)
    except ProviderRefusal as refusal:
        return _refused(refusal)
    facts = _now(request, payer)
    parts = {
        name: _text(request, f"{name}.html", payer=payer, **facts)
        for name in ("balance", "state", "code", "left", "nearby")
    }
    return Response(orjson.dumps(parts), 200, HEADERS, "application/json")


def _now(request: Request, payer: PagePayer) -> dict[str, Any]:
    wallet = provider_of(request)
    moment = wallet.moment()
    with wallet.store.transaction() as tx:
        account = page_payers.account_of(tx, payer)
        digits = str(payers.show_code(tx, moment, payer.account_id)["auth_code"])
        expires_at = one(tx, "SELECT expires_at FROM codes WHERE auth_code = ?", digits)
        left_s = expires_at["expires_at"] - moment.at if expires_at else 0
        bars, width = bars_path(digits)
        squares, side = qr_path(digits)
        return {
            "account": account,
            "digits": " ".join((digits[:2], *(digits[at : at + 4] for at in range(2, len(digits), 4)))),
            "qr": squares,
            "qr_width": side,
            "bars": bars,
            "bars_width": width,
            "left_s": ceil(left_s),
            "pending": page_payers.waiting_for(tx, moment, payer.account_id),
            "last": page_payers.last_trade(tx, moment, payer.account_id),
            "shown": page_payers.shown_qrs(tx, moment),
        }


async def code_now(request: Request) -> Response:
    """GET /payer/{payer}/code: the code alone, for a guide that scans it."""
    wallet = provider_of(request)
    try:
        payer = _payer(request)
        with wallet.store.transaction() as tx:
            page_payers.account_of(tx, payer)
            shown = payers.show_code(tx, wallet.moment(), payer.account_id)
    except ProviderRefusal as refusal:
        return _refused(refusal)
    return Response(orjson.dumps(shown), 200, HEADERS, "application/json")


async def scan(request: Request) -> Response:
    """GET /payer/{payer}/scan?text=: to the page of that QR."""
    payer = PAYERS.get(request.path_params["payer"])
    if payer is None:
        return RedirectResponse("/", 303)
    found = QR_END.search(request.query_params.get("text", "").strip())
    to = f"/pay/{found[1]}" if found else f"/payer/{payer.key}?wrong=1#scan"
    return RedirectResponse(to, 303, HEADERS)


async def pay_page(request: Request) -> Response:
    """GET /pay/{token}: what a phone's camera opens."""
    wallet = provider_of(request)
    moment = wallet.moment()
    with wallet.store.transaction() as tx:
        try:
            trade = page_payers.trade_of_qr(tx, moment, request.path_params["token"])
        except ProviderRefusal as refusal:
            return draw(request, "wrong.html", refusal.status)
        trade = trades.apply_due(tx, moment, trade)
        found = [(payer, page_payers.account_of(tx, payer)) for payer in PAYERS.values()]
    wallet.wake.set()
    mine = request.cookies.get("wallet_payer")
    found.sort(key=lambda one: one[0].key != mine)
    return draw(request, "pay.html", trade=trade, found=found, token=request.path_params["token"])


def acting(act: Act) -> Callable[[Request], Any]:
    """A payer's tap, from a page of ours only: a stranger's page cannot set the header."""

    async def endpoint(request: Request) -> Response:
        wallet, body = provider_of(request), await request.body()
        try:
            if request.headers.get("x-wallet") != "page":
                raise ProviderRefusal(403, "not_from_page", "only the wallet's own page may ask this")
            payer = _payer(request)
            with wallet.store.transaction() as tx:
                page_payers.account_of(tx, payer)
                act(tx, wallet.moment(), payer, body)
        except ProviderRefusal as refusal:
            return _refused(refusal, language_of(request))
        wallet.wake.set()
        return _held(Response(status_code=204, headers=HEADERS), payer)

    return endpoint


def _refused(refusal: ProviderRefusal, language: str = "en") -> Response:
    key = next((k for k in (f"why_{refusal.code}", refusal.code) if k in WORDS), "failed")
    body = refusal.body() | {"say": say(language, key)}
    return Response(orjson.dumps(body), refusal.status, HEADERS, "application/json")


def confirm(tx: Tx, moment: Moment, payer: PagePayer, body: bytes) -> object:
    """POST /payer/{payer}/confirm"""
    return _answer(tx, moment, payer, body, is_confirmed=True)


def refuse(tx: Tx, moment: Moment, payer: PagePayer, body: bytes) -> object:
    """POST /payer/{payer}/refuse"""
    return _answer(tx, moment, payer, body, is_confirmed=False)


def _answer(tx: Tx, moment: Moment, payer: PagePayer, body: bytes, *, is_confirmed: bool) -> Row:
    choice = read_body(PendingChoice, body)
    return payers.answer_pending(
        tx, moment, payer.account_id, choice.out_trade_no, choice.merchant_id, is_confirmed
    )


def top_up(tx: Tx, _moment: Moment, payer: PagePayer, _body: bytes) -> object:
    """POST /payer/{payer}/top-up"""
    payers.top_up(tx, payer.account_id, TOP_UP_MINOR)
    return None


def pay_qr(tx: Tx, moment: Moment, payer: PagePayer, body: bytes) -> object:
    """POST /payer/{payer}/pay"""
    trade = page_payers.trade_of_qr(tx, moment, read_body(PayQr, body).token)
    return payers.scan_qr(tx, moment, payer.account_id, str(trade["code_url"]))


async def file(request: Request) -> Response:
    """GET /page/{name}: style, script, icon."""
    name = request.path_params["name"]
    if name not in FILES:
        return Response(status_code=404, headers=HEADERS)
    return Response((FOLDER / name).read_bytes(), 200, HEADERS, FILES[name])


def routes() -> list[Route]:
    """The routes of the page."""
    acts: dict[str, Act] = {"confirm": confirm, "refuse": refuse, "top-up": top_up, "pay": pay_qr}
    return [
        Route("/", choose),
        Route("/page/{name}", file),
        Route("/pay/{token}", pay_page),
        Route("/payer/{payer}", phone),
        Route("/payer/{payer}/now", phone_now),
        Route("/payer/{payer}/code", code_now),
        Route("/payer/{payer}/scan", scan),
        *(Route(f"/payer/{{payer}}/{name}", acting(act), methods=["POST"]) for name, act in acts.items()),
    ]
