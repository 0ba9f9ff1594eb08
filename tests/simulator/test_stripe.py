"""The simulated Stripe, driven by Stripe's own SDK: what the SDK understands, a real account would have said so."""

import base64
import csv
import io
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import stripe

from highstreet_simulator.provider.server import ThreadedProvider
from highstreet_simulator.provider.settings import ProviderSettings
from highstreet_simulator.stripe.face import Stripe
from highstreet_simulator.wallet.peers import Inbox, Payer
from tests.patience import PATIENCE_S

HALF_AN_HOUR_S = 1800
REPORT = "balance_change_from_activity.itemized.3"


class Shop:
    """An account at a simulated Stripe, with the SDK's client and a currency."""

    def __init__(self, url: str, currency: str, inbox: Inbox) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False)
        self.currency = currency
        self.account, self.key = f"acct_{secrets.token_hex(5)}", f"sk_test_{secrets.token_hex(16)}"
        self.secret = f"whsec_{secrets.token_hex(16)}"
        self.inbox = inbox
        self.sim(
            "POST",
            "/sim/merchants",
            {
                "merchant_id": self.account,
                "secret": self.key,
                "public_key": self.secret,
                "notify_url": inbox.url,
            },
        )
        self.sdk = self.client(url, self.key)
        self.v1 = self.sdk.v1

    @staticmethod
    def client(url: str, key: str) -> stripe.StripeClient:
        session = requests.Session()
        session.trust_env = False
        return stripe.StripeClient(
            key,
            base_addresses={"api": url, "files": url},
            max_network_retries=0,
            http_client=stripe.RequestsClient(session=session),
        )

    def sim(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def fault(self, operation: str, fault: str, **more: object) -> None:
        self.sim("POST", "/sim/faults/next", {"operation": operation, "fault": fault, **more})

    def intent(self, amount: int = 1230, **more: Any) -> stripe.PaymentIntent:
        words = {"tender_id": "tnd_1"}
        params: Any = {"amount": amount, "currency": self.currency, "metadata": words, **more}
        return self.v1.payment_intents.create(params)

    def page(self, amount: int = 1230, **more: Any) -> stripe.checkout.Session:
        price = {"currency": self.currency, "unit_amount": amount, "product_data": {"name": "Tea"}}
        params: Any = {
            "mode": "payment",
            "success_url": "https://shop.example/done",
            "client_reference_id": "tnd_2",
            "line_items": [{"price_data": price, "quantity": 1}],
            "metadata": {"tender_id": "tnd_2"},
            "payment_intent_data": {"metadata": {"tender_id": "tnd_2"}},
            **more,
        }
        return self.v1.checkout.sessions.create(params)

    def event(self, type_: str) -> stripe.Event:
        """The newest event of a type, its signature checked by the SDK."""
        give_up_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up_at:
            for headers, body in reversed(self.inbox.got):
                event = self.sdk.construct_event(body, headers["Stripe-Signature"], self.secret)
                if event.type == type_:
                    return event
            time.sleep(0.01)
        raise AssertionError(f"no {type_} among {len(self.inbox.got)} events")


@pytest.fixture(scope="module", params=["EUR", "JPY", "KRW"])
def running(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    settings = ProviderSettings(
        currency=request.param,
        tick_s=0.02,
        notify_timeout_s=2,
        notify_backoff_s=(0.05, 0.1),
        allow_early_bill=True,
    )
    with ThreadedProvider(Stripe(settings)) as server:
        yield server.url, request.param.lower()


@pytest.fixture
def shop(running: tuple[str, str]) -> Iterator[Shop]:
    inbox = Inbox()
    made = Shop(*running, inbox)
    yield made
    made.sim("DELETE", "/sim/faults")
    made.sim("POST", "/sim/clock", {"offset_s": 0})
    assert made.sim("GET", "/sim/state")["is_conserved"] is True
    made.http.close()
    inbox.close()


# Keys and errors ----------------------------------------------------------------------------------


def test_who_asks(shop: Shop) -> None:
    url = str(shop.http.base_url).rstrip("/")
    with pytest.raises(stripe.AuthenticationError) as wrong:
        Shop.client(url, "sk_test_" + "0" * 32).v1.payment_intents.list()
    assert "0" * 20 not in str(wrong.value)
    assert shop.http.get("/v1/payment_intents").json()["error"]["type"] == "invalid_request_error"
    basic = {"Authorization": "Basic " + base64.b64encode(f"{shop.key}:".encode()).decode()}
    answer = shop.http.get("/v1/payment_intents", headers=basic)
    assert answer.status_code == 200
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["stripe-version"] == stripe.api_version
    with pytest.raises(stripe.PermissionError):
        shop.v1.payment_intents.list(options={"stripe_account": "acct_other"})
    for secret, public in (("nonsense", shop.secret), (shop.key, "nonsense")):
        body = {"merchant_id": "x", "secret": secret, "public_key": public}
        assert shop.http.post("/sim/merchants", json=body).status_code == 400


def test_what_cannot_be_asked(shop: Shop) -> None:
    for params, param in (
        ({"currency": shop.currency}, "amount"),
        ({"amount": "many", "currency": shop.currency}, "amount"),
        ({"amount": 1230}, "currency"),
        ({"amount": 1230, "currency": "usd"}, "currency"),
        ({"amount": 0, "currency": shop.currency}, "amount"),
        ({"amount": 1230, "currency": shop.currency, "capture_method": "never"}, "capture_method"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.v1.payment_intents.create(params)  # type: ignore[arg-type]
        assert (refused.value.http_status, refused.value.param) == (400, param)
    for ask in (
        lambda: shop.v1.payment_intents.retrieve("pi_no"),
        lambda: shop.v1.refunds.retrieve("re_no"),
        lambda: shop.v1.checkout.sessions.retrieve("cs_no"),
        lambda: shop.v1.terminal.readers.retrieve("tmr_no"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask()
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_the_faults_speak_as_stripe_does(shop: Shop) -> None:
    shop.fault("pay", "error_500")
    with pytest.raises(stripe.APIError) as failed:
        shop.intent()
    assert failed.value.http_status == 500
    shop.fault("pay", "answer_unknown")
    with pytest.raises(stripe.StripeError) as open_ended:
        shop.intent()
    assert open_ended.value.http_status == 409
    assert open_ended.value.json_body["error"]["code"] == "idempotency_key_in_use"  # type: ignore[index]
    shop.fault("query", "answer_unknown")
    with pytest.raises(stripe.StripeError) as locked:
        shop.v1.payment_intents.list()
    assert locked.value.http_status == 429
    assert locked.value.json_body["error"]["code"] == "lock_timeout"  # type: ignore[index]
    shop.fault("query", "malformed_body")
    with pytest.raises(stripe.APIError):
        shop.v1.payment_intents.list()
    shop.fault("query", "bad_signature")
    with pytest.raises(stripe.APIError):
        shop.v1.payment_intents.list()
    shop.fault("query", "timeout_before_effect", seconds=0)
    with pytest.raises(stripe.APIConnectionError):
        shop.v1.payment_intents.list()
    shop.fault("pay", "clock_skew")
    assert shop.intent().created < time.time() - 3000


# Idempotency --------------------------------------------------------------------------------------


def test_a_key_gives_its_first_answer_again(shop: Shop) -> None:
    params: Any = {"amount": 1230, "currency": shop.currency}
    key: Any = {"idempotency_key": "k-1"}
    first = shop.v1.payment_intents.create(params, key)
    assert first.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    shop.v1.payment_intents.cancel(first.id)
    again = shop.v1.payment_intents.create(params, key)
    assert again.last_response is not None
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert (again.id, again.status) == (first.id, "requires_payment_method")  # as it was
    with pytest.raises(stripe.IdempotencyError) as other:
        shop.v1.payment_intents.create(params | {"amount": 1231}, key)
    assert other.value.http_status == 400
    shop.sim("POST", "/sim/clock", {"offset_s": 25 * 3600})
    assert shop.v1.payment_intents.create(params, key).id != first.id  # forgotten after a day


def test_a_key_keeps_failures_but_not_bad_parameters(shop: Shop) -> None:
    params: Any = {"amount": 1230, "currency": shop.currency}
    shop.fault("pay", "error_500", effect=True)
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            shop.v1.payment_intents.create(params, {"idempotency_key": "k-2"})
    assert len(shop.v1.payment_intents.list().data) == 1  # it happened all the same
    shop.fault("pay", "error_500", effect=False)
    with pytest.raises(stripe.APIError):
        shop.v1.payment_intents.create(params, {"idempotency_key": "k-3"})
    assert shop.v1.payment_intents.create(params, {"idempotency_key": "k-3"}).id
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.create(params | {"amount": 0}, {"idempotency_key": "k-4"})
    assert shop.v1.payment_intents.create(params, {"idempotency_key": "k-4"}).id
    declined: Any = params | {"confirm": True, "payment_method": "pm_card_visa_chargeDeclined"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            shop.v1.payment_intents.create(declined, {"idempotency_key": "k-5"})
    assert len(shop.v1.payment_intents.list().data) == 4


# Payments -----------------------------------------------------------------------------------------


def test_an_intent_is_made_confirmed_and_found(shop: Shop) -> None:
    payer = Payer(shop.http, 5000)
    intent = shop.intent(description="Tea")
    assert (intent.status, intent.amount, intent.currency) == ("requires_payment_method", 1230, shop.currency)
    method = "pm_" + payer.path.rsplit("/", 1)[1]
    paid = shop.v1.payment_intents.confirm(intent.id, {"payment_method": method})
    assert (paid.status, paid.amount_received) == ("succeeded", 1230)
    assert payer.balance() == 5000 - 1230
    whole = shop.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge.refunds"]})
    charge = whole.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.refunds is not None
    assert (charge.amount, charge.refunded, charge.refunds.data) == (1230, False, [])
    found = shop.v1.payment_intents.search({"query": "metadata['tender_id']:'tnd_1'"})
    assert [one.id for one in found.data] == [intent.id]
    event = shop.event("payment_intent.succeeded")
    assert event.data.object["id"] == intent.id
    assert event.data.object["metadata"]["tender_id"] == "tnd_1"
    with pytest.raises(stripe.InvalidRequestError, match="status of succeeded") as again:
        shop.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert again.value.code == "payment_intent_unexpected_state"


def test_a_card_is_declined_and_another_pays(shop: Shop) -> None:
    intent = shop.intent()
    with pytest.raises(stripe.CardError) as declined:
        shop.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
        )
    assert (declined.value.http_status, declined.value.code) == (402, "card_declined")
    assert declined.value.json_body["error"]["decline_code"] == "insufficient_funds"  # type: ignore[index]
    assert shop.event("payment_intent.payment_failed").data.object["id"] == intent.id
    shown = shop.v1.payment_intents.retrieve(intent.id)
    assert shown.status == "requires_payment_method"
    assert shown.last_payment_error is not None
    paid = shop.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


def test_authorize_then_capture_or_cancel(shop: Shop) -> None:
    payer = Payer(shop.http, 5000)
    method = "pm_" + payer.path.rsplit("/", 1)[1]
    held = shop.intent(capture_method="manual", confirm=True, payment_method=method)
    assert (held.status, held.amount_capturable, payer.balance()) == ("requires_capture", 1230, 5000)
    assert shop.v1.payment_intents.capture(held.id).status == "succeeded"
    assert payer.balance() == 3770
    other = shop.intent(capture_method="manual", confirm=True, payment_method=method)
    assert shop.v1.payment_intents.cancel(other.id, {"cancellation_reason": "abandoned"}).status == "canceled"
    assert shop.event("payment_intent.canceled").data.object["cancellation_reason"] == "abandoned"
    assert payer.balance() == 3770
    for ask in (shop.v1.payment_intents.capture, shop.v1.payment_intents.cancel):
        with pytest.raises(stripe.InvalidRequestError):
            ask(other.id)


def test_lists_go_page_by_page_and_by_time(shop: Shop) -> None:
    made = [shop.intent().id for _ in range(5)]
    first = shop.v1.payment_intents.list({"limit": 2})
    assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]
    assert shop.v1.payment_intents.list({"created": {"lt": int(time.time()) - 100}}).data == []
    assert len(shop.v1.payment_intents.list({"created": {"gte": int(time.time()) - 100}}).data) == 5
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.payment_intents.list({"limit": 101})


def test_refunds_in_parts(shop: Shop) -> None:
    payer = Payer(shop.http, 5000)
    method = "pm_" + payer.path.rsplit("/", 1)[1]
    intent = shop.intent(confirm=True, payment_method=method)
    part = shop.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 230, "metadata": {"tender_id": "tnd_r"}}
    )
    assert (part.status, part.amount, part.currency) == ("succeeded", 230, shop.currency)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount") as much:
        shop.v1.refunds.create({"payment_intent": intent.id, "amount": 1001})
    assert much.value.param == "amount"
    rest = shop.v1.refunds.create({"charge": str(intent.latest_charge)})
    assert rest.amount == 1000
    with pytest.raises(stripe.InvalidRequestError) as none_left:
        shop.v1.refunds.create({"payment_intent": intent.id})
    assert none_left.value.code == "charge_already_refunded"
    assert [one.id for one in shop.v1.refunds.list({"payment_intent": intent.id}).data] == [rest.id, part.id]
    words = shop.v1.refunds.retrieve(part.id).metadata
    assert words is not None
    assert words["tender_id"] == "tnd_r"
    assert payer.balance() == 5000
    assert shop.event("charge.refunded").data.object["payment_intent"] == intent.id
    assert shop.event("refund.updated").data.object["status"] == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        shop.v1.refunds.create({"payment_intent": shop.intent().id})


def test_a_refund_that_takes_its_time(shop: Shop) -> None:
    intent = shop.intent(confirm=True, payment_method="pm_card_visa")
    shop.fault("refund", "late_success", seconds=60)
    refund = shop.v1.refunds.create({"payment_intent": intent.id, "amount": 30})
    assert refund.status == "pending"
    shop.sim("POST", "/sim/clock", {"offset_s": 61})
    assert shop.v1.refunds.retrieve(refund.id).status == "succeeded"
    assert shop.event("refund.updated").data.object["id"] == refund.id


# Checkout -----------------------------------------------------------------------------------------


def test_a_page_is_opened_and_paid(shop: Shop) -> None:
    payer = Payer(shop.http, 5000)
    page = shop.page()
    assert (page.status, page.payment_status, page.amount_total) == ("open", "unpaid", 1230)
    assert page.payment_intent is None
    assert page.url
    assert "open" in shop.http.get(page.url).text
    assert shop.v1.payment_intents.list().data == []
    payer.post("/scan", {"code_url": page.url})
    paid = shop.v1.checkout.sessions.retrieve(page.id, {"expand": ["payment_intent.latest_charge"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.metadata["tender_id"], intent.status) == ("tnd_2", "succeeded")
    assert payer.balance() == 3770
    with pytest.raises(stripe.InvalidRequestError):
        shop.v1.checkout.sessions.expire(page.id)
    assert [one.id for one in shop.v1.checkout.sessions.list({"payment_intent": intent.id}).data] == [page.id]


def test_a_page_expires(shop: Shop) -> None:
    payer = Payer(shop.http, 5000)
    now = int(time.time())
    with pytest.raises(stripe.InvalidRequestError) as soon:
        shop.page(expires_at=now + 60)
    assert soon.value.param == "expires_at"
    called, timed = shop.page(), shop.page(expires_at=now + HALF_AN_HOUR_S)
    assert shop.v1.checkout.sessions.expire(called.id).status == "expired"
    assert shop.event("checkout.session.expired").data.object["id"] == called.id
    payer.post("/scan", {"code_url": called.url}, 409)
    shop.sim("POST", "/sim/clock", {"offset_s": HALF_AN_HOUR_S + 1})
    assert shop.v1.checkout.sessions.retrieve(timed.id).status == "expired"
    payer.post("/scan", {"code_url": timed.url}, 409)
    assert payer.balance() == 5000


# Terminal -----------------------------------------------------------------------------------------


def test_a_reader_asks_for_a_card(shop: Shop) -> None:
    readers = shop.v1.terminal.readers
    reader = readers.create({"registration_code": "simulated-s700", "label": "Register 1"})
    assert [one.id for one in readers.list().data] == [reader.id]
    intent = shop.intent(payment_method_types=["card_present"])
    busy = readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    assert busy.action is not None
    assert (busy.action.status, busy.action.type) == ("in_progress", "process_payment_intent")
    with pytest.raises(stripe.InvalidRequestError) as taken:
        readers.process_payment_intent(reader.id, {"payment_intent": shop.intent().id})
    assert taken.value.code == "terminal_reader_busy"
    shop.v1.test_helpers.terminal.readers.present_payment_method(reader.id)
    done = readers.retrieve(reader.id)
    assert done.action is not None
    assert done.action.status == "succeeded"
    assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert shop.event("terminal.reader.action_succeeded").data.object["id"] == reader.id


def test_a_card_is_declined_at_a_reader(shop: Shop) -> None:
    readers, poor = shop.v1.terminal.readers, Payer(shop.http, 100)
    reader = readers.create({"registration_code": "simulated-s700"})
    intent = shop.intent(payment_method_types=["card_present"])
    readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    poor.post("/tap", {"reader_id": reader.id})
    failed = readers.retrieve(reader.id).action
    assert failed is not None
    assert (failed.status, failed.failure_code) == ("failed", "card_declined")
    assert shop.event("terminal.reader.action_failed").data.object["id"] == reader.id
    shown = shop.v1.payment_intents.retrieve(intent.id)
    assert shown.last_payment_error is not None
    assert (shown.status, shown.last_payment_error.decline_code) == (
        "requires_payment_method",
        "insufficient_funds",
    )
    readers.process_payment_intent(reader.id, {"payment_intent": intent.id})  # another card
    assert readers.cancel_action(reader.id).action is None
    poor.post("/tap", {"reader_id": reader.id}, 409)
    shop.sim("PUT", f"/sim/readers/{reader.id}", {"is_online": False})
    with pytest.raises(stripe.InvalidRequestError) as offline:
        readers.process_payment_intent(reader.id, {"payment_intent": intent.id})
    assert offline.value.code == "terminal_reader_offline"


# Webhooks and reports -----------------------------------------------------------------------------


def test_a_spoilt_event_is_none_of_stripe_s(shop: Shop) -> None:
    shop.fault("notice", "bad_signature")
    shop.intent(confirm=True, payment_method="pm_card_visa")
    (headers, body), *_ = shop.inbox.wait(1)
    with pytest.raises(stripe.SignatureVerificationError):
        shop.sdk.construct_event(body, headers["Stripe-Signature"], shop.secret)


def fetch_report(shop: Shop, **parameters: Any) -> list[dict[str, str]]:
    """Run a report to its end and read it."""
    end = shop.v1.reporting.report_types.retrieve(REPORT).data_available_end
    params: Any = {"interval_start": end - 3600, "interval_end": end, **parameters}
    run = shop.v1.reporting.report_runs.create({"report_type": REPORT, "parameters": params})
    assert run.status == "pending"
    done = shop.v1.reporting.report_runs.retrieve(run.id)
    assert (done.status, done.report_type) == ("succeeded", REPORT)
    assert done.result is not None
    assert done.result.url is not None
    content = shop.http.get(done.result.url, headers={"Authorization": f"Bearer {shop.key}"}).content
    assert len(content) == done.result.size
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_the_balance_and_its_report_say_the_same(shop: Shop) -> None:
    intent = shop.intent(confirm=True, payment_method="pm_card_visa")
    refund = shop.v1.refunds.create({"payment_intent": intent.id, "amount": 230})
    listed = shop.v1.balance_transactions.list().data
    assert [(one.type, one.amount, one.fee, one.net) for one in listed] == [
        ("refund", -230, 0, -230),
        ("charge", 1230, 44, 1186),
    ]
    assert [one.source for one in listed] == [refund.id, intent.latest_charge]
    rows = fetch_report(shop)
    assert [row["balance_transaction_id"] for row in rows] == [one.id for one in reversed(listed)]
    major = ["12.30", "-2.30"] if shop.currency == "eur" else ["1230", "-230"]
    assert [row["gross"] for row in rows] == major
    column = "payment_metadata[tender_id]"
    assert [row[column] for row in fetch_report(shop, columns=["gross", column])] == ["tnd_1", "tnd_1"]
    with pytest.raises(stripe.InvalidRequestError):
        fetch_report(shop, columns=["colour"])
    with pytest.raises(stripe.InvalidRequestError):
        fetch_report(shop, interval_end=int(time.time()) + 86_400)


def test_a_report_that_lacks_a_row_or_has_one_too_many(shop: Shop) -> None:
    shop.intent(confirm=True, payment_method="pm_card_visa")
    shop.intent(confirm=True, payment_method="pm_card_visa")
    for fault, count in (("missing_rows", 1), ("extra_rows", 3)):
        shop.fault("bill", fault)
        assert len(fetch_report(shop)) == count


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    settings = ProviderSettings(db=str(tmp_path / "stripe.db"), currency="EUR", tick_s=0.02)
    inbox, key = Inbox(), {"idempotency_key": "k-1"}
    try:
        with ThreadedProvider(Stripe(settings)) as server:
            shop = Shop(server.url, "eur", inbox)
            params: Any = {"amount": 1230, "currency": "eur"}
            first = shop.v1.payment_intents.create(params, key)  # type: ignore[arg-type]
            shop.http.close()
        with ThreadedProvider(Stripe(settings)) as server:
            again = Shop.client(server.url, shop.key).v1.payment_intents.create(params, key)  # type: ignore[arg-type]
    finally:
        inbox.close()
    assert again.id == first.id
