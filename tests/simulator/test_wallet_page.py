"""The wallet's page for people, over HTTP: its policy, what it lets whom do, and where a QR leads."""

import re
import secrets

import httpx
import pytest

from highstreet_simulator.wallet import ThreadedWallet, WalletSettings
from highstreet_simulator.wallet.page import FOLDER
from highstreet_simulator.wallet.page_words import WORDS
from highstreet_simulator.wallet.peers import Merchant, Payer

OURS = {"X-Wallet": "page"}


def opened_qr(merchant: Merchant, total: int = 1230) -> str:
    order = {"out_trade_no": secrets.token_hex(6), "amount": {"total": total}, "subject": "Nordlys · sal_1"}
    return str(merchant.call("POST", "/v1/pay/qr", order)["code_url"])


@pytest.mark.parametrize("path", ["/", "/payer/aino", "/pay/none", "/page/page.js", "/page/page.css"])
def test_nothing_from_elsewhere_and_nothing_inline(merchant: Merchant, path: str) -> None:
    answer = merchant.http.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?://(?!www\.w3\.org)|<style| style=| on\w+=\"|<script>", answer.text)


def test_only_a_page_of_ours_taps(merchant: Merchant) -> None:
    assert merchant.http.post("/payer/aino/top-up").status_code == 403
    merchant.http.get("/")
    before = merchant.sim("GET", "/sim/state")["funded_minor"]
    assert merchant.http.post("/payer/aino/top-up", headers=OURS).status_code == 204
    assert merchant.sim("GET", "/sim/state")["funded_minor"] == before + 10_000
    assert merchant.http.post("/payer/nobody/top-up", headers=OURS).status_code == 404
    assert merchant.http.get("/payer/nobody/now").status_code == 404


def test_nobody_elses_payment_is_confirmed_here(merchant: Merchant, asker: Payer) -> None:
    trade = merchant.call("POST", "/v1/pay/code", merchant.order(asker))
    choice = {"out_trade_no": trade["out_trade_no"], "merchant_id": merchant.merchant_id}
    answer = merchant.http.post("/payer/bao/confirm", headers=OURS, json=choice)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_pending")


def test_a_qr_is_paid_once_and_refusals_are_told_in_words(merchant: Merchant) -> None:
    code_url = opened_qr(merchant)
    to = merchant.http.get("/payer/aino/scan", params={"text": f" {code_url}\n"}).headers["location"]
    shown = merchant.http.get(to, headers={"Accept-Language": "en"}).text
    assert "€" not in shown
    assert "¥12.30" in shown
    assert "to Nordlys" in shown
    asked = {"token": to.rpartition("/")[2]}
    poor = merchant.http.post("/payer/otso/pay", headers=OURS, json=asked)
    assert (poor.status_code, poor.json()["say"]) == (409, WORDS["why_insufficient_balance"][0])
    assert merchant.http.post("/payer/aino/pay", headers=OURS, json=asked).status_code == 204
    late = merchant.http.post("/payer/bao/pay", headers=OURS | {"Cookie": "wallet_lang=zh"}, json=asked)
    assert (late.status_code, late.json()["say"]) == (409, WORDS["code_used"][1])
    assert "Paid ¥12.30 to Nordlys" in merchant.http.get(to, headers={"Accept-Language": "en"}).text


def test_with_a_page_a_qr_holds_its_address() -> None:
    settings = WalletSettings(page_url="http://127.0.0.1:1")
    with (
        ThreadedWallet(settings) as wallet,
        httpx.Client(base_url=wallet.url, trust_env=False) as http,
    ):
        code_url = opened_qr(Merchant(http))
        assert code_url.startswith("http://127.0.0.1:1/pay/")
        assert "¥12.30" in http.get(code_url.removeprefix("http://127.0.0.1:1")).text


def test_every_text_is_in_both_languages_and_used() -> None:
    used = "".join(path.read_text() for path in FOLDER.glob("*.html"))
    computed = (
        "why_",
        "code_",
        "failed",
        "at_once",
        "asks",
        "rich",
        "poor",
        "paid",
        "declined",
        "closed",
        "reversed",
    )
    for key, (en, zh) in WORDS.items():
        assert set(re.findall(r"{\w+}", en)) == set(re.findall(r"{\w+}", zh)), key
        assert f'"{key}"' in used or key.startswith(computed), key


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"{", b"\xff", b'{"token": 5}'])
def test_a_tap_with_odd_content_is_refused(merchant: Merchant, body: bytes) -> None:
    answer = merchant.http.post("/payer/aino/pay", headers=OURS, content=body)
    assert (answer.status_code, answer.json()["code"]) in ((400, "invalid_request"), (409, "code_invalid"))


def test_another_sites_page_moves_no_clock_and_opens_no_account(merchant: Merchant) -> None:
    stranger = {"Origin": "http://example.org", "Content-Type": "text/plain"}
    for path, body in (("/sim/clock", {"offset_s": 5}), ("/app/accounts", {"name": "x", "balance_minor": 1})):
        answer = merchant.http.post(path, headers=stranger, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign_page")
    assert merchant.sim("GET", "/sim/state")["clock_offset_s"] == 0
    own = {"Origin": str(merchant.http.base_url).rstrip("/")}
    assert merchant.http.post("/sim/clock", headers=own, json={"offset_s": 0}).status_code == 200
